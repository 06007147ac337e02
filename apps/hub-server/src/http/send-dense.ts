/** JSON for a device, packed where it says that it reads that: keys, signatures and certificates are text of random bytes, a third of which is spelling. */
import { deflateSync } from 'node:zlib';

import type { Request, Response } from 'express';

/** What naming the encoding costs itself. */
const HEADER_BYTES = 'Content-Encoding: deflate\r\n'.length;

export function sendDense(request: Request, response: Response, value: object): void {
  const plain = Buffer.from(JSON.stringify(value));
  // Who says nothing of encodings takes any, by HTTP; only who names it is known to read it.
  const isRead = request.headers['accept-encoding'] !== undefined && request.acceptsEncodings('deflate') === 'deflate';
  const packed = isRead ? deflateSync(plain, { level: 9 }) : plain;
  if (packed.length + HEADER_BYTES >= plain.length) return void response.json(value);
  response.setHeader('Content-Encoding', 'deflate');
  response.type('json').send(packed);
}
