import { expect, test } from 'vitest';

import { ApiFailure } from '../ask.ts';
import { isAsking, proven, settleProof, whenAsking } from './proof.ts';

const needed = new ApiFailure({ type: 'problem', status: 403, name: 'proofNeeded', text: 'Prove it.' });

/** Fails until it is proven. */
function world() {
  const tries: string[] = [];
  let isProven = false;
  return {
    tries,
    prove: () => {
      isProven = true;
      settleProof(true);
    },
    act: async (what: string): Promise<string> => {
      tries.push(what);
      if (!isProven) throw needed;
      return what;
    },
  };
}

test('what wants a proof is asked for one, all of it once, and goes on when it was given', async () => {
  const { act, tries, prove } = world();
  let told = 0;
  const stop = whenAsking(() => void (told += 1));
  const both = Promise.all([proven(async () => act('end')), proven(async () => act('make'))]);
  await expect.poll(isAsking).toBe(true);
  prove();
  expect(await both).toEqual(['end', 'make']);
  expect([tries, isAsking(), told]).toEqual([['end', 'make', 'end', 'make'], false, 2]);
  stop();
});

test('whoever leaves it is told what the hub said; other refusals ask for nothing', async () => {
  const { act, tries } = world();
  const left = proven(async () => act('end'));
  await expect.poll(isAsking).toBe(true);
  settleProof(false);
  await expect(left).rejects.toBe(needed);
  expect(tries).toEqual(['end']);
  const other = new ApiFailure({ type: 'problem', status: 403, name: 'notAllowed', text: 'No.' });
  await expect(proven(async () => Promise.reject(other))).rejects.toBe(other);
  expect(isAsking()).toBe(false);
});
