import { expect, test } from 'vitest';

import { SOUNDS, type Sounds } from './preferences.ts';
import { createTones, type SoundDevice, type ToneKind, volumeOf } from './tone.ts';

/** A machine whose sound opens, and goes on after a rest, when the test says so. */
const machine = (sounds: Sounds = 'all') => {
  const heard: [ToneKind, number][] = [];
  const opens: { readonly done: (ok: boolean) => void; readonly lose: () => void }[] = [];
  const resumes: (() => void)[] = [];
  const timers = new Map<number, { readonly task: () => void; readonly atMs: number }>();
  let now = 0;
  let isRunning = true;
  let timerNo = 0;
  const device: SoundDevice = {
    isRunning: () => isRunning,
    resume: () =>
      new Promise((resolve) => {
        resumes.push(() => {
          isRunning = true;
          resolve();
        });
      }),
    suspend: async () => {
      isRunning = false;
    },
    play: (kind, volume) => heard.push([kind, volume]),
  };
  const tone = createTones({
    sounds: () => sounds,
    open: (lose) =>
      new Promise((resolve, reject) => {
        opens.push({ done: (ok) => (ok ? resolve(device) : reject(new Error('no sound'))), lose });
      }),
    nowMs: () => now,
    delay: (task, delayMs) => {
      timerNo += 1;
      const mine = timerNo;
      timers.set(mine, { task, atMs: now + delayMs });
      return () => timers.delete(mine);
    },
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  };
  return {
    heard,
    opens,
    resumes,
    isRunning: () => isRunning,
    tone: async (kind: ToneKind) => {
      tone(kind);
      await settle();
    },
    open: async (ok = true) => {
      opens.at(-1)?.done(ok);
      await settle();
    },
    resume: async () => {
      for (const run of resumes.splice(0)) run();
      await settle();
    },
    pass: async (ms: number) => {
      now += ms;
      for (const [no, { task, atMs }] of timers) {
        if (atMs > now) continue;
        timers.delete(no);
        task();
      }
      await settle();
    },
  };
};

test('a refusal is always heard; the tick of a line may be left out', () => {
  const heard = SOUNDS.map((sounds) => (['ok', 'error', 'done'] as const).map((kind) => volumeOf(kind, sounds) > 0));
  expect(heard).toEqual([
    [true, true, true],
    [true, true, true],
    [false, true, true],
  ]);
  expect(volumeOf('error', 'soft')).toBeLessThan(volumeOf('error', 'all'));
});

test('the machine’s sound is opened once, by the first tone that is to be heard', async () => {
  const lane = machine('refusals');
  await lane.tone('ok');
  expect(lane.opens).toHaveLength(0);
  await lane.tone('error');
  await lane.open();
  await lane.tone('done');
  expect(lane.opens).toHaveLength(1);
  expect(lane.heard).toEqual([
    ['error', 1],
    ['done', 1],
  ]);
});

test('it rests while nobody sells, and a tone wakes it', async () => {
  const lane = machine('soft');
  await lane.tone('ok');
  await lane.open();
  await lane.pass(14_000);
  await lane.tone('ok');
  await lane.pass(14_000);
  expect(lane.isRunning()).toBe(true);
  await lane.pass(1_000);
  expect(lane.isRunning()).toBe(false);
  await lane.tone('error');
  await lane.resume();
  expect(lane.heard).toEqual([
    ['ok', volumeOf('ok', 'soft')],
    ['ok', volumeOf('ok', 'soft')],
    ['error', volumeOf('error', 'soft')],
  ]);
});

test('what could not be heard in time is not heard later', async () => {
  const lane = machine();
  await lane.tone('ok');
  await lane.tone('error');
  await lane.pass(501);
  await lane.open();
  expect(lane.heard).toEqual([]);
  await lane.tone('done');
  expect(lane.heard).toEqual([['done', 1]]);
});

test('a machine without sound is asked anew by the next tone, and so is one whose sound was lost', async () => {
  const lane = machine();
  await lane.tone('ok');
  await lane.open(false);
  await lane.tone('ok');
  await lane.open();
  expect(lane.heard).toHaveLength(1);
  lane.opens.at(-1)?.lose();
  await lane.tone('done');
  expect(lane.opens).toHaveLength(3);
  await lane.open();
  expect(lane.heard.at(-1)).toEqual(['done', 1]);
});
