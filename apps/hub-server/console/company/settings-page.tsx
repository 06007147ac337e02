/** Settings of the company, a zone or a store: what each says there and where it comes from; written after a look at what every store would read. */
import { Button, Drawer, Select, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { plural } from '../format.ts';
import { Preview } from '../goods/product-form.tsx';
import { placeText } from '../inquiry/changes.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { MayPublish } from '../rights.tsx';
import { Failure, HeadCells, NoRows, PlaceFilter, setFilter, Tag } from '../table-parts.tsx';
import {
  fromText,
  GROUPS,
  isShown,
  nameOf,
  type Setting,
  useSaveSettings,
  useSettingPreview,
  useSettings,
  valueText,
  wordText,
} from './settings.ts';

const Row = ({ of, scope, address }: { readonly of: Setting; readonly scope: string; readonly address: Address }): ReactElement => {
  const shown = valueText(of, of.value);
  return (
    <tr data-testid="setting-row">
      <th scope="row">
        {of.kind === 'own' ? (
          nameOf(of.key).label
        ) : (
          <AddressLink to={withFilters(address, { item: of.key })}>{nameOf(of.key).label}</AddressLink>
        )}
      </th>
      <td>{shown === '' ? <span className="mut">–</span> : <bdi className="clip">{shown}</bdi>}</td>
      <td>{of.from === scope ? <Tag tone="good">set here</Tag> : <span className="mut">{fromText(of.from)}</span>}</td>
      <td className="mut">
        {of.elsewhere.length === 0
          ? ''
          : of.elsewhere.length <= 2
            ? of.elsewhere.map(placeText).join(', ')
            : plural(of.elsewhere.length, 'place')}
      </td>
    </tr>
  );
};

const ValueField = ({
  of,
  value,
  onChange,
}: {
  readonly of: Setting;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement => {
  const { label, about } = nameOf(of.key);
  const description = about ?? (of.kind === 'amount' ? 'in minor units of the store’s currency: 1000 is 10.00 of most' : undefined);
  const common = { label, ...(description !== undefined && { description }), 'data-autofocus': true };
  if (of.kind === 'word')
    return (
      <Select
        {...common}
        data={(of.words ?? []).map((word) => ({ value: word, label: wordText(word) }))}
        value={value === '' ? null : value}
        allowDeselect={false}
        onChange={(next) => onChange(next ?? '')}
      />
    );
  if (of.kind === 'lines')
    return <Textarea {...common} autosize minRows={3} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <TextInput
      {...common}
      {...(of.kind === 'count' || of.kind === 'amount' ? { inputMode: 'numeric' as const } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
};

interface EditProps {
  readonly of: Setting;
  readonly scope: string;
  readonly lsn: number;
  readonly places: Places;
  readonly timeZone: string | undefined;
  readonly onDone: () => void;
}

const Edit = ({ of, scope, lsn, places, timeZone, onDone }: EditProps): ReactElement => {
  const [value, setValue] = useState(of.value ?? '');
  const [reason, setReason] = useState('');
  const [isLeft, setLeft] = useState(false);
  const preview = useSettingPreview();
  const save = useSaveSettings();
  const isHere = of.from === scope;
  const isChanged = isLeft || (isHere ? value !== of.value : value.trim() !== '');
  const wish = {
    scope,
    values: { [of.key]: isLeft ? null : value },
    basedOn: lsn,
    ...(reason.trim() !== '' && { reason: reason.trim() }),
  };
  const touch = (): void => {
    preview.reset();
    save.reset();
    setLeft(false);
  };
  const look = (leaves: boolean): void => {
    setLeft(leaves);
    preview.mutate({ ...wish, values: { [of.key]: leaves ? null : value } });
  };
  return (
    <form
      className="enrol-form"
      data-testid="edit-setting"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isChanged) return;
        if (preview.data === undefined) look(false);
        else save.mutate(wish, { onSuccess: onDone });
      }}
    >
      <ValueField
        of={of}
        value={value}
        onChange={(next) => {
          touch();
          setValue(next);
        }}
      />
      <table className="plain" data-testid="setting-layers">
        <thead className="for-readers">
          <tr>
            <HeadCells labels={['Where', 'What it says']} />
          </tr>
        </thead>
        <tbody>
          {of.layers.length === 0 ? (
            <tr>
              <td>{fromText(of.from)}</td>
              <td>{valueText(of, of.value)}</td>
            </tr>
          ) : (
            of.layers.map((layer) => (
              <tr key={layer.scope}>
                <td>{placeName(places, layer.scope)}</td>
                <td>{valueText(of, layer.value)}</td>
              </tr>
            ))
          )}
        </tbody>
      </table>
      <TextInput
        label="What for"
        description="Stands in the audit"
        value={reason}
        maxLength={200}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {preview.data === undefined ? null : (
        <>
          {isLeft ? <p className="mut">{placeName(places, scope)} says nothing of it any more: what is broader holds.</p> : null}
          <Preview groups={preview.data} timeZone={timeZone} places={places} />
        </>
      )}
      <Failure error={preview.error ?? save.error} />
      <MayPublish at={scope}>
        <div className="row-actions">
          {preview.data === undefined ? (
            <>
              <Button
                type="submit"
                className="strong-button"
                loading={preview.isPending}
                disabled={!isChanged}
                data-testid="preview-setting"
              >
                Preview by store
              </Button>
              {isHere ? (
                <Button variant="default" onClick={() => look(true)} data-testid="leave-setting">
                  Say nothing here
                </Button>
              ) : null}
            </>
          ) : (
            <>
              <Button type="submit" className="strong-button" loading={save.isPending} data-testid="publish-setting">
                Publish
              </Button>
              <Button variant="default" onClick={touch}>
                Write on
              </Button>
            </>
          )}
        </div>
      </MayPublish>
    </form>
  );
};

export interface SettingsPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

export const SettingsPage = ({ places, address, timeZone }: SettingsPageProps): ReactElement => {
  const { place = '', q = '', item = '' } = address.filters;
  const scope = place === '' ? 'global' : place;
  const asked = useSettings(scope);
  const settings = (asked.data?.settings ?? []).filter((setting) => isShown(setting, q));
  const edited = asked.data?.settings.find(({ key, kind }) => key === item && kind !== 'own');
  const close = (): void => moveTo(withFilters(address, { item: '' }), 'replace');
  return (
    <div className="page" data-testid="settings">
      <header className="page-head">
        <h1>Settings</h1>
        <span className="mut">{placeName(places, scope)}</span>
        <div className="tools">
          <TextInput
            aria-label="Find settings"
            placeholder="Find a setting…"
            w={210}
            value={q}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          <PlaceFilter address={address} />
        </div>
      </header>
      {settings.length === 0 ? (
        <div className="card" data-testid="no-settings">
          <NoRows asked={asked} none="No setting is called that">
            Every setting stands here, whether or not anybody set it.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data settings">
            <thead>
              <tr>
                <HeadCells labels={['Setting', 'Value', 'Says who', 'Of their own']} />
              </tr>
            </thead>
            {GROUPS.map(([group, label]) => {
              const own = settings.filter((setting) => setting.group === group);
              return own.length === 0 ? null : (
                <tbody key={group}>
                  <tr className="setting-group">
                    <th scope="rowgroup" colSpan={4}>
                      {label}
                    </th>
                  </tr>
                  {own.map((setting) => (
                    <Row key={setting.key} of={setting} scope={scope} address={address} />
                  ))}
                </tbody>
              );
            })}
          </table>
        </div>
      )}
      <Drawer
        opened={edited !== undefined}
        onClose={close}
        position="right"
        size={640}
        lockScroll={false}
        title={
          <span className="dialog-title">{edited === undefined ? '' : `${nameOf(edited.key).label}: ${placeName(places, scope)}`}</span>
        }
      >
        {edited === undefined || asked.data === undefined ? null : (
          <Edit
            key={`${scope} ${edited.key}`}
            of={edited}
            scope={scope}
            lsn={asked.data.lsn}
            places={places}
            timeZone={timeZone}
            onDone={close}
          />
        )}
      </Drawer>
    </div>
  );
};
