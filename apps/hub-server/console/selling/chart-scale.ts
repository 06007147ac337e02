/** The arithmetic of a bar chart: round ticks, and which hours to show. */

/**
 * Ticks from 0 up to or past `maximum`, in steps of 1, 2 or 5 times a power of ten, about `wanted` of them.
 * Always 0 and at least one more, so that an empty chart has an axis too.
 */
export function roundTicks(maximum: number, wanted = 4): readonly number[] {
  const top = Number.isFinite(maximum) ? Math.max(1, maximum) : 1;
  const rough = top / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  const step = Math.max(1, Math.round(factor * power));
  const count = Math.max(1, Math.ceil(top / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

const LABEL_GAP = 10;
/** Of the axis' letters, as wide as figures are: a label has more figures than anything else. */
const LABEL_CHAR = 7;

/** What stands beside the axis: room for the longest label, and never less than a usual one takes, so that charts stand in line. */
export const axisWidth = (labels: readonly string[]): number =>
  Math.max(58, LABEL_GAP + LABEL_CHAR * Math.max(0, ...labels.map((label) => label.length)));

export interface HourValue {
  readonly hour: number;
  readonly count: number;
  readonly totalMinor: number;
}

/** Every hour of the shop's usual day (8 to 20), and beyond it as far as there are sales; hours without any count 0. */
export function hoursToShow(values: readonly HourValue[]): readonly HourValue[] {
  const byHour = new Map(values.filter((value) => value.hour >= 0 && value.hour <= 23).map((value) => [value.hour, value]));
  const sold = [...byHour.values()].filter((value) => value.count !== 0 || value.totalMinor !== 0).map((value) => value.hour);
  const first = Math.min(8, ...sold);
  const last = Math.max(19, ...sold);
  return Array.from(
    { length: last - first + 1 },
    (_, index) => byHour.get(first + index) ?? { hour: first + index, count: 0, totalMinor: 0 },
  );
}
