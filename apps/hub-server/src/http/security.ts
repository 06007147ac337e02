/** What every answer carries: a request id, the hub's clock, and the headers that tell a browser to trust nothing it was not sent. */
import { randomBytes, randomUUID } from 'node:crypto';

import { assert, type Clock } from '@holdfast/base';
import type { RequestHandler, Response } from 'express';
import { rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import helmet from 'helmet';

import { sendProblem } from './problems.ts';

export function nonceOf(response: Response): string {
  const nonce: unknown = response.locals['nonce'];
  assert(typeof nonce === 'string', 'every answer has its nonce');
  return nonce;
}

export const stamp =
  (clock: Clock): RequestHandler =>
  (request, response, next) => {
    const given = request.headers['request-id'];
    const own = (): string => (request.path.startsWith('/sync/') ? randomBytes(9).toString('base64url') : randomUUID());
    response.setHeader('Request-Id', typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : own());
    response.setHeader('Holdfast-Time', String(clock.nowMs()));
    response.locals['nonce'] = randomBytes(16).toString('base64');
    next();
  };

/** What a device is told by each answer: no browser reads them, and each byte is paid for by the line of a store. */
const deviceHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', "default-src 'none'");
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};

export function securityHeaders(): RequestHandler {
  const pages = pageHeaders();
  return (request, response, next) => (request.path.startsWith('/sync/') ? deviceHeaders : pages)(request, response, next);
}

function pageHeaders(): RequestHandler {
  const own = (_request: unknown, response: unknown): string => `'nonce-${nonceOf(response as Response)}'`;
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", own],
        styleSrc: ["'self'", own],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // The hub speaks plain HTTP; whoever puts TLS before it sets this there.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/** Ends guessing: answers that `counts` picks are limited per address and minute. */
/** `isTold`: each answer says what is left of the limit. */
export function limitFailures(limitPerMinute: number, counts: (status: number) => boolean, isTold = true): RateLimitRequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: limitPerMinute,
    standardHeaders: isTold ? 'draft-8' : false,
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_request, response) => !counts(response.statusCode),
    handler: (_request, response) =>
      sendProblem(response, { type: 'tooManyFailures', status: 429, title: 'Too many refused requests from this address. Wait a minute.' }),
  });
}
