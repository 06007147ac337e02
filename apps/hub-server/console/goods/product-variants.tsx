/** The style that an article is a variant of: its variants by what they differ in, and those that nobody made yet, each to be made with its SKU, code and price. */
import { EmptyState, toDecimalString } from '@holdfast/ui';
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import { failureOf, failureText } from '../ask.ts';
import { plural } from '../format.ts';
import { AddressLink } from '../navigation.tsx';
import { May } from '../rights.tsx';
import { Awaiting, HeadCells } from '../table-parts.tsx';
import { priceText, type Product } from './products.ts';
import {
  type Cell,
  type Matrix,
  matrixOf,
  type Options,
  optionsText,
  proposedSku,
  useMakeVariants,
  useStyle,
  valuesText,
  type WrittenVariant,
} from './variants.ts';

/** As the hub takes them. */
const MAX_VALUE = 40;

interface GridProps {
  readonly matrix: Matrix;
  readonly sku: string;
  readonly address: Address;
  readonly mayMake: boolean;
  readonly wanted: ReadonlySet<string>;
  readonly onWant: (cell: Cell, isWanted: boolean) => void;
}

const Grid = ({ matrix, sku, address, mayMake, wanted, onWant }: GridProps): ReactElement => (
  <div className="matrix" tabIndex={0} role="region" aria-label="Variants">
    <table className="plain" data-testid="variant-matrix">
      <thead>
        <tr>
          <HeadCells labels={[matrix.rowNames.join(' · ')]} />
          <HeadCells labels={matrix.columnName === undefined ? ['Article'] : matrix.columns} />
        </tr>
      </thead>
      <tbody>
        {matrix.rows.map(({ label, cells }) => (
          <tr key={label}>
            <th scope="row">
              <bdi>{label}</bdi>
            </th>
            {cells.map((cell) => (
              <td key={optionsText(cell.options)} data-variant={valuesText(cell.options)}>
                {cell.variants.map((variant) => (
                  <AddressLink
                    key={variant.sku}
                    className="variant"
                    to={withFilters(address, { item: variant.sku, tab: 'variants' })}
                    aria-current={variant.sku === sku ? 'true' : undefined}
                  >
                    <bdi>{variant.sku}</bdi>
                    <small className="mut">{variant.price ? priceText(variant.price) : 'no price'}</small>
                  </AddressLink>
                ))}
                {cell.variants.length > 0 ? null : mayMake ? (
                  <Checkbox
                    size="sm"
                    aria-label={`Make ${valuesText(cell.options)}`}
                    label="make"
                    checked={wanted.has(optionsText(cell.options))}
                    onChange={(event) => onWant(cell, event.currentTarget.checked)}
                  />
                ) : (
                  <span className="mut">–</span>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** A size that comes, before any article has it. */
const Further = ({
  names,
  onAdd,
}: {
  readonly names: readonly string[];
  readonly onAdd: (option: Options[number]) => void;
}): ReactElement => {
  const [name, setName] = useState(names.at(-1) ?? '');
  const [value, setValue] = useState('');
  const isFit = value.trim() !== '' && !value.includes(';');
  return (
    <form
      className="filter-row"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isFit) return;
        onAdd({ name, value: value.trim() });
        setValue('');
      }}
    >
      <Select aria-label="Option" w={150} data={[...names]} value={name} allowDeselect={false} onChange={(next) => setName(next ?? name)} />
      <TextInput
        aria-label="A further value"
        placeholder={`A further ${name.toLowerCase()}`}
        w={190}
        maxLength={MAX_VALUE}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={!isFit} data-testid="further-value">
        Add
      </Button>
    </form>
  );
};

interface MakeProps {
  readonly of: Product;
  readonly own: Options;
  readonly scope: string;
  readonly currency: string;
  readonly written: readonly WrittenVariant[];
  readonly onWrite: (written: readonly WrittenVariant[]) => void;
}

const COLUMNS = [
  { field: 'sku', label: 'SKU' },
  { field: 'code', label: 'Code' },
  { field: 'price', label: 'Price' },
] as const;

const Make = ({ of, own, scope, currency, written, onWrite }: MakeProps): ReactElement => {
  const make = useMakeVariants();
  const failed = new Map((make.data ?? []).flatMap(({ sku, error }) => (error === undefined ? [] : [[sku, error] as const])));
  const made = (make.data?.length ?? 0) - failed.size;
  return (
    <form
      className="enrol-form"
      data-testid="make-variants"
      onSubmit={(event) => {
        event.preventDefault();
        // What was refused stays, to be written otherwise.
        make.mutate(
          { scope, of: of.fields, own, currency, variants: written },
          {
            onSuccess: (each) => {
              const done = new Set(each.filter(({ error }) => error === undefined).map(({ sku }) => sku));
              onWrite(written.filter(({ sku }) => !done.has(sku.trim())));
            },
          },
        );
      }}
    >
      <div role="status">{make.isPending ? 'Making them, one by one…' : made > 0 ? `${plural(made, 'article')} made.` : ''}</div>
      {written.length === 0 ? null : (
        <table className="plain">
          <thead>
            <tr>
              <HeadCells labels={['New', 'SKU', 'Code', `Price, ${currency}`]} />
            </tr>
          </thead>
          <tbody>
            {written.map((each, index) => {
              const failure = failureOf(failed.get(each.sku.trim()));
              return (
                <tr key={optionsText(each.options)} data-testid="new-variant">
                  <th scope="row">
                    <bdi>{valuesText(each.options)}</bdi>
                    {failure === null ? null : (
                      <p className="bad" role="alert">
                        {failureText(failure)}
                      </p>
                    )}
                  </th>
                  {COLUMNS.map(({ field, label }) => (
                    <td key={field}>
                      <TextInput
                        aria-label={`${label} of ${valuesText(each.options)}`}
                        value={each[field]}
                        onChange={(event) => onWrite(written.with(index, { ...each, [field]: event.currentTarget.value }))}
                      />
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {written.length === 0 ? null : (
        <div className="row-actions">
          <Button
            type="submit"
            className="strong-button"
            loading={make.isPending}
            disabled={written.some(({ sku }) => sku.trim() === '')}
            data-testid="publish-variants"
          >
            Publish {plural(written.length, 'article')}
          </Button>
        </div>
      )}
    </form>
  );
};

export interface ProductVariantsProps {
  readonly of: Product;
  readonly scope: string;
  readonly currency: string;
  readonly address: Address;
}

const OfStyle = ({ of, style, scope, currency, address }: ProductVariantsProps & { readonly style: string }): ReactElement => {
  const asked = useStyle(style, scope);
  const [further, setFurther] = useState<Options>([]);
  const [written, setWritten] = useState<readonly WrittenVariant[]>([]);
  if (asked.data === undefined) return <Awaiting asked={asked} />;
  const matrix = matrixOf(asked.data, further);
  const own = asked.data.variants.find(({ sku }) => sku === of.sku);
  const names = [...matrix.rowNames, ...(matrix.columnName === undefined ? [] : [matrix.columnName])];
  const price = own?.price ? toDecimalString(own.price.amount, own.price.decimals) : '';
  const want = ({ options }: Cell, isWanted: boolean): void => {
    const others = written.filter((each) => optionsText(each.options) !== optionsText(options));
    setWritten(isWanted ? [...others, { options, sku: proposedSku(of.sku, own?.options ?? [], options), code: '', price }] : others);
  };
  // One that was made although its answer was lost stands in the grid by now.
  const there = new Set(asked.data.variants.map(({ options }) => optionsText(options)));
  const unmade = written.filter(({ options }) => !there.has(optionsText(options)));
  const grid = { matrix, sku: of.sku, address, onWant: want, wanted: new Set(unmade.map(({ options }) => optionsText(options))) };
  return (
    <section className="enrol-form" data-testid="variants">
      <p className="mut">
        <b>
          <bdi>{style}</bdi>
        </b>{' '}
        · {plural(asked.data.variants.length, 'article')}
      </p>
      {matrix.rows.length === 0 ? (
        <EmptyState title="Nothing tells its variants apart yet">
          Write under <b>Article</b> which variant this one is: <code>Size: M; Colour: Blue</code>.
        </EmptyState>
      ) : (
        <May action="publish" at={scope} otherwise={<Grid {...grid} mayMake={false} />}>
          <Grid {...grid} mayMake />
          <Further key={names.join('\n')} names={names} onAdd={(option) => setFurther([...further, option])} />
          <Make of={of} own={own?.options ?? []} scope={scope} currency={currency} written={unmade} onWrite={setWritten} />
        </May>
      )}
      {matrix.rest.length === 0 || matrix.rows.length === 0 ? null : (
        <p className="mut">
          Not told apart whole:{' '}
          {matrix.rest.map(({ sku, name }) => (
            <AddressLink key={sku} className="variant" to={withFilters(address, { item: sku, tab: 'variants' })}>
              <bdi>{name}</bdi>
            </AddressLink>
          ))}
        </p>
      )}
    </section>
  );
};

export const ProductVariants = (props: ProductVariantsProps): ReactElement => {
  const { style } = props.of.fields;
  return typeof style === 'string' ? (
    <OfStyle {...props} style={style} />
  ) : (
    <EmptyState title="It is no variant of anything">
      Write under <b>Article</b> the style that it shares with others, and which variant it is.
    </EmptyState>
  );
};
