/** Card payments that somebody should look at, beside their sales: filtered, each with its sale, what its lane said of it, and what headquarters noted. */
import { toDecimalString } from '@holdfast/ui';
import { Button, Checkbox, Modal, Select, Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText, format, plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { May } from '../rights.tsx';
import { ExportButton, Failure, HeadCells, NoRows, OpenOrAll, setFilter, StoreFilter, Tag } from '../table-parts.tsx';
import {
  CASE_NAMES,
  clearingText,
  reasonText,
  MOST_CASES,
  standingText,
  useCardCases,
  useNoteCase,
  type CardCase,
  type LaneStanding,
} from './card-cases.ts';

const TONES: Readonly<Record<CardCase['state'], 'bad' | 'warn' | 'quiet'>> = {
  double: 'bad',
  declinedLater: 'bad',
  stuck: 'bad',
  unknown: 'warn',
  toForward: 'quiet',
};

const EXPORT_HEADER = ['time', 'store', 'lane', 'state', 'open', 'amount', 'currency', 'receipts', 'reason', 'cleared', 'note'];
const exportRows = (cases: readonly CardCase[]): readonly (readonly string[])[] =>
  cases.map((one) => [
    new Date(one.atMs).toISOString(),
    one.store,
    String(one.lane),
    one.state,
    String(one.isOpen),
    toDecimalString(one.amountMinor, one.minorDigits),
    one.currency,
    one.sales.map(({ receiptNumber }) => receiptNumber).join(' '),
    one.reason ?? '',
    clearingText(one),
    one.note ?? '',
  ]);

const NoteDialog = ({ of, onClose }: { readonly of: CardCase; readonly onClose: () => void }): ReactElement => {
  const { mutate, isPending, error } = useNoteCase(of);
  const [note, setNote] = useState(of.note ?? '');
  const [isSettled, setSettled] = useState(of.isSettled);
  return (
    <Modal opened lockScroll={false} onClose={onClose} title={<span className="dialog-title">{CASE_NAMES[of.state]}</span>} centered>
      <div className="enrol-form">
        <p className="mut">
          {format.currency(of.amountMinor, of.minorDigits, of.currency)}, lane {of.lane}.
          {of.counts
            ? ' It counts against the lane’s limits until somebody at the lane clears it; a note here changes nothing of that.'
            : ''}
        </p>
        <Textarea
          label="What was found"
          rows={4}
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          data-autofocus
        />
        <Checkbox label="Done with it" checked={isSettled} onChange={(event) => setSettled(event.currentTarget.checked)} />
        <Failure error={error} />
        <Button
          className="strong-button"
          loading={isPending}
          disabled={note.trim() === ''}
          data-testid="note-case"
          onClick={() => mutate({ note, isSettled }, { onSuccess: onClose })}
        >
          Keep the note
        </Button>
      </div>
    </Modal>
  );
};

const Standings = ({
  lanes,
  nameOf,
}: {
  readonly lanes: readonly LaneStanding[];
  readonly nameOf: (store: string) => string;
}): ReactElement | null =>
  lanes.length === 0 ? null : (
    <section className="card" aria-labelledby="card-limits" data-testid="card-limits">
      <div className="card-head">
        <h2 id="card-limits">Accepted without the bank</h2>
        <span className="mut">counts against a lane’s limits until it is forwarded, or cleared at the lane</span>
      </div>
      <table className="plain">
        <tbody>
          {lanes.map((lane) => {
            const { text, isFull } = standingText(lane);
            return (
              <tr key={lane.device} data-testid="card-limit">
                <th scope="row">
                  {nameOf(lane.store)}, lane {lane.lane}
                </th>
                <td>{text}</td>
                <td className="n">{isFull ? <Tag tone="bad">none left</Tag> : null}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );

interface RowProps {
  readonly one: CardCase;
  readonly address: Address;
  readonly storeName: string;
  readonly timeZone: string | undefined;
  readonly onNote: () => void;
}

const CaseRow = ({ one, address, storeName, timeZone, onNote }: RowProps): ReactElement => (
  <tr data-testid={`card-case-${one.state}`} data-open={one.isOpen}>
    <td className="mut">{dateTimeText(one.atMs, timeZone)}</td>
    <td>
      {storeName === '' ? '' : `${storeName}, `}Lane {one.lane}
    </td>
    <td>
      <Tag tone={one.isOpen ? TONES[one.state] : 'quiet'}>{CASE_NAMES[one.state]}</Tag>
      {one.reason === null ? null : <div className="mut">{reasonText(one.reason)}</div>}
    </td>
    <td className="n">{format.currency(one.amountMinor, one.minorDigits, one.currency)}</td>
    <td>
      {one.sales.length === 0 ? <span className="mut">in no sale</span> : null}
      {one.sales.map(({ receiptNumber, ...sale }) => (
        <div key={receiptNumber}>
          <AddressLink to={{ ...address, sale }}>{receiptNumber}</AddressLink>
        </div>
      ))}
    </td>
    <td className="wraps">
      {one.cleared === null ? null : <div>{clearingText(one)}</div>}
      {one.counts ? <Tag tone="warn">counts against the lane’s limits</Tag> : null} {one.isSettled ? <Tag tone="good">done</Tag> : null}{' '}
      <span className="mut">{one.note ?? ''}</span>
    </td>
    <td className="n">
      <May action="settleExceptions" at="global">
        <Button size="compact-sm" variant="default" onClick={onNote} aria-label={`Note on ${one.paymentId}`}>
          Note
        </Button>
      </May>
    </td>
  </tr>
);

export interface CardCasesPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZones: ReadonlyMap<string, string>;
}

export const CardCasesPage = ({ places, address, timeZones }: CardCasesPageProps): ReactElement => {
  const { store = '', state = '', q = '' } = address.filters;
  const isAll = q === 'all';
  const { data, error } = useCardCases({ store, state, all: isAll });
  const [noted, setNoted] = useState<CardCase | undefined>();
  const cases = data?.cases ?? [];
  const nameOf = (name: string): string => places.stores.find((each) => each.store === name)?.name ?? name;
  return (
    <div className="page" data-testid="card-cases">
      <header className="page-head">
        <h1>Card payments</h1>
        <span className="mut">
          {data === undefined
            ? ''
            : cases.length === MOST_CASES
              ? `the newest ${MOST_CASES}`
              : `${plural(cases.length, 'payment')} to look at`}
        </span>
        <div className="tools">
          <StoreFilter places={places} address={address} />
          <Select
            aria-label="What"
            placeholder="All kinds"
            w={210}
            clearable
            data={Object.entries(CASE_NAMES).map(([value, label]) => ({ value, label }))}
            value={state === '' ? null : state}
            onChange={(value) => setFilter(address, 'state', value ?? '')}
          />
          <OpenOrAll address={address} done="done" />
          <ExportButton name="card-payments" header={EXPORT_HEADER} rows={() => exportRows(cases)} />
        </div>
      </header>
      <Standings lanes={(data?.lanes ?? []).filter((lane) => store === '' || lane.store === store)} nameOf={nameOf} />
      {cases.length === 0 ? (
        <div className="card" data-testid="no-card-cases">
          <NoRows asked={{ data, error }} none="No card payment needs a look">
            A payment stands here when its terminal cannot tell what became of it, when it was declined after the goods were gone, or when
            one charge stands in two sales.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Time', 'Where', 'What']} />
                <th scope="col" className="n">
                  Amount
                </th>
                <th scope="col">Receipt</th>
                <th scope="col">What became of it</th>
                <th scope="col">
                  <span className="for-readers">Note</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {cases.map((one) => (
                <CaseRow
                  key={`${one.device} ${one.paymentId}`}
                  one={one}
                  address={address}
                  storeName={places.stores.length > 1 ? nameOf(one.store) : ''}
                  timeZone={timeZones.get(one.store)}
                  onNote={() => setNoted(one)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {noted === undefined ? null : <NoteDialog of={noted} onClose={() => setNoted(undefined)} />}
    </div>
  );
};
