/**
 * The till itself: requests in, one transaction each, messages out. It knows neither how windows reach it nor how the hub
 * is reached; it holds the open basket in memory, exactly as it stands on disk.
 *
 * Invariants:
 * - A reply leaves only after everything that its request changed was committed: so that it outlives a power cut; or the end of this process, where
 *   it is no more than goods in an open basket (`transactions.ts`).
 * - A request that may change something is remembered with its reply in that same transaction, also where it was refused:
 *   replaying it changes nothing, whatever the basket has become since.
 * - A sale's ledger entry, its receipt number and the end of its basket are one transaction.
 * - What throws rolls back whole; memory is then read from disk again.
 */
import { assert, unreachable, type Clock, type Hash, type Logger, type Random, type Verifier } from '@holdfast/base';
import {
  amountOutOfRange,
  applyBasketCommand,
  applyBasketEvents,
  APPROVAL_HOLDS_MS,
  applyPermittedCommand,
  approverOf,
  basketLines,
  basketTotals,
  basketTwiceEntry,
  businessDateOf,
  canSignOn,
  cashMovementEntry,
  CASH,
  completeSale,
  countedMinor,
  explainLine,
  findLine,
  formatReceiptNumber,
  grantAcceptanceEntry,
  grantReleaseEntry,
  guardScan,
  isAllowed,
  handoverEntry,
  isCouponValid,
  isReference,
  ENTITY_TYPES,
  exemptionAt,
  LEDGER_KINDS,
  localTimeOf,
  openBasket,
  overShortMinor,
  overrideEntry,
  overrideQuestion,
  payoutEntry,
  POINTS,
  pointsOfBasket,
  priceKey,
  postVoidEntry,
  postVoidRefusal,
  tenderReversalEntry,
  printableCode,
  promotionMomentOf,
  readPayout,
  readSale,
  resumeEntry,
  shiftCloseEntry,
  staffAgeYears,
  stockAdjustmentEntry,
  storePriceFields,
  taxAt,
  suspendEntry,
  takeoverEntry,
  voidLineEntry,
  voidSaleEntry,
  voidTenderEntry,
  type AccountName,
  type Authority,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  type BasketOpening,
  type Denomination,
  type GuardedScan,
  type LedgerEntry,
  type LedgerHeader,
  type PromotionTerms,
  type Refusal,
  type Sale,
  type ScanSighting,
  type SignOnRules,
  type Staff,
  type StoreSettings,
  type Suspension,
} from '@holdfast/domain';
import { verifyGrant, type ChainedEntry, type Cut, type Identity, type ReplicaStore, type ReturnRequest } from '@holdfast/sync';
import Database from 'better-sqlite3';

import {
  CONTRACT_VERSION,
  CUSTOMER_ID,
  type BasketHead,
  type CompletedSale,
  type ExplanationView,
  type LineView,
  type ReceiptView,
  type ReplyValue,
  type Request,
  type RequestBody,
  type ShiftView,
  type Status,
  type Tile,
  type TillMessage,
} from '../shared/till-contract.ts';
import type { BalanceQuestion } from './ask-balance.ts';
import { readHubReturn, type HubReturn } from './ask-return.ts';
import { createBalances, spentFrom, type Balances, type HubBalance } from './balances.ts';
import { createBasketJournal, type BasketJournal, type Closing, type LiveBasket, type SuspendedBasket } from './basket-journal.ts';
import { createCatalogue, scopesOf, type Catalogue, type CatalogueView } from './catalogue/catalogue.ts';
import { createSearch, type Search } from './catalogue/search.ts';
import { createStoreLayer, type StoreLayer } from './catalogue/store-layer.ts';
import type { Connection } from './database/connection.ts';
import { isDamage } from './database/open-lane.ts';
import { createGivenReplies, type GivenReplies } from './given-replies.ts';
import { addItemCommand, codeOf, restrictionFacts, type Goods, type GoodsPlace, priceOfOne, readScan } from './goods.ts';
import { isOpenBasketChange } from './open-basket-change.ts';
import { createDrawer, type Drawer } from './people/drawer.ts';
import type { Identified, Shown } from './people/identify.ts';
import { approvalEntry, createLanePeople, leaveRefusal, sessionEntry, type LanePeople } from './people/lane-people.ts';
import { rulesOf, type Standing } from './people/session.ts';
import { readOldestPinned } from './pinned-cuts.ts';
import { createPromotionUse, toLimitViews, type PromotionUse } from './promotion-use.ts';
import { receiptOfCompleted } from './receipts.ts';
import { createReturns, returnTermsOf, toReturnableView, type ReturnableSale, type Returns } from './returns.ts';
import { createRights, type Rights } from './rights.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import {
  contentOf,
  createSiblingBaskets,
  HANDOVER_QUESTION,
  suspensionSchema,
  type SiblingBasket,
  type SiblingBaskets,
} from './sibling-baskets.ts';
import { createSiblingReturns, RETURN_QUESTION, returnQuestionSchema, type SiblingReturns } from './sibling-returns.ts';
import { createStoreTime, type StoreMoment, type StoreTime } from './store-time.ts';
import type { StoreFacts } from './surroundings.ts';
import type { Transactions } from './transactions.ts';
import {
  changedRows,
  headWithoutCatalogue,
  tenderNameOf,
  toCompleted,
  toExplanation,
  toHead,
  toLineView,
  toShiftView,
  toStorePrice,
  toTenderTypeView,
  toTile,
  type HeadContext,
} from './views.ts';
import type { Outcome } from './windows.ts';

export interface TillPorts {
  readonly db: Connection;
  readonly store: ReplicaStore;
  readonly transactions: Transactions;
  readonly clock: Clock;
  /** Of siblings that are heard: their clocks as the hub corrected them, less this one's. Absent: none is heard. */
  readonly clocksAheadMs?: () => readonly number[];
  readonly random: Random;
  /** Names the versions of promotions. */
  readonly hash: Hash;
  /** Of what the hub signs. */
  readonly verifier: Verifier;
  readonly logger: Logger;
  /** What surrounds the basket, as it is at the moment of asking. */
  readonly status: (facts: StoreFacts) => Status;
  /** After a commit that appended to the ledger. */
  readonly onAppended: () => void;
  /** The disk no longer holds what was written: nothing more can be done here, and the next start rebuilds what can be believed. */
  readonly onDamage?: () => void;
  /** After the commit of a sale, or of a reprint: its receipt may be printed. Absent: the lane has no printer. */
  readonly onReceipt?: (print: ReceiptToPrint) => void;
  /** After the commit of what opens the drawer without a receipt. */
  readonly onDrawer?: () => void;
}

export interface ReceiptToPrint {
  /** Made when it is asked for: who paid is answered first. */
  readonly receipt: () => ReceiptView;
  readonly locale: string;
  readonly opensDrawer: boolean;
  readonly isReprint: boolean;
}

/** What was found out about one request before it is handled: by the hub, or by what takes its time. */
export interface HubAnswer {
  /** What the lane that set a basket aside answered: it is this lane's now, or it is nobody's to give any more. Undefined: it could not be asked. */
  readonly handover?: 'given' | 'gone' | undefined;
  readonly balance?: HubBalance | undefined;
  readonly returned?: HubReturn | undefined;
  /** Who the request's `Shown` is, as the lane itself found out. */
  readonly identified?: Identified | undefined;
}

export interface Till {
  /** `hub`: what it answered to what this request asks of it; undefined where it was not asked or did not answer. */
  handle(request: Request, hub?: HubAnswer): Outcome;
  /** The balance that a request would spend from, and as much of it as this lane needs; undefined where there is nothing to ask. */
  balanceToAsk(request: Request): BalanceQuestion | undefined;
  /** The receipt whose goods a request would bring back; undefined where there is nothing to ask. */
  returnToAsk(request: Request): ReturnRequest | undefined;
  /** What a request shows to say who somebody is; undefined where it shows nothing. */
  identityToProve(request: Request): Shown | undefined;
  /** Everybody of the newest cut, and how they sign on. */
  people(): { readonly people: readonly Staff[]; readonly rules: SignOnRules };
  /** Locks the lane where nobody has touched it for as long as its store says. */
  lockIfIdle(): readonly TillMessage[];
  /** The hub was heard just now. */
  hubHeard(): void;
  /** The basket of another lane that a request would go on with; undefined where there is nothing to ask. */
  handoverToAsk(request: Request): SiblingBasket | undefined;
  /** A question of another lane; undefined: there is no such one. */
  answerSibling(from: string, question: string, value: unknown): unknown;
  /** Entries of other lanes were taken: what windows must hear of it. */
  siblingsMoved(): readonly TillMessage[];
  /** The lane that sold, where its ledger is here. */
  sellerOf(receiptNumber: string): string | undefined;
  /** What the ledgers of other lanes say of a receipt. */
  siblingReturn(receiptNumber: string, isGranted: boolean): HubReturn | undefined;
  status(): Status;
  /** Items of the catalogue; none before the first cut. */
  itemCount(): number;
  /** The newest cut is another one: what windows must hear of it. A basket that has lines stays with its own. */
  cutMoved(): readonly TillMessage[];
}

const STORE_PRICES_LISTED = 200;
const TILES_PER_DEPARTMENT = 120;
const MAX_DEPARTMENTS = 60;

/** Refusals that ask: the person at the till answers and the window asks again. Everything else stays as a red row. */
const QUESTIONS: ReadonlySet<string> = new Set([
  'quantityAboveLimit',
  'weightNeeded',
  'saleHoursUnsure',
  'cashierAgeUnknown',
  'noCatalogue',
  'approvalNeeded',
  'notAllowed',
  'referenceNeeded',
  'worthNeeded',
  'rightsOver',
  'basketElsewhere',
]);

type Question = Extract<
  RequestBody,
  {
    type:
      | 'open'
      | 'search'
      | 'tiles'
      | 'suspended'
      | 'explain'
      | 'receipt'
      | 'receipts'
      | 'returnable'
      | 'tenderTypes'
      | 'balance'
      | 'storePrices'
      | 'people'
      | 'inquire'
      | 'shift';
  }
>;
type Command = Exclude<RequestBody, Question>;

const QUESTION_TYPES: ReadonlySet<string> = new Set<Question['type']>([
  'people',
  'shift',
  'open',
  'search',
  'tiles',
  'suspended',
  'explain',
  'receipt',
  'receipts',
  'returnable',
  'tenderTypes',
  'storePrices',
  'balance',
  'inquire',
]);
/** What anybody may know and do who stands before a lane that nobody is signed on at. */
const OPEN_TO_ALL: ReadonlySet<RequestBody['type']> = new Set<RequestBody['type']>(['open', 'people', 'signOn', 'tiles', 'tenderTypes']);

const isQuestion = (body: RequestBody): body is Question => QUESTION_TYPES.has(body.type);

type CashOut = Extract<RequestBody, { type: 'cashOut' }>;

/** The open basket at its cut, and what commands to it are decided by. */
interface OpenSale {
  readonly basket: Basket;
  readonly cut: Cut;
  readonly view: CatalogueView;
  readonly settings: StoreSettings;
  readonly promotions: PromotionTerms;
  readonly authority: Authority;
}

/** What a command did, once its transaction has committed. */
interface Done {
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
  /** Without a receipt. */
  readonly opensDrawer?: true;
}

interface PrintOrder {
  readonly receiptNumber: string;
  /** Cash changes hands. */
  readonly opensDrawer: boolean;
  readonly isReprint: boolean;
}

export function createTill(ports: TillPorts): Till {
  return new TillCore(ports);
}

class TillCore implements Till {
  readonly #ports: TillPorts;
  readonly #journal: BasketJournal;
  readonly #replies: GivenReplies;
  readonly #search: Search;
  readonly #time: StoreTime;
  readonly #receipts: ReceiptCounter;
  readonly #returns: Returns;
  readonly #siblingReturns: SiblingReturns;
  readonly #siblingBaskets: SiblingBaskets;
  readonly #promotionUse: PromotionUse;
  readonly #layer: StoreLayer;
  readonly #oldestPinnedAt: () => number | null;
  #live: LiveBasket;
  #completed: CompletedSale | undefined;
  /** Of the open basket as windows know it; they ask for everything when they come, so it need not outlive the process. */
  #revision = 0;
  #identity: Identity | null = null;
  #catalogue: Catalogue | undefined;
  /** Of a scanner; a till that starts again has seen nothing yet. */
  #lastSighting: ScanSighting | undefined;
  readonly #balances: Balances;
  readonly #rights: Rights;
  readonly #people: LanePeople;
  readonly #drawer: Drawer;
  #lastTouchMs: number;
  /** Of the request in hand. */
  #hub: HubAnswer | undefined;
  #moment: StoreMoment | undefined;

  constructor(ports: TillPorts) {
    const { db, store, clock } = ports;
    this.#ports = ports;
    this.#journal = createBasketJournal(db);
    this.#replies = createGivenReplies(db);
    this.#search = createSearch(db, clock);
    this.#time = createStoreTime(db, store, clock, ports.clocksAheadMs);
    this.#receipts = createReceiptCounter(db);
    this.#siblingReturns = createSiblingReturns(db);
    this.#siblingBaskets = createSiblingBaskets(db);
    this.#returns = createReturns(db, this.#journal, this.#siblingReturns);
    this.#promotionUse = createPromotionUse(db);
    this.#oldestPinnedAt = readOldestPinned(db);
    this.#layer = createStoreLayer(db, store, () => `store:${this.#identityOf()?.store ?? ''}`);
    this.#rights = createRights(db);
    this.#balances = createBalances(store, LEDGER_SCHEMAS, () => this.#time.now().atMs, this.#rights);
    this.#people = createLanePeople(db);
    this.#drawer = createDrawer(db, store);
    this.#lastTouchMs = clock.monotonicMs();
    this.#live = ports.transactions.durable(() => this.#journal.openBasket(this.#newId, this.#time.now().atMs));
    this.#completed = this.#journal.lastCompleted();
  }

  balanceToAsk({ id, body }: Request): BalanceQuestion | undefined {
    if (body.type !== 'cashOut' && body.type !== 'tender' && body.type !== 'balance') return undefined;
    const { basket } = this.#live;
    const view = this.#view();
    if (view === undefined || this.#replies.find(id) !== undefined) return undefined;
    if (body.type === 'cashOut') {
      const card = cardOf(body, view);
      return card === undefined ? undefined : { name: card, neededMinor: 'all' };
    }
    if (body.type === 'balance') {
      const name = accountOfBalance(body, view);
      return name === undefined ? undefined : { name, neededMinor: 0 };
    }
    if (basket === null) return undefined;
    const command = paymentOf(body, view);
    const name = command?.type === 'tender' ? spentFrom(basket, command) : undefined;
    if (name === undefined) return undefined;
    const settings = view.settings();
    const isAdvanced = settings.ok && settings.value.offlineAdvanceMinor !== undefined && this.#rights.of(name) === undefined;
    const neededMinor = this.#balances.neededMinor(basket, name, command?.type === 'tender' ? command.amountMinor : 0);
    return { name, neededMinor, ...(isAdvanced && { advance: true }) };
  }

  returnToAsk({ id, body }: Request): ReturnRequest | undefined {
    if (body.type !== 'returnable' && body.type !== 'setReturn' && body.type !== 'voidLine') return undefined;
    if (this.#view() === undefined || this.#replies.find(id) !== undefined) return undefined;
    const wish = body.type === 'voidLine' ? this.#returnWithout(body.lineId) : body;
    if (wish === undefined) return undefined;
    const { receiptNumber } = wish;
    const isInBasket = this.#isReturning(receiptNumber);
    const take = 'lines' in wish ? wish.lines.length > 0 : isInBasket;
    // What the hub gave is not asked for again; it is given back.
    if (take && this.#returns.isTold(receiptNumber, { nowMs: this.#time.now().atMs, isInBasket })) return undefined;
    return { receiptNumber, take };
  }

  handoverToAsk({ id, body }: Request): SiblingBasket | undefined {
    if (body.type !== 'resume' || this.#replies.find(id) !== undefined) return undefined;
    return this.#journal.suspended(body.basketId) === undefined ? this.#siblingBaskets.find(body.basketId) : undefined;
  }

  answerSibling(from: string, question: string, value: unknown): unknown {
    if (question === HANDOVER_QUESTION) {
      const asked = suspensionSchema.safeParse(value);
      return asked.success ? { isGiven: this.#handOver(asked.data, from) } : undefined;
    }
    if (question !== RETURN_QUESTION) return undefined;
    const asked = returnQuestionSchema.safeParse(value);
    if (!asked.success || this.#returns.find(asked.data.receiptNumber) === undefined) return undefined;
    const isReturningHere = this.#isReturning(asked.data.receiptNumber);
    const give = (): boolean => this.#siblingReturns.give(asked.data, from, this.#time.now().atMs);
    return { isGranted: isReturningHere ? false : this.#ports.transactions.durable(give) };
  }

  /** A basket that this lane set aside goes on at `device`; asked again by that very lane, it has it. */
  #handOver(suspension: Suspension, device: string): boolean {
    const given = this.#ports.transactions.durable(() => {
      const handed = this.#siblingBaskets.handOver(suspension, device);
      if (handed !== 'now') return handed;
      const suspended = this.#journal.suspended(suspension.basketId);
      const settings = this.#newestView()?.settings();
      assert(suspended !== undefined && settings?.ok === true, 'what is set aside has its basket, and a catalogue');
      const moment = this.#time.now();
      this.#journal.close(suspended, 'voided', moment.atMs);
      this.#append(handoverEntry(suspension, device, this.#header(settings.value, moment)), moment);
      return handed;
    });
    if (given === 'now') this.#ports.onAppended();
    return given !== 'no';
  }

  siblingsMoved(): readonly TillMessage[] {
    const settings = this.#newestView()?.settings();
    if (settings?.ok !== true) return [];
    const taken = this.#ports.transactions.durable(() => {
      const settled = this.#siblingBaskets.settleTakenOver();
      const moment = this.#time.now();
      for (const { device, isTwice, ...suspension } of settled) {
        if (isTwice) this.#append(basketTwiceEntry(suspension, device, this.#header(settings.value, moment)), moment);
        const suspended = isTwice ? undefined : this.#journal.suspended(suspension.basketId);
        if (suspended !== undefined) this.#journal.close(suspended, 'voided', moment.atMs);
      }
      return settled;
    });
    if (!taken.some(({ isTwice }) => isTwice)) return [];
    this.#ports.onAppended();
    return [{ type: 'status', status: this.status() }];
  }

  sellerOf(receiptNumber: string): string | undefined {
    return this.#siblingReturns.sellerOf(receiptNumber);
  }

  siblingReturn(receiptNumber: string, isGranted: boolean): HubReturn | undefined {
    const store = this.#identityOf()?.store;
    if (store === undefined || this.#siblingReturns.sellerOf(receiptNumber) === undefined) return undefined;
    return readHubReturn(receiptNumber, this.#siblingReturns.answerOf(receiptNumber, store, isGranted));
  }

  handle(request: Request, hub?: HubAnswer): Outcome {
    this.#hub = hub;
    try {
      return this.#handle(request);
    } finally {
      this.#moment = undefined;
    }
  }

  #handle({ id, body }: Request): Outcome {
    if (body.type !== 'open') this.#lastTouchMs = this.#ports.clock.monotonicMs();
    const refusal = this.#signOnRefusal(body);
    if (refusal !== undefined) return { broadcast: [], reply: { type: 'refused', id, refusal } };
    if (isQuestion(body)) return { broadcast: [], reply: this.#answer(id, body) };
    const given = this.#replies.find(id);
    if (given !== undefined) return { broadcast: [], reply: given };
    try {
      return this.#execute(id, body);
    } catch (error) {
      return this.#recover(id, body, error);
    }
  }

  identityToProve({ id, body }: Request): Shown | undefined {
    if ((body.type !== 'signOn' && body.type !== 'approve') || this.#replies.find(id) !== undefined) return undefined;
    if (this.#signOnRefusal(body) !== undefined) return undefined;
    const { user, pin, badge } = body;
    return { user, pin, badge };
  }

  people(): { readonly people: readonly Staff[]; readonly rules: SignOnRules } {
    const view = this.#newestView();
    return { people: view?.people() ?? [], rules: rulesOf(view) };
  }

  lockIfIdle(): readonly TillMessage[] {
    const { lockAfterMinutes } = rulesOf(this.#newestView());
    const standing = this.#standing();
    const isIdle = this.#ports.clock.monotonicMs() - this.#lastTouchMs >= lockAfterMinutes * 60_000;
    const isPaying = (this.#live.basket?.tenders.length ?? 0) > 0;
    if (standing.state !== 'on' || lockAfterMinutes === 0 || !isIdle || isPaying) return [];
    return this.#leave(standing.staff, 'lock', 'idle');
  }

  hubHeard(): void {
    const { atMs } = this.#time.now();
    if (this.#people.isContactNews(atMs)) this.#ports.transactions.durable(() => this.#people.keepContact(atMs));
  }

  #standing(): Standing {
    return this.#people.standing(this.#newestView());
  }

  /** Who was signed on, where headquarters has removed them since. */
  #goneOperator(): Staff | undefined {
    const user = this.#people.signedOn();
    const { state } = this.#standing();
    return user !== undefined && state === 'needed' ? { user, roles: [] } : undefined;
  }

  /** While nobody is signed on, only what lets somebody do so. */
  #signOnRefusal({ type }: RequestBody): Refusal | undefined {
    if (OPEN_TO_ALL.has(type)) return undefined;
    const { state } = this.#standing();
    return state === 'needed' || state === 'locked' ? { type: 'signOnNeeded', detail: { state } } : undefined;
  }

  /** Outside of any request: nobody asked, and windows must hear of it. */
  #leave(staff: Staff, act: 'lock' | 'signOff', reason: 'idle' | 'removed'): readonly TillMessage[] {
    const settings = this.#newestView()?.settings();
    if (settings?.ok !== true) return [];
    const moment = this.#time.now();
    this.#ports.transactions.durable(() => {
      this.#append(sessionEntry({ ...this.#header(settings.value, moment), operator: staff.user }, act, { reason }), moment);
      if (act === 'lock') this.#people.lock(staff);
      else this.#people.signOff();
    });
    this.#ports.onAppended();
    return [{ type: 'status', status: this.status() }];
  }

  status(): Status {
    const view = this.#view();
    const settings = view?.settings();
    const standing = this.#standing();
    const operator = this.#people.operator(view, standing);
    const waitingPostVoids = this.#ports.store
      .epochs()
      .reduce((sum, { epoch, confirmedSeq }) => sum + this.#returns.postVoidsAfter(epoch, confirmedSeq), 0);
    const facts = {
      operator: standing.state === 'needed' ? '' : operator.user,
      ...(standing.staff !== undefined && { operatorName: operator.displayName ?? operator.user, operatorRoles: [...operator.roles] }),
      signOn: standing.state,
      ...(this.#people.areRightsOver(view, standing, this.#time.now().atMs) && { rightsOver: true }),
      shift: this.#drawer.shift().shift,
      ...(settings?.ok === true && this.#isDropDue(settings.value) && { dropDue: true }),
      items: this.itemCount(),
      waitingPostVoids,
    };
    if (settings?.ok !== true) return this.#ports.status({ ...facts, businessDate: '' });
    const { timeZone, storeName } = settings.value;
    return this.#ports.status({ ...facts, businessDate: this.#businessDate(timeZone, this.#time.now().atMs), timeZone, storeName });
  }

  cutMoved(): readonly TillMessage[] {
    if (!this.#layer.isEmpty()) {
      const oldestAt = this.#oldestPinnedAt() ?? this.#ports.store.cut().at;
      this.#ports.transactions.durable(() => this.#layer.settle(oldestAt, this.#time.now().atMs));
    }
    const settings = this.#newestView()?.settings();
    if (settings?.ok === true && this.#ports.transactions.durable(() => this.#releaseRights(settings.value))) this.#ports.onAppended();
    // Prepared now, in the pause that moved the cut: the next scan does not wait for it.
    this.#newestView()?.promotions();
    const gone = this.#goneOperator();
    const left = gone === undefined ? [] : this.#leave(gone, 'signOff', 'removed');
    const isEmpty = this.#live.basket === null;
    return isEmpty ? [...left, this.#basketMessage({ reset: true, upserted: [], removedLineIds: [] })] : left;
  }

  itemCount(): number {
    return this.#ports.store.cut().at === 0 ? 0 : this.#search.itemCount();
  }

  #execute(id: string, body: Command): Outcome {
    let reply: TillMessage | undefined;
    const change = (): Done => {
      const result = this.#apply(body);
      reply =
        'value' in result.answer
          ? { type: 'reply', id, ok: true, value: result.answer.value }
          : { type: 'refused', id, refusal: result.answer.refusal };
      this.#replies.remember(id, reply);
      return result;
    };
    const { transactions } = this.#ports;
    const done = isOpenBasketChange(body, this.#live.basket) ? transactions.kept(change) : transactions.durable(change);
    assert(reply !== undefined, 'a command is answered');
    this.#live = done.live;
    this.#completed = done.completed;
    const broadcast: TillMessage[] = [];
    if (done.rows !== undefined) broadcast.push(this.#basketMessage(done.rows));
    if (done.appended) {
      this.#ports.onAppended();
      broadcast.push({ type: 'status', status: this.status() });
    }
    if (done.prints !== undefined) this.#print(done.prints);
    if (done.opensDrawer === true) this.#ports.onDrawer?.();
    return { broadcast, reply };
  }

  #print({ receiptNumber, opensDrawer, isReprint }: PrintOrder): void {
    const settings = this.#view()?.settings();
    const completed = this.#journal.completed(receiptNumber);
    assert(completed !== undefined, 'what is printed was sold here');
    const locale = settings?.ok === true ? settings.value.locale : 'en';
    this.#ports.onReceipt?.({ receipt: () => receiptOfCompleted(completed, receiptNumber), locale, opensDrawer, isReprint });
  }

  /** The transaction was rolled back: nothing of the request happened. Memory is made level with the disk again. */
  #recover(id: string, body: Command, error: unknown): Outcome {
    const isDiskFull = error instanceof Database.SqliteError && (error.code === 'SQLITE_FULL' || error.code === 'SQLITE_IOERR_WRITE');
    this.#lastSighting = undefined;
    if (isDamage(error)) {
      this.#ports.logger.error('the database is damaged', { request: body.type, error });
      this.#ports.onDamage?.();
      return { broadcast: [], reply: { type: 'refused', id, refusal: { type: 'internal', detail: {} } } };
    }
    this.#layer.reload();
    this.#people.reread();
    this.#promotionUse.reload();
    this.#drawer.reread();
    this.#ports.logger.error(isDiskFull ? 'the disk is full' : 'a request failed', { request: body.type, error });
    const refusal: Refusal = { type: isDiskFull ? 'diskFull' : 'internal', detail: {} };
    const before = this.#live;
    const open = this.#journal.openBasket(this.#newId, 0);
    const broadcast: TillMessage[] = [];
    if (open.basketId !== before.basketId || open.eventCount !== before.eventCount) {
      // The commit was reported as failed, and yet it stands: windows must see what the disk says.
      this.#live = open;
      this.#completed = this.#journal.lastCompleted();
      broadcast.push(this.#basketMessage({ reset: true, upserted: this.#lines(), removedLineIds: [] }));
    }
    return { broadcast, reply: { type: 'refused', id, refusal } };
  }

  /** A request is one moment, however often it asks. */
  #now(): StoreMoment {
    this.#moment ??= this.#time.now();
    return this.#moment;
  }

  readonly #newId = (): string => Buffer.from(this.#ports.random.bytes(12)).toString('hex');

  // ---- questions: they change nothing and need no turn

  #answer(id: string, body: Question): TillMessage {
    const reply = (value: ReplyValue): TillMessage => ({ type: 'reply', id, ok: true, value });
    switch (body.type) {
      case 'open': {
        const [head, lines] = [this.#head(), [...this.#lines()]];
        return reply({ state: { version: CONTRACT_VERSION, revision: this.#revision, head, lines, status: this.status() } });
      }
      case 'search': {
        const view = this.#view();
        if (view === undefined) return reply({ tiles: [] });
        return reply({ tiles: this.#tiles(view, this.#search.find(view, body.text, body.limit), body.limit) });
      }
      case 'tiles': {
        const view = this.#view();
        if (view === undefined) return reply(body.department === undefined ? { departments: [] } : { tiles: [] });
        if (body.department === undefined) {
          const departments = view.departments();
          return reply({ departments: [...(departments.length > 0 ? departments : this.#search.categories(MAX_DEPARTMENTS))] });
        }
        return reply({ tiles: this.#tiles(view, this.#search.inDepartment(body.department, TILES_PER_DEPARTMENT), TILES_PER_DEPARTMENT) });
      }
      case 'suspended': {
        return reply({ suspended: this.#suspended() });
      }
      case 'shift': {
        const shift = this.#shiftView();
        return 'type' in shift ? { type: 'refused', id, refusal: shift } : reply({ shift });
      }
      case 'people': {
        const people = (this.#newestView()?.people() ?? []).filter(canSignOn);
        return reply({
          people: people.map(({ user, displayName, pin, badge }) => ({
            user,
            name: displayName ?? user,
            hasPin: pin !== undefined,
            hasBadge: badge !== undefined,
          })),
        });
      }
      case 'explain': {
        const explanation = this.#explain(body.lineId);
        if (explanation !== undefined) return reply({ explanation });
        return { type: 'refused', id, refusal: { type: 'noSuchLine', detail: { lineId: body.lineId } } };
      }
      case 'receipts': {
        const receipts = this.#journal.recentCompleted(body.limit).map(({ basket, closing, receiptNumber }) => ({
          receiptNumber,
          atMs: closing.atMs,
          totalMinor: basketTotals(basket).totalMinor,
          ...(this.#returns.isUndone(receiptNumber) && { undone: true }),
        }));
        return reply({ receipts });
      }
      case 'tenderTypes': {
        const types = this.#view()?.tenderTypes() ?? [];
        return reply({ tenderTypes: types.filter(({ kind }) => kind !== CASH.kind).map(toTenderTypeView) });
      }
      case 'inquire': {
        const tile = this.#inquire(body.of);
        return 'type' in tile ? { type: 'refused', id, refusal: tile } : reply({ tiles: [tile] });
      }
      case 'balance': {
        const { account, reference } = body;
        const name = accountOfBalance(body, this.#view());
        const amountMinor = name === undefined ? undefined : this.#balances.leftMinor(this.#live.basket, name, this.#hub?.balance);
        if (amountMinor === undefined) return { type: 'refused', id, refusal: { type: 'balanceUnknown', detail: { account, reference } } };
        return reply({ balance: { account, reference, amountMinor } });
      }
      case 'storePrices': {
        const wishes = this.#layer.wishes(this.#ports.store.cut().at, STORE_PRICES_LISTED);
        return reply({ storePrices: wishes.map((wish) => toStorePrice(wish, (sku) => this.#view()?.item(sku)?.name)) });
      }
      case 'returnable': {
        const sold = this.#findReturnable(body.receiptNumber);
        if ('type' in sold) return { type: 'refused', id, refusal: sold };
        return reply({ returnable: toReturnableView(sold, this.#itemLines(), (sku) => this.#view()?.item(sku)?.name) });
      }
      case 'receipt': {
        const completed = this.#journal.completed(body.receiptNumber);
        if (completed !== undefined) return reply({ receipt: receiptOfCompleted(completed, body.receiptNumber) });
        return { type: 'refused', id, refusal: noSuchReceipt(body.receiptNumber) };
      }
      default:
        return unreachable(body, 'TillCore.answer');
    }
  }

  /** Undefined where the open basket has no such line. */
  #explain(lineId: string): ExplanationView | undefined {
    const { basket } = this.#live;
    const line = basket === null ? undefined : findLine(basket, lineId);
    const identity = this.#identityOf();
    const view = this.#view();
    const settings = view?.settings();
    if (basket === null || line === undefined || identity === null || view === undefined || settings?.ok !== true) return undefined;
    const { atMs } = this.#now();
    const promotions = this.#promotions(view, settings.value);
    const explained = explainLine(basket, lineId, {
      prices: view.scheduledPrices(line.sku),
      question: { atMs, scopes: scopesOf(identity), currency: basket.opening.currency },
      promotions,
    });
    assert(explained !== undefined, 'the line stands in the basket');
    const limits = toLimitViews(explained, promotions, { customer: basket.customer, told: this.#newestView()?.promotionUses() });
    return toExplanation(line, explained, (promotionId) => promotions.prepared.rule(promotionId).name, limits);
  }

  /** Of `skus`, the first `limit` that exist at the view's cut. */
  #tiles(view: CatalogueView, skus: readonly string[], limit: number): NonNullable<ReplyValue['tiles']> {
    const { atMs } = this.#now();
    const tiles: NonNullable<ReplyValue['tiles']> = [];
    for (const sku of skus) {
      if (tiles.length >= limit) break;
      const tile = toTile(view, sku, atMs);
      if (tile !== undefined) tiles.push(tile);
    }
    return tiles;
  }

  /** As it would be added, without its quantity: what a label says, a choice of prices, the catalogue's price. */
  #inquire(of: Goods): Tile | Refusal {
    const open = this.#open();
    if ('type' in open) return open;
    const command = addItemCommand(of, this.#goodsPlace(open));
    if (!command.ok) return command.error.refusal;
    const { item } = command.value;
    const tile = toTile(open.view, item.sku, this.#now().atMs);
    assert(tile !== undefined, 'what was found is there');
    const unitPrice = priceOfOne(command.value, open.basket.customer?.groups);
    if (unitPrice !== undefined) return { ...tile, unitPrice };
    return item.nature === undefined ? { type: 'noPrice', detail: { sku: item.sku, name: item.name } } : tile;
  }

  #head(): BasketHead {
    const { basket, basketId } = this.#live;
    const view = this.#view();
    if (basket !== null) return toHead(basket, this.#completed, this.#headContext(view));
    const settings = view?.settings();
    if (settings?.ok !== true) return headWithoutCatalogue(basketId);
    return toHead(openBasket(openingOf(basketId, settings.value)), this.#completed, this.#headContext(view));
  }

  #headContext(view: CatalogueView | undefined): HeadContext {
    const settings = view?.settings();
    const isPromoted = view !== undefined && settings?.ok === true && view.promotions().tenderTypes.size > 0;
    return {
      nameOf: tenderNameOf(view),
      itemName: (sku) => view?.item(sku)?.name,
      ...(isPromoted && { promotions: this.#promotions(view, settings.value) }),
    };
  }

  #lines(): readonly LineView[] {
    const { basket } = this.#live;
    return basket === null ? [] : basket.rows.map((row) => toLineView(basket, row));
  }

  #itemLines(): readonly BasketLine[] {
    const { basket } = this.#live;
    return basket === null ? [] : basketLines(basket);
  }

  #basketMessage(rows: NonNullable<Done['rows']>): TillMessage {
    this.#revision += 1;
    const { reset, upserted, removedLineIds } = rows;
    return {
      type: 'basket',
      revision: this.#revision,
      reset,
      head: this.#head(),
      upserted: [...upserted],
      removedLineIds: [...removedLineIds],
    };
  }

  // ---- the catalogue at the basket's cut

  /** Null before enrolment. */
  #identityOf(): Identity | null {
    this.#identity ??= this.#ports.store.identity();
    return this.#identity;
  }

  /** At the basket's own cut, else at the newest. Undefined before there is any catalogue. */
  #view(): CatalogueView | undefined {
    const { cutAt } = this.#live;
    return cutAt === null ? this.#newestView() : this.#catalogueOf()?.view(cutAt);
  }

  #newestView(): CatalogueView | undefined {
    const { at } = this.#ports.store.cut();
    return at === 0 ? undefined : this.#catalogueOf()?.view(at);
  }

  #catalogueOf(): Catalogue | undefined {
    const identity = this.#identityOf();
    if (identity === null) return undefined;
    this.#catalogue ??= createCatalogue({
      store: this.#ports.store,
      scopes: scopesOf(identity),
      hash: this.#ports.hash,
      layer: this.#layer,
      onFault: (fault) => this.#ports.logger.warn('the catalogue holds something that this till cannot use', { ...fault }),
    });
    return this.#catalogue;
  }

  /** What a sale used of promotions, and what headquarters has counted by now. */
  #foldUses({ id }: ChainedEntry, sold: Basket, view: CatalogueView): void {
    const { promotions, customer } = sold;
    const told = this.#newestView()?.promotionUses();
    if (told !== undefined) this.#promotionUse.forget(told, id.device);
    const lines = basketLines(sold);
    this.#promotionUse.fold({ promotions, lines, ...(customer !== null && { customerId: customer.customerId }) }, id, view.promotions());
  }

  /** What promotions are priced by: the rules of the view's cut, and what this lane knows around them. */
  #promotions(view: CatalogueView, { timeZone, promotionPolicy }: StoreSettings): PromotionTerms {
    return {
      prepared: view.promotions(),
      store: this.#identityOf()?.store ?? '',
      moment: promotionMomentOf(this.#now().atMs, timeZone),
      ...(promotionPolicy !== undefined && { policy: promotionPolicy }),
      // Of the newest cut: how much of a limit is gone has no version.
      ...this.#promotionUse.known(this.#newestView()?.promotionUses(), this.#identityOf()?.device ?? ''),
    };
  }

  // ---- commands: inside the transaction

  #apply(body: Command): Done {
    switch (body.type) {
      case 'scan':
      case 'addPlu':
      case 'addItem':
        return this.#addGoods(body);
      case 'payCash':
      case 'tender':
        return this.#pay(body);
      case 'resume':
        return this.#resume(body);
      case 'setReturn':
        return this.#setReturn(body);
      case 'refund':
        return this.#refund();
      case 'postVoid':
        return this.#postVoid(body.receiptNumber);
      case 'reverseTender':
        return this.#reverseTender(body);
      case 'adjustStock':
        return this.#adjustStock(body);
      case 'changeStorePrice':
        return this.#changeStorePrice(body);
      case 'cashOut':
        return this.#cashOut(body);
      case 'printReceipt':
        return this.#reprint(body.receiptNumber);
      case 'openDrawer':
        return this.#openDrawer(body.reason);
      case 'voidSale':
      case 'suspend':
        return this.#setAside(body.type);
      case 'voidLine':
        return this.#voidLine(body.lineId);
      case 'voidTender':
      case 'overridePrice':
      case 'confirmAge':
      case 'removeCoupon':
      case 'clearCustomer':
      case 'removeDiscount':
      case 'exempt':
      case 'clearExemption':
        return this.#change(body);
      case 'discount':
        return this.#change({
          type: 'discount',
          off: body.off,
          reason: body.reason,
          ...(body.lineId !== undefined && { lineId: body.lineId }),
        });
      case 'addCoupon':
        return this.#addCoupon(body.code);
      case 'setCustomer':
        return this.#setCustomer(body.customerId);
      case 'setQuantity':
        return this.#setQuantity(body);
      case 'signOn':
        return this.#signOn();
      case 'signOff':
      case 'lock':
        return this.#signOff(body.type);
      case 'approve':
        return this.#approve(body);
      case 'openShift':
        return this.#openShift(body.denominations);
      case 'moveCash':
        return this.#moveCash(body);
      case 'closeShift':
        return this.#closeShift(body);
      case 'clearRefused':
        return this.#change(body.lineId === undefined ? { type: 'clearRefused' } : { type: 'clearRefused', lineId: body.lineId });
      default:
        return unreachable(body, 'TillCore.apply');
    }
  }

  #unchanged(answer: Done['answer']): Done {
    return { live: this.#live, completed: this.#completed, rows: undefined, answer, appended: false };
  }

  #refuse(refusal: Refusal): Done {
    return this.#unchanged({ refusal });
  }

  /** The open basket, made ready for its first event where it has none; or why there can be no sale yet. */
  #open(): OpenSale | Refusal {
    const view = this.#view();
    if (view === undefined) return { type: 'noCatalogue', detail: {} };
    const settings = view.settings();
    if (!settings.ok) return { type: 'noCatalogue', detail: settings.error.detail };
    const { basket, basketId } = this.#live;
    return {
      basket: basket ?? openBasket(openingOf(basketId, settings.value)),
      cut: this.#ports.store.cut(),
      view,
      settings: settings.value,
      promotions: this.#promotions(view, settings.value),
      authority: this.#authority(view),
    };
  }

  /** The operator's, at this store. */
  #authority(view: CatalogueView): Authority {
    const identity = this.#identityOf();
    assert(identity !== null, 'who has a catalogue is enrolled');
    return this.#people.authority(view, this.#standing(), { scopes: scopesOf(identity), atMs: this.#now().atMs });
  }

  /** Who comes takes the place of who stood there, in the middle of a sale too. */
  #signOn(): Done {
    const identified = this.#hub?.identified;
    const settings = this.#newestView()?.settings();
    if (identified === undefined || settings?.ok !== true) return this.#refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#refuse(identified.error);
    const { staff, how } = identified.value;
    const before = this.#standing();
    const moment = this.#now();
    const header = this.#header(settings.value, moment);
    const isBack = before.staff?.user === staff.user;
    if (before.staff !== undefined && !isBack) this.#append(sessionEntry(header, 'signOff', { reason: 'switched' }), moment);
    this.#append(sessionEntry({ ...header, operator: staff.user }, isBack ? 'unlock' : 'signOn', { how }), moment);
    this.#people.signOn(staff);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  #signOff(act: 'signOff' | 'lock'): Done {
    const standing = this.#standing();
    const settings = this.#newestView()?.settings();
    if (standing.staff === undefined || settings?.ok !== true) return this.#unchanged({ value: {} });
    const moment = this.#now();
    this.#append(sessionEntry(this.#header(settings.value, moment), act), moment);
    if (act === 'lock') this.#people.lock(standing.staff);
    else this.#people.signOff();
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  /** For the open basket, or for a receipt: somebody else allows what the operator may not. */
  #approve({ action, lineId, reference, maximum }: Extract<RequestBody, { type: 'approve' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const identified = this.#hub?.identified;
    if (identified === undefined) return this.#refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#refuse(identified.error);
    const { staff, how } = identified.value;
    const moment = this.#now();
    const grants = this.#people.grantsOf(open.view, staff, moment.atMs);
    const bounds = {
      action,
      ...(lineId !== undefined && { lineId }),
      ...(maximum !== undefined && { maximum }),
      expiresAtMs: moment.atMs + APPROVAL_HOLDS_MS,
    };
    const header = this.#header(open.settings, moment);
    if (reference !== undefined) {
      const { operator, scopes } = open.authority;
      const refusal = leaveRefusal(operator, staff, { action, grants, scopes, maximum });
      if (refusal !== undefined) return this.#refuse(refusal);
      this.#append(approvalEntry(header, { ...bounds, approver: staff.user, how, reference }), moment);
      this.#people.giveLeave({ ...bounds, approver: staff.user, approvalId: reference, reference, isUsed: false });
      return { ...this.#unchanged({ value: {} }), appended: true };
    }
    const approver = { user: staff.user, roles: staff.roles };
    const events = applyPermittedCommand(
      open.basket,
      { type: 'approve', approver, ...bounds },
      { ...open.authority, grants },
      open.promotions,
    );
    if (!events.ok) return this.#refuse(events.error);
    const { basketId } = open.basket.opening;
    return this.#record(open.basket, events.value, null, approvalEntry(header, { ...bounds, approver: staff.user, how, basketId }));
  }

  /** What nobody may because nobody was heard for too long says so. */
  #denialOf(refusal: Refusal, { view }: Pick<OpenSale, 'view'>): Refusal {
    return (refusal.type === 'notAllowed' ? this.#rightsOver(view, String(refusal.detail['action'])) : undefined) ?? refusal;
  }

  /** Money that goes out, where nobody has heard for too long who still works here. */
  #rightsOver(view: CatalogueView, wanted: string): Refusal | undefined {
    const isOver = this.#people.areRightsOver(view, this.#standing(), this.#now().atMs);
    return isOver ? { type: 'rightsOver', detail: { wanted } } : undefined;
  }

  /** Undefined where the staff list says nothing of it: then the till asks. */
  #operatorAgeYears({ view, settings }: Pick<OpenSale, 'view' | 'settings'>, { atMs }: StoreMoment): number | undefined {
    const staff = this.#people.operator(view, this.#standing());
    return staffAgeYears(staff, localTimeOf(atMs, settings.timeZone).date);
  }

  #addGoods(body: Goods): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const refused = (refusal: Refusal, name?: string): Done => {
      if (QUESTIONS.has(refusal.type)) return this.#refuse(refusal);
      const code = printableCode(codeOf(body));
      const row: BasketCommand = { type: 'addRefused', code, ...(name !== undefined && { name }), refusal };
      const events = applyBasketCommand(open.basket, row, open.promotions);
      assert(events.ok, 'a red row can always be added');
      const done = this.#record(open.basket, events.value, null);
      return { ...done, answer: { refusal: refusal } };
    };
    const command = addItemCommand(body, this.#goodsPlace(open));
    if (!command.ok) {
      const { refusal, name } = command.error;
      const isCode = refusal.type === 'unknownCode' || refusal.type === 'notGoods';
      const card = body.type === 'scan' && refusal.detail['kind'] === 'loyalty' ? cardNumberOf(body.code, open.settings) : undefined;
      if (card !== undefined) return this.#setCustomer(card);
      const coupon = body.type === 'scan' && isCode ? open.view.coupon(String(refusal.detail['code'])) : undefined;
      return coupon === undefined ? refused(refusal, name) : this.#addCoupon(coupon.code);
    }
    const guarded = this.#guard(body, open.settings);
    if (guarded?.repeat !== undefined) {
      this.#lastSighting = guarded.last;
      return this.#unchanged({ value: { repeated: guarded.repeat } });
    }
    const events = applyPermittedCommand(open.basket, command.value, open.authority, open.promotions);
    if (!events.ok) return refused(this.#denialOf(events.error, open), command.value.item.name);
    // Only what was sold can be sold twice.
    if (guarded !== undefined) this.#lastSighting = guarded.last;
    return this.#record(open.basket, events.value, open.cut);
  }

  #goodsPlace(open: OpenSale): GoodsPlace {
    const { hubEpoch, lsn } = open.cut.position;
    const { currency } = open.basket.opening;
    const newest = this.#catalogueOf()?.view(open.cut.at);
    const recall = (keys: readonly string[]) => newest?.recall(keys);
    const moment = this.#now();
    const operatorAgeYears = this.#operatorAgeYears(open, moment);
    const place = { ...open, currency, cut: { hubEpoch, lsn }, moment, recall };
    return { ...place, ...(operatorAgeYears !== undefined && { operatorAgeYears }) };
  }

  #guard(body: Goods, settings: StoreSettings): GuardedScan | undefined {
    if (body.type !== 'scan' || body.scannedAtMs === undefined) return undefined;
    const code = readScan(body.code, settings);
    if (!code.ok) return undefined;
    const { keys, label } = code.value;
    return guardScan(this.#lastSighting, { text: body.code, key: keys[0] ?? '', isLabelled: label !== undefined, atMs: body.scannedAtMs });
  }

  /** Writes events of the open basket, and says what windows must hear. `cut` is what they may have pinned. */
  #record(before: Basket, events: readonly BasketEvent[], cut: Cut | null, entry?: LedgerEntry): Done {
    if (events.length === 0) return this.#unchanged({ value: {} });
    const after = applyBasketEvents(before, events);
    const pin = events.some((event) => event.type === 'cutPinned') ? cut : null;
    const live = this.#journal.append(this.#live, events, after, pin, this.#now().atMs);
    if (entry !== undefined) this.#append(entry, this.#now());
    if (this.#completed !== undefined) this.#journal.setLastCompleted(null);
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

  #setQuantity({ lineId, quantity, confirmed = false, vouched = [] }: Extract<RequestBody, { type: 'setQuantity' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const moment = this.#now();
    const operatorAgeYears = this.#operatorAgeYears(open, moment);
    const facts = restrictionFacts({ settings: open.settings, moment, ...(operatorAgeYears !== undefined && { operatorAgeYears }) });
    return this.#change({ type: 'setQuantity', lineId, quantity, confirmed, ...facts, vouched });
  }

  #change(command: BasketCommand): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const events = applyPermittedCommand(open.basket, command, open.authority, open.promotions);
    if (!events.ok) return this.#refuse(this.#denialOf(events.error, open));
    const header = this.#header(open.settings, this.#now());
    const entry =
      command.type === 'voidLine'
        ? voidLineEntry(open.basket, command.lineId, header, approverOf(open.basket, events.value))
        : command.type === 'voidTender'
          ? voidTenderEntry(open.basket, command.tenderId, header)
          : undefined;
    return this.#record(open.basket, events.value, null, entry);
  }

  /** What comes back depends on all that comes back with it: its return is set again without the line. */
  #voidLine(lineId: string): Done {
    const without = this.#returnWithout(lineId);
    return without === undefined ? this.#change({ type: 'voidLine', lineId }) : this.#setReturn(without);
  }

  /** What comes back of its receipt without this line; undefined where the line is none that came back with its receipt. */
  #returnWithout(lineId: string): ReturnWishes | undefined {
    const lines = this.#itemLines();
    const line = lines.find((known) => known.lineId === lineId);
    const receiptNumber = line?.returnTaxes === undefined || line.quantity.value === 0 ? undefined : line.returnOf?.receiptNumber;
    if (receiptNumber === undefined) return undefined;
    const kept = lines.flatMap(({ lineId: other, returnTaxes, returnOf, quantity, isDefective }) => {
      const isKept = other !== lineId && returnTaxes !== undefined && returnOf?.receiptNumber === receiptNumber && quantity.value < 0;
      return isKept ? [{ line: returnOf.line ?? 0, quantity: -quantity.value, ...(isDefective === true && { defective: true }) }] : [];
    });
    return { receiptNumber, lines: kept };
  }

  #isReturning(receiptNumber: string): boolean {
    return this.#itemLines().some(({ returnOf, returnTaxes }) => returnTaxes !== undefined && returnOf?.receiptNumber === receiptNumber);
  }

  /** A sale of this lane, or one that the hub tells of; or why nothing of it comes back here now. */
  #findReturnable(receiptNumber: string, isTaken = true): ReturnableSale | Refusal {
    const identity = this.#identityOf();
    if (identity === null) return noSuchReceipt(receiptNumber);
    const { store, device } = identity;
    const isInBasket = this.#isReturning(receiptNumber);
    const place = { store, device, isInBasket, nowMs: this.#now().atMs, hub: this.#hub?.returned };
    const sold = this.#returns.findReturnable(receiptNumber, place);
    if (sold === undefined) return noSuchReceipt(receiptNumber);
    if (sold.isHeldElsewhere && isTaken) return { type: 'returnElsewhere', detail: { receiptNumber, because: 'held' } };
    return sold;
  }

  #addCoupon(code: string): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const coupon = open.view.coupon(code);
    if (coupon === undefined) return this.#refuse({ type: 'unknownCoupon', detail: { code: printableCode(code) } });
    if (!isCouponValid(coupon, this.#now().atMs)) return this.#refuse({ type: 'couponNotValid', detail: { code } });
    return this.#change({ type: 'addCoupon', coupon: { code, name: coupon.name } });
  }

  /** One that the catalogue does not know is a customer all the same, of no group. */
  #setCustomer(customerId: string): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const known = open.view.customer(customerId);
    const { date } = localTimeOf(this.#now().atMs, open.settings.timeZone);
    const certificate = known === undefined ? undefined : exemptionAt(known, date)?.certificate;
    const customer = { customerId, groups: known?.groups ?? [] };
    return this.#change({ type: 'setCustomer', customer, ...(certificate !== undefined && { certificate }) });
  }

  #setAside(type: 'voidSale' | 'suspend'): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const events = applyPermittedCommand(open.basket, { type }, open.authority, open.promotions);
    if (!events.ok) return this.#refuse(events.error);
    const header = this.#header(open.settings, this.#now());
    if (type === 'suspend') return this.#suspend(open.basket, events.value, header);
    const entry = voidSaleEntry(open.basket, header, approverOf(open.basket, events.value));
    const done = this.#record(open.basket, events.value, null, entry);
    this.#journal.close(done.live, 'voided', this.#now().atMs);
    return this.#next(done, undefined);
  }

  /** Its entry holds all of it: another lane of the store may go on with it. */
  #suspend(basket: Basket, events: readonly BasketEvent[], header: LedgerHeader): Done {
    const done = this.#record(basket, events, null);
    const content = contentOf({ opening: basket.opening, events: this.#journal.events(done.live) });
    const { id } = this.#append(suspendEntry(basket, header, content), this.#now());
    this.#siblingBaskets.noteSuspended(id, basket.opening.basketId);
    this.#journal.close(done.live, 'suspended', this.#now().atMs);
    return this.#next({ ...done, appended: true }, undefined);
  }

  /** Set aside on this lane, and on the others of the store. */
  #suspended(): NonNullable<ReplyValue['suspended']> {
    const summaryOf = ({ basketId, atMs, basket }: SuspendedBasket) => {
      const { itemCount, totalMinor } = basketTotals(basket);
      return { basketId, atMs, itemCount, totalMinor };
    };
    const settings = this.#newestView()?.settings();
    const date = settings?.ok === true ? businessDateOf(this.#now().atMs, settings.value.timeZone) : '';
    const elsewhere = this.#siblingBaskets.list(date).map((basket) => ({ ...summaryOf(basket), elsewhere: basket.device }));
    return [...this.#journal.allSuspended().map(summaryOf), ...elsewhere];
  }

  #pay(body: Extract<RequestBody, { type: 'payCash' | 'tender' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const command = paymentOf(body, open.view);
    if (command === undefined)
      return this.#refuse({ type: 'noSuchTender', detail: { tenderType: body.type === 'tender' ? body.tenderType : CASH.tenderType } });
    const events = applyBasketCommand(open.basket, command, open.promotions);
    if (!events.ok) return this.#refuse(events.error);
    const uncovered =
      command.type === 'tender' ? this.#balances.findUncovered(open.basket, command, open.settings, this.#hub?.balance) : undefined;
    if (uncovered !== undefined) return this.#refuse(uncovered);
    const after = applyBasketEvents(open.basket, events.value);
    const { externalReference } = body;
    const done =
      after.state === 'completed'
        ? this.#complete(after, events.value, open, externalReference)
        : this.#record(open.basket, events.value, null);
    // Behind the sale: what was asked for pays for it, and the rights are for what comes.
    const isMoved = this.#acceptGrant(open.settings) || this.#releaseRights(open.settings);
    return { ...done, appended: done.appended || isMoved };
  }

  /** What the hub granted ahead with its answer, where the hub has signed it for this lane. */
  #acceptGrant(settings: StoreSettings): boolean {
    const identity = this.#identityOf();
    const balance = this.#hub?.balance;
    const moment = this.#time.now();
    if (identity === null || balance?.grant === undefined || this.#rights.of(balance.name) !== undefined) return false;
    const { grant, name } = balance;
    const place = { tenant: identity.tenant, device: identity.device, ...name };
    const isOurs = verifyGrant(this.#ports.verifier, identity.hubPublicKey, place, grant);
    if (!isOurs || grant.amountMinor === 0 || grant.expiresAtMs <= moment.atMs) return false;
    const acceptance = { ...name, ...grant };
    this.#append(grantAcceptanceEntry(this.#header(settings, moment), acceptance), moment);
    this.#rights.accept(acceptance);
    return true;
  }

  /** What is left of rights that may not be spent any more returns to the hub. */
  #releaseRights(settings: StoreSettings): boolean {
    const moment = this.#time.now();
    const over = this.#rights.expired(settings.offlineAdvanceMinor === undefined ? Infinity : moment.atMs);
    for (const right of over) {
      this.#append(grantReleaseEntry(this.#header(settings, moment), right), moment);
      this.#rights.release(right.grantId);
    }
    return over.length > 0;
  }

  /** The sale that `events` paid: its entry, its receipt number and the end of its basket. */
  #complete(
    after: Basket,
    events: readonly BasketEvent[],
    { settings, view }: { readonly settings: StoreSettings; readonly view: CatalogueView },
    externalReference: string | undefined,
  ): Done {
    const moment = this.#now();
    const header = this.#header(settings, moment);
    const identity = this.#identityOf();
    const epoch = this.#ports.store.epochs().at(-1)?.epoch;
    assert(identity !== null && epoch !== undefined, 'who has a catalogue is enrolled');
    assert(after.payment !== null, 'a paid basket has its payment');
    const receiptNumber = formatReceiptNumber(String(identity.lane), epoch, this.#receipts.next(epoch));
    const facts = { receiptNumber, ...(externalReference !== undefined && { externalReference }) };
    const live = this.#journal.append(this.#live, events, after, null, moment.atMs);
    const points = pointsOfBasket(after, settings.loyalty);
    const sale = completeSale(after, header, { ...facts, points });
    const entry = this.#append(sale, moment);
    if (after.returns.length > 0 || after.rows.some((row) => row.kind === 'item' && row.returnOf !== undefined)) this.#returns.note(sale);
    this.#foldUses(entry, after, view);
    const { storeName, storeAddress, receiptFooter, timeZone } = settings;
    const { tenders } = after.payment;
    const nameOf = tenderNameOf(view);
    const isCashOnly = tenders.every(({ tenderType }) => tenderType === CASH.tenderType);
    const closing: Closing = {
      header,
      settings: { storeName, storeAddress, receiptFooter, timeZone },
      lane: String(identity.lane),
      atMs: moment.atMs,
      ...(externalReference !== undefined && { externalReference }),
      ...(!isCashOnly && { tenderNames: Object.fromEntries(tenders.map(({ tenderType }) => [tenderType, nameOf(tenderType)])) }),
    };
    this.#journal.complete(live, receiptNumber, entry.id, closing);
    this.#time.keep(moment);
    const completed = toCompleted(after, { receiptNumber, atMs: moment.atMs }, isCashOnly ? undefined : nameOf);
    this.#journal.setLastCompleted(completed);
    const opensDrawer = completed.cashMinor !== 0 || completed.changeMinor !== 0;
    return {
      ...this.#next({ live, answer: { value: { completed } }, appended: true }, completed),
      prints: { receiptNumber, opensDrawer, isReprint: false },
    };
  }

  /** All that comes back of one sale. */
  #setReturn({ receiptNumber, lines }: ReturnWishes): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const over = lines.length === 0 ? undefined : this.#rightsOver(open.view, 'return');
    if (over !== undefined) return this.#refuse(over);
    const sold = this.#findReturnable(receiptNumber, lines.length > 0);
    if ('type' in sold) return this.#refuse(sold);
    const { view, settings, cut } = open;
    const command: BasketCommand = {
      type: 'setReturn',
      cut: { hubEpoch: cut.position.hubEpoch, lsn: cut.position.lsn },
      sale: sold.sale,
      others: sold.others,
      wishes: lines.map(({ line, quantity, defective }) => ({ line, quantity, ...(defective === true && { isDefective: true }) })),
      terms: returnTermsOf(view, settings, sold, this.#header(settings, this.#now()).businessDate),
      itemNameOf: (sku) => sold.lines.find((line) => line.sku === sku)?.name ?? view.item(sku)?.name,
      taxNameOf: (taxClass, component) => {
        const rule = view.taxRule(taxClass);
        const present = rule === undefined ? undefined : taxAt(rule, { date: sold.sale.businessDate });
        const tax = sold.lines.find((line) => line.tax.taxClass === taxClass)?.tax ?? present;
        return component === undefined ? tax?.name : tax?.components?.find((known) => known.component === component)?.name;
      },
    };
    const events = applyBasketCommand(open.basket, command, open.promotions);
    if (!events.ok) return this.#refuse(events.error);
    const done = this.#record(open.basket, events.value, cut);
    if (lines.length === 0) this.#returns.forget(receiptNumber);
    else if (this.#hub?.returned?.sold !== undefined) this.#returns.keep(this.#hub.returned, this.#now().atMs);
    const after = done.live.basket;
    const itemName = (sku: string): string | undefined => view.item(sku)?.name;
    return { ...done, answer: { value: { returnable: toReturnableView(sold, after === null ? [] : basketLines(after), itemName) } } };
  }

  #refund(): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const over = this.#rightsOver(open.view, 'refund');
    if (over !== undefined) return this.#refuse(over);
    const events = applyBasketCommand(open.basket, { type: 'refund' }, open.promotions);
    if (!events.ok) return this.#refuse(events.error);
    return this.#complete(applyBasketEvents(open.basket, events.value), events.value, open, undefined);
  }

  /** The drawer of the lane's one shift is always open, and no terminal settles yet: the business day is what ends it. */
  #postVoid(receiptNumber: string): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const own = this.#returns.find(receiptNumber);
    const epoch = this.#ports.store.epochs().at(-1)?.epoch;
    const identity = this.#identityOf();
    if (own === undefined || identity === null || epoch === undefined) return this.#refuse(noSuchReceipt(receiptNumber));
    const moment = this.#now();
    const header = this.#header(open.settings, moment);
    const cards = new Set(open.view.tenderTypes().flatMap(({ kind, tenderType }) => (kind === 'card' ? [tenderType] : [])));
    const { sale, others, reversed } = own;
    const isCard = (tenderType: string): boolean => cards.has(tenderType);
    const facts = { header, isDrawerOpen: true, isTerminalSettled: false, isCard, reversed, others, authority: undefined };
    const wanted = { action: 'postVoid', amount: Math.abs(sale.totalMinor) } as const;
    const stands = postVoidRefusal(sale, facts);
    // Its card comes back first, and that takes the same leave.
    const isStep = stands?.type === 'tenderNotReversed';
    const denial =
      stands === undefined || isStep
        ? this.#people.findDenial(open.authority, wanted, { reference: receiptNumber, ...(isStep && { isStep }) })
        : undefined;
    const refusal = denial ?? stands;
    if (refusal !== undefined) return this.#refuse(refusal);
    const number = formatReceiptNumber(String(identity.lane), epoch, this.#receipts.next(epoch));
    const entry = postVoidEntry(own.entry, sale, header, number);
    const { id } = this.#append(entry, moment);
    this.#returns.note(entry);
    this.#returns.notePostVoid(id);
    const undone = readSale(entry.fields);
    assert(undone.ok, 'what this till writes it can read');
    this.#promotionUse.fold(toPromotedSale(undone.value), id, open.view.promotions());
    this.#time.keep(moment);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  #reverseTender({ receiptNumber, tender, reference }: Extract<RequestBody, { type: 'reverseTender' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const own = this.#returns.find(receiptNumber);
    const paid = own?.sale.tenders[tender - 1];
    if (own === undefined) return this.#refuse(noSuchReceipt(receiptNumber));
    if (paid === undefined) return this.#refuse({ type: 'noSuchTender', detail: { tenderId: String(tender) } });
    if (own.reversed.has(tender)) return this.#unchanged({ value: {} });
    const wanted = { action: 'postVoid', amount: Math.abs(own.sale.totalMinor) } as const;
    const denial = this.#people.findDenial(open.authority, wanted, { reference: receiptNumber, isStep: true });
    if (denial !== undefined) return this.#refuse(denial);
    const moment = this.#now();
    const entry = tenderReversalEntry(this.#header(open.settings, moment), {
      receiptNumber,
      currency: own.sale.currency,
      tender,
      tenderType: paid.tenderType,
      amountMinor: -paid.amountMinor,
      ...(reference !== undefined && { reference }),
    });
    this.#append(entry, moment);
    this.#returns.note(entry);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  /** The next shopper's basket. */
  #next(done: Pick<Done, 'live' | 'answer' | 'appended'>, completed: CompletedSale | undefined): Done {
    const live = this.#journal.openBasket(this.#newId, this.#now().atMs);
    return { ...done, live, completed, rows: { reset: true, upserted: [], removedLineIds: [] } };
  }

  #resume({ basketId, alone = false }: Extract<RequestBody, { type: 'resume' }>): Done {
    const present = this.#live;
    if (present.basket !== null && present.basket.rows.length > 0) {
      return this.#refuse({ type: 'basketOpen', detail: { basketId: present.basketId } });
    }
    const own = this.#journal.suspended(basketId);
    const other = own === undefined ? this.#siblingBaskets.find(basketId) : undefined;
    const basket = own?.basket ?? other?.basket;
    if (basket === null || basket === undefined) return this.#refuse({ type: 'noSuchBasket', detail: { basketId } });
    const cutAt = own === undefined ? (other?.cutAt ?? this.#ports.store.cut().at) : own.cutAt;
    const view = cutAt === null || cutAt === 0 ? undefined : this.#catalogueOf()?.view(cutAt);
    const settings = view?.settings();
    if (settings?.ok !== true) return this.#refuse({ type: 'noCatalogue', detail: {} });
    const moment = this.#now();
    const { clock } = restrictionFacts({ settings: settings.value, moment });
    const events = applyBasketCommand(basket, { type: 'resume', ...(clock !== undefined && { clock }) });
    if (!events.ok) return this.#refuse(events.error);
    const after = applyBasketEvents(basket, events.value);
    const header = this.#header(settings.value, moment);
    if (other !== undefined) {
      const refusal = this.#refuseTakeover(other, alone);
      if (refusal !== undefined) return this.#refuse(refusal);
      this.#siblingBaskets.end(other);
    }
    const suspended = own ?? this.#journal.adopt(basket.opening, other?.events ?? [], cutAt, moment.atMs);
    this.#journal.reopen(suspended, present, moment.atMs);
    const live = this.#journal.append(suspended, events.value, after, null, moment.atMs);
    if (other === undefined) {
      this.#siblingBaskets.noteResumed(basketId);
      this.#append(resumeEntry(basketId, header), moment);
    } else {
      const how = { from: other.device, isHandedOver: this.#hub?.handover === 'given' };
      this.#append(takeoverEntry(other, how, header), moment);
    }
    if (this.#completed !== undefined) this.#journal.setLastCompleted(null);
    return {
      live,
      completed: undefined,
      rows: { reset: true, upserted: after.rows.map((row) => toLineView(after, row)), removedLineIds: [] },
      answer: { value: {} },
      appended: true,
    };
  }

  /** Whoever set it aside gives it, or cannot be asked and a person goes on all the same; never where money is on it already. */
  #refuseTakeover({ basketId, basket, device }: SiblingBasket, alone: boolean): Refusal | undefined {
    const handover = this.#hub?.handover;
    if (handover === 'given') return undefined;
    if (handover === 'gone') return { type: 'noSuchBasket', detail: { basketId } };
    if (basket.tenders.length > 0) return { type: 'tendersOpen', detail: { tenders: basket.tenders.length } };
    return alone ? undefined : { type: 'basketElsewhere', detail: { basketId, device } };
  }

  #reprint(receiptNumber: string): Done {
    const settings = this.#newestView()?.settings();
    if (settings?.ok !== true || this.#journal.completed(receiptNumber) === undefined) {
      return this.#refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    }
    const moment = this.#now();
    this.#append({ kind: LEDGER_KINDS.reprint.kind, fields: { ...this.#header(settings.value, moment), receiptNumber } }, moment);
    const done = this.#unchanged({ value: {} });
    return { ...done, appended: true, prints: { receiptNumber, opensDrawer: false, isReprint: true } };
  }

  #openDrawer(reason: string): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const moment = this.#now();
    this.#append({ kind: LEDGER_KINDS.noSale.kind, fields: { ...this.#header(open.settings, moment), reason } }, moment);
    return { ...this.#unchanged({ value: {} }), appended: true, opensDrawer: true };
  }

  #adjustStock(body: Extract<RequestBody, { type: 'adjustStock' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const { reason, movements, externalReference } = body;
    const amount = movements.reduce((most, { quantity }) => Math.max(most, Math.abs(quantity)), 0);
    const denial = this.#people.findDenial(open.authority, { action: 'adjustStock', amount }, { reference: 'stock' });
    if (denial !== undefined) return this.#refuse(denial);
    const moment = this.#now();
    const entry = stockAdjustmentEntry(this.#header(open.settings, moment), {
      reason,
      movements,
      ...(externalReference !== undefined && { externalReference }),
    });
    if (!entry.ok) return this.#refuse(entry.error);
    this.#append(entry.value, moment);
    return { live: this.#live, completed: this.#completed, rows: undefined, answer: { value: {} }, appended: true };
  }

  /** A wish, which holds in this store until it is answered. It is based on what the till shows now, not on what an open basket stands at. */
  #changeStorePrice({ sku, unitPrice, reason }: Extract<RequestBody, { type: 'changeStorePrice' }>): Done {
    const [open, view] = [this.#open(), this.#newestView()];
    if ('type' in open) return this.#refuse(open);
    if (view?.item(sku) === undefined) return this.#refuse({ type: 'unknownCode', detail: { code: printableCode(sku) } });
    const { currency } = open.settings;
    const { position } = this.#ports.store.cut();
    const override = {
      entityType: ENTITY_TYPES.price.type,
      key: priceKey(sku, 'regular'),
      values: storePriceFields(unitPrice, currency),
      basedOn: { hubEpoch: position.hubEpoch, lsn: position.lsn },
      reason,
    };
    const question = overrideQuestion(override, view.openPrice(sku, 'regular')?.price);
    if (!question.ok) return this.#refuse(amountOutOfRange());
    const { operator, grants, scopes } = this.#authority(view);
    const may = isAllowed(grants, operator, { ...question.value, scopes });
    if (!may.ok) return this.#refuse(may.error);
    const moment = this.#time.now();
    const entry = this.#append(overrideEntry(this.#header(open.settings, moment), override), moment);
    this.#layer.note(entry.id, override, moment.atMs);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  #cashOut(body: CashOut): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const over = this.#rightsOver(open.view, 'cashOut');
    if (over !== undefined) return this.#refuse(over);
    const card = cardOf(body, open.view);
    const { tenderType, reference } = body;
    if (card === undefined) return this.#refuse({ type: 'noSuchTender', detail: { tenderType } });
    if (!isReference(reference)) return this.#refuse({ type: 'referenceNeeded', detail: { tenderType } });
    const amountMinor = this.#balances.cashOut(this.#live.basket, card, open.settings, this.#hub?.balance);
    if (!amountMinor.ok) return this.#refuse(amountMinor.error);
    const moment = this.#now();
    const header = this.#header(open.settings, moment);
    const entry = payoutEntry(header, { ...card, amountMinor: amountMinor.value }, open.settings.cashRounding);
    const payout = readPayout(entry.fields);
    assert(payout.ok, 'what this till writes it can read');
    this.#append(entry, moment);
    const { paidMinor } = payout.value;
    return { ...this.#unchanged({ value: { cashedOut: { amountMinor: amountMinor.value, paidMinor } } }), appended: true };
  }

  /** The stock that it moves is folded in the next pause (`stock.ts`). */
  #append(entry: LedgerEntry, moment: StoreMoment): ChainedEntry {
    const { wallMs, hubOffsetMs, clockUncertaintyMs } = moment;
    assert(this.#ports.transactions.isDurable(), 'what the ledger holds outlives a power cut');
    const appended = this.#ports.store.append({ kind: entry.kind, wallMs, clockUncertaintyMs, hubOffsetMs, fields: entry.fields });
    this.#rights.spend(entry, appended.id);
    this.#drawer.note(entry);
    return appended;
  }

  /** The shift's own, from its opening to its close; where nobody opened one, the clock's. */
  #businessDate(timeZone: string, atMs: number): string {
    return this.#drawer.shift().businessDate ?? businessDateOf(atMs, timeZone);
  }

  #isDropDue({ drawerLimitMinor, currency }: StoreSettings): boolean {
    return drawerLimitMinor !== undefined && this.#drawer.sums(currency).drawerMinor > drawerLimitMinor;
  }

  // ---- the drawer

  #openShift(denominations: readonly Denomination[]): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const { shift, businessDate } = this.#drawer.shift();
    if (businessDate !== undefined) return this.#refuse({ type: 'shiftOpen', detail: { shift } });
    const amountMinor = countedMinor(denominations);
    if (amountMinor === undefined) return this.#refuse({ type: 'countUnusable', detail: {} });
    const moment = this.#now();
    this.#drawer.open(businessDateOf(moment.atMs, open.settings.timeZone));
    const { currency } = open.settings;
    this.#append(cashMovementEntry(this.#header(open.settings, moment), { act: 'float', currency, amountMinor, denominations }), moment);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  #moveCash({ act, amountMinor, reason }: Extract<RequestBody, { type: 'moveCash' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const isForNoSale = act === 'paidIn' || act === 'paidOut';
    if (isForNoSale && reason === undefined) return this.#refuse({ type: 'reasonNeeded', detail: { act } });
    const denial =
      act === 'paidOut'
        ? this.#people.findDenial(open.authority, { action: 'payOut', amount: amountMinor }, { reference: 'drawer' })
        : undefined;
    if (denial !== undefined) return this.#refuse(this.#denialOf(denial, open));
    const moment = this.#now();
    const { currency } = open.settings;
    const movement = { act, currency, amountMinor, ...(reason !== undefined && { reason }) };
    this.#append(cashMovementEntry(this.#header(open.settings, moment), movement), moment);
    return { ...this.#unchanged({ value: {} }), appended: true };
  }

  /** Counted first, told afterwards: what must lie there is in the answer alone. */
  #closeShift({ denominations, reason }: Extract<RequestBody, { type: 'closeShift' }>): Done {
    const open = this.#open();
    if ('type' in open) return this.#refuse(open);
    const { basketId, basket } = this.#live;
    if (basket !== null && basket.rows.length > 0) return this.#refuse({ type: 'basketOpen', detail: { basketId } });
    const { shift, businessDate } = this.#drawer.shift();
    if (businessDate === undefined) return this.#refuse({ type: 'shiftNotOpen', detail: { shift } });
    const counted = countedMinor(denominations);
    if (counted === undefined) return this.#refuse({ type: 'countUnusable', detail: {} });
    const sums = this.#drawer.sums(open.settings.currency);
    const off = overShortMinor({ sums, countedMinor: counted });
    if (off !== 0 && reason === undefined) return this.#refuse({ type: 'overShort', detail: { overShortMinor: off } });
    const moment = this.#now();
    const header = this.#header(open.settings, moment);
    const perpetualMinor = this.#drawer.perpetualMinor() + sums.totalMinor;
    const close = { sums, countedMinor: counted, denominations, perpetualMinor, ...(reason !== undefined && { reason }) };
    const entry = this.#append(shiftCloseEntry(header, close), moment);
    this.#drawer.close(entry.id, perpetualMinor);
    const view = toShiftView(header, { sums, perpetualMinor, isOpen: false }, tenderNameOf(open.view));
    const counts = { drawerMinor: sums.drawerMinor, countedMinor: counted, overShortMinor: off };
    return { ...this.#unchanged({ value: { shift: { ...view, ...counts, ...(reason !== undefined && { reason }) } } }), appended: true };
  }

  #shiftView(): ShiftView | Refusal {
    const open = this.#open();
    if ('type' in open) return open;
    const sums = this.#drawer.sums(open.settings.currency);
    const perpetualMinor = this.#drawer.perpetualMinor() + sums.totalMinor;
    const isOpen = this.#drawer.shift().businessDate !== undefined;
    return toShiftView(this.#header(open.settings, this.#now()), { sums, perpetualMinor, isOpen }, tenderNameOf(open.view));
  }

  #header(settings: StoreSettings, moment: StoreMoment): LedgerHeader {
    return {
      businessDate: this.#businessDate(settings.timeZone, moment.atMs),
      shift: this.#drawer.shift().shift,
      drawer: this.#drawer.shift().drawer,
      operator: this.#people.operator(this.#view(), this.#standing()).user,
      training: false,
    };
  }
}

const toPromotedSale = ({ undonePromotions = [], lines, customer }: Sale): Parameters<PromotionUse['fold']>[0] => ({
  undonePromotions,
  lines,
  ...(customer !== undefined && { customerId: customer }),
});

type ReturnWishes = Pick<Extract<RequestBody, { type: 'setReturn' }>, 'receiptNumber' | 'lines'>;

const noSuchReceipt = (receiptNumber: string): Refusal => ({ type: 'noSuchReceipt', detail: { receiptNumber } });

type Payment = Extract<RequestBody, { type: 'payCash' | 'tender' }>;

/** Undefined where the store takes no such tender. */
function paymentOf(body: Payment, view: CatalogueView): BasketCommand | undefined {
  if (body.type === 'payCash') return { type: 'payCash', amountMinor: body.amountMinor };
  const tenderType = view.tenderTypes().find((type) => type.tenderType === body.tenderType);
  if (tenderType === undefined) return undefined;
  const { amountMinor, tipMinor, cashBackMinor, reference } = body;
  return {
    type: 'tender',
    tenderType,
    amountMinor,
    ...(tipMinor !== undefined && { tipMinor }),
    ...(cashBackMinor !== undefined && { cashBackMinor }),
    ...(reference !== undefined && { reference }),
  };
}

/** The balance of a gift card that this store keeps; undefined where the tender type is none. */
function cardOf({ tenderType, reference }: CashOut, view: CatalogueView): AccountName | undefined {
  const type = view.tenderTypes().find((known) => known.tenderType === tenderType);
  const settings = view.settings();
  if (type?.account !== 'giftCard' || !settings.ok) return undefined;
  return { account: type.account, reference, currency: settings.value.currency };
}

/** Undefined before there is a catalogue, which says the currency. */
function accountOfBalance(
  { account, reference }: Extract<RequestBody, { type: 'balance' }>,
  view: CatalogueView | undefined,
): AccountName | undefined {
  const settings = view?.settings();
  return settings?.ok === true ? { account, reference, currency: account === 'points' ? POINTS : settings.value.currency } : undefined;
}

/** What stands on a loyalty card behind the store's own prefix; undefined where it is no customer's id. */
function cardNumberOf(code: string, settings: StoreSettings): string | undefined {
  const read = readScan(code, settings);
  const reference = read.ok ? read.value.own?.reference : undefined;
  return reference !== undefined && CUSTOMER_ID.test(reference) ? reference : undefined;
}

const openingOf = (basketId: string, settings: StoreSettings): BasketOpening => {
  const {
    currency,
    taxInclusive,
    taxRounding,
    quantityAskAbove,
    taxPolicy,
    cashRounding,
    depositTaxPoint,
    manualDiscountOrder,
    exemptPrices,
    lineRounding,
    returns,
    benefitShares,
  } = settings;
  return {
    basketId,
    currency,
    taxInclusive,
    taxRounding,
    quantityAskAbove,
    ...(taxPolicy !== undefined && { taxPolicy }),
    ...(cashRounding !== undefined && { cashRounding }),
    ...(returns !== undefined && { returns }),
    ...(depositTaxPoint !== undefined && { depositTaxPoint }),
    ...(manualDiscountOrder !== undefined && { manualDiscountOrder }),
    ...(exemptPrices !== undefined && { exemptPrices }),
    ...(lineRounding !== undefined && { lineRounding }),
    ...(benefitShares !== undefined && { benefitShares }),
  };
};

interface ReceiptCounter {
  /** Inside the transaction of the sale that takes it: rolled back with it, so no number is ever left out. */
  next(epoch: string): number;
}

function createReceiptCounter(db: Connection): ReceiptCounter {
  const take = db
    .prepare<[string, string], number>(
      `UPDATE lane SET receipts_counter = CASE WHEN receipts_epoch IS ? THEN receipts_counter + 1 ELSE 1 END, receipts_epoch = ?
       WHERE id = 1 RETURNING receipts_counter`,
    )
    .pluck();
  return {
    next(epoch) {
      const number = take.get(epoch, epoch);
      assert(number !== undefined, 'the lane has its row');
      return number;
    },
  };
}
