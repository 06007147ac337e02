/**
 * A completed sale that never should have been: undone whole, as an entry of its own with every sign turned round. Only in its own business
 * day, with the drawer that took the money still open, and before the terminal settles; its card tenders are reversed at the
 * terminal first, and each reversal is an entry before anything else happens. Afterwards it is a return.
 */
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import type { Authority } from '../people/approval.ts';
import { isAllowed, type PermissionRefusal } from '../people/permissions.ts';
import type { Sale } from '../sale/sale.ts';
import { returnableLines } from './return-line.ts';
import { pointsOfSale } from './return-points.ts';

/** A tender of a sale that its terminal has given back, by its place in the sale, counted from 1. */
export interface TenderReversal extends LedgerHeader {
  readonly receiptNumber: string;
  readonly tender: number;
  readonly tenderType: string;
  /** Below 0: what went back; above, where the sale had paid it out. */
  readonly amountMinor: number;
  readonly currency: string;
  /** The terminal's own. */
  readonly reference?: string;
}

export interface PostVoidFacts {
  /** As a void would be written now. */
  readonly header: LedgerHeader;
  /** Whether the drawer of the sale's shift has not been counted yet. */
  readonly isDrawerOpen: boolean;
  readonly isTerminalSettled: boolean;
  /** Whether a tender type goes over a terminal. */
  readonly isCard: (tenderType: string) => boolean;
  /** Places of tenders, counted from 1, that the terminal has given back. */
  readonly reversed: ReadonlySet<number>;
  /** All sales that may have returned some of it. */
  readonly others: readonly Sale[];
  /** Goods of it lie in a basket, here or elsewhere. */
  readonly isReturning: boolean;
  /** A copy of the lane that sold holds the right to undo it as well. */
  readonly isAtRest?: boolean;
  /** Who undoes it; undefined where nobody asks. */
  readonly authority: Authority | undefined;
}

const POST_VOID_LIMITS = ['businessDay', 'drawer', 'terminal'] as const;

export type PostVoidRefusal =
  | PermissionRefusal
  | {
      readonly type: 'postVoidTooLate';
      readonly detail: { readonly receiptNumber: string; readonly because: (typeof POST_VOID_LIMITS)[number] };
    }
  /** Some of it came back, or it was voided, already; `held`: it is coming back; `frozen`: a copy of the lane may have done so, and nobody can say. */
  | { readonly type: 'alreadyReturned'; readonly detail: { readonly receiptNumber: string; readonly because?: 'held' | 'frozen' } }
  | {
      readonly type: 'tenderNotReversed';
      readonly detail: {
        readonly receiptNumber: string;
        readonly tender: number;
        readonly tenderType: string;
        readonly amountMinor: number;
      };
    };

/** Why a sale cannot be voided any more, or not yet. */
export function postVoidRefusal(sale: Sale, facts: PostVoidFacts): PostVoidRefusal | undefined {
  const { receiptNumber } = sale;
  const { isCard, reversed, others, isReturning, isAtRest = false } = facts;
  const isTouched = others.some(
    ({ lines, postVoidOf }) => postVoidOf === receiptNumber || lines.some(({ returnOf }) => returnOf?.receiptNumber === receiptNumber),
  );
  if (isTouched || sale.postVoidOf !== undefined) return { type: 'alreadyReturned', detail: { receiptNumber } };
  if (isReturning) return { type: 'alreadyReturned', detail: { receiptNumber, because: 'held' } };
  if (isAtRest) return { type: 'alreadyReturned', detail: { receiptNumber, because: 'frozen' } };
  const because = reversed.size > 0 ? undefined : tooLateBecause(sale, facts);
  if (because !== undefined) return { type: 'postVoidTooLate', detail: { receiptNumber, because } };
  const denial = postVoidDenial(sale, facts.authority);
  if (denial !== undefined) return denial;
  const open = sale.tenders.findIndex(({ tenderType }, index) => isCard(tenderType) && !reversed.has(index + 1));
  const tender = sale.tenders[open];
  return tender === undefined
    ? undefined
    : {
        type: 'tenderNotReversed',
        detail: { receiptNumber, tender: open + 1, tenderType: tender.tenderType, amountMinor: tender.amountMinor },
      };
}

function tooLateBecause(
  sale: Sale,
  { header, isDrawerOpen, isTerminalSettled, isCard }: PostVoidFacts,
): (typeof POST_VOID_LIMITS)[number] | undefined {
  if (header.businessDate !== sale.businessDate) return 'businessDay';
  if (!isDrawerOpen || header.shift !== sale.shift || header.drawer !== sale.drawer) return 'drawer';
  return isTerminalSettled && sale.tenders.some(({ tenderType }) => isCard(tenderType)) ? 'terminal' : undefined;
}

/** Why somebody may not undo a sale, nor give its cards back for that. */
export function postVoidDenial({ totalMinor }: Sale, authority: Authority | undefined): PermissionRefusal | undefined {
  if (authority === undefined) return undefined;
  const { grants, operator, scopes } = authority;
  const may = isAllowed(grants, operator, { action: 'postVoid', scopes, amount: Math.abs(totalMinor) });
  return may.ok ? undefined : may.error;
}

/** Columns that change their sign when a sale is undone, list by list; what stands under no name here is repeated. */
const TURNED: Readonly<Record<string, readonly string[]>> = {
  '': ['totalMinor', 'changeMinor', 'roundingMinor'],
  pointsTaken: ['points'],
  lines: ['quantity', 'amountMinor', 'stockQuantity', 'untaxedMinor', 'costMinor'],
  discounts: ['amountMinor'],
  returnTaxes: ['baseMinor', 'taxMinor'],
  taxes: ['netMinor', 'taxMinor', 'baseMinor'],
  claims: ['amountMinor'],
  paidFor: ['amountMinor'],
  tenders: ['amountMinor', 'tipMinor', 'cashBackMinor', 'forfeitedMinor', 'foreignAmountMinor', 'points'],
};

/** Columns of a sale that a void does not repeat: it uses no promotion and gives no reward. */
const LEFT_OUT: ReadonlySet<string> = new Set(['promotions', 'rewards', 'points', 'externalReference']);

function turned(fields: Fields, list = ''): Fields {
  const names = TURNED[list] ?? [];
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]): [string, Fields[string]] => {
      if (Array.isArray(value)) return [name, value.map((row: Fields) => turned(row, name))];
      return [name, typeof value === 'number' && names.includes(name) ? 0 - value : value];
    }),
  );
}

/** The entry that undoes the sale of `entry`, whose columns `sale` was read from; each of its lines names the one that it undoes. */
export function postVoidEntry(entry: LedgerEntry, sale: Sale, header: LedgerHeader, receiptNumber: string): LedgerEntry {
  const taxesByLine = new Map(returnableLines(sale, []).map(({ line, paid }) => [line, paid.taxes]));
  const { lines, ...columns } = turned(entry.fields);
  const kept = Object.fromEntries(Object.entries(columns).filter(([name]) => !LEFT_OUT.has(name)));
  const undone = (Array.isArray(lines) ? lines : []).map((line: Fields, index): Fields => {
    const taxes = taxesByLine.get(index + 1);
    if (taxes === undefined) return line;
    const returnTaxes = taxes.map((tax) => turned({ ...tax }, 'returnTaxes'));
    return { ...line, returnReceipt: sale.receiptNumber, returnLine: index + 1, returnTaxes };
  });
  const points = pointsOfSale(sale);
  const { businessDate, shift, drawer, operator, training } = header;
  return {
    kind: LEDGER_KINDS.sale.kind,
    fields: {
      ...kept,
      businessDate,
      shift,
      drawer,
      operator,
      training,
      lines: undone,
      receiptNumber,
      postVoidOf: sale.receiptNumber,
      ...(sale.promotions !== undefined && {
        undonePromotions: sale.promotions.map(({ promotionId, version, uses }) => ({ promotionId, version, uses })),
      }),
      ...(sale.customer !== undefined && points !== 0 && { points: 0 - points }),
    },
  };
}

/** What a terminal gave back of a sale that is being voided. */
export const tenderReversalEntry = (header: LedgerHeader, reversal: Omit<TenderReversal, keyof LedgerHeader>): LedgerEntry => {
  const { businessDate, shift, drawer, operator, training } = header;
  return { kind: LEDGER_KINDS.tenderReversal.kind, fields: { businessDate, shift, drawer, operator, training, ...reversal } };
};
