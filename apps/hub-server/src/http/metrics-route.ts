/** `GET /metrics`: for whoever holds the token that was set for it (a scraper, which opens nothing else with it), or may use the console's API. */
import type { RequestHandler, Response } from 'express';

import { hashSecret, isSameHash } from '../enrolment/secrets.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readBearer, type ConsoleSessions } from './console-session.ts';

export interface MetricsRoutePorts {
  readonly metrics: Metrics;
  readonly sessions: ConsoleSessions;
  /** Undefined: nobody set one. */
  readonly metricsToken: string | undefined;
}

export function metricsRoute({
  metrics,
  sessions,
  metricsToken,
}: MetricsRoutePorts): readonly [guard: RequestHandler, answer: (response: Response) => Promise<void>] {
  const tokenHash = metricsToken === undefined ? undefined : hashSecret(metricsToken);
  return [
    (request, response, next) => {
      const bearer = readBearer(request.headers.authorization);
      if (tokenHash !== undefined && bearer !== undefined && isSameHash(hashSecret(bearer), tokenHash)) return next();
      return sessions.guard(request, response, next);
    },
    async (response) => {
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('Content-Type', metrics.contentType);
      response.end(await metrics.text());
    },
  ];
}
