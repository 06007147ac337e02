/**
 * Rights to spend from balances that the hub granted this lane ahead (SPEC: O-8 to O-10): what it may take while nobody answers. They are here from the transaction that
 * appends their acceptance; what the lane takes from such a balance comes out of them first, in the transaction of the sale. Expiry stops spending; what is left
 * returns with an entry.
 */
import { assert } from '@holdfast/base';
import { accountMovementsOf, type AccountName, type GrantAcceptance, type GrantRelease, type LedgerEntry } from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';

import type { Connection } from './database/connection.ts';

export interface HeldRight extends GrantRelease {
  /** Neither spent nor returned. */
  readonly amountMinor: number;
  readonly expiresAtMs: number;
}

export interface Rights {
  of(name: AccountName): HeldRight | undefined;
  /** What was spent by rights in entries that the hub has not confirmed. */
  unconfirmedMinor(name: AccountName, epochs: readonly { readonly epoch: string; readonly confirmedSeq: number }[]): number;
  /** In the transaction that appends the acceptance, by `device`: enrolled as another one this lane spends nothing of it. */
  accept(acceptance: GrantAcceptance, device: string): void;
  /** In the transaction that appends the entry. */
  spend(entry: LedgerEntry, id: EntryId): void;
  expired(nowMs: number): readonly HeldRight[];
  /** In the transaction that appends the release. */
  release(grantId: string): void;
}

const NAMED = 'account = ? AND reference = ? AND currency = ?';
const OWN = "device = (SELECT json_extract(answer, '$.device') FROM sync_identity)";
const COLUMNS = 'grant_id AS grantId, account, reference, currency, left_minor AS amountMinor, expires_at_ms AS expiresAtMs';

export function createRights(db: Connection): Rights {
  const find = db.prepare<[string, string, string], HeldRight>(`SELECT ${COLUMNS} FROM held_right WHERE ${NAMED} AND ${OWN}`);
  const expired = db.prepare<[number], HeldRight>(`SELECT ${COLUMNS} FROM held_right WHERE expires_at_ms <= ? AND ${OWN}`);
  /** Most lanes hold none: no sale is read again for that. */
  const any = db.prepare('SELECT 1 FROM held_right LIMIT 1');
  const insert = db.prepare(
    'INSERT OR REPLACE INTO held_right (grant_id, account, reference, currency, left_minor, expires_at_ms, device) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const take = db.prepare('UPDATE held_right SET left_minor = left_minor - ? WHERE grant_id = ?');
  const drop = db.prepare('DELETE FROM held_right WHERE grant_id = ?');
  const note = db.prepare(
    `INSERT INTO right_spending (epoch, seq, account, reference, currency, amount_minor) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET amount_minor = amount_minor + excluded.amount_minor`,
  );
  const spentAfter = db
    .prepare<[string, string, string, string, number], number>(
      `SELECT coalesce(sum(amount_minor), 0) FROM right_spending WHERE ${NAMED} AND epoch = ? AND seq > ?`,
    )
    .pluck();

  const of = ({ account, reference, currency }: AccountName): HeldRight | undefined => find.get(account, reference, currency);
  return {
    of,
    unconfirmedMinor: ({ account, reference, currency }, epochs) =>
      epochs.reduce((sum, { epoch, confirmedSeq }) => sum + (spentAfter.get(account, reference, currency, epoch, confirmedSeq) ?? 0), 0),
    accept({ grantId, account, reference, currency, amountMinor, expiresAtMs }, device) {
      insert.run(grantId, account, reference, currency, amountMinor, expiresAtMs, device);
    },
    spend(entry, { epoch, seq }) {
      if (any.get() === undefined) return;
      const movements = accountMovementsOf(entry);
      assert(movements.ok, 'what this till writes it can read');
      for (const movement of movements.value) {
        const held = movement.amountMinor < 0 ? of(movement) : undefined;
        const takenMinor = held === undefined ? 0 : Math.min(held.amountMinor, -movement.amountMinor);
        if (held === undefined || takenMinor === 0) continue;
        take.run(takenMinor, held.grantId);
        note.run(epoch, seq, movement.account, movement.reference, movement.currency, takenMinor);
      }
    },
    expired: (nowMs) => expired.all(nowMs),
    release: (grantId) => void drop.run(grantId),
  };
}
