/** Functions that ask: each question is answered by typing, a scan, a figure or a touch, until there is a request to send (`task.ts` says which). */
import { type LineView, type RequestBody, requestBodySchema } from '../../../shared/till-contract.ts';
import { parseEntry, parseTypedNumber } from '../../entry.ts';
import { indexOfMark } from '../marks.ts';
import type { SellCore } from '../sell-core.ts';
import { cardsWithBalance, type ChosenReceipt, type QuantityBody, textOf } from '../sell-state.ts';
import { type Answer, answerTask, type Question, reasonsOf, type Standing, standingOf, type Task } from '../task.ts';
import { showPanel } from './panel-acts.ts';

export interface TaskActs {
  /** What was typed before the key is its first answer; the same key again closes what it opened. */
  readonly toggleTask: (task: Task) => void;
  /** A function that is about the current line. */
  readonly onLine: (begin: (line: LineView) => Task) => void;
  /** Goods that the catalogue does not list: those of the red row, the chosen one or else the newest; where there is none, others. */
  readonly sellUnlisted: (rowId?: string) => void;
  /** How it was seen that the shopper is old enough: asked where some line waits for it. */
  readonly checkAge: () => void;
  readonly answer: (answer: Answer) => void;
  readonly answerTyped: () => void;
  /** By the figure on its key. */
  readonly chooseForTask: (character: string, asked: Question) => void;
  /** Of what a function gave. */
  readonly takeBack: (standing: Standing) => void;
  /** All that is left on the card that was asked about. */
  readonly cashOut: () => void;
}

export const beginTask = ({ set, list }: SellCore, task: Task): void => {
  set({ panel: 'task', task, entry: '', weighing: undefined, lettersShown: false, tendering: undefined, chosenReceipt: undefined });
  if (task.name !== 'balance') return;
  list({ type: 'tenderTypes' }, (value) => set({ tenderTypes: value.tenderTypes ?? [] }));
};

/** Half a character is none. */
const isSayable = (given: Answer): boolean => given.type !== 'text' || given.text.isWellFormed();

const isSameTask = (task: Task | undefined, other: Task): boolean =>
  task?.name === other.name && (task.name !== 'discount' || other.name !== 'discount' || task.line?.lineId === other.line?.lineId);

/** `sell`: what a function that asked about goods ends in; `undo`: goes on with undoing a sale. */
export const createTaskActs = (
  core: SellCore,
  sell: (body: QuantityBody, subject: string) => void,
  undo: (chosen: ChosenReceipt) => void,
): TaskActs => {
  const { client, tone, reasons, state, set, ask, question, currentLine, command, refuse } = core;

  const endTask = (): void => set({ panel: 'items', task: undefined, lettersShown: false, entry: '' });

  const doTask = (task: Task, body: RequestBody): void => {
    set({ entry: '' });
    if (task.name === 'goods' || task.name === 'unlisted') {
      endTask();
      sell(body as QuantityBody, task.name === 'goods' ? task.subject : (task.code ?? ''));
      return;
    }
    if (body.type === 'balance' && task.name === 'balance') {
      command(body, ({ balance }) => {
        if (state().task === task && balance !== undefined) {
          tone('ok');
          set({ task: { ...task, reference: balance.reference, leftMinor: balance.amountMinor }, lettersShown: false });
        }
      });
      return;
    }
    if (body.type === 'findCustomers') {
      command(body, ({ customers }) => {
        if (state().task !== task || customers === undefined) return;
        if (customers.found.length === 0) refuse({ type: 'refusal', refusal: { type: 'noSuchCustomer', detail: {} }, subject: body.text });
        else {
          tone('ok');
          set({ task: { name: 'customer', found: customers }, lettersShown: false });
        }
      });
      return;
    }
    endTask();
    if (task.name === 'cardSlip') {
      const chosen: ChosenReceipt = { receipt: task.receipt, undoing: task.card };
      set({ panel: 'receipts', chosenReceipt: chosen });
      command(body, () => undo(chosen));
      return;
    }
    if (body.type === 'confirmAge')
      set({ notices: state().notices.filter((notice) => notice.type !== 'refusal' || notice.refusal.type !== 'ageCheckOpen') });
    command(body, () => {
      tone('ok');
      if (body.type === 'invoice') showAgain(body.receiptNumber);
    });
  };

  /** What stands completed is an invoice now. */
  const showAgain = (receiptNumber: string): void => {
    void ask({ type: 'receipt', receiptNumber }, (reply) => {
      if (reply.ok && client.view().head?.completed?.receiptNumber === receiptNumber) set({ receipt: reply.value.receipt });
    });
  };

  const answer = (given: Answer): void => {
    const { task, entry } = state();
    const { head } = client.view();
    if (task === undefined || head === undefined) return;
    const next = answerTask(task, given, head);
    if (next.type === 'ask') set({ task: next.task, entry: '' });
    else if (next.type === 'do' && isSayable(given) && requestBodySchema.safeParse(next.body).success) doTask(task, next.body);
    else refuse({ type: 'notAnAnswer', task: task.name, text: entry });
  };

  const answerTyped = (): void => {
    const text = state().entry.trim();
    const asked = question();
    const isPercent = text.endsWith('%') && state().task?.name === 'discount';
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

  const toggleTask = (task: Task): void => {
    const typed = state().entry.trim();
    const isOpen = state().panel === 'task' && isSameTask(state().task, task);
    if (isOpen && typed === '') showPanel(core, 'items');
    if (!isOpen) beginTask(core, task);
    if (typed === '') return;
    set({ entry: typed });
    answerTyped();
  };

  const sellUnlisted = (rowId = state().selectedLineId): void => {
    const { unlistedDepartments } = state();
    const unknown = client.view().lines.filter(({ refusal }) => refusal?.type === 'unknownCode');
    const row = unknown.find(({ lineId }) => lineId === rowId) ?? unknown.at(-1);
    const code = textOf(row?.refusal?.detail['code']);
    if (unlistedDepartments.length === 0) refuse({ type: 'refusal', refusal: { type: 'noDepartment', detail: {} }, subject: code });
    else {
      const goods = row === undefined ? {} : { rowId: row.lineId, ...(code !== '' && { code }) };
      toggleTask({ name: 'unlisted', departments: unlistedDepartments, ...goods });
    }
  };

  const checkAge = (): void => {
    const { head, lines } = client.view();
    const waiting = lines.filter(({ ageChecked }) => ageChecked !== true).map(({ minimumAgeYears = 0 }) => minimumAgeYears);
    if (head?.ageCheckOpen === true) toggleTask({ name: 'age', years: Math.max(...waiting) });
    else if (state().panel === 'more') showPanel(core, 'items');
  };

  const cashOut = createCashOut(core);

  return {
    toggleTask,
    onLine: (begin) => {
      const line = currentLine();
      if (line?.kind === 'item') toggleTask(begin(line));
      else refuse({ type: 'noLine' });
    },
    sellUnlisted,
    checkAge,
    answer,
    answerTyped,
    chooseForTask: (character, asked) => {
      const { task, tenderTypes } = state();
      const index = Number.parseInt(character, 10) - 1;
      const unit = asked.type === 'unit' ? asked.choices[index] : undefined;
      const reason = asked.type === 'reason' && task !== undefined ? reasons()[reasonsOf(task)][index] : undefined;
      const department = asked.type === 'department' ? asked.choices[indexOfMark(character)] : undefined;
      const word = asked.type === 'word' ? asked.choices[index] : undefined;
      const person = asked.type === 'person' ? asked.choices[index] : undefined;
      const card = asked.type === 'card' ? cardsWithBalance(tenderTypes)[index] : undefined;
      if (unit !== undefined) answer({ type: 'unit', unit });
      else if (asked.type === 'unit' && character === '%') answer({ type: 'unit', unit: 'percent' });
      else if (reason !== undefined) answer({ type: 'reason', reason });
      else if (word !== undefined) answer({ type: 'word', word });
      else if (person !== undefined) answer({ type: 'person', customerId: person.customerId });
      else if (department !== undefined) answer({ type: 'department', department });
      else if (card !== undefined) answer({ type: 'card', card });
      else if (asked.type === 'told' && character === '1') cashOut();
    },
    takeBack: ({ body }) =>
      command(body, () => {
        tone('ok');
        const { task } = state();
        if (task !== undefined && standingOf(task, client.view().head).length === 0) endTask();
      }),
    cashOut,
  };
};

const createCashOut = ({ state, set, ask, tone, refuse }: SellCore): (() => void) => {
  // Like a payment: until the till has answered, the key does nothing.
  let isCashingOut = false;
  return () => {
    const { task } = state();
    if (task?.name !== 'balance' || task.type === undefined || task.reference === undefined || task.paidMinor !== undefined) return;
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
      if (state().task === task) set({ task: { ...task, leftMinor: 0, paidMinor } });
    });
  };
};
