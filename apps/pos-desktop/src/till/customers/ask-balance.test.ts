import { err, ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import type { TillMessage } from '../../shared/till-contract.ts';
import { silentLogger } from '../testing/test-lane.ts';
import { createWindows, type Outcome } from '../windows.ts';
import { askBalance, type AskPorts } from './ask-balance.ts';

const QUESTION = { name: { account: 'giftCard', reference: 'G1', currency: 'EUR' }, neededMinor: 500 } as const;
const asked: unknown[] = [];
const ports = (answer: Awaited<ReturnType<AskPorts['transport']['askBalance']>>, token: string | undefined = 't'): AskPorts => ({
  transport: {
    askBalance: async (bearer, request) => {
      asked.push({ bearer, ...request });
      return answer;
    },
  },
  token: () => token,
});

test('the hub’s answer, under the name that was asked for', async () => {
  const answered = ok({ value: { availableMinor: 700 }, hubTimeMs: null });
  expect(await askBalance(ports(answered), QUESTION)).toEqual({ name: QUESTION.name, availableMinor: 700 });
  expect(asked).toEqual([{ bearer: 't', account: 'giftCard', reference: 'G1', currency: 'EUR', neededMinor: 500 }]);
  expect(await askBalance(ports(err({ type: 'unreachable', reason: 'cut' })), QUESTION)).toBeUndefined();
});

test('all that is there takes two questions: what it is, and that it is held', async () => {
  asked.length = 0;
  const all = { name: QUESTION.name, neededMinor: 'all' } as const;
  const there = ports(ok({ value: { availableMinor: 700 }, hubTimeMs: null }));
  expect(await askBalance(there, all)).toEqual({ name: QUESTION.name, availableMinor: 700 });
  expect(asked).toMatchObject([{ neededMinor: 0 }, { neededMinor: 700 }]);
  asked.length = 0;
  expect(await askBalance(ports(ok({ value: { availableMinor: 0 }, hubTimeMs: null })), all)).toMatchObject({ availableMinor: 0 });
  expect(asked).toHaveLength(1);
});

test('nobody is asked where nobody answers', async () => {
  asked.length = 0;
  const nobody: AskPorts = { ...ports(err({ type: 'unreachable', reason: '' })), token: () => undefined };
  expect(await askBalance(nobody, QUESTION)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a request that waits for an answer is handled when it is there; others go before it', async () => {
  const reply = (id: string, value = {}): Outcome => ({ broadcast: [], reply: { type: 'reply', id, ok: true, value } });
  const heard: TillMessage[] = [];
  let release = (_work: () => Outcome): void => {};
  const windows = createWindows(
    ({ id }) => reply(id),
    silentLogger,
    ({ id }) =>
      id !== 'slow'
        ? undefined
        : new Promise((resolve) => {
            release = resolve;
          }),
  );
  const window = windows.attach({ send: (...texts) => heard.push(...texts.map((text) => JSON.parse(text) as TillMessage)) });
  for (const id of ['slow', 'quick']) window.receive(JSON.stringify({ id, atMs: 0, body: { type: 'suspended' } }));
  expect(heard.map((message) => 'id' in message && message.id)).toEqual(['quick']);
  release(() => reply('slow', { departments: [] }));
  await Promise.resolve();
  expect(heard.at(-1)).toEqual({ type: 'reply', id: 'slow', ok: true, value: { departments: [] } });
});
