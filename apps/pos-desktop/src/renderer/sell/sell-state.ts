/** What the sell screen stands at beside what its till says: the entry, the panel, the rows of the window's own, and what is half asked. */
import type { ExplanationView, Refusal, RequestBody, ReplyValue, TenderTypeView, Tile } from '../../shared/till-contract.ts';
import type { Task, TaskName } from './task.ts';
import type { Tendering } from './tendering.ts';

export type Panel =
  | 'items'
  | 'search'
  | 'more'
  | 'settings'
  | 'keyPages'
  | 'inquiry'
  | 'task'
  | 'explanation'
  | 'suspended'
  | 'keyMap'
  | 'tenders'
  | 'returns'
  | 'receipts';

/** Where a figure chooses what stands beside it. */
export const NUMBERED_PANELS: ReadonlySet<Panel> = new Set(['suspended', 'tenders', 'returns', 'receipts']);

export type AmountBody = Extract<RequestBody, { type: 'scan' | 'addPlu' | 'addItem' }>;
/** What sells goods, or more of them. */
export type QuantityBody = AmountBody | Extract<RequestBody, { type: 'setQuantity' | 'sellUnlisted' }>;
export type Vouched = NonNullable<AmountBody['vouched']>[number];
/** The till's, or that it did not answer. */
export type AnyRefusal = { readonly type: Refusal['type'] | 'noAnswer'; readonly detail: Refusal['detail'] };

/** A row of the window's own, below the till's rows. One of goods and a question stay until they are cleared or answered, another one until something goes well. */
export type Notice = { readonly id: number } & (
  | {
      readonly type: 'refusal';
      readonly refusal: AnyRefusal;
      readonly subject: string;
      readonly isOfGoods?: true;
    }
  | { readonly type: 'scanDuringTender' | 'scanWithoutTill'; readonly code: string }
  | { readonly type: 'scanTorn' | 'cashNeeded' | 'noLine' | 'notByPiece' }
  | { readonly type: 'notAnAmount'; readonly text: string }
  | { readonly type: 'pastedTooMuch'; readonly most: number }
  /** To what a function asked. */
  | { readonly type: 'notAnAnswer'; readonly task: TaskName; readonly text: string }
  | { readonly type: 'askVoidSale' }
  | {
      readonly type: 'askQuantity';
      readonly body: QuantityBody;
      /** Of the goods; empty where the till does not say. */
      readonly name: string;
      readonly quantity: { readonly value: number; readonly unit: Tile['unit'] } | undefined;
      readonly limit: number;
    }
  /** Another lane set it aside, and cannot be asked. */
  | { readonly type: 'askTakeover'; readonly basketId: string; readonly refusal: AnyRefusal }
  /** Only the person at the till knows: the hour, how old they are. */
  | { readonly type: 'askVouch'; readonly body: QuantityBody; readonly refusal: AnyRefusal; readonly vouched: Vouched }
);
export type NoticeBody = Notice extends infer N ? (N extends Notice ? Omit<N, 'id'> : never) : never;

const QUESTIONS: ReadonlySet<Notice['type']> = new Set(['askVoidSale', 'askQuantity', 'askVouch', 'askTakeover']);
/** Whether a row waits for a yes or no. */
export const isQuestion = (notice: Notice): boolean => QUESTIONS.has(notice.type);

/** Goods that are on the counter and not in the sale: each keeps its row until it is cleared, and nothing is paid before. */
export const standsForGoods = (notice: NoticeBody): boolean =>
  notice.type === 'scanDuringTender' ||
  notice.type === 'scanWithoutTill' ||
  notice.type === 'scanTorn' ||
  (notice.type === 'refusal' && notice.isOfGoods === true);

export type RecentReceipt = NonNullable<ReplyValue['receipts']>[number];
export type Suspended = NonNullable<ReplyValue['suspended']>[number];

/** A receipt of the list that somebody chose, and whether it is about to be undone. */
export interface ChosenReceipt {
  readonly receipt: RecentReceipt;
  /** `sure`: the whole sale would be undone. A tender: its card goes first. */
  readonly undoing?: 'sure' | CardFirst;
}

/** A card in the way of undoing a sale: the terminal gives it back, or it was given back by hand; and where the terminal refuses, it goes out of the drawer. */
export interface CardFirst {
  readonly tender: number;
  readonly name: string;
  readonly amountMinor: number;
  /** The lane's own order to the terminal. */
  readonly paymentId?: string;
  /** Others of the sale that go out of the drawer, by their places. */
  readonly inCash?: readonly number[];
  readonly isRefused?: true;
  /** So much would go out of the drawer for it: asked before it does. */
  readonly cashMinor?: number;
}

export interface SellState {
  readonly entry: string;
  readonly panel: Panel;
  readonly departments: readonly string[];
  readonly department: string | undefined;
  /** Those that sell what the catalogue does not list. */
  readonly unlistedDepartments: readonly string[];
  /** The donation to which a total is rounded up. */
  readonly roundUp: ReplyValue['roundUp'];
  readonly tiles: readonly Tile[];
  readonly results: readonly Tile[];
  readonly resultsOf: string;
  readonly resultIndex: number;
  /** The style whose variants the results are. */
  readonly resultStyle: string | undefined;
  /** The search was opened by hand: letters on the screen are wanted. */
  readonly lettersShown: boolean;
  readonly selectedLineId: string | undefined;
  readonly notices: readonly Notice[];
  readonly isPaying: boolean;
  /** The payment over the terminal whose outcome was seen. */
  readonly seenPaymentId: string | undefined;
  /** Goods by weight whose key was pressed before their weight was typed. */
  readonly weighing: { readonly sku: string; readonly name: string; readonly unit: Tile['unit'] } | undefined;
  /** The scale is asked, and has not answered yet. */
  readonly isOnScale: boolean;
  /** A function on its way: what is still to be said for it. */
  readonly task: Task | undefined;
  readonly explanation: ExplanationView | undefined;
  /** What was asked the price of last, while prices are asked for. */
  readonly inquired: Tile | undefined;
  /** Of who buys, where the hub told them. */
  readonly customerPoints: number | undefined;
  /** What figures choose from has not come yet. */
  readonly isListing: boolean;
  /** What was typed meanwhile: it chooses once the list is there. */
  readonly early: string;
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

export const INITIAL_STATE: SellState = {
  entry: '',
  panel: 'items',
  departments: [],
  department: undefined,
  unlistedDepartments: [],
  roundUp: undefined,
  tiles: [],
  results: [],
  resultsOf: '',
  resultIndex: 0,
  resultStyle: undefined,
  lettersShown: false,
  selectedLineId: undefined,
  notices: [],
  isPaying: false,
  seenPaymentId: undefined,
  weighing: undefined,
  isOnScale: false,
  task: undefined,
  explanation: undefined,
  inquired: undefined,
  customerPoints: undefined,
  isListing: false,
  early: '',
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
export const PAID: Partial<SellState> = {
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

/** Of what can be looked up and paid out. */
export const cardsWithBalance = (types: readonly TenderTypeView[]): readonly TenderTypeView[] =>
  types.filter(({ account }) => account === 'giftCard' || account === 'voucher' || account === 'storeCredit');

/** What the till says of something, where that is text. */
export const textOf = (value: string | number | boolean | undefined): string => (typeof value === 'string' ? value : '');
