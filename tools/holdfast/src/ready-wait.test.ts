import { expect, test } from 'vitest';
import { z } from 'zod';

import { createReadyWait, READY_WITHIN_MS } from './ready-wait.ts';

/** `pass`: so much time goes by. */
function waitFor() {
  const due: { readonly atMs: number; readonly run: () => void }[] = [];
  let nowMs = 0;
  const heard: string[] = [];
  const wait = createReadyWait(z.object({ type: z.literal('ready'), url: z.string() }), {
    timers: {
      after: (delayMs, run) => {
        const entry = { atMs: nowMs + delayMs, run };
        due.push(entry);
        return () => void (due.includes(entry) && due.splice(due.indexOf(entry), 1));
      },
    },
    onReady: ({ url }) => heard.push(url),
    onSilent: () => heard.push('silent'),
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const entry of due.filter(({ atMs }) => atMs <= nowMs)) {
      due.splice(due.indexOf(entry), 1);
      entry.run();
    }
  };
  return { wait, heard, pass };
}

const READY = '{"type":"ready","url":"http://localhost:1"}\n';

test('a ready line is heard however it is cut, behind whatever else is written', () => {
  const { wait, heard, pass } = waitFor();
  for (const letter of `not a line of ours\n{"type":"other"}\n${READY}`) wait.hear(letter);
  pass(READY_WITHIN_MS);
  expect(heard).toEqual(['http://localhost:1']);
});

test('silence ends the wait', () => {
  const { heard, pass } = waitFor();
  pass(READY_WITHIN_MS - 1);
  expect(heard).toEqual([]);
  pass(1);
  expect(heard).toEqual(['silent']);
});

test('while it migrates no time counts, and from its end on all of it', () => {
  const { wait, heard, pass } = waitFor();
  pass(READY_WITHIN_MS - 1);
  wait.hear('{"type":"migrating","migrations":[70]}\n');
  pass(100 * READY_WITHIN_MS);
  expect(heard).toEqual([]);
  wait.hear('{"type":"migrated","migrations":[70]}\n');
  pass(READY_WITHIN_MS - 1);
  expect(heard).toEqual([]);
  pass(1);
  expect(heard).toEqual(['silent']);
});

test('ended, it hears no more silence, also of a migration', () => {
  const { wait, heard, pass } = waitFor();
  wait.hear('{"type":"migrating","migrations":[70]}\n{"type":"migrated","migrations":[70]}\n');
  wait.end();
  pass(READY_WITHIN_MS);
  expect(heard).toEqual([]);
});
