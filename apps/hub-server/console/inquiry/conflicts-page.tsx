/** Two values for one thing: both, who and when and the rule that decided. What the rule decided holds; a person leaves it so, sets another value, or has it judged again. */
import { Button, Modal, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, plural } from '../format.ts';
import { useRights } from '../rights.tsx';
import { Failure, HeadCells, NoRows, OpenOrAll, StoreFilter, Tag } from '../table-parts.tsx';
import {
  answerText,
  correctedValue,
  fieldsOf,
  MOST_CONFLICTS,
  ruleText,
  useAnswerConflict,
  useConflicts,
  valueText,
  type Conflict,
  type ConflictValues,
} from './conflicts.ts';
import { StockQuestions } from './stock-questions.tsx';

const CorrectDialog = ({ of, onClose }: { readonly of: Conflict; readonly onClose: () => void }): ReactElement => {
  const { mutate, isPending, error } = useAnswerConflict(of.conflictNo);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(Object.entries(of.ours.values).map(([field, value]) => [field, value === null ? '' : String(value)])),
  );
  const values = Object.fromEntries(Object.entries(texts).map(([field, text]) => [field, correctedValue(of.ours.values[field], text)]));
  const isWhole = Object.values(values).every((value) => value !== undefined);
  return (
    <Modal
      opened
      lockScroll={false}
      onClose={onClose}
      title={<span className="dialog-title">What store {of.store} shall have</span>}
      centered
    >
      <form
        className="enrol-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWhole) mutate({ answer: 'correct', values: values as ConflictValues }, { onSuccess: onClose });
        }}
      >
        <p className="mut">
          {of.entity} {of.key}
        </p>
        {Object.entries(texts).map(([field, text], index) => (
          <TextInput
            key={field}
            label={field}
            description={`Stands: ${valueText(of.theirs?.values[field])}`}
            value={text}
            error={values[field] === undefined ? 'Not of the kind that was asked for' : null}
            onChange={(event) => setTexts({ ...texts, [field]: event.currentTarget.value })}
            {...(index === 0 && { 'data-autofocus': true })}
          />
        ))}
        <Failure error={error} />
        <Button type="submit" className="strong-button" loading={isPending} disabled={!isWhole} data-testid="correct-conflict">
          Set it for this store
        </Button>
      </form>
    </Modal>
  );
};

/** Where no store asked there is nothing to correct, nor to judge again. */
const isWish = ({ ours }: Conflict): boolean => Object.keys(ours.values).length > 0;

const Answers = ({ of, onCorrect }: { readonly of: Conflict; readonly onCorrect: () => void }): ReactElement => {
  const { mutate, isPending, error } = useAnswerConflict(of.conflictNo);
  const { may } = useRights();
  if (!may('settleExceptions', 'global')) return <span className="mut">waits for an answer</span>;
  return (
    <>
      <div className="row-actions">
        <Button
          size="compact-sm"
          variant="default"
          loading={isPending}
          data-testid="accept-conflict"
          onClick={() => mutate({ answer: 'accept' })}
        >
          Leave it so
        </Button>
        {isWish(of) ? (
          <>
            <Button size="compact-sm" variant="default" onClick={onCorrect}>
              Correct…
            </Button>
            <Button size="compact-sm" variant="default" loading={isPending} onClick={() => mutate({ answer: 'retry' })}>
              Judge again
            </Button>
          </>
        ) : null}
      </div>
      <Failure error={error} />
    </>
  );
};

interface RowProps {
  readonly one: Conflict;
  readonly storeName: string;
  readonly timeZone: string | undefined;
  readonly onCorrect: () => void;
}

const ConflictRow = ({ one, storeName, timeZone, onCorrect }: RowProps): ReactElement => (
  <tr data-testid="conflict">
    <td>
      {storeName}
      <div className="mut">{dateTimeText(one.raisedAtMs, timeZone)}</div>
    </td>
    <td className="wraps">
      {one.entity === '0' ? null : (
        <b>
          {one.entity} {one.key}
        </b>
      )}
      {fieldsOf(one).map(({ field, asked, stands }) => (
        <div key={field}>
          {field}: <b>{asked}</b> asked, <b>{stands}</b> stands
        </div>
      ))}
      {one.ours.reason === '' ? null : <div className="mut">{one.ours.reason}</div>}
    </td>
    <td className="wraps">
      {ruleText(one.rule)}
      <div className="mut">
        {isWish(one) ? 'asked by' : 'told by'} {one.ours.by}
        {one.theirs === null ? '' : `; stands by ${one.theirs.source} since ${dateTimeText(one.theirs.atMs, timeZone)}`}
      </div>
    </td>
    <td>{one.answer === null ? <Answers of={one} onCorrect={onCorrect} /> : <Tag tone="good">{answerText(one)}</Tag>}</td>
  </tr>
);

export interface ConflictsPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const ConflictsPage = ({ places, address, timeZones }: ConflictsPageProps): ReactElement => {
  const { store = '', q = '' } = address.filters;
  const isAll = q === 'all';
  const { data, error } = useConflicts(isAll);
  const [corrected, setCorrected] = useState<Conflict | undefined>();
  const conflicts = (data ?? []).filter((one) => store === '' || one.store === store);
  const nameOf = (name: string): string => places.stores.find((each) => each.store === name)?.name ?? name;
  return (
    <div className="page" data-testid="conflicts">
      <header className="page-head">
        <h1>Conflicts</h1>
        <span className="mut">
          {data === undefined ? '' : data.length === MOST_CONFLICTS ? `the newest ${MOST_CONFLICTS}` : plural(conflicts.length, 'conflict')}
          {conflicts.length === 0 ? '' : '; what the rule decided holds meanwhile'}
        </span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <OpenOrAll address={address} done="answered" />
        </div>
      </header>
      <StockQuestions address={address} nameOf={nameOf} timeZones={timeZones} />
      {conflicts.length === 0 ? (
        <div className="card" data-testid="no-conflicts">
          <NoRows asked={{ data, error }} none="No two values contradict each other">
            What a store changed stands here when headquarters had changed the same thing since, or when whoever asked may not.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Where', 'Both values', 'Rule', 'Answer']} />
              </tr>
            </thead>
            <tbody>
              {conflicts.map((one) => (
                <ConflictRow
                  key={one.conflictNo}
                  one={one}
                  storeName={nameOf(one.store)}
                  timeZone={timeZones.get(one.store)}
                  onCorrect={() => setCorrected(one)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {corrected === undefined ? null : <CorrectDialog of={corrected} onClose={() => setCorrected(undefined)} />}
    </div>
  );
};
