/**
 * A body of bytes, whole, up to a limit. What is longer is refused at once, by its length or where it passes the limit: the usual parser answers only when all of it has come, and so lets
 * whoever announces gigabytes hold a connection for minutes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { gatherBytes } from '@holdfast/base';
import type { RequestHandler } from 'express';

import { sendProblem } from './problems.ts';

export const readFrame =
  (maxBytes: number): RequestHandler =>
  (request, response, next) => {
    const body = gatherBytes();
    const onEnd = (): void => {
      request.body = asBuffer(body.bytes());
      next();
    };
    readBytes(request, response, maxBytes, { came: body.add, onEnd });
  };

/** `came` is told of the body's parts as they come, up to the limit; `onEnd` is called once, and not at all where the body was refused or never ended. */
export function readBytes(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  { came, onEnd }: { readonly came: (part: Uint8Array) => void; readonly onEnd: () => void },
): void {
  if (request.headers['content-encoding'] !== undefined)
    return refuse(request, response, 415, 'The body is encoded in a way that this hub does not read.');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse(request, response, 413, TOO_LONG);
  let bytes = 0;
  const onPart = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > maxBytes) {
      request.off('data', onPart).off('end', onEnd);
      return refuse(request, response, 413, TOO_LONG);
    }
    return came(part);
  };
  request.on('data', onPart).on('end', onEnd);
  // Whoever goes away in the middle waits for no answer.
  request.on('error', () => response.destroy());
  return undefined;
}

/** The same bytes. */
export const asBuffer = ({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Buffer => Buffer.from(buffer, byteOffset, length);

const TOO_LONG = 'The body is larger than this hub takes.';

/** The connection ends with the answer: what is still to come of the body is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, status: 413 | 415, title: string): void {
  request.pause();
  response.setHeader('Connection', 'close');
  sendProblem(response, { type: 'badRequest', status, title });
}
