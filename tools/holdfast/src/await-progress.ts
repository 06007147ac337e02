import { setTimeout as delay } from 'node:timers/promises';

import { CommandFailed } from './command.ts';

const POLL_MS = 100;
/** How long a wait may go on without anything moving. */
const STALL_MS = 60_000;

/**
 * Looks until `look` answers null. What it answers until then says how far things are: a wait lasts as long as that moves,
 * and throws CommandFailed where it has stood still for a minute.
 */
export async function awaitProgress(what: string, look: () => Promise<number | null>): Promise<void> {
  let last: number | null = -1;
  let movedAtMs = performance.now();
  for (;;) {
    const now = await look();
    if (now === null) return;
    if (now !== last) [last, movedAtMs] = [now, performance.now()];
    else if (performance.now() - movedAtMs > STALL_MS) {
      throw new CommandFailed(`${what}: nothing has moved for ${STALL_MS / 1_000} s (it stands at ${now}).`);
    }
    await delay(POLL_MS);
  }
}
