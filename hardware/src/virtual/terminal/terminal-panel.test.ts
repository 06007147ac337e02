import { systemTimers } from '@holdfast/base/node';
import { afterEach, expect, test } from 'vitest';

import type { Panel } from '../loopback-page.ts';
import { parseTerminalFaults } from './terminal-faults.ts';
import { serveTerminalPanel } from './terminal-panel.ts';
import { createVirtualTerminal, type VirtualTerminal, type VirtualTransaction } from './virtual-terminal.ts';

let panel: Panel | undefined;
afterEach(async () => await panel?.close());

const ORDER = { act: 'payment', amountMinor: 1_099, currency: 'EUR', minorDigits: 2, mayBeOffline: true } as const;

async function open(): Promise<{
  readonly terminal: VirtualTerminal;
  readonly press: (key: string) => Promise<number>;
  readonly url: string;
}> {
  const terminal = createVirtualTerminal({ timers: systemTimers });
  panel = await serveTerminalPanel(terminal, 0);
  const { url } = panel;
  return { terminal, url, press: async (key) => (await fetch(`${url}press/${key}`, { method: 'POST' })).status };
}

test('shows what it waits for, and holds cards against it', async () => {
  const { terminal, press, url } = await open();
  const ended: VirtualTransaction[] = [];
  terminal.begin(ORDER, (transaction) => ended.push(transaction));
  expect(await (await fetch(`${url}state`)).json()).toMatchObject({ screen: 'Card, please: 10.99 EUR', waiting: 1_099 });
  expect(await press('card-3')).toBe(204);
  terminal.begin(ORDER, (transaction) => ended.push(transaction));
  expect(await press('card-1')).toBe(204);
  terminal.begin(ORDER, (transaction) => ended.push(transaction));
  expect(await press('timeout')).toBe(204);
  expect(ended.map(({ state, reason, card }) => [state, reason, card?.brand])).toEqual([
    ['declined', 'refused', 'Visa'],
    ['approved', undefined, 'Mastercard'],
    ['declined', 'timeout', undefined],
  ]);
  const page = await (await fetch(`${url}state`)).text();
  expect(page).toContain('Mastercard 4444');
  expect(page).not.toContain('5555555555554444');
});

test('loses an answer, its host and its plug', async () => {
  const { terminal, press } = await open();
  let losesAnswers: true | undefined;
  terminal.begin(ORDER, () => (losesAnswers = terminal.faults().losesAnswers));
  await press('lose-answer');
  expect([losesAnswers, terminal.faults()]).toEqual([true, {}]);
  await press('host-gone');
  terminal.begin(ORDER, () => {});
  await press('approve');
  expect(terminal.state()).toMatchObject({ host: 'offline', toForward: 1 });
  await press('host-declines');
  expect(terminal.chargedMinor()).toBe(1_099);
  terminal.begin(ORDER, () => {});
  await press('unplug');
  expect(terminal.state()).toMatchObject({ screen: 'no power', isPlugged: false, waiting: 0 });
  expect(terminal.chargedMinor(), 'a card that was waited for').toBe(1_099);
});

test('another site’s page presses no keys, and only known words are a script', async () => {
  const { terminal, url } = await open();
  terminal.begin(ORDER, () => {});
  const pressed = await fetch(`${url}press/approve`, { method: 'POST', headers: { origin: 'http://evil.example' } });
  expect([pressed.status, terminal.chargedMinor()]).toEqual([403, 0]);
  expect(await (await fetch(`${url}script`, { method: 'POST', body: 'on fire' })).text()).toBe('Not known: on fire');
  expect((await fetch(`${url}script`, { method: 'POST', body: 'slow 2 s' })).status).toBe(204);
  expect(terminal.faults()).toEqual({ slowMs: 2_000 });
});

test('every fault of the script', () => {
  const words =
    'approve after 300 ms, answer lost; request lost\n garbage, slow 3 s, partial, offline, declined later, unplugged after 2 payments, back after 2 s';
  expect(parseTerminalFaults(words)).toEqual({
    ok: true,
    value: {
      shopper: { does: 'approve', afterMs: 300 },
      losesAnswers: true,
      losesRequests: true,
      talksGarbage: true,
      slowMs: 3_000,
      approvesHalf: true,
      isOffline: true,
      declinesLater: true,
      unpluggedAfterPayments: 2,
      backAfterMs: 2_000,
    },
  });
});
