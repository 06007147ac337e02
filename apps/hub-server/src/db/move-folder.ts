/** A hub's folder and a Postgres, at the command line: moved from the one to the other, or backed up from the other to the one. Each answer is an exit code. */
import { existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { unreachable, type Result } from '@holdfast/base';

import type { Database } from './database.ts';
import { moveDatabase, type Moved, type MoveError } from './move.ts';
import { forgetMove, noteMove } from './moved-folder.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { isUnreachable } from './unreachable.ts';

export interface FolderMove {
  readonly data: string;
  readonly databaseUrl: string;
  /** For programs: the answer is a line of JSON. */
  readonly json: boolean;
}

const refuse = (message: string): number => {
  process.stderr.write(`${message}\n`);
  return 1;
};
const sayTable = (table: string, rows: number): void => void (rows > 0 && process.stderr.write(`${table}: ${rows}\n`));
const say = (json: boolean, type: string, { tables, rows }: Moved, words: string): number => {
  process.stdout.write(
    json ? `${JSON.stringify({ type, tables, rows })}\n` : `${rows} rows of ${tables} tables, counted and hashed in both. ${words}\n`,
  );
  return 0;
};

function refusalOf(error: MoveError): string {
  switch (error.type) {
    case 'noHub':
      return 'There is no hub’s data. Nothing was changed.';
    case 'laterBuild':
      return 'A later build has migrated that data: use that one. Nothing was changed.';
    case 'notEmpty':
      return `That database is not empty (${error.tables.slice(0, 5).join(', ')}). Nothing was changed.`;
    case 'holdsHub':
      return error.isSame
        ? 'That database is this hub already: it was moved there before. Nothing was changed.'
        : 'That database holds another hub. Nothing was changed.';
    default:
      return unreachable(error, 'refusalOf');
  }
}

export async function moveHub({ data, databaseUrl, json }: FolderMove): Promise<number> {
  if (!existsSync(join(data, 'pg'))) return refuse(refusalOf({ type: 'noHub' }));
  const from = await openPglite(join(data, 'pg'));
  const to = openPostgres(databaseUrl, () => undefined);
  try {
    const moved = await moveDatabase({ from, to, beforeCommit: async () => noteMove(data, databaseUrl), onTable: sayTable });
    if (!moved.ok) return refuse(refusalOf(moved.error));
    return say(json, 'moved', moved.value, 'Start the hub with DATABASE_URL from now on; this folder is left as it was.');
  } catch (error) {
    // Where the answer to the commit was lost, it may be there: the note stays, and moving again says which.
    if (!isUnreachable(error)) forgetMove(data);
    throw error;
  } finally {
    await from.close();
    await to.close();
  }
}

/** The copy stands in its place whole, and on the disk, or not at all. */
export async function backUpHub({ data, databaseUrl, json }: FolderMove): Promise<number> {
  const [place, beside] = [join(data, 'pg'), join(data, 'pg.backup')];
  if (existsSync(place)) return refuse(`${data} holds a hub’s data already: back up into a folder of its own. Nothing was changed.`);
  await rm(beside, { recursive: true, force: true });
  const from = openPostgres(databaseUrl, () => undefined);
  try {
    const copied = await copyInto(from, beside);
    if (!copied.ok) {
      await rm(beside, { recursive: true, force: true });
      return refuse(refusalOf(copied.error));
    }
    await syncAll(beside);
    await rename(beside, place);
    return say(json, 'backedUp', copied.value, `It is in ${data}: restore it with \`holdfast move\` into an empty Postgres.`);
  } finally {
    await from.close();
  }
}

async function copyInto(from: Database, folder: string): Promise<Result<Moved, MoveError>> {
  const to = await openPglite(folder, { isEmpty: true });
  try {
    return await moveDatabase({ from, to, beforeCommit: async () => undefined, onTable: sayTable });
  } finally {
    await to.close();
  }
}

/** PGlite flushes nothing by itself. */
async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const file = await open(join(entry.parentPath, entry.name), 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
