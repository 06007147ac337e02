/**
 * The till's process: under Node by itself, or as Electron's utility process. Exit codes: 0 stopped, 1 another till has the folder, another program its
 * database, nobody may write there, or its disk is full, 2 wrong arguments, 3 the database is damaged: started again, the till rebuilds it; 4 headquarters had it erased: started again, it is a new lane.
 */
import { unreachable } from '@holdfast/base';
import { systemClock } from '@holdfast/base/node';

import { parseArguments, USAGE } from './arguments.ts';
import { enableCompileCache } from './compile-cache.ts';
import { createLogger } from './logger.ts';
import { acceptMessagePorts, findParentPort } from './ports/message-port.ts';
import type { NotStarted } from './till-process.ts';

const given = parseArguments(process.argv.slice(2));
if (!given.ok) {
  process.stderr.write(`${given.error.problems.map((problem) => `till: ${problem}\n`).join('')}${USAGE}\n`);
  process.exit(2);
}
const { dataFolder } = given.value;
const logger = createLogger('till', systemClock);
enableCompileCache(dataFolder);
const { startTill } = await import('./till-process.ts');
const { isDamage } = await import('./database/connection.ts');
const { markDamaged } = await import('./database/rebuild-lane.ts');
/** Wherever it shows, the next start rebuilds what would end this one again. */
process.on('uncaughtExceptionMonitor', (error) => {
  if (!isDamage(error)) return;
  logger.error('the database is damaged', { error });
  markDamaged(dataFolder);
  process.exit(3);
});
const started = await startTill(
  given.value,
  logger,
  () => process.exit(3),
  () => process.exit(4),
);
if (!started.ok) {
  process.stderr.write(`till: ${whyNotStarted(started.error)} Nothing was changed.\n`);
  process.exit(1);
}
const till = started.value;
const { unusedCodeOf } = till;
if (unusedCodeOf !== undefined) {
  const { store, lane } = unusedCodeOf;
  process.stderr.write(
    `till: ${till.dataFolder} is lane ${String(lane)} of store ${store} already: the enrolment code was not used. Leave --enrol out; to begin another lane, name an empty folder (--data).\n`,
  );
}

const parent = findParentPort();
if (parent !== undefined) acceptMessagePorts(parent, till.windows);

let isStopping = false;
const stop = (): void => {
  if (isStopping) return;
  isStopping = true;
  till.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error('the till did not stop cleanly', { error });
      process.exit(1);
    },
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const token = till.mintToken();
const ready = {
  type: 'ready',
  url: `${till.url}/?token=${token}`,
  wsUrl: `${till.url.replace(/^http/, 'ws')}/till?token=${token}`,
  token,
  data: till.dataFolder,
  pid: process.pid,
};
process.stdout.write(given.value.json ? `${JSON.stringify(ready)}\n` : `The till of ${ready.data} is ready: ${ready.url}\n`);

function whyNotStarted(error: NotStarted): string {
  switch (error.type) {
    case 'databaseBusy':
      return `the database in ${dataFolder} is in use by another program, such as a backup or a database browser: end it, and start the till again.`;
    case 'folderHeld':
      return `${dataFolder} is held by ${error.pid === undefined ? 'another process' : `process ${error.pid}`}: one till per data folder.`;
    case 'folderUnusable':
      return `${dataFolder} cannot be used (${error.cause}): give the till a folder that it may write to, on a disk with room.`;
    case 'diskFull':
      return `the disk of ${dataFolder} is full: make room on it, and start the till again.`;
    default:
      return unreachable(error, 'whyNotStarted');
  }
}
