/**
 * What a migration may do to a database that hubs of an older build go on working with: add. Each statement of theirs must go on to mean what it did, so nothing that they name goes away or changes its type, and nothing is asked of a row
 * that they do not know of. Told from what the database says of itself before and after.
 */
import type { Queries } from '../db/database.ts';

export interface Shape {
  /** By table and column: its type, and whether a row that does not name it may be written. */
  readonly columns: ReadonlyMap<string, { readonly type: string; readonly mayBeLeftOut: boolean; readonly mayBeNull: boolean }>;
  /** Unique indexes, checks and foreign keys, by table and what they say. */
  readonly demands: ReadonlySet<string>;
  /** With the types of what they take and give. */
  readonly functions: ReadonlySet<string>;
}

export async function readShape(queries: Pick<Queries, 'rows'>): Promise<Shape> {
  const columns = await queries.rows<{ name: string; type: string; isRequired: boolean; isFilled: boolean }>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "isRequired",
       a.atthasdef OR a.attidentity <> '' AS "isFilled"
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  const demands = await queries.rows<{ demand: string }>(
    `SELECT c.relname || ': ' || pg_get_constraintdef(k.oid) AS demand FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('c', 'f', 'p', 'u')
     UNION SELECT c.relname || ': ' || regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX \\S+ ON ', ' INDEX ON ') FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)`,
  );
  const functions = await queries.rows<{ name: string }>(
    `SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') ' || pg_get_function_result(p.oid) AS name FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'`,
  );
  return {
    columns: new Map(
      columns.map(({ name, type, isRequired, isFilled }) => [
        name,
        { type, mayBeLeftOut: !isRequired || isFilled, mayBeNull: !isRequired },
      ]),
    ),
    demands: new Set(demands.map(({ demand }) => demand)),
    functions: new Set(functions.map(({ name }) => name)),
  };
}

const tableOf = (name: string): string => name.split(/[.:]/, 1)[0] ?? '';

/** What an older hub would stumble over, in words; none: it goes on beside a newer one. */
export function breaksOf(before: Shape, after: Shape): readonly string[] {
  const tables = new Set([...before.columns.keys()].map(tableOf));
  const isOld = (name: string): boolean => tables.has(tableOf(name));
  const breaks: string[] = [];
  for (const [name, held] of before.columns) {
    const next = after.columns.get(name);
    if (next === undefined) breaks.push(`${name} is gone`);
    else if (next.type !== held.type) breaks.push(`${name} is ${next.type}, and was ${held.type}`);
    else if (held.mayBeLeftOut && !next.mayBeLeftOut) breaks.push(`${name} must be written`);
    else if (held.mayBeNull && !next.mayBeNull) breaks.push(`${name} may not be null any more`);
  }
  for (const [name, { mayBeLeftOut }] of after.columns)
    if (isOld(name) && !before.columns.has(name) && !mayBeLeftOut) breaks.push(`${name} is new, and must be written`);
  for (const demand of after.demands) if (isOld(demand) && !before.demands.has(demand)) breaks.push(`more is asked of ${demand}`);
  for (const name of before.functions) if (!after.functions.has(name)) breaks.push(`the function ${name} is gone`);
  return breaks;
}
