/** Run under strace by `transactions.test.ts` on a database with the table `done`: rows in transactions of both kinds, each said when its transaction has returned. */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { openConnection } from '../database/connection.ts';
import { createLogSync } from '../log-sync.ts';
import { createTransactions } from '../transactions.ts';
import { createMainTurn, createWriteTurnMemory } from '../write-turn.ts';

const [folder = '', rows = '0'] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const db = openConnection(folder);
const logSync = createLogSync(`${db.name}-wal`, silent);
const transactions = createTransactions(db, createMainTurn(createWriteTurnMemory()), () => logSync.ask());
const insert = db.prepare('INSERT INTO done VALUES (?, randomblob(700))');
for (let n = 1; n <= Number(rows); n++) {
  const kind = n % 4 === 0 ? 'durable' : 'kept';
  transactions[kind](() => insert.run(n));
  writeSync(1, `${kind} ${n}\n`);
  await setImmediate();
}
transactions.kept(() => insert.run(Number(rows) + 1));
await logSync.stop();
writeSync(1, `settled ${Number(rows) + 1}\n`);
