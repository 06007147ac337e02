/**
 * What everything on the sell screen works with: where it stands, the rows and tones by which it is heard, and the way to the till. It decides nothing.
 * `state()` is read anew after each `set`: an act that keeps a copy works with the past.
 */
import type { LineView, RequestBody, ReplyValue } from '../../shared/till-contract.ts';
import { type Entry, parseEntry } from '../entry.ts';
import type { ShopperDesk } from '../shopper-desk.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { INITIAL_STATE, isQuestion, type NoticeBody, type SellState, standsForGoods } from './sell-state.ts';
import { questionOf, type Question } from './task.ts';

/** What of an open sale they change is in what is due for it. */
const CHANGES: ReadonlySet<RequestBody['type']> = new Set<RequestBody['type']>([
  'scan',
  'addPlu',
  'addItem',
  'sellUnlisted',
  'setQuantity',
  'overridePrice',
  'voidLine',
  'confirmAge',
  'clearRefused',
  'addCoupon',
  'removeCoupon',
  'setCustomer',
  'attachCustomer',
  'clearCustomer',
  'discount',
  'removeDiscount',
  'exempt',
  'clearExemption',
  'setService',
  'voidSale',
  'resume',
  'voidTender',
  'setReturn',
]);

/** And what ends it, or takes money for it. */
const ENDS: ReadonlySet<RequestBody['type']> = new Set<RequestBody['type']>(['payCash', 'tender', 'refund', 'suspend']);

export interface SellPorts {
  readonly client: TillClient;
  /** Heard, not only seen. */
  readonly tone: (kind: 'ok' | 'error' | 'done') => void;
  /** Why a price was changed, something taken off, the drawer opened: in the order of their keys. */
  readonly reasons: () => Readonly<Record<'price' | 'discount' | 'drawer' | 'note', readonly string[]>>;
  /** What is asked on the shopper's screen. */
  readonly shopper: ShopperDesk;
  /** The screen where the lane's devices are set up. */
  readonly openDevices: () => void;
  /** Does it that much later; returns what calls it off. */
  readonly delay: (task: () => void, delayMs: number) => () => void;
}

export interface SellCore extends SellPorts {
  readonly state: () => SellState;
  readonly set: (change: Partial<SellState>) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** A row, without a tone. */
  readonly notify: (body: NoticeBody) => void;
  /** A row and the error tone. */
  readonly refuse: (body: NoticeBody) => void;
  readonly dismiss: (noticeId: number) => void;
  readonly ask: (body: RequestBody, onReply: (reply: TillReply) => void) => Promise<void>;
  /** What is about the whole sale: done once the till has taken each change of it that is on its way. What it refuses is heard, and then nothing is done. */
  readonly settled: (act: () => void) => void;
  /** Asks for what figures choose from; what is typed before it comes waits for it. */
  readonly list: (body: RequestBody, onList: (value: ReplyValue) => void) => void;
  /** Sends what has no row of its own: a refusal becomes one. */
  readonly command: (body: RequestBody, onDone?: (value: ReplyValue) => void) => void;
  readonly entry: () => Entry;
  /** What keys that name no line are about: the chosen line, else the newest. */
  readonly currentLine: () => LineView | undefined;
  /** What the open function asks. */
  readonly question: () => Question | undefined;
  readonly isAskingReference: () => boolean;
}

export const createSellCore = (ports: SellPorts): SellCore => {
  const { client, tone } = ports;
  let state = INITIAL_STATE;
  let nextNoticeId = 1;
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

  /** What was said of a press is over with the next one that goes well; goods on the counter and questions are not. */
  const forgetSaid = (before: number): void => {
    const kept = state.notices.filter((notice) => notice.id >= before || standsForGoods(notice) || isQuestion(notice));
    if (kept.length < state.notices.length) set({ notices: kept });
  };

  let changing = 0;
  const waiting: (() => void)[] = [];

  const ask = async (body: RequestBody, onReply: (reply: TillReply) => void): Promise<void> => {
    const changes = CHANGES.has(body.type);
    const saidSince = nextNoticeId;
    if (changes) changing += 1;
    const reply = await client.request(body);
    if (changes) changing -= 1;
    if (reply.ok && (changes || ENDS.has(body.type))) forgetSaid(saidSince);
    onReply(reply);
    if (changes && !reply.ok) waiting.length = 0;
    if (changing === 0) for (const act of waiting.splice(0)) act();
  };

  /** Only the newest list is waited for: whoever opened another one is typing for that. */
  let lists = 0;
  const list: SellCore['list'] = (body, onList) => {
    const own = (lists += 1);
    set({ isListing: true, early: '' });
    void ask(body, (reply) => {
      if (reply.ok) onList(reply.value);
      if (own === lists) set({ isListing: false });
    });
  };

  return {
    ...ports,
    list,
    state: () => state,
    set,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify,
    refuse,
    dismiss: (noticeId) => set({ notices: state.notices.filter((notice) => notice.id !== noticeId) }),
    ask,
    settled: (act) => {
      if (changing === 0) act();
      else waiting.push(act);
    },
    command: (body, onDone) => {
      void ask(body, (reply) => {
        if (reply.ok) onDone?.(reply.value);
        else refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
      });
    },
    entry: () => parseEntry(state.entry),
    currentLine: () => {
      const { head, lines } = client.view();
      const wanted = state.selectedLineId ?? head?.currentLineId;
      return lines.find((line) => line.lineId === wanted) ?? lines.findLast((line) => line.kind === 'item') ?? lines.at(-1);
    },
    question: () => {
      const { head } = client.view();
      return state.panel === 'task' && state.task !== undefined && head !== undefined ? questionOf(state.task, head) : undefined;
    },
    isAskingReference: () => state.panel === 'tenders' && state.tendering?.step === 'reference',
  };
};
