/**
 * Holds on balances: what a lane that asked may spend is kept from the others until its ledger brings what it spent. One hold for each
 * device and balance: a new ask replaces the older one. A hold that is old ends once its device has said again that nothing waits there:
 * then what it spent has arrived, and the rest was not spent.
 */
import type { AccountName } from '@holdfast/domain';
import type { BalanceAnswer } from '@holdfast/sync';

import { accountLimitMinor } from '../customers/customers.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { isForked, NOTHING_WAITED_AT, RECLAIM_AFTER_MS } from './forked.ts';
import { grantAdvance, heldRights, outstandingMinor, type AdvancePorts } from './grants.ts';

export interface HoldPorts extends AdvancePorts {
  readonly database: Database;
}

export interface Wanted {
  readonly neededMinor: number;
  /** Rights to spend from what is left are welcome. */
  readonly advance: boolean;
  readonly nowMs: number;
}

/**
 * What is there for `asker`, below 0 where it is overdrawn; of a customer's account what they may still owe. `neededMinor` is held for it where that is no more. What is held for a device is held
 * for each copy of it: of two histories nothing that is needed is there, and none is given anything (SPEC: I-8).
 */
export async function holdBalance(
  ports: HoldPorts,
  asker: EnrolledDevice,
  balance: AccountName,
  { neededMinor, advance, nowMs }: Wanted,
): Promise<BalanceAnswer> {
  const { tenantNo, device } = asker;
  const name = [tenantNo, balance.account, balance.reference, balance.currency];
  return ports.database.transaction(async (tx) => {
    const references = await sameBalance(tx, tenantNo, balance);
    // What is left of a limit is asked for before there is any balance: whoever asks waits for the customer's own row.
    const isOwed = balance.account === 'onAccount';
    const limitMinor = isOwed ? await accountLimitMinor(tx, tenantNo, references, balance) : 0;
    // Whoever asks for one balance waits for its rows; where there is none there is nothing to hold.
    const rows = await tx.rows<{ reference: string; balance: string }>(
      `SELECT reference, balance_minor::text AS balance FROM account_balance WHERE tenant_no = $1 AND account = $2
         AND reference IN (SELECT jsonb_array_elements_text($3::jsonb)) AND currency = $4 ORDER BY reference FOR UPDATE`,
      [tenantNo, balance.account, JSON.stringify(references), balance.currency],
    );
    const held = rows.find(({ reference }) => reference === balance.reference);
    const [others] = await tx.rows<{ amount: string | null }>(
      `SELECT sum(h.amount_minor)::text AS amount FROM account_hold h JOIN device d ON d.device = h.device
       WHERE h.tenant_no = $1 AND h.account = $2 AND h.reference IN (SELECT jsonb_array_elements_text($8::jsonb)) AND h.currency = $4
         AND (h.device <> $5 OR h.reference <> $3)
         AND NOT (h.held_at_ms + $6 < $7::bigint AND h.held_at_ms + $6 < ${NOTHING_WAITED_AT})`,
      [...name, device, RECLAIM_AFTER_MS, nowMs, JSON.stringify(references)],
    );
    const availableNow = async (): Promise<number> => {
      let availableMinor = limitMinor - Number(others?.amount ?? 0);
      for (const row of rows) availableMinor += Number(row.balance);
      for (const reference of references) availableMinor -= await outstandingMinor(tx, tenantNo, { ...balance, reference }, nowMs);
      return availableMinor;
    };
    const isResting = await isForked(tx, device);
    const availableMinor = isResting && neededMinor > 0 ? 0 : await availableNow();
    if (!isResting) {
      await tx.execute(
        'DELETE FROM account_hold WHERE tenant_no = $1 AND account = $2 AND reference = $3 AND currency = $4 AND device = $5',
        [...name, device],
      );
    }
    if (!isResting && neededMinor > 0 && neededMinor <= availableMinor) {
      await tx.execute(
        `INSERT INTO account_hold (tenant_no, account, reference, currency, device, amount_minor, held_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [...name, device, neededMinor, nowMs],
      );
    }
    // Behind the balance's lock: of this ledger, whatever moves the balance and was folded before stands in it; what waits to be folded does not.
    const folded = await tx.rows<{ epoch: string; seq: number }>(
      `SELECT e.epoch, coalesce(min(r.first_seq + r.skip) - 1, e.head_seq) AS seq FROM ledger_epoch e
       LEFT JOIN ledger_run r ON r.tenant_no = e.tenant_no AND r.device = e.device AND r.epoch = e.epoch AND NOT r.branch
       WHERE e.tenant_no = $1 AND e.device = $2 GROUP BY e.epoch, e.head_seq`,
      [tenantNo, device],
    );
    const left = { availableMinor: availableMinor - neededMinor, nowMs };
    const grant = advance && !isResting && (held !== undefined || isOwed) ? await grantAdvance(tx, ports, asker, balance, left) : undefined;
    // Beside what is not there for it they would be.
    const rights = isResting && neededMinor > 0 ? undefined : await heldRights(tx, asker, balance);
    return {
      received: Object.fromEntries(folded.map(({ epoch, seq }) => [epoch, seq])),
      availableMinor: grant === undefined ? availableMinor : await availableNow(),
      ...(grant !== undefined && { grant }),
      ...(rights !== undefined && { held: rights }),
      ...(isResting && { forked: true }),
    };
  });
}

/** Points of a customer who is known under several ids are one balance, and so is what they owe; in one order for whoever locks them. */
async function sameBalance(tx: Queries, tenantNo: number, { account, reference }: AccountName): Promise<readonly string[]> {
  if (account !== 'points' && account !== 'onAccount') return [reference];
  const rows = await tx.rows<{ id: string }>(
    `WITH known AS (SELECT coalesce((SELECT customer FROM customer_alias WHERE tenant_no = $1 AND alias = $2), $2) AS customer)
     SELECT customer AS id FROM known UNION SELECT alias FROM customer_alias a JOIN known k ON k.customer = a.customer WHERE a.tenant_no = $1`,
    [tenantNo, reference],
  );
  return rows.map(({ id }) => id);
}
