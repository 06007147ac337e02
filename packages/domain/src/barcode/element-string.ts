/**
 * GS1 element strings: application identifiers with their values, one behind the other. A value whose length its identifier does not
 * fix ends at a separator (FNC1, which scanners send as GS) or at the end.
 *
 * An identifier that the dictionary has not (newer than this build) ends at the next separator too, and is handed on unread; one that is
 * known with a value that it cannot have refuses the whole symbol, because what follows cannot be trusted.
 */
import { err, ok, type Result } from '@holdfast/base';

import {
  applicationIdentifiers,
  identifierAt,
  valueFault,
  type ApplicationIdentifier,
  type ValueFault,
} from './application-identifiers.ts';

/** What FNC1 becomes between elements. */
export const GROUP_SEPARATOR = '\u001D';

export interface Element {
  readonly ai: string;
  readonly value: string;
}

export interface ElementString {
  readonly elements: readonly Element[];
  /** Identifiers with their values that this build does not know. */
  readonly unread: readonly string[];
}

export type ElementStringReason = ValueFault | 'empty' | 'unknownIdentifier' | 'repeated' | 'excluded';

export interface ElementStringFault {
  readonly type: 'malformedElements';
  readonly detail: {
    readonly reason: ElementStringReason;
    /** Where it went wrong: the identifier, or the beginning of what should be one. */
    readonly ai: string;
  };
}

export const elementFault = (reason: ElementStringReason, ai: string): Result<never, ElementStringFault> =>
  err({ type: 'malformedElements', detail: { reason, ai } });

/** GS1 General Specifications, 7.8.5: identifiers that begin so have this many characters with their values, known or not. */
const PREDEFINED: readonly (readonly [RegExp, number])[] = [
  [/^00/, 20],
  [/^0[1-3]/, 16],
  [/^04/, 18],
  [/^1[1-9]/, 8],
  [/^20/, 4],
  [/^3[1-6]/, 10],
  [/^41/, 16],
];

/** Reads an element string without its symbology identifier. Separators where none is needed do no harm. */
export function readElementString(text: string): Result<ElementString, ElementStringFault> {
  const elements: Element[] = [];
  const unread: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === GROUP_SEPARATOR) {
      at += 1;
      continue;
    }
    const row = identifierAt(text, at);
    const separator = text.indexOf(GROUP_SEPARATOR, at);
    const untilSeparator = separator < 0 ? text.length : separator;
    if (row === undefined) {
      const head = text.slice(at, at + 4);
      if (!/^\d\d./.test(head)) return elementFault('unknownIdentifier', head);
      const length = PREDEFINED.find(([pattern]) => pattern.test(head))?.[1];
      const end = length === undefined ? untilSeparator : Math.min(at + length, untilSeparator);
      unread.push(text.slice(at, end));
      at = end;
      continue;
    }
    const start = at + row.ai.length;
    const end = row.isPredefinedLength ? Math.min(start + row.maximumLength, untilSeparator) : untilSeparator;
    const value = text.slice(start, end);
    const fault = valueFault(row, value);
    if (fault !== undefined) return elementFault(fault, row.ai);
    elements.push({ ai: row.ai, value });
    at = end;
  }
  if (elements.length === 0)
    return unread[0] === undefined ? elementFault('empty', '') : elementFault('unknownIdentifier', unread[0].slice(0, 4));
  const sound = withoutRepeats(elements);
  return sound.ok ? ok({ elements: sound.value, unread }) : sound;
}

const matches = (pattern: string, ai: string): boolean =>
  pattern.length === ai.length && [...pattern].every((character, index) => character === 'n' || character === ai[index]);

/** Each identifier once. Said twice with one value it is said once; with two values, or beside one that excludes it, nobody knows which holds. */
export function withoutRepeats(elements: readonly Element[]): Result<readonly Element[], ElementStringFault> {
  const values = new Map<string, string>();
  for (const { ai, value } of elements) {
    const before = values.get(ai);
    if (before !== undefined && before !== value) return elementFault('repeated', ai);
    values.set(ai, value);
  }
  for (const ai of values.keys()) {
    const { excludes } = rulesOf(ai);
    if (excludes.length === 0) continue;
    const excluded = [...values.keys()].find((other) => other !== ai && excludes.some((pattern) => matches(pattern, other)));
    if (excluded !== undefined) return elementFault('excluded', excluded);
  }
  return ok(values.size === elements.length ? elements : [...values].map(([ai, value]) => ({ ai, value })));
}

const rulesOf = (ai: string): Pick<ApplicationIdentifier, 'excludes' | 'requires'> =>
  applicationIdentifiers().get(ai) ?? { excludes: [], requires: [] };

/**
 * What GS1 asks to stand beside these and does not, as identifiers that would do. Another symbol on the pack may carry it, so this refuses
 * nothing.
 */
export function missingPartners(elements: readonly Element[]): readonly { readonly ai: string; readonly needs: readonly string[] }[] {
  const present = elements.map(({ ai }) => ai);
  const has = (pattern: string): boolean => present.some((ai) => matches(pattern, ai) || (/^\d{2}$/.test(pattern) && ai === pattern));
  return elements.flatMap(({ ai }) =>
    rulesOf(ai)
      .requires.filter((groups) => !groups.some((group) => group.every(has)))
      .map((groups) => ({ ai, needs: groups.map((group) => group.join('+')) })),
  );
}

/** As printed under a symbol: `(01)04006381333931(10)LOT7`. */
export const elementsText = (elements: readonly Element[]): string => elements.map(({ ai, value }) => `(${ai})${value}`).join('');

/** An element string as printed under a symbol, with its brackets made into separators. */
export const withoutBrackets = (text: string): string => text.replaceAll(/\((\d{2,4})\)/g, `${GROUP_SEPARATOR}$1`);
