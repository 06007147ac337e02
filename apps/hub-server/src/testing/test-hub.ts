/** A hub for tests: real HTTP on a free port, over a database of the test's choice. */
import { systemRandom } from '@holdfast/base/node';
import { pino } from 'pino';

import type { Database } from '../db/database.ts';
import type { ApiDocument } from '../http/openapi.ts';
import { startHub, type HubOptions, type RunningHub } from '../hub.ts';
import { type CompanyKeys, createCompanyKeys } from '../secrets/company-keys.ts';
import { createVault, type Vault } from '../secrets/vault.ts';
import { createAnswerJudge, type AnswerJudge } from './answer-judge.ts';
import { openMemoryDatabase } from './memory-database.ts';

export interface TestHub extends RunningHub {
  readonly database: Database;
  readonly vault: Vault;
  readonly keys: CompanyKeys;
  /** Each answer is judged by the hub's own document. */
  readonly judgeAnswer: AnswerJudge;
  /** With the console's token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  json<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** The document is the same of every hub of a build. */
let judging: Promise<AnswerJudge> | undefined;

export async function startTestHub(
  database?: Database,
  options: Pick<
    HubOptions,
    | 'standingPace'
    | 'livePingMs'
    | 'clock'
    | 'mail'
    | 'outboxPace'
    | 'metricsToken'
    | 'webhookHosts'
    | 'webhooksOnlyTo'
    | 'courierPace'
    | 'foldPatienceMs'
    | 'tracesTo'
    | 'provider'
    | 'archiveAfterDays'
    | 'trustProxy'
    | 'tls'
  > &
    Partial<Pick<HubOptions, 'secretsKeys' | 'logger' | 'sealKeys'>> = {},
): Promise<TestHub> {
  const held = database ?? (await openMemoryDatabase());
  const secretsKeys = options.secretsKeys ?? [new Uint8Array(32).fill(7)];
  const vault = createVault(secretsKeys, systemRandom);
  const hub = await startHub({
    logger: pino({ level: 'silent' }),
    // What a busy machine needs for it: then whoever asks behind a batch has it in the answer.
    foldPatienceMs: 30_000,
    ...options,
    secretsKeys,
    database: held,
    host: '127.0.0.1',
    port: 0,
  });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${hub.url}${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${hub.consoleToken}` } });
  const judgeAnswer: AnswerJudge = async (method, path, response) => {
    judging ??= ask('/api/v1/openapi.json').then(async (answer) => createAnswerJudge((await answer.json()) as ApiDocument));
    await (
      await judging
    )(method, path, response);
  };
  const api = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await ask(path, init);
    await judgeAnswer(init.method ?? 'GET', path, response);
    return response;
  };
  return {
    ...hub,
    database: held,
    vault,
    keys: await keysOf(held, vault),
    api,
    judgeAnswer,
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

async function keysOf(database: Database, vault: Vault): Promise<CompanyKeys> {
  const former = await database.rows('SELECT 1 FROM hub WHERE sealed_key IS NULL');
  return createCompanyKeys({ database, tenantNo: 1, vault, areSealed: former.length === 0 });
}

/** Beside the one that a hub has from its start: each with its zone. */
export async function openStores(
  hub: Pick<TestHub, 'post'>,
  ...stores: readonly (readonly [store: string, zone: string])[]
): Promise<void> {
  for (const [store, zone] of stores)
    await hub.post('/api/v1/stores', {
      store,
      name: `Store ${store}`,
      zone,
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
      taxInclusive: true,
    });
}
