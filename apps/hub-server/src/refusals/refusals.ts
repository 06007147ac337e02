/**
 * What the hub refused: when, where, who and what, for whoever looks after it. Kept for a year and added to alone. Who is refused decides how often, so what comes of it is bounded: one row for each
 * asker, path and answer in a minute, and so many rows in a minute and in a day; what goes beyond that is counted in one row. Strangers have a measure of their own, so that they crowd out
 * nothing that is said of people and devices.
 */
import type { Clock } from '@holdfast/base';
import type { Logger } from 'pino';

import type { Database, Queries } from '../db/database.ts';

/** `hub`: by the token that its process printed. `nobody`: whom it does not know. */
export const REFUSED_KINDS = ['person', 'program', 'device', 'hub', 'nobody'] as const;
export type RefusedKind = (typeof REFUSED_KINDS)[number];

export interface Refused {
  readonly kind: RefusedKind;
  /** The key on the staff, of a program its maker's; the device. */
  readonly who: string;
  readonly program: string;
  readonly address: string;
  readonly method: string;
  /** Without what somebody asked for: that may be the number of a gift card. */
  readonly route: string;
  readonly status: number;
  /** Of the problem; `more`: what was not told apart. */
  readonly problem: string;
  /** Of the first one. */
  readonly requestId: string;
}

export interface RefusalView extends Refused {
  readonly no: number;
  readonly atMs: number;
  readonly untilMs: number;
  readonly times: number;
}

export interface RefusalPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

export interface RefusalLog {
  note(refused: Refused): void;
  /** Puts away what was noted since; whoever lists asks for it first, and it is done each minute. */
  write(): Promise<void>;
}

interface Measure {
  readonly perMinute: number;
  readonly perDay: number;
}
export const MEASURES: Readonly<Record<'known' | 'nobody', Measure>> = {
  known: { perMinute: 200, perDay: 5_000 },
  nobody: { perMinute: 50, perDay: 2_000 },
};
export const REFUSALS_KEPT_DAYS = 365;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Row = Omit<RefusalView, 'no'>;

/** How many rows there were of one measure since its minute and its day began. */
interface Count {
  minute: number;
  rowsOfMinute: number;
  day: number;
  rowsOfDay: number;
}

const newCount = (): Count => ({ minute: 0, rowsOfMinute: 0, day: 0, rowsOfDay: 0 });

function takesOneMore(count: Count, { perMinute, perDay }: Measure, nowMs: number): boolean {
  const [minute, day] = [Math.floor(nowMs / MINUTE_MS), Math.floor(nowMs / DAY_MS)];
  if (minute !== count.minute) Object.assign(count, { minute, rowsOfMinute: 0 });
  if (day !== count.day) Object.assign(count, { day, rowsOfDay: 0 });
  if (count.rowsOfMinute >= perMinute || count.rowsOfDay >= perDay) return false;
  count.rowsOfMinute += 1;
  count.rowsOfDay += 1;
  return true;
}

const keyOf = (minute: number, { kind, who, program, address, method, route, status, problem }: Refused): string =>
  [minute, kind, who, program, address, method, route, status, problem].join('\u001F');

export function createRefusalLog(ports: RefusalPorts): RefusalLog {
  const { clock, logger } = ports;
  const counts = { known: newCount(), nobody: newCount() };
  let noted = new Map<string, { -readonly [Name in keyof Row]: Row[Name] }>();
  let writing: Promise<void> = Promise.resolve();
  const put = (refused: Refused, nowMs: number): void => {
    const key = keyOf(Math.floor(nowMs / MINUTE_MS), refused);
    const held = noted.get(key);
    if (held === undefined) noted.set(key, { ...refused, atMs: nowMs, untilMs: nowMs, times: 1 });
    else Object.assign(held, { untilMs: nowMs, times: held.times + 1 });
  };
  return {
    note: (refused) => {
      const nowMs = clock.nowMs();
      const measure = refused.kind === 'nobody' ? 'nobody' : 'known';
      const isHeld = noted.has(keyOf(Math.floor(nowMs / MINUTE_MS), refused));
      if (isHeld || takesOneMore(counts[measure], MEASURES[measure], nowMs)) return put(refused, nowMs);
      const { kind, requestId } = refused;
      return put({ kind, who: '', program: '', address: '', method: '', route: '', status: 0, problem: 'more', requestId }, nowMs);
    },
    write: async () => {
      const rows = [...noted.values()];
      noted = new Map();
      // Also where the log goes to a collector: nobody who comes in here afterwards changes it there.
      for (const row of rows) logger.warn({ refused: row }, 'refused');
      if (rows.length > 0)
        writing = writing.then(async () =>
          writeRows(ports, rows).catch((error: unknown) =>
            logger.error({ err: error, rows: rows.length }, 'what was refused could not be written down; it stands above in this log'),
          ),
        );
      await writing;
    },
  };
}

async function writeRows({ database, tenantNo }: RefusalPorts, rows: readonly Row[]): Promise<void> {
  await database.execute(
    `INSERT INTO refusal (tenant_no, at_ms, until_ms, times, kind, who, program, address, method, route, status, problem, request_id)
     SELECT $1::integer, x."atMs", x."untilMs", x.times, x.kind, x.who, x.program, x.address, x.method, x.route, x.status, x.problem, x."requestId"
     FROM jsonb_to_recordset($2::jsonb) AS x ("atMs" bigint, "untilMs" bigint, times integer, kind text, who text, program text, address text, method text, route text, status integer, problem text, "requestId" text)`,
    [tenantNo, JSON.stringify(rows)],
  );
}

export interface RefusalQuestion {
  readonly kind?: RefusedKind | undefined;
  readonly who?: string | undefined;
  readonly address?: string | undefined;
  readonly status?: number | undefined;
  readonly problem?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** The last `no` of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export const listRefusals = async (
  { database, tenantNo }: Pick<RefusalPorts, 'database' | 'tenantNo'>,
  { kind, who, address, status, problem, fromMs, toMs, before, limit }: RefusalQuestion,
): Promise<readonly RefusalView[]> =>
  database.rows<RefusalView>(
    `SELECT refusal_no AS no, at_ms AS "atMs", until_ms AS "untilMs", times, kind, who, program, address, method, route, status, problem, request_id AS "requestId"
     FROM refusal
     WHERE tenant_no = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR who = $3) AND ($4::text IS NULL OR address = $4)
       AND ($5::integer IS NULL OR status = $5) AND ($6::text IS NULL OR problem = $6)
       AND ($7::bigint IS NULL OR until_ms >= $7) AND ($8::bigint IS NULL OR at_ms < $8) AND ($9::bigint IS NULL OR refusal_no < $9)
     ORDER BY refusal_no DESC LIMIT $10`,
    [
      tenantNo,
      kind ?? null,
      who ?? null,
      address ?? null,
      status ?? null,
      problem ?? null,
      fromMs ?? null,
      toMs ?? null,
      before ?? null,
      limit,
    ],
  );

/** By the owner of the tables: nobody else may. */
export async function forgetRefusals(queries: Queries, tenantNo: number, nowMs: number): Promise<void> {
  await queries.execute('DELETE FROM refusal WHERE tenant_no = $1 AND until_ms <= $2', [tenantNo, nowMs - REFUSALS_KEPT_DAYS * DAY_MS]);
}
