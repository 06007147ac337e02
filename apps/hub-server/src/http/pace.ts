/**
 * How fast one asker may go on asking: a bucket of so many, which fills by itself. What a person, their browser, a lane or a long import does stays far below; what is written here holds back what goes on by itself, or copies
 * what it is shown. Of each replica by itself. The hub's own token has none: it is behind glass, and for programs on the hub's machine.
 */
import type { Clock } from '@holdfast/base';
import type { Request, Response } from 'express';

import { type ApiPath, isWriting } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { sendProblem } from './problems.ts';

export interface Measure {
  /** In a row. */
  readonly burst: number;
  readonly perSecond: number;
}

export interface Pace {
  /** Whole seconds; 0: now. */
  waitS(asker: string): number;
  take(asker: string): void;
}

interface Bucket {
  left: number;
  filledAtMs: number;
}

/** A full bucket says nothing: only those who asked lately have one. */
const FORGET_AT = 10_000;

export function createPace(clock: Pick<Clock, 'monotonicMs'>, { burst, perSecond }: Measure): Pace {
  const buckets = new Map<string, Bucket>();
  const leftOf = ({ left, filledAtMs }: Bucket, nowMs: number): number =>
    Math.min(burst, left + ((nowMs - filledAtMs) / 1_000) * perSecond);
  const bucketOf = (asker: string): Bucket => {
    const nowMs = clock.monotonicMs();
    const held = buckets.get(asker);
    if (held !== undefined) return Object.assign(held, { left: leftOf(held, nowMs), filledAtMs: nowMs });
    if (buckets.size >= FORGET_AT) for (const [name, bucket] of buckets) if (leftOf(bucket, nowMs) >= burst) buckets.delete(name);
    const made = { left: burst, filledAtMs: nowMs };
    buckets.set(asker, made);
    return made;
  };
  return {
    waitS: (asker) => {
      const { left } = bucketOf(asker);
      return left >= 1 ? 0 : Math.ceil((1 - left) / perSecond);
    },
    take: (asker) => {
      bucketOf(asker).left -= 1;
    },
  };
}

export const PACES = {
  /** Whatever a browser asks in which somebody signed in: a page that is left open asks a few times a second at most. */
  session: { burst: 1_000, perSecond: 50 },
  /** Of that, what changes something. */
  changes: { burst: 200, perSecond: 10 },
  /** What costs the hub much: of a browser, and of a program. */
  costly: { burst: 30, perSecond: 0.5 },
  /** What a device asks: ledgers have a budget of their own (`ledger-budget.ts`), and what it downloads is named by the hub. */
  device: { burst: 1_200, perSecond: 100 },
} as const satisfies Record<string, Measure>;

export function sendTooFast(response: Response, waitS: number): void {
  response.setHeader('Retry-After', String(waitS));
  sendProblem(response, {
    type: 'tooManyRequests',
    status: 429,
    title: `That is faster than the hub takes it from one. Try again in ${waitS} s; nothing was changed.`,
  });
}

/** False once the answer is a problem. */
export type KeepsPace = (path: ApiPath, request: Request, response: Response) => boolean;

export function createApiPace(clock: Pick<Clock, 'monotonicMs'>): KeepsPace {
  const [session, changes, costly] = [PACES.session, PACES.changes, PACES.costly].map((measure) => createPace(clock, measure)) as [
    Pace,
    Pace,
    Pace,
  ];
  return (path, request, response) => {
    const { session: ofSession, token } = askerOf(response);
    const asker = ofSession ?? token?.token;
    if (asker === undefined) return true;
    // How often programs ask their guard counts.
    const counted = [
      ...(ofSession === undefined ? [] : [session]),
      ...(ofSession !== undefined && isWriting(path) ? [changes] : []),
      ...(path.isCostly === true ? [costly] : []),
    ];
    const waitS = Math.max(0, ...counted.map((pace) => pace.waitS(asker)));
    if (waitS === 0) {
      for (const pace of counted) pace.take(asker);
      return true;
    }
    // Of a file what was not read is not waited for.
    if (path.takes !== undefined) request.resume();
    sendTooFast(response, waitS);
    return false;
  };
}
