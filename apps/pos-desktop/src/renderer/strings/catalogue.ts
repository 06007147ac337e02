/** The shape of a language's catalogue: that of the English one, with any text in place of its texts. A language without one of them does not compile. */
import type { KeyAction } from '../keys.ts';
import type { en } from './en.ts';

/** By the plural categories that the language has (CLDR); `other` always. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

type AnyText<T> = T extends string
  ? string
  : T extends readonly [string, string]
    ? readonly [string, string]
    : T extends readonly string[]
      ? readonly string[]
      : T extends { readonly one: string; readonly other: string }
        ? Plural
        : { readonly [Key in keyof T]: AnyText<T[Key]> };

export type Catalogue = AnyText<typeof en> & { readonly keyNames: Readonly<Record<KeyAction, string>> };
