/**
 * Brings messages to webhooks: each at least once, one after the other to one address and to several addresses side by side, so that one that hangs holds up nobody else.
 *
 * - A message is taken by moving its next try forward, so that of several replicas one sends it; one that dies with it leaves it to the next try.
 * - What was not taken is tried again, ever more slowly and never in step with others, for about three days. Then it has failed, and a person can send it again.
 * - Whoever answers that nothing is wanted any more (410) is paused.
 */
import type { Clock, Random, Timers } from '@holdfast/base';

import type { Database } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import type { Vault } from '../secrets/vault.ts';
import { gatherNews } from './news.ts';
import { type HostRules, postWebhook, type PostFault, type PostRules } from './post.ts';
import { secretPlace } from './webhooks.ts';

export interface CourierPorts extends HostRules {
  readonly database: Database;
  readonly tenantNo: number;
  readonly identity: Pick<HubIdentity, 'hubEpoch'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly vault: Vault;
  readonly onFailure: (error: unknown) => void;
  readonly pace?: CourierPace;
}

export interface CourierPace {
  /** How often it looks for news, and for tries that are due. */
  readonly lookMs: number;
  /** After the first try that came to nothing; each later one takes twice as long, up to `mostMs`. */
  readonly retryMs: number;
  readonly mostMs: number;
  readonly mostAttempts: number;
  /** For an answer. */
  readonly patienceMs: number;
}

const PACE: CourierPace = { lookMs: 1_000, retryMs: 60_000, mostMs: 6 * 3_600_000, mostAttempts: 20, patienceMs: 10_000 };
/** Beyond an answer's patience: whoever has taken a message is done with it by then. */
const TAKEN_MS = 60_000;
const MOST_AT_ONCE = 16;

export interface Courier {
  /** Something may be due. */
  call(): void;
  /** What is under way is broken off, and tried again by whoever comes next. */
  stop(): Promise<void>;
}

interface TakenMessage {
  readonly message: string;
  readonly content: string;
  readonly attempts: number;
  readonly url: string;
  readonly secret: Uint8Array;
  readonly former: Uint8Array | null;
}

export function createCourier(ports: CourierPorts): Courier {
  const { timers, onFailure, pace = PACE } = ports;
  const stopped = new AbortController();
  const rounds = new Map<string, Promise<void>>();
  let looking: Promise<void> | undefined;
  let cancel = (): void => undefined;
  const isStopped = (): boolean => stopped.signal.aborted;

  const goRound = async (webhook: string): Promise<void> => {
    while (!isStopped()) {
      const taken = await take(ports, webhook);
      if (taken === undefined) return;
      await bring(ports, webhook, taken, stopped.signal);
    }
  };
  const step = async (): Promise<void> => {
    while (!isStopped() && (await gatherNews(ports)));
    if (isStopped()) return;
    for (const { webhook } of await dueWebhooks(ports)) {
      if (rounds.has(webhook) || rounds.size >= MOST_AT_ONCE) continue;
      const round = goRound(webhook)
        .catch(onFailure)
        .finally(() => rounds.delete(webhook));
      rounds.set(webhook, round);
    }
  };
  const call = (): void => {
    if (isStopped()) return;
    looking ??= step()
      .catch(onFailure)
      .finally(() => {
        looking = undefined;
      });
  };
  const look = (): void => {
    call();
    cancel = timers.after(pace.lookMs, look);
  };
  look();
  return {
    call,
    stop: async () => {
      stopped.abort();
      cancel();
      await looking;
      await Promise.all(rounds.values());
    },
  };
}

const dueWebhooks = async ({ database, tenantNo, clock }: CourierPorts): Promise<readonly { readonly webhook: string }[]> =>
  database.rows(
    `SELECT w.webhook FROM webhook w WHERE w.tenant_no = $1 AND NOT w.is_paused AND EXISTS (
       SELECT 1 FROM webhook_message m WHERE m.tenant_no = $1 AND m.webhook = w.webhook AND m.state = 'waiting' AND m.next_at_ms <= $2)`,
    [tenantNo, clock.nowMs()],
  );

async function take({ database, tenantNo, clock }: CourierPorts, webhook: string): Promise<TakenMessage | undefined> {
  const now = clock.nowMs();
  const [taken] = await database.rows<TakenMessage>(
    `UPDATE webhook_message m SET attempts = attempts + 1, next_at_ms = $4 FROM webhook w
     WHERE w.tenant_no = $1 AND w.webhook = $2 AND NOT w.is_paused AND m.tenant_no = $1 AND m.message = (
       SELECT message FROM webhook_message WHERE tenant_no = $1 AND webhook = $2 AND state = 'waiting' AND next_at_ms <= $3
       ORDER BY next_at_ms, message LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING m.message, m.content, m.attempts, w.url, w.secret, CASE WHEN w.former_until_ms > $3 THEN w.former_secret END AS former`,
    [tenantNo, webhook, now, now + TAKEN_MS],
  );
  return taken;
}

async function bring(ports: CourierPorts, webhook: string, taken: TakenMessage, stopped: AbortSignal): Promise<void> {
  const { database, tenantNo, clock, random, vault, privateHosts, onlyHosts, pace = PACE } = ports;
  const note = async (
    state: string,
    { nextAtMs, detail }: { readonly nextAtMs?: number; readonly detail: string | null },
  ): Promise<unknown> =>
    database.execute(
      `UPDATE webhook_message SET state = $3, next_at_ms = coalesce($4, next_at_ms), done_at_ms = $5, detail = $6 WHERE tenant_no = $1 AND message = $2`,
      [tenantNo, taken.message, state, nextAtMs ?? null, state === 'waiting' ? null : clock.nowMs(), detail],
    );
  const secrets = [taken.secret, taken.former].flatMap((sealed) =>
    sealed === null ? [] : (vault.open(secretPlace(webhook), new Uint8Array(sealed)) ?? []),
  );
  const rules: PostRules = { privateHosts, onlyHosts, patienceMs: pace.patienceMs };
  const sent =
    secrets.length === 0
      ? ({ ok: false, error: NO_SECRET } as const)
      : await postWebhook({ id: taken.message, url: taken.url, body: taken.content, sentAtMs: clock.nowMs(), secrets }, rules, stopped);
  if (sent.ok) {
    await note('sent', { detail: null });
    return;
  }
  const { detail, retry } = sent.error;
  // Nobody failed: whoever comes next tries at once.
  if (stopped.aborted) return void (await note('waiting', { nextAtMs: clock.nowMs(), detail: null }));
  if (retry === 'never') {
    await database.execute('UPDATE webhook SET is_paused = true WHERE tenant_no = $1 AND webhook = $2', [tenantNo, webhook]);
    return void (await note('failed', { detail: `${detail}: it wants no more, and is paused` }));
  }
  if (taken.attempts >= pace.mostAttempts) return void (await note('failed', { detail }));
  await note('waiting', { nextAtMs: clock.nowMs() + waitMs(pace, taken.attempts, random), detail });
}

const NO_SECRET: PostFault = {
  type: 'webhookFailed',
  detail: 'its secret was sealed with another key than this hub has: make it a new one',
  retry: 'later',
};

/** Half of it by chance: what failed together does not come again together. */
function waitMs({ retryMs, mostMs }: CourierPace, attempts: number, random: Random): number {
  const whole = Math.min(mostMs, retryMs * 2 ** Math.min(attempts - 1, 20));
  const [chance = 0] = random.bytes(1);
  return Math.round(whole * (0.5 + chance / 255 / 2));
}
