import { unreachable } from '@holdfast/base';
/** A row of the window's own: what it refused itself, or what it asks. It looks and behaves like the till's rows, and covers nothing. */
import { type Format, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { BasketHead } from '../../shared/till-contract.ts';
import type { Message, Strings } from '../strings.ts';
import { useSell, useStrings, useTill } from './sell-context.tsx';
import { isQuestion, type Notice } from './sell-state.ts';

import classes from './basket.module.css';

const messageOf = (notice: Notice, strings: Strings, format: Format, head: BasketHead | undefined): Message => {
  const minorDigits = head?.minorDigits ?? 2;
  switch (notice.type) {
    case 'refusal':
      return strings.refusal(notice.refusal, { format, minorDigits, subject: notice.subject });
    case 'scanDuringTender':
      return strings.notices.scanDuringTender(notice.code);
    case 'scanWithoutTill':
      return strings.notices.scanWithoutTill(notice.code);
    case 'scanTorn':
      return strings.notices.scanTorn;
    case 'cashNeeded':
      return strings.notices.cashNeeded;
    case 'noLine':
      return strings.notices.noLine;
    case 'notByPiece':
      return strings.notices.notByPiece;
    case 'pastedTooMuch':
      return strings.notices.pastedTooMuch(format.count(notice.most));
    case 'notAnAmount':
      return strings.notices.notAnAmount(notice.text);
    case 'notAnAnswer':
      return strings.notAnAnswer(notice.task, notice.text);
    case 'askVoidSale':
      return strings.notices.askVoidSale(
        strings.items(head?.totals.itemCount ?? 0, format),
        format.money(head?.totals.totalMinor ?? 0, minorDigits),
      );
    case 'askQuantity': {
      const { quantity, limit, name } = notice;
      const asked = strings.notices.askQuantity(quantity === undefined ? '' : format.quantity(quantity), format.count(limit));
      // A scan may have come between: of which goods it is asked has to be seen.
      return name === '' ? asked : { ...asked, detail: `${name} · ${asked.detail}` };
    }
    case 'askTakeover':
    case 'askVouch': {
      const name = notice.refusal.detail['name'];
      return strings.refusal(notice.refusal, {
        format,
        minorDigits,
        subject: typeof name === 'string' ? name : '',
      });
    }
    default:
      return unreachable(notice, 'messageOf');
  }
};

export const NoticeRow = ({ notice }: { readonly notice: Notice }): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const head = useTill((view) => view.head);
  const message = messageOf(notice, strings, format, head);
  const asks = isQuestion(notice);
  return (
    <div role="row" className={classes['row']} data-kind={asks ? 'question' : 'refused'} data-testid="notice" data-notice={notice.type}>
      <span role="gridcell" className={classes['quantity']} />
      <span role="gridcell" className={classes['wide']}>
        <b>{message.title}</b>
        <small>{message.detail}</small>
      </span>
      <span role="gridcell" className={classes['answers']}>
        {asks ? (
          <>
            <button type="button" className={classes['answer']} data-key="N" onClick={() => sell.dismiss(notice.id)}>
              {strings.keys.no}
            </button>
            <button type="button" className={classes['answer']} data-key="Y" data-go="true" onClick={() => sell.answerYes(notice.id)}>
              {strings.keys.yes}
            </button>
          </>
        ) : null}
      </span>
    </div>
  );
};
