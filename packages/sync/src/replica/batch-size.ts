/**
 * How many entries a batch has, so that a line with a long way there and back is not idle most of the time (SPEC: U-13). Until a batch is answered the line takes its time for the bytes, and whatever comes with each batch however small
 * it is: the way and back, the hub's commit. Of two batches of different sizes both are known. Pure; the engine keeps the value.
 */

/** A full batch that was answered over one connection. */
export interface Post {
  readonly entries: number;
  /** Of its frame. */
  readonly bytes: number;
  /** From its first byte until its answer was there. */
  readonly tookMs: number;
}

/** What is known of the line, and what follows. */
export interface BatchSize {
  /** Entries at most of the next batch. */
  readonly entries: number;
  /** No more of them than this. */
  readonly mostEntries: number;
  /** What does not depend on the size; null until two sizes were seen. */
  readonly fixedMs: number | null;
  /** The smallest of the batches seen, and of two about as small the newer one. */
  readonly least: Post | null;
  /** What the line took for a byte of each of the newest two; none until it is known what is fixed. */
  readonly msPerByte: readonly number[];
  /** Batches since a larger one than `least` told something. */
  readonly alike: number;
}

export interface BatchSizeLimits {
  readonly maxEntries: number;
  readonly mostEntries: number;
}

/** So many times as long as what comes with each batch its bytes take: then they have six sevenths of the line's time. */
const TIMES_FIXED = 6;
/** But no longer: other requests wait for the line behind them. */
const MOST_SENDING_MS = 4_000;
/** Two sizes tell something where one is so many times the other; below the lower one they are about the same. */
const APART = 1.5;
const ALIKE = 1.1;
const LEAST_SENDING_MS = 1;
/** After so many that were alike a larger one is tried: what was fixed may have been something else, as of a line that was slow for a while. */
const MOST_ALIKE = 16;

export const firstSize = ({ maxEntries, mostEntries }: BatchSizeLimits): BatchSize => ({
  entries: maxEntries,
  mostEntries,
  fixedMs: null,
  least: null,
  msPerByte: [],
  alike: 0,
});

/** Something on the way took none as long as the last one was. */
export const cappedSize = (size: BatchSize, mostEntries: number): BatchSize => ({
  ...size,
  entries: Math.min(size.entries, mostEntries),
  mostEntries: Math.min(size.mostEntries, mostEntries),
});

/** Of the line where it was quicker, for a batch that fell into a silence says nothing of the next; 0: unknown. */
export const paceOf = ({ msPerByte }: BatchSize): number => (msPerByte.length === 0 ? 0 : Math.min(...msPerByte));

/** At most doubled by one batch, or halved. From the first one on a line nothing follows: who is killed every few seconds has no more on its way than ever. */
export function learntSize(size: BatchSize, post: Post, { maxEntries }: Pick<BatchSizeLimits, 'maxEntries'>): BatchSize {
  const { least, mostEntries } = size;
  if (least === null) return { ...size, least: post };
  const isLarger = post.bytes >= least.bytes * APART;
  const alike = isLarger ? 0 : size.alike + 1;
  const known = alike >= MOST_ALIKE ? null : size.fixedMs;
  const fixedMs = isLarger ? fixedOf(least, post) : known === null ? null : Math.min(known, post.tookMs);
  const sendingMs = Math.max(LEAST_SENDING_MS, post.tookMs - (fixedMs ?? 0));
  const wantedMs = fixedMs === null ? MOST_SENDING_MS : Math.min(MOST_SENDING_MS, TIMES_FIXED * fixedMs);
  const wanted = Math.round(post.entries * Math.min(2, Math.max(0.5, wantedMs / sendingMs)));
  return {
    ...size,
    entries: Math.min(mostEntries, Math.max(maxEntries, wanted)),
    fixedMs,
    least: post.bytes <= least.bytes * ALIKE ? post : least,
    msPerByte: fixedMs === null ? [] : [...size.msPerByte.slice(-1), sendingMs / post.bytes],
    alike,
  };
}

/** Where the larger one took no longer, all of it is. */
function fixedOf(least: Post, post: Post): number {
  const msPerByte = Math.max(0, post.tookMs - least.tookMs) / (post.bytes - least.bytes);
  return Math.min(post.tookMs, Math.max(0, least.tookMs - msPerByte * least.bytes));
}
