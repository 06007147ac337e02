/** `GET /metrics`: for whoever holds the token that was set for it (a scraper, which opens nothing else with it), or sees the whole company in the console. */
import type { RequestHandler, Response } from 'express';

import { hashSecret, isSameHash } from '../enrolment/secrets.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Asker, BREAK_GLASS, rememberAsker } from './asker.ts';
import { readBearer, type ConsoleSessions } from './console-session.ts';

export interface MetricsRoutePorts {
  readonly metrics: Metrics;
  readonly sessions: ConsoleSessions;
  /** Undefined: nobody set one. */
  readonly metricsToken: string | undefined;
}

/** Whoever has that token sees all, and behind this guard there is nothing but figures. */
const SCRAPER: Asker = { ...BREAK_GLASS, user: 'metrics' };

export function metricsRoute({
  metrics,
  sessions,
  metricsToken,
}: MetricsRoutePorts): readonly [guard: RequestHandler, answer: (response: Response) => Promise<void>] {
  const tokenHash = metricsToken === undefined ? undefined : hashSecret(metricsToken);
  return [
    (request, response, next) => {
      const bearer = readBearer(request.headers.authorization);
      if (tokenHash !== undefined && bearer !== undefined && isSameHash(hashSecret(bearer), tokenHash)) {
        rememberAsker(response, SCRAPER);
        return next();
      }
      return sessions.guard(request, response, next);
    },
    async (response) => {
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('Content-Type', metrics.contentType);
      response.end(await metrics.text());
    },
  ];
}
