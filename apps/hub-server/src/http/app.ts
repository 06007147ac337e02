/** The HTTP application: what every request passes, then devices, console and pages. */
import express, { type Express } from 'express';
import type { Logger } from 'pino';

import { createConsolePages } from './console-page.ts';
import { createConsoleRoutes, type ConsoleRoutePorts } from './console-routes.ts';
import { createDeviceRoutes, type DeviceRoutePorts } from './device-routes.ts';
import { metricsRoute, type MetricsRoutePorts } from './metrics-route.ts';
import { NO_SUCH_PATH, problemHandler, sendProblem } from './problems.ts';
import { limitFailures, securityHeaders, stamp } from './security.ts';

export interface AppPorts extends DeviceRoutePorts, ConsoleRoutePorts, MetricsRoutePorts {
  readonly logger: Logger;
  /** The built console. */
  readonly consoleFolder: string;
}

const METRICS_FAILURES_PER_MINUTE = 30;

export function createApp(ports: AppPorts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(stamp(ports.clock), securityHeaders(), (request, response, next) => {
    const startedMs = ports.clock.monotonicMs();
    response.on('finish', () => {
      const durationMs = Math.round(ports.clock.monotonicMs() - startedMs);
      // The path alone: a query may hold a token.
      ports.logger.info(
        {
          requestId: response.getHeader('Request-Id'),
          method: request.method,
          path: request.path,
          status: response.statusCode,
          durationMs,
        },
        'request',
      );
    });
    next();
  });
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  const startedMs = ports.clock.monotonicMs();
  app.get('/heartbeat', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.json({ status: 'ok', nowMs: ports.clock.nowMs(), upMs: Math.round(ports.clock.monotonicMs() - startedMs) });
  });
  app.get('/readyz', async (_request, response) => {
    try {
      await ports.database.rows('SELECT 1');
      response.json({ status: 'ready' });
    } catch (error) {
      ports.logger.error({ err: error }, 'not ready');
      sendProblem(response, { type: 'databaseUnreachable', status: 503, title: 'The hub cannot reach its database.' });
    }
  });
  app.get(
    '/metrics',
    limitFailures(ports.clock, { perMinute: METRICS_FAILURES_PER_MINUTE, counts: (status) => status === 401 }),
    ...metricsRoute(ports),
  );
  app.use(createDeviceRoutes(ports));
  app.use(createConsoleRoutes(ports));
  app.use(createConsolePages(ports.consoleFolder, ports.sessions));
  app.use((_request, response) => sendProblem(response, NO_SUCH_PATH));
  app.use(problemHandler(ports.logger));
  return app;
}
