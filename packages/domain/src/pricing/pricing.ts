/**
 * Which of the scheduled prices holds: a price is computed when it is read, never stored as "current", so that next week's
 * prices are in the lane before they hold.
 *
 * Prices that everybody gets (regular, promotional, clearance) and prices that a shopper earns (as a member, by quantity, by the pack) are told
 * apart: of each sort the precedence below finds one, and then the lowest of them holds. Nobody pays more for being a member, or for taking more.
 */
import { assert } from '@holdfast/base';

import type { PriceCondition, PriceType, ScheduledPrice } from '../catalog/catalog.ts';
import { packUnitPrice } from '../catalog/pack.ts';
import { compareUnitPrices, isUnitPrice, minorDigitsOf, type UnitPrice } from '../money/money.ts';

/** Of two prices of equal priority the higher rank holds. Overrides and labels are never scheduled; they rank for completeness only. */
const TYPE_RANK: Readonly<Record<PriceType, number>> = {
  pack: 0,
  quantityBreak: 0,
  member: 1,
  regular: 2,
  promotional: 3,
  clearance: 4,
  override: 5,
  label: 5,
};

/** What a shopper may earn a price with. */
export interface Earned {
  /** Of the line, in steps of its unit; of goods that come back its magnitude counts. */
  readonly quantity: number;
  /** Undefined: the basket has no customer. */
  readonly customerGroups?: readonly string[];
  /** Of a pack that was scanned: how many pieces are in it. Undefined: its pieces come one by one, and no price of a pack holds. */
  readonly packUnits?: number;
}

export interface PriceQuestion extends Partial<Earned> {
  /** Store-agreed time. */
  readonly atMs: number;
  /** The store's own scopes, broadest first: `global`, `zone:Z`, `store:S`. Prices of other scopes do not count. */
  readonly scopes: readonly string[];
  /** The basket's; prices in other currencies do not count, they are never converted. */
  readonly currency: string;
}

/**
 * The one rule for all who quote a price: of those valid at `atMs` (from ≤ at < to) whose condition is met, the highest priority; then, of
 * each sort, clearance before promotional before regular, the narrowest scope, the highest break, the latest start, the lowest
 * amount; then the lowest of what the sorts gave. Undefined where none is valid. The order of `prices` does not matter. Without a quantity it is one step of the unit's, without customer groups nobody's.
 */
export function choosePrice(prices: Iterable<ScheduledPrice>, question: PriceQuestion): ScheduledPrice | undefined {
  return lowestOfSorts(inPrecedence(prices, question), earnedIn(question));
}

const earnedIn = ({ quantity = 1, customerGroups, packUnits }: PriceQuestion): Earned => ({
  quantity,
  ...(customerGroups !== undefined && { customerGroups }),
  ...(packUnits !== undefined && { packUnits }),
});

/** What one piece, kilogram, litre or metre costs by it. */
export function unitPriceOf({ type, price, fromQuantity = 1, currency }: ScheduledPrice): UnitPrice {
  return type === 'pack' ? (packUnitPrice(price, fromQuantity, minorDigitsOf(currency)) ?? price) : price;
}

/** A price that a line may have: pinned in it when it is added, so that a later quantity or customer chooses among these and never among newer ones. */
export interface PriceChoice extends PriceCondition {
  readonly unitPrice: UnitPrice;
  readonly type: PriceType;
  readonly source?: string;
  readonly priority: number;
}

/**
 * All prices that a line may come to have by its quantity and its customer, in the order of precedence; none where neither makes a difference.
 * A price of 0 is no choice: nobody gives goods away by a gap in the data.
 */
export function priceChoices(prices: Iterable<ScheduledPrice>, question: PriceQuestion): readonly PriceChoice[] {
  const choices: PriceChoice[] = [];
  for (const scheduled of inPrecedence(prices, question)) {
    const { price, type, source, priority, fromQuantity, customerGroup } = scheduled;
    if (price.amount <= 0 || (type === 'pack' && fromQuantity !== question.packUnits)) continue;
    const unitPrice = unitPriceOf(scheduled);
    if (!isUnitPrice(unitPrice)) continue;
    const choice: PriceChoice = {
      unitPrice,
      type,
      priority,
      ...(source !== undefined && { source }),
      ...(fromQuantity !== undefined && { fromQuantity }),
      ...(customerGroup !== undefined && { customerGroup }),
    };
    // What asks for the same as one before it never holds.
    if (!choices.some((held) => sortOf(held) === sortOf(choice) && held.fromQuantity === fromQuantity)) choices.push(choice);
  }
  return choices.some(isEarned) ? choices : [];
}

/** How many pieces are in the pack that a line's choices are of; undefined where they are of none. */
export const packUnitsOf = (choices: readonly PriceChoice[]): number | undefined =>
  choices.find(({ type }) => type === 'pack')?.fromQuantity;

/** Of a line's own choices, the one that its quantity and its customer earn now. */
export function chooseAgain(choices: readonly PriceChoice[], earned: Omit<Earned, 'packUnits'>): PriceChoice | undefined {
  const packUnits = packUnitsOf(choices);
  return lowestOfSorts(choices, { ...earned, ...(packUnits !== undefined && { packUnits }) });
}

export const isSameChoices = (left: readonly PriceChoice[] | undefined, right: readonly PriceChoice[] | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  left.length === right.length &&
  left.every((choice, index) => {
    const other = right[index];
    return (
      other !== undefined &&
      choice.type === other.type &&
      choice.priority === other.priority &&
      choice.source === other.source &&
      choice.fromQuantity === other.fromQuantity &&
      choice.customerGroup === other.customerGroup &&
      compareUnitPrices(choice.unitPrice, other.unitPrice) === 0
    );
  });

const isEarned = ({ type }: { readonly type: PriceType }): boolean => type === 'member' || type === 'quantityBreak' || type === 'pack';

/** Prices that compete by precedence, not by amount: those for everybody, and those that one group of members or buyers earns. */
const sortOf = (price: { readonly type: PriceType } & PriceCondition): string =>
  isEarned(price) ? `${price.type} ${price.customerGroup ?? ''}` : 'everybody';

function isMet({ type, fromQuantity, customerGroup }: { readonly type: PriceType } & PriceCondition, earned: Earned): boolean {
  if (type === 'member' && earned.customerGroups === undefined) return false;
  if (customerGroup !== undefined && earned.customerGroups?.includes(customerGroup) !== true) return false;
  // Whole packs alone: of what is more or less of them each piece is one.
  if (type === 'pack') return fromQuantity !== undefined && earned.packUnits === fromQuantity && earned.quantity % fromQuantity === 0;
  return fromQuantity === undefined || Math.abs(earned.quantity) >= fromQuantity;
}

type Candidate = ScheduledPrice | PriceChoice;

const priceOf = (candidate: Candidate): UnitPrice => ('price' in candidate ? unitPriceOf(candidate) : candidate.unitPrice);

/** `candidates` stand in the order of precedence. At equal amounts what everybody gets goes first, then a member's price. */
function lowestOfSorts<C extends Candidate>(candidates: readonly C[], earned: Earned): C | undefined {
  const met = candidates.filter((candidate) => isMet(candidate, earned));
  const seen = new Set<string>();
  let lowest: C | undefined;
  for (const candidate of met) {
    // The first one has the highest priority of all.
    if (candidate.priority !== met[0]?.priority) break;
    const sort = sortOf(candidate);
    if (seen.has(sort)) continue;
    seen.add(sort);
    const difference = lowest === undefined ? -1 : compareUnitPrices(priceOf(candidate), priceOf(lowest));
    if (lowest === undefined || difference < 0 || (difference === 0 && TYPE_RANK[candidate.type] > TYPE_RANK[lowest.type])) {
      lowest = candidate;
    }
  }
  return lowest;
}

/** The valid ones, the one that holds first. */
function inPrecedence(prices: Iterable<ScheduledPrice>, { atMs, scopes, currency }: PriceQuestion): readonly ScheduledPrice[] {
  const valid: ScheduledPrice[] = [];
  for (const price of prices) {
    if (price.currency !== currency || !scopes.includes(price.scope)) continue;
    if ((price.fromMs !== undefined && price.fromMs > atMs) || (price.toMs !== undefined && price.toMs <= atMs)) continue;
    valid.push(price);
  }
  return valid.length > 1 ? valid.sort((left, right) => comparePrecedence(right, left, scopes)) : valid;
}

/** Positive where `left` holds before `right`. */
function comparePrecedence(left: ScheduledPrice, right: ScheduledPrice, scopes: readonly string[]): number {
  return (
    left.priority - right.priority ||
    TYPE_RANK[left.type] - TYPE_RANK[right.type] ||
    scopes.indexOf(left.scope) - scopes.indexOf(right.scope) ||
    (left.fromQuantity ?? 0) - (right.fromQuantity ?? 0) ||
    (left.fromMs ?? Number.MIN_SAFE_INTEGER) - (right.fromMs ?? Number.MIN_SAFE_INTEGER) ||
    compareUnitPrices(right.price, left.price)
  );
}

/** Why a price does not hold: it is of elsewhere or of another time, nobody earned it, or one that does hold goes before it in this. */
export const PRICE_REASONS = [
  'otherCurrency',
  'otherScope',
  'notYet',
  'over',
  'customer',
  'quantity',
  'priority',
  'type',
  'scope',
  'break',
  'start',
  'amount',
] as const;
export type PriceReason = (typeof PRICE_REASONS)[number];

export interface PriceCandidate {
  readonly price: ScheduledPrice;
  /** Absent for the one that holds. */
  readonly reason?: PriceReason;
}

/** All prices with the reason why each does not hold: first the one that does, then those that could, then the others; the order of `prices` does not matter. */
export function explainPrices(prices: Iterable<ScheduledPrice>, question: PriceQuestion): readonly PriceCandidate[] {
  const { scopes } = question;
  const all = [...prices].sort((left, right) => comparePrecedence(right, left, scopes));
  const chosen = choosePrice(all, question);
  const possible = all.filter((price) => unearned(price, question) === undefined);
  const reasonOf = (price: ScheduledPrice): PriceReason => {
    const missing = unearned(price, question);
    if (missing !== undefined) return missing;
    assert(chosen !== undefined, 'of prices that could hold one does');
    if (price.priority !== chosen.priority) return 'priority';
    // Each sort has its own first; among those the lowest holds.
    const first = possible.find((other) => other.priority === price.priority && sortOf(other) === sortOf(price)) ?? chosen;
    if (first !== price) return behind(price, first, scopes);
    return compareUnitPrices(unitPriceOf(price), unitPriceOf(chosen)) === 0 ? 'type' : 'amount';
  };
  const explained = all.map((price): PriceCandidate => (price === chosen ? { price } : { price, reason: reasonOf(price) }));
  const rank = ({ price, reason }: PriceCandidate): number => (reason === undefined ? 0 : possible.includes(price) ? 1 : 2);
  return explained.toSorted((left, right) => rank(left) - rank(right));
}

/** What keeps a price from holding, whatever others there are. */
function unearned(price: ScheduledPrice, question: PriceQuestion): PriceReason | undefined {
  const { type, currency, scope, fromMs, toMs, fromQuantity } = price;
  const earned = earnedIn(question);
  if (currency !== question.currency) return 'otherCurrency';
  if (!question.scopes.includes(scope)) return 'otherScope';
  if (fromMs !== undefined && fromMs > question.atMs) return 'notYet';
  if (toMs !== undefined && toMs <= question.atMs) return 'over';
  if (isMet(price, earned)) return undefined;
  if (type === 'pack' && fromQuantity !== earned.packUnits) return 'quantity';
  return fromQuantity !== undefined && Math.abs(earned.quantity) < fromQuantity ? 'quantity' : 'customer';
}

/** The first thing in which `first` goes before another price of its sort. */
function behind(price: ScheduledPrice, first: ScheduledPrice, scopes: readonly string[]): PriceReason {
  if (price.type !== first.type) return 'type';
  if (scopes.indexOf(price.scope) !== scopes.indexOf(first.scope)) return 'scope';
  if (price.fromQuantity !== first.fromQuantity) return 'break';
  return price.fromMs === first.fromMs ? 'amount' : 'start';
}
