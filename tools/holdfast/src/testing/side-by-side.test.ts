import { expect, test } from 'vitest';

import { sideBySide } from './side-by-side.ts';

const takes = (): boolean => true;

test('so many at the same time and no more, each once, the next one as soon as one is done; answers in their order', async () => {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const run = async (name: string): Promise<string> => {
    began.push(name);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    return name;
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const answers = sideBySide(
    ['a', 'b', 'c', 'd'],
    [
      { takes, run },
      { takes, run },
    ],
  );
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
  const run = async (at: number): Promise<number> => order.push(at);
  expect(await sideBySide([1, 2, 3], [{ takes, run }])).toEqual([1, 2, 3]);
  expect(order).toEqual([1, 2, 3]);
  expect(await sideBySide<number, number>([], [{ takes, run }])).toEqual([]);
});

test('one that takes only some has them in their order, and ends when none of them is left', async () => {
  const did: string[] = [];
  const by =
    (who: string) =>
    async (job: string): Promise<void> => {
      did.push(`${who} ${job}`);
      await new Promise((resolve) => setImmediate(resolve));
    };
  const isVowel = (job: string): boolean => 'aeiou'.includes(job);
  await sideBySide(
    ['b', 'a', 'c', 'e', 'd'],
    [
      { takes, run: by('all') },
      { takes: isVowel, run: by('vowels') },
    ],
  );
  expect(did).toEqual(['all b', 'vowels a', 'all c', 'vowels e', 'all d']);
});
