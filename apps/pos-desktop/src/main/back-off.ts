/** How long to wait before the next attempt: at once first, then doubling to a ceiling, and from the start again after a calm while. */
export interface BackOff {
  /** The delay before the attempt that comes now. */
  nextDelayMs(nowMs: number): number;
}

const FIRST_DELAY_MS = 100;
const CALM_MS = 30_000;

/** @param ceilingMs the longest delay */
export const createBackOff = (ceilingMs = 5_000): BackOff => {
  let attempts = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    nextDelayMs(nowMs) {
      if (nowMs - lastMs > CALM_MS) attempts = 0;
      lastMs = nowMs;
      attempts += 1;
      return attempts === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (attempts - 2), ceilingMs);
    },
  };
};
