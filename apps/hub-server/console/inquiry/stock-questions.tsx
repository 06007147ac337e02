/** Goods that were counted while something moved, at moments that clocks cannot tell apart: whoever knows says whether the count has it in it. Nothing stands here while there are none. */
import { useFormat } from '@holdfast/ui';
import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import type { Address } from '../address.ts';
import { dateTimeText, plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { useRights } from '../rights.tsx';
import { Failure, HeadCells } from '../table-parts.tsx';
import { MOST_QUESTIONS, useAnswerStockQuestion, useStockQuestions, type StockQuestion } from './stock-question-list.ts';

interface RowProps {
  readonly one: StockQuestion;
  readonly address: Address;
  readonly storeName: string;
  readonly timeZone: string | undefined;
}

const QuestionRow = ({ one, address, storeName, timeZone }: RowProps): ReactElement => {
  const { mutate, isPending, error } = useAnswerStockQuestion(one);
  const { quantity } = useFormat();
  const { may } = useRights();
  const { sku, unit, moved, counted, countedAtMs, device, epoch, seq, lane, receiptNumber, atMs, receivedAtMs } = one;
  return (
    <tr data-testid="stock-question">
      <td>
        <b>
          <bdi>{sku}</bdi>
        </b>
        <div className="mut">{storeName}</div>
      </td>
      <td>
        {quantity({ value: counted, unit })} counted
        <div className="mut">{dateTimeText(countedAtMs, timeZone)}</div>
      </td>
      <td className="wraps">
        {quantity({ value: Math.abs(moved), unit })} {moved < 0 ? 'left' : 'came in'} at lane {lane}
        {receiptNumber === null ? null : (
          <>
            , <AddressLink to={{ ...address, sale: { device, epoch, seq } }}>{receiptNumber}</AddressLink>
          </>
        )}
        <div className="mut">
          {atMs === null ? '' : `${dateTimeText(atMs, timeZone)} by its clock; `}the hub had it {dateTimeText(receivedAtMs, timeZone)}
        </div>
      </td>
      <td>
        {may('settleExceptions', 'global') ? (
          <div className="row-actions">
            <Button size="compact-sm" variant="default" loading={isPending} data-testid="before-count" onClick={() => mutate('before')}>
              In the count
            </Button>
            <Button size="compact-sm" variant="default" loading={isPending} data-testid="after-count" onClick={() => mutate('after')}>
              After it
            </Button>
          </div>
        ) : (
          <span className="mut">waits for an answer</span>
        )}
        <Failure error={error} />
      </td>
    </tr>
  );
};

export interface StockQuestionsProps {
  readonly address: Address;
  readonly nameOf: (store: string) => string;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const StockQuestions = ({ address, nameOf, timeZones }: StockQuestionsProps): ReactElement | null => {
  const { data = [] } = useStockQuestions();
  const { store = '' } = address.filters;
  const questions = data.filter((one) => store === '' || one.store === store);
  if (questions.length === 0) return null;
  return (
    <section aria-labelledby="stock-questions" data-testid="stock-questions">
      <div className="card-head">
        <h2 id="stock-questions">Counted while it moved</h2>
        <span className="mut">
          {data.length === MOST_QUESTIONS ? `the newest ${MOST_QUESTIONS}` : plural(questions.length, 'movement')}; taken for later ones
          meanwhile
        </span>
      </div>
      <div className="table-frame">
        <table className="data">
          <thead>
            <tr>
              <HeadCells labels={['Goods', 'Count', 'Movement', 'Answer']} />
            </tr>
          </thead>
          <tbody>
            {questions.map((one) => (
              <QuestionRow
                key={[one.countNo, one.entryNo, one.sku, one.unit].join('\u001F')}
                one={one}
                address={address}
                storeName={nameOf(one.store)}
                timeZone={timeZones.get(one.store)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};
