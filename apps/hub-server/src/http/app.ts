/** The HTTP application: what every request passes, then devices, console and pages. */
import express, { type Express } from 'express';
import type { Logger } from 'pino';

import { newTraceId, readTraceParent, type Traces } from '../tracing/traces.ts';
import { createConsolePages } from './console-page.ts';
import { createConsoleRoutes, type ConsoleRoutePorts } from './console-routes.ts';
import { createDeviceRoutes, type DeviceRoutePorts } from './device-routes.ts';
import { createHealthRoutes, type HealthRoutePorts } from './health-routes.ts';
import { NO_SUCH_PATH, problemHandler, sendProblem } from './problems.ts';
import { securityHeaders, stamp } from './security.ts';

export interface AppPorts extends DeviceRoutePorts, ConsoleRoutePorts, HealthRoutePorts {
  readonly logger: Logger;
  /** Absent: nobody looks. */
  readonly traces?: Pick<Traces, 'api'> | undefined;
  /** The built console. */
  readonly consoleFolder: string;
}

export function createApp(ports: AppPorts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(stamp(ports.clock), securityHeaders(), (request, response, next) => {
    const [startedMs, startMs] = [ports.clock.monotonicMs(), ports.clock.nowMs()];
    // Of whoever asks, or a new one: the log and a collector name the request by it.
    const trace = readTraceParent(request.headers['traceparent']) ?? { traceId: newTraceId() };
    const { method, path } = request;
    response.on('finish', () => {
      const durationMs = Math.round(ports.clock.monotonicMs() - startedMs);
      const requestId = String(response.getHeader('Request-Id'));
      // The path alone: a query may hold a token.
      ports.logger.info(
        {
          requestId,
          traceId: trace.traceId,
          method,
          path,
          status: response.statusCode,
          durationMs,
        },
        'request',
      );
      if (path.startsWith('/api/'))
        ports.traces?.api({ ...trace, requestId, method, path, status: response.statusCode, startMs, endMs: startMs + durationMs });
    });
    next();
  });
  const health = createHealthRoutes(ports);
  app.use(health.router);
  app.use(createDeviceRoutes(ports));
  app.use(createConsoleRoutes(ports, health.paths));
  app.use(createConsolePages(ports.consoleFolder, ports.sessions));
  app.use((_request, response) => sendProblem(response, NO_SUCH_PATH));
  app.use(problemHandler(ports.logger));
  return app;
}
