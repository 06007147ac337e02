/**
 * How a scale talks, as pure data and readers of bytes: what asks it for a weight, and what its answers say. The driver (`scale.ts`) and the
 * virtual scale hold the two ends of it.
 */

/** What stands on a scale's display. */
export interface Weight {
  /** Whole grams; of pounds the nearest gram. */
  readonly grams: number;
  /** Its own tare is taken off already. */
  readonly isNet: boolean;
}

/** Why there is no weight to sell by. */
export const NO_WEIGHT_REASONS = ['moving', 'empty', 'belowZero', 'overCapacity', 'underCapacity', 'notReady'] as const;
export type NoWeightReason = (typeof NO_WEIGHT_REASONS)[number];

export type ScaleReading =
  | { readonly type: 'weight'; readonly weight: Weight }
  | { readonly type: 'none'; readonly reason: NoWeightReason };

export type ScaleMessage =
  | { readonly type: 'reading'; readonly reading: ScaleReading }
  /** The scale waits for these bytes before it goes on. */
  | { readonly type: 'turn'; readonly bytes: Uint8Array }
  /** Bytes of no answer. */
  | { readonly type: 'noise' };

/** Of one connection: keeps what was half read. */
export interface ScaleReader {
  read(bytes: Uint8Array): readonly ScaleMessage[];
}

export interface ScaleProtocol {
  readonly name: string;
  /** As most scales of it are set. */
  readonly line: string;
  /** Asks for one weight; undefined: it speaks unasked. */
  readonly ask?: Uint8Array;
  /** Not more often. */
  readonly pollMs: number;
  /** It gives each weight once, and none below a least one: nobody can watch by it what lies there. */
  readonly isForSalesOnly?: true;
  /** Sets what stands on it to zero; undefined: only the scale's own key does. */
  readonly zero?: Uint8Array;
  createReader(): ScaleReader;
}

export type ScaleUnit = 'kg' | 'lb' | 'g' | 'oz';

/** By definition, and exact. */
const NANOGRAMS: Readonly<Record<ScaleUnit, bigint>> = {
  kg: 1_000_000_000_000n,
  g: 1_000_000_000n,
  lb: 453_592_370_000n,
  oz: 28_349_523_125n,
};

/** `12.345` of a unit in whole grams, half up; undefined where it is no number. A minus stays. */
export function gramsOf(text: string, unit: ScaleUnit): number | undefined {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d{1,6})(?:[.,](\d{0,6}))?$/.exec(text.replaceAll(' ', '')) ?? [];
  if (whole === '') return undefined;
  const scale = 10n ** BigInt(fraction.length);
  const perGram = scale * 1_000_000_000n;
  const grams = (BigInt(`${whole}${fraction}`) * NANOGRAMS[unit] * 2n + perGram) / (2n * perGram);
  return sign === '-' ? -Number(grams) : Number(grams);
}

/** A number that is none of a shop's: negative and zero weights are never sold by. */
export function readingOf(grams: number, isNet: boolean): ScaleReading {
  if (grams < 0) return { type: 'none', reason: 'belowZero' };
  return grams === 0 ? { type: 'none', reason: 'empty' } : { type: 'weight', weight: { grams, isNet } };
}

export const noWeight = (reason: NoWeightReason): ScaleReading => ({ type: 'none', reason });

const MAX_HELD_BYTES = 256;

/**
 * A reader of frames: `match` is tried on what has come, and says how many bytes it took and what they mean, `wait` where more must come, or
 * undefined where the first byte begins nothing.
 */
export function createFrameReader(
  match: (bytes: readonly number[]) => { readonly length: number; readonly message: ScaleMessage } | 'wait' | undefined,
): ScaleReader {
  let held: number[] = [];
  return {
    read(bytes) {
      held.push(...bytes);
      const messages: ScaleMessage[] = [];
      while (held.length > 0) {
        const found = held.length > MAX_HELD_BYTES ? undefined : match(held);
        if (found === 'wait') break;
        messages.push(found?.message ?? { type: 'noise' });
        held = held.slice(found?.length ?? 1);
      }
      return messages;
    },
  };
}

export const textOf = (bytes: readonly number[]): string => String.fromCharCode(...bytes);
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
