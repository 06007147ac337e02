/**
 * What the sell screen does: turns scans, typing and keys into the till's commands, and the till's answers into rows, tones and panels.
 * It knows no DOM and no React; the screen draws `state()` and the client's view, and calls what is below. Each concept has its acts in
 * a file of its own (`acts/`); here they are put together, and given their keys.
 *
 * Invariants:
 * - A scan is sent in the call that brings it. While a payment is under way it is refused here, heard and seen.
 * - One payment at a time: until the till has answered, every key that pays does nothing.
 * - What a scan brings never becomes a quantity or a search, and nothing here ever waits for an answer before the next scan.
 */
import { RECEIPT_LANGUAGES } from '@holdfast/domain';

import type { TenderTypeView, TerminalView, Tile } from '../../shared/till-contract.ts';
import { amountOf, eraseCharacter, typeCharacter, withoutQuantity } from '../entry.ts';
import type { KeyAction } from '../keys.ts';
import type { ShopperDesk } from '../shopper-desk.ts';
import { createBasketActs } from './acts/basket-acts.ts';
import { createDepartmentActs } from './acts/department-acts.ts';
import { createGoodsActs } from './acts/goods-acts.ts';
import { explain, inquire } from './acts/inquiry-acts.ts';
import { createLineActs } from './acts/line-acts.ts';
import { openLetters, search, showPanel, togglePanel } from './acts/panel-acts.ts';
import { createPaymentActs } from './acts/payment-acts.ts';
import { createReceiptActs } from './acts/receipt-acts.ts';
import { createReturnActs, receiptNumberOf } from './acts/return-acts.ts';
import { askShopper, dropWhenLeft } from './acts/shopper-acts.ts';
import { beginTask, createTaskActs } from './acts/task-acts.ts';
import { createTerminalActs } from './acts/terminal-acts.ts';
import { createTypingActs, type SellActs, type TypingActs } from './acts/typing-acts.ts';
import { createSellCore, type SellCore, type SellPorts } from './sell-core.ts';
import { PAID, type Panel, type RecentReceipt, type SellState } from './sell-state.ts';
import { type Answer, mailAddressOf, type Standing, standingOf, type Task } from './task.ts';
import type { Signature } from './tendering.ts';
import { isAtWork, type TerminalChoice } from './terminal.ts';

export interface SellController {
  readonly state: () => SellState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly tone: SellPorts['tone'];
  readonly scan: (code: string) => void;
  readonly tornScan: () => void;
  /** Characters from the keyboard. */
  readonly typed: (text: string) => void;
  /** What was typed last was a scanner's. */
  readonly untyped: (text: string) => void;
  /** The whole entry, as a paste or an input method leaves it. */
  readonly setEntry: (text: string) => void;
  readonly press: (action: KeyAction) => void;
  readonly pressItem: (tile: Tile) => void;
  /** What is to be weighed, by what lies on the scale. */
  readonly weigh: () => void;
  /** What stands on the scale is nothing from now on. */
  readonly zeroScale: () => void;
  readonly pressPlu: () => void;
  /** A hand on the Search key: the search, with letters to touch. */
  readonly touchSearch: () => void;
  readonly showDepartment: (department: string) => void;
  readonly showPanel: (panel: Panel) => void;
  /** From the variants of a style to what was found. */
  readonly backToFound: () => void;
  /** Somebody arranged the keys. */
  readonly reloadKeys: () => void;
  readonly chooseReceipt: (receipt: RecentReceipt) => void;
  readonly printReceipt: (receiptNumber: string) => void;
  readonly printUndoing: (receiptNumber: string) => void;
  readonly mailReceipt: (receiptNumber: string) => void;
  /** Without prices, for whom the goods are given to. */
  readonly printGift: (receiptNumber: string) => void;
  readonly printPickList: (receiptNumber: string) => void;
  readonly printMerchant: (receiptNumber: string) => void;
  readonly openReturn: (receiptNumber: string) => void;
  /** Asks first; a second time does it. */
  readonly undoSale: () => void;
  /** The card that stood in the way was given back at the terminal. */
  readonly cardGivenBack: () => void;
  readonly cardByHand: () => void;
  readonly cardInCash: () => void;
  readonly selectLine: (lineId: string) => void;
  readonly voidLine: (lineId: string) => void;
  readonly checkAge: () => void;
  /** The shopper takes a coupon back. */
  readonly removeCoupon: (code: string) => void;
  /** Yes to what a row asks: a quantity above the limit, or a notice's question. */
  readonly answerYes: (rowId: string | number) => void;
  readonly dismiss: (noticeId: number) => void;
  readonly pay: (amountMinor: number) => void;
  readonly chooseTender: (type: TenderTypeView) => void;
  readonly chooseExcess: (excess: 'tip' | 'cashBack') => void;
  readonly sign: (signature: Signature) => void;
  /** On the shopper's screen: what the open panel wants to know of them. */
  readonly askShopper: () => void;
  readonly shopper: ShopperDesk;
  /** While the payment terminal is at work, or has said no. */
  readonly chooseAtTerminal: (choice: TerminalChoice) => void;
  readonly giveBack: (tenderId: string) => void;
  /** The goods of this red row, under a department. */
  readonly sellUnlisted: (rowId: string) => void;
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

export const createSellController = (ports: SellPorts): SellController => {
  const core = createSellCore(ports);
  const { state, set, entry, question, isAskingReference, command } = core;
  const goods = createGoodsActs(core);
  const returns = createReturnActs(core);
  const payments = createPaymentActs(core, () => {
    if (ports.shopper.isThere()) askShopper(core, acts);
  });
  const acts: SellActs = {
    goods,
    returns,
    lines: createLineActs(core, goods),
    basket: createBasketActs(core, goods),
    receipts: createReceiptActs(core, {
      ...returns,
      askToWhom: (receiptNumber) => beginTask(core, { name: 'mail', receiptNumber }),
      askSlip: (receipt, card) => beginTask(core, { name: 'cardSlip', receipt, card }),
    }),
    tasks: createTaskActs(core, goods.sell, (chosen) => acts.receipts.undoAgain(chosen)),
    departments: createDepartmentActs(core),
    payments,
    terminal: createTerminalActs(core, payments),
  };
  const { lines, basket, receipts, tasks, departments, terminal } = acts;
  const press = (action: KeyAction): void => keys[action]();
  const typing = createTypingActs(core, acts, press);
  const keys = keyActs(core, acts, typing);
  const stopHearing = hearTill(core, acts);
  dropWhenLeft(core);

  return {
    state,
    subscribe: core.subscribe,
    tone: ports.tone,
    shopper: ports.shopper,
    askShopper: () => askShopper(core, acts),
    scan: createScan(core, acts),
    tornScan: () => core.refuse({ type: 'scanTorn' }),
    typed: (text) => {
      for (const character of text) typing.typeOne(character);
    },
    untyped: (text) => {
      if (state().entry.endsWith(text)) typing.setEntry(state().entry.slice(0, -text.length));
    },
    setEntry: typing.setEntry,
    press,
    pressItem: goods.pressItem,
    weigh: goods.weigh,
    zeroScale: goods.zeroScale,
    pressPlu: () => {
      if (entry().kind === 'number' || question() !== undefined || isAskingReference()) typing.enter();
      else openLetters(core);
    },
    touchSearch: () => {
      if (state().lettersShown) showPanel(core, 'items');
      else openLetters(core);
    },
    showDepartment: departments.show,
    showPanel: (panel) => showPanel(core, panel),
    backToFound: () => search(core),
    reloadKeys: departments.load,
    chooseReceipt: receipts.chooseReceipt,
    printReceipt: receipts.printReceipt,
    printUndoing: receipts.printUndoing,
    mailReceipt: receipts.mailReceipt,
    printGift: receipts.printGift,
    printPickList: receipts.printPickList,
    printMerchant: receipts.printMerchant,
    openReturn: returns.openReturn,
    undoSale: receipts.undoSale,
    cardGivenBack: receipts.cardGivenBack,
    cardByHand: receipts.cardByHand,
    cardInCash: receipts.cardInCash,
    selectLine: lines.touch,
    voidLine: lines.voidLine,
    checkAge: tasks.checkAge,
    removeCoupon: (code) => command({ type: 'removeCoupon', code }),
    answerYes: basket.answerYes,
    dismiss: core.dismiss,
    pay: payments.pay,
    chooseTender: payments.chooseTender,
    chooseExcess: payments.chooseExcess,
    sign: payments.sign,
    chooseAtTerminal: terminal.choose,
    giveBack: payments.giveBack,
    sellUnlisted: tasks.sellUnlisted,
    answer: tasks.answer,
    takeBack: tasks.takeBack,
    cashOut: tasks.cashOut,
    sellInquired: () => {
      const { inquired } = state();
      set({ panel: 'items', inquired: undefined });
      if (inquired?.pack !== undefined) goods.sell({ type: 'scan', code: inquired.pack.code }, inquired.name);
      else if (inquired !== undefined) goods.pressItem(inquired);
    },
    toggleLetters: () => set({ lettersShown: !state().lettersShown }),
    resume: basket.resume,
    returnLine: returns.returnLine,
    returnAll: returns.returnAll,
    close: () => {
      stopHearing();
      departments.close();
    },
  };
};

/** What each key does (`keys.ts` says which key that is). */
const keyActs = (core: SellCore, acts: SellActs, typing: TypingActs): Readonly<Record<KeyAction, () => void>> => {
  const { client, state, set, currentLine, refuse, tone } = core;
  const { goods, lines, basket, tasks, departments, payments } = acts;

  const selectOrMove = (by: 1 | -1): void => {
    const { panel, resultIndex, results } = state();
    if (panel !== 'search') lines.selectNext(by);
    else set({ resultIndex: Math.min(Math.max(resultIndex + by, 0), Math.max(results.length - 1, 0)) });
  };

  /** Takes away what the panel is about, else the current line. */
  const takeAway = (): void => {
    const { panel, task } = state();
    const { head } = client.view();
    const line = currentLine();
    const tender = head?.tenders?.at(-1);
    const standing = panel === 'task' && task !== undefined ? standingOf(task, head).at(-1) : undefined;
    if (panel === 'tenders' && tender !== undefined) payments.giveBack(tender.tenderId);
    else if (standing !== undefined) tasks.takeBack(standing);
    else if (panel === 'task') tone('error');
    else if (line === undefined) refuse({ type: 'noLine' });
    else lines.voidLine(line.lineId);
  };

  return {
    exact: payments.payExact,
    suggested1: () => payments.paySuggested(0),
    suggested2: () => payments.paySuggested(1),
    pay: payments.payTyped,
    tenders: payments.showTenders,
    suspend: basket.suspend,
    return: typing.toggleReturn,
    search: () => togglePanel(core, 'search'),
    price: () => tasks.onLine(({ lineId, name }) => ({ name: 'price', line: { lineId, name } })),
    discountLine: () => tasks.onLine(({ lineId, name }) => ({ name: 'discount', line: { lineId, name } })),
    discountBasket: () => (client.view().lines.length === 0 ? refuse({ type: 'noLine' }) : tasks.toggleTask({ name: 'discount' })),
    customer: () => tasks.toggleTask({ name: 'customer' }),
    newCustomer: () => tasks.toggleTask({ name: 'newCustomer' }),
    coupon: () => tasks.toggleTask({ name: 'coupon' }),
    exemption: () => tasks.toggleTask({ name: 'exemption' }),
    balance: () => tasks.toggleTask({ name: 'balance' }),
    drawer: () => tasks.toggleTask({ name: 'drawer' }),
    unlisted: () => tasks.sellUnlisted(),
    describe: () => tasks.onLine(({ lineId, name }) => ({ name: 'describe', line: { lineId, name }, notes: core.reasons().note })),
    service: () => {
      const service = client.view().head?.service === 'eatIn' ? 'takeAway' : 'eatIn';
      core.command({ type: 'setService', service }, () => tone('ok'));
      if (state().panel === 'more') set({ panel: 'items' });
    },
    zeroScale: goods.zeroScale,
    roundUp: () => {
      if (state().panel === 'more') set({ panel: 'items' });
      goods.roundUp();
    },
    slip: () => {
      const receiptNumber = client.view().head?.completed?.receiptNumber;
      tasks.toggleTask({
        name: 'slip',
        languages: RECEIPT_LANGUAGES,
        ...(receiptNumber !== undefined && { receiptNumber }),
        mails: client.view().status?.mailsReceipts === true,
      });
    },
    inquiry: () => togglePanel(core, 'inquiry'),
    settings: () => togglePanel(core, 'settings'),
    devices: () => {
      if (state().panel === 'more') set({ panel: 'items' });
      core.openDevices();
    },
    explain: () => explain(core),
    recall: () => togglePanel(core, 'suspended'),
    receipts: () => togglePanel(core, 'receipts'),
    more: () => togglePanel(core, 'more'),
    ageChecked: tasks.checkAge,
    voidLine: takeAway,
    voidSale: basket.voidSale,
    clear: () => {
      if (acts.terminal.dismiss()) return;
      // Out of a style first, back to what was found.
      if (state().panel === 'search' && state().resultStyle !== undefined) search(core);
      else basket.clear();
    },
    erase: () => typing.setEntry(eraseCharacter(state().entry)),
    enter: typing.enter,
    multiply: () => typing.setEntry(typeCharacter(state().entry, '×')),
    selectUp: () => selectOrMove(-1),
    selectDown: () => selectOrMove(1),
    addOne: () => lines.stepQuantity(1),
    takeOne: () => lines.stepQuantity(-1),
    previousDepartment: () => departments.step(-1),
    nextDepartment: () => departments.step(1),
    keyMap: () => togglePanel(core, 'keyMap'),
    yes: () => typing.typeOne('y'),
  };
};

/** A scan goes to what asks for one; else it is a receipt, or goods. */
const createScan = (core: SellCore, { goods, returns, tasks, payments }: SellActs): SellController['scan'] => {
  const { client, state, set, entry, question, isAskingReference, refuse } = core;

  const sellScanned = (code: string): void => {
    goods.sell({ type: 'scan', code, scannedAtMs: Math.round(performance.now()), ...amountOf(entry()) }, code);
    if (state().entry !== '') set({ entry: state().panel === 'search' ? '' : withoutQuantity(state().entry) });
    if (state().weighing !== undefined) set({ weighing: undefined });
    if (state().panel === 'search') set({ panel: 'items', lettersShown: false });
  };

  /** A coupon is told from goods by the till, here as everywhere; where mail or a slip is asked for, what is no address is the next shopper's goods. */
  const takesScan = (task: Task | undefined, code: string): boolean => {
    if (task?.name !== 'mail' && task?.name !== 'cardSlip') return task?.name !== 'coupon';
    if (task.name === 'mail' && mailAddressOf(code) !== undefined) return true;
    set({ panel: 'items', task: undefined, lettersShown: false, entry: '' });
    return false;
  };

  return (code) => {
    const receiptNumber = receiptNumberOf(code);
    if (state().isPaying) refuse({ type: 'scanDuringTender', code });
    else if (isAskingReference()) payments.sendReference(code);
    else if (question()?.type === 'text' && takesScan(state().task, code)) tasks.answer({ type: 'text', text: code });
    else if (client.view().link !== 'open') refuse({ type: 'scanWithoutTill', code });
    else if (state().panel === 'inquiry') inquire(core, { type: 'scan', code }, code);
    else if (receiptNumber !== undefined) returns.openReturn(receiptNumber);
    else sellScanned(code);
  };
};

/** Its receipt is a page to draw, and whoever scans on at once has not looked at it: the next sale's first line goes first. */
const RECEIPT_AFTER_MS = 120;

/** What the till says by itself: another basket, another catalogue, who buys, a sale that is paid. Returns what ends it. */
const hearTill = (core: SellCore, { departments, receipts }: SellActs): (() => void) => {
  const { client, state, set, ask, tone, delay } = core;
  let lastCatalogueAt: number | undefined;
  let lastCurrent: string | undefined;
  let lastBasket: string | undefined;
  let lastCustomer: string | undefined;
  let receiptOf: string | undefined;
  let callOffReceipt = (): void => undefined;
  let lastTerminal: TerminalView | undefined;

  const tellPoints = (customerId: string | undefined): void => {
    if (customerId === lastCustomer) return;
    lastCustomer = customerId;
    set({ customerPoints: undefined });
    if (customerId === undefined) return;
    void ask({ type: 'balance', account: 'points', reference: customerId }, (reply) => {
      if (reply.ok && lastCustomer === customerId) set({ customerPoints: reply.value.balance?.amountMinor });
    });
  };

  const showReceipt = (receiptNumber: string | undefined): void => {
    if (receiptNumber === receiptOf) return;
    receiptOf = receiptNumber;
    callOffReceipt();
    set({ receipt: undefined });
    if (receiptNumber === undefined) return;
    callOffReceipt = delay(() => {
      void ask({ type: 'receipt', receiptNumber }, (reply) => {
        if (reply.ok && receiptOf === receiptNumber) set({ receipt: reply.value.receipt });
      });
    }, RECEIPT_AFTER_MS);
  };

  /** It tells by itself, whenever it is done. */
  const hearTerminal = (view: TerminalView | undefined, isCompleted: boolean): void => {
    const before = lastTerminal;
    lastTerminal = view;
    if (view === before || (view !== undefined && view.state === before?.state && view.paymentId === before.paymentId)) return;
    if (view !== undefined) {
      if (view.state === 'declined' || view.state === 'notCharged') receipts.cardRefused(view.paymentId);
      if (view.state !== 'starting' && view.state !== 'waiting' && view.state !== 'left') tone('error');
    } else if (isAtWork(before)) {
      tone(isCompleted ? 'done' : 'ok');
      // Another window of this till may be paid by the same terminal.
      const undoing = state().chosenReceipt?.undoing;
      if (typeof undoing === 'object' && undoing.paymentId !== undefined && undoing.paymentId === before?.paymentId)
        receipts.cardGivenBack();
    }
  };

  return client.subscribe(() => {
    const { head, status, link } = client.view();
    // A till that comes back counts anew.
    if (link !== 'open') lastCatalogueAt = undefined;
    if (link !== 'open' || head === undefined) return;
    const isNewBasket = head.basketId !== lastBasket;
    // The next basket is open: a scan that comes before the till's own answer to the payment belongs to it.
    if (isNewBasket && state().isPaying) set(PAID);
    if (head.currentLineId !== lastCurrent || isNewBasket) {
      lastCurrent = head.currentLineId;
      if (state().selectedLineId !== undefined) set({ selectedLineId: undefined });
    }
    if (status !== undefined && status.catalogueAt !== lastCatalogueAt) {
      lastCatalogueAt = status.catalogueAt;
      departments.load();
    }
    lastBasket = head.basketId;
    tellPoints(head.customer?.customerId);
    showReceipt(head.completed?.receiptNumber);
    hearTerminal(head.terminal, head.completed !== undefined);
  });
};
