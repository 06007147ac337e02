/**
 * That a hub's folder was left: its data went to another database. Two hubs of one key would tell lanes two histories, so the folder says where its hub is, from before the other database
 * holds it until somebody takes the note away.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NOTE = 'moved.txt';

/** Where its data went; undefined where it is still here. */
export function whereMoved(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, NOTE), 'utf8').trim();
  } catch {
    return undefined;
  }
}

export function noteMove(folder: string, databaseUrl: string): void {
  const { host, pathname } = new URL(databaseUrl);
  writeFileSync(join(folder, NOTE), `${host}${pathname}\n`, { mode: 0o600, flush: true });
}

export const forgetMove = (folder: string): void => rmSync(join(folder, NOTE), { force: true });

export const movedNotePath = (folder: string): string => join(folder, NOTE);
