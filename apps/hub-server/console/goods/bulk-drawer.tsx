/** Many articles changed at once: what of them, what would come of it, then published as it was shown; and taken back. */
import { Autocomplete, Button, type ComboboxData, Drawer, Select, TextInput } from '@mantine/core';
import { type ReactElement, useRef, useState } from 'react';

import type { Places } from '../api.ts';
import { format, plural } from '../format.ts';
import { useUndo } from '../inquiry/changes.ts';
import { AddressLink } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { Counts, ExportButton, Failure, HeadCells } from '../table-parts.tsx';
import { ValueInput } from './attribute-parts.tsx';
import { useAttributes } from './attributes.ts';
import {
  type BulkOf,
  type BulkReport,
  changeOf,
  ENDINGS,
  fieldLabel,
  useBulk,
  valueText,
  type Wanted,
  wantedWith,
  type WrittenLine,
} from './bulk.ts';
import { useCategories, useCollections } from './filing.ts';
import { currencyAt } from './prices.ts';
import { UNITS, useGoodsWords } from './products.ts';

interface ValueProps {
  readonly wanted: Wanted;
  readonly line: WrittenLine;
  readonly currency: string;
  readonly onChange: (change: Partial<WrittenLine>) => void;
}

const Value = ({ wanted, line, currency, onChange }: ValueProps): ReactElement => {
  const words = useGoodsWords().data ?? { taxClasses: [], departments: [] };
  const collections = useCollections().data ?? [];
  const categories = (useCategories().data ?? []).map(({ category }) => category);
  const label = wanted.form === 'money' ? `${wanted.label}, ${currency}` : wanted.label;
  const common = { label, ...(wanted.about !== undefined && { description: wanted.about }) };
  const set = (value: string): void => onChange({ value });
  if (wanted.attribute !== undefined) return <ValueInput of={wanted.attribute} value={line.value} placeholder="nothing" onChange={set} />;
  if (wanted.form === 'tax' || wanted.form === 'unit') {
    const data = wanted.form === 'unit' ? UNITS : words.taxClasses.map(({ key, name }) => ({ value: key, label: name }));
    return (
      <Select
        {...common}
        data={data}
        value={line.value === '' ? null : line.value}
        allowDeselect={false}
        onChange={(next) => set(next ?? '')}
      />
    );
  }
  if (wanted.form === 'department')
    return <Autocomplete {...common} placeholder="none" data={categories} value={line.value} onChange={set} />;
  if (wanted.form === 'collection')
    return <Autocomplete {...common} data={collections.map(({ collection }) => collection)} value={line.value} onChange={set} />;
  const field = (
    <TextInput
      {...common}
      placeholder={wanted.form === 'percent' || wanted.form === 'money' ? '' : 'nothing'}
      {...(wanted.form === 'text' || wanted.form === 'brand' ? {} : { inputMode: 'decimal' as const })}
      value={line.value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  );
  return wanted.form !== 'percent' ? (
    field
  ) : (
    <div className="value-and-ending">
      {field}
      <Select
        label="Ending in"
        description="the nearest such price"
        data={ENDINGS}
        value={line.ending}
        allowDeselect={false}
        onChange={(ending) => onChange({ ending: ending ?? '' })}
      />
    </div>
  );
};

const MOST_SHOWN = 100;

/** To choose from; attributes under a heading of their own. */
function kindsOf(wanted: readonly Wanted[]): ComboboxData {
  const choices = (isOfAttributes: boolean) =>
    wanted.filter(({ form }) => (form === 'attribute') === isOfAttributes).map(({ kind, label }) => ({ value: kind, label }));
  const items = choices(true);
  return [...choices(false), ...(items.length === 0 ? [] : [{ group: 'Attributes', items }])];
}

const Told = ({ report, wanted }: { readonly report: BulkReport; readonly wanted: readonly Wanted[] }): ReactElement => (
  <div data-testid="bulk-report" role="status">
    <Counts
      of={[
        [report.lsn === null ? 'would change' : 'changed', report.changing],
        ['as they are', report.unchanged],
        ['cannot be changed so', report.refused],
        ['found', report.found],
      ]}
    />
    {report.samples.length === 0 ? null : (
      <div className="bulk-rows" tabIndex={0} role="region" aria-label="Some of them, before and after">
        <table className="plain">
          <thead>
            <tr>
              <HeadCells labels={['Article', 'What', 'Before', 'After']} />
            </tr>
          </thead>
          <tbody>
            {report.samples.flatMap(({ sku, name, before, after }) =>
              Object.keys(after).map((field, index) => (
                <tr key={`${sku} ${field}`} data-testid="bulk-sample">
                  <td>
                    {index > 0 ? null : (
                      <>
                        <bdi>{name}</bdi> <bdi className="mut">{sku}</bdi>
                      </>
                    )}
                  </td>
                  <td className="mut">{fieldLabel(field, wanted)}</td>
                  <td>
                    <bdi>{valueText(field, before[field] ?? null)}</bdi>
                  </td>
                  <td>
                    <bdi>
                      <b>{valueText(field, after[field] ?? null)}</b>
                    </bdi>
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    )}
    {report.changing > report.samples.length ? (
      <p className="mut">…and {format.count(report.changing - report.samples.length)} more.</p>
    ) : null}
    {report.refusals.length === 0 ? null : (
      <>
        <h3>Cannot be changed so, and stay as they are</h3>
        <div className="bulk-rows" tabIndex={0} role="region" aria-label="Articles that stay as they are">
          <table className="plain">
            <thead>
              <tr>
                <HeadCells labels={['Article', 'Why not']} />
              </tr>
            </thead>
            <tbody>
              {report.refusals.slice(0, MOST_SHOWN).map(({ sku, name, reason }) => (
                <tr key={sku} data-testid="bulk-refusal">
                  <td>
                    <bdi>{name}</bdi> <bdi className="mut">{sku}</bdi>
                  </td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <ExportButton
          name="not-changed"
          header={['sku', 'name', 'reason']}
          rows={() => report.refusals.map(({ sku, name, reason }) => [sku, name, reason])}
        />
      </>
    )}
  </div>
);

/** Published: it can be looked at, and taken back. */
export const Done = ({ lsn, onClose }: { readonly lsn: number; readonly onClose: () => void }): ReactElement => {
  const undo = useUndo();
  return (
    <>
      <p role="status" data-testid="bulk-done">
        {undo.data === undefined
          ? `Published as number ${lsn}: lanes get it within moments, those that are offline once they are back.`
          : 'Taken back: everything is as it was.'}{' '}
        <AddressLink to={{ page: 'audit', filters: { lsn: String(undo.data?.lsn ?? lsn) }, sale: null }}>
          Look at it in the audit
        </AddressLink>
      </p>
      <Failure error={undo.error} />
      <div className="row-actions">
        <Button className="strong-button" onClick={onClose}>
          Done
        </Button>
        {undo.data === undefined ? (
          <Button variant="default" loading={undo.isPending} data-testid="undo-bulk" onClick={() => undo.mutate({ lsn })}>
            Undo
          </Button>
        ) : null}
      </div>
    </>
  );
};

export interface BulkDrawerProps {
  readonly of: BulkOf;
  /** Of what is found: `12 picked articles`. */
  readonly title: string;
  readonly scope: string;
  readonly places: Places;
  readonly onClose: () => void;
}

const Form = ({ of, scope, places, onClose }: Omit<BulkDrawerProps, 'title'>): ReactElement => {
  const nextId = useRef(1);
  const [lines, setLines] = useState<readonly WrittenLine[]>([{ id: 0, kind: 'category', value: '', ending: '' }]);
  const preview = useBulk();
  const publish = useBulk();
  const currency = currencyAt(places, [scope]) ?? 'EUR';
  const change = changeOf(lines, currency);
  const attributes = useAttributes().data ?? [];
  const offered = wantedWith(attributes);
  const taken = new Set(lines.map(({ kind }) => kind));
  const write = (next: readonly WrittenLine[]): void => {
    preview.reset();
    publish.reset();
    setLines(next);
  };
  const set = (id: number) => (changed: Partial<WrittenLine>) =>
    write(lines.map((line) => (line.id === id ? { ...line, ...changed } : line)));
  const lsn = publish.data?.lsn ?? null;
  const report = publish.data ?? preview.data;
  const read = preview.isPending ? preview.read : publish.read;
  return (
    <form
      className="enrol-form"
      data-testid="bulk-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!change.ok || preview.isPending || publish.isPending) return;
        const wish = { scope, of, change: change.value };
        if (preview.data === undefined) preview.mutate(wish);
        else if (preview.data.changing > 0) publish.mutate({ ...wish, basedOn: preview.data.version });
      }}
    >
      {lsn === null ? (
        <fieldset disabled={preview.isPending || publish.isPending}>
          <legend className="for-readers">What to change</legend>
          {lines.map((line, index) => {
            const wanted = offered.find(({ kind }) => kind === line.kind);
            return (
              <div key={line.id} className="bulk-line" data-testid="bulk-line">
                <Select
                  label="What"
                  data={kindsOf(offered.filter(({ kind }) => kind === line.kind || !taken.has(kind)))}
                  searchable={attributes.length > 0}
                  value={line.kind}
                  allowDeselect={false}
                  onChange={(kind) => set(line.id)({ kind: kind ?? 'category', value: '', ending: '' })}
                  {...(index === 0 && { 'data-autofocus': true })}
                />
                {wanted === undefined ? null : <Value wanted={wanted} line={line} currency={currency} onChange={set(line.id)} />}
                {lines.length === 1 ? null : (
                  <Button
                    variant="default"
                    aria-label={`Without ${wanted?.label ?? 'this'}`}
                    onClick={() => write(lines.filter(({ id }) => id !== line.id))}
                  >
                    ×
                  </Button>
                )}
              </div>
            );
          })}
          <Button
            variant="default"
            size="xs"
            disabled={taken.size === offered.length}
            onClick={() => {
              const kind = offered.find((each) => !taken.has(each.kind))?.kind;
              if (kind !== undefined) write([...lines, { id: nextId.current++, kind, value: '', ending: '' }]);
            }}
          >
            And something else
          </Button>
        </fieldset>
      ) : null}
      {scope === 'global' ? null : (
        <p className="mut">What is written here is {placeName(places, scope)}’s own, and covers what holds everywhere.</p>
      )}
      {change.ok || change.error === '' ? null : (
        <p className="bad" role="alert">
          {change.error}
        </p>
      )}
      {preview.isPending || publish.isPending ? (
        <p role="status">{read === 0 ? 'Reading the articles…' : `${plural(read, 'article')} read…`}</p>
      ) : null}
      {lsn === null ? null : <Done lsn={lsn} onClose={onClose} />}
      {report === undefined ? null : <Told report={report} wanted={offered} />}
      <Failure error={publish.error ?? preview.error} />
      {lsn === null ? (
        <div className="row-actions">
          {preview.data === undefined ? (
            <Button type="submit" className="strong-button" disabled={!change.ok} loading={preview.isPending} data-testid="preview-bulk">
              Preview
            </Button>
          ) : (
            <>
              <Button
                type="submit"
                className="strong-button"
                disabled={preview.data.changing === 0}
                loading={publish.isPending}
                data-testid="publish-bulk"
              >
                Change {plural(preview.data.changing, 'article')}
              </Button>
              <Button variant="default" onClick={() => write(lines)}>
                Write on
              </Button>
            </>
          )}
        </div>
      ) : null}
    </form>
  );
};

export const BulkDrawer = ({ title, onClose, ...rest }: BulkDrawerProps): ReactElement => (
  <Drawer opened onClose={onClose} position="right" size={760} lockScroll={false} title={<span className="dialog-title">{title}</span>}>
    <Form {...rest} onClose={onClose} />
  </Drawer>
);
