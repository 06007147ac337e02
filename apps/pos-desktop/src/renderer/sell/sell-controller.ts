/**
 * What the sell screen does: turns scans, typing and keys into the till's commands, and the till's answers into rows, tones and panels.
 * It knows no DOM and no React; the screen draws `state()` and the client's view, and calls what is below.
 *
 * Invariants:
 * - A scan is sent in the call that brings it. While a payment is under way it is refused here, heard and seen.
 * - One payment at a time: until the till has answered, every key that pays does nothing.
 * - What a scan brings never becomes a quantity or a search, and nothing here ever waits for an answer before the next scan.
 */
import type {
  BasketHead,
  ExplanationView,
  LineView,
  Refusal,
  RequestBody,
  ReplyValue,
  TenderTypeView,
  Tile,
} from '../../shared/till-contract.ts';
import {
  amountOf,
  type Entry,
  eraseCharacter,
  parseEntry,
  parseTypedNumber,
  parseWeight,
  scaleTypedNumber,
  toggleReturning,
  typeCharacter,
  withoutQuantity,
} from '../entry.ts';
import { actionOfCharacter, type KeyAction } from '../keys.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { cashDueOf } from '../till-view.ts';
import { answerTo, isAsking } from './asking.ts';
import {
  type Answer,
  answerTask,
  questionOf,
  type Question,
  reasonsOf,
  type Standing,
  standingOf,
  type Task,
  type TaskName,
} from './task.ts';
import { beginTendering, chooseExcess, chooseTender, nameReference, type Tendering } from './tendering.ts';

export type Panel =
  | 'items'
  | 'search'
  | 'more'
  | 'settings'
  | 'inquiry'
  | 'task'
  | 'explanation'
  | 'suspended'
  | 'keyMap'
  | 'tenders'
  | 'returns'
  | 'receipts';

type AmountBody = Extract<RequestBody, { type: 'scan' | 'addPlu' | 'addItem' }>;
type PaymentBody = Extract<RequestBody, { type: 'payCash' | 'tender' | 'refund' }>;
type QuantityBody = AmountBody | Extract<RequestBody, { type: 'setQuantity' }>;
/** The till's, or that it did not answer. */
type AnyRefusal = { readonly type: Refusal['type'] | 'noAnswer'; readonly detail: Refusal['detail'] };
type Vouched = NonNullable<AmountBody['vouched']>[number];

/** Refusals that the person at the till can answer, and what they vouch for by that. */
const VOUCHED_BY_REFUSAL: ReadonlyMap<AnyRefusal['type'], Vouched> = new Map<AnyRefusal['type'], Vouched>([
  ['saleHoursUnsure', 'saleHours'],
  ['cashierAgeUnknown', 'cashierAge'],
]);

const QUESTIONS: ReadonlySet<Notice['type']> = new Set(['askVoidSale', 'askQuantity', 'askVouch', 'askTakeover']);
/** Whether a row waits for a yes or no. */
export const isQuestion = (notice: Notice): boolean => QUESTIONS.has(notice.type);

/** A row of the window's own, below the till's rows; it stays until it is cleared or answered. */
export type Notice = { readonly id: number } & (
  | {
      readonly type: 'refusal';
      readonly refusal: AnyRefusal;
      readonly subject: string;
      readonly isOfGoods?: true;
    }
  | { readonly type: 'scanDuringTender' | 'scanWithoutTill'; readonly code: string }
  | { readonly type: 'scanTorn' | 'cashNeeded' | 'noLine' }
  | { readonly type: 'notAnAmount'; readonly text: string }
  /** To what a function asked. */
  | { readonly type: 'notAnAnswer'; readonly task: TaskName; readonly text: string }
  | { readonly type: 'askVoidSale' }
  | {
      readonly type: 'askQuantity';
      readonly body: QuantityBody;
      readonly quantity: { readonly value: number; readonly unit: Tile['unit'] } | undefined;
      readonly limit: number;
    }
  /** Only the person at the till knows: the hour, how old they are. */
  /** Another lane set it aside, and cannot be asked. */
  | { readonly type: 'askTakeover'; readonly basketId: string; readonly refusal: AnyRefusal }
  | { readonly type: 'askVouch'; readonly body: QuantityBody; readonly refusal: AnyRefusal; readonly vouched: Vouched }
);
type NoticeBody = Notice extends infer N ? (N extends Notice ? Omit<N, 'id'> : never) : never;

type ReturnableLine = NonNullable<ReplyValue['returnable']>['lines'][number];
export type RecentReceipt = NonNullable<ReplyValue['receipts']>[number];

/** A receipt of the list that somebody chose, and whether it is about to be undone. */
export interface ChosenReceipt {
  readonly receipt: RecentReceipt;
  /** `sure`: the whole sale would be undone. A tender: its card goes first, at the terminal. */
  readonly undoing?: 'sure' | { readonly tender: number; readonly name: string; readonly amountMinor: number };
}
export type Suspended = NonNullable<ReplyValue['suspended']>[number];

export interface SellState {
  readonly entry: string;
  readonly panel: Panel;
  readonly departments: readonly string[];
  readonly department: string | undefined;
  readonly tiles: readonly Tile[];
  readonly results: readonly Tile[];
  readonly resultsOf: string;
  readonly resultIndex: number;
  /** The search was opened by hand: letters on the screen are wanted. */
  readonly lettersShown: boolean;
  readonly selectedLineId: string | undefined;
  readonly notices: readonly Notice[];
  readonly isPaying: boolean;
  /** Goods by weight whose key was pressed before their weight was typed. */
  readonly weighing: { readonly sku: string; readonly name: string; readonly unit: Tile['unit'] } | undefined;
  /** A function on its way: what is still to be said for it. */
  readonly task: Task | undefined;
  readonly explanation: ExplanationView | undefined;
  /** What was asked the price of last, while prices are asked for. */
  readonly inquired: Tile | undefined;
  /** Of who buys, where the hub told them. */
  readonly customerPoints: number | undefined;
  readonly suspended: readonly Suspended[];
  readonly receipts: readonly RecentReceipt[];
  readonly chosenReceipt: ChosenReceipt | undefined;
  readonly tenderTypes: readonly TenderTypeView[];
  /** Another tender than cash on its way: what is still to be chosen for it. */
  readonly tendering: Tendering | undefined;
  readonly receipt: ReplyValue['receipt'];
  /** The receipt that goods come back of, and what is left of it. */
  readonly returnable: ReplyValue['returnable'];
  /** A receipt that nobody could look up: what comes back next is said to be of it. */
  readonly unverifiedReceipt: string | undefined;
}

export interface SellPorts {
  readonly client: TillClient;
  /** Heard, not only seen. */
  readonly tone: (kind: 'ok' | 'error' | 'done') => void;
  /** Why a price was changed, something taken off, the drawer opened: in the order of their keys. */
  readonly reasons: () => Readonly<Record<'price' | 'discount' | 'drawer', readonly string[]>>;
}

export interface SellController {
  readonly state: () => SellState;
  readonly subscribe: (listener: () => void) => () => void;
  /** `typedOfIt`: so many of the characters typed last belong to the code. */
  readonly scan: (code: string, typedOfIt?: number) => void;
  readonly tornScan: () => void;
  /** Characters from the keyboard. */
  readonly typed: (text: string) => void;
  /** The whole entry, as a paste or an input method leaves it. */
  readonly setEntry: (text: string) => void;
  readonly press: (action: KeyAction) => void;
  readonly pressItem: (tile: Tile) => void;
  readonly pressPlu: () => void;
  /** A hand on the Search key: the search, with letters to touch. */
  readonly touchSearch: () => void;
  readonly showDepartment: (department: string) => void;
  readonly showPanel: (panel: Panel) => void;
  /** The receipt of the sale that stands completed, once more and marked as a copy. */
  readonly printAgain: () => void;
  readonly chooseReceipt: (receipt: RecentReceipt) => void;
  readonly printReceipt: (receiptNumber: string) => void;
  readonly openReturn: (receiptNumber: string) => void;
  /** Asks first; a second time does it. */
  readonly undoSale: () => void;
  /** The card that stood in the way was given back at the terminal. */
  readonly cardGivenBack: () => void;
  readonly selectLine: (lineId: string) => void;
  readonly voidLine: (lineId: string) => void;
  readonly confirmAge: () => void;
  /** The shopper takes a coupon back. */
  readonly removeCoupon: (code: string) => void;
  /** Yes to what a row asks: a quantity above the limit, or a notice's question. */
  readonly answerYes: (rowId: string | number) => void;
  readonly dismiss: (noticeId: number) => void;
  readonly pay: (amountMinor: number) => void;
  readonly chooseTender: (type: TenderTypeView) => void;
  readonly chooseExcess: (excess: 'tip' | 'cashBack') => void;
  readonly giveBack: (tenderId: string) => void;
  readonly answer: (answer: Answer) => void;
  /** Of what a function gave. */
  readonly takeBack: (standing: Standing) => void;
  /** All that is left on the card that was asked about. */
  readonly cashOut: () => void;
  /** What was asked the price of last. */
  readonly sellInquired: () => void;
  /** Letters to touch, beside what is asked; a second time hides them. */
  readonly toggleLetters: () => void;
  readonly resume: (basketId: string) => void;
  /** One more piece of a receipt's line, or all that is left of what is weighed. */
  readonly returnLine: (line: number) => void;
  readonly returnAll: () => void;
  readonly close: () => void;
}

/** As many as nine keys choose. */
const RECENT_RECEIPTS = 9;

/** Where a figure chooses what stands beside it. */
const NUMBERED_PANELS: ReadonlySet<Panel> = new Set(['suspended', 'tenders', 'returns', 'receipts']);

export const INITIAL_STATE: SellState = {
  entry: '',
  panel: 'items',
  departments: [],
  department: undefined,
  tiles: [],
  results: [],
  resultsOf: '',
  resultIndex: 0,
  lettersShown: false,
  selectedLineId: undefined,
  notices: [],
  isPaying: false,
  weighing: undefined,
  task: undefined,
  explanation: undefined,
  inquired: undefined,
  customerPoints: undefined,
  suspended: [],
  receipts: [],
  chosenReceipt: undefined,
  tenderTypes: [],
  tendering: undefined,
  receipt: undefined,
  returnable: undefined,
  unverifiedReceipt: undefined,
};

/** What a payment leaves behind. */
const PAID: Partial<SellState> = {
  isPaying: false,
  entry: '',
  weighing: undefined,
  tendering: undefined,
  task: undefined,
  panel: 'items',
  selectedLineId: undefined,
  returnable: undefined,
  unverifiedReceipt: undefined,
};

/** Goods that are on the counter and not in the sale: each keeps its row until it is cleared, and nothing is paid before. */
const standsForGoods = (notice: NoticeBody): boolean =>
  notice.type === 'scanDuringTender' ||
  notice.type === 'scanWithoutTill' ||
  notice.type === 'scanTorn' ||
  (notice.type === 'refusal' && notice.isOfGoods === true);

const SEARCH_LIMIT = 40;
const MAX_REFERENCE_CHARS = 64;
/** As receipts are numbered: `1-a1b2-000001`. */
const RECEIPT_NUMBER = /^\d{1,4}-[0-9a-f]{4}-\d{6,}$/iu;
/** Longer digits are codes, not PLUs. */
const MAX_PLU_DIGITS = 5;

/** Of what can be looked up and paid out. */
export const cardsWithBalance = (types: readonly TenderTypeView[]): readonly TenderTypeView[] =>
  types.filter(({ account }) => account === 'giftCard' || account === 'voucher' || account === 'storeCredit');

const isSameTask = (task: Task | undefined, other: Task): boolean =>
  task?.name === other.name && (task.name !== 'discount' || other.name !== 'discount' || task.line?.lineId === other.line?.lineId);

const textOf = (value: string | number | boolean | undefined): string => (typeof value === 'string' ? value : '');

export const createSellController = ({ client, tone, reasons }: SellPorts): SellController => {
  let state = INITIAL_STATE;
  let nextNoticeId = 1;
  let payments = 0;
  let isCashingOut = false;
  let lastItems = -1;
  let lastCurrent: string | undefined;
  let lastBasket: string | undefined;
  let lastCustomer: string | undefined;
  let receiptOf: string | undefined;
  const listeners = new Set<() => void>();

  const set = (change: Partial<SellState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  const notify = (body: NoticeBody): void => {
    const kept = state.notices.filter((other) => other.type !== body.type || standsForGoods(other));
    set({ notices: [...kept, { ...body, id: nextNoticeId++ }] });
  };

  const refuse = (body: NoticeBody): void => {
    tone('error');
    notify(body);
  };

  const entry = (): Entry => parseEntry(state.entry);

  const currentLine = (): LineView | undefined => {
    const { head, lines } = client.view();
    const wanted = state.selectedLineId ?? head?.currentLineId;
    return lines.find((line) => line.lineId === wanted) ?? lines.findLast((line) => line.kind === 'item') ?? lines.at(-1);
  };

  // ---- the till's answers

  const ask = async (body: RequestBody, onReply: (reply: TillReply) => void): Promise<void> => {
    onReply(await client.request(body));
  };

  const refusedLineIds = (): ReadonlySet<string> =>
    new Set(client.view().lines.flatMap((line) => (line.kind === 'refused' ? [line.lineId] : [])));

  /** Sends what adds or changes goods. The till's own red row speaks for itself; what brought no row gets one here. */
  const sell = (wanted: QuantityBody, subject: string): void => {
    const before = refusedLineIds();
    const body = ofUnverifiedReceipt(wanted);
    void ask(body, (reply) => {
      if (reply.ok) {
        tone('ok');
        return;
      }
      tone('error');
      const { refusal } = reply;
      const row = client.view().lines.findLast((line) => line.kind === 'refused' && !before.has(line.lineId));
      if (refusal.type === 'weightNeeded' && typeof refusal.detail['sku'] === 'string') {
        if (row !== undefined) void client.request({ type: 'clearRefused', lineId: row.lineId });
        askWeight({
          sku: refusal.detail['sku'],
          name: textOf(refusal.detail['name']),
          unit: (refusal.detail['unit'] ?? 'gram') as Tile['unit'],
        });
        return;
      }
      if (row !== undefined) {
        if (isAsking(refusal)) askedBodies.set(row.lineId, body);
        return;
      }
      if ((refusal.type === 'referenceNeeded' || refusal.type === 'worthNeeded') && body.type !== 'setQuantity') {
        const { scannedAtMs: _seen, ...again } = { scannedAtMs: undefined, ...body };
        const needs = refusal.type === 'referenceNeeded' ? 'reference' : 'worth';
        beginTask({ name: 'goods', subject: textOf(refusal.detail['name']) || subject, body: again, needs });
        return;
      }
      const vouched = VOUCHED_BY_REFUSAL.get(refusal.type);
      if (vouched !== undefined) notify({ type: 'askVouch', body, refusal, vouched });
      else if (refusal.type === 'quantityAboveLimit') notify(askQuantity(body, refusal));
      else {
        const said = { type: 'refusal', refusal, subject: textOf(refusal.detail['name']) || subject } as const;
        notify(body.type === 'setQuantity' ? said : { ...said, isOfGoods: true });
      }
    });
  };

  const ofUnverifiedReceipt = (body: QuantityBody): QuantityBody => {
    const isBack = body.type !== 'setQuantity' && (body.quantity ?? 0) < 0 && state.unverifiedReceipt !== undefined;
    return isBack ? { ...body, returnOf: state.unverifiedReceipt } : body;
  };

  // ---- goods that come back with their receipt

  const openReturn = (receiptNumber: string): void => {
    set({ entry: '', weighing: undefined, lettersShown: false });
    void ask({ type: 'returnable', receiptNumber }, (reply) => {
      if (reply.ok) {
        set({ panel: 'returns', returnable: reply.value.returnable, unverifiedReceipt: undefined });
        return;
      }
      refuse({ type: 'refusal', refusal: reply.refusal, subject: receiptNumber });
      if (reply.refusal.type === 'noSuchReceipt') set({ panel: 'items', unverifiedReceipt: receiptNumber, entry: toggleReturning('') });
    });
  };

  /** Sets the whole return again, with what `quantityOf` says of each line. */
  const setReturn = (quantityOf: (line: ReturnableLine) => number): void => {
    const { returnable } = state;
    if (returnable === undefined) return;
    const lines = returnable.lines.flatMap((line) => {
      const quantity = quantityOf(line);
      return quantity > 0 ? [{ line: line.line, quantity, ...(line.defective === true && { defective: true }) }] : [];
    });
    void ask({ type: 'setReturn', receiptNumber: returnable.receiptNumber, lines }, (reply) => {
      if (!reply.ok) refuse({ type: 'refusal', refusal: reply.refusal, subject: returnable.receiptNumber });
      else {
        tone('ok');
        set({ returnable: reply.value.returnable });
      }
    });
  };

  const returnLine = (number: number): void =>
    setReturn(({ line, left, returning }) => {
      if (line !== number) return returning;
      return left.unit === 'piece' ? Math.min(returning + 1, left.value) : left.value;
    });

  const returnAll = (): void => setReturn(({ left }) => left.value);

  // ---- the receipts of this till

  const listReceipts = (): void => {
    void ask({ type: 'receipts', limit: RECENT_RECEIPTS }, (reply) => {
      if (reply.ok) set({ receipts: reply.value.receipts ?? [] });
    });
  };

  const printReceipt = (receiptNumber: string): void => command({ type: 'printReceipt', receiptNumber }, () => tone('ok'));

  const postVoid = (chosen: ChosenReceipt): void => {
    const { receiptNumber } = chosen.receipt;
    void ask({ type: 'postVoid', receiptNumber }, (reply) => {
      if (reply.ok) {
        tone('done');
        set({ chosenReceipt: undefined });
        listReceipts();
        return;
      }
      const { type, detail } = reply.refusal;
      const [tender, amountMinor] = [detail['tender'], detail['amountMinor']];
      if (type === 'tenderNotReversed' && typeof tender === 'number' && typeof amountMinor === 'number') {
        const name = state.tenderTypes.find(({ tenderType }) => tenderType === detail['tenderType'])?.name ?? textOf(detail['tenderType']);
        set({ chosenReceipt: { receipt: chosen.receipt, undoing: { tender, name, amountMinor } } });
        return;
      }
      set({ chosenReceipt: { receipt: chosen.receipt } });
      refuse({ type: 'refusal', refusal: reply.refusal, subject: receiptNumber });
    });
  };

  const undoSale = (): void => {
    const { chosenReceipt } = state;
    if (chosenReceipt === undefined || chosenReceipt.receipt.undone === true) return;
    if (chosenReceipt.undoing === 'sure') postVoid(chosenReceipt);
    else set({ chosenReceipt: { receipt: chosenReceipt.receipt, undoing: 'sure' } });
  };

  const cardGivenBack = (): void => {
    const { chosenReceipt } = state;
    if (typeof chosenReceipt?.undoing !== 'object') return;
    const { receiptNumber } = chosenReceipt.receipt;
    command({ type: 'reverseTender', receiptNumber, tender: chosenReceipt.undoing.tender }, () => postVoid(chosenReceipt));
  };

  const chooseOfReceipt = (character: string, { receipt, undoing }: ChosenReceipt): void => {
    if (undoing !== undefined) return;
    if (character === '1') printReceipt(receipt.receiptNumber);
    if (character === '2') openReturn(receipt.receiptNumber);
    if (character === '3') undoSale();
  };

  /** What a red row that asks stands for, so that yes can send it again. */
  const askedBodies = new Map<string, QuantityBody>();

  const askQuantity = (body: QuantityBody, refusal: Refusal): NoticeBody => {
    const value = refusal.detail['quantity'];
    const limit = refusal.detail['limit'];
    return {
      type: 'askQuantity',
      body,
      quantity: typeof value === 'number' ? { value, unit: (refusal.detail['unit'] ?? 'piece') as Tile['unit'] } : undefined,
      limit: typeof limit === 'number' ? limit : 0,
    };
  };

  /** Sends what has no row of its own: a refusal becomes one. */
  const command = (body: RequestBody, onDone?: (value: ReplyValue) => void): void => {
    void ask(body, (reply) => {
      if (reply.ok) onDone?.(reply.value);
      else refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
    });
  };

  // ---- goods

  const askWeight = (goods: NonNullable<SellState['weighing']>): void => {
    set({ weighing: { sku: goods.sku, name: goods.name, unit: goods.unit }, entry: entry().returning ? toggleReturning('') : '' });
  };

  const sendItem = (sku: string, name: string, amount: { quantity?: number; typedDecimals?: number }): void => {
    set({ entry: '', weighing: undefined, ...(state.panel === 'search' ? { panel: 'items', lettersShown: false } : {}) });
    sell({ type: 'addItem', sku, ...amount }, name);
  };

  const pressItem = (tile: Tile): void => {
    if (state.panel === 'inquiry') {
      inquire({ type: 'addItem', sku: tile.sku }, tile.name);
      return;
    }
    const typed = entry();
    const weighed = typed.quantity === undefined && typed.kind === 'number' && state.panel !== 'search' ? parseWeight(typed.body) : typed;
    const amount = amountOf({ ...typed, quantity: weighed.quantity, tare: weighed.tare });
    if (tile.unit !== 'piece' && weighed.quantity === undefined) askWeight(tile);
    else sendItem(tile.sku, tile.name, amount);
  };

  const sendCode = (text: string, amount: { quantity?: number; typedDecimals?: number }): void => {
    const isPlu = /^\d+$/u.test(text) && text.length <= MAX_PLU_DIGITS;
    if (state.panel === 'inquiry') {
      inquire(isPlu ? { type: 'addPlu', plu: text } : { type: 'scan', code: text }, text);
      return;
    }
    set({ entry: '', weighing: undefined, ...(state.panel === 'search' ? { panel: 'items', lettersShown: false } : {}) });
    sell(isPlu ? { type: 'addPlu', plu: text, ...amount } : { type: 'scan', code: text, ...amount }, text);
  };

  const enter = (): void => {
    const typed = entry();
    if (question() !== undefined) {
      answerTyped();
      return;
    }
    if (RECEIPT_NUMBER.test(typed.body.trim()) && !isAskingReference()) {
      openReturn(typed.body.trim().toLowerCase());
      return;
    }
    if (isAskingReference()) {
      if (state.entry.trim() === '') tone('error');
      else sendReference(state.entry.trim());
      return;
    }
    const { weighing } = state;
    if (weighing !== undefined && typed.kind === 'number') {
      const { quantity, tare } = parseWeight(typed.body);
      if (quantity === undefined) refuse({ type: 'notAnAmount', text: typed.body });
      else sendItem(weighing.sku, weighing.name, amountOf({ ...typed, quantity, tare }));
      return;
    }
    if (state.panel === 'search') {
      const found = state.results[state.resultIndex];
      if (found !== undefined && state.resultsOf === typed.body) pressItem(found);
      else if (typed.kind === 'words' && /\d/u.test(typed.body)) sendCode(typed.body.trim(), amountOf(typed));
      else tone('error');
      return;
    }
    if (typed.kind === 'empty') {
      if (typed.quantity !== undefined) changeQuantity(typed);
      return;
    }
    if (typed.kind === 'number' && !/^\d+$/u.test(typed.body)) refuse({ type: 'notAnAmount', text: typed.body });
    else sendCode(typed.body.trim(), amountOf(typed));
  };

  // ---- lines

  const changeQuantity = (typed: Entry, lineId?: string): void => {
    const line = lineId === undefined ? currentLine() : client.view().lines.find((other) => other.lineId === lineId);
    if (line?.quantity === undefined || typed.quantity === undefined) {
      refuse({ type: 'noLine' });
      return;
    }
    const steps = scaleTypedNumber(typed.quantity, line.quantity.unit === 'piece' ? 0 : 3);
    if (steps === undefined) {
      refuse({ type: 'refusal', refusal: { type: 'unitMismatch', detail: {} }, subject: line.name });
      return;
    }
    set({ entry: '' });
    sell({ type: 'setQuantity', lineId: line.lineId, quantity: typed.returning ? -steps : steps }, line.name);
  };

  const stepQuantity = (by: 1 | -1): void => {
    const line = currentLine();
    if (line?.quantity === undefined || line.quantity.unit !== 'piece') refuse({ type: 'noLine' });
    else sell({ type: 'setQuantity', lineId: line.lineId, quantity: line.quantity.value + by }, line.name);
  };

  const voidLine = (lineId: string): void => {
    const line = client.view().lines.find((other) => other.lineId === lineId);
    if (line === undefined) return;
    set({ selectedLineId: undefined });
    command(line.kind === 'refused' ? { type: 'clearRefused', lineId } : { type: 'voidLine', lineId });
  };

  const select = (by: 1 | -1): void => {
    const { lines } = client.view();
    const current = currentLine();
    const at = current === undefined ? -1 : lines.indexOf(current);
    const next = lines[Math.min(Math.max(at + by, 0), lines.length - 1)];
    if (next !== undefined) set({ selectedLineId: next.lineId });
  };

  // ---- functions that ask

  const question = (): Question | undefined => {
    const { head } = client.view();
    return state.panel === 'task' && state.task !== undefined && head !== undefined ? questionOf(state.task, head) : undefined;
  };

  const beginTask = (task: Task): void => {
    set({ panel: 'task', task, entry: '', weighing: undefined, lettersShown: false, tendering: undefined, chosenReceipt: undefined });
    if (task.name !== 'balance') return;
    void ask({ type: 'tenderTypes' }, (reply) => {
      if (reply.ok) set({ tenderTypes: reply.value.tenderTypes ?? [] });
    });
  };

  /** What was typed before the key is its first answer; the same key again closes what it opened. */
  const toggleTask = (task: Task): void => {
    const typed = state.entry.trim();
    const isOpen = state.panel === 'task' && isSameTask(state.task, task);
    if (isOpen && typed === '') showPanel('items');
    if (!isOpen) beginTask(task);
    if (typed === '') return;
    set({ entry: typed });
    answerTyped();
  };

  const onLine = (begin: (line: LineView) => Task): void => {
    const line = currentLine();
    if (line?.kind === 'item') toggleTask(begin(line));
    else refuse({ type: 'noLine' });
  };

  const answerTyped = (): void => {
    const text = state.entry.trim();
    const asked = question();
    const isPercent = text.endsWith('%') && state.task?.name === 'discount';
    const typed = parseEntry(text);
    const number =
      typed.quantity === undefined && !typed.returning ? parseTypedNumber(isPercent ? text.slice(0, -1).trim() : typed.body) : undefined;
    if (text === '' || asked === undefined) tone('error');
    else if (asked.type === 'text') answer({ type: 'text', text });
    else if (asked.type === 'number' && number !== undefined) {
      answer({ type: 'number', number });
      if (isPercent && question()?.type === 'unit') answer({ type: 'unit', unit: 'percent' });
    } else refuse({ type: 'notAnAmount', text });
  };

  const answer = (given: Answer): void => {
    const { task } = state;
    const { head } = client.view();
    if (task === undefined || head === undefined) return;
    const next = answerTask(task, given, head);
    if (next.type === 'ask') set({ task: next.task, entry: '' });
    else if (next.type === 'do') doTask(task, next.body);
    else refuse({ type: 'notAnAnswer', task: task.name, text: state.entry });
  };

  const endTask = (): void => set({ panel: 'items', task: undefined, lettersShown: false, entry: '' });

  const doTask = (task: Task, body: RequestBody): void => {
    set({ entry: '' });
    if (task.name === 'goods') {
      endTask();
      sell(body as QuantityBody, task.subject);
      return;
    }
    if (body.type === 'balance' && task.name === 'balance') {
      command(body, ({ balance }) => {
        if (state.task === task && balance !== undefined) {
          tone('ok');
          set({ task: { ...task, reference: balance.reference, leftMinor: balance.amountMinor }, lettersShown: false });
        }
      });
      return;
    }
    endTask();
    command(body, () => tone('ok'));
  };

  const cashOut = (): void => {
    const { task } = state;
    if (task?.name !== 'balance' || task.type === undefined || task.reference === undefined || task.paidMinor !== undefined) return;
    // Like a payment: until the till has answered, the key does nothing.
    if (isCashingOut) return;
    isCashingOut = true;
    void ask({ type: 'cashOut', tenderType: task.type.tenderType, reference: task.reference }, (reply) => {
      isCashingOut = false;
      if (!reply.ok) {
        refuse({ type: 'refusal', refusal: reply.refusal, subject: task.reference ?? '' });
        return;
      }
      tone('done');
      const paidMinor = reply.value.cashedOut?.paidMinor ?? 0;
      if (state.task === task) set({ task: { ...task, leftMinor: 0, paidMinor } });
    });
  };

  /** What the till would sell it for; nothing is sold. */
  const inquire = (of: Extract<RequestBody, { type: 'inquire' }>['of'], subject: string): void => {
    set({ entry: '', inquired: undefined });
    void ask({ type: 'inquire', of }, (reply) => {
      const [inquired] = reply.ok ? (reply.value.tiles ?? []) : [];
      if (inquired === undefined)
        refuse({ type: 'refusal', refusal: reply.ok ? { type: 'noAnswer', detail: {} } : reply.refusal, subject });
      else {
        tone('ok');
        if (state.panel === 'inquiry') set({ inquired });
      }
    });
  };

  const sellInquired = (): void => {
    const { inquired } = state;
    set({ panel: 'items', inquired: undefined });
    if (inquired !== undefined) pressItem(inquired);
  };

  const explain = (): void => {
    const line = currentLine();
    if (state.panel === 'explanation') showPanel('items');
    else if (line?.kind !== 'item') refuse({ type: 'noLine' });
    else {
      command({ type: 'explain', lineId: line.lineId }, ({ explanation }) => {
        if (explanation !== undefined) set({ panel: 'explanation', explanation });
      });
    }
  };

  // ---- money

  const pay = (amountMinor: number): void => sendPayment({ type: 'payCash', amountMinor });

  const sendPayment = (body: PaymentBody): void => {
    const { head, link } = client.view();
    if (state.isPaying || head === undefined || client.view().lines.length === 0) return;
    if (link !== 'open') {
      refuse({ type: 'refusal', refusal: { type: 'noAnswer', detail: {} }, subject: '' });
      return;
    }
    // The till asks about its own red rows.
    if (state.notices.some(standsForGoods)) {
      refuse({ type: 'refusal', refusal: { type: 'refusedRowsOpen', detail: {} }, subject: '' });
      return;
    }
    set({ isPaying: true });
    payments += 1;
    const payment = payments;
    void ask(body, (reply) => {
      // The next sale may be under way already, or even paid for: what it shows is its own.
      if (payment === payments && state.isPaying) set(reply.ok ? PAID : { isPaying: false, tendering: undefined });
      if (!reply.ok) refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
      else tone(reply.value.completed === undefined ? 'ok' : 'done');
    });
  };

  // ---- other tenders than cash

  const showTenders = (): void => {
    if (state.panel === 'tenders') {
      set({ panel: 'items', tendering: undefined });
      return;
    }
    const { head, lines } = client.view();
    const typed = entry();
    const number = typed.kind === 'number' && typed.quantity === undefined ? parseTypedNumber(typed.body) : undefined;
    if (head === undefined || lines.length === 0 || state.isPaying) tone('error');
    else if (typed.kind !== 'empty' && number === undefined) refuse({ type: 'notAnAmount', text: state.entry });
    else {
      set({ panel: 'tenders', tendering: beginTendering(number), entry: '', lettersShown: false });
      void ask({ type: 'tenderTypes' }, (reply) => {
        if (reply.ok) set({ tenderTypes: reply.value.tenderTypes ?? [] });
      });
    }
  };

  /** What the next choice made of it: a payment to send, something else to ask, or an amount that is none. */
  const goOn = (next: ReturnType<typeof chooseTender>): void => {
    if (next.type === 'ask') set({ tendering: next.tendering });
    else if (next.type === 'pay') sendPayment(next.body);
    else refuse({ type: 'notAnAmount', text: next.text });
  };

  const onTendering = (step: (tendering: Tendering, head: BasketHead) => ReturnType<typeof chooseTender>): void => {
    const { head } = client.view();
    if (state.tendering !== undefined && head !== undefined && !state.isPaying) goOn(step(state.tendering, head));
  };

  const chooseTenderType = (type: TenderTypeView): void => onTendering((tendering, head) => chooseTender(tendering, type, head));
  const chooseExcessAs = (excess: 'tip' | 'cashBack'): void => onTendering((tendering) => chooseExcess(tendering, excess));
  const isAskingReference = (): boolean => state.panel === 'tenders' && state.tendering?.step === 'reference';
  const sendReference = (reference: string): void => {
    set({ entry: '' });
    onTendering((tendering) => nameReference(tendering, reference));
  };

  const giveBack = (tenderId: string): void => command({ type: 'voidTender', tenderId });

  const payTyped = (): void => {
    const typed = entry();
    const head = client.view().head;
    if (head === undefined || client.view().lines.length === 0) {
      tone('error');
      return;
    }
    if (typed.kind === 'empty') {
      refuse({ type: 'cashNeeded' });
      return;
    }
    const number = typed.kind === 'number' && typed.quantity === undefined ? parseTypedNumber(typed.body) : undefined;
    const minor = number === undefined ? undefined : scaleTypedNumber(number, head.minorDigits);
    if (minor === undefined) refuse({ type: 'notAnAmount', text: state.entry });
    else pay(typed.returning || cashDueOf(head) < 0 ? -minor : minor);
  };

  const paySuggested = (index: 0 | 1): void => {
    const amount = client.view().head?.totals.suggestedCashMinor[index];
    if (amount !== undefined) pay(amount);
  };

  // ---- panels

  const search = (): void => {
    const text = entry().body;
    if (text.trim() === '') {
      set({ results: [], resultsOf: '', resultIndex: 0 });
      return;
    }
    void ask({ type: 'search', text, limit: SEARCH_LIMIT }, (reply) => {
      // Answers may cross: only the one to what stands there now counts.
      if (!reply.ok || state.panel !== 'search' || entry().body !== text) return;
      set({ results: reply.value.tiles ?? [], resultsOf: text, resultIndex: 0 });
    });
  };

  const openLetters = (): void => {
    set({ panel: 'search', lettersShown: true, task: undefined, tendering: undefined });
    search();
  };

  const showDepartment = (department: string): void => {
    set({ department, panel: state.panel === 'inquiry' ? 'inquiry' : 'items' });
    void ask({ type: 'tiles', department }, (reply) => {
      if (reply.ok && state.department === department) set({ tiles: reply.value.tiles ?? [] });
    });
  };

  const loadDepartments = (): void => {
    void ask({ type: 'tiles' }, (reply) => {
      if (!reply.ok) return;
      const departments = reply.value.departments ?? [];
      const department = state.department !== undefined && departments.includes(state.department) ? state.department : departments[0];
      set({ departments });
      if (department === undefined) return;
      set({ department });
      void ask({ type: 'tiles', department }, (tiles) => {
        if (tiles.ok && state.department === department) set({ tiles: tiles.value.tiles ?? [] });
      });
    });
  };

  const stepDepartment = (by: 1 | -1): void => {
    const { departments, department } = state;
    const at = department === undefined ? 0 : departments.indexOf(department);
    const next = departments[(at + by + departments.length) % Math.max(departments.length, 1)];
    if (next !== undefined) showDepartment(next);
  };

  const showPanel = (panel: Panel): void => {
    // Words are for the search: where it is left, they go.
    const leavesSearch = state.panel === 'search' && panel !== 'search' && entry().kind === 'words';
    set({
      panel,
      ...(leavesSearch ? { entry: '' } : {}),
      lettersShown: false,
      task: undefined,
      inquired: undefined,
      tendering: undefined,
      chosenReceipt: undefined,
    });
    if (panel === 'search') search();
    if (panel === 'receipts') {
      listReceipts();
      // Names of cards, where one stands in the way of undoing its sale.
      void ask({ type: 'tenderTypes' }, (reply) => {
        if (reply.ok) set({ tenderTypes: reply.value.tenderTypes ?? [] });
      });
    }
    if (panel === 'suspended') {
      void ask({ type: 'suspended' }, (reply) => {
        if (reply.ok) set({ suspended: reply.value.suspended ?? [] });
      });
    }
  };

  const suspend = (): void => {
    if (client.view().lines.length === 0) {
      showPanel(state.panel === 'suspended' ? 'items' : 'suspended');
      return;
    }
    command({ type: 'suspend' }, () => set({ entry: '', selectedLineId: undefined, panel: 'items' }));
  };

  const resume = (basketId: string): void => {
    void ask({ type: 'resume', basketId }, (reply) => {
      if (reply.ok) set({ panel: 'items' });
      else if (reply.refusal.type === 'basketElsewhere') notify({ type: 'askTakeover', basketId, refusal: reply.refusal });
      else refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
    });
  };

  // ---- the entry

  const setEntry = (text: string): void => {
    const typed = parseEntry(text);
    const wasSearching = state.panel === 'search';
    // A word opens the search by itself; a search that was opened by a key stays until it is left by one.
    const opens = typed.kind === 'words' && state.weighing === undefined && !isAskingReference() && question() === undefined;
    const closes = wasSearching && !state.lettersShown && typed.kind === 'empty';
    set({ entry: text, ...(opens ? { panel: 'search' } : closes ? { panel: 'items' } : {}) });
    if (state.panel === 'search') search();
  };

  const typeOne = (character: string): void => {
    const asking = state.notices.findLast(isQuestion);
    const isIdle = state.entry === '' && state.panel !== 'search';
    const action = actionOfCharacter(character);
    if (action === 'yes' && isIdle && (asking !== undefined || askingRow() !== undefined)) {
      answerYes(asking?.id ?? askingRow()?.lineId ?? 0);
      return;
    }
    const asked = question();
    if (asked !== undefined && asked.type !== 'text' && asked.type !== 'number') {
      chooseForTask(character, asked);
      return;
    }
    if (asked !== undefined || isAskingReference()) {
      const isMeant = asked?.type !== 'number' || /[\d.,%]/u.test(character);
      if (isMeant && state.entry.length < MAX_REFERENCE_CHARS) set({ entry: `${state.entry}${character}` });
      return;
    }
    if (state.panel === 'tenders' && action === 'tenders') {
      showTenders();
      return;
    }
    if (NUMBERED_PANELS.has(state.panel)) {
      chooseNumbered(character);
      return;
    }
    // The picture on the key says C: it clears red rows and figures, and still begins a word when there are none.
    const clears = (character === 'c' || character === 'C') && state.panel !== 'search' && (state.entry !== '' || hasRedRows());
    if (clears && entry().kind !== 'words') press('clear');
    // An amount that is typed is what the tender is for.
    else if (action === 'tenders' && state.panel !== 'search' && entry().kind === 'number' && entry().quantity === undefined) press(action);
    else if (isIdle && action !== undefined && action !== 'yes') press(action);
    else setEntry(typeCharacter(state.entry, character));
  };

  const chooseNumbered = (character: string): void => {
    const index = Number.parseInt(character, 10) - 1;
    const basket = state.suspended[index];
    const receipt = state.receipts[index];
    const tenderType = state.tenderTypes[index];
    const returnable = state.returnable?.lines[index];
    const excess = state.tendering?.step === 'excess' ? state.tendering.choices[index] : undefined;
    if (state.panel === 'tenders' && excess !== undefined) chooseExcessAs(excess);
    else if (state.panel === 'tenders' && state.tendering?.step === 'type' && tenderType !== undefined) chooseTenderType(tenderType);
    else if (state.panel === 'suspended' && basket !== undefined) resume(basket.basketId);
    else if (state.panel === 'receipts' && state.chosenReceipt !== undefined) chooseOfReceipt(character, state.chosenReceipt);
    else if (state.panel === 'receipts' && receipt !== undefined) set({ chosenReceipt: { receipt } });
    else if (state.panel === 'returns' && character === '0') returnAll();
    else if (state.panel === 'returns' && returnable !== undefined) returnLine(returnable.line);
  };

  const chooseForTask = (character: string, asked: Question): void => {
    const index = Number.parseInt(character, 10) - 1;
    const unit = asked.type === 'unit' ? asked.choices[index] : undefined;
    const reason = asked.type === 'reason' ? taskReasons()[index] : undefined;
    const card = asked.type === 'card' ? cardsWithBalance(state.tenderTypes)[index] : undefined;
    if (unit !== undefined) answer({ type: 'unit', unit });
    else if (asked.type === 'unit' && character === '%') answer({ type: 'unit', unit: 'percent' });
    else if (reason !== undefined) answer({ type: 'reason', reason });
    else if (card !== undefined) answer({ type: 'card', card });
    else if (asked.type === 'told' && character === '1') cashOut();
  };

  const taskReasons = (): readonly string[] => (state.task === undefined ? [] : reasons()[reasonsOf(state.task)]);

  const hasRedRows = (): boolean => state.notices.length > 0 || client.view().lines.some((line) => line.kind === 'refused');

  const askingRow = (): LineView | undefined => client.view().lines.findLast((line) => line.kind === 'refused' && isAsking(line.refusal));

  const answerYes = (rowId: string | number): void => {
    if (typeof rowId === 'number') {
      const notice = state.notices.find((other) => other.id === rowId);
      dismiss(rowId);
      if (notice?.type === 'askVoidSale') command({ type: 'voidSale' });
      if (notice?.type === 'askTakeover')
        command({ type: 'resume', basketId: notice.basketId, alone: true }, () => set({ panel: 'items' }));
      if (notice?.type === 'askQuantity') sell({ ...notice.body, confirmed: true }, '');
      if (notice?.type === 'askVouch') sell({ ...notice.body, vouched: [...(notice.body.vouched ?? []), notice.vouched] }, '');
      return;
    }
    const line = client.view().lines.find((other) => other.lineId === rowId);
    if (line === undefined) return;
    const body = askedBodies.get(rowId) ?? bodyOfRow(line);
    askedBodies.delete(rowId);
    void client.request({ type: 'clearRefused', lineId: rowId });
    if (body !== undefined) sell({ ...body, ...answerTo(line.refusal) }, line.name);
  };

  /** What a red row stands for when this window did not send it (it was opened anew since). */
  const bodyOfRow = (line: LineView): QuantityBody | undefined => {
    const detail = line.refusal?.detail ?? {};
    const sku = line.sku ?? textOf(detail['sku']);
    const quantity = line.quantity?.value ?? (typeof detail['quantity'] === 'number' ? detail['quantity'] : undefined);
    const amount = quantity === undefined ? {} : { quantity };
    if (sku !== '') return { type: 'addItem', sku, ...amount };
    return line.code === undefined ? undefined : { type: 'scan', code: line.code, ...amount };
  };

  const dismiss = (noticeId: number): void => set({ notices: state.notices.filter((notice) => notice.id !== noticeId) });

  /** One thing at a time, the nearest first: a question, a panel, what is typed, the chosen line, the red rows. */
  const clear = (): void => {
    const asking = state.notices.findLast(isQuestion);
    if (asking !== undefined) dismiss(asking.id);
    else if (state.entry !== '' || state.weighing !== undefined) {
      set({
        entry: '',
        weighing: undefined,
        results: [],
        resultsOf: '',
        ...(state.panel === 'search' && !state.lettersShown ? { panel: 'items' } : {}),
      });
    } else if (state.panel === 'receipts' && state.chosenReceipt !== undefined) set({ chosenReceipt: undefined });
    else if (state.panel !== 'items') set({ panel: 'items', lettersShown: false, task: undefined, tendering: undefined });
    else if (state.selectedLineId !== undefined) set({ selectedLineId: undefined });
    else {
      set({ notices: [], unverifiedReceipt: undefined });
      askedBodies.clear();
      if (client.view().lines.some((line) => line.kind === 'refused')) command({ type: 'clearRefused' });
    }
  };

  /** Its keys that ask nothing of their own give the number pad its place back. */
  const leaveMore = (): void => {
    if (state.panel === 'more') set({ panel: 'items' });
  };

  const confirmAge = (): void => {
    leaveMore();
    if (client.view().head?.ageCheckOpen === true) {
      set({ notices: state.notices.filter((notice) => notice.type !== 'refusal' || notice.refusal.type !== 'ageCheckOpen') });
      command({ type: 'confirmAge' });
    }
  };

  const selectOrMove = (by: 1 | -1): void => {
    if (state.panel !== 'search') select(by);
    else set({ resultIndex: Math.min(Math.max(state.resultIndex + by, 0), Math.max(state.results.length - 1, 0)) });
  };

  const actions: Readonly<Record<KeyAction, () => void>> = {
    exact: () => {
      // Where receipts say who paid, it goes back that way.
      if (client.view().head?.refund === undefined) pay(cashDueOf(client.view().head));
      else sendPayment({ type: 'refund' });
    },
    suggested1: () => paySuggested(0),
    suggested2: () => paySuggested(1),
    pay: payTyped,
    tenders: showTenders,
    suspend,
    return: () => set({ entry: toggleReturning(state.entry) }),
    search: () => showPanel(state.panel === 'search' ? 'items' : 'search'),
    price: () => onLine(({ lineId, name }) => ({ name: 'price', line: { lineId, name } })),
    discountLine: () => onLine(({ lineId, name }) => ({ name: 'discount', line: { lineId, name } })),
    discountBasket: () => (client.view().lines.length === 0 ? refuse({ type: 'noLine' }) : toggleTask({ name: 'discount' })),
    customer: () => toggleTask({ name: 'customer' }),
    coupon: () => toggleTask({ name: 'coupon' }),
    exemption: () => toggleTask({ name: 'exemption' }),
    balance: () => toggleTask({ name: 'balance' }),
    drawer: () => toggleTask({ name: 'drawer' }),
    inquiry: () => showPanel(state.panel === 'inquiry' ? 'items' : 'inquiry'),
    settings: () => showPanel(state.panel === 'settings' ? 'items' : 'settings'),
    explain,
    recall: () => showPanel(state.panel === 'suspended' ? 'items' : 'suspended'),
    receipts: () => showPanel(state.panel === 'receipts' ? 'items' : 'receipts'),
    more: () => showPanel(state.panel === 'more' ? 'items' : 'more'),
    ageChecked: confirmAge,
    voidLine: () => {
      const line = currentLine();
      const tender = client.view().head?.tenders?.at(-1);
      const standing = state.panel === 'task' && state.task !== undefined ? standingOf(state.task, client.view().head).at(-1) : undefined;
      if (state.panel === 'tenders' && tender !== undefined) giveBack(tender.tenderId);
      else if (standing !== undefined) takeBack(standing);
      else if (state.panel === 'task') tone('error');
      else if (line === undefined) refuse({ type: 'noLine' });
      else voidLine(line.lineId);
    },
    voidSale: () => {
      leaveMore();
      if (client.view().lines.length > 0) notify({ type: 'askVoidSale' });
    },
    clear,
    erase: () => setEntry(eraseCharacter(state.entry)),
    enter,
    multiply: () => setEntry(typeCharacter(state.entry, '×')),
    selectUp: () => selectOrMove(-1),
    selectDown: () => selectOrMove(1),
    addOne: () => stepQuantity(1),
    takeOne: () => stepQuantity(-1),
    previousDepartment: () => stepDepartment(-1),
    nextDepartment: () => stepDepartment(1),
    keyMap: () => showPanel(state.panel === 'keyMap' ? 'items' : 'keyMap'),
    yes: () => typeOne('y'),
  };

  const takeBack = ({ body }: Standing): void =>
    command(body, () => {
      tone('ok');
      const { task } = state;
      if (task !== undefined && standingOf(task, client.view().head).length === 0) endTask();
    });

  const press = (action: KeyAction): void => actions[action]();

  // ---- what the till says by itself

  const onView = (): void => {
    const { head, status, link } = client.view();
    if (link !== 'open' || head === undefined) return;
    const isNewBasket = head.basketId !== lastBasket;
    // The next basket is open: a scan that comes before the till's own answer to the payment belongs to it.
    if (isNewBasket && state.isPaying) set(PAID);
    if (head.currentLineId !== lastCurrent || isNewBasket) {
      lastCurrent = head.currentLineId;
      if (state.selectedLineId !== undefined) set({ selectedLineId: undefined });
    }
    if (status !== undefined && status.items !== lastItems) {
      lastItems = status.items;
      loadDepartments();
    }
    lastBasket = head.basketId;
    tellPoints(head.customer?.customerId);
    const number = head.completed?.receiptNumber;
    if (number === receiptOf) return;
    receiptOf = number;
    set({ receipt: undefined });
    if (number === undefined) return;
    void ask({ type: 'receipt', receiptNumber: number }, (reply) => {
      if (reply.ok && receiptOf === number) set({ receipt: reply.value.receipt });
    });
  };
  const tellPoints = (customerId: string | undefined): void => {
    if (customerId === lastCustomer) return;
    lastCustomer = customerId;
    set({ customerPoints: undefined });
    if (customerId === undefined) return;
    void ask({ type: 'balance', account: 'points', reference: customerId }, (reply) => {
      if (reply.ok && lastCustomer === customerId) set({ customerPoints: reply.value.balance?.amountMinor });
    });
  };
  const unsubscribe = client.subscribe(onView);

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scan: (code, typedOfIt = 0) => {
      if (typedOfIt > 0) set({ entry: state.entry.slice(0, -typedOfIt) });
      if (state.isPaying) refuse({ type: 'scanDuringTender', code });
      else if (isAskingReference()) sendReference(code);
      // A coupon is told from goods by the till, here as everywhere.
      else if (question()?.type === 'text' && state.task?.name !== 'coupon') answer({ type: 'text', text: code });
      else if (client.view().link !== 'open') refuse({ type: 'scanWithoutTill', code });
      else if (state.panel === 'inquiry') inquire({ type: 'scan', code }, code);
      else if (RECEIPT_NUMBER.test(code)) openReturn(code.toLowerCase());
      else {
        sell({ type: 'scan', code, scannedAtMs: Math.round(performance.now()), ...amountOf(entry()) }, code);
        if (state.entry !== '') set({ entry: state.panel === 'search' ? '' : withoutQuantity(state.entry) });
        if (state.weighing !== undefined) set({ weighing: undefined });
        if (state.panel === 'search') set({ panel: 'items', lettersShown: false });
      }
    },
    tornScan: () => refuse({ type: 'scanTorn' }),
    typed: (text) => {
      for (const character of text) typeOne(character);
    },
    setEntry,
    press,
    pressItem,
    pressPlu: () => {
      const typed = entry();
      if (typed.kind === 'number' || question() !== undefined || isAskingReference()) enter();
      else openLetters();
    },
    touchSearch: () => {
      if (state.lettersShown) showPanel('items');
      else openLetters();
    },
    showDepartment,
    showPanel,
    printAgain: () => {
      const receiptNumber = client.view().head?.completed?.receiptNumber;
      if (receiptNumber !== undefined) printReceipt(receiptNumber);
    },
    chooseReceipt: (receipt) => set({ chosenReceipt: { receipt } }),
    printReceipt,
    openReturn,
    undoSale,
    cardGivenBack,
    selectLine: (lineId) => {
      const typed = entry();
      if (typed.quantity !== undefined && typed.kind === 'empty') changeQuantity(typed, lineId);
      else set({ selectedLineId: state.selectedLineId === lineId ? undefined : lineId });
    },
    voidLine,
    confirmAge,
    removeCoupon: (code) => command({ type: 'removeCoupon', code }),
    answerYes,
    dismiss,
    pay,
    chooseTender: chooseTenderType,
    chooseExcess: chooseExcessAs,
    giveBack,
    answer,
    takeBack,
    cashOut,
    sellInquired,
    toggleLetters: () => set({ lettersShown: !state.lettersShown }),
    resume,
    returnLine,
    returnAll,
    close: unsubscribe,
  };
};
