/** What a place takes in payment, and the rules of each tender; written after a look at what every store would read. */
import { Button, Drawer, Select, Tabs, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { ChangeList } from '../inquiry/change-list.tsx';
import { AddressLink, moveTo } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { May } from '../rights.tsx';
import { HeadCells, NoRows, PlaceFilter } from '../table-parts.tsx';
import { elsewhereText, SaysWho, WriteRules } from './rule-parts.tsx';
import { type Rule, useOfPlace } from './rules.ts';
import {
  changedFields,
  fieldsOf,
  formOf,
  kindText,
  KINDS,
  marksOf,
  type TenderField,
  type TenderForm,
  tenderNameOf,
  type TenderWish,
} from './tenders.ts';

export interface TendersPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

const NEW = '+';

const byPlace = (one: Rule, other: Rule): number =>
  Number(one.fields['position'] ?? Number.MAX_SAFE_INTEGER) - Number(other.fields['position'] ?? Number.MAX_SAFE_INTEGER) ||
  (one.key < other.key ? -1 : 1);

export const TendersPage = ({ places, address, timeZone }: TendersPageProps): ReactElement => {
  const { place = '', item = '', tab = 'tender' } = address.filters;
  const scope = place === '' ? 'global' : place;
  const asked = useOfPlace('tenders', scope);
  const rules = (asked.data?.rules ?? []).toSorted(byPlace);
  const open = rules.find(({ key }) => key === item);
  const close = (): void => moveTo(withFilters(address, { item: '', tab: '' }), 'replace');
  const common = { places, scope, timeZone, lsn: asked.data?.lsn ?? 0, onDone: close };
  return (
    <div className="page" data-testid="tenders">
      <header className="page-head">
        <h1>Tenders</h1>
        <span className="mut">{placeName(places, scope)}</span>
        <div className="tools">
          <PlaceFilter address={address} />
          <May action="publish" at={scope}>
            <Button variant="default" onClick={() => moveTo(withFilters(address, { item: NEW }))} data-testid="new-tender">
              New tender
            </Button>
          </May>
        </div>
      </header>
      {rules.length === 0 ? (
        <div className="card" data-testid="no-tenders">
          <NoRows asked={asked} none="Only cash is taken">
            Cash needs nothing to be set; whatever else is taken stands here.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Tender', 'Kind', 'What is of note', 'Says who', 'Of their own']} />
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <tr key={rule.key} data-testid="tender-row">
                  <th scope="row">
                    <AddressLink to={withFilters(address, { item: rule.key })}>{tenderNameOf([rule], rule.key)}</AddressLink>
                    <div className="mut">{rule.key}</div>
                  </th>
                  <td>{kindText(rule.fields['kind'])}</td>
                  <td className="mut">{marksOf(rule).join(', ')}</td>
                  <td>
                    <SaysWho from={rule.from} scope={scope} />
                  </td>
                  <td className="mut">{elsewhereText(rule.elsewhere)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Drawer
        opened={item === NEW || open !== undefined}
        onClose={close}
        position="right"
        size={680}
        lockScroll={false}
        title={
          <span className="dialog-title">
            {item === NEW ? 'New tender' : open === undefined ? '' : `${tenderNameOf([open], open.key)}: ${placeName(places, scope)}`}
          </span>
        }
      >
        {item === NEW ? (
          <Edit {...common} />
        ) : open === undefined ? null : (
          <Tabs
            value={tab}
            onChange={(next) => moveTo(withFilters(address, { tab: next === 'tender' ? '' : (next ?? '') }), 'replace')}
            keepMounted={false}
          >
            <Tabs.List>
              <Tabs.Tab value="tender">Tender</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="tender" pt="md">
              <Edit key={`${scope} ${open.key} ${common.lsn}`} of={open} {...common} />
            </Tabs.Panel>
            <Tabs.Panel value="history" pt="md">
              <ChangeList query={{ type: 'tenderType', key: open.key }} timeZone={timeZone} isOfOne />
            </Tabs.Panel>
          </Tabs>
        )}
      </Drawer>
    </div>
  );
};

interface EditProps {
  readonly places: Places;
  readonly scope: string;
  readonly timeZone: string | undefined;
  readonly lsn: number;
  /** Absent: it is new. */
  readonly of?: Rule;
  readonly onDone: () => void;
}

const Field = ({
  of: { label, about, kind, choices },
  value,
  onChange,
}: {
  readonly of: TenderField;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement => {
  const description = about ?? (kind === 'amount' ? 'in minor units of the store’s currency: 1000 is 10.00 of most' : undefined);
  const common = { label, ...(description !== undefined && { description }) };
  if (kind === 'yes' || kind === 'choice')
    return (
      <Select
        {...common}
        clearable
        data={
          choices === undefined
            ? [
                { value: 'yes', label: 'yes' },
                { value: 'no', label: 'no' },
              ]
            : [...choices]
        }
        placeholder={kind === 'yes' ? 'no' : 'as it is usual'}
        value={value === '' ? null : value}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (kind === 'lines')
    return <Textarea {...common} autosize minRows={1} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <TextInput
      {...common}
      {...(kind !== 'text' && { inputMode: 'numeric' as const, error: /^\d*$/.test(value.trim()) ? null : 'A whole number' })}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
};

const Edit = ({ places, scope, timeZone, lsn, of, onDone }: EditProps): ReactElement => {
  const before = formOf(of?.fields ?? {});
  const [form, setForm] = useState<TenderForm>(of === undefined ? { ...before, kind: 'card' } : before);
  const [key, setKey] = useState(of?.key ?? '');
  const kind = form['kind'] ?? '';
  const changed = changedFields(form, before);
  const isKey = /^[\w-]{1,40}$/.test(key);
  const common = { scope, basedOn: lsn };
  const wish =
    changed === undefined || Object.keys(changed).length === 0 || !isKey
      ? undefined
      : { ...common, tenders: [{ tenderType: key, fields: changed }] };
  return (
    <WriteRules<TenderWish>
      path="tenders"
      scope={scope}
      places={places}
      timeZone={timeZone}
      wish={wish}
      {...(of !== undefined &&
        of.from === scope && {
          leave: {
            label: scope === 'global' ? 'Take it no more' : 'Say nothing here',
            wish: { ...common, tenders: [{ tenderType: of.key, fields: null }] },
          },
        })}
      testId="edit-tender"
      onDone={onDone}
    >
      {of === undefined ? (
        <div className="two-columns">
          <TextInput
            label="Key"
            description="What sales name it by, for ever"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label="Kind"
            description="What it may do follows from it"
            data={KINDS.filter(({ value }) => value !== 'cash' || key === 'cash')}
            value={kind}
            allowDeselect={false}
            onChange={(next) => setForm({ ...form, kind: next ?? '' })}
          />
        </div>
      ) : null}
      <div className="two-columns">
        {fieldsOf(kind).map((field) => (
          <Field
            key={field.name}
            of={field}
            value={form[field.name] ?? ''}
            onChange={(value) => setForm({ ...form, [field.name]: value })}
          />
        ))}
      </div>
    </WriteRules>
  );
};
