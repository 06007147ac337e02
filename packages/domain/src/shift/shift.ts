/**
 * A shift of a drawer, and its Z: one pure fold over the entries that its lane wrote, which lane, hub and tests run alike. Nothing is priced, taxed or
 * rounded again; what a Z says it has from sales as the ledger has them.
 *
 * Invariants, to the last minor unit: the drawer = float + cash in − cash out; Σ tenders − change = Σ totals + rounding; training counts nowhere.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { readPayout } from '../account/account.ts';
import { readFields, type FieldFault, type FieldReader } from '../fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { addMinor, isAmountInRange, MAX_AMOUNT_MINOR } from '../money/money.ts';
import { readSale } from '../sale/read-sale.ts';
import type { Sale } from '../sale/sale.ts';
import { readTerminalSettlement } from '../tender/card-payment.ts';
import { CASH } from '../tender/tender-type.ts';
import { addSettlementToTerminals, addTenderToTerminals, readTerminalSum, terminalSumFields, type TerminalSum } from './shift-terminals.ts';

/** Cash that comes into a drawer or goes out of it without a sale. */
const CASH_ACTS = {
  /** What a shift begins with, counted. */
  float: 1,
  paidIn: 1,
  paidOut: -1,
  /** To the safe. */
  drop: -1,
  /** From the safe, or from another drawer. */
  loan: 1,
} as const satisfies Record<string, 1 | -1>;
export type CashAct = keyof typeof CASH_ACTS;
export const CASH_ACT_NAMES = Object.keys(CASH_ACTS) as readonly CashAct[];

/** So many notes or coins of one face. */
export interface Denomination {
  readonly faceMinor: number;
  readonly count: number;
}

export interface CashMovement {
  readonly act: CashAct;
  readonly currency: string;
  /** Above or equal to 0; the act says which way. */
  readonly amountMinor: number;
  readonly denominations?: readonly Denomination[];
  readonly reason?: string;
  readonly approvedBy?: string;
}

export interface TaxSum {
  readonly taxClass: string;
  readonly component?: string;
  /** Parts per million; absent for a fixed amount per unit. */
  readonly ratePpm?: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

export interface TenderSum {
  readonly tenderType: string;
  readonly amountMinor: number;
  readonly tipMinor: number;
  readonly count: number;
}

export interface ShiftSums {
  readonly currency: string;
  readonly sales: number;
  /** Entries below 0 among them: goods that came back, sales that were undone. */
  readonly refunds: number;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly discountMinor: number;
  readonly roundingMinor: number;
  readonly changeMinor: number;
  /** By tax class, component and rate, in that order. */
  readonly taxes: readonly TaxSum[];
  /** By type. */
  readonly tenders: readonly TenderSum[];
  /** By terminal; absent in a Z that was written before there was such a figure. */
  readonly terminals?: readonly TerminalSum[];
  /** By act, signed. */
  readonly cash: Readonly<Record<CashAct, number>>;
  /** Paid out for what was left on cards. */
  readonly payoutMinor: number;
  /** What must lie in the drawer. */
  readonly drawerMinor: number;
  readonly voidedLines: number;
  readonly voidedSales: number;
  readonly reprints: number;
  readonly approvals: number;
}

const NO_CASH: Readonly<Record<CashAct, number>> = { float: 0, paidIn: 0, paidOut: 0, drop: 0, loan: 0 };

export const noShift = (currency: string): ShiftSums => ({
  currency,
  sales: 0,
  refunds: 0,
  totalMinor: 0,
  refundedMinor: 0,
  discountMinor: 0,
  roundingMinor: 0,
  changeMinor: 0,
  taxes: [],
  tenders: [],
  terminals: [],
  cash: NO_CASH,
  payoutMinor: 0,
  drawerMinor: 0,
  voidedLines: 0,
  voidedSales: 0,
  reprints: 0,
  approvals: 0,
});

/**
 * What begins no shift: entries that a lane writes by itself, at any hour (a signature that comes after the Z, a clock that was set), and people who come and go, or practise.
 * They are listed under the shift and the day of their moment, and count in no sum.
 */
const BESIDE_SHIFTS: ReadonlySet<number> = new Set([
  LEDGER_KINDS.fiscalSignature.kind,
  LEDGER_KINDS.fiscalGap.kind,
  LEDGER_KINDS.cardException.kind,
  LEDGER_KINDS.cardForwarded.kind,
  LEDGER_KINDS.grantAcceptance.kind,
  LEDGER_KINDS.grantRelease.kind,
  LEDGER_KINDS.returnGrant.kind,
  LEDGER_KINDS.returnAcceptance.kind,
  LEDGER_KINDS.returnRelease.kind,
  LEDGER_KINDS.handover.kind,
  LEDGER_KINDS.basketTwice.kind,
  LEDGER_KINDS.suspendExpiry.kind,
  LEDGER_KINDS.drawerOpened.kind,
  LEDGER_KINDS.clockChange.kind,
  LEDGER_KINDS.settingChange.kind,
  LEDGER_KINDS.ledgerCut.kind,
  LEDGER_KINDS.receiptMail.kind,
  LEDGER_KINDS.session.kind,
  LEDGER_KINDS.attendance.kind,
  LEDGER_KINDS.leaveGiven.kind,
  LEDGER_KINDS.training.kind,
  LEDGER_KINDS.cashPractice.kind,
]);
/** Whether it begins the shift and the business day that its header names, where nothing has yet. What is practised does not. */
export const beginsShift = ({ kind, fields }: LedgerEntry): boolean => fields['training'] !== true && !BESIDE_SHIFTS.has(kind);

/** What moves a drawer's money: of its one currency. */
const MONEY_KINDS: ReadonlySet<number> = new Set([
  LEDGER_KINDS.sale.kind,
  LEDGER_KINDS.cashMovement.kind,
  LEDGER_KINDS.accountPayout.kind,
  LEDGER_KINDS.terminalSettlement.kind,
]);
/** Further figures of a sale add up to a few times its amount at most: none leaves the safe integers before these do. */
const MAX_SHIFT_MINOR = 1_000 * MAX_AMOUNT_MINOR;

export interface UnreadableEntry {
  readonly type: 'unreadableEntry';
  readonly detail: { readonly kind: number; readonly because: string };
}

const largestOf = ({ totalMinor, drawerMinor, refundedMinor, changeMinor, terminals = [] }: ShiftSums): number =>
  Math.max(
    Math.abs(totalMinor),
    Math.abs(drawerMinor),
    refundedMinor,
    changeMinor,
    ...terminals.flatMap((sum) => [Math.abs(sum.countedMinor), Math.abs(sum.settledMinor)]),
  );

/** The sums with one entry more. The caller hands over the entries of one shift, each once, in any order; kinds that move nothing leave them as they are. */
export function addEntry(sums: ShiftSums, { kind, fields }: LedgerEntry): Result<ShiftSums, UnreadableEntry> {
  if (fields['training'] === true) return ok(sums);
  if (typeof fields['currency'] === 'string' && fields['currency'] !== sums.currency && MONEY_KINDS.has(kind)) {
    return unreadable(kind, { detail: { field: 'currency', expected: sums.currency } });
  }
  if (largestOf(sums) > MAX_SHIFT_MINOR) {
    return unreadable(kind, { detail: { field: 'amountMinor', expected: 'within what one shift can hold' } });
  }
  switch (kind) {
    case LEDGER_KINDS.sale.kind: {
      const sale = readSale(fields);
      return sale.ok ? ok(addSaleToShift(sums, sale.value)) : unreadable(kind, sale.error);
    }
    case LEDGER_KINDS.cashMovement.kind: {
      const movement = readCashMovement(fields);
      return movement.ok ? ok(addCash(sums, movement.value)) : unreadable(kind, { detail: movement.error });
    }
    case LEDGER_KINDS.accountPayout.kind: {
      const payout = readPayout(fields);
      if (!payout.ok) return unreadable(kind, payout.error);
      const { paidMinor } = payout.value;
      return ok({ ...sums, payoutMinor: addMinor(sums.payoutMinor, paidMinor), drawerMinor: addMinor(sums.drawerMinor, -paidMinor) });
    }
    case LEDGER_KINDS.terminalSettlement.kind: {
      const settlement = readTerminalSettlement(fields);
      if (!settlement.ok) return unreadable(kind, settlement.error);
      return ok({ ...sums, terminals: addSettlementToTerminals(sums.terminals ?? [], settlement.value) });
    }
    case LEDGER_KINDS.lineVoid.kind:
      return ok({ ...sums, voidedLines: sums.voidedLines + 1 });
    case LEDGER_KINDS.saleVoid.kind:
    case LEDGER_KINDS.saleAbort.kind:
      return ok({ ...sums, voidedSales: sums.voidedSales + 1 });
    case LEDGER_KINDS.reprint.kind:
      return ok({ ...sums, reprints: sums.reprints + 1 });
    case LEDGER_KINDS.approval.kind:
      return ok({ ...sums, approvals: sums.approvals + 1 });
    default:
      return ok(sums);
  }
}

/** What cannot be read, or does not agree with itself, is in no Z: whoever asked for one is told which entry it is. */
const unreadable = (kind: number, { detail }: { readonly detail: object }) =>
  err({ type: 'unreadableEntry', detail: { kind, because: JSON.stringify(detail) } } as const);

function addSaleToShift(sums: ShiftSums, sale: Sale): ShiftSums {
  assert(sale.currency === sums.currency, 'a drawer holds one currency');
  const { totalMinor, roundingMinor = 0, changeMinor } = sale;
  const cashMinor = sale.tenders.reduce(
    (sum, { tenderType, amountMinor, tipMinor = 0 }) =>
      tenderType === CASH.tenderType ? addMinor(sum, addMinor(amountMinor, tipMinor)) : sum,
    -changeMinor,
  );
  const isRefund = totalMinor < 0;
  return {
    ...sums,
    sales: sums.sales + 1,
    refunds: sums.refunds + (isRefund ? 1 : 0),
    totalMinor: addMinor(sums.totalMinor, totalMinor),
    refundedMinor: isRefund ? addMinor(sums.refundedMinor, -totalMinor) : sums.refundedMinor,
    discountMinor: sale.lines
      .flatMap(({ discounts = [] }) => discounts)
      .reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), sums.discountMinor),
    roundingMinor: addMinor(sums.roundingMinor, roundingMinor),
    changeMinor: addMinor(sums.changeMinor, changeMinor),
    taxes: sale.taxes.reduce(addTax, sums.taxes),
    tenders: sale.tenders.reduce(addTender, sums.tenders),
    terminals: sale.tenders.reduce(addTenderToTerminals, sums.terminals ?? []),
    drawerMinor: addMinor(sums.drawerMinor, cashMinor),
  };
}

export const nameOfTax = ({ taxClass, component = '', ratePpm }: TaxSum): string => JSON.stringify([taxClass, component, ratePpm ?? null]);
const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** A rate in basis points is the class's own; taxes with components say each one's in parts per million. */
function addTax(taxes: readonly TaxSum[], { taxClass, component, rateBps, netMinor, taxMinor }: Sale['taxes'][number]): readonly TaxSum[] {
  const rate = component === undefined ? rateBps * 100 : component.ratePpm;
  const added: TaxSum = {
    taxClass,
    ...(component !== undefined && { component: component.component }),
    ...(rate !== undefined && { ratePpm: rate }),
    netMinor,
    taxMinor,
  };
  const name = nameOfTax(added);
  const held = taxes.find((tax) => nameOfTax(tax) === name);
  const sum =
    held === undefined ? added : { ...held, netMinor: addMinor(held.netMinor, netMinor), taxMinor: addMinor(held.taxMinor, taxMinor) };
  return [...taxes.filter((tax) => tax !== held), sum].toSorted((left, right) => byText(nameOfTax(left), nameOfTax(right)));
}

function addTender(
  tenders: readonly TenderSum[],
  { tenderType, amountMinor, tipMinor = 0 }: Sale['tenders'][number],
): readonly TenderSum[] {
  const held = tenders.find((tender) => tender.tenderType === tenderType) ?? { tenderType, amountMinor: 0, tipMinor: 0, count: 0 };
  const sum = {
    tenderType,
    amountMinor: addMinor(held.amountMinor, amountMinor),
    tipMinor: addMinor(held.tipMinor, tipMinor),
    count: held.count + 1,
  };
  return [...tenders.filter((tender) => tender.tenderType !== tenderType), sum].toSorted((left, right) =>
    byText(left.tenderType, right.tenderType),
  );
}

function addCash(sums: ShiftSums, { act, amountMinor }: CashMovement): ShiftSums {
  const signed = CASH_ACTS[act] === 1 ? amountMinor : -amountMinor;
  return { ...sums, cash: { ...sums.cash, [act]: addMinor(sums.cash[act], signed) }, drawerMinor: addMinor(sums.drawerMinor, signed) };
}

/** What was counted, face by face; undefined where a face or a count makes no sense. */
export function countedMinor(denominations: readonly Denomination[]): number | undefined {
  let sum = 0;
  for (const { faceMinor, count } of denominations) {
    if (!Number.isSafeInteger(faceMinor) || !Number.isSafeInteger(count) || faceMinor < 1 || count < 0) return undefined;
    const amountMinor = faceMinor * count;
    if (!isAmountInRange(amountMinor)) return undefined;
    sum += amountMinor;
    if (!isAmountInRange(sum)) return undefined;
  }
  return sum;
}

export const denominationFields = (denominations: readonly Denomination[] | undefined): Fields =>
  denominations === undefined ? {} : { denominations: denominations.map(({ faceMinor, count }) => ({ faceMinor, count })) };

export const readDenomination = (row: FieldReader): Denomination => ({ faceMinor: row.int('faceMinor', 1), count: row.int('count', 0) });

export const cashMovementEntry = (
  header: LedgerHeader,
  { act, currency, amountMinor, denominations, reason, approvedBy }: CashMovement,
): LedgerEntry => ({
  kind: LEDGER_KINDS.cashMovement.kind,
  fields: {
    ...header,
    act,
    currency,
    amountMinor,
    ...denominationFields(denominations),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  },
});

export function readCashMovement(fields: Fields): Result<CashMovement, FieldFault> {
  const read = readFields(fields);
  const name = read.text('act');
  const denominations = read.optionalList('denominations', readDenomination);
  const [reason, approvedBy] = [read.optionalText('reason'), read.optionalText('approvedBy')];
  const movement: CashMovement = {
    act: CASH_ACT_NAMES.find((known) => known === name) ?? read.fail('act', CASH_ACT_NAMES.join(' or '), 'paidIn' as const),
    currency: read.text('currency'),
    amountMinor: read.int('amountMinor', 0, MAX_AMOUNT_MINOR),
    ...(denominations !== undefined && { denominations }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(movement) : err(fault);
}

/** A shift that is closed for good. */
export interface ShiftClose {
  readonly sums: ShiftSums;
  /** What lay in the drawer, counted without knowing what must. */
  readonly countedMinor: number;
  readonly denominations?: readonly Denomination[];
  /** Why it is another amount. */
  readonly reason?: string;
  /** Of all shifts that this lane ever closed, this one included; never set back. */
  readonly perpetualMinor: number;
  /** The day rolled over and nobody counted: what must lie there counts as counted. */
  readonly isRolled?: true;
  /** Whoever counted it is not the one whose drawer it is. */
  readonly isAnothers?: true;
  /** Who gave them leave for that. */
  readonly approvedBy?: string;
}

export const overShortMinor = ({ sums, countedMinor: counted }: Pick<ShiftClose, 'sums' | 'countedMinor'>): number =>
  counted - sums.drawerMinor;

export const shiftCloseEntry = (
  header: LedgerHeader,
  { sums, countedMinor: counted, denominations, reason, perpetualMinor, isRolled, isAnothers, approvedBy }: ShiftClose,
): LedgerEntry => ({
  kind: LEDGER_KINDS.shiftClose.kind,
  fields: {
    ...header,
    currency: sums.currency,
    countedMinor: counted,
    perpetualMinor,
    ...denominationFields(denominations),
    ...(reason !== undefined && { reason }),
    ...(isRolled === true && { isRolled }),
    ...(isAnothers === true && { isAnothers }),
    ...(approvedBy !== undefined && { approvedBy }),
    ...sumFields(sums),
  },
});

const sumFields = ({ currency: _currency, cash, taxes, tenders, terminals, ...counts }: ShiftSums): Fields => ({
  ...counts,
  ...cash,
  taxes: taxes.map((tax) => ({ ...tax })),
  tenders: tenders.map((tender) => ({ ...tender })),
  ...(terminals !== undefined && { terminals: terminalSumFields(terminals) }),
});

export function readShiftClose(fields: Fields): Result<ShiftClose & { readonly header: LedgerHeader }, FieldFault> {
  const read = readFields(fields);
  const denominations = read.optionalList('denominations', readDenomination);
  const [reason, isRolled] = [read.optionalText('reason'), read.optionalBool('isRolled') === true];
  const [approvedBy, isAnothers] = [read.optionalText('approvedBy'), read.optionalBool('isAnothers') === true];
  const cash = Object.fromEntries(CASH_ACT_NAMES.map((act) => [act, read.int(act)])) as Record<CashAct, number>;
  const taxes = read.list('taxes', (row): TaxSum => {
    const [component, ratePpm] = [row.optionalText('component'), row.optionalInt('ratePpm', 0)];
    return {
      taxClass: row.text('taxClass'),
      ...(component !== undefined && { component }),
      ...(ratePpm !== undefined && { ratePpm }),
      netMinor: row.int('netMinor'),
      taxMinor: row.int('taxMinor'),
    };
  });
  const tenders = read.list('tenders', (row): TenderSum => ({
    tenderType: row.text('tenderType'),
    amountMinor: row.int('amountMinor'),
    tipMinor: row.int('tipMinor'),
    count: row.int('count', 1),
  }));
  const terminals = read.optionalList('terminals', readTerminalSum);
  const close = {
    header: {
      businessDate: read.text('businessDate'),
      shift: read.int('shift', 1),
      drawer: read.text('drawer'),
      operator: read.text('operator'),
      training: read.bool('training'),
    },
    sums: {
      currency: read.text('currency'),
      sales: read.int('sales', 0),
      refunds: read.int('refunds', 0),
      totalMinor: read.int('totalMinor'),
      refundedMinor: read.int('refundedMinor', 0),
      discountMinor: read.int('discountMinor'),
      roundingMinor: read.int('roundingMinor'),
      changeMinor: read.int('changeMinor'),
      taxes,
      tenders,
      ...(terminals !== undefined && { terminals }),
      cash,
      payoutMinor: read.int('payoutMinor', 0),
      drawerMinor: read.int('drawerMinor'),
      voidedLines: read.int('voidedLines', 0),
      voidedSales: read.int('voidedSales', 0),
      reprints: read.int('reprints', 0),
      approvals: read.int('approvals', 0),
    },
    countedMinor: read.int('countedMinor', 0),
    perpetualMinor: read.int('perpetualMinor'),
    ...(denominations !== undefined && { denominations }),
    ...(reason !== undefined && { reason }),
    ...(isRolled && ({ isRolled } as const)),
    ...(isAnothers && ({ isAnothers } as const)),
    ...(approvedBy !== undefined && { approvedBy }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(close) : err(fault);
}
