/** Does it live, and how is it: for who watches over processes. Nobody is asked who they are, but for the hub's figures. */
import type { Clock } from '@holdfast/base';
import express, { type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import { createApi, type ApiPath, type Narrowly } from './api-paths.ts';
import { createFieldGuard } from './field-guard.ts';
import { metricsRoute, type MetricsRoutePorts } from './metrics-route.ts';
import { sendProblem } from './problems.ts';
import { limitFailures } from './security.ts';
import { createSight } from './sight.ts';

export interface HealthRoutePorts extends MetricsRoutePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const METRICS_FAILURES_PER_MINUTE = 30;
const HEARTBEAT = z.object({
  status: z.literal('ok'),
  /** The hub's clock. */
  nowMs: z.int(),
  upMs: z.int(),
});

/** None of these paths tells of a store. */
const OF_NO_STORE: Narrowly = async (_path, _response, answer) => answer();

/** `paths`: for the document of the API. */
export function createHealthRoutes(ports: HealthRoutePorts): { readonly router: Router; readonly paths: readonly ApiPath[] } {
  const { clock, logger } = ports;
  const router = express.Router();
  const api = createApi(router, {
    once: () => (_request, _response, next) => next(),
    keepsPace: () => true,
    maySee: createSight(ports),
    narrowly: OF_NO_STORE,
    fields: createFieldGuard(ports),
  });
  const startedMs = clock.monotonicMs();
  api.add(
    {
      method: 'get',
      path: '/healthz',
      summary: 'Whether the process answers',
      answer: z.object({ status: z.literal('ok') }),
      sight: 'everyone',
    },
    (response) => response.json({ status: 'ok' }),
  );
  api.add(
    { method: 'get', path: '/heartbeat', summary: 'The hub’s clock, and how long it is up', answer: HEARTBEAT, sight: 'everyone' },
    (response) => {
      response.setHeader('Cache-Control', 'no-store');
      response.json({ status: 'ok', nowMs: clock.nowMs(), upMs: Math.round(clock.monotonicMs() - startedMs) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/readyz',
      summary: 'Whether it reaches its database',
      answer: z.object({ status: z.literal('ready') }),
      sight: 'everyone',
    },
    async (response) => {
      try {
        await ports.database.rows('SELECT 1');
        response.json({ status: 'ready' });
      } catch (error) {
        logger.error({ err: error }, 'not ready');
        sendProblem(response, { type: 'databaseUnreachable', status: 503, title: 'The hub cannot reach its database.' });
      }
    },
  );
  const [guard, answer] = metricsRoute(ports);
  router.use('/metrics', limitFailures(clock, { perMinute: METRICS_FAILURES_PER_MINUTE, counts: (status) => status === 401 }), guard);
  api.add({ method: 'get', path: '/metrics', summary: 'The hub’s figures, for Prometheus', gives: 'text/plain' }, answer);
  return { router, paths: api.paths };
}
