/** Which programs of the company's are told of what: each by an address, a list of events and a secret, which its owner is shown once. */
import type { Clock, Random } from '@holdfast/base';

import type { Database, Queries } from '../db/database.ts';
import type { Vault } from '../secrets/vault.ts';
import { SECRET_BYTES } from './post.ts';

/** In the order in which they are chosen from. `ping` is sent when somebody asks for it, to whatever webhook. */
export const WEBHOOK_EVENTS = [
  'sale.completed',
  'shift.closed',
  'day.closed',
  'product.published',
  'price.published',
  'device.enrolled',
  'entry.setAside',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const MESSAGE_STATES = ['waiting', 'sent', 'failed'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

export interface WebhookPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly vault: Vault;
}

export interface WebhookView {
  readonly webhook: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly note: string;
  readonly isPaused: boolean;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly waiting: number;
  readonly failed: number;
  readonly lastSentAtMs: number | null;
  /** Until then what the former secret signed counts, too. */
  readonly formerSecretUntilMs: number | null;
}

export interface WebhookWish {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly note: string;
}

/** Long enough for whoever receives to be told the new one. */
const FORMER_COUNTS_MS = 86_400_000;
const NAME_BYTES = 8;

export const secretPlace = (webhook: string): string => `secret of webhook ${webhook}`;

export const listWebhooks = async ({
  database,
  tenantNo,
  clock,
}: Pick<WebhookPorts, 'database' | 'tenantNo' | 'clock'>): Promise<readonly WebhookView[]> =>
  database.rows<WebhookView>(
    `SELECT w.webhook, w.url, w.events, w.note, w.is_paused AS "isPaused", w.created_at_ms AS "createdAtMs", w.created_by AS "createdBy",
       coalesce(m.waiting, 0) AS waiting, coalesce(m.failed, 0) AS failed, m.sent AS "lastSentAtMs",
       CASE WHEN w.former_until_ms > $2 THEN w.former_until_ms END AS "formerSecretUntilMs"
     FROM webhook w LEFT JOIN (
       SELECT webhook, count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed,
         max(done_at_ms) FILTER (WHERE state = 'sent') AS sent
       FROM webhook_message WHERE tenant_no = $1 GROUP BY webhook) AS m USING (webhook)
     WHERE w.tenant_no = $1 ORDER BY w.created_at_ms, w.webhook`,
    [tenantNo, clock.nowMs()],
  );

export interface MadeWebhook {
  readonly webhook: string;
  readonly secret: Uint8Array;
}

/** It hears of what happens from now on. */
export async function createWebhook(ports: WebhookPorts, wish: WebhookWish, by: string): Promise<MadeWebhook> {
  const { database, tenantNo, clock, random, vault } = ports;
  const webhook = `wh-${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}`;
  const secret = random.bytes(SECRET_BYTES);
  await database.transaction(async (tx) => {
    await beginAtHead(tx, tenantNo);
    await tx.execute(
      `INSERT INTO webhook (tenant_no, webhook, url, events, note, secret, created_at_ms, created_by) VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)`,
      [tenantNo, webhook, wish.url, JSON.stringify(wish.events), wish.note, vault.seal(secretPlace(webhook), secret), clock.nowMs(), by],
    );
  });
  return { webhook, secret };
}

/** While nobody was told, the cursor stood still: what lies behind it is news to nobody. */
async function beginAtHead(tx: Queries, tenantNo: number): Promise<void> {
  await tx.execute(
    `INSERT INTO webhook_cursor AS held (tenant_no, entry_no, lsn)
     SELECT $1, s.entry_no, t.lsn FROM ledger_sequence s CROSS JOIN tenant t WHERE s.id = 1 AND t.tenant_no = $1
     ON CONFLICT (tenant_no) DO UPDATE SET entry_no = excluded.entry_no, lsn = excluded.lsn
       WHERE NOT EXISTS (SELECT 1 FROM webhook w WHERE w.tenant_no = $1 AND NOT w.is_paused)`,
    [tenantNo],
  );
}

export type WebhookPatch = { readonly [Key in keyof WebhookWish]?: WebhookWish[Key] | undefined } & {
  readonly isPaused?: boolean | undefined;
};

/** False: there is none. What happens while it is paused it is not told; what waited goes out when it goes on. */
export async function changeWebhook({ database, tenantNo }: WebhookPorts, webhook: string, patch: WebhookPatch): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (patch.isPaused === false) await beginAtHead(tx, tenantNo);
    const changed = await tx.execute(
      `UPDATE webhook SET url = coalesce($3, url), events = coalesce($4::jsonb, events), note = coalesce($5, note), is_paused = coalesce($6, is_paused)
       WHERE tenant_no = $1 AND webhook = $2`,
      [
        tenantNo,
        webhook,
        patch.url ?? null,
        patch.events === undefined ? null : JSON.stringify(patch.events),
        patch.note ?? null,
        patch.isPaused ?? null,
      ],
    );
    return changed === 1;
  });
}

/** Another secret; the one that it had signs beside it for a day. Undefined: there is no such webhook. */
export async function rotateSecret(
  { database, tenantNo, clock, random, vault }: WebhookPorts,
  webhook: string,
): Promise<Uint8Array | undefined> {
  const secret = random.bytes(SECRET_BYTES);
  const changed = await database.execute(
    'UPDATE webhook SET former_secret = secret, former_until_ms = $4, secret = $3 WHERE tenant_no = $1 AND webhook = $2',
    [tenantNo, webhook, vault.seal(secretPlace(webhook), secret), clock.nowMs() + FORMER_COUNTS_MS],
  );
  return changed === 1 ? secret : undefined;
}

/** With whatever it was told, or was to be told. */
export const removeWebhook = async ({ database, tenantNo }: WebhookPorts, webhook: string): Promise<boolean> =>
  database.transaction(async (tx) => {
    await tx.execute('DELETE FROM webhook_message WHERE tenant_no = $1 AND webhook = $2', [tenantNo, webhook]);
    return (await tx.execute('DELETE FROM webhook WHERE tenant_no = $1 AND webhook = $2', [tenantNo, webhook])) === 1;
  });

/** Secrets that an older key sealed are sealed by the one in use; how many no key of this hub opens. */
export async function renewWebhookSecrets({
  database,
  tenantNo,
  vault,
}: Pick<WebhookPorts, 'database' | 'tenantNo' | 'vault'>): Promise<number> {
  const held = await database.rows<{ webhook: string; secret: Uint8Array; former: Uint8Array | null }>(
    'SELECT webhook, secret, former_secret AS former FROM webhook WHERE tenant_no = $1',
    [tenantNo],
  );
  let closed = 0;
  for (const { webhook, secret, former } of held) {
    const place = secretPlace(webhook);
    const [opened, openedFormer] = [secret, former].map((sealed) =>
      sealed === null ? undefined : vault.open(place, new Uint8Array(sealed)),
    );
    if (opened === undefined) closed += 1;
    else if (!vault.isFresh(new Uint8Array(secret)))
      await database.execute('UPDATE webhook SET secret = $3, former_secret = $4 WHERE tenant_no = $1 AND webhook = $2', [
        tenantNo,
        webhook,
        vault.seal(place, opened),
        openedFormer === undefined ? null : vault.seal(place, openedFormer),
      ]);
  }
  return closed;
}
