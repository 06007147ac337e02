/** Every change of the catalogue, of prices, people, permissions and settings: publication by publication, or all of one article; and what the hub refused. */
import { Button, Select, Tabs, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { dateTimeText, plural } from '../format.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { useStaff } from '../people/people.ts';
import { May, useRights } from '../rights.tsx';
import { Failure, HeadCells, LongSelect, NoRows, setFilter, TypedFilter } from '../table-parts.tsx';
import { ChangeList } from './change-list.tsx';
import { auditQuery, type ChangeQuery, type Publication, TYPES, usePublications, useUndo } from './changes.ts';
import { ExportRefusals, RefusalFilters, RefusalList } from './refusal-list.tsx';

const MOST_COUNTED = 1_000;

const countText = ({ made, changes }: Publication): string => {
  const told = changes > MOST_COUNTED ? `more than ${plural(MOST_COUNTED, 'change')}` : plural(changes, 'change');
  if (made === 0) return told;
  return changes === 0 ? `${plural(made, 'entity', 'entities')} made` : `${plural(made, 'entity', 'entities')} made, ${told}`;
};

const Publications = ({ address, timeZone }: { readonly address: Address; readonly timeZone: string | undefined }): ReactElement => {
  const asked = usePublications(address.filters.by ?? '');
  const publications = asked.data?.pages.flatMap((page) => page.publications) ?? [];
  if (publications.length === 0)
    return (
      <div className="card" data-testid="no-publications">
        <NoRows asked={asked} none="Nothing was published">
          Whatever headquarters changes stands here from then on.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame" data-testid="publications">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['When', 'Who', 'What for', 'Changed']} />
          </tr>
        </thead>
        <tbody>
          {publications.map((publication) => (
            <tr key={publication.lsn}>
              <td className="mut">{dateTimeText(publication.atMs, timeZone)}</td>
              <td>{publication.by ?? <span className="mut">not kept</span>}</td>
              <th scope="row">
                {publication.changes === 0 ? (
                  publication.source
                ) : (
                  <AddressLink to={withFilters(address, { lsn: String(publication.lsn) })}>{publication.source}</AddressLink>
                )}
              </th>
              <td>{countText(publication)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked.hasNextPage ? (
        <Button variant="default" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          Older ones
        </Button>
      ) : null}
    </div>
  );
};

const OnePublication = ({
  lsn,
  address,
  timeZone,
}: {
  readonly lsn: string;
  readonly address: Address;
  readonly timeZone: string | undefined;
}): ReactElement => {
  const { mutate, isPending, error } = useUndo();
  return (
    <>
      <div className="block-head">
        <AddressLink to={withFilters(address, { lsn: '' })}>‹ All publications</AddressLink>
        <h2>Publication {lsn}</h2>
        <div className="tools">
          <May action="publish">
            <Button variant="default" loading={isPending} data-testid="undo-publication" onClick={() => mutate({ lsn: Number(lsn) })}>
              Undo all of it
            </Button>
          </May>
        </div>
      </div>
      <Failure error={error} />
      <ChangeList query={{ lsn }} timeZone={timeZone} />
    </>
  );
};

/** The whole of what is shown, as the hub writes it: it may be long, and it runs no formula. */
const exportUrl = (query: ChangeQuery): string => `./api/v1/changes.csv?${String(new URLSearchParams(query))}`;

const ChangeFilters = ({ address }: { readonly address: Address }): ReactElement => {
  const { q = '', type = '', place = '' } = address.filters;
  const { placesFor } = useRights();
  return (
    <>
      <TypedFilter label="Changes of an SKU" value={q} onEnter={(typed) => moveTo(withFilters(address, { q: typed, lsn: '' }))} />
      <Select
        aria-label="What"
        placeholder="Anything"
        w={125}
        clearable
        searchable
        data={TYPES}
        value={type === '' ? null : type}
        onChange={(value) => setFilter(address, 'type', value ?? '')}
      />
      <LongSelect
        aria-label="Where"
        placeholder="Any place"
        w={130}
        clearable
        searchable
        data={placesFor('useConsole')}
        value={place === '' ? null : place}
        onChange={(value) => setFilter(address, 'place', value ?? '')}
      />
    </>
  );
};

/** Who, and between which days: of what was changed as of what was refused. */
const SharedFilters = ({ address }: { readonly address: Address }): ReactElement => {
  const { by = '' } = address.filters;
  const { data: staff = [] } = useStaff();
  const people = [...new Map(staff.map(({ user, name }) => [user, name ?? user]))].map(([value, label]) => ({ value, label }));
  return (
    <>
      <Select
        aria-label="Who"
        placeholder="Everybody"
        w={130}
        clearable
        searchable
        data={[
          { value: 'console', label: 'Headquarters' },
          { value: 'hub', label: 'The hub itself' },
          ...people.filter(({ value }) => value !== 'console' && value !== 'hub'),
        ]}
        value={by === '' ? null : by}
        onChange={(value) => setFilter(address, 'by', value ?? '')}
      />
      {(['from', 'to'] as const).map((end) => (
        <TextInput
          key={end}
          type="date"
          aria-label={end === 'from' ? 'First day' : 'Last day'}
          w={135}
          value={address.filters[end] ?? ''}
          onChange={(event) => setFilter(address, end, event.currentTarget.value)}
        />
      ))}
    </>
  );
};

interface AuditPageProps {
  readonly address: Address;
  readonly timeZone: string | undefined;
}

const Changes = ({ address, timeZone }: AuditPageProps): ReactElement => {
  const { lsn = '', q = '', type = '', place = '', from = '', to = '' } = address.filters;
  const isFiltered = [q, type, place, from, to].some((filter) => filter !== '');
  if (lsn !== '') return <OnePublication lsn={lsn} address={address} timeZone={timeZone} />;
  if (!isFiltered) return <Publications address={address} timeZone={timeZone} />;
  return (
    <>
      <div className="block-head">
        <AddressLink to={withFilters(address, { q: '', type: '', place: '', from: '', to: '' })}>‹ All publications</AddressLink>
        <h2>{q === '' ? 'Changes that match' : `All changes of ${q}`}</h2>
      </div>
      <ChangeList query={auditQuery(address.filters)} timeZone={timeZone} isOfOne={q !== ''} />
    </>
  );
};

export const AuditPage = ({ address, timeZone }: AuditPageProps): ReactElement => {
  const seesRefusals = useRights().may('manageAccounts', 'global');
  const shown = address.filters.tab === 'refused' && seesRefusals ? 'refused' : 'changes';
  return (
    <div className="page" data-testid="audit">
      <header className="page-head">
        <h1>Audit</h1>
        <p className="mut">
          {shown === 'refused'
            ? 'Whom the hub refused what, from where, and how often within a minute.'
            : 'Who changed what, when, from what and to what. What people and devices did in stores stands in their ledgers.'}
        </p>
        <div className="tools">
          {shown === 'refused' ? <RefusalFilters address={address} /> : <ChangeFilters address={address} />}
          <SharedFilters address={address} />
          {shown === 'refused' ? (
            <ExportRefusals address={address} />
          ) : (
            <Button component="a" variant="default" href={exportUrl(auditQuery(address.filters))} data-testid="export-changes">
              Export CSV
            </Button>
          )}
        </div>
      </header>
      <Tabs
        value={shown}
        keepMounted={false}
        onChange={(next) => moveTo({ ...address, filters: next === 'refused' ? { tab: 'refused' } : {} })}
      >
        <Tabs.List>
          <Tabs.Tab value="changes">Changed</Tabs.Tab>
          {seesRefusals ? (
            <Tabs.Tab value="refused" data-testid="audit-refused">
              Refused
            </Tabs.Tab>
          ) : null}
        </Tabs.List>
        <Tabs.Panel value="changes" pt="md">
          <Changes address={address} timeZone={timeZone} />
        </Tabs.Panel>
        <Tabs.Panel value="refused" pt="md">
          <RefusalList address={address} timeZone={timeZone} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
};
