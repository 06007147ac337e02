/**
 * Codes that a retailer makes for other things than goods: told by their prefix, which is the retailer's to choose. Written as a setting,
 * one a line: `receipt R-`, `voucher GV`, `badge ]C0STAFF`, `loyalty 29`.
 */
import { err, ok, type Result } from '@holdfast/base';

const OWN_CODE_KINDS = ['receipt', 'voucher', 'badge', 'loyalty'] as const;
export type OwnCodeKind = (typeof OWN_CODE_KINDS)[number];

export interface OwnCodeRule {
  readonly kind: OwnCodeKind;
  /** Without symbology identifier; compared bytewise. */
  readonly prefix: string;
}

export interface OwnCode {
  readonly kind: OwnCodeKind;
  /** What is behind the prefix. */
  readonly reference: string;
}

export interface MalformedOwnCodes {
  readonly type: 'malformedOwnCodes';
  readonly expected: string;
}

const MAX_RULES = 50;
const MAX_PREFIX_LENGTH = 32;

/** Of two prefixes that fit, the longer one is meant. */
export function parseOwnCodes(text: string): Result<readonly OwnCodeRule[], MalformedOwnCodes> {
  const malformed = err({
    type: 'malformedOwnCodes',
    expected: `lines such as "receipt R-": ${OWN_CODE_KINDS.join(', ')} and a prefix`,
  } as const);
  const rules: OwnCodeRule[] = [];
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const [word = '', prefix = '', ...more] = line.trim().split(/\s+/);
    const kind = OWN_CODE_KINDS.find((known) => known === word);
    if (kind === undefined || prefix === '' || more.length > 0 || prefix.length > MAX_PREFIX_LENGTH) return malformed;
    rules.push({ kind, prefix });
  }
  if (rules.length > MAX_RULES || new Set(rules.map(({ prefix }) => prefix)).size < rules.length) return malformed;
  return ok(rules.sort((left, right) => right.prefix.length - left.prefix.length));
}

/** Undefined where no prefix fits, or nothing is behind it. */
export function readOwnCode(text: string, rules: readonly OwnCodeRule[]): OwnCode | undefined {
  const rule = rules.find(({ prefix }) => text.startsWith(prefix));
  return rule === undefined || text.length === rule.prefix.length
    ? undefined
    : { kind: rule.kind, reference: text.slice(rule.prefix.length) };
}
