/**
 * A body of bytes, whole, up to a limit. What is longer is refused at once, by its length or where it passes the limit: the usual parser answers only when all of it has come, and so lets
 * whoever announces gigabytes hold a connection for minutes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RequestHandler } from 'express';

import { sendProblem } from './problems.ts';

export const readFrame =
  (maxBytes: number): RequestHandler =>
  (request, response, next) =>
    readBytes(request, response, maxBytes, (body) => {
      request.body = body;
      next();
    });

/** `onRead` is called once, and not at all where the body was refused or never ended. `came` is told of its parts as they come, up to the limit. */
export function readBytes(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  onRead: (body: Buffer) => void,
  came?: (part: Buffer) => void,
): void {
  if (request.headers['content-encoding'] !== undefined)
    return refuse(request, response, 415, 'The body is encoded in a way that this hub does not read.');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse(request, response, 413, TOO_LONG);
  const parts: Buffer[] = [];
  let bytes = 0;
  const onPart = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > maxBytes) {
      request.off('data', onPart).off('end', onEnd);
      return refuse(request, response, 413, TOO_LONG);
    }
    parts.push(part);
    came?.(part);
    return undefined;
  };
  const onEnd = (): void => {
    const [only] = parts;
    onRead(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts));
  };
  request.on('data', onPart).on('end', onEnd);
  // Whoever goes away in the middle waits for no answer.
  request.on('error', () => response.destroy());
  return undefined;
}

const TOO_LONG = 'The body is larger than this hub takes.';

/** The connection ends with the answer: what is still to come of the body is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, status: 413 | 415, title: string): void {
  request.pause();
  response.setHeader('Connection', 'close');
  sendProblem(response, { type: 'badRequest', status, title });
}
