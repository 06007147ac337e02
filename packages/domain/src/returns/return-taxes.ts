/**
 * The taxes of a document in which goods come back: lines that are sold are taxed by its own terms, lines that come back bring the exact
 * taxes of their sale. Both stand in the same rows where they are the same tax.
 */
import { addMinor } from '../money/money.ts';
import { taxedParts, type UntaxedPart } from '../tax/benefit-tax.ts';
import { taxesOf, type TaxAmount, type TaxedAmount, type TaxTerms } from '../tax/tax.ts';
import type { ReturnColumns } from './return-line.ts';

/** A line of a document, with what it brings along where it comes back. */
export interface DocumentLine extends TaxedAmount, UntaxedPart, Pick<ReturnColumns, 'returnTaxes'> {}

interface BackSet {
  readonly rows: readonly TaxAmount[];
  readonly signature: string;
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Same class, same taxes: `state 40000 county 10000`. */
const signatureOf = (rows: readonly Pick<TaxAmount, 'component'>[]): string =>
  rows.map(({ component }) => `${component?.component ?? ''} ${component?.ratePpm ?? ''}`).join(' ');

/** The taxes of all lines; each amount is its line's net. */
export function documentTaxes(lines: readonly DocumentLine[], terms: TaxTerms): readonly TaxAmount[] {
  const parts: TaxedAmount[] = [];
  const back: DocumentLine[] = [];
  for (const line of lines) {
    if (line.returnTaxes !== undefined) back.push(line);
    else if ((line.untaxedMinor ?? 0) === 0) parts.push(line);
    else parts.push(...taxedParts(line));
  }
  const sold = taxesOf(parts, terms);
  if (back.length === 0) return sold;
  const sets: BackSet[] = soldSets(sold).map((rows) => ({ rows, signature: signatureOf(rows) }));
  for (const rows of back.flatMap((line) => [untaxedRows(line), rowsOf(line, terms.taxInclusive)])) {
    const [first] = rows;
    if (first === undefined) continue;
    const signature = signatureOf(rows);
    const index = sets.findIndex(
      (set) => set.signature === signature && set.rows[0]?.taxClass === first.taxClass && set.rows[0].rateBps === first.rateBps,
    );
    const present = sets[index];
    if (present === undefined) sets.push({ rows, signature });
    else sets[index] = { rows: present.rows.map((row, place) => sumOf(row, rows[place])), signature };
  }
  return sets
    .toSorted((left, right) => {
      const [one, other] = [left.rows[0], right.rows[0]];
      if (one === undefined || other === undefined) return 0;
      return other.rateBps - one.rateBps || compareText(one.taxClass, other.taxClass) || compareText(left.signature, right.signature);
    })
    .flatMap(({ rows }) => rows);
}

/** Rows that were charged on the same lines: `taxesOf` lets them follow each other, and repeats a component only in another set. */
function soldSets(rows: readonly TaxAmount[]): readonly (readonly TaxAmount[])[] {
  const sets: TaxAmount[][] = [];
  for (const row of rows) {
    const set = sets.at(-1);
    const isSame =
      row.component !== undefined &&
      set?.[0]?.taxClass === row.taxClass &&
      set[0].rateBps === row.rateBps &&
      set.every(({ component }) => component !== undefined && component.component !== row.component?.component);
    if (isSame) set?.push(row);
    else sets.push([row]);
  }
  return sets;
}

/** What a benefit card had paid for comes back as it was sold: in its class, without a tax. */
const untaxedRows = ({ tax: { taxClass, name }, untaxedMinor = 0 }: DocumentLine): readonly TaxAmount[] =>
  untaxedMinor === 0 ? [] : [{ taxClass, name, rateBps: 0, netMinor: untaxedMinor, taxMinor: 0 }];

function rowsOf({ tax, amountMinor, untaxedMinor = 0, returnTaxes = [] }: DocumentLine, taxInclusive: boolean): readonly TaxAmount[] {
  const taxedMinor = amountMinor - untaxedMinor;
  const netMinor = taxInclusive ? returnTaxes.reduce((net, { taxMinor }) => addMinor(net, -taxMinor), taxedMinor) : taxedMinor;
  const { taxClass, rateBps } = tax;
  return returnTaxes.map(({ name, component, ratePpm, baseMinor, taxMinor }) => ({
    taxClass,
    name: name ?? (component === undefined ? tax.name : component),
    rateBps,
    netMinor,
    taxMinor,
    ...(component !== undefined && {
      component: { component, ...(ratePpm !== undefined && { ratePpm }), ...(baseMinor !== undefined && { baseMinor }) },
    }),
  }));
}

const sumOf = (row: TaxAmount, other: TaxAmount | undefined): TaxAmount => {
  if (other === undefined) return row;
  const { component } = row;
  const bases = [component?.baseMinor, other.component?.baseMinor].filter((base) => base !== undefined);
  return {
    ...row,
    netMinor: addMinor(row.netMinor, other.netMinor),
    taxMinor: addMinor(row.taxMinor, other.taxMinor),
    ...(component !== undefined && { component: { ...component, ...(bases.length > 0 && { baseMinor: bases.reduce(addMinor, 0) }) } }),
  };
};
