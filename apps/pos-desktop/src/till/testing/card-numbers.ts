/** Looks for numbers of payment cards where none may be: in every cell of a database, and in every byte of a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { findCardNumbers } from '@holdfast/base';

import type { Connection } from '../database/connection.ts';

const textOf = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : typeof value === 'string' ? value : '');

export function cardNumbersInDatabase(db: Connection): readonly string[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  return tables.flatMap((table) =>
    db
      .prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}"`)
      .all()
      .flatMap((row) => Object.values(row).flatMap((value) => findCardNumbers(textOf(value)))),
  );
}

/** The database's file and its log hold what was deleted, too. */
export function cardNumbersInFolder(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? cardNumbersInFolder(path) : findCardNumbers(readFileSync(path).toString('latin1'));
  });
}
