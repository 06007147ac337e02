/** The receipts of this till: printed again, or their sale undone. */
import type { SellCore } from '../sell-core.ts';
import { type CardFirst, type ChosenReceipt, type RecentReceipt, textOf } from '../sell-state.ts';
import type { ReturnActs } from './return-acts.ts';

/** As many as nine keys choose. */
const RECENT_RECEIPTS = 9;

export interface ReceiptActs {
  readonly chooseReceipt: (receipt: RecentReceipt) => void;
  readonly printReceipt: (receiptNumber: string) => void;
  /** The paper of its being undone, once more. */
  readonly printUndoing: (receiptNumber: string) => void;
  /** Without prices, for whom the goods are given to. */
  readonly printGift: (receiptNumber: string) => void;
  /** Of what is to be fetched for it. */
  readonly printPickList: (receiptNumber: string) => void;
  readonly printMerchant: (receiptNumber: string) => void;
  /** Asks to whom. */
  readonly mailReceipt: (receiptNumber: string) => void;
  /** Asks first; a second time does it. */
  readonly undoSale: () => void;
  /** The card that stood in the way was given back at the terminal. */
  readonly cardGivenBack: () => void;
  /** By hand: its slip's number is asked for. */
  readonly cardByHand: () => void;
  /** The card that the terminal refuses: asks how much goes out of the drawer; a second time does it. */
  readonly cardInCash: () => void;
  /** The terminal did not give it back, by this order. */
  readonly cardRefused: (paymentId: string) => void;
  /** Goes on with it, whatever stood in the way before. */
  readonly undoAgain: (chosen: ChosenReceipt) => void;
  /** By the figure on its key; what is asked then, by Y. */
  readonly chooseOfReceipt: (character: string, chosen: ChosenReceipt) => void;
}

export const listReceipts = ({ list, set }: SellCore): void =>
  list({ type: 'receipts', limit: RECENT_RECEIPTS }, (value) => set({ receipts: value.receipts ?? [] }));

/** `askToWhom`: where a receipt goes by mail. `askSlip`: by which slip a card was given back. */
export const createReceiptActs = (
  core: SellCore,
  {
    openReturn,
    askToWhom,
    askSlip,
  }: Pick<ReturnActs, 'openReturn'> & {
    readonly askToWhom: (receiptNumber: string) => void;
    readonly askSlip: (receipt: RecentReceipt, card: CardFirst) => void;
  },
): ReceiptActs => {
  const { client, state, set, ask, command, tone, refuse } = core;

  const printReceipt = (receiptNumber: string): void => command({ type: 'printReceipt', receiptNumber }, () => tone('ok'));

  const printGift = (receiptNumber: string): void => command({ type: 'printReceipt', receiptNumber, isGift: true }, () => tone('ok'));

  const printPickList = (receiptNumber: string): void =>
    command({ type: 'printReceipt', receiptNumber, isPickList: true }, () => tone('ok'));

  const printMerchant = (receiptNumber: string): void =>
    command({ type: 'printReceipt', receiptNumber, isMerchant: true }, () => tone('ok'));

  const printUndoing = (receiptNumber: string): void =>
    command({ type: 'printReceipt', receiptNumber, isPostVoid: true }, () => tone('ok'));

  /** `wantsCash`: of the card that is in the way. */
  const postVoid = ({ receipt, undoing }: ChosenReceipt, wantsCash = false): void => {
    const { receiptNumber } = receipt;
    const inCash = typeof undoing === 'object' ? undoing.inCash : undefined;
    void ask({ type: 'postVoid', receiptNumber, ...(inCash !== undefined && { inCash: [...inCash] }) }, (reply) => {
      if (reply.ok) {
        tone('done');
        set({ chosenReceipt: undefined });
        listReceipts(core);
        return;
      }
      const { type, detail } = reply.refusal;
      const [tender, amountMinor, cashMinor] = [detail['tender'], detail['amountMinor'], detail['cashMinor']];
      if (type === 'tenderNotReversed' && typeof tender === 'number' && typeof amountMinor === 'number') {
        const known = state().tenderTypes.find(({ tenderType }) => tenderType === detail['tenderType']);
        const name = known?.name ?? textOf(detail['tenderType']);
        const isRefused = typeof cashMinor === 'number';
        const card: CardFirst = {
          tender,
          name,
          amountMinor,
          ...(inCash !== undefined && { inCash }),
          ...(isRefused && { isRefused }),
          ...(isRefused && wantsCash && { cashMinor }),
        };
        set({ chosenReceipt: { receipt, undoing: card } });
        return;
      }
      set({ chosenReceipt: { receipt } });
      refuse({ type: 'refusal', refusal: reply.refusal, subject: receiptNumber });
    });
  };

  const undoSale = (): void => {
    const { chosenReceipt } = state();
    if (chosenReceipt === undefined || chosenReceipt.receipt.undone === true) return;
    if (chosenReceipt.undoing === 'sure') postVoid(chosenReceipt);
    else set({ chosenReceipt: { receipt: chosenReceipt.receipt, undoing: 'sure' } });
  };

  const cardGivenBack = (): void => {
    const { chosenReceipt } = state();
    if (typeof chosenReceipt?.undoing !== 'object') return;
    const { receipt, undoing } = chosenReceipt;
    if (undoing.cashMinor !== undefined) return;
    command({ type: 'reverseTender', receiptNumber: receipt.receiptNumber, tender: undoing.tender }, ({ payment }) => {
      if (payment === undefined) postVoid(chosenReceipt);
      // Where the lane's terminal gives it back, the sale is undone when it has.
      else if (state().chosenReceipt === chosenReceipt) set({ chosenReceipt: { receipt, undoing: { ...undoing, ...payment } } });
    });
  };

  const cardByHand = (): void => {
    const { chosenReceipt } = state();
    if (typeof chosenReceipt?.undoing === 'object') askSlip(chosenReceipt.receipt, chosenReceipt.undoing);
  };

  const cardInCash = (): void => {
    const { chosenReceipt } = state();
    if (typeof chosenReceipt?.undoing !== 'object' || chosenReceipt.undoing.isRefused !== true) return;
    const { receipt, undoing } = chosenReceipt;
    if (undoing.cashMinor === undefined) postVoid(chosenReceipt, true);
    else postVoid({ receipt, undoing: { ...undoing, inCash: [...(undoing.inCash ?? []), undoing.tender] } });
  };

  const undoAgain = (chosen: ChosenReceipt): void => {
    set({ panel: 'receipts', chosenReceipt: chosen });
    postVoid(chosen);
  };

  return {
    undoAgain,
    cardRefused: (paymentId) => {
      const { chosenReceipt } = state();
      if (typeof chosenReceipt?.undoing !== 'object' || chosenReceipt.undoing.paymentId !== paymentId) return;
      set({ chosenReceipt: { ...chosenReceipt, undoing: { ...chosenReceipt.undoing, isRefused: true } } });
    },
    cardByHand,
    cardInCash,
    chooseReceipt: (receipt) => set({ chosenReceipt: { receipt } }),
    printReceipt,
    printGift,
    printPickList,
    printMerchant,
    printUndoing,
    mailReceipt: askToWhom,
    undoSale,
    cardGivenBack,
    chooseOfReceipt: (character, { receipt, undoing }) => {
      if (undoing !== undefined) {
        const isAsked = undoing !== 'sure' && undoing.cashMinor !== undefined;
        if (/^y$/iu.test(character)) (undoing === 'sure' ? undoSale : isAsked ? cardInCash : cardGivenBack)();
        else if (undoing !== 'sure' && !isAsked && character === '2') cardByHand();
        else if (undoing !== 'sure' && !isAsked && character === '3') cardInCash();
        return;
      }
      if (character === '1') printReceipt(receipt.receiptNumber);
      if (character === '2') openReturn(receipt.receiptNumber);
      if (character === '3' && receipt.undone === true) printUndoing(receipt.receiptNumber);
      if (character === '3' && receipt.undone !== true) undoSale();
      if (character === '4') printGift(receipt.receiptNumber);
      if (character === '5') printPickList(receipt.receiptNumber);
      if (character === '7') printMerchant(receipt.receiptNumber);
      if (character === '6' && client.view().status?.mailsReceipts === true) askToWhom(receipt.receiptNumber);
    },
  };
};
