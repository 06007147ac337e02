/**
 * A USB device that shows itself as HID, by `node-hid`: each report is handed over as it came, the report's number in front of it. The module
 * is loaded with the first one that is opened: a lane without such a device never loads it, and one whose system lacks it sells without.
 */
import { err, ok, type Result } from '@holdfast/base';
import type * as Hid from 'node-hid';

import { createInbox, linkFault, type Link, type LinkConnection, type LinkFault } from './link.ts';

export interface HidName {
  readonly vendorId: number;
  readonly productId: number;
}

export interface HidFound extends HidName {
  readonly product: string;
  readonly usagePage: number;
  readonly usage: number;
}

/** These keep silent as point-of-sale scanners until feature report 254 is set. */
const WANTS_FEATURE_254: ReadonlySet<number> = new Set([0x0c2e, 0x23d0]);

const hex = (value: number): string => value.toString(16).padStart(4, '0');
export const hidAddress = ({ vendorId, productId }: HidName): string => `hid://${hex(vendorId)}-${hex(productId)}`;

async function loadHid(): Promise<typeof Hid> {
  const hid = await import('node-hid');
  // The other driver of Linux goes through libusb, and takes the device from the kernel.
  if (process.platform === 'linux') hid.setDriverType('hidraw');
  return hid;
}

/** Empty where the system has no HID. */
export async function listHid(): Promise<readonly HidFound[]> {
  try {
    const { devicesAsync } = await loadHid();
    const devices = await devicesAsync();
    return devices.map(({ vendorId, productId, product = '', usagePage = 0, usage = 0 }) => ({
      vendorId,
      productId,
      product,
      usagePage,
      usage,
    }));
  } catch {
    return [];
  }
}

export function hidLink(name: HidName): Link {
  const address = hidAddress(name);
  return {
    address,
    open: async (deadlineMs) => {
      let isLate = false;
      let cancel = (): void => {};
      const late = new Promise<Result<LinkConnection, LinkFault>>((resolve) => {
        const timer = setTimeout(() => {
          isLate = true;
          resolve(err(linkFault('timeout', `${address} did not open within ${deadlineMs} ms`, 'safe')));
        }, deadlineMs);
        cancel = () => clearTimeout(timer);
      });
      const opened = openHid(name, address).then((result) => {
        if (isLate && result.ok) result.value.close();
        return result;
      });
      const result = await Promise.race([opened, late]);
      cancel();
      return result;
    },
  };
}

async function openHid({ vendorId, productId }: HidName, address: string): Promise<Result<LinkConnection, LinkFault>> {
  try {
    const { HIDAsync } = await loadHid();
    const device = await HIDAsync.open(vendorId, productId);
    if (WANTS_FEATURE_254.has(vendorId)) await device.sendFeatureReport([254, 1]);
    const inbox = createInbox();
    let isClosed = false;
    let end = (): void => {};
    const closed = new Promise<void>((resolve) => {
      end = () => {
        isClosed = true;
        resolve();
      };
    });
    device.on('data', (report: Buffer) => inbox.push(new Uint8Array(report)));
    const close = (): void => {
      if (isClosed) return;
      end();
      device.close().catch(() => undefined);
    };
    // It was pulled out.
    device.on('error', close);
    return ok({
      closed,
      close,
      onBytes: inbox.onBytes,
      write: async (bytes) => {
        if (isClosed) return err(linkFault('closed', `${address} is gone`, 'safe'));
        try {
          await device.write([...bytes]);
          return ok(undefined);
        } catch (error) {
          close();
          return err(linkFault('closed', String(error), 'mayDuplicate'));
        }
      },
    });
  } catch (error) {
    return err(linkFault('noSuchDevice', error instanceof Error ? error.message : String(error), 'safe'));
  }
}
