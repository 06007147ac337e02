/** The contract of a scale under the bags of a kiosk, for each way to talk that can be watched; at the other end a virtual scale that speaks its bytes. */
import { afterEach, describe, expect, test } from 'vitest';

import { deviceModels } from '../device/profile.ts';
import { memoryLink } from '../link/memory-link.ts';
import { createJumpingTime } from '../testing/jumping-time.ts';
import { createVirtualScale, type VirtualScale } from '../virtual/scale/virtual-scale.ts';
import { type BaggingScale, type BagSight, createBaggingScale } from './bagging-scale.ts';
import { BAGGING_PROTOCOL_IDS, type ScaleProtocolId } from './protocols.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

interface Rig {
  readonly scale: BaggingScale;
  readonly virtual: VirtualScale;
  /** All that was told, in order. */
  readonly told: BagSight[];
  /** Resolves with the next sight of this kind that is told, or stands already. */
  readonly until: (isSo: (sight: BagSight) => boolean) => Promise<BagSight>;
  /** So much time goes by. */
  readonly pass: (ms: number) => Promise<void>;
}

const TIMING = { answerMs: 500, settleMs: 2_000, connectMs: 200, firstRetryMs: 10, lastRetryMs: 20 };
let addresses = 0;

function rigOf(protocol: ScaleProtocolId): Rig {
  const time = createJumpingTime();
  const virtual = createVirtualScale({ protocol, ...time });
  const told: BagSight[] = [];
  const looking = new Set<() => void>();
  const scale = createBaggingScale({
    protocol,
    link: memoryLink(`memory://bags-${++addresses}`, (peer) => virtual.connect(peer)),
    ...time,
    timing: TIMING,
    onSight: (sight) => {
      told.push(sight);
      for (const look of looking) look();
    },
  });
  closing.push(() => scale.close());
  const until: Rig['until'] = async (isSo) =>
    await new Promise((resolve) => {
      const look = (): void => {
        if (!isSo(scale.sight())) return;
        looking.delete(look);
        resolve(scale.sight());
      };
      looking.add(look);
      look();
    });
  const pass: Rig['pass'] = async (ms) => await new Promise((resolve) => void time.timers.after(ms, resolve));
  return { scale, virtual, told, until, pass };
}

const resting = (about: number) => (sight: BagSight) => sight.state === 'resting' && Math.abs(sight.grams - about) <= 3;
const gramsIn = (told: readonly BagSight[]): readonly number[] => told.flatMap((sight) => (sight.state === 'resting' ? [sight.grams] : []));

describe.each(BAGGING_PROTOCOL_IDS)('%s', (protocol) => {
  test('each weight that has come to rest is told once, an empty one too, and none of what moves', async () => {
    const { virtual, told, until } = rigOf(protocol);
    await until(resting(0));
    virtual.setFaults({ unstableMs: 300 });
    virtual.put(500);
    await until(({ state }) => state === 'moving');
    virtual.put(1_234);
    await until(resting(1_234));
    virtual.put(0);
    await until(resting(0));
    expect(gramsIn(told)).toEqual([0, expect.closeTo(1_234, -1), 0]);
  });

  test('whoever asks waits for rest, and not for ever', async () => {
    const { scale, virtual, until } = rigOf(protocol);
    virtual.setFaults({ unstableMs: 300 });
    virtual.put(1_234);
    expect(await scale.settled()).toEqual({ ok: true, value: expect.closeTo(1_234, -1) });
    virtual.setFaults({ unstableMs: 60_000 });
    virtual.put(300);
    await until(({ state }) => state === 'moving');
    expect(await scale.settled()).toEqual({ ok: false, error: { type: 'noWeight', reason: 'moving' } });
  });

  test('too much is told as such; unplugged nothing is known, and what lies there is told when it is back', async () => {
    const { scale, virtual, until } = rigOf(protocol);
    virtual.put(15_001);
    await until(({ state }) => state === 'over');
    virtual.setPlugged(false);
    await until(({ state }) => state === 'unknown');
    expect(scale.health()).toMatchObject({ power: 'offline', reason: expect.any(String) });
    virtual.put(300);
    virtual.setPlugged(true);
    await until(resting(300));
    expect(scale.health()).toMatchObject({ power: 'online' });
  });
});

describe('a Toledo under the bags', () => {
  test.each(['garbage', 'slow'] as const)('%s does it no harm', async (fault) => {
    const { virtual, told, until } = rigOf('toledo-8217');
    virtual.setFaults(fault === 'garbage' ? { talksGarbage: true } : { answerMs: 60 });
    virtual.put(800);
    await until(resting(800));
    expect(gramsIn(told)).toEqual([800]);
  });

  test('that says nothing is not known; what it says later is told', async () => {
    const { scale, virtual, until } = rigOf('toledo-8217');
    await until(resting(0));
    virtual.setFaults({ losesAnswers: true });
    await until(({ state }) => state === 'unknown');
    expect(scale.health()).toMatchObject({ reason: 'noAnswer' });
    virtual.setFaults({});
    virtual.put(90);
    await until(resting(90));
  });

  test('is set to zero with a bag on it, and less than that is below', async () => {
    const { scale, virtual, until } = rigOf('toledo-8217');
    virtual.put(40);
    await until(resting(40));
    expect(await scale.zeroScale()).toEqual({ ok: true, value: undefined });
    await until(resting(0));
    virtual.put(0);
    await until(({ state }) => state === 'below');
  });

  test('closed it tells nothing any more', async () => {
    const { scale, virtual, told, until, pass } = rigOf('toledo-8217');
    await until(resting(0));
    scale.close();
    virtual.put(700);
    await pass(300);
    expect(gramsIn(told)).toEqual([0]);
  });
});

test('a scale that gives each weight once, and none below its least one, stands under no bags', () => {
  expect(deviceModels('baggingScale')).not.toContain('dialog-06');
  expect(deviceModels('scale')).toContain('dialog-06');
});
