/** A lane's sync without its till: the real engine, the real SQLite store, the real HTTP transport, driven step by step. */
import { assert, type Clock } from '@holdfast/base';
import {
  createSigner,
  generateSigningKey,
  nodeCompression,
  nodeHash,
  nodeVerifier,
  systemClock,
  systemRandom,
  systemTimers,
} from '@holdfast/base/node';
import { bytesToHex, createReplica, type EntryDraft, type Replica, type ReplicaStore, type Schemas } from '@holdfast/sync';
import { createFolderParts } from '@holdfast/sync/folder-parts';
import { SALE_SCHEMAS } from '@holdfast/sync/generated-sales';
import { createHttpTransport, type Fetching } from '@holdfast/sync/http';
import { createLineFetch } from '@holdfast/sync/line-fetch';
import { createSqliteStore, SYNC_MIGRATIONS } from '@holdfast/sync/sqlite';
import Database from 'better-sqlite3';

export interface SyncLane {
  readonly store: ReplicaStore;
  /** Resolves when the lane stands at `lsn`, has asked once more, and has sent what it had. */
  start(lsn: number): Promise<void>;
  /** Asks the hub once; resolves with the answer there. */
  ask(): Promise<void>;
  sell(drafts: readonly EntryDraft[]): void;
  stop(): Promise<void>;
  /** Of its file nothing is open any more. */
  close(): Promise<void>;
}

export interface SyncLaneOptions {
  readonly fetching?: Fetching;
  readonly clock?: Clock;
  readonly schemas?: Schemas;
  /** Where its database and its key lie, for a lane that lives on in another process; in memory otherwise. */
  readonly disk?: { readonly file: string; readonly signingKey: Uint8Array };
}

const QUIET = { info: (): void => undefined, warn: (): void => undefined };
const PATIENCE_MS = 1_800_000;

/** `hubUrl` is read for each request: a lane may be moved to another line. */
export function createSyncLane(
  hubUrl: () => string,
  enrolmentCode: string,
  { fetching = createLineFetch(), clock = systemClock, schemas = SALE_SCHEMAS, disk }: SyncLaneOptions = {},
): SyncLane {
  const database = openDisk(disk?.file);
  const store = createSqliteStore(database, { schemas, hash: nodeHash });
  const signer = createSigner(disk?.signingKey ?? generateSigningKey());
  let asked = 0;
  let answered = 0;
  const http = createHttpTransport({ fetch: fetching, hubUrl });
  const transport: typeof http = {
    ...http,
    fetchManifest: async (token, request) => {
      asked += 1;
      const answer = await http.fetchManifest(token, request);
      answered += 1;
      return answer;
    },
  };
  let replica: Replica | null = null;
  const create = (): Replica =>
    createReplica(
      {
        store,
        transport,
        signer,
        verifier: nodeVerifier,
        hash: nodeHash,
        compression: nodeCompression,
        clock,
        random: systemRandom,
        timers: systemTimers,
        logger: { ...QUIET, error: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) },
        withTurn: (write) => write(),
        oldestPinnedAt: () => null,
        onStatus: () => undefined,
        onCut: () => undefined,
        ...(disk !== undefined && { parts: createFolderParts(`${disk.file}.parts`) }),
      },
      { enrol: { code: enrolmentCode, publicKey: bytesToHex(signer.publicKey) }, engine: { pollMs: 3_600_000 } },
    );
  const until = async (what: string, isThere: () => boolean): Promise<void> => {
    for (const endMs = performance.now() + PATIENCE_MS; !isThere();) {
      if (performance.now() > endMs) throw new Error(`${what}: not there after ${PATIENCE_MS} ms: ${JSON.stringify(replica?.status())}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const stop = async (): Promise<void> => {
    await replica?.stop();
    replica = null;
  };
  return {
    store,
    start: async (lsn) => {
      replica ??= create();
      replica.start();
      await until(`LSN ${lsn}`, () => store.cut().position.lsn >= lsn && replica?.status().applying === null && answered === asked);
      await until('what was sold', () => store.waiting().entries === 0);
    },
    ask: async () => {
      assert(replica !== null, 'a lane that runs');
      await until('the answers under way', () => answered === asked);
      const before = answered;
      replica.poked();
      await until('an answer', () => answered > before && answered === asked);
    },
    sell: (drafts) => {
      database.transaction(() => {
        for (const draft of drafts) store.append(draft);
      })();
      replica?.appended();
    },
    stop,
    close: async () => {
      await stop();
      database.close();
    },
  };
}

/** As a till opens its own: what is committed has been synced to the disk. */
function openDisk(file: string | undefined): Database.Database {
  const database = new Database(file ?? ':memory:');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const isNew = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sync_identity'").get() === undefined;
  if (isNew) for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  return database;
}
