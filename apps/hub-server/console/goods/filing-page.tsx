/** What articles are filed under: categories as a tree, and brands, and what is said of them besides: attributes; each with how many articles have it, each opened beside the list to be changed. */
import { Button, Tabs, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import { format, plural } from '../format.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { May } from '../rights.tsx';
import { HeadCells, MoreRows, NoRows, setFilter, Tag, useToggled } from '../table-parts.tsx';
import { AttributeDrawer, NEW } from './attribute-drawer.tsx';
import { AttributeList } from './attribute-list.tsx';
import { useAttributeSizes } from './attributes.ts';
import { shownRows, type TreeRow, treeRows } from './category-tree.ts';
import { FilingDrawer } from './filing-drawer.tsx';
import { useBrandSizes, useCategories } from './filing.ts';

/** As long as somebody types. */
const TYPED_MS = 200;
/** A tree that is larger begins closed. */
const OPEN_ROWS = 60;
interface PartProps {
  readonly address: Address;
}

const articlesOf = (filters: Address['filters']): Address => ({ page: 'catalogue', filters, sale: null });

const CategoryLine = ({
  of: { category, path, isDepartment, size, total, hasInside },
  address,
  isOpen,
  onToggle,
}: {
  readonly of: TreeRow;
  readonly address: Address;
  /** Undefined: it cannot be closed while somebody looks for names. */
  readonly isOpen: boolean | undefined;
  readonly onToggle: () => void;
}): ReactElement => (
  <tr data-testid="category-row" data-level={path.length}>
    <th scope="row">
      <span className="tree-name" style={{ paddingInlineStart: (path.length - 1) * 22 }}>
        <button
          type="button"
          className="fold"
          aria-expanded={isOpen}
          aria-label={`What lies in ${category}`}
          disabled={!hasInside || isOpen === undefined}
          onClick={onToggle}
        >
          {isOpen === false ? '▸' : '▾'}
        </button>
        <AddressLink to={withFilters(address, { item: category })}>
          <bdi>{category}</bdi>
        </AddressLink>
        {path.length > 1 ? <span className="for-readers">in {path.slice(0, -1).join(', ')}</span> : null}
        {isDepartment ? <Tag tone="quiet">tab at lanes</Tag> : null}
      </span>
    </th>
    <td className="n">{format.count(size)}</td>
    <td className="n">{total === 0 ? '0' : <AddressLink to={articlesOf({ department: category })}>{format.count(total)}</AddressLink>}</td>
  </tr>
);

const CategoryTree = ({ address }: PartProps): ReactElement => {
  const { q = '' } = address.filters;
  const asked = useCategories();
  const [toggled, toggle] = useToggled();
  const rows = treeRows(asked.data ?? []);
  const beginsOpen = rows.length <= OPEN_ROWS;
  const isOpen = (category: string): boolean => toggled.has(category) !== beginsOpen;
  const shown = shownRows(rows, q.trim(), isOpen);
  if (shown.length === 0)
    return (
      <div className="card" data-testid="no-categories">
        <NoRows asked={asked} none={q === '' ? 'Nothing is filed yet' : 'No category is called so'}>
          Articles name their category; a category may lie in another one. What lies in one is found and changed with it.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['Category']} />
            <HeadCells labels={['Articles', 'With what lies in it']} numeric />
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <CategoryLine
              key={row.category}
              of={row}
              address={address}
              isOpen={q.trim() === '' ? isOpen(row.category) : undefined}
              onToggle={() => toggle(row.category)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const BrandList = ({ address }: PartProps): ReactElement => {
  const [begins] = useDebouncedValue((address.filters.q ?? '').trim(), TYPED_MS);
  const asked = useBrandSizes(begins);
  const rows = asked.data?.pages.flatMap(({ brands, sizes = {} }) => brands.map((brand) => ({ brand, size: sizes[brand] ?? 0 }))) ?? [];
  if (rows.length === 0)
    return (
      <div className="card" data-testid="no-brands">
        <NoRows asked={asked} none={begins === '' ? 'No article has a brand' : 'No brand begins so'}>
          A brand is what articles carry: it is there while one does.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['Brand']} />
            <HeadCells labels={['Articles']} numeric />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ brand, size }) => (
            <tr key={brand} data-testid="brand-row">
              <th scope="row">
                <AddressLink to={withFilters(address, { item: brand })}>
                  <bdi>{brand}</bdi>
                </AddressLink>
              </th>
              <td className="n">
                <AddressLink to={articlesOf({ brand })}>{format.count(size)}</AddressLink>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreRows of={asked} label="More brands" />
    </div>
  );
};

type Tab = 'categories' | 'brands' | 'attributes';

const FIND: Readonly<Record<Tab, readonly [label: string, placeholder: string]>> = {
  categories: ['Find categories', 'Name'],
  brands: ['Find brands', 'How its name begins'],
  attributes: ['Find attributes', 'Name or code'],
};

/** How many there are; of brands nobody counts them all. */
const CountOf = ({ tab }: { readonly tab: Tab }): string => {
  const categories = useCategories().data?.length ?? 0;
  const attributes = useAttributeSizes(tab === 'attributes').data?.length ?? 0;
  if (tab === 'categories') return categories === 0 ? '' : plural(categories, 'category', 'categories');
  return tab === 'brands' || attributes === 0 ? '' : plural(attributes, 'attribute');
};

export const FilingPage = ({ address, timeZone }: PartProps & { readonly timeZone: string | undefined }): ReactElement => {
  const { tab: named = '', q = '', item = '' } = address.filters;
  const tab = named === 'brands' || named === 'attributes' ? named : 'categories';
  const close = (): void => moveTo(withFilters(address, { item: '', tab: tab === 'categories' ? '' : tab }), 'replace');
  const [label, placeholder] = FIND[tab];
  return (
    <div className="page" data-testid="filing">
      <header className="page-head">
        <h1>Categories</h1>
        <span className="mut" role="status">
          <CountOf tab={tab} />
        </span>
        <div className="tools">
          <TextInput
            aria-label={label}
            placeholder={placeholder}
            w={230}
            value={q}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          <May action="publish" at="global">
            {tab === 'categories' ? (
              <Button variant="default" data-testid="new-category" onClick={() => moveTo(withFilters(address, { tab: 'new', item: '' }))}>
                New category
              </Button>
            ) : tab === 'attributes' ? (
              <Button variant="default" data-testid="new-attribute" onClick={() => moveTo(withFilters(address, { item: NEW }))}>
                New attribute
              </Button>
            ) : null}
          </May>
        </div>
      </header>
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => moveTo(withFilters(address, { tab: next === 'categories' ? '' : (next ?? ''), q: '', item: '' }))}
      >
        <Tabs.List>
          <Tabs.Tab value="categories">Categories</Tabs.Tab>
          <Tabs.Tab value="brands" data-testid="filing-brands">
            Brands
          </Tabs.Tab>
          <Tabs.Tab value="attributes" data-testid="filing-attributes">
            Attributes
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="categories" pt="md">
          <CategoryTree address={address} />
        </Tabs.Panel>
        <Tabs.Panel value="brands" pt="md">
          <BrandList address={address} />
        </Tabs.Panel>
        <Tabs.Panel value="attributes" pt="md">
          <AttributeList address={address} />
        </Tabs.Panel>
      </Tabs>
      {tab === 'attributes' ? (
        item === '' ? null : (
          <AttributeDrawer key={item} item={item} timeZone={timeZone} onClose={close} />
        )
      ) : item === '' && named !== 'new' ? null : (
        <FilingDrawer
          key={`${named} ${item}`}
          of={tab === 'brands' ? { brand: item } : { category: named === 'new' ? null : item }}
          onClose={close}
        />
      )}
    </div>
  );
};
