/** What characters and Enter mean where the screen stands: an answer, a choice, a function's key, or more of the entry. */
import { isReference, MAX_MAIL_ADDRESS_LENGTH } from '@holdfast/domain';

import { amountOf, parseEntry, parseWeight, toggleReturning, typeCharacter } from '../../entry.ts';
import { actionOfCharacter, type KeyAction } from '../../keys.ts';
import type { SellCore } from '../sell-core.ts';
import { NUMBERED_PANELS } from '../sell-state.ts';
import { UNDRAWN } from '../tendering.ts';
import type { BasketActs } from './basket-acts.ts';
import type { DepartmentActs } from './department-acts.ts';
import { type GoodsActs, hasScale } from './goods-acts.ts';
import type { LineActs } from './line-acts.ts';
import { search } from './panel-acts.ts';
import type { PaymentActs } from './payment-acts.ts';
import type { ReceiptActs } from './receipt-acts.ts';
import { receiptNumberOf, type ReturnActs } from './return-acts.ts';
import type { TaskActs } from './task-acts.ts';
import type { TerminalActs } from './terminal-acts.ts';

const MAX_REFERENCE_CHARS = 64;
/** As the till's search takes it. */
const MAX_PASTED_CHARS = 200;
/** A choice, and what it asks next. */
const MAX_EARLY_CHARS = 2;

export interface SellActs {
  readonly goods: GoodsActs;
  readonly lines: LineActs;
  readonly basket: BasketActs;
  readonly returns: ReturnActs;
  readonly receipts: ReceiptActs;
  readonly tasks: TaskActs;
  readonly departments: DepartmentActs;
  readonly payments: PaymentActs;
  readonly terminal: TerminalActs;
}

export interface TypingActs {
  readonly typeOne: (character: string) => void;
  /** The whole entry, as a paste or an input method leaves it. */
  readonly setEntry: (text: string) => void;
  readonly toggleReturn: () => void;
  readonly enter: () => void;
}

export const createTypingActs = (core: SellCore, acts: SellActs, press: (action: KeyAction) => void): TypingActs => {
  const { state, set, entry, question, isAskingReference, tone } = core;
  const { goods, lines, basket, returns, receipts, tasks, payments } = acts;

  const setEntry = (text: string): void => {
    const most = question() === undefined ? MAX_PASTED_CHARS : MAX_MAIL_ADDRESS_LENGTH;
    if (text.length > most) {
      core.refuse({ type: 'pastedTooMuch', most });
      return;
    }
    const typed = parseEntry(text);
    const { panel, lettersShown, weighing } = state();
    // A word opens the search by itself; a search that was opened by a key stays until it is left by one.
    const opens = typed.kind === 'words' && weighing === undefined && !isAskingReference() && question() === undefined;
    const closes = panel === 'search' && !lettersShown && typed.kind === 'empty';
    set({ entry: text, ...(opens ? { panel: 'search' } : closes ? { panel: 'items' } : {}) });
    if (state().panel === 'search') search(core);
  };

  /** Where figures choose: in a panel of choices, and of a question's cards. */
  const choosesByFigure = (): boolean => NUMBERED_PANELS.has(state().panel) || question()?.type === 'card';
  /** Whoever knows the keys is faster than a list: what is typed before it is there chooses from it once it is. */
  const waitsForList = (character: string): boolean => {
    const { isListing, early } = state();
    if (!isListing || !/\d/u.test(character) || isAskingReference() || !choosesByFigure()) return false;
    set({ early: `${early}${character}`.slice(0, MAX_EARLY_CHARS) });
    return true;
  };
  core.subscribe(() => {
    const { isListing, early } = state();
    if (isListing || early === '') return;
    set({ early: '' });
    if (choosesByFigure()) for (const character of early) typeOne(character);
  });

  const chooseNumbered = (character: string): void => {
    const { panel, suspended, receipts: recent, chosenReceipt, tenderTypes, returnable: receipt, tendering } = state();
    const index = Number.parseInt(character, 10) - 1;
    const basketThere = suspended[index];
    const receiptThere = recent[index];
    const tenderType = tenderTypes[index];
    const returnable = receipt?.lines[index];
    const excess = tendering?.step === 'excess' ? tendering.choices[index] : undefined;
    const undrawn = tendering?.step === 'signature' ? UNDRAWN[index] : undefined;
    if (panel === 'tenders' && excess !== undefined) payments.chooseExcess(excess);
    else if (panel === 'tenders' && undrawn !== undefined) payments.sign({ how: undrawn });
    else if (panel === 'tenders' && tendering?.step === 'type' && tenderType !== undefined) payments.chooseTender(tenderType);
    else if (panel === 'suspended' && basketThere !== undefined) basket.resume(basketThere.basketId);
    else if (panel === 'receipts' && chosenReceipt !== undefined) receipts.chooseOfReceipt(character, chosenReceipt);
    else if (panel === 'receipts' && receiptThere !== undefined) receipts.chooseReceipt(receiptThere);
    else if (panel === 'returns' && character === '0') returns.returnAll();
    else if (panel === 'returns' && returnable !== undefined) returns.returnLine(returnable.line);
  };

  /** While a function or a tender asks, what is typed is for it. True where something asks. */
  const typeAnswer = (character: string): boolean => {
    const asked = question();
    if (asked !== undefined && asked.type !== 'text' && asked.type !== 'number') {
      tasks.chooseForTask(character, asked);
      return true;
    }
    if (asked === undefined && !isAskingReference()) return false;
    const { entry: text } = state();
    const isMeant = asked?.type !== 'number' || /[\d.,%]/u.test(character);
    const most = state().task?.name === 'mail' ? MAX_MAIL_ADDRESS_LENGTH : MAX_REFERENCE_CHARS;
    if (isMeant && text.length < most) set({ entry: `${text}${character}` });
    return true;
  };

  const typeOne = (character: string): void => {
    const { panel, entry: text } = state();
    if (acts.terminal.typed(character)) return;
    const isIdle = text === '' && panel !== 'search';
    const action = actionOfCharacter(character);
    const { notice, row } = basket.asking();
    if (action === 'yes' && isIdle && (notice !== undefined || row !== undefined)) {
      basket.answerYes(notice?.id ?? row?.lineId ?? 0);
      return;
    }
    if (waitsForList(character) || typeAnswer(character)) return;
    if (panel === 'tenders' && action === 'tenders') {
      payments.showTenders();
      return;
    }
    if (NUMBERED_PANELS.has(panel)) {
      chooseNumbered(character);
      return;
    }
    // The picture on the key says C: it clears red rows and figures, and still begins a word when there are none.
    const clears = (character === 'c' || character === 'C') && panel !== 'search' && (text !== '' || basket.hasRedRows());
    const typed = entry();
    if (clears && typed.kind !== 'words') press('clear');
    // An amount that is typed is what the tender is for.
    else if (action === 'tenders' && panel !== 'search' && typed.kind === 'number' && typed.quantity === undefined) press(action);
    else if (isIdle && action !== undefined && action !== 'yes') press(action);
    else setEntry(typeCharacter(text, character));
  };

  const enterWeight = (weighing: { readonly sku: string; readonly name: string }): void => {
    const typed = entry();
    const { quantity, tare } = parseWeight(typed.body);
    if (quantity === undefined) core.refuse({ type: 'notAnAmount', text: typed.body });
    else goods.sendItem(weighing.sku, weighing.name, amountOf({ ...typed, quantity, tare }));
  };

  const enterFound = (): void => {
    const { results, resultIndex, resultsOf } = state();
    const typed = entry();
    const found = results[resultIndex];
    if (found !== undefined && resultsOf === typed.body) goods.pressItem(found);
    else if (typed.kind === 'words' && /\d/u.test(typed.body)) goods.sendCode(typed.body.trim(), amountOf(typed));
    else if (resultsOf === typed.body || typed.body.trim() === '') tone('error');
    else enterUnseen(typed.body);
  };

  /** Whoever types faster than the search answers means the one item that there is; of several none is taken before it was seen. */
  const enterUnseen = (text: string): void => {
    void core.ask({ type: 'search', text, limit: 2, byStyle: true }, (reply) => {
      if (!reply.ok || state().panel !== 'search' || entry().body !== text) return;
      const [found, ...others] = reply.value.tiles ?? [];
      if (found !== undefined && others.length === 0) goods.pressItem(found);
      else tone('error');
    });
  };

  const enter = (): void => {
    const typed = entry();
    const { weighing, panel, entry: text } = state();
    const receiptNumber = receiptNumberOf(typed.body);
    if (question() !== undefined) tasks.answerTyped();
    else if (isAskingReference()) {
      const reference = text.trim();
      if (reference === '') tone('error');
      else if (!isReference(reference)) core.refuse({ type: 'notAnAnswer', task: 'balance', text: reference });
      else payments.sendReference(reference);
    } else if (receiptNumber !== undefined) returns.openReturn(receiptNumber);
    else if (weighing !== undefined && typed.kind === 'number') enterWeight(weighing);
    else if (weighing !== undefined && typed.kind === 'empty' && hasScale(core.client.view().status)) goods.weigh();
    else if (panel === 'search') enterFound();
    else if (typed.kind === 'empty') {
      if (typed.quantity !== undefined) lines.changeQuantity(typed);
    } else if (typed.kind === 'number' && !/^\d+$/u.test(typed.body)) core.refuse({ type: 'notAnAmount', text: typed.body });
    else goods.sendCode(typed.body.trim(), amountOf(typed));
  };

  return { typeOne, setEntry, toggleReturn: () => set({ entry: toggleReturning(state().entry) }), enter };
};
