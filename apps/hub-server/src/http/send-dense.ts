/** JSON for a device, packed where it says that it reads that: keys, signatures and certificates are text of random bytes, a third of which is spelling. */
import { brotliCompressSync, deflateSync } from 'node:zlib';

import type { Request, Response } from 'express';

/** Beyond, Brotli keeps others waiting: 0.6 ms a kB, where deflate takes 0.02. */
const BROTLI_MAX_BYTES = 8 * 1024;

export function sendDense(request: Request, response: Response, value: object): void {
  const plain = Buffer.from(JSON.stringify(value));
  // Who says nothing of encodings takes any, by HTTP; only who names one is known to read it.
  const named = request.headers['accept-encoding'] === undefined ? [] : request.acceptsEncodings();
  // Brotli has a code for digits of hex and another for base64; deflate has one for both.
  const encoding = named.includes('br') && plain.length <= BROTLI_MAX_BYTES ? 'br' : 'deflate';
  if (!named.includes(encoding)) return void response.json(value);
  const packed = encoding === 'br' ? brotliCompressSync(plain) : deflateSync(plain, { level: 9 });
  // What naming the encoding costs itself.
  if (packed.length + `Content-Encoding: ${encoding}\r\n`.length >= plain.length) return void response.json(value);
  response.setHeader('Content-Encoding', encoding);
  response.type('json').send(packed);
}
