/** Which attributes stand as columns in the list of articles: as the address names them, else as whoever is here chose last in this browser. */
import { isAttributeCode } from './attributes.ts';

/** More do not stand beside each other. */
export const MAX_COLUMNS = 4;

/** Codes with commas between them, in the order in which they were chosen; what is none is left out. */
export const columnsIn = (text: string): readonly string[] => [...new Set(text.split(',').filter(isAttributeCode))].slice(0, MAX_COLUMNS);

export const columnsText = (codes: readonly string[]): string => codes.join(',');

const keyOf = (user: string): string => `holdfast.columns.${user}`;

export const rememberedColumns = (storage: Pick<Storage, 'getItem'>, user: string): readonly string[] =>
  columnsIn(storage.getItem(keyOf(user)) ?? '');

export function rememberColumns(storage: Pick<Storage, 'setItem' | 'removeItem'>, user: string, codes: readonly string[]): void {
  if (codes.length === 0) storage.removeItem(keyOf(user));
  else storage.setItem(keyOf(user), columnsText(codes));
}
