/** What is plugged into this machine and can be told without asking it: serial lines, printers on USB, and scanners of the HID point-of-sale page. */
import { readdir } from 'node:fs/promises';

import { SerialPort } from 'serialport';

import { hidAddress, listHid } from '../link/hid-link.ts';
import type { DeviceKind } from './device.ts';

export interface AttachedDevice {
  readonly address: string;
  readonly name: string;
  /** What it surely is; absent where only its line is known. */
  readonly kind?: DeviceKind;
  readonly model?: string;
}

const [SCANNER_PAGE, SCANNER_USAGE] = [0x8c, 2];

/** The lines of a board that nothing was ever plugged into look like those with a device: only those that say who made them are told. */
async function serialLines(): Promise<readonly AttachedDevice[]> {
  try {
    const ports = await SerialPort.list();
    return ports
      .filter(({ vendorId, manufacturer, path }) => vendorId !== undefined || manufacturer !== undefined || /^COM\d+$/i.test(path))
      .map(({ path, manufacturer, serialNumber }) => ({
        address: `serial://${path.startsWith('/') ? path : `/${path}`}`,
        name: [manufacturer, serialNumber].filter((part) => part !== undefined).join(' ') || path,
      }));
  } catch {
    return [];
  }
}

const USB_PRINTERS = '/dev/usb';

/** As Linux shows them. */
async function usbPrinters(): Promise<readonly AttachedDevice[]> {
  const files = await readdir(USB_PRINTERS).catch(() => []);
  return files
    .filter((file) => /^lp\d+$/.test(file))
    .map((file) => ({ address: `usb://${USB_PRINTERS}/${file}`, name: `USB printer ${file}`, kind: 'receiptPrinter' }) as const);
}

export async function findAttached(): Promise<readonly AttachedDevice[]> {
  const [lines, printers, hid] = await Promise.all([serialLines(), usbPrinters(), listHid()]);
  const scanners = hid
    .filter(({ usagePage, usage }) => usagePage === SCANNER_PAGE && usage === SCANNER_USAGE)
    .map((device) => ({ address: hidAddress(device), name: device.product, kind: 'scanner', model: 'hid-pos' }) as const);
  return [...scanners, ...printers, ...lines];
}
