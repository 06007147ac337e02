/** `tcp://host:9100` or `serial:///dev/ttyUSB0?baud=38400&parity=even&bits=7` as a link. */
import { err, ok, type Result } from '@holdfast/base';

import type { Link } from './link.ts';
import { serialLink } from './serial-link.ts';
import { tcpLink } from './tcp-link.ts';

export interface BadAddress {
  readonly type: 'badAddress';
  readonly expected: string;
}

const EXPECTED = 'tcp://HOST:PORT or serial:///PATH?baud=N';
const DEFAULT_BAUD = 9_600;
const PRINTER_PORT = 9_100;

export function parseAddress(text: string): Result<Link, BadAddress> {
  const bad = err({ type: 'badAddress', expected: EXPECTED } as const);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return bad;
  if (url.protocol === 'tcp:' && url.hostname !== '') return ok(tcpLink(url.hostname, url.port === '' ? PRINTER_PORT : Number(url.port)));
  if (url.protocol !== 'serial:' || url.pathname === '') return bad;
  const baud = Number(url.searchParams.get('baud') ?? DEFAULT_BAUD);
  const bits = url.searchParams.get('bits') ?? '8';
  const parity = url.searchParams.get('parity') ?? 'none';
  if (!Number.isInteger(baud) || baud < 300 || baud > 1_000_000) return bad;
  if ((bits !== '7' && bits !== '8') || (parity !== 'none' && parity !== 'even' && parity !== 'odd')) return bad;
  // On Windows the path is a name: serial:///COM3.
  const path = /^\/COM\d+$/i.test(url.pathname) ? url.pathname.slice(1) : url.pathname;
  return ok(serialLink(path, { baud, dataBits: bits === '7' ? 7 : 8, parity }));
}
