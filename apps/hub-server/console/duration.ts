/**
 * How long ago, in the fewest words that still help. Coarse on purpose: a page that is looked at all day must not flicker
 * with every second.
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `8 s`, `15 min`, `3 h 04 min`, `3 d 04 h`; negative ones count as none. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${twoDigits(Math.floor((ms % HOUR_MS) / MINUTE_MS))} min`;
  return `${Math.floor(ms / DAY_MS)} d ${twoDigits(Math.floor((ms % DAY_MS) / HOUR_MS))} h`;
}

/** `just now`, then steps of ten seconds, then as `durationText`. */
export function agoText(durationMs: number): string {
  if (durationMs < 10 * SECOND_MS) return 'just now';
  if (durationMs < MINUTE_MS) return `${Math.floor(durationMs / (10 * SECOND_MS)) * 10} s ago`;
  return `${durationText(durationMs)} ago`;
}

/** A clock's distance from the hub's: `1.2 s fast`, `3 min slow`, `exact` within a twentieth of a second. `offsetMs` is hub − device. */
export function clockText(offsetMs: number): string {
  const aheadMs = -offsetMs;
  const distanceMs = Math.abs(aheadMs);
  if (distanceMs < 50) return 'exact';
  const words = distanceMs < 10 * SECOND_MS ? `${(distanceMs / SECOND_MS).toFixed(1)} s` : durationText(distanceMs);
  return `${words} ${aheadMs > 0 ? 'fast' : 'slow'}`;
}
