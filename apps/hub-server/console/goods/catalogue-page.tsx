/** All articles: found by words, codes and SKUs, scrolled through whatever their number, each opened beside the list. */
import { Button, Checkbox, Menu, MultiSelect, Popover, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { memo, type ReactElement, useEffect, useRef, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { plural } from '../format.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { useSession } from '../people/sign-in.ts';
import { May, useRights } from '../rights.tsx';
import { HeadCells, NoRows, setFilter, StoreFilter, Tag } from '../table-parts.tsx';
import { type Attribute, attributeLabel, useAttributes, valueIn } from './attributes.ts';
import { BulkDrawer } from './bulk-drawer.tsx';
import { FilingFilters, filingOf } from './filing-filters.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { scopeOf } from './key-pages.ts';
import { pictureAddress } from './pictures.ts';
import { ProductDrawer } from './product-drawer.tsx';
import { priceText, type ProductRow, useProducts } from './products.ts';
import { columnsIn, columnsText, MAX_COLUMNS, rememberColumns, rememberedColumns } from './shown-columns.ts';

const ROW_PX = 45;
/** As long as somebody types. */
const TYPED_MS = 200;
/** Rows from the end at which the next ones are fetched. */
const AHEAD = 40;

interface RowProps {
  readonly of: ProductRow;
  /** Those that stand as columns. */
  readonly attributes: readonly Attribute[];
  readonly address: Address;
  readonly isPicked: boolean;
  readonly onPick: (sku: string, isPicked: boolean) => void;
}

/** A row that stays in view while others come is not drawn again. */
const Row = memo(({ of, attributes, address, isPicked, onPick }: RowProps): ReactElement => (
  <tr
    className="openable"
    data-testid="product-row"
    aria-current={address.filters.item === of.sku ? 'true' : undefined}
    onClick={() => moveTo(withFilters(address, { item: of.sku, code: '', tab: '' }))}
  >
    <td className="pick" onClick={(event) => event.stopPropagation()}>
      <Checkbox
        size="sm"
        aria-label={`Pick ${of.name}`}
        checked={isPicked}
        onChange={(event) => onPick(of.sku, event.currentTarget.checked)}
      />
    </td>
    <th scope="row">
      <span className="product-face" aria-hidden="true">
        {of.picture === undefined ? (of.symbol ?? '') : <img src={pictureAddress(of.picture)} alt="" loading="lazy" />}
      </span>
      <AddressLink className="clip-wide" to={withFilters(address, { item: of.sku, code: '', tab: '' })}>
        <bdi>{of.name}</bdi>
      </AddressLink>
    </th>
    <td className="mut">
      <bdi className="clip">{of.brand ?? ''}</bdi>
    </td>
    <td>
      <bdi className="clip">{of.department ?? ''}</bdi>
    </td>
    <td className="mut">
      <bdi className="clip">{of.sku}</bdi>
    </td>
    <td className="n">
      {!of.price ? <Tag tone="warn">no price</Tag> : priceText(of.price)}
      {!of.price || of.unit === 'piece' ? null : <span className="mut">{UNIT_MARKS[of.unit] ?? ''}</span>}
      {!of.price || of.price.type === 'regular' ? null : <Tag tone="good">{of.price.type}</Tag>}
    </td>
    {attributes.map(({ attribute, type }) => (
      <td key={attribute} className={alignOf(type)}>
        <bdi className="clip">{valueIn(of.attributes ?? {}, attribute) ?? ''}</bdi>
      </td>
    ))}
  </tr>
));

const alignOf = (type: Attribute['type']): string | undefined => (type === 'number' ? 'n' : undefined);

const UNIT_MARKS: Readonly<Record<string, string>> = { gram: ' / kg', millilitre: ' / l', millimetre: ' / m' };

interface TableProps {
  readonly rows: readonly ProductRow[];
  readonly attributes: readonly Attribute[];
  readonly address: Address;
  readonly picked: ReadonlySet<string>;
  readonly onPick: RowProps['onPick'];
  readonly onEnd: () => void;
}

/** With columns of attributes the list is scrolled sideways before its words are cut. */
const [PLAIN_PX, COLUMN_PX] = [680, 150];

/** Before the frame is measured. */
const ROWS_AT_FIRST = 24;
const BEYOND = 12;

/** The rows that are drawn: those in view and some on either side. Exported for its test. */
export function windowOf(rows: number, first: number, inView: number): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(first, rows - inView) - BEYOND);
  return { from, to: Math.min(rows, Math.max(first, 0) + inView + BEYOND) };
}

/** Only the rows in view stand in the page: the rest is room above and below them. */
const ProductTable = ({ rows, attributes, address, picked, onPick, onEnd }: TableProps): ReactElement => {
  const frame = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [inView, setInView] = useState(ROWS_AT_FIRST);
  const { from, to } = windowOf(rows.length, first, inView);
  useEffect(() => {
    const { current } = frame;
    if (current === null) return undefined;
    const observer = new ResizeObserver(() => setInView(Math.ceil(current.clientHeight / ROW_PX)));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (to >= rows.length - AHEAD) onEnd();
  }, [to, rows.length, onEnd]);
  return (
    // A list that scrolls is reached by the keyboard.
    <div
      className="table-frame scrolls"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label="Articles"
      data-testid="products"
      // A row that is still in view is not drawn again: state changes once for each row that is passed.
      onScroll={(event) => setFirst(Math.floor(event.currentTarget.scrollTop / ROW_PX))}
    >
      <table
        className="data fixed-rows with-picks"
        aria-rowcount={rows.length + 1}
        {...(attributes.length > 0 && { 'data-attributes': '', style: { minInlineSize: PLAIN_PX + COLUMN_PX * attributes.length } })}
      >
        <thead>
          <tr>
            <th scope="col" className="pick">
              <span className="for-readers">Picked</span>
            </th>
            <HeadCells labels={['Article', 'Brand', 'Department', 'SKU']} />
            <HeadCells labels={['Price now']} numeric />
            {attributes.map((each) => (
              <th key={each.attribute} scope="col" className={alignOf(each.type)} title={attributeLabel(each)}>
                {attributeLabel(each)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 ? <tr aria-hidden="true" style={{ blockSize: from * ROW_PX }} /> : null}
          {rows.slice(from, to).map((row) => (
            <Row key={row.sku} of={row} attributes={attributes} address={address} isPicked={picked.has(row.sku)} onPick={onPick} />
          ))}
          {to < rows.length ? <tr aria-hidden="true" style={{ blockSize: (rows.length - to) * ROW_PX }} /> : null}
        </tbody>
      </table>
    </div>
  );
};

const Export = (): ReactElement => (
  <Menu position="bottom-end">
    <Menu.Target>
      <Button variant="default" data-testid="export-catalog">
        Export
      </Button>
    </Menu.Target>
    <Menu.Dropdown>
      <Menu.Item component="a" href="./api/v1/catalog.xlsx">
        Workbook (XLSX)
      </Menu.Item>
      <Menu.Item component="a" href="./api/v1/catalog.csv">
        CSV
      </Menu.Item>
    </Menu.Dropdown>
  </Menu>
);

interface ColumnsProps {
  readonly attributes: readonly Attribute[];
  readonly chosen: readonly string[];
  readonly onChoose: (codes: readonly string[]) => void;
}

/** Which attributes stand as columns; who defined none is not asked. */
const Columns = ({ attributes, chosen, onChoose }: ColumnsProps): ReactElement | null =>
  attributes.length === 0 ? null : (
    <Popover position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <Button variant="default" data-testid="columns">
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <MultiSelect
          label="Attributes beside each article"
          description={`At most ${MAX_COLUMNS}, in the order in which they are chosen. This browser remembers them.`}
          data={attributes.map((each) => ({ value: each.attribute, label: attributeLabel(each) }))}
          value={[...chosen]}
          onChange={onChoose}
          maxValues={MAX_COLUMNS}
          searchable
          clearable
          nothingFoundMessage="Nothing matches"
          comboboxProps={{ withinPortal: false }}
        />
      </Popover.Dropdown>
    </Popover>
  );

/** `named`: what the hub is asked for; `shown`: those of them that there are. */
function useColumns(address: Address): ColumnsProps & { readonly named: readonly string[]; readonly shown: readonly Attribute[] } {
  const user = useSession().data?.user ?? '';
  const attributes = useAttributes().data ?? [];
  // What this page chose; before, what this browser remembers.
  const [own, setOwn] = useState<readonly string[]>();
  const { columns } = address.filters;
  const named = columns === undefined ? (own ?? rememberedColumns(localStorage, user)) : columnsIn(columns);
  const shown = named.flatMap((code) => attributes.find(({ attribute }) => attribute === code) ?? []);
  return {
    attributes,
    named,
    shown,
    chosen: shown.map(({ attribute }) => attribute),
    onChoose: (codes) => {
      setOwn(codes);
      rememberColumns(localStorage, user, codes);
      setFilter(address, 'columns', columnsText(codes));
    },
  };
}

export interface CataloguePageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

export const CataloguePage = ({ places, address, timeZone }: CataloguePageProps): ReactElement => {
  const { q = '', store } = address.filters;
  const { seesCompany, may } = useRights();
  const [text] = useDebouncedValue(q.trim(), TYPED_MS);
  const scope = scopeOf(store);
  const filing = filingOf(address);
  const { named, shown, ...columns } = useColumns(address);
  const asked = useProducts(text, scope, filing, named);
  const rows = asked.data?.pages.flatMap(({ products }) => products) ?? [];
  const [isNew, setNew] = useState(false);
  const [isImporting, setImporting] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const pick = (sku: string, isPicked: boolean): void => {
    const next = new Set(picked);
    if (isPicked) next.add(sku);
    else next.delete(sku);
    setPicked(next);
  };
  const isAll = text === '' && Object.keys(filing).length === 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const onEnd = (): void => void (hasNextPage && !isFetchingNextPage && fetchNextPage());
  const close = (): void => {
    setNew(false);
    moveTo(withFilters(address, { item: '', code: '', tab: '' }), 'replace');
  };
  return (
    <div className="page arranging" data-testid="catalogue">
      <header className="page-head">
        <h1>Catalogue</h1>
        <span className="mut" role="status">
          {rows.length === 0 ? '' : hasNextPage ? `the first ${plural(rows.length, 'article')}` : plural(rows.length, 'article')}
        </span>
        <div className="tools">
          <TextInput
            aria-label="Find articles"
            placeholder="Name, brand, code or SKU"
            w={230}
            value={q}
            onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
          />
          {seesCompany && may('publish', scope) ? (
            <Button variant="default" data-testid="change-many" disabled={rows.length === 0} onClick={() => setChanging(true)}>
              {picked.size === 0 ? 'Change all of these' : `Change ${picked.size} picked`}
            </Button>
          ) : null}
          {seesCompany && may('importFile', 'global') ? (
            <Button variant="default" data-testid="import" onClick={() => setImporting(true)}>
              Import
            </Button>
          ) : null}
          {seesCompany ? <Export /> : null}
          <May action="publish" at={scope}>
            <Button variant="default" data-testid="new-product" onClick={() => setNew(true)}>
              New article
            </Button>
          </May>
        </div>
      </header>
      <FilingFilters address={address}>
        <StoreFilter places={places} address={address} />
        <Columns {...columns} />
        {picked.size === 0 ? null : (
          <Button variant="default" data-testid="pick-none" onClick={() => setPicked(new Set())}>
            Pick none
          </Button>
        )}
      </FilingFilters>
      {rows.length === 0 ? (
        <div className="card" data-testid="no-products">
          <NoRows asked={asked} none={isAll ? 'There are no articles yet' : 'There are no such articles'}>
            {isAll ? (
              <>
                Bring a list of goods with <b>Import</b>, or <code>pnpm holdfast import catalog FILE</code>.
              </>
            ) : (
              'Words begin words of names and brands; a code or an SKU is found by its beginning.'
            )}
          </NoRows>
        </div>
      ) : (
        <ProductTable rows={rows} attributes={shown} address={address} picked={picked} onPick={pick} onEnd={onEnd} />
      )}
      {isChanging ? (
        <BulkDrawer
          of={picked.size === 0 ? { filter: { ...(text !== '' && { q: text }), ...filing } } : { skus: [...picked] }}
          title={
            picked.size === 0
              ? isAll
                ? 'Change all articles'
                : 'Change all that were found'
              : `Change ${plural(picked.size, 'picked article')}`
          }
          scope={scope}
          places={places}
          onClose={() => setChanging(false)}
        />
      ) : null}
      {isImporting ? <ImportDialog onClose={() => setImporting(false)} /> : null}
      <ProductDrawer
        key={`${address.filters.item ?? ''} ${address.filters.code ?? ''} ${isNew} ${scope}`}
        places={places}
        address={address}
        scope={scope}
        isNew={isNew}
        timeZone={timeZone}
        onClose={close}
      />
    </div>
  );
};
