/**
 * What headquarters tells of promotions' use: the sum over all ledgers that it has, as cells. Each lane adds what it used itself and what
 * the sum does not hold yet, so that nothing counts twice and nothing is forgotten: beside the sums stands, for each ledger, how far they go.
 */
import type { Fields } from '../ledger/ledger.ts';

const KEY_SEPARATOR = '\u001F';

/** Of one customer; of all together (an empty customer) what is gone of the budget. */
export const promotionUseKey = (promotionId: string, customerId = ''): string => `${customerId}${KEY_SEPARATOR}${promotionId}`;

/** What all keys of one customer begin with. */
export const promotionUsePrefix = (customerId = ''): string => `${customerId}${KEY_SEPARATOR}`;

/** The promotion that a key with this prefix is about. */
export const promotionOfUseKey = (key: string): string => key.slice(key.indexOf(KEY_SEPARATOR) + 1);

/** How far a device's ledger is in the sums. */
export const usesCountedKey = (device: string, epoch: string): string => `${device}${KEY_SEPARATOR}${epoch}`;

const wholeOf = (value: Fields[string]): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0);

export interface PromotionStanding {
  readonly uses: number;
  /** Of its budget. */
  readonly usedMinor: number;
  /** Enrolled when this was summed: so many lanes may use what is left, each without knowing of the others. */
  readonly devices: number;
}

export const readPromotionStanding = (fields: Fields): PromotionStanding => ({
  uses: wholeOf(fields['uses']),
  usedMinor: wholeOf(fields['usedMinor']),
  devices: wholeOf(fields['devices']),
});

/**
 * What lanes that are cut off may give beyond a limit, at worst: each of them knows of its own uses alone, and may use up all that was left. In
 * the limit's unit.
 */
export function worstOverspend(limit: number, used: number, cutOffDevices: number): number {
  const left = Math.max(0, limit - used);
  const worst = BigInt(left) * BigInt(Math.max(0, cutOffDevices));
  return worst > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(worst);
}
