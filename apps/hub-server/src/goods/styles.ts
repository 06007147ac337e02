/** A style as a place has it: its variants in the order in which a shop lays them out, told apart by the same words. */
import { type Item, MAX_STYLE_VARIANTS, optionsAlong, sortVariants, type VariantAxis, variantAxes } from '@holdfast/domain';

import { itemsOf } from './find-goods.ts';
import { isFiled, skusFrom } from './goods-filter.ts';
import type { ReadPlace } from './merged-entities.ts';

export interface StyleRead {
  readonly axes: readonly VariantAxis[];
  readonly items: readonly Item[];
  /** False: there are more than anybody lays out, and these are the first by SKU. */
  readonly isWhole: boolean;
}

export async function readStyle(place: ReadPlace, style: string): Promise<StyleRead> {
  const skus = await skusFrom(place, { most: MAX_STYLE_VARIANTS + 1, after: '', filter: { style } });
  const held = [...(await itemsOf(place, skus.slice(0, MAX_STYLE_VARIANTS))).values()].filter((item) => isFiled(item, { style }));
  const axes = variantAxes(held);
  const items = sortVariants(held).map((item) => ({ ...item, options: optionsAlong(item.options ?? [], axes) }));
  return { axes, items, isWhole: skus.length <= MAX_STYLE_VARIANTS };
}
