/** One article beside the list: what it is, what it costs where, who changed it. What is written is shown store by store before it is published. */
import { EmptyState } from '@holdfast/ui';
import { Autocomplete, Button, Drawer, Select, Tabs, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from './address.ts';
import type { Overview } from './api.ts';
import { ChangeList } from './change-list.tsx';
import { keyText, placeText, typeText } from './changes.ts';
import { dateTimeText, format, plural } from './format.ts';
import { moveTo } from './navigation.tsx';
import {
  changedFields,
  codesIn,
  codesOf,
  FORM_FIELDS,
  type Form,
  type FormField,
  formOf,
  type GoodsWords,
  type PreviewGroup,
  priceText,
  type Product,
  type ProductChange,
  shortCode,
  UNITS,
  useGoodsWords,
  usePreview,
  useProduct,
  useSaveProduct,
} from './products.ts';
import { emptyTitle, Failure, HeadCells, Tag } from './table-parts.tsx';

interface FieldProps {
  readonly of: FormField;
  readonly value: string;
  readonly words: GoodsWords;
  readonly onChange: (value: string) => void;
}

const Field = ({ of: { name, label, kind, about }, value, words, onChange }: FieldProps): ReactElement => {
  const common = { label, ...(about !== undefined && { description: about }) };
  if (kind === 'choice') {
    const data = name === 'unit' ? UNITS : words.taxClasses.map((each) => ({ value: each.key, label: each.name }));
    return (
      <Select {...common} data={data} value={value === '' ? null : value} allowDeselect={false} onChange={(next) => onChange(next ?? '')} />
    );
  }
  if (name === 'category') return <Autocomplete {...common} data={[...words.departments]} value={value} onChange={onChange} />;
  if (kind === 'lines')
    return <Textarea {...common} autosize minRows={1} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <TextInput
      {...common}
      value={value}
      {...(kind === 'int' && { inputMode: 'numeric' as const, error: /^\d*$/.test(value.trim()) ? null : 'A whole number' })}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
};

/** Long lists of stores are told by how many they are. */
const MOST_NAMED = 6;

export const Preview = ({
  groups,
  timeZone,
  overview,
}: {
  readonly groups: readonly PreviewGroup[];
  readonly timeZone: string | undefined;
  readonly overview: Overview;
}): ReactElement => {
  const nameOf = (store: string): string => overview.stores.find((each) => each.store === store)?.name ?? `Store ${store}`;
  return (
    <ul className="preview" data-testid="preview">
      {groups.map(({ stores, changes }) => (
        <li key={stores.join(' ')}>
          <b>{stores.length > MOST_NAMED ? plural(stores.length, 'store') : stores.map(nameOf).join(', ')}</b>
          {changes.length === 0 ? (
            <p className="mut">Nothing changes there: a field of the store’s own covers it, or it stands already.</p>
          ) : (
            changes.map((change) => (
              <dl key={`${change.type} ${change.key}`} className="field-changes">
                {change.before === null ? <Tag tone="good">{`${typeText(change.type)} ${keyText(change, timeZone)}`}</Tag> : null}
                {change.after === null ? <Tag tone="bad">{`${typeText(change.type)} ${keyText(change, timeZone)}`}</Tag> : null}
                {change.after !== null && change.before !== null
                  ? Object.keys(change.after).map((field) => (
                      <div key={field}>
                        <dt>{field}</dt>
                        <dd>
                          <del>{String(change.before?.[field] ?? 'nothing')}</del>
                          <span aria-hidden="true"> → </span>
                          <ins>{String(change.after?.[field] ?? 'nothing')}</ins>
                        </dd>
                      </div>
                    ))
                  : null}
              </dl>
            ))
          )}
        </li>
      ))}
    </ul>
  );
};

interface EditProps {
  readonly overview: Overview;
  readonly scope: string;
  readonly timeZone: string | undefined;
  /** Absent: it is new. */
  readonly held?: Product;
  /** What a lane sold without knowing it. */
  readonly code?: string;
  readonly onDone: (sku: string) => void;
}

/** Its open-ended price there, as it stands. */
function standingPrice({ prices }: Product, scope: string): string {
  const price = prices.find((each) => each.scope === scope && each.key.endsWith('\u001Fregular\u001F'));
  if (price === undefined) return '';
  const { amount, decimals } = price.fields;
  return format.money(Number(amount), Number(decimals));
}

const NEW_FORM: Form = { ...formOf({}), unit: 'piece', taxClass: 'standard' };

const Edit = ({ overview, scope, timeZone, held, code, onDone }: EditProps): ReactElement => {
  const [form, setForm] = useState<Form>(() => (held === undefined ? NEW_FORM : formOf(held.fields)));
  const heldCodes = held === undefined ? [] : codesOf(held, scope);
  const [codes, setCodes] = useState(() => (code === undefined ? heldCodes : [shortCode(code)]).join('\n'));
  const [sku, setSku] = useState(code === undefined ? '' : shortCode(code));
  const [price, setPrice] = useState('');
  const { data: words = { taxClasses: [], departments: [] } } = useGoodsWords();
  const preview = usePreview();
  const save = useSaveProduct();
  const currency = overview.stores[0]?.currency ?? 'EUR';
  const fields = changedFields(form, held?.fields ?? {});
  const areCodesOther = codesIn(codes).join(' ') !== heldCodes.join(' ');
  const change: ProductChange | undefined = fields && {
    fields,
    ...(areCodesOther && { codes: codesIn(codes) }),
    ...(price.trim() !== '' && { price: { amount: price.trim().replace(',', '.'), currency } }),
  };
  const isChanged = change !== undefined && (Object.keys(change.fields).length > 0 || areCodesOther || change.price !== undefined);
  const sent = {
    sku: held?.sku ?? sku.trim(),
    scope,
    change: change ?? { fields: {} },
    ...(held !== undefined && { version: held.version }),
  };
  const touch = (): void => {
    preview.reset();
    save.reset();
  };
  const set = (name: string) => (value: string) => {
    touch();
    setForm({ ...form, [name]: value });
  };
  return (
    <form
      className="enrol-form"
      data-testid="edit-product"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isChanged || sent.sku === '') return;
        if (preview.data === undefined) preview.mutate(sent);
        else save.mutate(sent, { onSuccess: () => onDone(sent.sku) });
      }}
    >
      {scope === 'global' ? null : <p className="mut">What is written here is this store’s own, and covers what holds everywhere.</p>}
      {held === undefined ? (
        <TextInput
          label="SKU"
          description="What sales and stock know it by, for ever"
          value={sku}
          onChange={(event) => {
            touch();
            setSku(event.currentTarget.value);
          }}
          data-autofocus
        />
      ) : null}
      <div className="two-columns">
        {FORM_FIELDS.map((field) => (
          <Field key={field.name} of={field} value={form[field.name] ?? ''} words={words} onChange={set(field.name)} />
        ))}
        <Textarea
          label="Codes"
          description="One on each line, as they are printed"
          autosize
          minRows={2}
          value={codes}
          onChange={(event) => {
            touch();
            setCodes(event.currentTarget.value);
          }}
        />
        <TextInput
          label={`Price from now on, ${currency}`}
          description={scope === 'global' ? 'Everywhere that has no price of its own' : 'In this store'}
          inputMode="decimal"
          placeholder={held === undefined ? '' : standingPrice(held, scope)}
          value={price}
          onChange={(event) => {
            touch();
            setPrice(event.currentTarget.value);
          }}
        />
      </div>
      {preview.data === undefined ? null : <Preview groups={preview.data} timeZone={timeZone} overview={overview} />}
      <Failure error={preview.error ?? save.error} />
      <div className="row-actions">
        {preview.data === undefined ? (
          <Button
            type="submit"
            className="strong-button"
            loading={preview.isPending}
            disabled={!isChanged || sent.sku === ''}
            data-testid="preview-product"
          >
            Preview by store
          </Button>
        ) : (
          <>
            <Button type="submit" className="strong-button" loading={save.isPending} data-testid="publish-product">
              Publish
            </Button>
            <Button variant="default" onClick={touch}>
              Write on
            </Button>
          </>
        )}
      </div>
    </form>
  );
};

const PRICE_FIELDS = ['fromMs', 'toMs'] as const;

const Prices = ({ of, timeZone }: { readonly of: Product; readonly timeZone: string | undefined }): ReactElement =>
  of.prices.length === 0 ? (
    <EmptyState title="It has no price">Lanes ask for one when it is sold.</EmptyState>
  ) : (
    <table className="plain">
      <thead>
        <tr>
          <HeadCells labels={['Where', 'Kind', 'From', 'To']} />
          <HeadCells labels={['Price']} numeric />
        </tr>
      </thead>
      <tbody>
        {of.prices.map(({ key, scope, fields }) => (
          <tr key={`${key} ${scope}`} data-testid="product-price">
            <td>{placeText(scope)}</td>
            <td>{key.split('\u001F')[1]}</td>
            {PRICE_FIELDS.map((field) => (
              <td key={field} className="mut">
                {typeof fields[field] === 'number' ? dateTimeText(fields[field], timeZone) : '–'}
              </td>
            ))}
            <td className="n">
              {priceText({ amount: Number(fields['amount']), decimals: Number(fields['decimals']), currency: String(fields['currency']) })}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );

const One = ({
  sku,
  tab,
  onTab,
  ...rest
}: { readonly sku: string; readonly tab: string; readonly onTab: (tab: string) => void } & Omit<
  EditProps,
  'held' | 'code'
>): ReactElement => {
  const asked = useProduct(sku, rest.scope);
  if (asked.data === undefined)
    return (
      <p className="mut" role="status">
        {emptyTitle(asked, '')}
      </p>
    );
  return (
    <Tabs value={tab} onChange={(next) => onTab(next ?? 'article')} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="article">Article</Tabs.Tab>
        <Tabs.Tab value="prices">Prices</Tabs.Tab>
        <Tabs.Tab value="history">History</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="article" pt="md">
        <Edit key={asked.data.version} held={asked.data} {...rest} />
      </Tabs.Panel>
      <Tabs.Panel value="prices" pt="md">
        <Prices of={asked.data} timeZone={rest.timeZone} />
      </Tabs.Panel>
      <Tabs.Panel value="history" pt="md">
        <ChangeList query={{ sku }} timeZone={rest.timeZone} isOfOne />
      </Tabs.Panel>
    </Tabs>
  );
};

export interface ProductDrawerProps {
  readonly overview: Overview;
  readonly address: Address;
  readonly scope: string;
  readonly isNew: boolean;
  readonly timeZone: string | undefined;
  readonly onClose: () => void;
}

export const ProductDrawer = ({ overview, address, scope, isNew, timeZone, onClose }: ProductDrawerProps): ReactElement => {
  const { item = '', code = '', tab = 'article' } = address.filters;
  const isOpen = item !== '' || code !== '' || isNew;
  const common = { overview, scope, timeZone };
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size={760}
      lockScroll={false}
      title={<span className="dialog-title">{item === '' ? 'New article' : item}</span>}
    >
      {item === '' ? (
        <Edit {...common} {...(code !== '' && { code })} onDone={onClose} />
      ) : (
        <One
          {...common}
          sku={item}
          tab={tab}
          onTab={(next) => moveTo(withFilters(address, { tab: next === 'article' ? '' : next }), 'replace')}
          onDone={() => undefined}
        />
      )}
    </Drawer>
  );
};
