/**
 * The drawer of a scenario's lane: its shifts, its cash, and the store's safe behind it. A scenario in which nobody counts a float in knows no shifts: its
 * entries bear the shift of the table `store` and the date of its clock. From `open shift` on the lane keeps a drawer as a till does, and its days roll over.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { decimalText } from '../money/money.ts';
import { leaveRefusal } from '../people/approval.ts';
import { isAllowed, type Action } from '../people/permissions.ts';
import type { Refusal } from '../refusal.ts';
import { businessDateOf } from '../shift/business-day.ts';
import { practise, practisedClose, practisedMovement, untouchedDrawer } from '../shift/cash-practice.ts';
import {
  decideCashMovement,
  decideClosing,
  decideOpening,
  isDropDue,
  perpetualOf,
  rolledFloat,
  uncountedClose,
  type DrawerCount,
  type DrawerStand,
} from '../shift/drawer.ts';
import { safeMovementEntry, safeMovementOf, type SafeAct } from '../shift/safe.ts';
import {
  addEntry,
  CASH_ACT_NAMES,
  cashMovementEntry,
  noShift,
  overShortMinor,
  shiftCloseEntry,
  type CashAct,
  type CashMovement,
  type Denomination,
  type ShiftClose,
  type ShiftSums,
} from '../shift/shift.ts';
import { isReference } from '../tender/tender.ts';
import { rateText, spaced } from './cells.ts';
import type { Got } from './expected-cells.ts';
import { authorityOf } from './people.ts';
import type { Shop } from './shop.ts';

/** What drawers ask of a lane. */
interface DrawerLane {
  readonly shop: Shop;
  readonly operator: string;
  readonly atMs: number;
  readonly entries: LedgerEntry[];
  readonly shopper: {
    readonly basket: { readonly rows: readonly unknown[]; readonly state: string; readonly opening: { readonly basketId: string } };
  };
  readonly drawers: Map<string, LaneDrawer>;
}

export interface LaneDrawer {
  readonly shift: number;
  readonly isOpened: boolean;
  /** From its opening or its first entry to its close, whatever the clock does. */
  readonly businessDate: string | undefined;
  /** Of its own shifts that were closed. */
  readonly perpetualMinor: number;
  /** The day before it, where that one rolled over and nobody has counted since. */
  readonly rolledFrom?: string;
  /** Of the shift before it. */
  readonly lastClose?: ShiftClose;
}

const dateNow = ({ shop: { settings }, atMs }: DrawerLane): string => businessDateOf(atMs, settings.timeZone, settings.dayRollsAtHour);

/** Of whoever works there now, where each cashier has an insert of their own. */
const nameOf = ({ shop, operator }: DrawerLane): string => (shop.settings.shiftPer === 'cashier' ? operator : shop.header.drawer);

export function headerOf(lane: DrawerLane, drawer = nameOf(lane)): LedgerHeader {
  const { drawers, shop, operator } = lane;
  const header = { businessDate: dateNow(lane), ...shop.header, operator };
  if (drawers.size === 0) return header;
  return { ...header, drawer, shift: drawerOf(lane, drawer).shift, businessDate: dateOf(lane) ?? dateNow(lane) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Of all drawers that anything was written of, once the lane keeps any. */
const namesOf = (lane: DrawerLane): readonly string[] =>
  lane.drawers.size === 0 ? [] : [...new Set([...lane.drawers.keys(), ...lane.entries.map(({ fields }) => textOf(fields['drawer']))])];

/** One for all drawers of the lane; undefined where nothing was written in any of their shifts. */
function dateOf(lane: DrawerLane): string | undefined {
  for (const name of namesOf(lane)) {
    const { shift, businessDate } = drawerOf(lane, name);
    const first = lane.entries.find(({ fields }) => fields['drawer'] === name && fields['shift'] === shift)?.fields['businessDate'];
    const date = businessDate ?? first;
    if (typeof date === 'string') return date;
  }
  return undefined;
}

const drawerHeader = (lane: DrawerLane, drawer = nameOf(lane)): LedgerHeader => ({ ...headerOf(lane, drawer), training: false });

const isPractised = ({ shop }: DrawerLane): boolean => shop.header.training;

/** Of a lane in training: as its drawer stands, and how it was closed last. */
function practisedDrawer(lane: DrawerLane, name: string): { readonly stand: DrawerStand; readonly lastClose?: ShiftClose } {
  let stand = untouchedDrawer(lane.shop.settings.currency);
  let lastClose: ShiftClose | undefined;
  for (const entry of lane.entries) {
    if (entry.fields['drawer'] !== name) continue;
    const before = stand;
    stand = practise(before, entry);
    if (stand.shift === before.shift) continue;
    const { amountMinor: counted, reason } = entry.fields;
    assert(typeof counted === 'number', 'a close says what was counted');
    lastClose = {
      sums: before.sums,
      countedMinor: counted,
      perpetualMinor: stand.perpetualMinor,
      ...(typeof reason === 'string' && { reason }),
    };
  }
  return { stand, ...(lastClose !== undefined && { lastClose }) };
}

const drawerOf = (lane: DrawerLane, name: string): LaneDrawer =>
  lane.drawers.get(name) ?? { shift: lane.shop.header.shift, isOpened: false, businessDate: undefined, perpetualMinor: 0 };

function sumsOf(lane: DrawerLane, name: string, shift: number): ShiftSums {
  let sums = noShift(lane.shop.settings.currency);
  for (const entry of lane.entries) {
    if (entry.fields['shift'] !== shift || entry.fields['drawer'] !== name) continue;
    const added = addEntry(sums, entry);
    assert(added.ok, 'what a lane writes it can read');
    sums = added.value;
  }
  return sums;
}

export function standOf(lane: DrawerLane, name = nameOf(lane)): DrawerStand {
  if (isPractised(lane)) return practisedDrawer(lane, name).stand;
  const { shift, isOpened } = drawerOf(lane, name);
  return { shift, isOpened, perpetualMinor: perpetualMinorOf(lane), sums: sumsOf(lane, name, shift) };
}

const perpetualMinorOf = ({ drawers }: DrawerLane): number =>
  [...drawers.values()].reduce((sum, { perpetualMinor }) => sum + perpetualMinor, 0);

function close(
  lane: DrawerLane,
  shiftClose: ShiftClose,
  { name = nameOf(lane), rolledFrom }: { readonly name?: string; readonly rolledFrom?: string } = {},
): void {
  if (isPractised(lane)) {
    lane.entries.push(practisedClose(headerOf(lane, name), shiftClose));
    return;
  }
  const drawer = drawerOf(lane, name);
  lane.entries.push(shiftCloseEntry(drawerHeader(lane, name), shiftClose));
  lane.drawers.set(name, {
    shift: drawer.shift + 1,
    isOpened: false,
    businessDate: undefined,
    perpetualMinor: drawer.perpetualMinor + shiftClose.perpetualMinor - perpetualMinorOf(lane),
    lastClose: shiftClose,
    ...(rolledFrom !== undefined && { rolledFrom }),
  });
}

const open = (lane: DrawerLane, name = nameOf(lane)): void => {
  lane.drawers.set(name, { ...drawerOf(lane, name), isOpened: true, businessDate: dateOf(lane) ?? dateNow(lane) });
};

const move = (lane: DrawerLane, movement: CashMovement): void => {
  lane.entries.push(isPractised(lane) ? practisedMovement(headerOf(lane), movement) : cashMovementEntry(drawerHeader(lane), movement));
};

export function openShift(lane: DrawerLane, denominations: readonly Denomination[]): Refusal | undefined {
  const opening = decideOpening(standOf(lane), denominations);
  if (!opening.ok) return opening.error;
  const { floatMinor: amountMinor, before } = opening.value;
  if (before !== undefined) close(lane, before);
  if (!isPractised(lane)) open(lane);
  const { currency } = lane.shop.settings;
  move(lane, { act: 'float', currency, amountMinor, denominations });
  return undefined;
}

/** Counted first; what must lie there is told by the Z alone. */
export function closeShift(
  lane: DrawerLane,
  { of, by, ...count }: DrawerCount & { readonly of: string | undefined; readonly by: string | undefined },
): Refusal | undefined {
  const { rows, state, opening } = lane.shopper.basket;
  if (state === 'open' && rows.length > 0) return { type: 'basketOpen', detail: { basketId: opening.basketId } };
  const name = of ?? nameOf(lane);
  const isAnothers = name !== nameOf(lane);
  const leave = isAnothers ? leaveFor(lane, 'closeOtherShift', { amountMinor: 0, by }) : ok({});
  if (!leave.ok) return leave.error;
  const decided = decideClosing(standOf(lane, name), { ...count, ...(isAnothers && { leave: leave.value }) });
  if (!decided.ok) return decided.error;
  close(lane, decided.value, { name });
  return undefined;
}

/** Who may, or who gave leave for it. */
function leaveFor(
  lane: DrawerLane,
  action: Action,
  { amountMinor, by }: { readonly amountMinor: number; readonly by: string | undefined },
): Result<{ readonly approvedBy?: string }, Refusal> {
  const { people, scopes } = lane.shop;
  const authority = authorityOf(people, lane.operator, { scopes });
  if (authority === undefined) return ok({});
  const may = isAllowed(authority.grants, authority.operator, { action, scopes, amount: amountMinor });
  if (may.ok) return ok({});
  const approver = by === undefined ? undefined : people?.staff.get(by);
  if (approver === undefined) return err(may.error);
  const refusal = leaveRefusal(authority.operator, approver, { action, grants: authority.grants, scopes, maximum: amountMinor });
  return refusal === undefined ? ok({ approvedBy: approver.user }) : err(refusal);
}

export interface MovementText {
  readonly amountMinor: number;
  readonly reason: string | undefined;
  readonly reference: string | undefined;
  readonly by: string | undefined;
}

export function moveCash(lane: DrawerLane, act: Exclude<CashAct, 'float'>, text: MovementText): Refusal | undefined {
  const { amountMinor, reason } = text;
  const { currency } = lane.shop.settings;
  const decided = decideCashMovement(act, { currency, amountMinor, ...(reason !== undefined && { reason }) });
  if (!decided.ok) return decided.error;
  const leave = act === 'paidOut' ? leaveFor(lane, 'payOut', text) : ok({});
  if (!leave.ok) return leave.error;
  move(lane, { ...decided.value, ...leave.value });
  return undefined;
}

export function moveSafe(lane: DrawerLane, act: SafeAct, text: MovementText): Refusal | undefined {
  const { amountMinor, reference } = text;
  const leave = act === 'bankDeposit' ? leaveFor(lane, 'bankDeposit', text) : ok({});
  if (!leave.ok) return leave.error;
  if (act !== 'count' && !isReference(reference ?? '')) return { type: 'referenceNeeded', detail: { tenderType: act } };
  const { currency } = lane.shop.settings;
  const movement = { act, currency, amountMinor, ...(reference !== undefined && { reference }), ...leave.value };
  lane.entries.push(isPractised(lane) ? practisedMovement(headerOf(lane), movement) : safeMovementEntry(drawerHeader(lane), movement));
  return undefined;
}

/** The drawer is opened without a sale; in training it stays shut, and the journal says that it was practised. */
export function openDrawer(lane: DrawerLane, reason: string): undefined {
  lane.entries.push({ kind: LEDGER_KINDS.noSale.kind, fields: { ...headerOf(lane), reason } });
}

/** A day that nobody closed ends by itself at the store's hour, between two sales: its Z is one that nobody counted for. All drawers end with it before one of them begins the next. */
export function rollIfOver(lane: DrawerLane): void {
  const { rows, state } = lane.shopper.basket;
  const date = dateOf(lane);
  if (date === undefined || (state === 'open' && rows.length > 0) || dateNow(lane) <= date) return;
  const isInUse = (name: string): boolean => {
    const { shift, isOpened } = drawerOf(lane, name);
    return isOpened || lane.entries.some(({ fields }) => fields['drawer'] === name && fields['shift'] === shift);
  };
  const ended = namesOf(lane)
    .filter(isInUse)
    .map((name) => {
      const stand = standOf(lane, name);
      const shiftClose = uncountedClose(stand);
      close(lane, shiftClose, { name, rolledFrom: date });
      return { name, stand, shiftClose };
    });
  for (const { name, stand, shiftClose } of ended) {
    if (stand.isOpened) open(lane, name);
    const float = rolledFloat(stand, shiftClose);
    if (float !== undefined) lane.entries.push(cashMovementEntry(drawerHeader(lane, name), float));
  }
}

// What is expected

/** What lies in the safe, as far as this lane's ledger tells. */
export function safeMinor({ entries }: DrawerLane): number {
  let sum = 0;
  for (const entry of entries) {
    const movement = safeMovementOf(entry);
    assert(movement.ok, 'what a lane writes it can read');
    sum += movement.value?.amountMinor ?? 0;
  }
  return sum;
}

export const isFull = (lane: DrawerLane): boolean => isDropDue(standOf(lane).sums.drawerMinor, lane.shop.settings.drawerLimitMinor);

type Figure = readonly [name: string, value: string | number];

/** The figures of a shift as a slip says them; what is nought is left out. */
function figuresOf(lane: DrawerLane, sums: ShiftSums): readonly Figure[] {
  const { minorDigits } = lane.shop;
  const shown = (amountMinor: number): string | number => (amountMinor === 0 ? 0 : decimalText(amountMinor, minorDigits));
  const figures: readonly Figure[] = [
    ['sales', sums.sales],
    ['refunds', sums.refunds],
    ['total', shown(sums.totalMinor)],
    ['refunded', shown(sums.refundedMinor)],
    ['taken off', shown(sums.discountMinor)],
    ['rounding', shown(sums.roundingMinor)],
    ...sums.taxes.flatMap(({ taxClass, component, ratePpm, netMinor, taxMinor }): readonly Figure[] => {
      const name = [component ?? taxClass, ...(ratePpm === undefined ? [] : [rateText(ratePpm)])].join(' ');
      return [
        [`net ${name}`, shown(netMinor)],
        [`tax ${name}`, shown(taxMinor)],
      ];
    }),
    ...sums.tenders.flatMap(({ tenderType, amountMinor, tipMinor }): readonly Figure[] => [
      [spaced(tenderType), shown(amountMinor)],
      [`tips by ${spaced(tenderType)}`, shown(tipMinor)],
    ]),
    ['change', shown(sums.changeMinor)],
    ...CASH_ACT_NAMES.map((act): Figure => [spaced(act), shown(sums.cash[act])]),
    ['paid out of cards', shown(sums.payoutMinor)],
    ['voided lines', sums.voidedLines],
    ['voided sales', sums.voidedSales],
  ];
  return figures.filter(([, value]) => value !== 0);
}

const rowsOf = (figures: readonly Figure[]): readonly Got[] => figures.map(([name, value]) => ({ cells: [name, String(value)] }));

/** The shift as it stands: without what must lie in the drawer, which nobody is told before they have counted. */
export function xRows(lane: DrawerLane): readonly Got[] {
  const stand = standOf(lane);
  const perpetual = decimalText(perpetualOf(stand), lane.shop.minorDigits);
  return rowsOf([...figuresOf(lane, stand.sums), ['all shifts', perpetual]]);
}

/** The last shift that was closed. */
export function zRows(lane: DrawerLane): readonly Got[] {
  const { lastClose: last } = isPractised(lane) ? practisedDrawer(lane, nameOf(lane)) : drawerOf(lane, nameOf(lane));
  if (last === undefined) return [];
  const shown = (amountMinor: number): string => decimalText(amountMinor, lane.shop.minorDigits);
  const off = overShortMinor(last);
  return rowsOf([
    ...figuresOf(lane, last.sums),
    ['drawer', shown(last.sums.drawerMinor)],
    ['counted', last.isRolled === true ? 'by nobody' : shown(last.countedMinor)],
    ...(off === 0 ? [] : [['over or short', shown(off)] as const]),
    ...(last.reason === undefined ? [] : [['because', last.reason] as const]),
    ['all shifts', shown(last.perpetualMinor)],
  ]);
}

/** The day before the shift of the drawer in place, where it rolled over and nobody has counted since. */
export const rolledFromOf = (lane: DrawerLane): string | undefined => drawerOf(lane, nameOf(lane)).rolledFrom;

export const drawerMoney = (lane: DrawerLane): string => decimalText(standOf(lane).sums.drawerMinor, lane.shop.minorDigits);
