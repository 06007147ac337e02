/**
 * The drawer's keys: what is typed becomes a count or an amount, and these the till's commands. It knows no DOM and no React, and no figure that the till
 * has not told it.
 */
import { unreachable } from '@holdfast/base';
import { currencyOf } from '@holdfast/domain';

import type { AttendanceView, CardCase, JournalEntryView, OtherShift, RequestBody, ShiftView } from '../../shared/till-contract.ts';
import { parseTypedNumber, scaleTypedNumber } from '../entry.ts';
import { indexOfMark } from '../sell/marks.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { erasedLast, isOfTyping, notTyped, type SheetProblem, typedTooMuch } from '../typed-answer.ts';
import {
  cardBack,
  cardEnter,
  cardFigure,
  clearCase,
  isCardTask,
  SETTLE_WITHIN_MS,
  showCase,
  type CardStep,
  type CardTask,
} from './card-desk.ts';

export type CashAct = Extract<RequestBody, { type: 'moveCash' }>['act'];
export type BankAct = Extract<RequestBody, { type: 'moveSafe' }>['act'];
export type CountOf = 'openShift' | 'closeShift' | 'countSafe';

export type CashTask =
  | { readonly type: 'menu' }
  /** `asksReason`: the count is off, and why is to be chosen. `isAsked`: the till wants it of whoever has just signed on; then they sell. `other`: whose insert it is, where that one is away. */
  | { readonly type: 'count'; readonly of: CountOf; readonly asksReason?: true; readonly isAsked?: true; readonly other?: OtherShift }
  /** Which of the other inserts is to be counted. */
  | { readonly type: 'others' }
  | { readonly type: 'move'; readonly act: CashAct; readonly asksReason?: true }
  | { readonly type: 'safe' }
  /** `shown`: all that one entry says, as JSON. */
  | { readonly type: 'journal'; readonly shown?: string }
  | { readonly type: 'attendance' }
  /** What is missing of one: its time, then why. */
  | { readonly type: 'missing'; readonly of: AttendanceView; readonly time?: string; readonly asksReason?: true }
  /** `amountMinor`: it is known, and the number of the bag is typed. */
  | { readonly type: 'bank'; readonly act: BankAct; readonly amountMinor?: number }
  | { readonly type: 'closed'; readonly shift: ShiftView }
  | CardTask;

export interface CashState {
  readonly task: CashTask | undefined;
  readonly shift: ShiftView | undefined;
  /** Inserts of others that nobody has counted. */
  readonly others: readonly OtherShift[];
  /** Of each face, as far as it was counted. */
  readonly counts: ReadonlyMap<number, number>;
  /** Which face is being counted. */
  readonly face: number;
  readonly typed: string;
  readonly problem: SheetProblem | undefined;
  readonly isBusy: boolean;
  /** What was found, newest first; undefined before the first search. */
  readonly found: readonly JournalEntryView[] | undefined;
  /** Who was at work, newest first. */
  readonly attendance: readonly AttendanceView[] | undefined;
  /** There is more behind it. */
  readonly hasMore: boolean;
  /** Which of them, or of the card payments, is chosen. */
  readonly chosen: number;
  /** Card payments that somebody has to look at; undefined before the till has answered. */
  readonly cases: readonly CardCase[] | undefined;
}

export interface CashController {
  readonly state: () => CashState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly toggle: () => void;
  readonly start: (task: CashTask) => void;
  readonly choose: (way: MenuWay | SafeWay) => void;
  readonly chooseOther: (index: number) => void;
  readonly chooseFace: (face: number) => void;
  readonly typed: (text: string) => boolean;
  /** As a paste or an input method brings it: all of it, or nothing; it chooses nothing by its figures. */
  readonly pasted: (text: string) => boolean;
  /** What was typed last was a scanner's. */
  readonly untyped: (text: string) => boolean;
  readonly key: (key: string) => boolean;
  readonly submit: () => void;
  /** The whole count is done, at whatever face it stands. */
  readonly finish: () => void;
  readonly chooseReason: (reason: string) => void;
  readonly showEntry: (index: number) => void;
  readonly searchOn: () => void;
  readonly showCase: (index: number) => void;
  readonly chooseClearing: (index: number) => void;
  /** The attendance in that place of the list has an end that is missing. */
  readonly chooseAttendance: (index: number) => void;
  readonly back: () => void;
}

/** What the menu offers, by what it is for, and the safe's; each is chosen by the mark of its place, too. `count` begins the shift, or ends it. */
export const MENU_WAYS = {
  drawer: ['count', 'paidIn', 'paidOut', 'drop', 'loan', 'printX'],
  safe: ['safe', 'cards'],
  /** The last one stands there where there are others. */
  lane: ['attendance', 'journal', 'training', 'keyPages', 'others'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type MenuWay = (typeof MENU_WAYS)[keyof typeof MENU_WAYS][number];
export const MENU_ORDER: readonly MenuWay[] = Object.values(MENU_WAYS).flat();
export const SAFE_WAYS = ['bankDeposit', 'bankChange', 'countSafe'] as const;
export type SafeWay = (typeof SAFE_WAYS)[number];

/** `KeyboardEvent.key`, with Shift. */
export const CASH_KEY = 'F11';

/** What may lie in a drawer of that currency, largest first. */
export const facesOf = (currency: string): readonly number[] => currencyOf(currency)?.facesMinor ?? [];

const CLOSED: CashState = {
  task: undefined,
  shift: undefined,
  others: [],
  counts: new Map(),
  face: 0,
  typed: '',
  problem: undefined,
  isBusy: false,
  found: undefined,
  attendance: undefined,
  hasMore: false,
  chosen: 0,
  cases: undefined,
};
const isAskedFor = (task: CashTask | undefined): boolean => task?.type === 'count' && task.isAsked === true;

/** As many as stand on the screen. */
const PAGE_ENTRIES = 40;
/** What may be typed where, and at most how much of it. */
const FIELDS = {
  search: { allows: /^[^\p{Cc}\p{Cs}]$/u, most: 60 },
  count: { allows: /^\d$/u, most: 5 },
  amount: { allows: /^[\d.,]$/u, most: 10 },
  reference: { allows: /^[\w.-]$/u, most: 24 },
  time: { allows: /^[\d:]$/u, most: 5 },
} as const;
const fieldOf = (task: CashTask | undefined): (typeof FIELDS)[keyof typeof FIELDS] | undefined => {
  if (task === undefined || ('asksReason' in task && task.asksReason)) return undefined;
  if (task.type === 'journal') return task.shown === undefined ? FIELDS.search : undefined;
  if (task.type === 'count') return FIELDS.count;
  if (task.type === 'missing') return FIELDS.time;
  if (task.type === 'bank') return task.amountMinor === undefined ? FIELDS.amount : FIELDS.reference;
  return task.type === 'move' ? FIELDS.amount : undefined;
};
/** `930`, `0930` and `09:30` are one time. */
const TIME = /^(\d|[01]\d|2[0-3]):?([0-5]\d)$/u;

export interface CashPorts {
  readonly client: TillClient;
  readonly tone: (kind: 'ok' | 'error') => void;
  readonly reasons: () => readonly string[];
  /** How somebody may know what became of a card payment. */
  readonly cardReasons: () => readonly string[];
  /** The screen where the item keys are arranged. */
  readonly openKeyPages: () => void;
}

export const createCashController = ({ client, tone, reasons, cardReasons, openKeyPages }: CashPorts): CashController => {
  let state = CLOSED;
  const listeners = new Set<() => void>();
  const set = (change: Partial<CashState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const minorDigits = (): number => client.view().head?.minorDigits ?? 2;
  const faces = (): readonly number[] => facesOf(client.view().head?.currency ?? '');

  const load = async (): Promise<void> => {
    const reply = await client.request({ type: 'shift' });
    if (reply.ok && state.task !== undefined) set({ shift: reply.value.shift, others: reply.value.otherShifts ?? [] });
  };

  let searched: { readonly text: string; readonly next: { readonly epoch: string; readonly seq: number } | null } | undefined;
  /** The till looks at a few entries for each question: it is asked on until a page is full. Another search, or leaving, ends this one. */
  const search = async (text: string, goOn: boolean): Promise<void> => {
    const before = goOn ? searched?.next : undefined;
    if (before === null) return;
    const found: JournalEntryView[] = goOn ? [...(state.found ?? [])] : [];
    const wanted = found.length + PAGE_ENTRIES;
    const own = { text, next: before ?? null };
    searched = own;
    set({ isBusy: true, problem: undefined, ...(!goOn && { found: undefined, chosen: 0 }) });
    for (let from = before ?? undefined; ;) {
      const body: RequestBody = { type: 'journal', text, limit: PAGE_ENTRIES, ...(from !== undefined && { before: from }) };
      const reply = await client.request(body);
      if (searched !== own || state.task?.type !== 'journal') return;
      if (!reply.ok || reply.value.journal === undefined) {
        set({ isBusy: false, ...(!reply.ok && { problem: reply.refusal }) });
        return;
      }
      const { entries, next } = reply.value.journal;
      found.push(...entries);
      const isDone = next === null || found.length >= wanted;
      if (isDone) searched = { text, next };
      set({ found: [...found], hasMore: next !== null, isBusy: !isDone });
      if (isDone) return;
      from = next;
    }
  };
  const showEntry = async (index: number): Promise<void> => {
    const entry = state.found?.[index];
    if (entry === undefined) return;
    set({ chosen: index });
    const reply = await client.request({ type: 'journalEntry', epoch: entry.epoch, seq: entry.seq });
    if (state.task?.type !== 'journal') return;
    if (reply.ok) set({ task: { type: 'journal', shown: reply.value.journalEntry ?? '' } });
    else set({ problem: reply.refusal });
  };
  const stepEntry = (by: 1 | -1): void => {
    const last = ((state.task?.type === 'cards' ? state.cases : state.found)?.length ?? 0) - 1;
    set({ chosen: Math.max(Math.min(state.chosen + by, last), 0) });
  };

  const loadCases = async (): Promise<void> => {
    const reply = await client.request({ type: 'cardCases' });
    if (state.task?.type !== 'cards') return;
    if (reply.ok) set({ cases: reply.value.cardCases ?? [] });
    else set({ problem: reply.refusal });
  };

  const listAttendance = async (): Promise<void> => {
    set({ isBusy: true });
    const reply = await client.request({ type: 'attendance' });
    if (state.task?.type !== 'attendance') return;
    if (reply.ok) set({ isBusy: false, attendance: reply.value.attendance ?? [], chosen: 0 });
    else set({ isBusy: false, problem: reply.refusal });
  };
  const isMissing = ({ fromMs, toMs }: AttendanceView): boolean => fromMs === undefined || toMs === undefined;
  const chooseAttendance = (index: number): void => {
    const of = state.attendance?.[index];
    if (of === undefined || !isMissing(of)) tone('error');
    else set({ chosen: index, task: { type: 'missing', of }, typed: '', problem: undefined });
  };
  const stepAttendance = (by: 1 | -1): void => {
    const last = (state.attendance?.length ?? 0) - 1;
    set({ chosen: Math.max(Math.min(state.chosen + by, last), 0) });
  };
  const refuse = (problem: SheetProblem): void => {
    tone('error');
    set({ problem });
  };
  const refuseTyped = (): void => {
    if (state.typed === '') tone('error');
    else refuse(notTyped(state.typed));
  };
  const submitTime = (task: Extract<CashTask, { type: 'missing' }>): void => {
    const [, hour, minute] = TIME.exec(state.typed) ?? [];
    if (hour === undefined || minute === undefined) refuseTyped();
    else set({ task: { ...task, time: `${hour.padStart(2, '0')}:${minute}`, asksReason: true }, typed: '', problem: undefined });
  };
  const stateMissing = async ({ of, time = '' }: Extract<CashTask, { type: 'missing' }>, reason: string): Promise<void> => {
    const { person, fromMs, toMs } = of;
    const known = { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
    const reply = await client.request({ type: 'stateAttendance', person, ...known, time, reason });
    tone(reply.ok ? 'ok' : 'error');
    if (reply.ok) start({ type: 'attendance' });
    else set({ task: { type: 'missing', of }, problem: reply.refusal });
  };

  const start = (task: CashTask): void => {
    set({ ...CLOSED, shift: state.shift, others: state.others, task, face: faces()[0] ?? 1 });
    if (task.type === 'journal') void search('', false);
    else if (task.type === 'cards') void loadCases();
    else if (task.type === 'attendance') void listAttendance();
    else void load();
  };

  /** Who has a till insert of their own counts it in as they sign on. It can be put off: the status line says so until it is done. */
  let seenOperator: string | undefined;
  client.subscribe(() => {
    const { status, lines } = client.view();
    const operator = status?.signOn === 'on' ? status.operator : undefined;
    if (operator === seenOperator) return;
    seenOperator = operator;
    if (status?.floatDue === true && lines.length === 0 && state.task === undefined)
      start({ type: 'count', of: 'openShift', isAsked: true });
  });

  const toggle = (): void => {
    if (state.task === undefined) start({ type: 'menu' });
    else set(CLOSED);
  };

  const isTraining = (): boolean => client.view().status?.training === true;
  const choose = (way: MenuWay | SafeWay): void => {
    switch (way) {
      case 'count':
        start({ type: 'count', of: state.shift?.isOpen === true ? 'closeShift' : 'openShift' });
        break;
      case 'paidIn':
      case 'paidOut':
      case 'drop':
      case 'loan':
        start({ type: 'move', act: way });
        break;
      case 'bankDeposit':
      case 'bankChange':
        start({ type: 'bank', act: way });
        break;
      case 'countSafe':
        start({ type: 'count', of: way });
        break;
      case 'printX':
        void send({ type: 'printShift' });
        break;
      case 'training':
        void changeTraining(!isTraining());
        break;
      case 'keyPages':
        set(CLOSED);
        openKeyPages();
        break;
      case 'others':
        if (state.others.length === 0) tone('error');
        else start({ type: way });
        break;
      case 'safe':
      case 'cards':
      case 'attendance':
      case 'journal':
        start({ type: way });
        break;
      default:
        unreachable(way, 'choose');
    }
  };
  const chooseOther = (index: number): void => {
    const other = state.others[index];
    if (other === undefined) tone('error');
    else start({ type: 'count', of: 'closeShift', other });
  };
  /** By the mark on its key: of the menu, of the safe, or of the others' inserts. */
  const chooseByMark = (character: string): boolean => {
    const { type } = state.task ?? {};
    if (type === 'others' || (type === 'closed' && state.others.length > 0)) {
      if (type === 'others') chooseOther(indexOfMark(character));
      else if (indexOfMark(character) === 0) choose('others');
      else tone('error');
      return true;
    }
    if (type !== 'menu' && type !== 'safe') return false;
    const way = (type === 'menu' ? MENU_ORDER : SAFE_WAYS)[indexOfMark(character)];
    if (way === undefined) tone('error');
    else choose(way);
    return true;
  };

  /** What was typed counts for the face that it was typed at. */
  const keepCount = (): void => {
    if (state.typed !== '') set({ counts: new Map(state.counts).set(state.face, Number(state.typed)), typed: '' });
  };
  const chooseFace = (face: number): void => {
    keepCount();
    set({ face, problem: undefined });
  };
  const stepFace = (by: 1 | -1): void => {
    const all = faces();
    chooseFace(all[Math.min(Math.max(all.indexOf(state.face) + by, 0), all.length - 1)] ?? state.face);
  };

  const stepOn = (by: 1 | -1): void => {
    if (state.task?.type === 'journal' || state.task?.type === 'cards') stepEntry(by);
    else if (state.task?.type === 'attendance') stepAttendance(by);
    else if (state.task?.type === 'count') stepFace(by);
  };

  const refused = ({ refusal }: TillReply & { readonly ok: false }): void => {
    tone('error');
    const { task } = state;
    const isAsked = refusal.type === 'overShort' && task?.type === 'count';
    set({ isBusy: false, problem: refusal, ...(isAsked && { task: { ...task, asksReason: true } }) });
  };

  const send = async (body: RequestBody): Promise<void> => {
    if (state.isBusy) return;
    set({ isBusy: true, problem: undefined });
    const reply = await client.request(body, body.type === 'settleTerminal' ? SETTLE_WITHIN_MS : undefined);
    if (!reply.ok) {
      refused(reply);
      return;
    }
    tone('ok');
    const { shift, settlement } = reply.value;
    if (isAskedFor(state.task)) set(CLOSED);
    else if (settlement !== undefined) start({ type: 'settled', settlement });
    else if (body.type === 'clearCardCase') start({ type: 'cards' });
    else start(shift === undefined ? { type: 'menu' } : { type: 'closed', shift });
  };

  /** Then the sale stands in front: there is something to practise on, or to sell. */
  const changeTraining = async (isOn: boolean): Promise<void> => {
    await send({ type: 'setTraining', isOn });
    if (state.problem === undefined) set(CLOSED);
  };

  const sendCount = ({ of, other }: Extract<CashTask, { type: 'count' }>, reason?: string): void => {
    keepCount();
    const denominations = [...state.counts].filter(([, count]) => count > 0).map(([faceMinor, count]) => ({ faceMinor, count }));
    const drawer = other?.drawer;
    const close = { denominations, ...(reason !== undefined && { reason }), ...(drawer !== undefined && { drawer }) };
    if (of === 'closeShift') void send({ type: of, ...close });
    else void send({ type: of, denominations });
  };

  const amountMinor = (): number | undefined => {
    const typed = parseTypedNumber(state.typed);
    const minor = typed === undefined ? undefined : scaleTypedNumber(typed, minorDigits());
    return minor === undefined || minor === 0 ? undefined : minor;
  };

  const sendMove = (act: CashAct, reason?: string): void => {
    const minor = amountMinor();
    if (minor !== undefined) void send({ type: 'moveCash', act, amountMinor: minor, ...(reason !== undefined && { reason }) });
  };

  /** Amount first, then the number of the bag. */
  const submitBank = (task: Extract<CashTask, { type: 'bank' }>): void => {
    const { act } = task;
    if (task.amountMinor === undefined) {
      const minor = amountMinor();
      if (minor === undefined) refuseTyped();
      else set({ task: { ...task, amountMinor: minor }, typed: '', problem: undefined });
    } else if (state.typed === '') tone('error');
    else void send({ type: 'moveSafe', act, amountMinor: task.amountMinor, reference: state.typed });
  };

  const take = (step: CardStep): void => {
    if (step === undefined) tone('error');
    else if ('ask' in step) void send(step.ask);
    else if (step.go.type === 'cards') start(step.go);
    else set({ task: step.go, problem: undefined });
  };
  const cardList = () => ({ cases: state.cases, chosen: state.chosen, reasons: cardReasons() });

  const submit = (): void => {
    const { task } = state;
    if (isCardTask(task)) take(cardEnter(task, cardList()));
    else if (task?.type === 'journal') {
      if (task.shown === undefined && (state.typed !== searched?.text || state.found === undefined)) void search(state.typed, false);
      else if (task.shown === undefined) void showEntry(state.chosen);
    } else if (task?.type === 'attendance') chooseAttendance(state.chosen);
    else if (task?.type === 'missing') submitTime(task);
    else if (task?.type === 'bank') submitBank(task);
    else if (task?.type === 'count') {
      const isLast = faces().at(-1) === state.face;
      if (isLast || state.typed === '') sendCount(task);
      else stepFace(1);
    } else if (task?.type === 'move' && amountMinor() !== undefined) {
      const asks = task.act === 'paidIn' || task.act === 'paidOut';
      if (asks) set({ task: { ...task, asksReason: true } });
      else sendMove(task.act);
    } else if (task?.type === 'move') refuseTyped();
    else if (task !== undefined) set(CLOSED);
  };

  const chooseReason = (reason: string): void => {
    const { task } = state;
    if (task?.type === 'count') sendCount(task, reason);
    else if (task?.type === 'move') sendMove(task.act, reason);
    else if (task?.type === 'missing') void stateMissing(task, reason);
    else if (isCardTask(task)) take(clearCase(task, reason));
  };

  /** While the terminal adds up, nobody leaves: its answer would be lost to the eye. */
  const backFromCards = (task: CardTask): void => {
    if (state.isBusy) return;
    const before = cardBack(task);
    if (before?.type === 'card') set({ task: before, problem: undefined });
    else start(before ?? { type: 'menu' });
  };

  const back = (): void => {
    const { task } = state;
    if (isCardTask(task)) backFromCards(task);
    else if (task?.type === 'journal' && task.shown !== undefined) set({ task: { type: 'journal' } });
    else if (state.typed !== '') set({ typed: '', problem: undefined });
    else if (task === undefined || task.type === 'menu' || task.type === 'closed' || isAskedFor(task)) set(CLOSED);
    else if (task.type === 'bank') start({ type: 'safe' });
    else if (task.type === 'count' && task.other !== undefined) start({ type: 'others' });
    else if (task.type === 'missing') start({ type: 'attendance' });
    else start({ type: 'menu' });
  };

  /** Nothing is taken by halves: half an amount is another one. */
  const typeInto = (text: string): void => {
    const field = fieldOf(state.task);
    const characters = [...text];
    if (field === undefined) tone('error');
    else if ([...state.typed].length + characters.length > field.most) refuse(typedTooMuch(field.most));
    else if (characters.some((character) => !field.allows.test(character))) refuse(notTyped(text));
    else set({ typed: state.typed + text, ...(isOfTyping(state.problem) && { problem: undefined }) });
  };
  const typeOne = (character: string): void => {
    const { task } = state;
    if (chooseByMark(character)) return;
    if (isCardTask(task)) {
      take(cardFigure(task, character, cardList()));
      return;
    }
    const reason = reasons()[Number.parseInt(character, 10) - 1];
    if ((task?.type === 'count' || task?.type === 'move' || task?.type === 'missing') && task.asksReason === true) {
      if (reason !== undefined) chooseReason(reason);
      return;
    }
    typeInto(character);
  };

  const KEYS: Readonly<Record<string, () => void>> = {
    Enter: submit,
    Escape: back,
    Clear: back,
    Backspace: () => set({ typed: erasedLast(state.typed), ...(isOfTyping(state.problem) && { problem: undefined }) }),
    ArrowUp: () => stepOn(-1),
    ArrowDown: () => stepOn(1),
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    toggle,
    start,
    choose,
    chooseOther,
    chooseFace,
    typed: (text) => {
      if (state.task === undefined) return false;
      for (const character of text) typeOne(character);
      return true;
    },
    pasted: (text) => {
      if (state.task === undefined) return false;
      // Figures of full width, as input methods write them, are figures.
      const meant = (state.task.type === 'journal' ? text : text.normalize('NFKC')).trim();
      if (meant !== '') typeInto(meant);
      return true;
    },
    untyped: (text) => {
      if (state.task === undefined) return false;
      if (state.typed.endsWith(text)) set({ typed: state.typed.slice(0, -text.length) });
      return true;
    },
    key: (key) => {
      if (state.task === undefined) return false;
      KEYS[key]?.();
      return key !== 'Tab';
    },
    submit,
    finish: () => {
      if (state.task?.type === 'count') sendCount(state.task);
    },
    chooseReason,
    showEntry: (index) => void showEntry(index),
    chooseAttendance,
    showCase: (index) => {
      set({ chosen: index });
      take(showCase(state.cases?.[index]));
    },
    chooseClearing: (index) => {
      if (isCardTask(state.task)) take(cardFigure(state.task, String(index + 1), cardList()));
    },
    searchOn: () => void search(searched?.text ?? '', true),
    back,
  };
};
