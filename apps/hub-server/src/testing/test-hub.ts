/** A hub for tests: real HTTP on a free port, over a database of the test's choice. */
import { pino } from 'pino';

import type { Database } from '../db/database.ts';
import { startHub, type HubOptions, type RunningHub } from '../hub.ts';
import { openMemoryDatabase } from './memory-database.ts';

export interface TestHub extends RunningHub {
  readonly database: Database;
  /** With the console's token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  json<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

export async function startTestHub(
  database?: Database,
  options: Pick<HubOptions, 'standingPace' | 'clock' | 'mail' | 'outboxPace' | 'metricsToken'> &
    Partial<Pick<HubOptions, 'secretsKeys'>> = {},
): Promise<TestHub> {
  const held = database ?? (await openMemoryDatabase());
  const hub = await startHub({
    secretsKeys: [new Uint8Array(32).fill(7)],
    ...options,
    database: held,
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'silent' }),
  });
  const api = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${hub.url}${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${hub.consoleToken}` } });
  return {
    ...hub,
    database: held,
    api,
    post: async (path, body) => api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    json: async <T>(path: string) => {
      const response = await api(path);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    close: async () => {
      await hub.stop();
      await held.close();
    },
  };
}
