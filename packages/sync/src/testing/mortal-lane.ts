/** A lane's sync as a process that can be killed: its disk is a folder, and it ends once it exposes the LSN that it was told. */
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { systemClock, systemRandom, systemTimers } from '@holdfast/base/node';
import Database from 'better-sqlite3';

import { createFolderParts } from '../adapters/folder-parts.ts';
import { createHttpTransport } from '../adapters/http.ts';
import { createSqliteStore } from '../adapters/sqlite.ts';
import { createReplica } from '../replica.ts';
import { OTHER_SIGNER, PORTS, SCHEMAS } from './fixtures.ts';

const [, , folder, hubUrl, lsn] = process.argv;
assert(folder !== undefined && hubUrl !== undefined, 'a folder and a hub');
const database = new Database(join(folder, 'lane.db'));
const store = createSqliteStore(database, { schemas: SCHEMAS, hash: PORTS.hash });
const report = (message: string, fields?: unknown): void => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const replica = createReplica({
  store,
  transport: createHttpTransport({ fetch, hubUrl: () => hubUrl }),
  signer: OTHER_SIGNER,
  verifier: PORTS.verifier,
  hash: PORTS.hash,
  compression: PORTS.compression,
  clock: systemClock,
  random: systemRandom,
  timers: systemTimers,
  logger: { info: () => {}, warn: report, error: report },
  withTurn: (write) => write(),
  oldestPinnedAt: () => null,
  onStatus: ({ problem }) => {
    if (problem !== null) report(problem);
  },
  onCut: ({ position }) => {
    if (position.lsn === Number(lsn)) process.exit(0);
  },
  parts: createFolderParts(join(folder, 'parts')),
});
replica.start();
