/**
 * The allow-list: of whatever a terminal said, these fields, each in its own form and no other. A field that looks like a card number, or in any other way unlike
 * itself, is left out.
 */
import { hasCardNumber } from '@holdfast/base';

import { CARD_ENTRIES, type CardFacts } from './terminal.ts';

const FORMS: Readonly<Record<Exclude<keyof CardFacts, 'entry'>, RegExp>> = {
  terminalId: /^[\w.-]{1,40}$/,
  transactionId: /^[\w.-]{1,64}$/,
  authorisation: /^[A-Za-z0-9]{1,12}$/,
  brand: /^[\p{L}\p{N} .&+/-]{1,32}$/u,
  lastFour: /^\d{4}$/,
  applicationId: /^A[0-9A-F]{9,31}$/,
};

type Said = { readonly [Field in keyof CardFacts]: string | undefined };

export function toCardFacts(said: Said): CardFacts {
  const facts: Record<string, string> = {};
  for (const [field, form] of Object.entries(FORMS)) {
    const text = said[field as keyof CardFacts]?.trim();
    if (text !== undefined && form.test(text) && !hasCardNumber(text)) facts[field] = text;
  }
  const entry = CARD_ENTRIES.find((known) => known === said.entry);
  return { ...facts, ...(entry !== undefined && { entry }) };
}

/** The last four digits of a number that is masked before them; undefined where it is not masked, or has fewer. */
export function lastFourOf(masked: string): string | undefined {
  const text = masked.replaceAll(/[ -]/g, '');
  return /^[\d*XxEe#.]*[*XxEe#.]+(\d{4})F?$/.exec(text)?.[1];
}
