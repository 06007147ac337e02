/**
 * GS1 Digital Link URIs (standard 1.4, uncompressed): any domain and any path before the key, which is found from the right; qualifiers in
 * their order behind it; further elements in the query. What else a query holds belongs to the brand's web site.
 */
import { err, ok, type Result } from '@holdfast/base';

import { applicationIdentifiers, valueFault } from './application-identifiers.ts';
import { elementFault, withoutRepeats, type Element, type ElementStringFault } from './element-string.ts';

export type DigitalLinkFault =
  | ElementStringFault
  | { readonly type: 'noDigitalLink'; readonly detail: { readonly reason: 'noKey' | 'qualifierOrder' | 'percentEncoding' } };

/** Whether it is a web address at all, of whatever. */
export const isWebAddress = (text: string): boolean => /^https?:\/\/[^/?#]/i.test(text);

const notALink = (reason: 'noKey' | 'qualifierOrder' | 'percentEncoding'): Result<never, DigitalLinkFault> =>
  err({ type: 'noDigitalLink', detail: { reason } });

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A GTIN may be written with 8, 12, 13 or 14 digits in a link. */
const fullGtin = (ai: string, value: string): string =>
  ai === '01' && /^(?:\d{8}|\d{12,13})$/.test(value) ? value.padStart(14, '0') : value;

function elementOf(ai: string, encodedValue: string): Result<Element, DigitalLinkFault> {
  const text = decoded(encodedValue);
  if (text === undefined) return notALink('percentEncoding');
  const row = applicationIdentifiers().get(ai);
  if (row === undefined) return elementFault('unknownIdentifier', ai);
  const value = fullGtin(ai, text);
  const fault = valueFault(row, value);
  return fault === undefined ? ok({ ai, value }) : elementFault(fault, ai);
}

/** Whether `present` is `sequence` with some of it left out. */
function isSubsequence(present: readonly string[], sequence: readonly string[]): boolean {
  let at = 0;
  for (const ai of present) {
    const found = sequence.indexOf(ai, at);
    if (found < 0) return false;
    at = found + 1;
  }
  return true;
}

/** The elements of a link, its key first. */
export function readDigitalLink(uri: string): Result<readonly Element[], DigitalLinkFault> {
  const [, rest = ''] = /^https?:\/\/[^/?#]+([^#]*)/i.exec(uri) ?? [];
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? '' : rest.slice(question + 1);
  const segments = path.replace(/\/+$/, '').split('/').slice(1);
  const keyAt = keyIndexOf(segments);
  if (keyAt === undefined) return notALink('noKey');
  const elements: Element[] = [];
  for (let index = keyAt; index < segments.length; index += 2) {
    const element = elementOf(segments[index] ?? '', segments[index + 1] ?? '');
    if (!element.ok) return element;
    elements.push(element.value);
  }
  const sequences = applicationIdentifiers().get(segments[keyAt] ?? '')?.linkQualifiers ?? [];
  const qualifiers = elements.slice(1).map(({ ai }) => ai);
  if (!sequences.some((sequence) => isSubsequence(qualifiers, sequence))) return notALink('qualifierOrder');
  for (const pair of query.split(/[&;]/)) {
    const [name = '', value = ''] = pair.split('=', 2);
    if (!/^\d{2,4}$/.test(name) || applicationIdentifiers().get(name)?.isLinkAttribute !== true) continue;
    // A plus is a blank in forms, not in a link's values.
    const element = elementOf(name, value);
    if (!element.ok) return element;
    elements.push(element.value);
  }
  return withoutRepeats(elements);
}

/** From the right: pairs of identifier and value, until one of them is a key. */
function keyIndexOf(segments: readonly string[]): number | undefined {
  for (let index = segments.length - 2; index >= 0; index -= 2) {
    const row = applicationIdentifiers().get(segments[index] ?? '');
    if (row === undefined) return undefined;
    if (row.linkQualifiers !== undefined) return index;
  }
  return undefined;
}
