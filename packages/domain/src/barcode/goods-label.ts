/** What the elements on a pack say about these very goods: which batch, until when, how much of it, at which price. */
import { scaleRounded, type UnitPrice } from '../money/money.ts';
import type { Unit } from '../money/quantity.ts';
import type { Element } from './element-string.ts';

export interface GoodsLabel {
  readonly batch?: string;
  readonly serial?: string;
  /** `yymmdd`, of which day 00 is the last of the month: AI 17, or the date of AI 7003. */
  readonly useBy?: string;
  readonly bestBefore?: string;
  readonly sellBy?: string;
  /** Net, in steps of a unit that goods are sold by. */
  readonly measure?: { readonly unit: Exclude<Unit, 'piece'>; readonly value: number };
  /** What is to be paid for it (AI 392n, 393n). */
  readonly price?: UnitPrice;
  /** ISO 4217, three digits; absent: the store's own. */
  readonly currencyNumber?: string;
}

/** One step of the unit as `numerator ÷ denominator` of what the identifier counts; pounds and yards by the agreement of 1959. */
const MEASURES: Readonly<Record<string, { readonly unit: Exclude<Unit, 'piece'>; readonly steps: number; readonly per: number }>> = {
  '310': { unit: 'gram', steps: 1_000, per: 1 },
  '311': { unit: 'millimetre', steps: 1_000, per: 1 },
  '315': { unit: 'millilitre', steps: 1_000, per: 1 },
  '320': { unit: 'gram', steps: 45_359_237, per: 100_000 },
  '321': { unit: 'millimetre', steps: 254, per: 10 },
  '322': { unit: 'millimetre', steps: 3_048, per: 10 },
  '323': { unit: 'millimetre', steps: 9_144, per: 10 },
};

const TENS = [1, 10, 100, 1_000, 10_000, 100_000] as const;

/** `3103` and `000842`: 842 g. Half a step is rounded up. */
function measureOf({ ai, value }: Element): GoodsLabel['measure'] {
  const measure = ai.length === 4 ? MEASURES[ai.slice(0, 3)] : undefined;
  if (measure === undefined) return undefined;
  const steps = scaleRounded(Number(value), measure.steps, measure.per * (TENS[Number(ai[3])] ?? 1), 'half-up');
  return steps === undefined ? undefined : { unit: measure.unit, value: steps };
}

/** More decimals than a price has are a price that nobody can pay. */
const MAX_PRICE_DECIMALS = 6;

function priceOf({ ai, value }: Element): Pick<GoodsLabel, 'price' | 'currencyNumber'> | undefined {
  const decimals = Number(ai[3]);
  if (!/^39[23]\d$/.test(ai) || decimals > MAX_PRICE_DECIMALS) return undefined;
  const hasCurrency = ai.startsWith('393');
  const amount = Number(hasCurrency ? value.slice(3) : value);
  if (!Number.isSafeInteger(amount)) return undefined;
  return { price: { amount, decimals }, ...(hasCurrency && { currencyNumber: value.slice(0, 3) }) };
}

export function goodsLabelOf(elements: readonly Element[]): GoodsLabel {
  const values = new Map(elements.map(({ ai, value }) => [ai, value]));
  const of = (name: 'batch' | 'serial' | 'useBy' | 'bestBefore' | 'sellBy', value: string | undefined) =>
    value === undefined ? {} : { [name]: value };
  const measure = elements.map(measureOf).find((found) => found !== undefined);
  const price = elements.map(priceOf).find((found) => found !== undefined);
  return {
    ...of('batch', values.get('10')),
    ...of('serial', values.get('21')),
    ...of('useBy', values.get('17') ?? values.get('7003')?.slice(0, 6)),
    ...of('bestBefore', values.get('15')),
    ...of('sellBy', values.get('16')),
    ...(measure !== undefined && { measure }),
    ...price,
  };
}

/** What of a label goes into a sale's line: its batch, its serial number, and how much it is where the goods are sold by that unit. */
export function labelFacts(
  label: GoodsLabel | undefined,
  unit: Unit,
): { readonly batch?: string; readonly serial?: string; readonly quantity?: number } {
  const { batch, serial, measure } = label ?? {};
  return {
    ...(batch !== undefined && { batch }),
    ...(serial !== undefined && { serial }),
    ...(measure?.unit === unit && measure.value > 0 && { quantity: measure.value }),
  };
}
