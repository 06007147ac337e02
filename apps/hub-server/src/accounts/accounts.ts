/** Questions to the balances that the ledger was folded into: of gift cards, vouchers, store credit, deposits and customers' accounts. */
import { ENTITY_TYPES, isOverdrawn, minorDigitsOf, POINTS, type AccountKind, type AccountName } from '@holdfast/domain';

import type { Database } from '../db/database.ts';

export interface AccountView {
  readonly account: AccountKind;
  readonly reference: string;
  readonly currency: string;
  readonly minorDigits: number;
  readonly balanceMinor: number;
  /** Of a customer's account: the most that may be owed on it; absent: no limit. */
  readonly limitMinor?: number;
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
  readonly limitMinor: string | null;
}

/** Sums are kept without bound; what no JSON number holds is shown as the nearest one. */
function toView({ account, reference, currency, balance, limitMinor }: BalanceRow): AccountView {
  const limit = limitMinor === null ? undefined : Number(limitMinor);
  return {
    account,
    reference,
    currency,
    minorDigits: currency === POINTS ? 0 : minorDigitsOf(currency),
    balanceMinor: Number(balance),
    ...(limit !== undefined && { limitMinor: limit }),
    overdrawn: isOverdrawn(account, Number(balance), limit),
  };
}

/** What a customer's cell says, beside each balance of an account, in the balance's currency: in another one nothing may be owed. */
const LIMITS = `SELECT CASE WHEN split_part(text, ' ', 2) = b.currency THEN split_part(text, ' ', 1)::bigint ELSE 0 END AS limit_minor
  FROM (SELECT CASE WHEN fields ->> '9' ~ '^\\d{1,13} [A-Z]{3}$' THEN fields ->> '9' END AS text, scope FROM entity
        WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customer.type} AND key = b.reference AND alive) AS said
  WHERE text IS NOT NULL ORDER BY scope DESC LIMIT 1`;

/** In the order of their kinds and references. */
export async function listAccounts(database: Database, question: AccountsQuestion): Promise<readonly AccountView[]> {
  const rows = await database.rows<BalanceRow>(
    `SELECT b.account, b.reference, b.currency, b.balance_minor::text AS balance, l.limit_minor::text AS "limitMinor"
     FROM account_balance b LEFT JOIN LATERAL (${LIMITS}) AS l ON b.account = 'onAccount'
     WHERE b.tenant_no = $1 AND ($2::text IS NULL OR b.account = $2) AND ($3::text IS NULL OR b.reference = $3)
       AND (NOT $4::boolean OR b.balance_minor < CASE WHEN b.account = 'onAccount' THEN 0 - l.limit_minor ELSE 0 END)
     ORDER BY b.account, b.reference, b.currency LIMIT $5`,
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
