/** Refusals as RFC 9457 problems: what happened, in words for a person, and a stable `type` for programs. Nothing of the inside shows. */
import type { ServerResponse } from 'node:http';

import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';

import { isUnreachable } from '../db/unreachable.ts';
import { isHttpError, type HttpError } from './http-error.ts';

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  const body = Buffer.from(
    JSON.stringify({
      type: `urn:holdfast:problem:${problem.type}`,
      title: problem.title,
      status: problem.status,
      ...(problem.detail === undefined ? {} : { detail: problem.detail }),
      requestId: response.getHeader('Request-Id'),
    }),
  );
  response.statusCode = problem.status;
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Content-Length', body.length);
  response.end(body);
  // To whoever keeps what was refused.
  response.emit('problem', problem);
}

/** Of what lies where the asker does not look. */
export function sendUnseen(response: ServerResponse, place: string | undefined): void {
  if (place !== undefined && place !== 'global')
    return sendProblem(response, { type: 'noSuchPlace', status: 404, title: `There is no ${place}, or it is not yours to see.` });
  return sendProblem(response, {
    type: 'notAllowed',
    status: 403,
    title: 'This shows the whole company, and you see a part of it.',
    detail: 'Where a list takes a store, name one of yours.',
  });
}

/** Of a program whose token was not made for what it asks (RFC 6750). */
export function sendOutsideToken(response: ServerResponse, title: string): void {
  response.setHeader('WWW-Authenticate', 'Bearer error="insufficient_scope"');
  sendProblem(response, {
    type: 'outsideToken',
    status: 403,
    title: `${title} Nothing was changed.`,
    detail: 'Whoever made it can make another one that is.',
  });
}

export const NO_SUCH_PATH: Problem = { type: 'noSuchPath', status: 404, title: 'There is nothing at this path.' };

/** What could not be read comes as an error with a status; everything else that arrives here is the hub's own fault. */
export const problemHandler =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, _request, response, _next) => {
    const requestId = response.getHeader('Request-Id');
    if (isHttpError(error) && error.status >= 400 && error.status < 500) {
      sendProblem(response, error.status === 404 ? NO_SUCH_PATH : { ...refusalOf(error), status: error.status, detail: error.message });
      return;
    }
    logger.error({ err: error, requestId }, 'request failed');
    sendFailure(response, error);
  };

/** The hub's own fault, or its database's: its cause is in the log. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  if (isUnreachable(error)) {
    response.setHeader('Retry-After', '5');
    sendProblem(response, {
      type: 'databaseUnreachable',
      status: 503,
      title: 'The hub cannot reach its database. Trying again later is safe.',
    });
    return;
  }
  sendProblem(response, {
    type: 'internal',
    status: 500,
    title: 'The hub failed. Trying again is safe; the hub’s log has the cause under this request id.',
  });
}

function refusalOf(error: HttpError): Pick<Problem, 'type' | 'title'> {
  const type = 'badRequest';
  if (error.status === 413) return { type, title: 'The body is larger than this hub takes.' };
  if (error.status === 415) return { type, title: 'The body is encoded in a way that this hub does not read.' };
  // Only the parsers of bodies say what kind of error theirs is.
  return { type, title: 'type' in error ? 'The body could not be read.' : 'The address could not be read.' };
}
