/**
 * A completed sale that never should have been: undone whole, as an entry of its own with every sign turned round. Only in its own business
 * day, with the drawer that took the money still open, and before the terminal settles; its card tenders are reversed at the
 * terminal first, and each reversal is an entry before anything else happens. Afterwards it is a return.
 *
 * What a terminal refuses to give back goes out of the drawer with the sale that undoes it, in that one entry: of each tender either a reversal stands in the ledger or cash in its place, never both.
 */
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { roundCash, type CashRounding } from '../money/cash-rounding.ts';
import { addMinor } from '../money/money.ts';
import type { Authority, SaleApproval } from '../people/approval.ts';
import { isAllowed, type Action, type PermissionRefusal } from '../people/permissions.ts';
import type { Sale } from '../sale/sale.ts';
import { CASH } from '../tender/tender-type.ts';
import type { Tender } from '../tender/tender.ts';
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
  readonly cashBack?: CashBack;
  /** What the terminal said when a tender was to be given back. Absent: it refused. */
  readonly terminalSaidOf?: (tender: number) => TerminalSaid;
  /** All sales that may have returned some of it. */
  readonly others: readonly Sale[];
  /** Goods of it lie in a basket, here or elsewhere. */
  readonly isReturning: boolean;
  /** A copy of the lane that sold holds the right to undo it as well. */
  readonly isAtRest?: boolean;
  /** Who undoes it; undefined where nobody asks. */
  readonly authority: Authority | undefined;
}

/** `refused`: it did not give it back, for sure, or there is none that could. `unclear`: it may yet. */
export type TerminalSaid = 'refused' | 'unclear' | 'notAsked';

/** `benefit`: it paid for some goods only, and is no money. */
const IN_CASH_LIMITS = ['notCard', 'reversed', 'benefit', 'unclear', 'notAsked'] as const;

/** Card tenders of a sale that is undone whose money goes back out of the drawer. */
export interface CashBack {
  /** Places of tenders, counted from 1. */
  readonly places: ReadonlySet<number>;
  /** The store's, now. */
  readonly rounding: CashRounding | undefined;
  /** Who allowed it, where somebody had to. */
  readonly approval?: SaleApproval;
}

const NO_CASH_BACK: CashBack = { places: new Set(), rounding: undefined };

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
        /** The terminal refuses it: so much would go out of the drawer for it, with what goes out for others; below 0 it would come in. */
        readonly cashMinor?: number;
      };
    }
  | {
      readonly type: 'notInCash';
      readonly detail: { readonly receiptNumber: string; readonly tender: number; readonly because: (typeof IN_CASH_LIMITS)[number] };
    };

/** Why a sale cannot be voided any more, or not yet. */
export function postVoidRefusal(sale: Sale, facts: PostVoidFacts): PostVoidRefusal | undefined {
  const { receiptNumber } = sale;
  const { isCard, reversed, cashBack = NO_CASH_BACK, others, isReturning, isAtRest = false, terminalSaidOf } = facts;
  const isTouched = others.some(
    ({ lines, postVoidOf }) => postVoidOf === receiptNumber || lines.some(({ returnOf }) => returnOf?.receiptNumber === receiptNumber),
  );
  if (isTouched || sale.postVoidOf !== undefined) return { type: 'alreadyReturned', detail: { receiptNumber } };
  if (isReturning) return { type: 'alreadyReturned', detail: { receiptNumber, because: 'held' } };
  if (isAtRest) return { type: 'alreadyReturned', detail: { receiptNumber, because: 'frozen' } };
  const because = reversed.size > 0 ? undefined : tooLateBecause(sale, facts);
  if (because !== undefined) return { type: 'postVoidTooLate', detail: { receiptNumber, because } };
  const denial = postVoidDenial(sale, facts.authority) ?? inCashDenial(sale, cashBack, facts.authority);
  if (denial !== undefined) return denial;
  const isDone = (place: number): boolean => reversed.has(place) || cashBack.places.has(place);
  const open = sale.tenders.findIndex(({ tenderType }, index) => isCard(tenderType) && !isDone(index + 1));
  const tender = sale.tenders[open];
  if (tender !== undefined) {
    const place = open + 1;
    const isRefused = inCashLimit(sale, place, facts) === undefined && terminalSaidOf !== undefined;
    const { sharesMinor } = cashSharesOf(sale, { ...cashBack, places: new Set([...cashBack.places, place]) });
    const { tenderType, amountMinor } = tender;
    return {
      type: 'tenderNotReversed',
      detail: { receiptNumber, tender: place, tenderType, amountMinor, ...(isRefused && { cashMinor: 0 - (sharesMinor.get(place) ?? 0) }) },
    };
  }
  for (const place of cashBack.places) {
    const limit = inCashLimit(sale, place, facts);
    if (limit !== undefined) return { type: 'notInCash', detail: { receiptNumber, tender: place, because: limit } };
  }
  return undefined;
}

function inCashLimit(
  sale: Sale,
  place: number,
  { isCard, reversed, terminalSaidOf }: PostVoidFacts,
): (typeof IN_CASH_LIMITS)[number] | undefined {
  const tender = sale.tenders[place - 1];
  if (tender === undefined || !isCard(tender.tenderType)) return 'notCard';
  if (reversed.has(place)) return 'reversed';
  if (tender.paidFor !== undefined) return 'benefit';
  const said = terminalSaidOf?.(place) ?? 'refused';
  return said === 'refused' ? undefined : said;
}

const paidWith = ({ amountMinor, tipMinor = 0 }: Pick<Tender, 'amountMinor' | 'tipMinor'>): number => addMinor(amountMinor, tipMinor);

/** What cash in place of cards asks leave for, as coins make it; undefined where there is none. */
export function cashBackWish(sale: Sale, cashBack: CashBack): { readonly action: Action; readonly amount: number } | undefined {
  if (cashBack.places.size === 0) return undefined;
  const { sharesMinor } = cashSharesOf(sale, cashBack);
  return { action: 'clearCardCase', amount: [...sharesMinor.values()].reduce((sum, share) => addMinor(sum, Math.abs(share)), 0) };
}

function inCashDenial(sale: Sale, cashBack: CashBack, authority: Authority | undefined): PermissionRefusal | undefined {
  const wish = cashBackWish(sale, cashBack);
  if (authority === undefined || wish === undefined) return undefined;
  const { grants, operator, scopes } = authority;
  const may = isAllowed(grants, operator, { ...wish, scopes });
  return may.ok ? undefined : may.error;
}

/** All cash that goes back is rounded once: shares by their places (below 0: goes out), and the rounding of the sale that undoes this one. */
function cashSharesOf(
  { tenders, changeMinor, roundingMinor = 0 }: Sale,
  { places, rounding }: CashBack,
): { readonly sharesMinor: ReadonlyMap<number, number>; readonly roundingMinor: number } {
  const takenMinor = tenders.reduce(
    (sum, { tenderType, amountMinor }) => (tenderType === CASH.tenderType ? addMinor(sum, amountMinor) : sum),
    0 - changeMinor,
  );
  let [exactMinor, givenMinor] = [roundingMinor - takenMinor, 0 - takenMinor];
  const sharesMinor = new Map<number, number>();
  for (const [index, tender] of tenders.entries()) {
    if (!places.has(index + 1)) continue;
    exactMinor = addMinor(exactMinor, 0 - paidWith(tender));
    const shareMinor = roundCash(exactMinor, rounding) - givenMinor;
    sharesMinor.set(index + 1, shareMinor);
    givenMinor = addMinor(givenMinor, shareMinor);
  }
  return { sharesMinor, roundingMinor: givenMinor - exactMinor };
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

/** What stands in place of a card's tender. Where coins leave less than its tip and something of its amount, the tip gives way: no row goes both ways. */
function cashRow({ tenderType, amountMinor, tipMinor = 0 }: Tender, shareMinor: number): CashRow {
  const withoutTipMinor = addMinor(shareMinor, tipMinor);
  const isWhole = tipMinor === 0 || withoutTipMinor < 0;
  const goodsMinor = isWhole ? withoutTipMinor : Math.max(shareMinor, 0 - amountMinor);
  const backMinor = shareMinor - goodsMinor;
  return {
    tenderType: CASH.tenderType,
    amountMinor: goodsMinor,
    ...(backMinor !== 0 && { tipMinor: backMinor }),
    inPlaceOf: tenderType,
  };
}

interface CashRow extends Fields {
  readonly amountMinor: number;
  readonly tipMinor?: number;
}

/** The entry that undoes the sale of `entry`, whose columns `sale` was read from; each of its lines names the one that it undoes. */
export function postVoidEntry(
  entry: LedgerEntry,
  sale: Sale,
  header: LedgerHeader,
  receiptNumber: string,
  cashBack: CashBack = NO_CASH_BACK,
): LedgerEntry {
  const taxesByLine = new Map(returnableLines(sale, []).map(({ line, paid }) => [line, paid.taxes]));
  const { lines, tenders, roundingMinor: _rounding, ...columns } = turned(entry.fields);
  const kept = Object.fromEntries(Object.entries(columns).filter(([name]) => !LEFT_OUT.has(name)));
  const shares = cashSharesOf(sale, cashBack);
  let { roundingMinor } = shares;
  const paid = (Array.isArray(tenders) ? tenders : []).map((row: Fields, index): Fields => {
    const [tender, shareMinor] = [sale.tenders[index], shares.sharesMinor.get(index + 1)];
    if (tender === undefined || shareMinor === undefined) return row;
    const inPlace = cashRow(tender, shareMinor);
    // What the tip gave way by is no rounding of the total.
    roundingMinor -= addMinor(tender.tipMinor ?? 0, inPlace.tipMinor ?? 0);
    return inPlace;
  });
  const { approval } = cashBack;
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
      tenders: paid,
      ...(roundingMinor !== 0 && { roundingMinor }),
      ...(approval !== undefined && { approvals: [{ ...approval }] }),
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
