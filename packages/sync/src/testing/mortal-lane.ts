/** A lane's sync as a process that can be killed: its disk is a folder, and it ends once it exposes the LSN that it was told, or (`sent`) has sent all that it has. */
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { createSigner, systemClock, systemRandom, systemTimers } from '@holdfast/base/node';
import Database from 'better-sqlite3';

import { createFolderParts } from '../adapters/folder-parts.ts';
import { createHttpTransport } from '../adapters/http.ts';
import { createLineFetch } from '../adapters/line-fetch.ts';
import { createSqliteStore } from '../adapters/sqlite.ts';
import { createReplica } from '../replica/replica.ts';
import { hexToBytes } from '../wire/bytes.ts';
import { PORTS } from './fixtures.ts';
import { SALE_SCHEMAS } from './sales.ts';

const [, , folder, hubUrl, until, signingKey] = process.argv;
assert(folder !== undefined && hubUrl !== undefined && signingKey !== undefined, 'a folder, a hub and a key');
const database = new Database(join(folder, 'lane.db'));
const store = createSqliteStore(database, { schemas: SALE_SCHEMAS, hash: PORTS.hash });
const report = (message: string, fields?: unknown): void => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const replica = createReplica({
  store,
  transport: createHttpTransport({ fetch: createLineFetch(), hubUrl: () => hubUrl }),
  signer: createSigner(hexToBytes(signingKey)),
  verifier: PORTS.verifier,
  hash: PORTS.hash,
  compression: PORTS.compression,
  clock: systemClock,
  random: systemRandom,
  timers: systemTimers,
  logger: { info: () => {}, warn: report, error: report },
  withTurn: (write) => write(),
  oldestPinnedAt: () => null,
  onStatus: ({ problem, waiting }) => {
    if (problem !== null) report(problem);
    if (until === 'sent' && waiting.entries === 0) process.exit(0);
  },
  onCut: ({ position }) => {
    if (position.lsn === Number(until)) process.exit(0);
  },
  parts: createFolderParts(join(folder, 'parts')),
});
replica.start();
