/** One article beside the list: what it is, what it costs where, who changed it; or a new one, or a code that lanes sold without knowing it. */
import { EmptyState } from '@holdfast/ui';
import { Drawer, Tabs } from '@mantine/core';
import type { ReactElement } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { dateTimeText } from '../format.ts';
import { ChangeList } from '../inquiry/change-list.tsx';
import { placeText } from '../inquiry/changes.ts';
import { moveTo } from '../navigation.tsx';
import { Awaiting, HeadCells } from '../table-parts.tsx';
import { ListCode } from './list-code.tsx';
import { Edit, type EditProps } from './product-form.tsx';
import { ProductPicture } from './product-picture.tsx';
import { ProductVariants } from './product-variants.tsx';
import { priceText, type Product, shortCode, useProduct } from './products.ts';

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
  address,
  onTab,
  ...rest
}: { readonly sku: string; readonly tab: string; readonly address: Address; readonly onTab: (tab: string) => void } & Omit<
  EditProps,
  'held' | 'begin'
>): ReactElement => {
  const asked = useProduct(sku, rest.scope);
  if (asked.data === undefined) return <Awaiting asked={asked} />;
  return (
    <Tabs value={tab} onChange={(next) => onTab(next ?? 'article')} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="article">Article</Tabs.Tab>
        <Tabs.Tab value="variants">Variants</Tabs.Tab>
        <Tabs.Tab value="picture">Picture</Tabs.Tab>
        <Tabs.Tab value="prices">Prices</Tabs.Tab>
        <Tabs.Tab value="history">History</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="article" pt="md">
        <Edit key={asked.data.version} held={asked.data} {...rest} />
      </Tabs.Panel>
      <Tabs.Panel value="variants" pt="md">
        <ProductVariants of={asked.data} scope={rest.scope} currency={rest.places.stores[0]?.currency ?? 'EUR'} address={address} />
      </Tabs.Panel>
      <Tabs.Panel value="picture" pt="md">
        <ProductPicture of={asked.data} scope={rest.scope} />
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
  readonly places: Places;
  readonly address: Address;
  readonly scope: string;
  readonly isNew: boolean;
  readonly timeZone: string | undefined;
  readonly onClose: () => void;
}

export const ProductDrawer = ({ places, address, scope, isNew, timeZone, onClose }: ProductDrawerProps): ReactElement => {
  const { item = '', code = '', tab = 'article' } = address.filters;
  const isOpen = item !== '' || code !== '' || isNew;
  const common = { places, scope, timeZone };
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size={760}
      lockScroll={false}
      title={<span className="dialog-title">{item !== '' ? item : code !== '' ? `Code ${shortCode(code)}` : 'New article'}</span>}
    >
      {code !== '' && item === '' ? (
        // Back to the list of codes, where the next one waits.
        <ListCode {...common} code={code} isJoined={tab === 'join'} onDone={() => moveTo({ page: 'overview', filters: {}, sale: null })} />
      ) : item === '' ? (
        <Edit {...common} onDone={onClose} />
      ) : (
        <One
          {...common}
          sku={item}
          tab={tab}
          address={address}
          onTab={(next) => moveTo(withFilters(address, { tab: next === 'article' ? '' : next }), 'replace')}
          onDone={() => undefined}
        />
      )}
    </Drawer>
  );
};
