/** The last receipts of this till, and what can be done with one: print it again, take goods back, or undo the whole sale, which asks first. */
import { EmptyState, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import { Choice } from './choice.tsx';
import { Panel } from './panel.tsx';
import { useKeys, useSell, useSellState, useStrings, useTill } from './sell-context.tsx';
import type { ChosenReceipt } from './sell-state.ts';

import keyClasses from './keys.module.css';
import classes from './panels.module.css';

const OneReceipt = ({ receipt, undoing }: ChosenReceipt): ReactElement => {
  const { capOf } = useKeys();
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const timeZone = useTill((view) => view.status?.timeZone);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const mails = useTill((view) => view.status?.mailsReceipts === true);
  const { receiptNumber, atMs, totalMinor, undone } = receipt;
  const total = format.money(totalMinor, minorDigits);
  const back = (
    <Choice name="undo-no" look="plain" onChoose={() => sell.chooseReceipt(receipt)}>
      {strings.keys.no}
    </Choice>
  );
  const sure = (testId: string, title: string, text: string, yes: ReactElement): ReactElement => (
    <Panel title={title} testId={testId}>
      <p className={classes['text']}>{text}</p>
      <div className={classes['choices']}>
        {yes}
        {back}
      </div>
    </Panel>
  );
  if (undoing === 'sure') {
    const yes = (
      <Choice name="undo-yes" look="danger" cap={capOf('yes')} onChoose={() => sell.undoSale()}>
        {strings.undoYes}
      </Choice>
    );
    return sure('receipt-undo', strings.undoTitle(receiptNumber, total), strings.undoText, yes);
  }
  if (undoing?.cashMinor !== undefined) {
    const cash = format.money(undoing.cashMinor, minorDigits);
    const yes = (
      <Choice name="card-in-cash-yes" look="danger" cap={capOf('yes')} onChoose={() => sell.cardInCash()}>
        {strings.inCashYes}
      </Choice>
    );
    return sure('receipt-in-cash', strings.inCashTitle(cash, undoing.name), strings.inCashText, yes);
  }
  if (undoing !== undefined) {
    return (
      <Panel title={strings.cardFirstTitle(undoing.name, format.money(undoing.amountMinor, minorDigits))} testId="receipt-card">
        <p className={classes['text']}>{undoing.isRefused === true ? strings.cardRefusedText : strings.cardFirstText}</p>
        <div className={classes['choices']}>
          <Choice name="card-given-back" look="danger" cap={capOf('yes')} onChoose={() => sell.cardGivenBack()}>
            {undoing.isRefused === true && undoing.paymentId !== undefined ? strings.cardAskAgain : strings.cardGivenBack}
          </Choice>
          <Choice name="card-by-hand" look="paper" cap="2" onChoose={() => sell.cardByHand()}>
            {strings.cardByHand}
          </Choice>
          {undoing.isRefused === true ? (
            <Choice name="card-in-cash" look="paper" cap="3" onChoose={() => sell.cardInCash()}>
              {strings.cardInCash}
            </Choice>
          ) : null}
          {back}
        </div>
      </Panel>
    );
  }
  return (
    <Panel title={strings.receiptTitle(receiptNumber, format.time(atMs, timeZone), total)} testId="receipt-chosen">
      <div className={classes['choices']}>
        <Choice name="receipt-print" look="paper" cap="1" onChoose={() => sell.printReceipt(receiptNumber)}>
          {strings.keys.printAgain}
        </Choice>
        <Choice name="receipt-return" look="paper" cap="2" isDisabled={undone === true} onChoose={() => sell.openReturn(receiptNumber)}>
          {strings.receiptReturn}
        </Choice>
        {undone === true ? (
          <Choice name="receipt-undoing" look="paper" cap="3" onChoose={() => sell.printUndoing(receiptNumber)}>
            {strings.receiptUndoingAgain}
          </Choice>
        ) : (
          <Choice name="receipt-undo" look="danger" cap="3" onChoose={() => sell.undoSale()}>
            {strings.receiptUndo}
          </Choice>
        )}
        <Choice name="receipt-gift" look="paper" cap="4" onChoose={() => sell.printGift(receiptNumber)}>
          {strings.keys.giftReceipt}
        </Choice>
        <Choice name="receipt-pick" look="paper" cap="5" onChoose={() => sell.printPickList(receiptNumber)}>
          {strings.keys.pickList}
        </Choice>
        <Choice name="receipt-merchant" look="paper" cap="7" onChoose={() => sell.printMerchant(receiptNumber)}>
          {strings.keys.merchantCopy}
        </Choice>
        {mails ? (
          <Choice name="receipt-mail" look="paper" cap="6" onChoose={() => sell.mailReceipt(receiptNumber)}>
            {strings.keys.mail}
          </Choice>
        ) : null}
      </div>
    </Panel>
  );
};

export const ReceiptsPanel = (): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const receipts = useSellState((state) => state.receipts);
  const chosen = useSellState((state) => state.chosenReceipt);
  const timeZone = useTill((view) => view.status?.timeZone);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  if (chosen !== undefined) return <OneReceipt {...chosen} />;
  return (
    <Panel title={strings.receiptsTitle} testId="receipts">
      {receipts.length === 0 ? <EmptyState title={strings.receiptsNone} /> : null}
      <div className={classes['choices']}>
        {receipts.map((receipt, index) => (
          <button
            key={receipt.receiptNumber}
            type="button"
            className={keyClasses['key']}
            data-look="paper"
            data-receipt={receipt.receiptNumber}
            onClick={() => sell.chooseReceipt(receipt)}
          >
            <span>
              {format.time(receipt.atMs, timeZone)} · <bdi>{format.money(receipt.totalMinor, minorDigits)}</bdi>{' '}
              <small>
                <bdi>{receipt.receiptNumber}</bdi>
                {receipt.undone === true ? ` · ${strings.receiptUndone}` : ''}
              </small>
            </span>
            {index < 9 ? <kbd aria-hidden="true">{index + 1}</kbd> : null}
          </button>
        ))}
      </div>
    </Panel>
  );
};
