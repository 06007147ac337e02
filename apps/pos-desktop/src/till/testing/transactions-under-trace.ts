/** Run under strace by `transactions.test.ts` on a database with the table `done`: rows in transactions of both kinds, and of both of the worker's, each said when its transaction has returned. */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { systemClock, systemTimers } from '@holdfast/base/node';

import { openConnection } from '../database/connection.ts';
import { createLogSync, createSyncedTurn } from '../sync/log-sync.ts';
import { createTransactions } from '../transactions.ts';
import { createMainTurn, createWorkerTurn, createWriteTurnMemory } from '../write-turn.ts';

const [folder = '', rows = '0'] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const db = openConnection(folder);
const logSync = createLogSync(`${db.name}-wal`, silent, systemTimers);
const turnMemory = createWriteTurnMemory();
const transactions = createTransactions(db, createMainTurn(turnMemory), logSync);
const worker = openConnection(folder);
const workerTurn = createSyncedTurn(worker, createWorkerTurn(turnMemory), systemClock);
const INSERT = 'INSERT INTO done VALUES (?, randomblob(700))';
const insert = db.prepare(INSERT);
const insertOfWorker = worker.prepare(INSERT);
for (let n = 1; n <= Number(rows); n++) {
  const kind = n % 4 === 0 ? 'durable' : n % 12 === 3 ? 'worker' : n % 12 === 9 ? 'part' : 'kept';
  if (kind === 'worker') workerTurn.run(() => insertOfWorker.run(n));
  else if (kind === 'part') workerTurn.runPart(() => insertOfWorker.run(n));
  else transactions[kind](() => insert.run(n));
  writeSync(1, `${kind} ${n}\n`);
  await setImmediate();
}
transactions.kept(() => insert.run(Number(rows) + 1));
await logSync.stop();
writeSync(1, `settled ${Number(rows) + 1}\n`);
