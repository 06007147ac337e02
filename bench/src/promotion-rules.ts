/**
 * The promotions of benchmarks: 1,000 active ones, of which 200 mean something in a basket of `hot` goods and 20 sets compete for every
 * line of it; and as many that mean nothing there.
 */
import type { Promotion } from '@holdfast/domain';

export const ACTIVE = 1_000;
export const MATCHING = 200;
export const COMPETING = 20;
const BRANDS = 90;

/** What promotions look at in the goods of such a basket. */
export const hotGoods = (item: number): { readonly category: string; readonly brand: string } => ({
  category: 'hot',
  brand: `brand ${item % BRANDS}`,
});

type Terms = Pick<Promotion, 'combine' | 'offer'>;

/** Sets of two to six pieces of the one category that all lines are in. */
function competing(index: number): Terms {
  const pieces = 2 + (index % 5);
  const goods = { categories: ['hot'] };
  const off = [
    { type: 'percent' as const, bps: 1_000 + index * 50 },
    { type: 'percent' as const, bps: 5_000 + index * 100 },
    { type: 'amount' as const, amountMinor: 100 * pieces + index * 7 },
    { type: 'price' as const, priceMinor: 350 * pieces - index * 9 },
  ][index % 4]!;
  const on = index % 4 === 1 ? { cheapest: 1 } : ('all' as const);
  return { combine: index % 3 === 0 ? 'compounding' : 'best', offer: { type: 'set', sets: [{ slots: [{ goods, pieces }], off, on }] } };
}

function matching(index: number): Terms {
  const brand = `brand ${index % BRANDS}`;
  if (index % 2 === 0) {
    const goods = { brands: [brand], categories: ['hot'] };
    const off = { type: 'percent' as const, bps: 100 + index };
    return { combine: index % 4 === 0 ? 'compounding' : 'best', offer: { type: 'each', goods, tiers: [{ fromPieces: 1, off }] } };
  }
  const tiers = [{ fromMinor: 500, off: { type: 'percent' as const, bps: 100 + index } }];
  return { combine: 'compounding', offer: { type: 'total', goods: { brands: [brand] }, tiers } };
}

const elsewhere = (index: number): Terms => ({
  combine: 'best',
  offer: {
    type: 'each',
    goods: index % 2 === 0 ? { skus: [`other ${index}`, `other ${index + 1}`] } : { brands: [`other ${index}`] },
    tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }],
  },
});

function rules(count: number, of: (index: number) => Terms, from = 0): readonly Promotion[] {
  return Array.from({ length: count }, (_, index) => {
    const promotionId = `P${String(from + index).padStart(4, '0')}`;
    return { promotionId, version: '1', name: promotionId, priority: 0, when: {}, limits: {}, ...of(index) };
  });
}

export const PROMOTIONS: readonly Promotion[] = [
  ...rules(COMPETING, competing),
  ...rules(MATCHING - COMPETING, matching, COMPETING),
  ...rules(ACTIVE - MATCHING, elsewhere, MATCHING),
];
export const PROMOTIONS_ELSEWHERE: readonly Promotion[] = rules(ACTIVE, elsewhere);
