/** A value of an attribute, as people read it. */
import type { Format } from '@holdfast/ui';

import type { Tile } from '../../shared/till-contract.ts';

export type Attribute = NonNullable<Tile['attributes']>[number];

/** Without its unit. A number as it is kept, but for its signs: `2026` may be a year, and has no mark between its thousands. What its type does not admit stands as it is. */
export function attributeText(
  { type, value }: Pick<Attribute, 'type' | 'value'>,
  words: Readonly<Record<'yes' | 'no', string>>,
  { decimalSign }: Pick<Format, 'decimalSign'>,
): string {
  if (type === 'number') return value.replace('-', '\u2212').replace('.', decimalSign);
  return type === 'yesNo' && (value === 'yes' || value === 'no') ? words[value] : value;
}
