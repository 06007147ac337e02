/** What articles are filed under, as choices above their list; in the address, so that a link shows the same. */
import { Autocomplete, Select } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

import type { Address } from '../address.ts';
import { setFilter } from '../table-parts.tsx';
import { treeRows } from './category-tree.ts';
import { useBrands, useCategories, useCollections } from './filing.ts';
import { type Filing, useGoodsWords } from './products.ts';

/** As the hub asks it: a category with all that lies in it. */
export function filingOf({ filters: { department, brand, collection, tax } }: Address): Filing {
  const asked = { within: department, brand: brand?.trim(), collection, taxClass: tax };
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

export const FilingFilters = ({ address, children }: { readonly address: Address; readonly children: ReactNode }): ReactElement => {
  const { department, brand = '', collection, tax } = address.filters;
  const { taxClasses = [] } = useGoodsWords().data ?? {};
  const categories = treeRows(useCategories().data ?? []);
  const collections = useCollections().data ?? [];
  const brands = useBrands(brand.trim()).data ?? [];
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
      {children}
    </div>
  );
};
