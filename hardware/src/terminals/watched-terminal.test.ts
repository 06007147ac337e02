import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { afterEach, expect, test } from 'vitest';

import { serveTerminal, type TerminalProtocol } from '../virtual/terminal/start-terminal.ts';
import { parseTerminalFaults } from '../virtual/terminal/terminal-faults.ts';
import { createVirtualTerminal, type VirtualTerminal } from '../virtual/terminal/virtual-terminal.ts';
import type { TerminalOrder } from './terminal.ts';
import { watchTerminal, type WatchedTerminal } from './watched-terminal.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

let ids = 0;
const newId = (): string => `W${String((ids += 1)).padStart(9, '0')}`;

async function open(
  protocol: TerminalProtocol,
  saleId: () => string | undefined = () => 'lane-1',
): Promise<{
  readonly virtual: VirtualTerminal;
  readonly watched: WatchedTerminal;
  readonly told: { count: number };
  readonly close: () => Promise<void>;
}> {
  const virtual = createVirtualTerminal({ timers: systemTimers });
  const served = await serveTerminal(virtual, protocol, { port: 0 });
  closing.push(served.close);
  const [model = '', address = ''] = served.address.split(/@(.*)/s);
  const told = { count: 0 };
  const entry = { kind: 'paymentTerminal', model, address } as const;
  const watched = watchTerminal({ entry, saleId, newId, clock: systemClock, onStatus: () => void (told.count += 1) });
  return { virtual, watched, told, close: served.close };
}

const order = (): TerminalOrder => ({
  serviceId: newId(),
  act: 'payment',
  amountMinor: 119,
  currency: 'EUR',
  minorDigits: 2,
  mayBeOffline: false,
  atMs: 0,
});
const script = (virtual: VirtualTerminal, words: string): void => {
  const faults = parseTerminalFaults(words);
  assert(faults.ok, words);
  virtual.setFaults(faults.value);
};

test.each(['nexo', 'zvt'] as const)(
  'each payment over %s is counted by what became of it, and tells how the terminal is',
  async (protocol) => {
    const { virtual, watched, told, close } = await open(protocol);
    expect(watched.health()).toMatchObject({ power: 'unknown' });
    for (const [words, outcome] of [
      ['approve after 1 ms', 'approved'],
      ['decline after 1 ms', 'declined'],
      ['approve after 1 ms, answer lost', 'unknown'],
    ] as const) {
      script(virtual, words);
      const wanted = order();
      const ready = await watched.prepare(wanted);
      assert(ready.ok, 'it is there');
      expect(await watched.run({ ...wanted, ...ready.value })).toMatchObject({ type: outcome });
    }
    expect(watched.health()).toMatchObject({
      power: 'offline',
      statistics: { approvedCount: 1, declinedCount: 1, unknownCount: 1, notStartedCount: 0 },
    });
    script(virtual, '');
    expect(await watched.checkHealth()).toEqual({ ok: true, value: undefined });
    expect(watched.health()).toMatchObject({ power: 'online' });
    expect(told.count).toBe(3);
    await close();
    expect(await watched.checkHealth()).toMatchObject({ ok: false, error: { reason: 'unreachable', retry: 'safe' } });
  },
);

test('before the lane has a name nothing is begun; afterwards the same one pays', async () => {
  const lane: { name?: string } = {};
  const { watched } = await open('zvt', () => lane.name);
  const wanted = order();
  expect(await watched.prepare(wanted)).toMatchObject({ error: { type: 'notStarted', reason: 'notReady' } });
  expect(await watched.run(wanted)).toMatchObject({ type: 'notStarted' });
  expect(await watched.ask(wanted)).toMatchObject({ type: 'unreachable' });
  expect(watched.health()).toMatchObject({ power: 'offline', statistics: { notStartedCount: 1 } });
  lane.name = 'lane-1';
  expect(await watched.checkHealth()).toMatchObject({ ok: true });
});

test('while a shopper stands before it, it is not asked how it is', async () => {
  const { virtual, watched } = await open('nexo');
  script(virtual, 'approve after 300 ms');
  const paying = watched.run(order());
  expect(await watched.checkHealth()).toMatchObject({ error: { reason: 'busy' } });
  expect(await paying).toMatchObject({ type: 'approved' });
  expect(await watched.checkHealth()).toMatchObject({ ok: true });
});
