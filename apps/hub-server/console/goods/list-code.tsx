/** A code that lanes sold without knowing it: it becomes an article with what its sales say of it, or one more code of an article that is there. */
import { toDecimalString } from '@holdfast/ui';
import { Autocomplete, Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactElement, useEffect, useRef, useState } from 'react';

import type { UnlistedCode } from '../api.ts';
import { format, plural } from '../format.ts';
import { useUnlistedCode } from '../queries.ts';
import { Awaiting, emptyTitle, Failure } from '../table-parts.tsx';
import { Edit, type EditProps, Preview } from './product-form.tsx';
import { codesOf, codeText, type ProductRow, shortCode, usePreview, useProduct, useProducts, useSaveProduct } from './products.ts';

type Common = Omit<EditProps, 'held' | 'begin'>;

/** What its sales say of it, as a form begins with it. Exported for its test. */
export function beginningOf(code: string, sold: UnlistedCode | undefined): NonNullable<EditProps['begin']> {
  const { department = null, taxClass = null, unitMinor = null, minorDigits = 2 } = sold?.last ?? {};
  return {
    code,
    fields: { ...(department !== null && { category: department }), ...(taxClass !== null && { taxClass }) },
    price: unitMinor === null ? '' : toDecimalString(unitMinor, minorDigits),
  };
}

const TYPED_MS = 200;
const labelOf = ({ name, sku }: ProductRow): string => `${name} · ${sku}`;

/** One more code of an article: found by what it is called, shown store by store, published. */
const Join = ({ code, places, scope, timeZone, onDone }: Common & { readonly code: string }): ReactElement => {
  const [text, setText] = useState('');
  const [sku, setSku] = useState('');
  const [pieces, setPieces] = useState('1');
  const [asked] = useDebouncedValue(text.trim(), TYPED_MS);
  const found = useProducts(asked, scope).data?.pages[0]?.products ?? [];
  const product = useProduct(sku, scope, sku !== '');
  const preview = usePreview();
  const save = useSaveProduct();
  const held = sku === '' ? undefined : product.data;
  const units = /^[1-9]\d{0,3}$/.test(pieces.trim()) ? Number(pieces) : undefined;
  const sent =
    held === undefined || units === undefined
      ? undefined
      : { sku, scope, version: held.version, change: { fields: {}, codes: [...codesOf(held, scope), { code, units }] } };
  const pick = (of: string): void => {
    preview.reset();
    save.reset();
    setSku(of);
  };
  return (
    <form
      className="enrol-form"
      data-testid="join-code"
      onSubmit={(event) => {
        event.preventDefault();
        if (sent === undefined) return;
        if (preview.data === undefined) preview.mutate(sent);
        else save.mutate(sent, { onSuccess: () => onDone(sku) });
      }}
    >
      <Autocomplete
        label="Article"
        description="Its name, brand, SKU or another of its codes"
        data={asked === '' ? [] : found.slice(0, 20).map(labelOf)}
        filter={({ options }) => options}
        value={text}
        onChange={(next) => {
          setText(next);
          pick(found.find((row) => labelOf(row) === next)?.sku ?? '');
        }}
        data-autofocus
      />
      {held === undefined ? (
        <p className="mut" role="status">
          {sku === '' ? 'Choose one of the articles that are found.' : emptyTitle(product, '')}
        </p>
      ) : (
        <p className="mut">
          {plural(codesOf(held, scope).length, 'code')} so far: <bdi>{codesOf(held, scope).map(codeText).join(', ') || 'none'}</bdi>
        </p>
      )}
      <TextInput
        label="Pieces"
        description="How many of it the code stands for: that of a case for all that are in it"
        inputMode="numeric"
        value={pieces}
        error={units === undefined ? 'A whole number, 1 to 9,999' : null}
        onChange={(event) => {
          preview.reset();
          save.reset();
          setPieces(event.currentTarget.value);
        }}
      />
      {preview.data === undefined ? null : <Preview groups={preview.data} timeZone={timeZone} places={places} />}
      <Failure error={preview.error ?? save.error} />
      <div className="row-actions">
        <Button
          type="submit"
          className="strong-button"
          disabled={sent === undefined}
          loading={preview.isPending || save.isPending}
          data-testid={preview.data === undefined ? 'preview-join' : 'publish-join'}
        >
          {preview.data === undefined ? 'Preview by store' : 'Publish'}
        </Button>
      </div>
    </form>
  );
};

export const ListCode = ({
  code: key,
  isJoined,
  ...rest
}: Common & { readonly code: string; readonly isJoined: boolean }): ReactElement => {
  const [how, setHow] = useState(isJoined ? 'join' : 'new');
  const code = shortCode(key);
  const asked = useUnlistedCode(key);
  const isThere = asked.data !== undefined;
  const form = useRef<HTMLDivElement>(null);
  // It comes after the drawer, which has given the focus to its close button by then.
  useEffect(() => {
    if (isThere) form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
  }, [isThere]);
  if (asked.data === undefined) return <Awaiting asked={asked} />;
  const [sold] = asked.data;
  return (
    <div ref={form}>
      {sold === undefined ? null : (
        <p className="mut" data-testid="sold-as">
          Sold {plural(sold.sales, 'time')} in {plural(sold.stores.length, 'store')} as <bdi>{sold.last.name ?? sold.last.sku}</bdi>, last{' '}
          {plural(sold.last.quantity, 'piece')} for {format.currency(sold.last.amountMinor, sold.last.minorDigits, sold.last.currency)}.
        </p>
      )}
      <SegmentedControl
        aria-label="What the code is of"
        data={[
          { value: 'new', label: 'A new article' },
          { value: 'join', label: 'An article that is there' },
        ]}
        value={how}
        onChange={setHow}
        mb="md"
      />
      {how === 'join' ? <Join code={code} {...rest} /> : <Edit {...rest} begin={beginningOf(code, sold)} />}
    </div>
  );
};
