/**
 * Loaded before an app's own main (`node --import`) by `app-process.ts`: ends the app when the command that started it is
 * gone, also when that was killed and could not say goodbye. First as SIGTERM would, then the hard way.
 */
import { isMainThread } from 'node:worker_threads';

import { watchLaunchers } from './launchers.ts';

const GRACE_MS = 5_000;

// Workers inherit `--import`; the process has one parent, so one thread watches it.
if (isMainThread) {
  watchLaunchers(() => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS);
    process.kill(process.pid, 'SIGTERM');
  });
}
