/**
 * How much each benchmark does: in full, and with `--quick`, which ends within a minute on a machine that does nothing else. What it has less of stands beside
 * its figures; so do the counts that its targets were stated for (`asks`).
 */

interface Plan<Count extends string = string> {
  readonly full: Readonly<Record<Count, number>>;
  readonly quick: Readonly<Record<Count, number>>;
  readonly asks: readonly Count[];
}

const plan = <Count extends string>(
  full: Readonly<Record<Count, number>>,
  quick: Readonly<Record<NoInfer<Count>, number>>,
  ...asks: readonly NoInfer<Count>[]
): Plan<Count> => ({ full, quick, asks });

export const QUICK_LIMIT_S = 60;

export const PLANS = {
  'scan-to-line': plan(
    { items: 100_000, scans: 200, isolations: 5, bareScans: 400, warmUpScans: 240 },
    { items: 20_000, scans: 60, isolations: 1, bareScans: 60, warmUpScans: 40 },
    'items',
  ),
  'till-scan': plan({ items: 100_000, scans: 10_000 }, { items: 20_000, scans: 2_000 }, 'items'),
  'scan-event': plan({ scans: 5_000 }, { scans: 500 }),
  decode: plan({ runs: 100_000 }, { runs: 10_000 }),
  receipt: plan({ runs: 2_000 }, { runs: 500 }),
  'sale-commit': plan({ items: 100_000, sales: 2_000 }, { items: 20_000, sales: 300 }, 'items'),
  'cold-start': plan({ items: 1_000_000, starts: 5 }, { items: 50_000, starts: 3 }, 'items'),
  import: plan({ imports: 3 }, { imports: 1 }),
  'price-basket': plan({ runs: 20_000 }, { runs: 2_000 }),
  'promotions-worst-case': plan({ runs: 3_000, largeRuns: 300 }, { runs: 600, largeRuns: 60 }),
  'sync-ingest': plan(
    { bareSales: 50_000, warmUpSales: 32_000, backlogSales: 300_000, lanes: 1_000, seconds: 60 },
    { bareSales: 5_000, warmUpSales: 16_000, backlogSales: 20_000, lanes: 100, seconds: 4 },
    'lanes',
  ),
  'sync-herd': plan(
    { lanes: 200, stores: 25, sales: 1_000, items: 10_000 },
    { lanes: 40, stores: 5, sales: 200, items: 2_000 },
    'lanes',
    'sales',
    'items',
  ),
  'sync-bytes': plan(
    {
      items: 100_000,
      realItems: 120_000,
      publications: 60,
      days: 30,
      sales: 5_000,
      retailSales: 15_000,
      monthSales: 150_000,
      awaySales: 5_000,
      awayDays: 30,
      awayLimitS: 600,
    },
    {
      items: 10_000,
      realItems: 20_000,
      publications: 20,
      days: 10,
      sales: 500,
      retailSales: 3_000,
      monthSales: 1_500,
      awaySales: 500,
      awayDays: 5,
      awayLimitS: 60,
    },
  ),
  'sync-apply': plan({ items: 100_000, quietSales: 400 }, { items: 10_000, quietSales: 60 }),
  'sync-lan': plan(
    { siblingItems: 1_000_000, items: 100_000, lanes: 10, sales: 15_000 },
    { siblingItems: 10_000, items: 10_000, lanes: 5, sales: 200 },
    'siblingItems',
    'items',
    'lanes',
    'sales',
  ),
  'sync-peers': plan(
    {
      items: 100_000,
      sales: 5_000,
      limitS: 600,
      stillMs: 2_000,
      hardItems: 10_000,
      hardSales: 200,
      days: 30,
      lanes: 10,
      lanSales: 100,
      hardLimitS: 180,
      killMs: 3_000,
    },
    {
      items: 2_000,
      sales: 200,
      limitS: 8,
      stillMs: 200,
      hardItems: 500,
      hardSales: 50,
      days: 4,
      lanes: 3,
      lanSales: 20,
      hardLimitS: 2,
      killMs: 600,
    },
    'items',
    'sales',
  ),
  'sync-snapshot': plan({ items: 1_000_000, forkItems: 100_000 }, { items: 10_000, forkItems: 10_000 }, 'items'),
  'hub-api': plan({ goods: 1_000_000, seconds: 30 }, { goods: 50_000, seconds: 5 }, 'goods'),
  'hub-search': plan(
    { goods: 1_000_000, times: 50, changes: 5_000, rounds: 4, starts: 3 },
    { goods: 100_000, times: 15, changes: 1_000, rounds: 2, starts: 1 },
    'goods',
    'changes',
  ),
  'hub-overview': plan({ sales: 2_000_000, times: 50 }, { sales: 200_000, times: 10 }, 'sales'),
  'price-to-lane': plan({ items: 100_000, changes: 200 }, { items: 2_000, changes: 20 }),
  memory: plan({ items: 100_000, sales: 1_000 }, { items: 50_000, sales: 200 }, 'items'),
} satisfies Readonly<Record<string, Plan>>;

export type BenchName = keyof typeof PLANS;

export const countsOf = <N extends BenchName>(name: N, quick: boolean): (typeof PLANS)[N]['full' | 'quick'] =>
  PLANS[name][quick ? 'quick' : 'full'];

/** A count of which `--quick` has less. */
export interface Less {
  readonly count: string;
  readonly here: number;
  readonly full: number;
  /** The benchmark's targets are stated for the full count. */
  readonly isAsked: boolean;
}

export function lessOf(name: BenchName, quick: boolean): readonly Less[] {
  if (!quick) return [];
  const { full, quick: here, asks }: Plan = PLANS[name];
  return Object.entries(full).flatMap(([count, most]) => {
    const counted = here[count] ?? 0;
    return counted === most ? [] : [{ count, here: counted, full: most, isAsked: asks.includes(count) }];
  });
}

/** How long it took, and of `--quick` whether that was as promised. */
export const tookOf = (seconds: number, quick: boolean): { readonly tookS: number; readonly withinAMinute?: boolean } => ({
  tookS: Number(seconds.toFixed(1)),
  ...(quick && { withinAMinute: seconds <= QUICK_LIMIT_S }),
});
