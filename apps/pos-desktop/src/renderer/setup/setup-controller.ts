/**
 * The lane's devices, as somebody sets them up: what stands there, what else this machine has, how each one does when it is tried, and what is
 * saved. Nothing is changed at the lane before it is saved; a scan is shown here, and sells nothing. It knows no DOM and no React.
 */
import type { DEVICE_TESTS, DeviceEntry, FoundDevice, LANE_DEVICE_KINDS, LaneDevice } from '../../shared/till-contract.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { erasedLast, notTyped, type SheetProblem, typedTooMuch } from '../typed-answer.ts';

export type SetupKind = (typeof LANE_DEVICE_KINDS)[number];
export type SetupTest = (typeof DEVICE_TESTS)[number];
export type SetupProblem = SheetProblem;

/** How a test of one device came out; the last one stands. */
export interface TestState {
  readonly act: SetupTest;
  readonly state: 'running' | 'done' | 'failed';
  readonly problem?: SetupProblem;
  readonly grams?: number | undefined;
  readonly code?: string | undefined;
}

/** What is half asked of the device that is chosen, or of one that is about to come. */
export type SetupQuestion =
  /** A serial line was found, and only a person knows what hangs on it. */
  | { readonly type: 'kind'; readonly found: FoundDevice }
  | { readonly type: 'model' }
  | { readonly type: 'address' }
  /** Something is changed and not saved. */
  | { readonly type: 'leave' };

export interface SetupState {
  readonly isOpen: boolean;
  /** Undefined until the till has told it. */
  readonly saved: readonly LaneDevice[] | undefined;
  readonly draft: readonly DeviceEntry[];
  readonly models: Readonly<Record<string, readonly string[]>>;
  /** What this machine has, and the draft does not. */
  readonly found: readonly FoundDevice[];
  readonly isSearching: boolean;
  /** Which of the draft; beyond its end: none. */
  readonly chosen: number;
  readonly question: SetupQuestion | undefined;
  /** Of the question: a part of the model's name, or the address. */
  readonly typed: string;
  /** Which of the models that are left stands to be taken. */
  readonly marked: number;
  /** By `entryName`. */
  readonly tests: ReadonlyMap<string, TestState>;
  readonly problem: SetupProblem | undefined;
  readonly isSaving: boolean;
  /** Read by a scanner that types, or by one of the lane's. */
  readonly scanned: string | undefined;
  readonly isCameraShown: boolean;
}

export interface SetupController {
  readonly state: () => SetupState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly toggle: () => void;
  readonly search: () => void;
  /** Asks at each address of the network around, so only where somebody wants it. */
  readonly searchNetwork: () => void;
  readonly choose: (index: number) => void;
  readonly add: (kind: SetupKind) => void;
  readonly take: (found: FoundDevice) => void;
  readonly chooseKind: (kind: SetupKind) => void;
  readonly ask: (question: 'model' | 'address') => void;
  readonly chooseModel: (model: string) => void;
  readonly chooseAddress: (address: string) => void;
  readonly remove: () => void;
  /** The chosen one stands before the others of its kind: the first printer prints, the second stands in for it. */
  readonly putFirst: () => void;
  readonly test: (act: SetupTest) => void;
  readonly save: () => void;
  readonly discard: () => void;
  readonly showCamera: () => void;
  /** A code stands before the camera for as long as it is held there: it counts anew once another one was seen. */
  readonly cameraRead: (code: string) => void;
  readonly submit: () => void;
  readonly back: () => void;
  /** False while it is closed: then all of these are the sale's. */
  readonly scan: (code: string) => boolean;
  /** A code broke off. */
  readonly torn: () => boolean;
  readonly typed: (text: string) => boolean;
  /** As a paste or an input method brings it: all of it, or nothing. */
  readonly pasted: (text: string) => boolean;
  /** What was typed last was a scanner's. */
  readonly untyped: (text: string) => boolean;
  readonly key: (key: string) => boolean;
}

/** What can be tried of each kind, the first one above all. */
export const TESTS_BY_KIND: Readonly<Record<SetupKind, readonly SetupTest[]>> = {
  receiptPrinter: ['print', 'openDrawer', 'check'],
  scale: ['weigh', 'zero', 'check'],
  baggingScale: ['weigh', 'zero', 'check'],
  scanner: ['scan', 'check'],
  lineDisplay: ['show', 'check'],
  labelPrinter: ['print', 'check'],
  paymentTerminal: ['check'],
};

export const entryName = ({ kind, model, address }: DeviceEntry): string => `${kind} ${model}@${address}`;
const isSame = (one: DeviceEntry, other: DeviceEntry): boolean => entryName(one) === entryName(other);
const bare = ({ kind, model, address }: DeviceEntry): DeviceEntry => ({ kind, model, address });

export const isChanged = ({ saved = [], draft }: Pick<SetupState, 'saved' | 'draft'>): boolean =>
  saved.length !== draft.length || saved.some((device, index) => draft[index] === undefined || !isSame(device, draft[index]));

/** The models of the chosen device's kind that have what is typed in their name. */
export const modelsLeft = ({ models, draft, chosen, typed }: SetupState): readonly string[] => {
  const wanted = typed.trim().toLowerCase();
  return (models[draft[chosen]?.kind ?? ''] ?? []).filter((model) => model.includes(wanted));
};

/** A printer's network address needs no more than its figures; what has a scheme stays as it is. */
export const toAddress = (text: string): string => {
  const typed = text.trim();
  if (typed === '' || typed.includes('://')) return typed;
  if (typed.startsWith('/')) return `serial://${typed}`;
  if (/^com\d+$/iu.test(typed)) return `serial:///${typed.toUpperCase()}`;
  return /^[0-9a-f]{4}-[0-9a-f]{4}$/iu.test(typed) ? `hid://${typed.toLowerCase()}` : `tcp://${typed}`;
};

const CLOSED: SetupState = {
  isOpen: false,
  saved: undefined,
  draft: [],
  models: {},
  found: [],
  isSearching: false,
  chosen: 0,
  question: undefined,
  typed: '',
  marked: 0,
  tests: new Map(),
  problem: undefined,
  isSaving: false,
  scanned: undefined,
  isCameraShown: false,
};

/** A test that takes paper may wait for paper, and one that takes goods for goods. */
const TEST_WITHIN_MS = 90_000;
const MAX_TYPED_CHARS = 200;
const TORN: SetupProblem = { type: 'deviceFailed', detail: { reason: 'torn' } };
const NO_ADDRESS: SetupProblem = { type: 'deviceFailed', detail: { reason: 'noAddress' } };

export const createSetupController = (client: TillClient, tone: (kind: 'ok' | 'error') => void): SetupController => {
  let state = CLOSED;
  const listeners = new Set<() => void>();
  const set = (change: Partial<SetupState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const chosenEntry = (): DeviceEntry | undefined => state.draft[state.chosen];

  // ---- what the till tells

  const told = (reply: TillReply, isFirst: boolean): void => {
    if (!state.isOpen) return;
    if (!reply.ok || reply.value.devices === undefined) {
      set({ isSearching: false, ...(!reply.ok && { problem: reply.refusal }) });
      return;
    }
    const { devices, models, found } = reply.value.devices;
    const isUntouched = isFirst || !isChanged(state);
    // How a device did when it was tried is past once it does otherwise by itself.
    const reasonBefore = new Map(state.saved?.map((device) => [entryName(device), device.reason]));
    const isPast = (name: string): boolean =>
      devices.some((device) => entryName(device) === name && reasonBefore.has(name) && device.reason !== reasonBefore.get(name));
    const tests = new Map([...state.tests].filter(([name, { state: how }]) => how === 'running' || !isPast(name)));
    set({
      saved: devices,
      models,
      tests,
      ...(isUntouched && { draft: devices.map(bare) }),
      ...(found !== undefined && { found, isSearching: false }),
    });
  };
  const load = async (find: boolean, network = false): Promise<void> => {
    const isFirst = state.saved === undefined;
    if (find) set({ isSearching: true });
    const wish = { type: 'devices', ...(find && { find }), ...(network && { network }) } as const;
    told(await client.request(wish, find ? TEST_WITHIN_MS : undefined), isFirst);
  };

  /** How the devices do is told in the status: it is looked at again whenever that has changed. */
  let seen = client.view().status?.devices;
  client.subscribe(() => {
    const { status } = client.view();
    if (status?.devices === seen) return;
    seen = status?.devices;
    if (state.isOpen && !state.isSaving) void load(false);
  });

  // ---- what stands on the lane

  const change = (draft: readonly DeviceEntry[], more: Partial<SetupState> = {}): void =>
    set({ draft, question: undefined, typed: '', marked: 0, problem: undefined, ...more });
  const replace = (change_: Partial<DeviceEntry>, more: Partial<SetupState> = {}): void =>
    change(
      state.draft.map((entry, index) => (index === state.chosen ? { ...entry, ...change_ } : entry)),
      more,
    );

  const append = (entry: DeviceEntry): void => {
    // What stands on the lane is not known yet: nothing is added to it.
    if (state.saved === undefined) return;
    const question: SetupQuestion | undefined =
      entry.model === '' ? { type: 'model' } : entry.address === '' ? { type: 'address' } : undefined;
    change([...state.draft, entry], { chosen: state.draft.length, question, isCameraShown: false });
  };
  const onlyModel = (kind: SetupKind): string => {
    const models = state.models[kind] ?? [];
    return models.length === 1 ? (models[0] ?? '') : '';
  };
  const take = (found: FoundDevice): void => {
    if (found.kind === undefined) set({ question: { type: 'kind', found }, typed: '', problem: undefined, isCameraShown: false });
    else append({ kind: found.kind, model: found.model ?? onlyModel(found.kind), address: found.address });
  };
  const chooseModel = (model: string): void => {
    const hasAddress = chosenEntry()?.address !== '';
    replace({ model }, hasAddress ? {} : { question: { type: 'address' } });
  };
  const chooseAddress = (text: string): void => {
    const address = toAddress(text);
    if (address === '') {
      tone('error');
      set({ problem: NO_ADDRESS });
    } else replace({ address });
  };
  const ask = (type: 'model' | 'address'): void => {
    const entry = chosenEntry();
    if (entry === undefined) return;
    set({ question: { type }, typed: type === 'address' ? entry.address : '', marked: 0, problem: undefined });
  };
  const choose = (index: number): void => {
    if (state.draft[index] === undefined) return;
    set({ chosen: index, question: undefined, typed: '', problem: undefined, isCameraShown: false });
  };
  const remove = (): void => {
    const draft = state.draft.filter((_, index) => index !== state.chosen);
    change(draft, { chosen: Math.max(Math.min(state.chosen, draft.length - 1), 0) });
  };
  const putFirst = (): void => {
    const entry = chosenEntry();
    const first = state.draft.findIndex(({ kind }) => kind === entry?.kind);
    if (entry === undefined || first === state.chosen) return;
    const others = state.draft.filter((_, index) => index !== state.chosen);
    change([...others.slice(0, first), entry, ...others.slice(first)], { chosen: first });
  };

  // ---- how it does

  const note = (entry: DeviceEntry, test: TestState): void => set({ tests: new Map(state.tests).set(entryName(entry), test) });
  const test = async (act: SetupTest): Promise<void> => {
    const entry = chosenEntry();
    if (entry === undefined || state.tests.get(entryName(entry))?.state === 'running') return;
    if (entry.model === '' || entry.address === '') {
      tone('error');
      ask(entry.model === '' ? 'model' : 'address');
      return;
    }
    note(entry, { act, state: 'running' });
    const reply = await client.request({ type: 'testDevice', device: entry, act }, TEST_WITHIN_MS);
    if (!state.isOpen) return;
    tone(reply.ok ? 'ok' : 'error');
    if (reply.ok) note(entry, { act, state: 'done', ...reply.value.tested });
    else note(entry, { act, state: 'failed', problem: reply.refusal });
    void load(false);
  };

  const save = async (): Promise<void> => {
    if (state.isSaving || !isChanged(state)) return;
    const unfinished = state.draft.findIndex(({ model, address }) => model === '' || address === '');
    if (unfinished >= 0) {
      tone('error');
      set({ chosen: unfinished });
      ask(state.draft[unfinished]?.model === '' ? 'model' : 'address');
      return;
    }
    set({ isSaving: true, problem: undefined, question: undefined });
    const reply = await client.request({ type: 'setDevices', devices: [...state.draft] }, TEST_WITHIN_MS);
    set({ isSaving: false });
    tone(reply.ok ? 'ok' : 'error');
    if (reply.ok) {
      told(reply, true);
      void load(true);
    } else set({ problem: reply.refusal });
  };

  // ---- keys

  const back = (): void => {
    const { question, typed } = state;
    if (question?.type === 'model' && typed !== '') set({ typed: '', marked: 0 });
    else if (question !== undefined) {
      const entry = chosenEntry();
      // What was never given a model or an address was not meant.
      const isUnfinished = (question.type === 'model' || question.type === 'address') && (entry?.model === '' || entry?.address === '');
      if (isUnfinished) remove();
      else set({ question: undefined, typed: '', problem: undefined });
    } else if (state.isCameraShown) set({ isCameraShown: false });
    else if (isChanged(state) && state.saved !== undefined) set({ question: { type: 'leave' } });
    else set(CLOSED);
  };
  const submit = (): void => {
    if (state.question?.type === 'model') {
      const model = modelsLeft(state)[state.marked];
      if (model === undefined) tone('error');
      else chooseModel(model);
    } else if (state.question?.type === 'address') chooseAddress(state.typed);
  };
  const step = (by: 1 | -1): void => {
    const at = (now: number, count: number): number => Math.max(Math.min(now + by, count - 1), 0);
    if (state.question?.type === 'model') set({ marked: at(state.marked, modelsLeft(state).length) });
    else if (state.question === undefined) choose(at(state.chosen, state.draft.length));
  };
  const isTyping = (): boolean => state.question?.type === 'model' || state.question?.type === 'address';
  const setTyped = (typed: string): void => set({ typed, marked: 0, problem: undefined });
  const refuse = (problem: SetupProblem): void => {
    tone('error');
    set({ problem });
  };
  const typeInto = (text: string): void => {
    if (state.typed.length + text.length > MAX_TYPED_CHARS) refuse(typedTooMuch(MAX_TYPED_CHARS));
    else if (/\p{C}/u.test(text)) refuse(notTyped(text));
    else setTyped(state.typed + text);
  };
  const KEYS: Readonly<Record<string, () => void>> = {
    Enter: submit,
    Escape: back,
    Clear: back,
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
    Backspace: () => {
      if (isTyping()) setTyped(erasedLast(state.typed));
    },
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    toggle: () => {
      if (state.isOpen) return back();
      set({ ...CLOSED, isOpen: true });
      return void load(true);
    },
    search: () => void load(true),
    searchNetwork: () => {
      if (!state.isSearching) void load(true, true);
    },
    choose,
    add: (kind) => append({ kind, model: onlyModel(kind), address: '' }),
    take,
    chooseKind: (kind) => {
      const { question } = state;
      if (question?.type === 'kind') take({ ...question.found, kind });
    },
    ask,
    chooseModel,
    chooseAddress,
    remove,
    putFirst,
    test: (act) => void test(act),
    save: () => void save(),
    discard: () => set(CLOSED),
    showCamera: () => set({ isCameraShown: true, question: undefined, problem: undefined }),
    cameraRead: (code) => {
      if (!state.isCameraShown || code === state.scanned) return;
      tone('ok');
      set({ scanned: code, problem: undefined });
    },
    submit,
    back,
    scan: (code) => {
      if (!state.isOpen) return false;
      tone('ok');
      set({ scanned: code, problem: undefined });
      return true;
    },
    torn: () => {
      if (!state.isOpen) return false;
      tone('error');
      set({ scanned: undefined, problem: TORN });
      return true;
    },
    typed: (text) => {
      if (!state.isOpen) return false;
      if (isTyping()) typeInto(text);
      return true;
    },
    pasted: (text) => {
      if (!state.isOpen) return false;
      const meant = text.normalize('NFKC').trim();
      if (!isTyping()) tone('error');
      else if (meant !== '') typeInto(meant);
      return true;
    },
    untyped: (text) => {
      if (!state.isOpen) return false;
      if (isTyping() && state.typed.endsWith(text)) setTyped(state.typed.slice(0, -text.length));
      return true;
    },
    key: (key) => {
      if (!state.isOpen) return false;
      KEYS[key]?.();
      return key !== 'Tab';
    },
  };
};
