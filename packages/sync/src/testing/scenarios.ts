/** Named worlds for the simulator, and what to do with a seed that fails in one: the smallest world that fails as well. */
import { simulate, type Outcome, type Scenario, type Trace } from './simulator.ts';

type World = Omit<Scenario, 'seed'>;

const CALM: World = {
  devices: 3,
  steps: 60,
  storage: 'memory',
  loss: 0,
  restoredDisks: false,
  clonedDisks: false,
  lostDisks: false,
  hubRollbacks: false,
  powerCuts: 0,
  fullDisks: false,
  wrongClocks: false,
  mixedVersions: false,
  schemaChange: false,
  outages: false,
  lan: false,
  roles: false,
  zoneMoves: false,
  forgets: false,
  checkpoints: false,
  closes: false,
  isolated: false,
  fewItems: false,
};
const LOSSY: World = { ...CALM, loss: 0.25, steps: 90 };
const FORGOTTEN = {
  ...LOSSY,
  storage: 'sqlite',
  lan: true,
  forgets: true,
  checkpoints: true,
  hubRollbacks: true,
  outages: true,
  powerCuts: 0.02,
  steps: 160,
} as const satisfies World;
const EVERYTHING = {
  ...LOSSY,
  storage: 'sqlite',
  lan: true,
  restoredDisks: true,
  clonedDisks: true,
  lostDisks: true,
  hubRollbacks: true,
  powerCuts: 0.02,
  fullDisks: true,
  wrongClocks: true,
  mixedVersions: true,
  schemaChange: true,
  roles: true,
  zoneMoves: true,
  outages: true,
  steps: 160,
} as const satisfies World;

export const SCENARIOS = {
  calm: CALM,
  lossy: LOSSY,
  sqlite: { ...LOSSY, storage: 'sqlite' },
  'few-items': { ...LOSSY, storage: 'sqlite', fewItems: true, devices: 2, steps: 200 },
  outages: { ...LOSSY, outages: true, steps: 120 },
  power: { ...LOSSY, storage: 'sqlite', powerCuts: 0.03 },
  'full-disks': { ...LOSSY, storage: 'sqlite', fullDisks: true },
  clocks: { ...LOSSY, wrongClocks: true },
  versions: { ...LOSSY, mixedVersions: true, steps: 120 },
  'hub-rollback': { ...LOSSY, hubRollbacks: true, steps: 140 },
  'old-disks': { ...LOSSY, storage: 'sqlite', restoredDisks: true, steps: 160 },
  'old-branches': { ...LOSSY, storage: 'sqlite', restoredDisks: true, hubRollbacks: true, closes: true, devices: 4, steps: 200 },
  lan: { ...LOSSY, lan: true, roles: true, outages: true, steps: 120 },
  'lan-disks': { ...LOSSY, lan: true, roles: true, storage: 'sqlite', restoredDisks: true, powerCuts: 0.02, steps: 140 },
  upgrade: { ...LOSSY, storage: 'sqlite', lan: true, roles: true, schemaChange: true, mixedVersions: true, steps: 120 },
  zones: { ...LOSSY, lan: true, roles: true, zoneMoves: true, hubRollbacks: true, steps: 120 },
  forgotten: FORGOTTEN,
  'forgotten-lost': { ...FORGOTTEN, lostDisks: true },
  'lan-rollback': {
    ...LOSSY,
    storage: 'sqlite',
    lan: true,
    roles: true,
    restoredDisks: true,
    hubRollbacks: true,
    powerCuts: 0.02,
    steps: 140,
  },
  'cloned-disks': { ...LOSSY, storage: 'sqlite', lan: true, roles: true, clonedDisks: true, outages: true, powerCuts: 0.02, steps: 140 },
  'lost-disks': { ...LOSSY, storage: 'sqlite', lan: true, roles: true, lostDisks: true, outages: true, hubRollbacks: true, steps: 140 },
  isolated: {
    ...LOSSY,
    storage: 'sqlite',
    lan: true,
    restoredDisks: true,
    lostDisks: true,
    isolated: true,
    loss: 0.3,
    devices: 4,
    steps: 160,
  },
  everything: EVERYTHING,
  'everything-forgotten': { ...EVERYTHING, forgets: true, checkpoints: true },
} as const satisfies Readonly<Record<string, World>>;

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

export type SeedResult =
  | { readonly ok: true; readonly outcome: Outcome }
  /** `scenario`: the smallest that was found to fail. */
  | { readonly ok: false; readonly scenario: Scenario; readonly reason: string; readonly trace: readonly string[] };

export async function runSeed(scenario: Scenario, simulateIn: typeof simulate = simulate): Promise<SeedResult> {
  try {
    return { ok: true, outcome: await simulateIn(scenario) };
  } catch {
    const smallest = await shrink(scenario, simulateIn);
    const trace: string[] = [];
    const reason = await failureOf(smallest, simulateIn, (atMs, what) => void trace.push(`${Math.round(atMs)} ms  ${what}`));
    return { ok: false, scenario: smallest, reason: reason ?? 'fails no more when it is run again', trace };
  }
}

/** Null where it does not fail. */
async function failureOf(scenario: Scenario, simulateIn: typeof simulate, trace?: Trace): Promise<string | null> {
  try {
    await simulateIn(scenario, trace);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Without a fault, with fewer devices, with fewer steps, as long as it still fails. */
async function shrink(scenario: Scenario, simulateIn: typeof simulate): Promise<Scenario> {
  let smallest = scenario;
  for (;;) {
    let found: Scenario | null = null;
    for (const candidate of smaller(smallest)) {
      if ((await failureOf(candidate, simulateIn)) === null) continue;
      found = candidate;
      break;
    }
    if (found === null) return smallest;
    smallest = found;
  }
}

function smaller(scenario: Scenario): readonly Scenario[] {
  const faults = [
    'lan',
    'roles',
    'zoneMoves',
    'forgets',
    'checkpoints',
    'closes',
    'isolated',
    'fewItems',
    'outages',
    'mixedVersions',
    'schemaChange',
    'wrongClocks',
    'fullDisks',
    'hubRollbacks',
    'restoredDisks',
    'clonedDisks',
    'lostDisks',
  ] as const;
  const { steps, devices } = scenario;
  return [
    ...faults.filter((fault) => scenario[fault]).map((fault) => ({ ...scenario, [fault]: false })),
    ...(scenario.powerCuts > 0 ? [{ ...scenario, powerCuts: 0 }] : []),
    ...(scenario.loss > 0 ? [{ ...scenario, loss: 0 }] : []),
    ...(devices > 1 ? [{ ...scenario, devices: devices - 1 }] : []),
    ...[Math.floor(steps / 2), Math.floor((steps * 9) / 10), steps - 1]
      .filter((fewer) => fewer > 0 && fewer < steps)
      .map((fewer) => ({ ...scenario, steps: fewer })),
  ];
}
