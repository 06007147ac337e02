import { describe, expect, test } from 'vitest';

import { countsOf, lessOf, PLANS, tookOf, type BenchName } from './plan.ts';

const NAMES = Object.keys(PLANS) as readonly BenchName[];

describe('plans', () => {
  test.each(NAMES)('%s does no more with --quick than in full', (name) => {
    const [full, quick] = [countsOf(name, false), countsOf(name, true)] as readonly Readonly<Record<string, number>>[];
    for (const [count, most] of Object.entries(full ?? {})) {
      expect(quick?.[count], count).toBeGreaterThan(0);
      expect(quick?.[count], count).toBeLessThanOrEqual(most);
    }
  });

  test('what --quick has less of is told, and whether targets were stated for it', () => {
    expect(lessOf('scan-to-line', false)).toEqual([]);
    expect(lessOf('till-scan', true)).toEqual([
      { count: 'items', here: 20_000, full: 100_000, isAsked: true },
      { count: 'scans', here: 2_000, full: 10_000, isAsked: false },
    ]);
  });

  test('a benchmark that took longer than it promises says so, in full it promises nothing', () => {
    expect(tookOf(60, true)).toEqual({ tookS: 60, withinAMinute: true });
    expect(tookOf(60.04, true)).toEqual({ tookS: 60, withinAMinute: false });
    expect(tookOf(600, false)).toEqual({ tookS: 600 });
  });
});
