import { expect, test } from 'vitest';

import { MAX_PICTURES, type RequestBody } from '../shared/till-contract.ts';
import { createPictures } from './pictures.ts';

const NAMES = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(64, '0'));

/** A till that has the pictures of `held`, and time that passes by hand. */
const createWindow = (held: Set<string>) => {
  const asked: (readonly string[])[] = [];
  const tasks: { readonly task: () => void; readonly delayMs: number }[] = [];
  const pictures = createPictures({
    client: {
      request: async (body: RequestBody) => {
        if (body.type !== 'pictures') throw new Error('nothing else is asked');
        asked.push(body.names);
        return { ok: true, value: { pictures: body.names.filter((name) => held.has(name)).map((name) => ({ name, data: 'AAAA' })) } };
      },
    },
    delay: (task, delayMs) => {
      tasks.push({ task, delayMs });
      return () => {};
    },
  });
  const passes = async (): Promise<void> => {
    for (const { task } of tasks.splice(0).toSorted((left, right) => left.delayMs - right.delayMs)) {
      task();
      await new Promise(setImmediate);
    }
  };
  return { pictures, asked, passes };
};

test('what the screen shows is asked for a few at a time, each once', async () => {
  const { pictures, asked, passes } = createWindow(new Set(NAMES));
  for (const name of [...NAMES, ...NAMES]) expect(pictures.find(name)).toBeUndefined();
  for (let round = 0; round < 3; round += 1) await passes();
  expect(asked.map((names) => names.length)).toEqual([MAX_PICTURES, MAX_PICTURES, 8]);
  expect(pictures.find(NAMES[39] ?? '')).toBe('data:image/webp;base64,AAAA');
  await passes();
  expect(asked).toHaveLength(3);
});

test('what is not here yet is asked for again while it is on the screen, and no more once it is not', async () => {
  const held = new Set<string>();
  const { pictures, asked, passes } = createWindow(held);
  const [name = ''] = NAMES;
  let shown: string | undefined;
  const leave = pictures.subscribe(() => (shown = pictures.find(name)));
  expect(pictures.find(name)).toBeUndefined();
  await passes();
  expect(pictures.find(name)).toBeUndefined();
  held.add(name);
  await passes();
  await passes();
  expect([asked.length, shown]).toEqual([2, 'data:image/webp;base64,AAAA']);
  leave();
});

test('what no browser can show is shown as if it were not there, and asked for no more', async () => {
  const { pictures, asked, passes } = createWindow(new Set(NAMES));
  const [name = ''] = NAMES;
  pictures.find(name);
  await passes();
  pictures.failed(name);
  expect(pictures.find(name)).toBeUndefined();
  await passes();
  expect(asked).toHaveLength(1);
});
