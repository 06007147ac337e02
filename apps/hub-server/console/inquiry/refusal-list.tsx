/** Whom the hub refused what: once for each asker, path and answer in a minute. Whoever looks after sign-ins reads it. */
import { Button, Select } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { dateTimeText, format } from '../format.ts';
import { moveTo } from '../navigation.tsx';
import { namesOf, useStaff } from '../people/people.ts';
import { HeadCells, MoreRows, NoRows, setFilter, Tag, TypedFilter } from '../table-parts.tsx';
import { answerText, KINDS, type Refusal, refusalQuery, STATUSES, useRefusals } from './refusals.ts';

const KIND_NAMES: Readonly<Record<Refusal['kind'], string>> = {
  person: '',
  program: 'program of ',
  device: 'device ',
  hub: 'the hub’s own token',
  nobody: 'nobody known',
};

const Who = ({ of: { kind, who, program }, nameOf }: { readonly of: Refusal; readonly nameOf: (user: string) => string }): ReactElement => {
  if (kind === 'hub' || kind === 'nobody' || who === '') return <span className="mut">{KIND_NAMES[kind] || 'several people'}</span>;
  if (kind === 'program')
    return (
      <>
        <bdi>{program}</bdi>
        <div className="mut">
          {KIND_NAMES.program}
          <bdi>{nameOf(who)}</bdi>
        </div>
      </>
    );
  return (
    <>
      <span className="mut">{KIND_NAMES[kind]}</span>
      <bdi>{kind === 'person' ? nameOf(who) : who}</bdi>
    </>
  );
};

export interface RefusalListProps {
  readonly address: Address;
  readonly timeZone: string | undefined;
}

export const RefusalList = ({ address, timeZone }: RefusalListProps): ReactElement => {
  const asked = useRefusals(refusalQuery(address.filters));
  const { data: staff = [] } = useStaff();
  const refusals = asked.data?.pages.flatMap((page) => page.refusals) ?? [];
  if (refusals.length === 0)
    return (
      <div className="card" data-testid="no-refusals">
        <NoRows asked={asked} none="Nothing of that kind was refused">
          Whoever may not, is not known, asks what is malformed or asks too often stands here for a year, once a minute.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame" data-testid="refusals">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['When', 'Who', 'From', 'What', 'Answer']} />
            <HeadCells labels={['Times']} numeric />
          </tr>
        </thead>
        <tbody>
          {refusals.map((refusal) => (
            <tr key={refusal.no} data-testid="refusal">
              <td className="mut">{dateTimeText(refusal.atMs, timeZone)}</td>
              <th scope="row">
                <Who of={refusal} nameOf={namesOf(staff)} />
              </th>
              <td className="mut">{refusal.address}</td>
              <td>
                <span className="mut">{refusal.method}</span> {refusal.route}
              </td>
              <td>
                <Tag tone={refusal.status === 400 ? 'quiet' : 'warn'}>{answerText(refusal)}</Tag>
              </td>
              <td className="n">{format.count(refusal.times)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreRows of={asked} label="Older ones" />
    </div>
  );
};

export const RefusalFilters = ({ address }: { readonly address: Address }): ReactElement => {
  const { address: from = '', kind = '', status = '' } = address.filters;
  return (
    <>
      <TypedFilter label="From an address" value={from} onEnter={(typed) => moveTo(withFilters(address, { address: typed }))} />
      <Select
        aria-label="Of what kind"
        placeholder="Anybody"
        w={150}
        clearable
        data={KINDS}
        value={kind === '' ? null : kind}
        onChange={(value) => setFilter(address, 'kind', value ?? '')}
      />
      <Select
        aria-label="Answer"
        placeholder="Any answer"
        w={150}
        clearable
        data={STATUSES}
        value={status === '' ? null : status}
        onChange={(value) => setFilter(address, 'status', value ?? '')}
      />
    </>
  );
};

/** The whole of what is shown, as the hub writes it. */
export const ExportRefusals = ({ address }: { readonly address: Address }): ReactElement => (
  <Button
    component="a"
    variant="default"
    href={`./api/v1/refusals.csv?${String(new URLSearchParams(refusalQuery(address.filters)))}`}
    data-testid="export-refusals"
  >
    Export CSV
  </Button>
);
