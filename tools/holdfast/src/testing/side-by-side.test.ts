import { expect, test } from 'vitest';

import { sideBySide } from './side-by-side.ts';

test('so many at the same time and no more, each once, the next one as soon as one is done; answers in their order', async () => {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string) => async (): Promise<string> => {
    began.push(name);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    return name;
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const answers = sideBySide(['a', 'b', 'c', 'd'].map(job), 2);
  expect(began).toEqual(['a', 'b']);
  await end('b');
  expect(began).toEqual(['a', 'b', 'c']);
  await end('c');
  expect(began).toEqual(['a', 'b', 'c', 'd']);
  await end('a');
  await end('d');
  expect(await answers).toEqual(['a', 'b', 'c', 'd']);
});

test('one after the other, and none', async () => {
  const order: number[] = [];
  const job = (at: number) => async (): Promise<number> => order.push(at);
  expect(await sideBySide([1, 2, 3].map(job), 1)).toEqual([1, 2, 3]);
  expect(order).toEqual([1, 2, 3]);
  expect(await sideBySide([], 2)).toEqual([]);
});
