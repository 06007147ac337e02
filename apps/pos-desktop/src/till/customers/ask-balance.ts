/**
 * The one question that a lane asks its hub while a shopper waits: what is on a gift card. It is asked only while the hub answers at all, and for
 * a moment only; without an answer the lane decides by what it may do alone.
 */
import type { AccountName } from '@holdfast/domain';
import type { HttpTransport } from '@holdfast/sync/http';

import type { HubBalance } from './balances.ts';

/** A shopper notices more. */
export const ASK_WITHIN_MS = 1_500;

export interface AskPorts {
  readonly transport: Pick<HttpTransport, 'askBalance'>;
  /** Undefined where there is nobody to ask: not enrolled, or the hub does not answer. */
  readonly token: () => string | undefined;
}

export interface BalanceQuestion {
  readonly name: AccountName;
  /** What the hub is to hold for this lane; `all` that is there, which takes a second question. */
  readonly neededMinor: number | 'all';
  /** Rights to spend ahead are welcome. */
  readonly advance?: true;
}

/** Undefined where there was no answer in time. */
export async function askBalance(
  { transport, token }: AskPorts,
  { name, neededMinor, advance }: BalanceQuestion,
): Promise<HubBalance | undefined> {
  const bearer = token();
  if (bearer === undefined) return undefined;
  const ask = async (minor: number): Promise<HubBalance | undefined> => {
    const answer = await transport.askBalance(bearer, { ...name, neededMinor: minor, ...(advance === true && { advance }) });
    return answer.ok ? { name, ...answer.value.value } : undefined;
  };
  if (neededMinor !== 'all') return ask(neededMinor);
  const there = await ask(0);
  return there === undefined || there.availableMinor <= 0 ? there : ask(there.availableMinor);
}
