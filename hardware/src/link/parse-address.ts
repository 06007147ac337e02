/** `tcp://host:9100`, `serial:///dev/ttyUSB0?baud=38400&parity=even&bits=7`, `usb:///dev/usb/lp0` or `hid://0c2e-0b6a` as a link. */
import { err, ok, type Result } from '@holdfast/base';

import { fileLink } from './file-link.ts';
import { hidLink } from './hid-link.ts';
import type { Link } from './link.ts';
import { serialLink } from './serial-link.ts';
import { tcpLink } from './tcp-link.ts';

export interface BadAddress {
  readonly type: 'badAddress';
  readonly expected: string;
}

const EXPECTED = 'tcp://HOST:PORT, serial:///PATH?baud=N, usb:///PATH or hid://VENDOR-PRODUCT';
const DEFAULT_BAUD = 9_600;
const PRINTER_PORT = 9_100;

/** `line`: how a serial line is set where the address does not say: `baud=9600&bits=7&parity=even`. */
export function parseAddress(text: string, line = ''): Result<Link, BadAddress> {
  const bad = err({ type: 'badAddress', expected: EXPECTED } as const);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return bad;
  if (url.protocol === 'tcp:' && url.hostname !== '') return ok(tcpLink(url.hostname, url.port === '' ? PRINTER_PORT : Number(url.port)));
  if (url.protocol === 'usb:' && url.hostname === '' && url.pathname.length > 1) return ok(fileLink(decodeURI(url.pathname)));
  if (url.protocol === 'hid:') {
    const [, vendor, product] = /^([0-9a-f]{4})-([0-9a-f]{4})$/i.exec(url.hostname) ?? [];
    if (vendor === undefined || product === undefined) return bad;
    return ok(hidLink({ vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16) }));
  }
  if (url.protocol !== 'serial:' || url.pathname === '') return bad;
  const usual = new URLSearchParams(line);
  const setting = (name: string): string | null => url.searchParams.get(name) ?? usual.get(name);
  const baud = Number(setting('baud') ?? DEFAULT_BAUD);
  const bits = setting('bits') ?? '8';
  const parity = setting('parity') ?? 'none';
  if (!Number.isInteger(baud) || baud < 300 || baud > 1_000_000) return bad;
  if ((bits !== '7' && bits !== '8') || (parity !== 'none' && parity !== 'even' && parity !== 'odd')) return bad;
  // On Windows the path is a name: serial:///COM3.
  const path = /^\/COM\d+$/i.test(url.pathname) ? url.pathname.slice(1) : url.pathname;
  return ok(serialLink(path, { baud, dataBits: bits === '7' ? 7 : 8, parity }));
}
