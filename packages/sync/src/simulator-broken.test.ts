/** The engine with one fault put into it on purpose: whether the seeds of a scenario show it. Each stands for a rule whose breach no seed ever showed. */
import { afterEach, expect, test, vi } from 'vitest';

import { SCENARIOS, type ScenarioName } from './testing/scenarios.ts';
import { simulate } from './testing/simulator.ts';

type Fault =
  | 'pins are pruned'
  | 'gaps are passed over'
  | 'siblings are not believed'
  | 'the hub is not believed'
  | 'branches stay away'
  | 'checkpoints lie where the hub may go back';

const broken = vi.hoisted(() => ({ by: null as Fault | null }));

vi.mock(import('./replica/replica.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    createReplica: (ports, options) =>
      real.createReplica(broken.by === 'pins are pruned' ? { ...ports, oldestPinnedAt: () => null } : ports, options),
  };
});

vi.mock(import('./store.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    mostCheckpointSeq: (epoch) =>
      real.mostCheckpointSeq(broken.by === 'checkpoints lie where the hub may go back' ? { ...epoch, safeSeq: epoch.confirmedSeq } : epoch),
  };
});

vi.mock(import('./replica/engine.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    step: (state, event, surroundings) => {
      const isBlind =
        (broken.by === 'the hub is not believed' && event.type === 'confirmed') ||
        (broken.by === 'branches stay away' && event.type === 'manifestAnswered');
      if (!isBlind) return real.step(state, event, surroundings);
      const epochs = state.epochs.map((epoch) => ({ ...epoch, diverged: false }));
      const taken = real.step({ ...state, epochs }, event, surroundings);
      return { ...taken, state: { ...taken.state, epochs: state.epochs } };
    },
  };
});

vi.mock(import('./lan/neighbours.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    createNeighbours: (ports, options) => {
      if (broken.by === 'siblings are not believed') return real.createNeighbours({ ...ports, onBeyond: () => {} }, options);
      if (broken.by !== 'gaps are passed over') return real.createNeighbours(ports, options);
      const sendLedger: typeof ports.hub.sendLedger = async (...batch) => {
        const answered = await ports.hub.sendLedger(...batch);
        if (!answered.ok) return answered;
        const { gap: _gap, ...value } = answered.value.value;
        return { ok: true, value: { ...answered.value, value } };
      };
      return real.createNeighbours({ ...ports, hub: { sendLedger } }, options);
    },
  };
});

afterEach(() => {
  broken.by = null;
});

/** Of what CI runs. */
const MOST_SEEDS = 60;

async function firstFailure(scenario: ScenarioName): Promise<string | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    try {
      await simulate({ ...SCENARIOS[scenario], seed });
    } catch (error) {
      return String(error);
    }
  }
  return null;
}

test.each<readonly [rule: string, Fault, ScenarioName, RegExp]>([
  ['C-4', 'pins are pruned', 'few-items', /a pinned cut changed/],
  ['N-12', 'gaps are passed over', 'isolated', /not at the hub, but held/],
  ['N-10', 'siblings are not believed', 'lan-disks', /sells in .*, of which a sibling told it/],
  ['I-3', 'the hub is not believed', 'old-disks', /is held elsewhere, and that epoch still grows/],
  ['U-12', 'branches stay away', 'old-branches', /not at the hub: seed/],
  ['N-18', 'checkpoints lie where the hub may go back', 'forgotten-lost', /not at the hub, but held/],
])(
  '%s: where %s, a seed of %s shows it',
  async (_rule, fault, scenario, how) => {
    broken.by = fault;
    expect(await firstFailure(scenario)).toMatch(how);
  },
  120_000,
);
