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
import { assert, unreachable } from '@holdfast/base';
import type { Refusal, SignOnRules, Staff } from '@holdfast/domain';
import { noteForked } from '@holdfast/sync';

import type { ReceiptView, Request, RequestBody, Status, TillMessage } from '../shared/till-contract.ts';
import { AttendanceActs } from './acts/attendance-acts.ts';
import { BackOfficeActs } from './acts/back-office-acts.ts';
import { BasketMessages } from './acts/basket-messages.ts';
import { CustomerActs } from './acts/customer-acts.ts';
import { DrawerActs } from './acts/drawer-acts.ts';
import { FiscalActs, type FiscalAnswer, type FiscalWork } from './acts/fiscal-acts.ts';
import { GoodsActs } from './acts/goods-acts.ts';
import { InvoiceActs } from './acts/invoice-acts.ts';
import { KeepingActs } from './acts/keeping-acts.ts';
import { type AskingLane, LeaveActs } from './acts/leave-acts.ts';
import { MailActs } from './acts/mail-acts.ts';
import { PaymentActs } from './acts/payment-acts.ts';
import { isQuestion, type Question, Questions } from './acts/questions.ts';
import { type Done, type PrintOrder, Register } from './acts/register.ts';
import { ReturnActs } from './acts/return-acts.ts';
import { ReturnRightActs } from './acts/return-right-acts.ts';
import { SessionActs } from './acts/session-acts.ts';
import { SetAsideActs } from './acts/set-aside-acts.ts';
import { SheetActs } from './acts/sheet-acts.ts';
import { SignatureActs } from './acts/signature-acts.ts';
import { TerminalActs, type TerminalWork } from './acts/terminal-acts.ts';
import { WatchActs } from './acts/watch-acts.ts';
import { createSearch, type Search } from './catalogue/search.ts';
import type { BalanceQuestion } from './customers/ask-balance.ts';
import type { CustomerLookup } from './customers/find-customer.ts';
import type { WaitingCustomer } from './customers/own-customers.ts';
import { isDamage, isDiskFull } from './database/connection.ts';
import type { DisplayShop } from './devices/customer-display.ts';
import { type DevicesRequest, isDevicesRequest } from './devices/device-requests.ts';
import type { WaitingPrint } from './devices/print-jobs.ts';
import { createGivenReplies, type GivenReplies } from './given-replies.ts';
import { IN_TRAINING } from './in-training.ts';
import { HANDOVER_QUESTION, type SiblingBasket, suspensionSchema } from './lan/sibling-baskets.ts';
import { RETURN_QUESTION } from './lan/sibling-returns.ts';
import type { Shown } from './people/identify.ts';
import { type LeaveWish, WISH_QUESTION } from './people/leave-wishes.ts';
import { rulesOf } from './people/session.ts';
import { type LabelAnswer, type LabelWish, shelfLabels } from './printing/shelf-labels.ts';
import { type HubReturn, readHubReturn, type ReturnQuestion } from './returns/ask-return.ts';
import { isGoods } from './selling/goods.ts';
import { isOpenBasketChange } from './selling/open-basket-change.ts';
import { receiptOfCompleted } from './selling/receipts.ts';
import type { SheetQuestion } from './sheets/sheet-questions.ts';
import { readOldestPinned } from './sync/pinned-cuts.ts';
import type { PaymentEvent } from './terminal/payment-state.ts';
import type { HubAnswer, ReceiptToPrint, TillPorts } from './till-ports.ts';
import type { Outcome } from './windows.ts';

export interface Till {
  /** `hub`: what it answered to what this request asks of it; undefined where it was not asked or did not answer. */
  handle(request: Request, hub?: HubAnswer): Outcome;
  /** The balance that a request would spend from, and as much of it as this lane needs; undefined where there is nothing to ask. */
  balanceToAsk(request: Request): BalanceQuestion | undefined;
  /** Gift cards that a request would pay out because they come back; mostly none. */
  cardsToAsk(request: Request): readonly BalanceQuestion[];
  /** Whose codes or name a request shows, to be found out before it is handled; undefined: none. */
  customerToFind(request: Request): CustomerLookup | undefined;
  /** Whether the lane knows whose hashed code it is. */
  isCustomerKnown(hash: string): boolean;
  /** Customers of this lane that the hub has not got yet. */
  customersWaiting(): readonly WaitingCustomer[];
  /** The hub has one, under `as` from now on; undefined: it will never take what was sent. */
  customerSent(customer: string, as: string | undefined): void;
  /** Codes of customers are hashed at this lane. */
  needsCustomerSecret(): boolean;
  /** The receipt whose goods a request would bring back; undefined where there is nothing to ask. */
  returnToAsk(request: Request): ReturnQuestion | undefined;
  /** What a request shows to say who somebody is; undefined where it shows nothing. */
  identityToProve(request: Request): Shown | undefined;
  /** Everybody of the newest cut, and how they sign on. */
  people(): { readonly people: readonly Staff[]; readonly rules: SignOnRules };
  /** Locks the lane where nobody has touched it for as long as its store says. */
  lockIfIdle(): readonly TillMessage[];
  /** Ends a day that is over, between two sales. */
  rollDay(): readonly TillMessage[];
  /** Baskets that were set aside on an earlier business day are given up; what windows must hear of it. Asked in pauses. */
  expireSuspended(): readonly TillMessage[];
  /** From time to time: what changed around the lane, its day and its clock among it. */
  look(): readonly TillMessage[];
  /** The hub was heard just now. */
  hubHeard(): void;
  /** The basket of another lane that a request would go on with; undefined where there is nothing to ask. */
  handoverToAsk(request: Request): SiblingBasket | undefined;
  /** What a request needs of the lane's stock-count sheets; undefined: nothing. */
  sheetToAsk(request: Request): SheetQuestion | undefined;
  /** A question of another lane; undefined: there is no such one. */
  answerSibling(from: string, question: string, value: unknown): unknown;
  /** A station answered a wish of this lane: on disk when this returns, and what windows must hear of it. */
  leaveHeard(lane: AskingLane, value: unknown): { readonly isTaken: boolean; readonly messages: readonly TillMessage[] };
  /** What a request would ask all other stations of the store; undefined: nothing. */
  leaveToAsk(request: Request): LeaveWish | undefined;
  /** Entries of other lanes were taken: what windows must hear of it. */
  siblingsMoved(): readonly TillMessage[];
  /** The lane that sold, where its ledger is here. */
  sellerOf(receiptNumber: string): string | undefined;
  /** What the ledgers of other lanes say of a receipt; undefined `isGranted`: the lane that sold could not be asked. */
  siblingReturn(receiptNumber: string, isGranted: boolean | undefined): HubReturn | undefined;
  /** The drawer was opened, and not by the till: journalled, whoever it was. */
  drawerOpened(): readonly TillMessage[];
  /** What was not printed when the till ended last, to be printed now. */
  waitingPrints(): readonly ReceiptToPrint[];
  /** Whether a request is to be sold by what lies on the scale. */
  wantsWeight(request: Request): boolean;
  /** What a request asks of the lane's devices; undefined where it asks nothing of them. */
  devicesToAsk(request: Request): DevicesRequest | undefined;
  status(): Status;
  /** Shelf labels out of the newest cut; undefined before the first catalogue. */
  shelfLabels(wish: LabelWish): Promise<LabelAnswer | undefined>;
  /** The open basket, or the sale that was completed last, as a window hears of it. */
  basketNow(): readonly TillMessage[];
  /** What a customer display says of the shop; undefined before the first catalogue. */
  shop(): DisplayShop | undefined;
  /** Items of the catalogue; none before the first cut. */
  itemCount(): number;
  /** The currency in which a request wants the payment terminal to be settled; undefined where it does not want that. */
  terminalToSettle(request: Request): string | undefined;
  /** What the payment terminal has to be asked for, most urgent first. */
  terminalWork(): readonly TerminalWork[];
  /** Whether somebody has to look at a payment that went over the terminal. */
  hasCardCases(): boolean;
  /** What the payment terminal said of an order, or is about to be asked: on disk when this returns. `state`: the order's, afterwards. */
  terminalHeard(paymentId: string, event: PaymentEvent): { readonly messages: readonly TillMessage[]; readonly state: string | undefined };
  /** What the fiscal signer is to be told next. */
  fiscalWork(): FiscalWork | undefined;
  /** What it said: on disk when this returns. */
  fiscalHeard(work: FiscalWork, answer: FiscalAnswer): readonly TillMessage[];
  /** Receipts that wait for its signature go out without. */
  fiscalLeave(reason: string): readonly TillMessage[];
  /** The receipt waits for its signature. */
  isFiscalDue(receiptNumber: string): boolean;
  /** Receipts went out without theirs. */
  hasUnsigned(): boolean;
  /** The receipt that a request is about, where it waits for its signature. */
  receiptToAwait(request: Request): string | undefined;
  /** The newest cut is another one: what windows must hear of it. A basket that has lines stays with its own. */
  cutMoved(): readonly TillMessage[];
}

type Command = Exclude<RequestBody, Question>;

/** Nobody has touched the lane for so long: what takes some milliseconds holds up no scan. */
const QUIET_MS = 10_000;
/** So long a basket waits for whoever left it, once its day is over. */
const LEFT_ALONE_MS = 15 * 60_000;

export function createTill(ports: TillPorts): Till {
  return new TillCore(ports);
}

class TillCore implements Till {
  readonly #register: Register;
  readonly #replies: GivenReplies;
  readonly #search: Search;
  readonly #oldestPinnedAt: () => number | null;
  readonly #messages: BasketMessages;
  readonly #goods: GoodsActs;
  readonly #signatures: SignatureActs;
  readonly #payments: PaymentActs;
  readonly #terminals: TerminalActs;
  readonly #returns: ReturnActs;
  readonly #returnRights: ReturnRightActs;
  readonly #setAside: SetAsideActs;
  readonly #sessions: SessionActs;
  readonly #drawer: DrawerActs;
  readonly #leaves: LeaveActs;
  readonly #attendance: AttendanceActs;
  readonly #watch: WatchActs;
  readonly #backOffice: BackOfficeActs;
  readonly #sheets: SheetActs;
  readonly #fiscal: FiscalActs;
  readonly #invoices: InvoiceActs;
  readonly #keeping: KeepingActs;
  readonly #mail: MailActs;
  readonly #customers: CustomerActs;
  readonly #questions: Questions;
  #lastTouchMs: number;
  /** Since this process began. */
  #isTouched = false;

  constructor(ports: TillPorts) {
    const register = new Register(ports);
    this.#register = register;
    this.#replies = createGivenReplies(ports.db);
    this.#search = createSearch(ports.db, ports.clock);
    this.#oldestPinnedAt = readOldestPinned(ports.db);
    this.#messages = new BasketMessages(register, () => this.#terminals.view());
    this.#customers = new CustomerActs(register);
    this.#goods = new GoodsActs(register, (card) => this.#customers.attachCard(card));
    this.#signatures = new SignatureActs(register);
    const isReversing = (receiptNumber: string): boolean => this.#terminals.isReversing(receiptNumber);
    this.#returnRights = new ReturnRightActs(register, isReversing);
    this.#payments = new PaymentActs(register, this.#signatures, this.#returnRights);
    this.#returns = new ReturnActs(register, this.#returnRights, {
      isSettled: (paymentId) => this.#terminals.isSettled(paymentId),
      isReversing,
      saidOf: (receiptNumber, tender, card) => this.#terminals.saidOf(receiptNumber, tender, card),
    });
    this.#terminals = new TerminalActs(register, this.#payments, this.#returns);
    this.#setAside = new SetAsideActs(register, this.#returnRights);
    this.#sessions = new SessionActs(register);
    this.#drawer = new DrawerActs(register);
    this.#leaves = new LeaveActs(register);
    this.#attendance = new AttendanceActs(register);
    this.#watch = new WatchActs(register);
    this.#backOffice = new BackOfficeActs(register);
    this.#sheets = new SheetActs(register);
    this.#fiscal = new FiscalActs(register);
    this.#invoices = new InvoiceActs(register);
    this.#keeping = new KeepingActs(register);
    this.#mail = new MailActs(register, (receiptNumber) => this.#receiptOf(receiptNumber));
    this.#questions = new Questions(register, {
      receiptOf: (receiptNumber) => this.#receiptOf(receiptNumber),
      customers: this.#customers,
      search: this.#search,
      messages: this.#messages,
      goods: this.#goods,
      returns: this.#returns,
      setAside: this.#setAside,
      drawer: this.#drawer,
      attendance: this.#attendance,
      backOffice: this.#backOffice,
      sheets: this.#sheets,
      terminals: this.#terminals,
    });
    this.#lastTouchMs = ports.clock.monotonicMs();
  }

  answerSibling(from: string, question: string, value: unknown): unknown {
    if (question === WISH_QUESTION) return this.#leaves.hearWish(from, value);
    if (question === HANDOVER_QUESTION) {
      const asked = suspensionSchema.safeParse(value);
      const isGiven = asked.success ? this.#setAside.handOver(asked.data, from) : undefined;
      return isGiven === undefined ? undefined : { isGiven };
    }
    return question === RETURN_QUESTION ? this.#returnRights.answerSibling(from, value) : undefined;
  }

  leaveToAsk({ id, body }: Request): LeaveWish | undefined {
    const isAsked = body.type === 'askLeave' && this.#register.ports.leaves !== undefined && this.#sessions.refusal(body) === undefined;
    const wish = isAsked && this.#replies.find(id) === undefined ? this.#leaves.wishOf(id, body) : undefined;
    this.#register.passMoment();
    return wish;
  }

  leaveHeard(lane: AskingLane, value: unknown): ReturnType<Till['leaveHeard']> {
    try {
      const done = this.#register.ports.transactions.durable(() => this.#leaves.hear(lane, value));
      if (done === undefined) return { isTaken: false, messages: [] };
      const { broadcast } = this.#committed(done);
      const status = { type: 'status', status: this.status() } as const;
      return { isTaken: 'value' in done.answer, messages: [...broadcast.filter(({ type }) => type !== 'status'), status] };
    } finally {
      this.#register.passMoment();
    }
  }

  sellerOf(receiptNumber: string): string | undefined {
    return this.#register.siblingReturns.sellerOf(receiptNumber);
  }

  siblingReturn(receiptNumber: string, isGranted: boolean | undefined): HubReturn | undefined {
    const store = this.#register.identity()?.store;
    if (store === undefined || this.#register.siblingReturns.sellerOf(receiptNumber) === undefined) return undefined;
    const answer = this.#register.siblingReturns.answerOf(receiptNumber, store, isGranted === true);
    return readHubReturn(receiptNumber, answer, isGranted === undefined ? 'copies' : 'seller');
  }

  balanceToAsk({ id, body }: Request): BalanceQuestion | undefined {
    return this.#unlessAnswered(id, this.#payments.balanceToAsk(body));
  }

  cardsToAsk({ id, body }: Request): readonly BalanceQuestion[] {
    if (this.#sessions.refusal(body) !== undefined) return [];
    const cards =
      body.type === 'postVoid' || body.type === 'reverseTender' ? this.#returns.cardsToAsk(body) : this.#payments.cardsToAsk(body);
    this.#register.passMoment();
    return cards.length === 0 ? cards : (this.#unlessAnswered(id, cards) ?? []);
  }

  customerToFind({ id, body }: Request): CustomerLookup | undefined {
    if (this.#sessions.refusal(body) !== undefined) return undefined;
    const lookup = this.#replies.find(id) === undefined ? this.#customers.lookupOf(body) : undefined;
    this.#register.passMoment();
    return lookup;
  }

  isCustomerKnown(hash: string): boolean {
    return this.#customers.isKnown(hash);
  }

  customersWaiting(): readonly WaitingCustomer[] {
    return this.#customers.waiting();
  }

  customerSent(customer: string, as: string | undefined): void {
    this.#customers.sent(customer, as);
  }

  needsCustomerSecret(): boolean {
    const settings = this.#register.newestView()?.settings();
    return settings?.ok === true && settings.value.personalKey !== undefined;
  }

  returnToAsk({ id, body }: Request): ReturnQuestion | undefined {
    return this.#unlessAnswered(id, this.#returns.returnToAsk(body));
  }

  handoverToAsk({ id, body }: Request): SiblingBasket | undefined {
    return this.#unlessAnswered(id, this.#setAside.handoverToAsk(this.#meant(body)));
  }

  sheetToAsk({ id, body }: Request): SheetQuestion | undefined {
    if (this.#register.ports.sheets === undefined || this.#sessions.refusal(body) !== undefined) return undefined;
    const asked = this.#sheets.questionOf(id, body);
    this.#register.passMoment();
    return this.#unlessAnswered(id, asked);
  }

  /** A request that comes again asks nobody, and nothing that is practised does. */
  #unlessAnswered<Asked>(id: string, asked: Asked | undefined): Asked | undefined {
    return asked === undefined || this.#register.live.isTraining || this.#replies.find(id) !== undefined ? undefined : asked;
  }

  /** What would move something real. */
  #trainingRefusal({ type }: RequestBody): Refusal | undefined {
    return this.#register.live.isTraining && !IN_TRAINING[type] ? { type: 'inTraining', detail: {} } : undefined;
  }

  siblingsMoved(): readonly TillMessage[] {
    return this.#setAside.siblingsMoved() ? [{ type: 'status', status: this.status() }] : [];
  }

  people(): { readonly people: readonly Staff[]; readonly rules: SignOnRules } {
    const view = this.#register.newestView();
    return { people: view?.people() ?? [], rules: rulesOf(view) };
  }

  handle(request: Request, hub?: HubAnswer): Outcome {
    this.#register.hub = hub;
    try {
      return this.#handle(request);
    } finally {
      this.#register.passMoment();
    }
  }

  #handle({ id, body: asked }: Request): Outcome {
    const body = this.#meant(asked);
    if (body.type !== 'open') {
      this.#lastTouchMs = this.#register.ports.clock.monotonicMs();
      this.#isTouched = true;
    }
    const refusal = this.#sessions.refusal(body);
    if (refusal !== undefined) return { broadcast: [], reply: { type: 'refused', id, refusal } };
    const practised = isQuestion(body) ? this.#trainingRefusal(body) : undefined;
    if (practised !== undefined) return { broadcast: [], reply: { type: 'refused', id, refusal: practised } };
    if (isQuestion(body)) return { broadcast: [], reply: this.#questions.answer(id, body, () => this.status()) };
    const given = this.#replies.find(id);
    if (given !== undefined) return { broadcast: [], reply: given };
    try {
      this.#heed();
      const rolled = this.rollDay();
      const outcome = this.#execute(id, body);
      return { ...outcome, broadcast: [...rolled, ...outcome.broadcast] };
    } catch (error) {
      return this.#recover(id, body, error);
    }
  }

  /** The hub said that there is a copy of this lane: known before anything is decided by what both hold (SPEC: I-8). */
  #heed(): void {
    const { hub, ports } = this.#register;
    const said = [hub?.balance, ...(hub?.cardsBack ?? [])].some((answer) => answer?.forked === true);
    if (said && ports.store.sharedUpTo() === null) ports.transactions.durable(() => noteForked(ports.store));
  }

  identityToProve({ id, body }: Request): Shown | undefined {
    if (body.type === 'answerLeave' && !body.isGiven) return undefined;
    const newPin = body.type === 'changePin' ? body.newPin : undefined;
    if (
      (body.type !== 'signOn' &&
        body.type !== 'approve' &&
        body.type !== 'clock' &&
        body.type !== 'answerLeave' &&
        body.type !== 'changePin') ||
      this.#replies.find(id) !== undefined
    )
      return undefined;
    if (this.#sessions.refusal(body) !== undefined) return undefined;
    const { user, pin, badge } = body;
    return { user, pin, badge, newPin };
  }

  /** The slip of a basket that was set aside is scanned to go on with it. */
  #meant(body: RequestBody): RequestBody {
    const basketId = body.type === 'scan' ? this.#setAside.basketOfSlip(body.code) : undefined;
    return basketId === undefined ? body : { type: 'resume', basketId };
  }

  wantsWeight({ id, body: asked }: Request): boolean {
    const body = this.#meant(asked);
    return isGoods(body) && body.weigh === true && this.#replies.find(id) === undefined && this.#sessions.refusal(body) === undefined;
  }

  devicesToAsk({ body }: Request): DevicesRequest | undefined {
    const isRefused = this.#sessions.refusal(body) !== undefined || this.#trainingRefusal(body) !== undefined;
    if (!isDevicesRequest(body) || isRefused) return undefined;
    return this.#questions.deviceRefusal(body) === undefined ? body : undefined;
  }

  lockIfIdle(): readonly TillMessage[] {
    const { lockAfterMinutes } = rulesOf(this.#register.newestView());
    const standing = this.#register.standing();
    const isIdle = this.#register.ports.clock.monotonicMs() - this.#lastTouchMs >= lockAfterMinutes * 60_000;
    const isPaying = (this.#register.live.basket?.tenders.length ?? 0) > 0 || this.#terminals.isWaiting();
    if (standing.state !== 'on' || lockAfterMinutes === 0 || !isIdle || isPaying) return [];
    return this.#leave(standing.staff, 'lock', 'idle');
  }

  look(): readonly TillMessage[] {
    this.#invoices.forgetNames();
    this.#signatures.forgetOld();
    this.#returnRights.releaseLost();
    if (this.#register.ports.clock.monotonicMs() - this.#lastTouchMs >= QUIET_MS && !this.#keeping.forgetNext())
      this.#keeping.checkpointNext();
    const left = this.#giveUpLeft();
    this.#customers.forgetTold();
    const isNews = [this.#watch.lookAtClock(), this.#watch.lookAtSettings(), this.#drawer.rollIfOver()].includes(true);
    return [
      ...left,
      ...(isNews ? [{ type: 'status', status: this.status() } as const] : []),
      ...this.expireSuspended(),
      ...this.#letGo(),
      ...this.lockIfIdle(),
    ];
  }

  /** Who comes back to it within a quarter of an hour finds it; of a till that starts, whoever is first. */
  #giveUpLeft(): readonly TillMessage[] {
    const untouchedMs = this.#register.ports.clock.monotonicMs() - this.#lastTouchMs;
    if (this.#isTouched && untouchedMs < LEFT_ALONE_MS) return [];
    try {
      const done = this.#setAside.giveUpLeft(this.#terminals.isPaying());
      return done === undefined ? [] : this.#committed(done).broadcast;
    } finally {
      this.#register.passMoment();
    }
  }

  rollDay(): readonly TillMessage[] {
    return this.#drawer.rollIfOver() ? [{ type: 'status', status: this.status() }] : [];
  }

  expireSuspended(): readonly TillMessage[] {
    return this.#setAside.expireOlder() ? [{ type: 'status', status: this.status() }] : [];
  }

  hubHeard(): void {
    const { atMs } = this.#register.time.now();
    if (this.#register.people.isContactNews(atMs)) this.#register.ports.transactions.durable(() => this.#register.people.keepContact(atMs));
  }

  /** Nobody asked, and windows must hear of it. */
  #leave(staff: Staff, act: 'lock' | 'signOff', reason: 'idle' | 'removed'): readonly TillMessage[] {
    return this.#sessions.leave(staff, act, reason) ? [{ type: 'status', status: this.status() }] : [];
  }

  status(): Status {
    const view = this.#register.view();
    const settings = view?.settings();
    const standing = this.#register.standing();
    const operator = this.#register.people.operator(view, standing);
    const { shift, rolledFrom } = this.#register.drawer.shift();
    const [leaveWishes, leaveAnswered] = [this.#leaves.heard(), this.#leaves.answered()];
    const facts = {
      operator: standing.state === 'needed' ? '' : operator.user,
      ...(standing.staff !== undefined && { operatorName: operator.displayName ?? operator.user, operatorRoles: [...operator.roles] }),
      signOn: standing.state,
      ...(this.#register.people.areRightsOver(view, standing, this.#register.time.now().atMs) && { rightsOver: true }),
      shift,
      ...(this.#register.live.isTraining && { training: true }),
      ...(this.#mail.isOffered() && { mailsReceipts: true }),
      ...(leaveWishes.length > 0 && { leaveWishes }),
      ...(leaveAnswered !== undefined && { leaveAnswered }),
      ...(settings?.ok === true && this.#drawer.isDropDue(settings.value) && { dropDue: true }),
      ...(settings?.ok === true && this.#drawer.isFloatDue(settings.value) && { floatDue: true }),
      ...(this.#setAside.twice() > 0 && { basketsTwice: this.#setAside.twice() }),
      ...(this.#register.journal.isLost() && { basketLost: true }),
      ...(rolledFrom !== undefined && { rolledFrom }),
      items: this.itemCount(),
      catalogueAt: this.#register.shownAt(),
      waitingSales: this.#register.uncounted.waitingSales(this.#register.ports.store),
    };
    if (settings?.ok !== true) return this.#register.ports.status({ ...facts, businessDate: '' });
    const { timeZone, storeName } = settings.value;
    return this.#register.ports.status({
      ...facts,
      businessDate: this.#register.businessDate(settings.value, this.#register.time.now().atMs),
      timeZone,
      storeName,
    });
  }

  async shelfLabels(wish: LabelWish): Promise<LabelAnswer | undefined> {
    return await shelfLabels(wish, {
      view: this.#register.newestView(),
      nowMs: this.#register.time.now().atMs,
    });
  }

  basketNow(): readonly TillMessage[] {
    return [this.#wholeBasket()];
  }

  shop(): DisplayShop | undefined {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return undefined;
    const { storeName, locale, displayText } = settings.value;
    return { storeName, locale, ...(displayText !== undefined && { displayText }) };
  }

  cutMoved(): readonly TillMessage[] {
    this.#watch.lookAtSettings();
    if (!this.#register.layer.isEmpty()) {
      const { at: newestAt } = this.#register.cut();
      const cuts = { oldestAt: this.#oldestPinnedAt() ?? newestAt, newestAt };
      this.#register.ports.transactions.durable(() => this.#register.layer.settle(cuts, this.#register.time.now().atMs));
    }
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok === true && this.#register.ports.transactions.durable(() => this.#payments.releaseRights(settings.value)))
      this.#register.ports.onAppended();
    // Prepared now, in the pause that moved the cut: the next scan does not wait for it.
    this.#register.newestView()?.promotions();
    const left = this.#letGo();
    const isEmpty = this.#register.live.basket === null;
    return isEmpty ? [...left, this.#messages.basketMessage({ reset: true, upserted: [], removedLineIds: [] })] : left;
  }

  /** Who was removed at headquarters; not before what is at the terminal is theirs. */
  #letGo(): readonly TillMessage[] {
    const gone = this.#terminals.isPaying() ? undefined : this.#sessions.goneOperator();
    return gone === undefined ? [] : this.#leave(gone, 'signOff', 'removed');
  }

  itemCount(): number {
    return this.#register.cut().at === 0 ? 0 : this.#search.itemCount();
  }

  terminalToSettle({ id, body }: Request): string | undefined {
    const settings = this.#register.view()?.settings();
    if (body.type !== 'settleTerminal' || settings?.ok !== true || this.#sessions.refusal(body) !== undefined) return undefined;
    return this.#terminals.isWaiting() ? undefined : this.#unlessAnswered(id, settings.value.currency);
  }

  terminalWork(): readonly TerminalWork[] {
    return this.#terminals.work();
  }

  hasCardCases(): boolean {
    return this.#terminals.cases().some(({ state }) => state !== 'toForward');
  }

  terminalHeard(paymentId: string, event: PaymentEvent): ReturnType<Till['terminalHeard']> {
    try {
      const done = this.#register.ports.transactions.durable(() => {
        const heard = this.#terminals.hear(paymentId, event);
        return heard === undefined ? undefined : this.#withPrintJob(heard);
      });
      const { broadcast, afterwards } = done === undefined ? { broadcast: [] } : this.#committed(done);
      return { messages: [...broadcast, ...(afterwards?.() ?? [])], state: this.#terminals.stateOf(paymentId) };
    } catch (error) {
      this.#register.ports.logger.error('what the terminal said could not be kept', { payment: paymentId, heard: event.type, error });
      const isChanged = this.#reread();
      return { messages: isChanged ? [this.#wholeBasket()] : [], state: this.#terminals.stateOf(paymentId) };
    } finally {
      this.#register.passMoment();
    }
  }

  fiscalWork(): FiscalWork | undefined {
    return this.#fiscal.work();
  }

  fiscalHeard(work: FiscalWork, answer: FiscalAnswer): readonly TillMessage[] {
    return this.#fiscally(() => this.#fiscal.hear(work, answer));
  }

  fiscalLeave(reason: string): readonly TillMessage[] {
    return this.#fiscally(() => this.#fiscal.leave(reason));
  }

  #fiscally(write: () => boolean): readonly TillMessage[] {
    const { transactions, onAppended } = this.#register.ports;
    if (!transactions.durable(write)) return [];
    onAppended();
    return [{ type: 'status', status: this.status() }];
  }

  isFiscalDue(receiptNumber: string): boolean {
    return this.#fiscal.isDue(receiptNumber);
  }

  hasUnsigned(): boolean {
    return this.#fiscal.hasUnsigned();
  }

  receiptToAwait({ body }: Request): string | undefined {
    if (body.type !== 'receipt' || this.#sessions.refusal(body) !== undefined) return undefined;
    return this.#fiscal.isDue(body.receiptNumber) ? body.receiptNumber : undefined;
  }

  #reread(): boolean {
    const isChanged = this.#register.reread();
    this.#terminals.reread();
    return isChanged;
  }

  #wholeBasket(): TillMessage {
    return this.#messages.basketMessage({ reset: true, upserted: this.#register.lines(), removedLineIds: [] });
  }

  #execute(id: string, body: Command): Outcome {
    let reply: TillMessage | undefined;
    const change = (): Done => {
      const standsStill = this.#terminals.refusal(body) ?? this.#trainingRefusal(body);
      if (standsStill === undefined) this.#terminals.forget();
      const result = standsStill === undefined ? this.#withPrintJob(this.#apply(id, body)) : this.#register.refuse(standsStill);
      reply =
        'value' in result.answer
          ? { type: 'reply', id, ok: true, value: result.answer.value }
          : { type: 'refused', id, refusal: result.answer.refusal };
      this.#replies.remember(id, reply);
      return result;
    };
    const { transactions } = this.#register.ports;
    const done = isOpenBasketChange(body, this.#register.live.basket) ? transactions.kept(change) : transactions.durable(change);
    assert(reply !== undefined, 'a command is answered');
    return { ...this.#committed(done), reply };
  }

  /** It is on disk: memory follows, and everybody hears of it. */
  #committed(done: Done): Pick<Outcome, 'broadcast' | 'afterwards'> {
    this.#register.live = done.live;
    const hasWork = this.#terminals.followDisk();
    this.#register.completed = done.completed;
    const broadcast: TillMessage[] = [];
    if (done.rows !== undefined) broadcast.push(this.#messages.basketMessage(done.rows));
    // Who has paid waits for the answer, and for no more than that.
    const isPaid = 'value' in done.answer && done.answer.value.completed !== undefined;
    const statusNow = (): TillMessage => ({ type: 'status', status: this.status() });
    if (done.appended) this.#register.ports.onAppended();
    if (done.appended && !isPaid) broadcast.push(statusNow());
    if (done.wroteDocument === true) this.#register.ports.sheets?.onWritten();
    if (done.prints !== undefined && done.printJob !== undefined)
      this.#register.ports.onReceipt?.(this.#printOf({ jobNo: done.printJob, order: done.prints, hasBegun: false }));
    if (done.opensDrawer === true) this.#register.ports.onDrawer?.();
    const { leaves } = this.#register.ports;
    if (done.tells !== undefined) leaves?.tell(done.tells.question, done.tells.value, done.tells.device);
    if (done.tellsAll !== undefined) leaves?.tell(WISH_QUESTION, done.tellsAll);
    const { terminal } = this.#register.ports;
    if (done.atTerminal !== undefined) terminal?.[done.atTerminal.does](done.atTerminal.paymentId);
    if (hasWork) terminal?.onWork();
    if (done.rows !== undefined || done.appended) this.#register.ports.fiscal?.onWork();
    return { broadcast, ...(done.appended && isPaid && { afterwards: () => [statusNow()] }) };
  }

  drawerOpened(): readonly TillMessage[] {
    return this.#drawer.noteOpened() ? [{ type: 'status', status: this.status() }] : [];
  }

  /** Inside the transaction of what is printed. */
  #withPrintJob(done: Done): Done {
    const printJob = done.prints === undefined ? undefined : this.#register.ports.printJobs?.add(done.prints);
    return printJob === undefined ? done : { ...done, printJob };
  }

  waitingPrints(): readonly ReceiptToPrint[] {
    // The moment at which its drawer was wanted is past.
    return (this.#register.ports.printJobs?.waiting() ?? []).map((print) => ({ ...this.#printOf(print), opensDrawer: false }));
  }

  /** Undefined where it was not sold here. */
  #receiptOf(
    receiptNumber: string,
    { isGift = false, isMerchant = false }: { readonly isGift?: boolean | undefined; readonly isMerchant?: boolean | undefined } = {},
  ): ReceiptView | undefined {
    const completed = this.#register.journal.completed(receiptNumber);
    if (completed === undefined) return undefined;
    return receiptOfCompleted(completed, receiptNumber, {
      isGift,
      ...(isMerchant && { merchant: { signatures: this.#signatures.onReceipt(receiptNumber) } }),
      fiscal: this.#fiscal.onReceipt(receiptNumber),
      invoice: this.#invoices.onReceipt(receiptNumber),
      logo: this.#logo(),
    });
  }

  #logo(): string | undefined {
    const settings = this.#register.newestView()?.settings();
    return settings?.ok === true ? settings.value.receiptLogo : undefined;
  }

  /** Says the sale that it undoes with every sign turned round. */
  #postVoidPaper(receiptNumber: string, undoes: NonNullable<PrintOrder['undoes']>): ReceiptView | undefined {
    const completed = this.#register.journal.completed(undoes.receiptNumber);
    const by = this.#register.returns.undoing(undoes.receiptNumber);
    if (completed === undefined || by === undefined) return undefined;
    return receiptOfCompleted(completed, undoes.receiptNumber, {
      fiscal: this.#fiscal.onReceipt(receiptNumber),
      invoice: this.#invoices.onReceipt(receiptNumber),
      undone: { by: by.sale, atMs: undoes.atMs },
      logo: this.#logo(),
    });
  }

  #printOf({
    jobNo,
    order: { receiptNumber, opensDrawer, isReprint, isGift, isMerchant, undoes, slip },
    hasBegun,
  }: WaitingPrint): ReceiptToPrint {
    const settings = this.#register.view()?.settings();
    const locale = settings?.ok === true ? settings.value.locale : 'en';
    const receipt = (): ReceiptView => {
      if (slip !== undefined) return slip;
      const sold =
        undoes === undefined ? this.#receiptOf(receiptNumber, { isGift, isMerchant }) : this.#postVoidPaper(receiptNumber, undoes);
      assert(sold !== undefined, 'what is printed was sold here');
      return sold;
    };
    return { jobNo, receiptNumber, hasBegun, receipt, locale, opensDrawer, isReprint };
  }

  /** The transaction was rolled back: nothing of the request happened. Memory is made level with the disk again. */
  #recover(id: string, body: Command, error: unknown): Outcome {
    const isFull = isDiskFull(error);
    this.#goods.forgetSighting();
    if (isDamage(error)) {
      this.#register.ports.logger.error('the database is damaged', { request: body.type, error });
      this.#register.ports.onDamage?.();
      return { broadcast: [], reply: { type: 'refused', id, refusal: { type: 'internal', detail: {} } } };
    }
    this.#register.ports.logger.error(isFull ? 'the disk is full' : 'a request failed', { request: body.type, error });
    const refusal: Refusal = { type: isFull ? 'diskFull' : 'internal', detail: {} };
    const broadcast: TillMessage[] = [];
    // The commit may have been reported as failed and yet stand: windows must see what the disk says.
    if (this.#reread()) broadcast.push(this.#wholeBasket());
    return { broadcast, reply: { type: 'refused', id, refusal } };
  }

  #apply(id: string, body: Command): Done {
    switch (body.type) {
      case 'scan':
      case 'addPlu':
      case 'addItem':
        return this.#goods.addGoods(body);
      case 'sellUnlisted':
        return this.#goods.sellUnlisted(body);
      case 'payCash':
      case 'tender':
        return this.#terminals.pay(body);
      case 'resume':
        return this.#setAside.resume(body);
      case 'setReturn':
        return this.#returns.setReturn(body);
      case 'refund':
        return this.#terminals.refund(body);
      case 'postVoid':
        return this.#returns.postVoid(body);
      case 'reverseTender':
        return this.#terminals.reverseTender(body);
      case 'adjustStock':
        return this.#backOffice.adjustStock(body);
      case 'openSheet':
      case 'countGoods':
      case 'takeBackCount':
      case 'closeSheet':
        return this.#sheets.write(body);
      case 'changeStorePrice':
        return this.#backOffice.changeStorePrice(body);
      case 'arrangeKeys':
        return this.#backOffice.arrangeKeys(body);
      case 'cashOut':
        return this.#payments.cashOut(body);
      case 'invoice':
        return this.#invoices.invoice(body);
      case 'mailReceipt':
        return this.#mail.mailReceipt(body);
      case 'printReceipt':
        return body.isPickList === true
          ? this.#backOffice.printPickList(body.receiptNumber)
          : body.isPostVoid === true
            ? this.#backOffice.reprintPostVoid(body.receiptNumber)
            : body.isMerchant === true
              ? this.#backOffice.printMerchant(body.receiptNumber)
              : this.#backOffice.reprint(body.receiptNumber, body.isGift === true);
      case 'setTraining':
        return this.#setAside.setTraining(body.isOn);
      case 'openDrawer':
        return this.#drawer.openDrawer(body.reason);
      case 'voidSale':
      case 'suspend':
        return this.#setAside.setAside(body.type);
      case 'voidLine':
        return this.#returns.voidLine(body.lineId);
      case 'voidTender':
        return this.#terminals.voidTender(body);
      case 'abortPayment':
        return this.#terminals.abort();
      case 'askPayment':
        return this.#terminals.ask();
      case 'leavePayment':
        return this.#terminals.leave();
      case 'settleTerminal':
        return this.#terminals.settle();
      case 'clearCardCase':
        return this.#terminals.clearCase(body);
      case 'setService':
        return this.#goods.setService(body.service);
      case 'describeLine': {
        const { type, lineId, serial, batch, note } = body;
        const said = {
          ...(serial !== undefined && { serial }),
          ...(batch !== undefined && { batch }),
          ...(note !== undefined && { note }),
        };
        return this.#register.change({ type, lineId, ...said });
      }
      case 'setReceiptLanguage':
      case 'overridePrice':
      case 'confirmAge':
      case 'removeCoupon':
      case 'clearCustomer':
      case 'removeDiscount':
      case 'exempt':
      case 'clearExemption':
        return this.#register.change(body);
      case 'discount':
        return this.#register.change({
          type: 'discount',
          off: body.off,
          reason: body.reason,
          ...(body.lineId !== undefined && { lineId: body.lineId }),
        });
      case 'addCoupon':
        return this.#goods.addCoupon(body.code);
      case 'setCustomer':
        return this.#customers.setCustomer(body.customerId);
      case 'attachCustomer':
        return this.#customers.attach(body);
      case 'addCustomer':
        return this.#customers.add(body);
      case 'setQuantity':
        return this.#goods.setQuantity(body);
      case 'signOn':
        return this.#sessions.signOn();
      case 'signOff':
      case 'lock':
        return this.#sessions.signOff(body.type);
      case 'approve':
        return this.#sessions.approve(body);
      case 'changePin':
        return this.#sessions.changePin(body);
      case 'clock':
        return this.#attendance.clock(body);
      case 'stateAttendance':
        return this.#attendance.state(body);
      case 'askLeave':
        return this.#leaves.asked(id, body);
      case 'dropLeave':
        return this.#leaves.dropped(body);
      case 'answerLeave':
        return this.#leaves.answer(body);
      case 'openShift':
        return this.#drawer.openShift(body.denominations);
      case 'moveCash':
        return this.#drawer.moveCash(body);
      case 'closeShift':
        return this.#drawer.closeShift(body);
      case 'printShift':
        return this.#drawer.printShift();
      case 'moveSafe':
        return this.#drawer.moveSafe(body);
      case 'countSafe':
        return this.#drawer.countSafe(body.denominations);
      case 'clearRefused':
        return this.#register.change(body.lineId === undefined ? { type: 'clearRefused' } : { type: 'clearRefused', lineId: body.lineId });
      default:
        return unreachable(body, 'TillCore.apply');
    }
  }
}
