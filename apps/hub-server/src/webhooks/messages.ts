/** What webhooks are told: made with what it tells, kept until it arrived, listed for people. A message's name is made of what it tells, so that nothing is told twice under two names. */
import type { Database, Queries } from '../db/database.ts';
import type { MessageState, WebhookEvent } from './webhooks.ts';

export interface News {
  readonly event: WebhookEvent | 'ping';
  /** What it is about, the same whenever it is told. */
  readonly subject: string;
  readonly atMs: number;
  readonly data: object;
}

const contentOf = ({ event, atMs, data }: News): string => JSON.stringify({ type: event, timestamp: new Date(atMs).toISOString(), data });

/** Of all webhooks that want that event, or of one. In the transaction of what it tells. */
export async function tellWebhooks(
  tx: Queries,
  tenantNo: number,
  news: readonly News[],
  { nowMs, only }: { readonly nowMs: number; readonly only?: string },
): Promise<void> {
  if (news.length === 0) return;
  const rows = news.map((one) => ({ e: one.event, s: one.subject, at: one.atMs, c: contentOf(one) }));
  await tx.execute(
    `INSERT INTO webhook_message (tenant_no, message, webhook, event, at_ms, content, next_at_ms)
     SELECT $1, w.webhook || '.' || x.s, w.webhook, x.e, x.at, x.c, $3
     FROM jsonb_to_recordset($2::jsonb) AS x (e text, s text, at bigint, c text)
     JOIN webhook w ON w.tenant_no = $1 AND CASE WHEN $4::text IS NULL THEN NOT w.is_paused AND w.events @> to_jsonb(x.e) ELSE w.webhook = $4 END
     ON CONFLICT (tenant_no, message) DO NOTHING`,
    [tenantNo, JSON.stringify(rows), nowMs, only ?? null],
  );
}

export interface MessageView {
  readonly message: string;
  readonly webhook: string;
  readonly event: string;
  readonly atMs: number;
  readonly state: MessageState;
  readonly attempts: number;
  readonly nextAtMs: number | null;
  readonly doneAtMs: number | null;
  /** What came of the last try. */
  readonly detail: string | null;
  readonly content: unknown;
}

export interface MessageQuestion {
  readonly tenantNo: number;
  readonly webhook?: string | undefined;
  readonly state?: MessageState | undefined;
  readonly limit: number;
  readonly after?: readonly [atMs: number, message: string] | undefined;
}

/** Newest first. */
export async function listMessages(
  database: Database,
  { tenantNo, webhook, state, limit, after }: MessageQuestion,
): Promise<readonly MessageView[]> {
  const rows = await database.rows<Omit<MessageView, 'content'> & { content: string }>(
    `SELECT message, webhook, event, at_ms AS "atMs", state, attempts, CASE WHEN state = 'waiting' THEN next_at_ms END AS "nextAtMs", done_at_ms AS "doneAtMs", detail, content
     FROM webhook_message WHERE tenant_no = $1 AND ($2::text IS NULL OR webhook = $2) AND ($3::text IS NULL OR state = $3)
       AND ($5::bigint IS NULL OR (at_ms, message) < ($5, $6::text))
     ORDER BY at_ms DESC, message DESC LIMIT $4`,
    [tenantNo, webhook ?? null, state ?? null, limit, after?.[0] ?? null, after?.[1] ?? null],
  );
  return rows.map(({ content, ...row }) => ({ ...row, content: JSON.parse(content) as unknown }));
}

/** Also one that arrived: whoever lost it is told once more, under the same name. False: there is none, or it waits anyhow. */
export const tellAgain = async (database: Database, tenantNo: number, message: string, nowMs: number): Promise<boolean> =>
  (await database.execute(
    `UPDATE webhook_message SET state = 'waiting', attempts = 0, next_at_ms = $3, done_at_ms = NULL, detail = NULL
     WHERE tenant_no = $1 AND message = $2 AND state <> 'waiting'`,
    [tenantNo, message, nowMs],
  )) === 1;

const KEPT_MS = 30 * 86_400_000;

/** What is done for a month is nobody's any more. */
export const forgetMessages = async ({
  database,
  tenantNo,
  clock,
}: {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: { nowMs(): number };
}): Promise<number> =>
  database.execute(`DELETE FROM webhook_message WHERE tenant_no = $1 AND state <> 'waiting' AND done_at_ms < $2`, [
    tenantNo,
    clock.nowMs() - KEPT_MS,
  ]);
