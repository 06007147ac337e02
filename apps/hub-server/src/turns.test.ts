import { setImmediate as nextTick } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { createTurns } from './turns.ts';

interface Wish {
  readonly name: string;
  readonly claims?: readonly string[];
}

/** Turns that end when the test says so, and all that were taken. */
function world(most = 10, turnsAtOnce = 1) {
  const taken: string[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const turns = createTurns<Wish, string>({
    most,
    turnsAtOnce,
    claimsOf: ({ claims = [] }) => claims,
    isOfOne: (cause) => cause instanceof Error && cause.message === 'of one',
    take: async (wishes) => {
      taken.push(wishes.map(({ name }) => name));
      await new Promise<void>((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      });
      return wishes.map(({ name }) => name.toUpperCase());
    },
  });
  const ask = (name: string, ...claims: readonly string[]): Promise<string> =>
    turns.ask({ name, claims }).catch((error: unknown) => (error instanceof Error ? error.message : 'no error'));
  const end = async (error?: Error): Promise<void> => {
    ends.shift()?.(error);
    await nextTick();
    await nextTick();
  };
  return { taken, ask, end };
}

const endAll = async (end: () => Promise<void>, turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await end();
};

describe('turns', () => {
  test('who comes in one tick shares a turn; who comes while it is under way shares the next', async () => {
    const { taken, ask, end } = world();
    const first = [ask('a'), ask('b')];
    await nextTick();
    await nextTick();
    const later = [ask('c'), ask('d'), ask('e')];
    await end();
    await end();
    expect(await Promise.all([...first, ...later])).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(taken).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  test('no turn is larger than it may be, and no more are under way than may be', async () => {
    const { taken, ask, end } = world(2, 2);
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name));
    await nextTick();
    await nextTick();
    expect(taken).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    await endAll(end, 3);
    expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(taken.at(-1)).toEqual(['e']);
  });

  test('two with a claim in common are never in one turn and keep their order, and so does who waits behind both', async () => {
    const { taken, ask, end } = world(10, 2);
    const all = [ask('a', 'x'), ask('b', 'x', 'y'), ask('c', 'y'), ask('d', 'z')];
    await nextTick();
    await nextTick();
    expect(taken).toEqual([['a', 'd']]);
    await endAll(end, 3);
    expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D']);
    expect(taken.slice(1)).toEqual([['b'], ['c']]);
  });

  test('a turn that failed by one of its wishes is tried wish by wish; any other failure is told to all of it', async () => {
    const { taken, ask, end } = world();
    const all = [ask('a'), ask('b')];
    await nextTick();
    await nextTick();
    await end(new Error('of one'));
    await end();
    await end(new Error('of one'));
    expect(await Promise.all(all)).toEqual(['A', 'of one']);
    const lost = [ask('c'), ask('d')];
    await nextTick();
    await nextTick();
    await end(new Error('the line was cut'));
    expect(await Promise.all(lost)).toEqual(['the line was cut', 'the line was cut']);
    expect(taken).toEqual([['a', 'b'], ['a'], ['b'], ['c', 'd']]);
  });
});
