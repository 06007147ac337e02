/**
 * What sales come to for the books: revenue, taxes, and money that is neither: liabilities by nature, tips, rounding. A pure fold over
 * sales as the ledger has them; nothing is priced or taxed again.
 *
 * Invariants, to the last minor unit: revenue + taxes + Σ liabilities = Σ totals; sums are the same in any order of the sales.
 */
import type { Nature } from '../catalog/nature.ts';
import { addMinor } from '../money/money.ts';
import { taxOf } from '../tax/tax.ts';
import type { Sale, SaleLine } from './sale.ts';

export interface SaleSums {
  readonly currency: string;
  readonly sales: number;
  /** Goods and services, without their taxes; below 0 where more came back. */
  readonly revenueMinor: number;
  readonly taxMinor: number;
  /** Without taxes; what comes back, or is redeemed, counts down. */
  readonly liabilitiesMinor: ReadonlyMap<Nature, number>;
  /** On top of totals, and owed to those who served; tips that stand as a line are liabilities of that nature. */
  readonly tipsMinor: number;
  /** Of vouchers, lost to the shopper and kept by the store; in no total. */
  readonly forfeitedMinor: number;
  readonly roundingMinor: number;
  /** What the goods cost that were sold and stayed sold, as far as somebody said it. */
  readonly costMinor: number;
}

export const noSums = (currency: string): SaleSums => ({
  currency,
  sales: 0,
  revenueMinor: 0,
  taxMinor: 0,
  liabilitiesMinor: new Map(),
  tipsMinor: 0,
  forfeitedMinor: 0,
  roundingMinor: 0,
  costMinor: 0,
});

const groupOf = ({ taxClass, taxRateBps }: Pick<SaleLine, 'taxClass' | 'taxRateBps'>): string => `${taxRateBps} ${taxClass}`;

/**
 * What of a sale is no goods, without its taxes. Lines of one class share its tax, which was rounded once: what is no goods is split by the
 * class's rate, half up, and goods get the rest; where there are no goods in the class, all of its net is theirs.
 */
function liabilitiesOf(sale: Sale): ReadonlyMap<Nature, number> {
  const liabilities = new Map<Nature, number>();
  const add = (nature: Nature, netMinor: number): void => void liabilities.set(nature, addMinor(liabilities.get(nature) ?? 0, netMinor));
  for (const [group, lines] of Map.groupBy(sale.lines, groupOf)) {
    const sums = new Map<Nature, number>();
    for (const { nature, amountMinor } of lines) if (nature !== undefined) sums.set(nature, addMinor(sums.get(nature) ?? 0, amountMinor));
    const rateBps = lines[0]?.taxRateBps ?? 0;
    const netOf = (amountMinor: number): number =>
      sale.taxInclusive ? taxOf(amountMinor, rateBps, { taxInclusive: true, taxRounding: 'half-up' }).netMinor : amountMinor;
    const nets = [...sums].map(([nature, amountMinor]) => [nature, netOf(amountMinor)] as const);
    for (const [nature, netMinor] of nets) add(nature, netMinor);
    const [first] = nets;
    if (first === undefined || !sale.taxInclusive || lines.some(({ nature }) => nature === undefined)) continue;
    const taxMinor = sale.taxes.reduce((sum, tax) => (`${tax.rateBps} ${tax.taxClass}` === group ? addMinor(sum, tax.taxMinor) : sum), 0);
    const wholeMinor = lines.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), -taxMinor);
    add(first[0], wholeMinor - nets.reduce((sum, [, netMinor]) => addMinor(sum, netMinor), 0));
  }
  return liabilities;
}

/** The sums with one sale more. Training counts nowhere. All sales are of one currency: the caller groups them. */
export function addSale(sums: SaleSums, sale: Sale): SaleSums {
  if (sale.training) return sums;
  const liabilitiesMinor = new Map(sums.liabilitiesMinor);
  let ownMinor = 0;
  for (const [nature, netMinor] of liabilitiesOf(sale)) {
    ownMinor = addMinor(ownMinor, netMinor);
    liabilitiesMinor.set(nature, addMinor(liabilitiesMinor.get(nature) ?? 0, netMinor));
  }
  const taxMinor = sale.taxes.reduce((sum, tax) => addMinor(sum, tax.taxMinor), 0);
  return {
    currency: sums.currency,
    sales: sums.sales + 1,
    revenueMinor: addMinor(sums.revenueMinor, sale.totalMinor - taxMinor - ownMinor),
    taxMinor: addMinor(sums.taxMinor, taxMinor),
    liabilitiesMinor,
    tipsMinor: sale.tenders.reduce((sum, { tipMinor = 0 }) => addMinor(sum, tipMinor), sums.tipsMinor),
    forfeitedMinor: sale.tenders.reduce((sum, { forfeitedMinor = 0 }) => addMinor(sum, forfeitedMinor), sums.forfeitedMinor),
    roundingMinor: addMinor(sums.roundingMinor, sale.roundingMinor ?? 0),
    costMinor: sale.lines.reduce((sum, { costMinor = 0 }) => addMinor(sum, costMinor), sums.costMinor),
  };
}
