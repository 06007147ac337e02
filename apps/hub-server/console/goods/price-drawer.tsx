/** One article's prices beside the list: a price set at any places after a look at what each store gets, all that there are with why each holds or does not, and what stores ask. */
import { EmptyState } from '@holdfast/ui';
import { Button, Checkbox, Drawer, MultiSelect, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { minuteText } from '../format.ts';
import { placeText } from '../inquiry/changes.ts';
import { placeName } from '../places.ts';
import { May, useRights } from '../rights.tsx';
import { Awaiting, CHOICES_DRAWN, Failure, HeadCells, Tag } from '../table-parts.tsx';
import { PricePreviewList, StoreNames } from './price-preview.tsx';
import {
  currencyAt,
  EMPTY_FORM,
  type ExplainedPrice,
  kindIn,
  KINDS,
  kindText,
  lineOf,
  type PriceForm,
  type PriceLine,
  type PricesOfOne,
  reasonText,
  shownText,
  usePricePreview,
  usePricesOf,
  usePublishPrices,
  withoutPrice,
} from './prices.ts';

const EARNED: ReadonlySet<string> = new Set(['member', 'quantityBreak', 'pack']);

interface FieldsProps {
  readonly form: PriceForm;
  readonly places: Places;
  readonly onChange: (form: PriceForm) => void;
}

/** What makes a price, apart from whose it is; shared with the lines of a campaign. */
export const PriceFields = ({ form, places, onChange }: FieldsProps): ReactElement => {
  const set = (change: Partial<PriceForm>): void => onChange({ ...form, ...change });
  const currency = currencyAt(places, form.scopes);
  const rights = useRights();
  return (
    <div className="two-columns">
      <TextInput
        label={currency === undefined ? 'Price' : `Price, ${currency}`}
        inputMode="decimal"
        value={form.amount}
        onChange={(event) => set({ amount: event.currentTarget.value })}
        data-autofocus
      />
      <Select label="Kind" data={KINDS} value={form.type} allowDeselect={false} onChange={(type) => set({ type: kindIn(type) })} />
      <MultiSelect
        className="whole-row"
        label="Where"
        description="The narrowest place counts: a store’s own price before its zone’s, and that before the company’s"
        data={rights.placesFor('publish')}
        value={[...form.scopes]}
        onChange={(scopes) => set({ scopes })}
        searchable
        limit={CHOICES_DRAWN}
        hidePickedOptions
      />
      <TextInput
        type="datetime-local"
        label="From"
        description="On the stores’ own clocks; empty: at once"
        value={form.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        description="Empty: as long as nobody changes it"
        value={form.to}
        onChange={(event) => set({ to: event.currentTarget.value })}
      />
      {EARNED.has(form.type) ? (
        <>
          <TextInput
            {...(form.type === 'pack'
              ? { label: 'Pieces in the pack', description: 'As its code says; the price is that of the whole pack' }
              : { label: 'From so many', description: 'Pieces, grams, millilitres or millimetres' })}
            inputMode="numeric"
            value={form.fromQuantity}
            onChange={(event) => set({ fromQuantity: event.currentTarget.value })}
          />
          <TextInput
            label="Customer group"
            description="Empty: whichever"
            value={form.customerGroup}
            onChange={(event) => set({ customerGroup: event.currentTarget.value })}
          />
        </>
      ) : null}
    </div>
  );
};

interface SetPriceProps {
  readonly sku: string;
  readonly scope: string;
  readonly places: Places;
  readonly timeZone: string | undefined;
  /** A price that is to be taken away in place of one that is set. */
  readonly takenAway: PriceLine | undefined;
  readonly onDone: () => void;
}

const SetPrice = ({ sku, scope, places, timeZone, takenAway, onDone }: SetPriceProps): ReactElement => {
  const [form, setForm] = useState<PriceForm>({ ...EMPTY_FORM, scopes: [scope] });
  const [reason, setReason] = useState('');
  const [urgent, setUrgent] = useState(false);
  const preview = usePricePreview();
  const publish = usePublishPrices();
  const line = takenAway ?? lineOf(sku, form);
  const touch = (): void => {
    preview.reset();
    publish.reset();
  };
  const wish = line && {
    lines: [line],
    ...(reason.trim() !== '' && { reason: reason.trim() }),
    ...(urgent && { urgent }),
    ...(preview.data !== undefined && { basedOn: preview.data.lsn }),
  };
  return (
    <form
      className="enrol-form"
      data-testid="set-price"
      onSubmit={(event) => {
        event.preventDefault();
        if (wish === undefined) return;
        if (preview.data === undefined) preview.mutate(wish);
        else publish.mutate(wish, { onSuccess: onDone });
      }}
    >
      {takenAway === undefined ? (
        <PriceFields
          form={form}
          places={places}
          onChange={(next) => {
            touch();
            setForm(next);
          }}
        />
      ) : (
        <p>
          The {kindText(takenAway.type).toLowerCase()} price at <b>{takenAway.scopes.map((at) => placeName(places, at)).join(', ')}</b> is
          taken away. What it covered holds again.
        </p>
      )}
      <TextInput
        label="What for"
        description="Stands in the audit"
        value={reason}
        maxLength={200}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Checkbox
        label="Ahead of everything else that is on its way to the lanes"
        checked={urgent}
        onChange={(event) => setUrgent(event.currentTarget.checked)}
      />
      {preview.data === undefined ? null : <PricePreviewList of={preview.data} places={places} timeZone={timeZone} />}
      <Failure error={preview.error ?? publish.error} />
      <div className="row-actions">
        {preview.data === undefined ? (
          <Button
            type="submit"
            className="strong-button"
            loading={preview.isPending}
            disabled={wish === undefined}
            data-testid="preview-price"
          >
            Preview by store
          </Button>
        ) : (
          <Button type="submit" className="strong-button" loading={publish.isPending} data-testid="publish-price">
            Publish
          </Button>
        )}
        {preview.data === undefined && takenAway === undefined ? null : (
          <Button
            variant="default"
            onClick={() => {
              touch();
              if (takenAway !== undefined) onDone();
            }}
          >
            {takenAway === undefined ? 'Write on' : 'Keep it'}
          </Button>
        )}
      </div>
    </form>
  );
};

const momentText = (atMs: number | null, timeZone: string | undefined): string => (atMs === null ? '–' : minuteText(atMs, timeZone));

const PriceTable = ({
  of,
  unit,
  timeZone,
  onTakeAway,
}: {
  readonly of: PricesOfOne;
  readonly unit: string;
  readonly timeZone: string | undefined;
  readonly onTakeAway: (price: ExplainedPrice) => void;
}): ReactElement => (
  <div className="table-frame">
    <table className="data tight">
      <thead>
        <tr>
          <HeadCells labels={['Where', 'Kind', 'From', 'Until']} />
          <HeadCells labels={['Price']} numeric />
          <HeadCells labels={['Now', 'Change']} />
        </tr>
      </thead>
      <tbody>
        {of.prices.map((price) => (
          <tr key={`${price.key} ${price.scope}`} data-testid="price-row">
            <th scope="row">{placeText(price.scope)}</th>
            <td>
              {kindText(price.price.type)}
              {price.fromQuantity === null ? null : (
                <div className="mut">{price.price.type === 'pack' ? `for ${price.fromQuantity}` : `${price.fromQuantity} or more`}</div>
              )}
              {price.customerGroup === null ? null : <div className="mut">{price.customerGroup}</div>}
            </td>
            <td className="mut">{momentText(price.fromMs, timeZone)}</td>
            <td className="mut">{momentText(price.toMs, timeZone)}</td>
            <td className="n">{shownText(price.price, unit)}</td>
            <td>
              {price.reason === null ? (
                <Tag tone="good">holds</Tag>
              ) : (
                <span className="mut">{reasonText(price.reason, price.price.type)}</span>
              )}
            </td>
            <td>
              <May action="publish" at={price.scope}>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Take away: ${kindText(price.price.type)}, ${placeText(price.scope)}`}
                  onClick={() => onTakeAway(price)}
                >
                  Take away
                </Button>
              </May>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

interface OneProps {
  readonly sku: string;
  readonly unit: string;
  readonly scope: string;
  readonly places: Places;
  readonly timeZone: string | undefined;
}

const One = ({ sku, unit, scope, places, timeZone }: OneProps): ReactElement => {
  const asked = usePricesOf(sku, scope);
  const [takenAway, setTakenAway] = useState<PriceLine>();
  const [round, setRound] = useState(0);
  if (asked.data === undefined) return <Awaiting asked={asked} />;
  return (
    <>
      <May action="publish">
        <SetPrice
          key={`${round} ${JSON.stringify(takenAway ?? null)}`}
          sku={sku}
          scope={scope}
          places={places}
          timeZone={timeZone}
          takenAway={takenAway}
          onDone={() => {
            setTakenAway(undefined);
            setRound(round + 1);
          }}
        />
      </May>
      <h3>All its prices, as they are at {placeName(places, scope)}</h3>
      {asked.data.prices.length === 0 ? (
        <EmptyState title="It has no price">Lanes ask for one when it is sold.</EmptyState>
      ) : (
        <PriceTable of={asked.data} unit={unit} timeZone={timeZone} onTakeAway={(price) => setTakenAway(withoutPrice(sku, price))} />
      )}
      <h3>What stores ask now</h3>
      <table className="plain" data-testid="asked-by-stores">
        <thead className="for-readers">
          <tr>
            <HeadCells labels={['Stores']} />
            <HeadCells labels={['Price']} numeric />
          </tr>
        </thead>
        <tbody>
          {asked.data.stores.map(({ stores, price }) => (
            <tr key={stores.join(' ')}>
              <td>
                <StoreNames stores={stores} places={places} />
              </td>
              <td className="n">{price === null ? <Tag tone="warn">no price</Tag> : shownText(price, unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};

export interface PriceDrawerProps {
  /** Empty: it is closed. */
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly scope: string;
  readonly places: Places;
  readonly timeZone: string | undefined;
  readonly onClose: () => void;
}

export const PriceDrawer = ({ name, onClose, ...rest }: PriceDrawerProps): ReactElement => (
  <Drawer
    opened={rest.sku !== ''}
    onClose={onClose}
    position="right"
    size={820}
    lockScroll={false}
    title={<span className="dialog-title">{name}</span>}
  >
    {rest.sku === '' ? null : <One key={`${rest.sku} ${rest.scope}`} {...rest} />}
  </Drawer>
);
