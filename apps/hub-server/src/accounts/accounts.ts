/** Questions to the balances that the ledger was folded into: of gift cards, vouchers, store credit, deposits and customers' accounts. */
import { isOverdrawn, minorDigitsOf, POINTS, type AccountKind, type AccountName } from '@holdfast/domain';

import type { Database } from '../db/database.ts';

export interface AccountView {
  readonly account: AccountKind;
  readonly reference: string;
  readonly currency: string;
  readonly minorDigits: number;
  readonly balanceMinor: number;
  /** More was taken from it than was there: somebody should look. */
  readonly overdrawn: boolean;
}

export interface AccountMovementView {
  /** The entry that it stands in. */
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: number;
  readonly store: string;
  readonly receivedAtMs: number;
  readonly currency: string;
  readonly amountMinor: number;
}

export interface AccountsQuestion {
  readonly tenantNo: number;
  readonly account?: AccountKind | undefined;
  readonly reference?: string | undefined;
  readonly overdrawn: boolean;
  readonly limit: number;
}

interface BalanceRow {
  readonly account: AccountKind;
  readonly reference: string;
  readonly currency: string;
  readonly balance: string;
}

/** Sums are kept without bound; what no JSON number holds is shown as the nearest one. */
const toView = ({ account, reference, currency, balance }: BalanceRow): AccountView => ({
  account,
  reference,
  currency,
  minorDigits: currency === POINTS ? 0 : minorDigitsOf(currency),
  balanceMinor: Number(balance),
  overdrawn: isOverdrawn(account, Number(balance)),
});

/** In the order of their kinds and references. */
export async function listAccounts(database: Database, question: AccountsQuestion): Promise<readonly AccountView[]> {
  const rows = await database.rows<BalanceRow>(
    `SELECT account, reference, currency, balance_minor::text AS balance FROM account_balance
     WHERE tenant_no = $1 AND ($2::text IS NULL OR account = $2) AND ($3::text IS NULL OR reference = $3)
       AND (NOT $4::boolean OR (balance_minor < 0 AND account <> 'onAccount'))
     ORDER BY account, reference, currency LIMIT $5`,
    [question.tenantNo, question.account ?? null, question.reference ?? null, question.overdrawn, question.limit],
  );
  return rows.map(toView);
}

/** What a balance is made of, newest first. */
export async function listAccountMovements(
  database: Database,
  tenantNo: number,
  { account, reference }: Pick<AccountName, 'account' | 'reference'>,
  limit: number,
): Promise<readonly AccountMovementView[]> {
  return database.rows<AccountMovementView>(
    `SELECT device, epoch, seq, kind, store, received_at_ms AS "receivedAtMs", currency, amount_minor AS "amountMinor"
     FROM account_movement WHERE tenant_no = $1 AND account = $2 AND reference = $3 ORDER BY entry_no DESC, number LIMIT $4`,
    [tenantNo, account, reference, limit],
  );
}
