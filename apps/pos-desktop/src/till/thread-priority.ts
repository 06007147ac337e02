/**
 * How much of a busy processor a thread asks for. On Linux each thread has a niceness of its own, which may be raised without any privilege and
 * never lowered again; elsewhere it is the whole process's, and stays as it is.
 */
import { readlinkSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

/** The kernel's name for the calling thread is its number; asked for in a pool's thread, it would be that one's. */
const THREAD = '/proc/thread-self';

/** Makes the calling thread nicer by so many steps, as far as there are any. Answers its niceness then; undefined where it has none of its own. */
export async function giveWayToOthers(steps: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    // Node's pool serves all threads and is as nice as the one that first needed it: it is started before.
    await access(THREAD);
    const thread = Number(basename(readlinkSync(THREAD)));
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority(thread) + steps));
    return getPriority(thread);
  } catch {
    // Without /proc, or forbidden: it asks for as much as before.
    return undefined;
  }
}
