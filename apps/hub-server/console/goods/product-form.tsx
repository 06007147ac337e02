/** What an article is, as a person writes it; what is written is shown store by store before it is published. */
import { Autocomplete, Button, Select, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { format, plural } from '../format.ts';
import { keyText, typeText } from '../inquiry/changes.ts';
import { MayPublish } from '../rights.tsx';
import { Failure, Tag } from '../table-parts.tsx';
import { AttributeName } from './attribute-parts.tsx';
import { type AttributeForm, changedValues, useValueFields } from './attributes.ts';
import { useCategories } from './filing.ts';
import { ProductAttributes } from './product-attributes.tsx';
import {
  changedFields,
  codesIn,
  codesOf,
  codeText,
  FORM_FIELDS,
  type Form,
  type FormField,
  formOf,
  type GoodsWords,
  type Named,
  type PreviewGroup,
  type Product,
  type ProductChange,
  UNITS,
  useGoodsWords,
  usePreview,
  useSaveProduct,
} from './products.ts';

interface FieldProps {
  readonly of: FormField;
  readonly value: string;
  readonly words: GoodsWords;
  /** Whoever opens the form writes here. */
  readonly isFirst: boolean;
  readonly onChange: (value: string) => void;
}

const Field = ({ of: { name, label, kind, about }, value, words, isFirst, onChange }: FieldProps): ReactElement => {
  const categories = (useCategories().data ?? []).map(({ category }) => category);
  const common = { label, ...(about !== undefined && { description: about }), ...(isFirst && { 'data-autofocus': true }) };
  if (kind === 'choice') {
    const data = name === 'unit' ? UNITS : words.taxClasses.map((each) => ({ value: each.key, label: each.name }));
    return (
      <Select {...common} data={data} value={value === '' ? null : value} allowDeselect={false} onChange={(next) => onChange(next ?? '')} />
    );
  }
  if (name === 'category') return <Autocomplete {...common} data={categories} value={value} onChange={onChange} />;
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

type FieldValue = string | number | boolean | null | undefined;
/** What a field of what is changed says. */
export type FieldText = (change: { readonly key: string }, field: string, value: FieldValue) => string;
const plainText: FieldText = (_change, _field, value) => String(value ?? 'nothing');

/** Of an article's attribute, by its name. */
const ValueChange = ({ of: { key, before, after } }: { readonly of: PreviewGroup['changes'][number] }): ReactElement => (
  <dl className="field-changes of-values">
    <div>
      <dt>
        <AttributeName code={key.split('\u001F')[1] ?? ''} />
      </dt>
      <dd>
        {before === null ? null : <del>{String(before['value'])}</del>}
        {before === null || after === null ? null : <span aria-hidden="true"> → </span>}
        {after === null ? <Tag tone="bad">taken away</Tag> : <ins>{String(after['value'])}</ins>}
      </dd>
    </div>
  </dl>
);

export const Preview = ({
  groups,
  timeZone,
  places,
  textOf = plainText,
}: {
  readonly groups: readonly PreviewGroup[];
  readonly timeZone: string | undefined;
  readonly places: Places;
  /** As a person reads it; absent: as it stands. */
  readonly textOf?: FieldText | undefined;
}): ReactElement => {
  const nameOf = (store: string): string => places.stores.find((each) => each.store === store)?.name ?? `Store ${store}`;
  return (
    <ul className="preview" data-testid="preview">
      {groups.map(({ stores, changes }) => (
        <li key={stores.join(' ')}>
          <b>{stores.length > MOST_NAMED ? plural(stores.length, 'store') : stores.map(nameOf).join(', ')}</b>
          {changes.length === 0 ? (
            <p className="mut">Nothing changes there: a field of the store’s own covers it, or it stands already.</p>
          ) : (
            changes.map((change) =>
              change.type === 'attributeValue' ? (
                <ValueChange key={`${change.type} ${change.key}`} of={change} />
              ) : (
                <dl key={`${change.type} ${change.key}`} className="field-changes">
                  {change.before === null ? <Tag tone="good">{`${typeText(change.type)} ${keyText(change, timeZone)}`}</Tag> : null}
                  {change.after === null ? <Tag tone="bad">{`${typeText(change.type)} ${keyText(change, timeZone)}`}</Tag> : null}
                  {change.after !== null && change.before !== null
                    ? Object.keys(change.after).map((field) => (
                        <div key={field}>
                          <dt>{field}</dt>
                          <dd>
                            <del>{textOf(change, field, change.before?.[field])}</del>
                            <span aria-hidden="true"> → </span>
                            <ins>{textOf(change, field, change.after?.[field])}</ins>
                          </dd>
                        </div>
                      ))
                    : null}
                </dl>
              ),
            )
          )}
        </li>
      ))}
    </ul>
  );
};

export interface EditProps {
  readonly places: Places;
  readonly scope: string;
  readonly timeZone: string | undefined;
  /** Absent: it is new. */
  readonly held?: Product;
  /** What a lane sold without knowing it, and what it most likely is. */
  readonly begin?: { readonly code: string; readonly fields: Named; readonly price: string };
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
const begunForm = (fields: Named): Form => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));

export const Edit = ({ places, scope, timeZone, held, begin, onDone }: EditProps): ReactElement => {
  const [form, setForm] = useState<Form>(() =>
    held === undefined ? { ...NEW_FORM, ...begunForm(begin?.fields ?? {}) } : formOf(held.fields),
  );
  const heldCodes = held === undefined ? [] : codesOf(held, scope);
  const [codes, setCodes] = useState(() => (begin === undefined ? heldCodes.map(codeText) : [begin.code]).join('\n'));
  const [sku, setSku] = useState(begin?.code ?? '');
  const [price, setPrice] = useState(begin?.price ?? '');
  const [values, setValues] = useState<AttributeForm>({});
  const heldValues = held?.attributes ?? {};
  const attributes = useValueFields((form['category'] ?? '').trim(), heldValues);
  const { data: words = { taxClasses: [], departments: [] } } = useGoodsWords();
  const preview = usePreview();
  const save = useSaveProduct();
  const currency = places.stores[0]?.currency ?? 'EUR';
  const fields = changedFields(form, held?.fields ?? {});
  const areCodesOther = codesIn(codes).map(codeText).join('\n') !== heldCodes.map(codeText).join('\n');
  const otherValues = changedValues(attributes.fields, values, heldValues);
  const areValuesOther = Object.keys(otherValues).length > 0;
  const change: ProductChange | undefined = fields && {
    fields,
    ...(areValuesOther && { attributes: otherValues }),
    ...(areCodesOther && { codes: codesIn(codes) }),
    ...(price.trim() !== '' && { price: { amount: price.trim().replace(',', '.'), currency } }),
  };
  const isChanged =
    change !== undefined && (Object.keys(change.fields).length > 0 || areCodesOther || areValuesOther || change.price !== undefined);
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
          {...(begin === undefined && { 'data-autofocus': true })}
        />
      ) : null}
      <div className="two-columns">
        {FORM_FIELDS.map((field) => (
          <Field
            key={field.name}
            of={field}
            value={form[field.name] ?? ''}
            words={words}
            isFirst={begin !== undefined && field.name === 'name'}
            onChange={set(field.name)}
          />
        ))}
        <Textarea
          label="Codes"
          description="One on each line, as they are printed; that of a case with how many are in it: 4006381333948 × 6"
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
      <ProductAttributes
        {...attributes}
        held={heldValues}
        form={values}
        onChange={(next) => {
          touch();
          setValues(next);
        }}
      />
      {preview.data === undefined ? null : <Preview groups={preview.data} timeZone={timeZone} places={places} />}
      <Failure error={preview.error ?? save.error} />
      <MayPublish at={scope}>
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
      </MayPublish>
    </form>
  );
};
