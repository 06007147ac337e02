/** What every answer carries: a request id, the hub's clock, and the headers that tell a browser to trust nothing it was not sent. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { assert, type Clock } from '@holdfast/base';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

import { sendProblem } from './problems.ts';
import { senderAddress } from './sender-address.ts';

export function nonceOf(response: Response): string {
  const nonce: unknown = response.locals['nonce'];
  assert(typeof nonce === 'string', 'every answer has its nonce');
  return nonce;
}

export const stamp =
  (clock: Clock): RequestHandler =>
  (request, response, next) => {
    const isDevice = request.path.startsWith('/sync/');
    stampAnswer(clock, request, response, isDevice ? deviceRequestId : randomUUID);
    if (!isDevice) response.locals['nonce'] = randomBytes(16).toString('base64');
    next();
  };

function stampAnswer(clock: Clock, request: IncomingMessage, response: ServerResponse, ownId: () => string): void {
  const given = request.headers['request-id'];
  response.setHeader('Request-Id', typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : ownId());
  response.setHeader('Holdfast-Time', String(clock.nowMs()));
}

/** Of every request of a device (`PROTOCOL_VERSION`), as Node names it. */
export const PROTOCOL_HEADER = 'holdfast-protocol';

/** Short, and told apart from those of another process; nobody has to be unable to guess it. */
const PROCESS_ID = randomBytes(6).toString('base64url');
let deviceRequests = 0;
const deviceRequestId = (): string => `${PROCESS_ID}${(deviceRequests += 1).toString(36)}`;

/** Each byte of an answer is paid for by the line of a store, and a device is no browser. What names the protocol is none: no page of another origin can say so without a preflight, which nobody here answers. */
function deviceHeaders(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers[PROTOCOL_HEADER] === undefined) {
    response.setHeader('Content-Security-Policy', "default-src 'none'");
    response.setHeader('X-Content-Type-Options', 'nosniff');
  } else if (request.headers.connection === undefined && request.httpVersion === '1.1') beBrief(response);
}

/** Who says nothing of its connection needs no word of it (SPEC: D-22): by HTTP/1.1 it stays open until somebody says that it ends. Of the time `Holdfast-Time` says more than `Date`. */
function beBrief(response: ServerResponse): void {
  response.removeHeader('Connection');
  response.sendDate = false;
}

/** All that an answer to a device carries, for who answers before the application does. */
export function beginDeviceAnswer(clock: Clock, request: IncomingMessage, response: ServerResponse): void {
  stampAnswer(clock, request, response, deviceRequestId);
  deviceHeaders(request, response);
}

export function securityHeaders(): RequestHandler {
  const pages = pageHeaders();
  return (request, response, next) => {
    if (!request.path.startsWith('/sync/')) return pages(request, response, next);
    deviceHeaders(request, response);
    return next();
  };
}

const YEAR_S = 365 * 24 * 60 * 60;

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
    // Browsers mind it over TLS alone, by whatever stands before the hub.
    strictTransportSecurity: { maxAge: YEAR_S, includeSubDomains: true },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/** Addresses that are remembered: more than that at once is an attack of another kind. */
const MAX_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

interface FailureLimit {
  readonly perMinute: number;
  readonly counts: (status: number) => boolean;
  /** Who asks many times at once guesses as well; only where nobody honest does. */
  readonly alsoUnderWay?: true;
}

/** A handler of Express', and of whoever answers without it. */
export type FailureGuard = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Ends guessing: answers that `counts` picks are limited per address and minute. What succeeds is never counted: all lanes of a company may come from one address, hundreds of
 * them at once.
 */
export function limitFailures(clock: Pick<Clock, 'monotonicMs'>, { perMinute, counts, alsoUnderWay }: FailureLimit): FailureGuard {
  const failures = new Map<string, number>();
  const underWay = new Map<string, number>();
  let sinceMs = clock.monotonicMs();
  const add = (to: Map<string, number>, address: string, by: number): void => {
    const next = (to.get(address) ?? 0) + by;
    if (next <= 0) to.delete(address);
    else if (to.has(address) || to.size < MAX_ADDRESSES) to.set(address, next);
  };
  return (request, response, next) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - sinceMs >= MINUTE_MS) {
      failures.clear();
      sinceMs = nowMs;
    }
    const address = senderAddress(request);
    const asked = (failures.get(address) ?? 0) + (alsoUnderWay === true ? (underWay.get(address) ?? 0) : 0);
    if (asked >= perMinute) {
      response.setHeader('Retry-After', String(Math.ceil((MINUTE_MS - (nowMs - sinceMs)) / 1_000)));
      return sendProblem(response, {
        type: 'tooManyFailures',
        status: 429,
        title: 'Too many refused requests from this address. Wait a minute.',
      });
    }
    if (alsoUnderWay === true) add(underWay, address, 1);
    response.once('close', () => {
      if (alsoUnderWay === true) add(underWay, address, -1);
      if (counts(response.statusCode)) add(failures, address, 1);
    });
    return next();
  };
}
