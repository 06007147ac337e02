/**
 * Who stands at the lane, and who gives leave: turns a badge, a number and a PIN into the till's commands. It knows no DOM and no React.
 *
 * Leave is asked for between the window's logic and the till: a request that is refused as `approvalNeeded` waits here for somebody else, is sent again once
 * they have allowed it, and is answered with what came of that. Whoever sent it knows nothing of it, and scans go on meanwhile.
 */
import type { LeaveWishView, Refusal, ReplyValue, RequestBody } from '../../shared/till-contract.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { erasedLast, isOfTyping, notTyped, type SheetProblem, typedTooMuch } from '../typed-answer.ts';

export type Person = NonNullable<ReplyValue['people']>[number];
export type ClockAct = Extract<RequestBody, { type: 'clock' }>['act'];
export type Clocked = NonNullable<ReplyValue['clocked']>;
type ApprovalNeeded = Refusal & { readonly type: 'approvalNeeded' };

export type Asking =
  /** Nobody works here now, or whoever does has to show it again: there is no way around it. */
  | { readonly type: 'signOn'; readonly isLocked: boolean }
  | { readonly type: 'switch' }
  | { readonly type: 'leave'; readonly refusal: ApprovalNeeded }
  /** Another lane of the store asks for leave. */
  | { readonly type: 'wish'; readonly wish: LeaveWishView };

export interface PeopleState {
  readonly asking: Asking | undefined;
  readonly people: readonly Person[];
  readonly chosen: Person | undefined;
  /** A number of somebody until they are chosen, then their PIN. */
  readonly typed: string;
  readonly problem: SheetProblem | undefined;
  readonly isBusy: boolean;
  /** Whoever shows who they are comes to work, or goes; nobody is signed on by it. */
  readonly clock: ClockAct | undefined;
  /** Whoever is chosen gets another PIN: the one that they have, the new one, and that once more. */
  readonly pinStep: 'old' | 'new' | 'again' | undefined;
  /** Who has another PIN now, until the next key. */
  readonly pinChanged: string | undefined;
  /** The other stations of the store show the leave that is asked for. */
  readonly stations: { readonly wishId: string; readonly count: number } | undefined;
  /** Who said no to it there. */
  readonly refusedBy: string | undefined;
  /** What came of that, until the next key. */
  readonly clocked: Clocked | undefined;
}

export interface PeopleController {
  readonly state: () => PeopleState;
  readonly subscribe: (listener: () => void) => () => void;
  /** The client that asks for leave by itself. */
  readonly client: TillClient;
  /** True where it was somebody's badge to be, and no goods. */
  readonly scan: (code: string) => boolean;
  readonly typed: (text: string) => boolean;
  /** As a paste or an input method brings it: all of it, or nothing. */
  readonly pasted: (text: string) => boolean;
  /** What was typed last was a scanner's. */
  readonly untyped: (text: string) => boolean;
  /** Of `KeyboardEvent.key`. */
  readonly key: (key: string) => boolean;
  readonly choose: (person: Person) => void;
  readonly submit: () => void;
  readonly erase: () => void;
  /** Back to the choice of somebody, else away from what was asked; whoever has to sign on stays. */
  readonly back: () => void;
  readonly startClock: (act: ClockAct) => void;
  readonly startPin: () => void;
  /** The leave that is waited for is asked of the other stations, too. */
  readonly askStations: () => void;
  /** What another lane asks is looked at, so that somebody may allow it here. */
  readonly openWish: (wish: LeaveWishView) => void;
  readonly refuseWish: () => void;
  readonly openSwitch: () => void;
  /** Away from the change of hands. */
  readonly closeSwitch: () => void;
  readonly lock: () => void;
  readonly signOff: () => void;
  readonly close: () => void;
}

/** `KeyboardEvent.key` of what opens the change of hands. */
export const SWITCH_KEY = 'F11';
/** Another PIN of one's own. */
export const PIN_KEY = 'F6';
/** The other stations: asked for leave, or looked at where one of them asks. */
export const STATIONS_KEY = 'F4';
/** What another lane asks is refused. */
export const REFUSE_KEY = 'F5';
/** Of whoever is at the till: they stay and show again who they are, or go. */
export const LOCK_KEY = 'F7';
export const SIGN_OFF_KEY = 'F8';
/** While it is asked who is at the till. */
export const CLOCK_KEYS: Readonly<Record<ClockAct, string>> = { clockIn: 'F2', clockOut: 'F3' };

const NOBODY: PeopleState = {
  asking: undefined,
  people: [],
  chosen: undefined,
  typed: '',
  problem: undefined,
  isBusy: false,
  clock: undefined,
  pinStep: undefined,
  pinChanged: undefined,
  stations: undefined,
  refusedBy: undefined,
  clocked: undefined,
};
const MAX_TYPED = 32;

/** What a label on goods looks like; badges are made otherwise. */
const GOODS = /^(?:\d{8}|\d{12,14}|\].*)$/u;

interface Waiting {
  readonly body: RequestBody;
  readonly withinMs: number | undefined;
  readonly refusal: ApprovalNeeded;
  readonly resolve: (reply: TillReply) => void;
}

/** Of what is not about the open basket: the receipt that leave is for. */
const referenceOf = (body: RequestBody): string | undefined => {
  if (body.type === 'postVoid' || body.type === 'reverseTender') return body.receiptNumber;
  if (body.type === 'clearCardCase') return body.paymentId;
  if (body.type === 'moveCash') return 'drawer';
  if (body.type === 'closeShift' && body.drawer !== undefined) return `shift:${body.drawer}`;
  if (body.type === 'moveSafe') return 'safe';
  if (body.type === 'setDevices' || body.type === 'testDevice') return 'devices';
  if (body.type === 'setTraining') return 'training';
  return body.type === 'adjustStock' ? 'stock' : undefined;
};

/** The most that each kind of limit says: then it was more than can be measured, and leave has no end either. */
const WITHOUT_MEASURE = { wantedBps: 10_000, wantedMinor: 1_000_000_000_000, wantedCount: 1_000_000_000 } as const;

export const leaveFor = (
  { detail }: ApprovalNeeded,
  body: RequestBody,
): Omit<Extract<RequestBody, { type: 'approve' }>, 'user' | 'pin' | 'badge'> => {
  const wanted = Object.entries(WITHOUT_MEASURE).flatMap(([name, most]) => {
    const value = detail[name];
    return typeof value === 'number' && value < most ? [value] : [];
  });
  const lineId = detail['lineId'];
  const reference = referenceOf(body);
  return {
    type: 'approve',
    action: detail['action'] as Extract<RequestBody, { type: 'approve' }>['action'],
    ...(typeof lineId === 'string' && lineId !== '' && { lineId }),
    ...(reference !== undefined && { reference }),
    ...(wanted[0] !== undefined && { maximum: wanted[0] }),
  };
};

export const createPeopleController = (till: TillClient, tone: (kind: 'ok' | 'error') => void): PeopleController => {
  let state = NOBODY;
  /** Leave that is wanted, oldest first; the first one is asked for. */
  let waiting: readonly Waiting[] = [];
  let badge: string | undefined;
  const listeners = new Set<() => void>();

  const set = (change: Partial<PeopleState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  const ask = (asking: Asking | undefined): void => {
    badge = undefined;
    set({ ...NOBODY, people: state.people, asking });
    if (asking === undefined) return;
    void listPeople(asking);
  };

  const listPeople = async (of: Asking): Promise<void> => {
    const reply = await till.request({ type: 'people' });
    if (!reply.ok) return;
    const people = reply.value.people ?? [];
    const operator = till.view().status?.operator;
    const holder =
      of.type === 'signOn' && of.isLocked && state.chosen === undefined ? people.find(({ user }) => user === operator) : undefined;
    set({ people, ...(holder !== undefined && { chosen: holder }) });
  };

  const askNext = (): void => {
    const [first] = waiting;
    ask(first === undefined ? undefined : { type: 'leave', refusal: first.refusal });
  };

  // ---- leave

  const request = async (body: RequestBody, withinMs?: number): Promise<TillReply> => {
    const reply = await till.request(body, withinMs);
    const signOn = till.view().status?.signOn;
    if (reply.ok || reply.refusal.type !== 'approvalNeeded' || signOn !== 'on') return reply;
    const refusal = reply.refusal as ApprovalNeeded;
    return new Promise((resolve) => {
      waiting = [...waiting, { body, withinMs, refusal, resolve }];
      tone('error');
      if (state.asking === undefined) askNext();
    });
  };

  const dropStations = (): void => {
    const { stations } = state;
    if (stations !== undefined) void till.request({ type: 'dropLeave', wishId: stations.wishId });
  };

  const askStations = async (): Promise<void> => {
    const [first] = waiting;
    if (state.asking?.type !== 'leave' || first === undefined || state.isBusy) return;
    const { detail } = first.refusal;
    const { action, lineId, reference, maximum } = leaveFor(first.refusal, first.body);
    const limit = ['limitBps', 'limitMinor', 'limitCount'].map((name) => detail[name]).find((value) => typeof value === 'number');
    set({ isBusy: true, problem: undefined, refusedBy: undefined });
    const reply = await till.request({
      type: 'askLeave',
      action,
      approvers: String(detail['approvers'] ?? ''),
      ...(lineId !== undefined && { lineId }),
      ...(reference !== undefined && { reference }),
      ...(maximum !== undefined && { maximum }),
      ...(typeof limit === 'number' && { limit }),
    });
    if (waiting[0] !== first) return;
    if (!reply.ok) {
      tone('error');
      set({ isBusy: false, problem: reply.refusal });
    } else if (reply.value.asked !== undefined) {
      const { wishId, stations } = reply.value.asked;
      set({ isBusy: false, stations: { wishId, count: stations } });
      onAnswered();
    }
  };

  /** A station answered: what waited is done, or somebody said no. */
  const onAnswered = (): void => {
    const answered = till.view().status?.leaveAnswered;
    const [first] = waiting;
    if (answered === undefined || first === undefined || answered.wishId !== state.stations?.wishId) return;
    tone(answered.isGiven ? 'ok' : 'error');
    if (!answered.isGiven) {
      set({ stations: undefined, refusedBy: answered.by });
      return;
    }
    waiting = waiting.filter((other) => other !== first);
    void again(first);
    askNext();
  };

  // ---- what other lanes ask

  const openWish = (wish: LeaveWishView): void => {
    if (state.asking === undefined || state.asking.type === 'switch') ask({ type: 'wish', wish });
  };
  const refuseWish = async (): Promise<void> => {
    if (state.asking?.type !== 'wish' || state.isBusy) return;
    const { wishId, device } = state.asking.wish;
    set({ isBusy: true });
    await till.request({ type: 'answerLeave', wishId, device, isGiven: false });
    askNext();
  };
  const firstWish = (): LeaveWishView | undefined => till.view().status?.leaveWishes?.[0];
  const onWishes = (): void => {
    const { asking, isBusy } = state;
    if (asking?.type !== 'wish' || isBusy) return;
    const wishes = till.view().status?.leaveWishes ?? [];
    if (!wishes.some(({ wishId, device }) => wishId === asking.wish.wishId && device === asking.wish.device)) askNext();
  };

  const giveUp = (which: readonly Waiting[]): void => {
    waiting = waiting.filter((other) => !which.includes(other));
    for (const { resolve, refusal } of which) resolve({ ok: false, refusal });
  };

  // ---- what somebody shows

  const show = (): void => {
    const { asking, chosen, typed, isBusy, clock } = state;
    if (asking === undefined || isBusy || (badge === undefined && (chosen === undefined || typed === ''))) return;
    const shown = {
      ...(badge === undefined ? { user: chosen?.user } : { badge }),
      ...(typed !== '' && chosen !== undefined && { pin: typed }),
    };
    const [first] = waiting;
    const isLeave = asking.type === 'leave';
    if (isLeave && first === undefined) return;
    set({ isBusy: true, problem: undefined });
    const body: RequestBody =
      isLeave && first !== undefined
        ? { ...leaveFor(first.refusal, first.body), ...shown }
        : asking.type === 'wish'
          ? { type: 'answerLeave', wishId: asking.wish.wishId, device: asking.wish.device, isGiven: true, ...shown }
          : clock === undefined
            ? { type: 'signOn', ...shown }
            : { type: 'clock', act: clock, ...shown };
    void send(body, isLeave ? first : undefined);
  };

  const send = async (body: RequestBody, leave: Waiting | undefined): Promise<void> => {
    const reply = await till.request(body);
    if (reply.ok) {
      tone('ok');
      if (reply.value.clocked !== undefined) {
        badge = undefined;
        set({ ...NOBODY, people: state.people, asking: state.asking, clocked: reply.value.clocked });
        return;
      }
      if (leave !== undefined) {
        dropStations();
        waiting = waiting.filter((other) => other !== leave);
        void again(leave);
      }
      askNext();
      return;
    }
    const { type, detail } = reply.refusal;
    if (type === 'passcodeMissing' && detail['missing'] === 'pin') {
      const holder = state.people.find(({ user }) => user === detail['user']);
      set({ isBusy: false, typed: '', chosen: holder, problem: reply.refusal });
      return;
    }
    tone('error');
    if (badge !== undefined && state.chosen === undefined) badge = undefined;
    set({ isBusy: false, typed: '', problem: reply.refusal });
  };

  /** What waited for leave; whoever sent it hears what came of it. */
  const again = async ({ body, withinMs, resolve }: Waiting): Promise<void> => resolve(await request(body, withinMs));

  const choose = (person: Person): void => {
    badge = undefined;
    set({ chosen: person, typed: '', problem: undefined, clocked: undefined });
  };

  const submit = (): void => {
    const { chosen, typed, people } = state;
    if (chosen !== undefined && state.pinStep !== undefined) {
      void submitPin();
      return;
    }
    if (chosen !== undefined) {
      show();
      return;
    }
    const found = people.find(({ user }) => user === typed);
    if (found !== undefined) choose(found);
    else if (typed !== '') {
      tone('error');
      set({ typed: '', problem: { type: 'wrongPasscode', detail: {} } });
    }
  };

  // ---- a PIN of their own

  let typedPins: readonly string[] = [];
  const startPin = (): void => {
    typedPins = [];
    set({ pinStep: 'old', pinChanged: undefined, clock: undefined, clocked: undefined, chosen: undefined, typed: '', problem: undefined });
  };
  const submitPin = async (): Promise<void> => {
    const { chosen, typed: text, pinStep } = state;
    if (chosen === undefined || text === '' || state.isBusy) return;
    if (pinStep !== 'again') {
      typedPins = [...typedPins, text];
      set({ pinStep: pinStep === 'old' ? 'new' : 'again', typed: '', problem: undefined });
      return;
    }
    const [pin = '', newPin = ''] = typedPins;
    typedPins = [pin];
    if (newPin !== text) {
      tone('error');
      set({ pinStep: 'new', typed: '', problem: { type: 'wrongPasscode', detail: {} } });
      return;
    }
    set({ isBusy: true, problem: undefined });
    const reply = await till.request({ type: 'changePin', user: chosen.user, pin, newPin });
    tone(reply.ok ? 'ok' : 'error');
    if (reply.ok) set({ ...NOBODY, people: state.people, asking: state.asking, pinChanged: chosen.name });
    else {
      const isOldOne = reply.refusal.type !== 'pinTooWeak';
      typedPins = isOldOne ? [] : [pin];
      set({ isBusy: false, typed: '', pinStep: isOldOne ? 'old' : 'new', problem: reply.refusal });
    }
  };

  const startClock = (act: ClockAct): void =>
    set({ clock: act, clocked: undefined, pinStep: undefined, pinChanged: undefined, chosen: undefined, typed: '', problem: undefined });

  const back = (): void => {
    const { asking, chosen, typed, clock, clocked } = state;
    badge = undefined;
    if (typed !== '') set({ typed: '', problem: undefined });
    else if (chosen !== undefined) {
      typedPins = [];
      set({ chosen: undefined, problem: undefined, ...(state.pinStep !== undefined && { pinStep: 'old' as const }) });
    } else if (clock !== undefined || clocked !== undefined || state.pinStep !== undefined || state.pinChanged !== undefined)
      set({ clock: undefined, clocked: undefined, pinStep: undefined, pinChanged: undefined });
    else if (asking?.type === 'switch' || asking?.type === 'wish') askNext();
    else if (asking?.type === 'leave') {
      dropStations();
      giveUp(waiting.slice(0, 1));
      askNext();
    }
  };

  const erase = (): void => set({ typed: erasedLast(state.typed), ...(isOfTyping(state.problem) && { problem: undefined }) });

  /** Goods are sold while leave is waited for, and by nobody while nobody is signed on. */
  const scan = (code: string): boolean => {
    const { asking } = state;
    if (asking === undefined || (asking.type !== 'signOn' && GOODS.test(code))) return false;
    if (GOODS.test(code)) {
      tone('error');
      return true;
    }
    if (state.pinStep !== undefined) {
      tone('error');
      return true;
    }
    badge = code;
    set({ chosen: undefined, typed: '', clocked: undefined, pinChanged: undefined });
    show();
    return true;
  };

  const typed = (text: string): boolean => {
    if (state.asking === undefined) return false;
    const typedThen = `${state.typed}${text}`;
    if (typedThen.length <= MAX_TYPED) set({ typed: typedThen, problem: undefined, clocked: undefined, pinChanged: undefined });
    else refuse(typedTooMuch(MAX_TYPED));
    return true;
  };
  const refuse = (problem: SheetProblem): void => {
    tone('error');
    set({ problem });
  };
  /** A number or a PIN has no breaks, nor what no key types; what a PIN was is said to nobody. */
  const pasted = (text: string): boolean => {
    if (state.asking === undefined) return false;
    const meant = text.normalize('NFKC').trim();
    if (meant.length > MAX_TYPED) refuse(typedTooMuch(MAX_TYPED));
    else if (/[\p{C}\s]/u.test(meant)) refuse(notTyped(state.chosen === undefined ? meant : '…'));
    else if (meant !== '') typed(meant);
    return true;
  };

  const untyped = (text: string): boolean => {
    if (state.asking === undefined) return false;
    if (state.typed.endsWith(text)) set({ typed: state.typed.slice(0, -text.length) });
    return true;
  };

  const KEYS: Readonly<Record<string, () => void>> = { Enter: submit, Backspace: erase, Escape: back, Clear: back };
  const onStationsKey = (): void => {
    const wish = firstWish();
    if (state.asking?.type === 'leave') void askStations();
    else if (wish !== undefined) openWish(wish);
  };
  const startUnlessLeave = (act: ClockAct): void => {
    if (state.asking?.type === 'switch' || state.asking?.type === 'signOn') startClock(act);
  };
  const CLOCK_ACTS: Readonly<Record<string, ClockAct>> = { [CLOCK_KEYS.clockIn]: 'clockIn', [CLOCK_KEYS.clockOut]: 'clockOut' };

  const lock = (): void => void till.request({ type: 'lock' });
  const signOff = (): void => void till.request({ type: 'signOff' });

  // ---- what the till says by itself

  const onView = (): void => {
    const signOn = till.view().status?.signOn;
    const mustSignOn = signOn === 'needed' || signOn === 'locked';
    if (mustSignOn && state.asking?.type !== 'signOn') {
      giveUp(waiting);
      ask({ type: 'signOn', isLocked: signOn === 'locked' });
    } else if (!mustSignOn && state.asking?.type === 'signOn') askNext();
    onAnswered();
    onWishes();
  };
  const unsubscribe = till.subscribe(onView);

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    client: { ...till, request },
    scan,
    typed,
    pasted,
    untyped,
    key: (key) => {
      if (state.asking === undefined) return false;
      KEYS[key]?.();
      if (CLOCK_ACTS[key] !== undefined) startUnlessLeave(CLOCK_ACTS[key]);
      if (key === STATIONS_KEY) onStationsKey();
      if (key === REFUSE_KEY) void refuseWish();
      if (key === LOCK_KEY && state.asking?.type === 'switch') lock();
      if (key === SIGN_OFF_KEY && state.asking?.type === 'switch') signOff();
      if (key === PIN_KEY && (state.asking?.type === 'switch' || state.asking?.type === 'signOn')) startPin();
      // Nothing behind what is asked hears of a key.
      return key !== 'Tab';
    },
    choose,
    startClock,
    startPin,
    askStations: () => void askStations(),
    openWish,
    refuseWish: () => void refuseWish(),
    submit,
    erase,
    back,
    openSwitch: () => {
      if (state.asking === undefined && till.view().status?.signOn === 'on') ask({ type: 'switch' });
    },
    closeSwitch: () => {
      if (state.asking?.type === 'switch') askNext();
    },
    lock,
    signOff,
    close: unsubscribe,
  };
};
