/** The lane of one scenario while it runs: the engine's baskets, the clock, and the ledger that the acts write, as a till writes it. */
import { ok } from '@holdfast/base';

import { applyBasketCommand } from '../basket/basket-command.ts';
import { applyBasketEvents, openBasket, openingOf, replayBasket } from '../basket/basket-event.ts';
import { pointsOfBasket } from '../basket/basket-points.ts';
import { type Basket, type BasketCommand, type BasketEvent, basketLines, type Cut } from '../basket/basket.ts';
import type { LedgerEntry, LedgerHeader } from '../ledger/ledger.ts';
import { applyPermittedCommand, approverOf } from '../people/approval.ts';
import { promotionUsesOf, type PromotionUse } from '../promotions/promotion-use.ts';
import { promotionMomentOf, type PromotionTerms } from '../promotions/repricing.ts';
import type { Refusal } from '../refusal.ts';
import { readSale } from '../sale/read-sale.ts';
import {
  abortSaleEntry,
  completeSale,
  resumeEntry,
  suspendEntry,
  voidLineEntry,
  voidPartEntry,
  voidSaleEntry,
  voidTenderEntry,
} from '../sale/sale-entry.ts';
import { formatReceiptNumber, type Sale } from '../sale/sale.ts';
import type { RefundTender } from '../tender/tender-refund.ts';
import { coverTender, noteMovements, openAccounts, uncoveredCard, type LaneAccounts } from './accounts.ts';
import { headerOf, type LaneDrawer } from './drawer.ts';
import { authorityOf } from './people.ts';
import type { Shop } from './shop.ts';

interface Shopper {
  basket: Basket;
  readonly events: BasketEvent[];
}

/** A sale as who holds the ledger reads it, and the entry that it was read from. */
export interface Sold {
  readonly sale: Sale;
  readonly entry: LedgerEntry;
  readonly atMs: number;
}

interface UseElsewhere extends PromotionUse {
  readonly customer: string | undefined;
}

export interface Lane {
  readonly shop: Shop;
  /** Who works here. */
  operator: string;
  atMs: number;
  publication: number;
  /** In the order in which they came; numbered from 1 in scenarios. */
  readonly shoppers: Shopper[];
  /** Whose basket the lane works on. */
  shopper: Shopper;
  readonly entries: LedgerEntry[];
  /** Every sale, return and void, in the order of their receipts. */
  readonly sales: Sold[];
  /** Places of tenders, counted from 1, that the terminal gave back, by receipt number. */
  readonly reversals: Map<string, ReadonlySet<number>>;
  /** The last sale, as who holds the ledger reads it. */
  lastSale: { readonly sale: Sale; readonly atMs: number } | undefined;
  /** What `give back` answered last, and the exact amounts of the last sale that it gave back so far. */
  givenBack: readonly RefundTender[];
  givenBackMinor: number;
  /** By their names, from the first `open shift` on. */
  readonly drawers: Map<string, LaneDrawer>;
  /** What this lane and its hub know of balances. */
  readonly accounts: LaneAccounts;
  /** Of each promotion so far, by customer (an empty one for nobody) and in all, as a lane folds them out of its sales. */
  readonly usesByCustomer: Map<string, Map<string, number>>;
  readonly budgetUsedMinor: Map<string, number>;
  /** What other lanes used and this one has not heard of. */
  readonly usesElsewhere: UseElsewhere[];
  /** Of the last act; undefined where it was done. */
  refusal: Refusal | undefined;
  /** What the engine must never do: a sale that cannot be read back, a replay that ends elsewhere. */
  readonly broken: string[];
}

/** The epoch and the hub of every scenario; receipts are numbered `1-a1b2-000001`. */
const EPOCH = 'a1b2c3d4e5f60718';
const HUB_EPOCH = '00112233445566aa';

export function openLane(shop: Shop): Lane {
  const shopper = newShopper(shop, 1);
  return {
    shop,
    operator: shop.header.operator,
    atMs: shop.atMs,
    publication: shop.publication,
    shoppers: [shopper],
    shopper,
    entries: [],
    sales: [],
    reversals: new Map(),
    lastSale: undefined,
    givenBack: [],
    givenBackMinor: 0,
    drawers: new Map(),
    accounts: openAccounts(shop),
    usesByCustomer: new Map(),
    usesElsewhere: [],
    budgetUsedMinor: new Map(),
    refusal: undefined,
    broken: [],
  };
}

const newShopper = ({ settings }: Shop, number: number): Shopper => ({
  basket: openBasket(openingOf(`basket-${number}`, settings)),
  events: [],
});

export function nextShopper(lane: Lane): void {
  lane.shopper = newShopper(lane.shop, lane.shoppers.length + 1);
  lane.shoppers.push(lane.shopper);
}

export const cutOf = (lane: Lane): Cut => ({ hubEpoch: HUB_EPOCH, lsn: lane.publication });

/** What a till knows when it prices promotions. */
export const termsOf = ({ shop, atMs, usesByCustomer, budgetUsedMinor }: Lane): PromotionTerms => ({
  prepared: shop.promotions,
  store: shop.store,
  moment: promotionMomentOf(atMs, shop.settings.timeZone),
  ...(shop.settings.promotionPolicy !== undefined && { policy: shop.settings.promotionPolicy }),
  usesBy: (customerId) => usesByCustomer.get(customerId) ?? new Map(),
  budgetUsedMinor,
});

function countUses(lane: Lane, sale: Sale): void {
  for (const use of promotionUsesOf(sale)) countUse(lane, { ...use, customer: sale.customer });
}

/** What other lanes used is known as soon as the hub can tell. */
export function hearOfUses(lane: Lane): void {
  if (!lane.accounts.hubAnswers) return;
  for (const use of lane.usesElsewhere.splice(0)) countUse(lane, use);
}

function countUse({ usesByCustomer, budgetUsedMinor }: Lane, { promotionId, uses, discountMinor, customer }: UseElsewhere): void {
  budgetUsedMinor.set(promotionId, (budgetUsedMinor.get(promotionId) ?? 0) + discountMinor);
  if (customer === undefined) return;
  const own = usesByCustomer.get(customer) ?? new Map<string, number>();
  usesByCustomer.set(customer, own.set(promotionId, (own.get(promotionId) ?? 0) + uses));
}

/** Lets the engine do one command and writes the entry that it causes; the answer is its refusal. */
export function does(lane: Lane, command: BasketCommand, externalReference?: string): Refusal | undefined {
  const { shopper } = lane;
  const before = shopper.basket;
  const authority = authorityOf(lane.shop.people, lane.operator, { scopes: lane.shop.scopes, atMs: lane.atMs });
  const terms = termsOf(lane);
  const answer =
    authority === undefined ? applyBasketCommand(before, command, terms) : applyPermittedCommand(before, command, authority, terms);
  if (!answer.ok) return answer.error;
  const isPaying = command.type === 'payCash' || command.type === 'tender' || command.type === 'refund';
  // Behind the first tender no line changes.
  const cardBack = isPaying && before.tenders.length === 0 ? uncoveredCard(lane, basketLines(before)) : undefined;
  if (cardBack !== undefined) return cardBack;
  const covered = command.type === 'tender' ? coverTender(lane, command, authority) : ok([]);
  if (!covered.ok) return covered.error;
  const events = [...covered.value, ...answer.value];
  shopper.basket = applyBasketEvents(before, events);
  shopper.events.push(...events);
  const header = headerOf(lane);
  const entry = entryOf(before, shopper.basket, command, header, approverOf(before, answer.value));
  if (entry !== undefined) lane.entries.push(entry);
  if (shopper.basket.state === 'completed') writeSale(lane, header, externalReference);
  return undefined;
}

/** What a till writes about a command that was done; `before` is the basket as the command found it. A sale is written by its payment. */
function entryOf(
  before: Basket,
  after: Basket,
  command: BasketCommand,
  header: LedgerHeader,
  approvedBy: string | undefined,
): LedgerEntry | undefined {
  if (command.type === 'setQuantity' || command.type === 'setReturn') return voidPartEntry(before, after, header, approvedBy);
  if (command.type === 'voidLine') return voidLineEntry(before, command.lineId, header, approvedBy);
  if (command.type === 'voidTender') return voidTenderEntry(before, command.tenderId, header);
  if (command.type === 'voidSale') return voidSaleEntry(before, header, approvedBy);
  if (command.type === 'abort') return abortSaleEntry(before, header, command.reason);
  if (command.type === 'suspend') return suspendEntry(before, header);
  return command.type === 'resume' ? resumeEntry(before.opening.basketId, header) : undefined;
}

/** Receipts are gap-free: voids of whole sales have one, too. */
export const nextReceiptNumber = (lane: Lane): string => formatReceiptNumber(lane.shop.lane, EPOCH, lane.sales.length + 1);

function writeSale(lane: Lane, header: LedgerHeader, externalReference: string | undefined): void {
  const facts = {
    receiptNumber: nextReceiptNumber(lane),
    ...(externalReference !== undefined && { externalReference }),
    points: pointsOfBasket(lane.shopper.basket, lane.shop.settings.loyalty),
  };
  keepEntry(lane, completeSale(lane.shopper.basket, header, facts));
}

/** Writes the entry of a sale, and reads it back as who holds the ledger does. */
export function keepEntry(lane: Lane, entry: LedgerEntry): void {
  lane.entries.push(entry);
  noteMovements(lane, entry);
  const sale = readSale(entry.fields);
  if (sale.ok) {
    lane.lastSale = { sale: sale.value, atMs: lane.atMs };
    countUses(lane, sale.value);
    lane.sales.push({ sale: sale.value, entry, atMs: lane.atMs });
    lane.givenBack = [];
    lane.givenBackMinor = 0;
  } else lane.broken.push(`a sale cannot be read back: ${JSON.stringify(sale.error)}`);
}

/** Every basket again from its events alone: it must be the very same. */
export function checkReplays(lane: Lane): void {
  for (const { basket, events } of lane.shoppers) {
    const replayed = replayBasket(basket.opening, events);
    if (JSON.stringify(replayed) !== JSON.stringify(basket))
      lane.broken.push(`${basket.opening.basketId} is another one when it is replayed`);
  }
}
