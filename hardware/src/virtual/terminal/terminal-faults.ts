/**
 * What a shopper and bad luck do with a virtual terminal, as a script: words behind commas or semicolons.
 *
 *     approve after 300 ms          a card is held against it by itself; also decline, cancel
 *     answer lost                   what was asked is done, and the connection ends without a word
 *     request lost                  the connection ends, and nothing is done
 *     garbage                       it is done, and what comes back means nothing
 *     slow 3 s                      each answer takes so long
 *     refund declined               what is to be given back is declined
 *     partial                       half of what was asked for is authorised
 *     offline                       its host is gone: what may be accepted without it is
 *     declined later                what was accepted so is declined when the host is back
 *     unplugged after 2 payments    the connection ends, and nothing answers for `back after 2 s`, or for ever
 */
import { err, ok, type Result } from '@holdfast/base';

import type { BadScript } from '../script.ts';

const SHOPPER_ACTS = ['approve', 'decline', 'cancel'] as const;
export type ShopperAct = (typeof SHOPPER_ACTS)[number];

export interface TerminalFaults {
  readonly shopper?: { readonly does: ShopperAct; readonly afterMs: number };
  readonly losesAnswers?: true;
  readonly losesRequests?: true;
  readonly talksGarbage?: true;
  readonly slowMs?: number;
  readonly declinesRefunds?: true;
  readonly approvesHalf?: true;
  readonly isOffline?: true;
  readonly declinesLater?: true;
  readonly unpluggedAfterPayments?: number;
  readonly backAfterMs?: number;
}

const EXPECTED =
  'approve|decline|cancel after N ms, answer lost, request lost, garbage, slow N ms, refund declined, partial, offline, declined later, unplugged after N payments, back after N s';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000 };
const shopper =
  (does: ShopperAct) =>
  (afterMs: number): TerminalFaults => ({ shopper: { does, afterMs } });

type Reader = readonly [pattern: RegExp, read: (number: number) => TerminalFaults];

const READERS: readonly Reader[] = [
  ...SHOPPER_ACTS.map((does): Reader => [new RegExp(`^${does} after (\\d+) (ms|s)$`), shopper(does)]),
  [/^answer lost$/, () => ({ losesAnswers: true })],
  [/^request lost$/, () => ({ losesRequests: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
  [/^slow (\d+) (ms|s)$/, (slowMs) => ({ slowMs })],
  [/^refund declined$/, () => ({ declinesRefunds: true })],
  [/^partial$/, () => ({ approvesHalf: true })],
  [/^offline$/, () => ({ isOffline: true })],
  [/^declined later$/, () => ({ declinesLater: true })],
  [/^unplugged after (\d+) payments?$/, (unpluggedAfterPayments) => ({ unpluggedAfterPayments })],
  [/^back after (\d+) (ms|s)$/, (backAfterMs) => ({ backAfterMs })],
];

export function parseTerminalFaults(script: string): Result<TerminalFaults, BadScript> {
  let faults: TerminalFaults = {};
  for (const part of script.split(/[,;\n]/)) {
    const word = part.trim().replaceAll(/\s+/g, ' ');
    if (word === '') continue;
    const reader = READERS.find(([pattern]) => pattern.test(word));
    if (reader === undefined) return err({ type: 'badScript', word, expected: EXPECTED });
    const [, number = '0', unit = 'ms'] = reader[0].exec(word) ?? [];
    faults = { ...faults, ...reader[1](Number(number) * (UNIT_MS[unit] ?? 1)) };
  }
  return ok(faults);
}
