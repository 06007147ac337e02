/** What articles are filed under, as choices above their list; in the address, so that a link shows the same. */
import { Autocomplete, Select } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

import type { Address } from '../address.ts';
import { setFilter, TypedFilter } from '../table-parts.tsx';
import { choicesOf } from './attribute-parts.tsx';
import { attributeFilterIn, attributeLabel, keptNumber, useAttributes } from './attributes.ts';
import { treeRows } from './category-tree.ts';
import { useBrands, useCategories, useCollections } from './filing.ts';
import { type Filing, useGoodsWords } from './products.ts';
import { useStyles } from './variants.ts';

/** As the hub asks it: a category with all that lies in it. */
export function filingOf({ filters: { department, brand, style, collection, tax, attribute = '' } }: Address): Filing {
  const having = attributeFilterIn(attribute).value === '' ? undefined : attribute;
  const asked = { within: department, brand: brand?.trim(), style: style?.trim(), collection, taxClass: tax, attribute: having };
  return Object.fromEntries(Object.entries(asked).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])));
}

interface ChoiceProps {
  readonly label: string;
  readonly any: string;
  readonly data: readonly { readonly value: string; readonly label: string }[];
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}

const Choice = ({ label, any, data, value, onChange }: ChoiceProps): ReactElement => (
  <Select
    aria-label={label}
    placeholder={any}
    w={190}
    clearable
    searchable
    // What nobody made is a choice too, where a link names it.
    data={value === undefined || data.some((each) => each.value === value) ? [...data] : [...data, { value, label: value }]}
    value={value ?? null}
    onChange={(next) => onChange(next ?? '')}
  />
);

/** An attribute, and behind it which value; who defined none is not asked. */
const AttributeFilter = ({ address }: { readonly address: Address }): ReactElement | null => {
  const attributes = useAttributes().data ?? [];
  const { code, value } = attributeFilterIn(address.filters.attribute ?? '');
  if (attributes.length === 0 && code === '') return null;
  const chosen = attributes.find(({ attribute }) => attribute === code);
  const choices = chosen === undefined ? undefined : choicesOf(chosen);
  const find = (wanted: string): void => setFilter(address, 'attribute', `${code}:${wanted}`);
  return (
    <>
      <Choice
        label="Attribute"
        any="All attributes"
        data={attributes.map(({ attribute, name }) => ({ value: attribute, label: name }))}
        value={code === '' ? undefined : code}
        onChange={(next) => setFilter(address, 'attribute', next)}
      />
      {chosen === undefined ? null : choices === undefined ? (
        <TypedFilter
          key={code}
          label={attributeLabel(chosen)}
          value={value}
          onEnter={(typed) => find(chosen.type === 'number' ? keptNumber(typed) : typed)}
        />
      ) : (
        <Choice
          label={attributeLabel(chosen)}
          any={`${chosen.name}…`}
          data={choices}
          value={value === '' ? undefined : value}
          onChange={find}
        />
      )}
    </>
  );
};

export const FilingFilters = ({ address, children }: { readonly address: Address; readonly children: ReactNode }): ReactElement => {
  const { department, brand = '', style = '', collection, tax } = address.filters;
  const { taxClasses = [] } = useGoodsWords().data ?? {};
  const categories = treeRows(useCategories().data ?? []);
  const collections = useCollections().data ?? [];
  const brands = useBrands(brand.trim()).data ?? [];
  const styles = useStyles(style.trim()).data ?? [];
  return (
    <div className="filter-row">
      <Choice
        label="Department"
        any="All departments"
        data={categories.map(({ category, path }) => ({ value: category, label: path.join(' › ') }))}
        value={department}
        onChange={(value) => setFilter(address, 'department', value)}
      />
      <Autocomplete
        aria-label="Brand"
        placeholder="All brands"
        w={190}
        data={[...brands]}
        value={brand}
        onChange={(value) => setFilter(address, 'brand', value)}
      />
      {styles.length === 0 && style === '' ? null : (
        // Who has no variants is not asked for any.
        <Autocomplete
          aria-label="Style"
          placeholder="All styles"
          w={190}
          data={[...styles]}
          value={style}
          onChange={(value) => setFilter(address, 'style', value)}
        />
      )}
      <Choice
        label="Collection"
        any="All collections"
        data={collections.map((each) => ({ value: each.collection, label: each.title }))}
        value={collection}
        onChange={(value) => setFilter(address, 'collection', value)}
      />
      <Choice
        label="Tax class"
        any="All tax classes"
        data={taxClasses.map(({ key, name }) => ({ value: key, label: name }))}
        value={tax}
        onChange={(value) => setFilter(address, 'tax', value)}
      />
      <AttributeFilter address={address} />
      {children}
    </div>
  );
};
