/** One category, or one brand: what is to become of it, what would come of that, then published as it was shown; and taken back. */
import { Autocomplete, Button, Drawer, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { plural } from '../format.ts';
import { MayPublish } from '../rights.tsx';
import { Counts, Failure } from '../table-parts.tsx';
import { Done } from './bulk-drawer.tsx';
import { treeRows } from './category-tree.ts';
import { type Category, type FilingChange, type FilingReport, useBrands, useCategories, useFilingChange } from './filing.ts';

/** A category, null: a new one; or a brand. */
export type FilingOf = { readonly category: string | null } | { readonly brand: string };

type Act = 'rename' | 'move' | 'join' | 'remove';
const ACTS: readonly { readonly value: Act; readonly label: string }[] = [
  { value: 'rename', label: 'Give it another name' },
  { value: 'move', label: 'Move it' },
  { value: 'join', label: 'Join it with another one' },
  { value: 'remove', label: 'Remove it' },
];

interface Written {
  readonly act: Act;
  readonly name: string;
  /** Empty: in none. */
  readonly parent: string;
  readonly into: string;
}

/** What is to be asked of the hub; undefined while something is missing. Exported for its test. */
export function filingChangeOf(of: FilingOf, { act, name, parent, into }: Written): FilingChange | undefined {
  const called = name.trim();
  if ('brand' in of) return called === '' || called === of.brand ? undefined : { act: 'renameBrand', brand: of.brand, name: called };
  const { category } = of;
  if (category === null) return called === '' ? undefined : { act: 'make', category: called, parent: parent === '' ? null : parent };
  if (act === 'rename') return called === '' || called === category ? undefined : { act, category, name: called };
  if (act === 'join') return into === '' ? undefined : { act, category, into };
  return act === 'move' ? { act, category, parent: parent === '' ? null : parent } : { act, category };
}

const Told = ({ of, report }: { readonly of: FilingOf; readonly report: FilingReport }): ReactElement => (
  <div data-testid="filing-report" role="status">
    <Counts
      of={[
        [report.lsn === null ? 'articles go along' : 'articles went along', report.goods],
        ...(report.keyPages === 0 ? [] : ([['pages of keys', report.keyPages]] as const)),
        ...(report.promotions.length === 0 ? [] : ([['promotions', report.promotions.length]] as const)),
      ]}
    />
    {report.joins === null ? null : (
      <p>
        {'brand' in of ? 'There is a brand of that name: they become one. ' : null}Articles of both are <bdi>{report.joins}</bdi> then.
        {report.isDepartment ? ' Its tab at the lanes goes, or becomes the other one’s where that has none.' : ''}
      </p>
    )}
    {report.joins === null && report.isDepartment ? <p>Its tab at the lanes goes along.</p> : null}
    {report.promotions.length === 0 ? null : (
      <p>
        These promotions name it, and name the other one then: <bdi>{report.promotions.join(', ')}</bdi>.
      </p>
    )}
  </div>
);

interface FieldsProps {
  readonly of: FilingOf;
  readonly written: Written;
  readonly categories: readonly Category[];
  readonly onChange: (change: Partial<Written>) => void;
}

const Fields = ({ of, written, categories, onChange }: FieldsProps): ReactElement => {
  const brands = useBrands('brand' in of ? written.name.trim() : '').data ?? [];
  if ('brand' in of)
    return (
      <Autocomplete
        label="Name"
        description="Another brand’s: they become one"
        data={[...brands]}
        value={written.name}
        onChange={(name) => onChange({ name })}
        data-autofocus
      />
    );
  const { category } = of;
  // Nothing comes to lie in itself.
  const others = treeRows(categories)
    .filter(({ path }) => category === null || !path.includes(category))
    .map((row) => ({ value: row.category, label: row.path.join(' › ') }));
  const shows = (act: Act): boolean => category !== null && written.act === act;
  return (
    <>
      {category === null ? null : (
        <Select
          label="What"
          data={[...ACTS]}
          value={written.act}
          allowDeselect={false}
          onChange={(act) => onChange({ act: act ?? 'rename' })}
          data-autofocus
        />
      )}
      {category === null || shows('rename') ? (
        <TextInput
          label="Name"
          description={category === null ? 'As articles name it' : 'Articles, the tab of lanes, its keys and promotions go along'}
          maxLength={40}
          value={written.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          {...(category === null && { 'data-autofocus': true })}
        />
      ) : null}
      {category === null || shows('move') ? (
        <Select
          label="Lies in"
          description="Lanes show departments as before"
          placeholder="none"
          clearable
          searchable
          data={others}
          value={written.parent === '' ? null : written.parent}
          onChange={(parent) => onChange({ parent: parent ?? '' })}
        />
      ) : null}
      {shows('join') ? (
        <Select
          label="Join with"
          description="Its articles, and what lies in it, go there"
          searchable
          data={others}
          value={written.into === '' ? null : written.into}
          onChange={(into) => onChange({ into: into ?? '' })}
        />
      ) : null}
      {shows('remove') ? <p className="mut">Only one without articles is removed. What lies in it comes to what it lies in.</p> : null}
    </>
  );
};

const Form = ({ of, onClose }: { readonly of: FilingOf; readonly onClose: () => void }): ReactElement => {
  const categories = useCategories().data ?? [];
  const named = 'brand' in of ? of.brand : (of.category ?? '');
  const [written, setWritten] = useState<Written>({
    act: 'rename',
    name: named,
    parent: categories.find(({ category }) => category === named)?.parent ?? '',
    into: '',
  });
  const preview = useFilingChange();
  const publish = useFilingChange();
  const change = filingChangeOf(of, written);
  const write = (changed: Partial<Written>): void => {
    preview.reset();
    publish.reset();
    setWritten({ ...written, ...changed });
  };
  const isPending = preview.isPending || publish.isPending;
  const read = preview.isPending ? preview.read : publish.read;
  const report = publish.data ?? preview.data;
  const lsn = publish.data?.lsn ?? null;
  return (
    <form
      className="enrol-form"
      data-testid="filing-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (change === undefined || isPending || publish.data !== undefined) return;
        if (preview.data === undefined) preview.mutate({ change });
        else publish.mutate({ change, basedOn: preview.data.version });
      }}
    >
      {publish.data === undefined ? (
        <fieldset disabled={isPending}>
          <legend className="for-readers">What is to become of it</legend>
          <Fields of={of} written={written} categories={categories} onChange={write} />
        </fieldset>
      ) : null}
      {isPending ? <p role="status">{read === 0 ? 'Reading the articles…' : `${plural(read, 'article')} read…`}</p> : null}
      {publish.data === undefined ? null : lsn === null ? (
        <p role="status">It is so already: nothing was changed.</p>
      ) : (
        <Done lsn={lsn} onClose={onClose} />
      )}
      {report === undefined ? null : <Told of={of} report={report} />}
      <Failure error={publish.error ?? preview.error} />
      {publish.data === undefined ? (
        <MayPublish at="global">
          <div className="row-actions">
            {preview.data === undefined ? (
              <Button
                type="submit"
                className="strong-button"
                disabled={change === undefined}
                loading={preview.isPending}
                data-testid="preview-filing"
              >
                Preview
              </Button>
            ) : (
              <Button type="submit" className="strong-button" loading={publish.isPending} data-testid="publish-filing">
                Publish
              </Button>
            )}
          </div>
        </MayPublish>
      ) : null}
    </form>
  );
};

export const FilingDrawer = ({ of, onClose }: { readonly of: FilingOf; readonly onClose: () => void }): ReactElement => (
  <Drawer
    opened
    onClose={onClose}
    position="right"
    size={560}
    lockScroll={false}
    title={
      <span className="dialog-title">
        <bdi>{'brand' in of ? of.brand : (of.category ?? 'New category')}</bdi>
      </span>
    }
  >
    <Form of={of} onClose={onClose} />
  </Drawer>
);
