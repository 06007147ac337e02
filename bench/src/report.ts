/** What a benchmark says: figures, targets, and what they were held against in the same run. */

import type { Less } from './plan.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | 'MB' | 'µs' | '×' | 'rows/s' | 'sales/s' | 'requests/s' | 'rows' | 'bytes';
  /** Where the number alone would say too much: what was ended before its time, say. */
  readonly note?: string;
}

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: Figure['unit'];
  /** The limit is the least; otherwise it is the most. */
  readonly isLeast?: true;
  readonly holds: boolean;
}

/** What a peer cannot do, in place of a figure. */
export interface Unsupported {
  readonly name: string;
  readonly why: string;
}

export interface BenchReport {
  readonly name: string;
  /** The floor or peer measured in the same run, in a sentence. */
  readonly against: string;
  readonly setting: string;
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
  readonly unsupported?: readonly Unsupported[];
}

export interface BenchOptions {
  /** Ends within a minute: the smaller counts of the benchmark's plan. */
  readonly quick: boolean;
  /** Progress, for a person. */
  readonly say: (text: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<BenchReport>;

export const atMost = (name: string, value: number, limit: number, unit: Figure['unit']): Target => ({
  name,
  value: rounded(value),
  limit: rounded(limit),
  unit,
  holds: value <= limit,
});

export const atLeast = (name: string, value: number, limit: number, unit: Figure['unit']): Target => ({
  name,
  value: rounded(value),
  limit,
  unit,
  isLeast: true,
  holds: value >= limit,
});

export const figure = (name: string, value: number, unit: Figure['unit'], note?: string): Figure => ({
  name,
  value: rounded(value),
  unit,
  ...(note !== undefined && { note }),
});

const rounded = (value: number): number => Number(value.toPrecision(4));

/** `p` in 0..1, nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new Error('no measurement was taken');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))]!;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export function renderReport(
  { name, against, setting, figures, targets, unsupported = [] }: BenchReport,
  less: readonly Less[] = [],
): string {
  const line = ({ name: label, value, unit, note }: Figure): string =>
    `  ${label.padEnd(52)} ${String(value).padStart(10)} ${unit}${note === undefined ? '' : `  (${note})`}`;
  const verdict = (target: Target): string =>
    `  ${target.holds ? '✓' : '✗'} ${target.name.padEnd(50)} ${String(target.value).padStart(10)} ${target.unit}  (${target.isLeast === true ? '≥' : '≤'} ${target.limit})`;
  const counts = less.map(({ count, here, full }) => `${count} ${here.toLocaleString('en')} of ${full.toLocaleString('en')}`);
  const asked = less.flatMap(({ count, full, isAsked }) => (isAsked ? [`${full.toLocaleString('en')} ${count}`] : []));
  const notes = [
    ...(counts.length > 0 ? [`  less than in full: ${counts.join(', ')}`] : []),
    ...(asked.length > 0 ? [`  the targets are for ${asked.join(', ')}: they cannot be judged by these`] : []),
  ];
  const cannot = unsupported.map(({ name: label, why }) => `  ${label.padEnd(52)} unsupported (${why})`);
  return [name, `  ${setting}`, ...notes, `  against: ${against}`, ...figures.map(line), ...cannot, ...targets.map(verdict), ''].join('\n');
}
