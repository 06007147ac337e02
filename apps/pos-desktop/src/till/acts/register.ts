/**
 * What every act at the till works with: the basket that lies open, the books of the lane, and the moment of the request in hand. It decides nothing of
 * its own; what it changes on disk it changes inside the transaction of its caller.
 */
import { assert } from '@holdfast/base';
import {
  applyBasketEvents,
  applyPermittedCommand,
  approverOf,
  type Authority,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  basketLines,
  businessDateOf,
  ENTITY_TYPES,
  type LedgerEntry,
  type LedgerHeader,
  localTimeOf,
  openBasket,
  openingOf,
  overrideEntry,
  promotionMomentOf,
  type PromotionTerms,
  type Refusal,
  type Staff,
  staffAgeYears,
  staffPinFields,
  type StoreSettings,
  voidLineEntry,
  voidPartEntry,
  voidTenderEntry,
  minorDigitsOf,
} from '@holdfast/domain';
import type { ChainedEntry, Cut, Identity } from '@holdfast/sync';

import type { CompletedSale, LineView, ReceiptView, ReplyValue } from '../../shared/till-contract.ts';
import { createDaySales, type DaySales } from '../books/day-sales.ts';
import { createUncountedSales, type UncountedSales } from '../books/uncounted-sales.ts';
import { type Catalogue, type CatalogueView, createCatalogue } from '../catalogue/catalogue.ts';
import { createStoreLayer, type StoreLayer } from '../catalogue/store-layer.ts';
import { type Balances, createBalances } from '../customers/balances.ts';
import { createSiblingBaskets, type SiblingBaskets } from '../lan/sibling-baskets.ts';
import { createSiblingReturns, type SiblingReturns } from '../lan/sibling-returns.ts';
import { createDrawer, type Drawer, LANE_DRAWER } from '../people/drawer.ts';
import { createLanePeople, type LanePeople } from '../people/lane-people.ts';
import type { LeaveWish } from '../people/leave-wishes.ts';
import { createPractisedDrawers, type PractisedDrawers } from '../people/practised-drawers.ts';
import type { Standing } from '../people/session.ts';
import type { SlipContext } from '../printing/slips.ts';
import { createUnprintedReceipts, type UnprintedReceipts } from '../printing/unprinted-receipts.ts';
import { createReturns, type Returns } from '../returns/returns.ts';
import { createToldReturns, type ToldReturns } from '../returns/told-returns.ts';
import { createRights, type Rights } from '../rights.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { type BasketJournal, createBasketJournal, type LiveBasket } from '../selling/basket-journal.ts';
import type { OperatorAge } from '../selling/goods.ts';
import { createPromotionUse, type PromotionUse } from '../selling/promotion-use.ts';
import { createStoreTime, type StoreMoment, type StoreTime, writtenClock } from '../store-time.ts';
import type { HubAnswer, TillPorts } from '../till-ports.ts';
import { changedRows, toLineView } from '../views.ts';
import { createReceiptNumbers, type ReceiptNumbers } from './receipt-numbers.ts';

const DAY_MS = 86_400_000;

/** The open basket at its cut, and what commands to it are decided by. */
export interface OpenSale {
  readonly basket: Basket;
  readonly cut: Cut;
  readonly view: CatalogueView;
  readonly settings: StoreSettings;
  readonly promotions: PromotionTerms;
  readonly authority: Authority;
}

/** What a command did, once its transaction has committed. */
export interface Done {
  readonly live: LiveBasket;
  readonly completed: CompletedSale | undefined;
  /** Undefined where no row and no total changed. */
  readonly rows:
    | { readonly reset: boolean; readonly upserted: readonly LineView[]; readonly removedLineIds: readonly string[] }
    | undefined;
  readonly answer: { readonly value: ReplyValue } | { readonly refusal: Refusal };
  readonly appended: boolean;
  /** What goes to the printer once it is all on disk. */
  readonly prints?: PrintOrder;
  /** Under this number. */
  readonly printJob?: number;
  /** Without a receipt. */
  readonly opensDrawer?: true;
  /** A piece of a working document. */
  readonly wroteDocument?: true;
  /** What another lane of the store is told. */
  readonly tells?: { readonly device: string; readonly question: string; readonly value: unknown };
  /** A question of this lane that is over: all others are told. */
  readonly tellsAll?: LeaveWish;
  /** What the payment terminal is told at once. */
  readonly atTerminal?: { readonly does: 'abort' | 'ask'; readonly paymentId: string };
}

export interface PrintOrder {
  readonly receiptNumber: string;
  /** Cash changes hands. */
  readonly opensDrawer: boolean;
  readonly isReprint: boolean;
  /** Without prices. */
  readonly isGift?: boolean;
  readonly isMerchant?: boolean;
  /** It is the paper of a post-void: the sale that it undoes, and when it did. */
  readonly undoes?: { readonly receiptNumber: string; readonly atMs: number };
  /** What is no receipt: printed as it stands here. */
  readonly slip?: ReceiptView;
}

/** Printed as it stands here, and no receipt. */
export const printsSlip = (slip: ReceiptView): PrintOrder => ({ receiptNumber: '', opensDrawer: false, isReprint: false, slip });

export class Register {
  readonly ports: TillPorts;
  readonly journal: BasketJournal;
  readonly time: StoreTime;
  readonly receipts: ReceiptNumbers;
  readonly unprinted: UnprintedReceipts;
  readonly returns: Returns;
  readonly uncounted: UncountedSales;
  readonly daySales: DaySales;
  readonly siblingReturns: SiblingReturns;
  readonly told: ToldReturns;
  readonly siblingBaskets: SiblingBaskets;
  readonly promotionUse: PromotionUse;
  readonly layer: StoreLayer;
  readonly rights: Rights;
  readonly balances: Balances;
  readonly people: LanePeople;
  readonly drawer: Drawer;
  readonly practisedDrawers: PractisedDrawers;
  /** As it stands on disk. */
  live: LiveBasket;
  completed: CompletedSale | undefined;
  /** What was found out for the request in hand. */
  hub: HubAnswer | undefined;
  readonly #appended: ((entry: LedgerEntry) => void)[] = [];
  #moment: StoreMoment | undefined;
  #identity: Identity | null = null;
  #catalogue: Catalogue | undefined;

  constructor(ports: TillPorts) {
    const { db, store, clock } = ports;
    this.ports = ports;
    this.journal = createBasketJournal(db);
    this.time = createStoreTime(db, store, clock, ports.clocksAheadMs);
    this.receipts = createReceiptNumbers(db);
    this.unprinted = createUnprintedReceipts(db);
    this.siblingReturns = createSiblingReturns(db);
    this.siblingBaskets = createSiblingBaskets(db);
    this.told = createToldReturns(db);
    this.returns = createReturns(db, { journal: this.journal, ledger: store, siblings: this.siblingReturns, told: this.told });
    this.uncounted = createUncountedSales(db);
    this.daySales = createDaySales(db);
    this.promotionUse = createPromotionUse(db);
    this.layer = createStoreLayer(db, store);
    this.rights = createRights(db);
    this.balances = createBalances(store, LEDGER_SCHEMAS, () => this.time.now().atMs, this.rights);
    this.people = createLanePeople(db);
    this.drawer = createDrawer(db, store, () => this.#drawerInPlace());
    this.practisedDrawers = createPractisedDrawers(db, store);
    this.live = ports.transactions.durable(() => this.journal.openBasket(this.newId, this.time.now().atMs));
    this.completed = this.#completedBefore(this.live);
  }

  /** The sale that was completed last, until the next one has begun. */
  #completedBefore({ eventCount }: LiveBasket): CompletedSale | undefined {
    return eventCount === 0 ? this.journal.lastCompleted() : undefined;
  }

  /** The request in hand is answered; the next one is another moment. */
  passMoment(): void {
    this.#moment = undefined;
  }

  /** Of what failed nothing happened: memory is made level with the disk again. True where the disk holds another basket than memory did. */
  reread(): boolean {
    this.layer.reload();
    this.time.reread();
    this.people.reread();
    this.promotionUse.reload();
    this.drawer.reread();
    this.practisedDrawers.reread();
    const before = this.live;
    const open = this.journal.openBasket(this.newId, 0);
    if (open.basketId === before.basketId && open.eventCount === before.eventCount) return false;
    this.live = open;
    this.completed = this.#completedBefore(open);
    return true;
  }

  /** A request is one moment, however often it asks. */
  now(): StoreMoment {
    this.#moment ??= this.time.now();
    return this.#moment;
  }

  /** The newest one. The worker may expose another at any moment, but not inside of a transaction. */
  cut(): Cut {
    return this.ports.store.cut();
  }

  readonly newId = (): string => Buffer.from(this.ports.random.bytes(12)).toString('hex');

  lines(): readonly LineView[] {
    const { basket } = this.live;
    return basket === null ? [] : basket.rows.map((row) => toLineView(basket, row));
  }

  itemLines(): readonly BasketLine[] {
    const { basket } = this.live;
    return basket === null ? [] : basketLines(basket);
  }

  /** Null before enrolment. */
  identity(): Identity | null {
    this.#identity ??= this.ports.store.identity();
    return this.#identity;
  }

  /** At the basket's own cut, else at the newest. Undefined before there is any catalogue. */
  view(): CatalogueView | undefined {
    const { cutAt } = this.live;
    return cutAt === null ? this.newestView() : this.catalogue()?.view(cutAt);
  }

  /** Another number wherever keys may sell at another price: the cut that the open basket stands at, or the newest, and what the store itself wants otherwise. */
  shownAt(): number {
    return (this.live.cutAt ?? this.cut().at) + this.layer.version();
  }

  newestView(): CatalogueView | undefined {
    const { at } = this.cut();
    return at === 0 ? undefined : this.catalogue()?.view(at);
  }

  catalogue(): Catalogue | undefined {
    const identity = this.identity();
    if (identity === null) return undefined;
    this.#catalogue ??= createCatalogue({
      store: this.ports.store,
      place: identity,
      hash: this.ports.hash,
      layer: this.layer,
      onFault: (fault) => this.ports.logger.warn('the catalogue holds something that this till cannot use', { ...fault }),
    });
    return this.#catalogue;
  }

  /** What a sale used of promotions, and what headquarters has counted by now. */
  foldUses({ id }: ChainedEntry, sold: Basket, view: CatalogueView): void {
    const { promotions, customer } = sold;
    const told = this.newestView()?.promotionUses();
    if (told !== undefined) this.promotionUse.forget(told, id.device);
    const lines = basketLines(sold);
    this.promotionUse.fold({ promotions, lines, ...(customer !== null && { customerId: customer.customerId }) }, id, view.promotions());
  }

  /** What promotions are priced by: the rules of the view's cut, and what this lane knows around them. */
  promotions(view: CatalogueView, { timeZone, promotionPolicy }: StoreSettings): PromotionTerms {
    return {
      prepared: view.promotions(),
      store: this.identity()?.store ?? '',
      moment: promotionMomentOf(this.now().atMs, timeZone),
      ...(promotionPolicy !== undefined && { policy: promotionPolicy }),
      // Of the newest cut: how much of a limit is gone has no version.
      ...this.promotionUse.known(this.newestView()?.promotionUses(), this.identity()?.device ?? ''),
    };
  }

  unchanged(answer: Done['answer']): Done {
    return { live: this.live, completed: this.completed, rows: undefined, answer, appended: false };
  }

  refuse(refusal: Refusal): Done {
    return this.unchanged({ refusal });
  }

  /** The open basket, made ready for its first event where it has none; or why there can be no sale yet. */
  open(): OpenSale | Refusal {
    const view = this.view();
    if (view === undefined) return { type: 'noCatalogue', detail: {} };
    const settings = view.settings();
    if (!settings.ok) return { type: 'noCatalogue', detail: settings.error.detail };
    const { basket, basketId } = this.live;
    return {
      basket: basket ?? openBasket(openingOf(basketId, settings.value)),
      cut: this.cut(),
      view,
      settings: settings.value,
      promotions: this.promotions(view, settings.value),
      authority: this.authority(view),
    };
  }

  /** The operator's, at this store. */
  authority(view: CatalogueView): Authority {
    return this.people.authority(view, this.standing(), { scopes: view.scopes, atMs: this.now().atMs });
  }

  standing(): Standing {
    return this.people.standing(this.newestView());
  }

  /** What nobody may because nobody was heard for too long says so. */
  denialOf(refusal: Refusal, { view }: Pick<OpenSale, 'view'>): Refusal {
    return (refusal.type === 'notAllowed' ? this.rightsOver(view, String(refusal.detail['action'])) : undefined) ?? refusal;
  }

  /** Money that goes out, where nobody has heard for too long who still works here. */
  rightsOver(view: CatalogueView, wanted: string): Refusal | undefined {
    const isOver = this.people.areRightsOver(view, this.standing(), this.now().atMs);
    return isOver ? { type: 'rightsOver', detail: { wanted } } : undefined;
  }

  /** Empty where the staff list says nothing of it: then the till asks. Where the clock may be off by more than a day, from the least to the most that it may be. */
  operatorAge({ view, settings }: Pick<OpenSale, 'view' | 'settings'>, { atMs, clockUncertaintyMs }: StoreMoment): OperatorAge {
    const staff = this.people.operator(view, this.standing());
    const ageAt = (ms: number): number | undefined => staffAgeYears(staff, localTimeOf(ms, settings.timeZone).date);
    const spanMs = clockUncertaintyMs > DAY_MS ? clockUncertaintyMs : 0;
    const operatorAgeYears = ageAt(Math.max(atMs - spanMs, 0));
    if (operatorAgeYears === undefined) return {};
    const operatorAgeUpToYears = spanMs === 0 ? operatorAgeYears : ageAt(atMs + spanMs);
    return { operatorAgeYears, ...(operatorAgeUpToYears !== undefined && { operatorAgeUpToYears }) };
  }

  /** Writes events of the open basket, and says what windows must hear. `cut` is what they may have pinned. */
  record(before: Basket, events: readonly BasketEvent[], cut: Cut | null, entry?: LedgerEntry): Done {
    if (events.length === 0) return this.unchanged({ value: {} });
    const after = applyBasketEvents(before, events);
    const pin = events.some((event) => event.type === 'cutPinned') ? cut : null;
    const live = this.journal.append(this.live, events, after, pin, this.now().atMs);
    if (entry !== undefined) this.append(entry, this.now());
    const rows = changedRows(after, events);
    const isTouched = rows.upserted.some((row) => row.lineId === after.currentLineId);
    return {
      live,
      completed: undefined,
      rows: { reset: false, ...rows },
      answer: { value: isTouched && after.currentLineId !== null ? { lineId: after.currentLineId } : {} },
      appended: entry !== undefined,
    };
  }

  change(command: BasketCommand): Done {
    const open = this.open();
    if ('type' in open) return this.refuse(open);
    const events = applyPermittedCommand(open.basket, command, open.authority, open.promotions);
    if (!events.ok) return this.refuse(this.denialOf(events.error, open));
    const header = this.basketHeader(open.settings, this.now());
    const entry =
      command.type === 'voidLine'
        ? voidLineEntry(open.basket, command.lineId, header, approverOf(open.basket, events.value))
        : command.type === 'voidTender'
          ? voidTenderEntry(open.basket, command.tenderId, header)
          : command.type === 'setQuantity'
            ? voidPartEntry(open.basket, applyBasketEvents(open.basket, events.value), header, approverOf(open.basket, events.value))
            : undefined;
    return this.record(open.basket, events.value, null, entry);
  }

  /** The stock that it moves is folded in the next pause (`stock.ts`). */
  append(entry: LedgerEntry, moment: StoreMoment): ChainedEntry {
    assert(this.ports.transactions.isDurable(), 'what the ledger holds outlives a power cut');
    const appended = this.ports.store.append({ kind: entry.kind, wallMs: moment.wallMs, ...writtenClock(moment), fields: entry.fields });
    this.rights.spend(entry, appended.id);
    this.drawer.note(entry);
    this.practisedDrawers.note(entry);
    this.uncounted.note(entry, appended.id);
    this.daySales.note(entry, appended.id);
    for (const hear of this.#appended) hear(entry);
    return appended;
  }

  /** Hears of each entry inside the transaction that appends it. */
  hearAppended(hear: (entry: LedgerEntry) => void): void {
    this.#appended.push(hear);
  }

  /** Of whoever is signed on, where each cashier has an insert of their own. */
  #drawerInPlace(): string {
    const settings = this.newestView()?.settings();
    const isOwn = settings?.ok === true && settings.value.shiftPer === 'cashier';
    return (isOwn ? this.standing().staff?.user : undefined) ?? LANE_DRAWER;
  }

  /** The lane's own, from the first opening or entry of its shifts to their end; before that, the clock's. */
  businessDate({ timeZone, dayRollsAtHour }: StoreSettings, atMs: number): string {
    return this.drawer.shift().businessDate ?? businessDateOf(atMs, timeZone, dayRollsAtHour);
  }

  /** Of what happens at the lane itself: it counts, also while its baskets are training. */
  header(settings: StoreSettings, moment: StoreMoment): LedgerHeader {
    return {
      businessDate: this.businessDate(settings, moment.atMs),
      shift: this.drawer.shift().shift,
      drawer: this.drawer.shift().drawer,
      operator: this.people.operator(this.view(), this.standing()).user,
      training: false,
    };
  }

  /** Of a paper that is no receipt, printed now. */
  slipContext(settings: StoreSettings): SlipContext {
    const { drawer, operator } = this.header(settings, this.now());
    const lane = String(this.identity()?.lane ?? '');
    const { isTraining } = this.live;
    return { settings, minorDigits: minorDigitsOf(settings.currency), lane, drawer, operator, isTraining, atMs: this.now().atMs };
  }

  /** Of what is done to the open basket. */
  basketHeader(settings: StoreSettings, moment: StoreMoment): LedgerHeader {
    return { ...this.header(settings, moment), training: this.live.isTraining };
  }

  /** Somebody's own PIN, from now on: here at once, everywhere once headquarters has it. Inside of a transaction. */
  keepPin({ user }: Staff, sealed: string, reason: 'pinChanged' | 'pinSealedAnew', settings: StoreSettings): void {
    const moment = this.now();
    const { position } = this.cut();
    const basedOn = { hubEpoch: position.hubEpoch, lsn: position.lsn };
    const override = { entityType: ENTITY_TYPES.staff.type, key: user, values: staffPinFields(sealed), basedOn, reason };
    const { id } = this.append(overrideEntry({ ...this.header(settings, moment), operator: user }, override), moment);
    this.layer.note(id, override, moment.atMs);
  }

  /** The next shopper's basket, behind a sale that was completed, or behind none. */
  next(done: Pick<Done, 'live' | 'answer' | 'appended'>, completed: CompletedSale | undefined): Done {
    this.journal.setLastCompleted(completed ?? null);
    const live = this.journal.openBasket(this.newId, this.now().atMs);
    return { ...done, live, completed, rows: { reset: true, upserted: [], removedLineIds: [] } };
  }
}
