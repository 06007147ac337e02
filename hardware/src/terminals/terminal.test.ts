/** What every terminal does, whatever it speaks: each against the virtual one, over a real port. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert, hasCardNumber } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import { afterEach, describe, expect, test } from 'vitest';

import { serveTerminal, type ServedTerminal, type TerminalProtocol } from '../virtual/terminal/start-terminal.ts';
import { parseTerminalFaults } from '../virtual/terminal/terminal-faults.ts';
import { createVirtualTerminal, type VirtualTerminal } from '../virtual/terminal/virtual-terminal.ts';
import { openTerminal } from './open-terminal.ts';
import type { PaymentTerminal, TerminalOrder } from './terminal.ts';

const KEY = { keyIdentifier: 'lane-1', keyVersion: 3, passphrase: 'correct horse battery staple' };

interface Rig {
  readonly virtual: VirtualTerminal;
  readonly terminal: PaymentTerminal;
  readonly script: (words: string) => void;
}

let served: ServedTerminal | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

async function openRig(protocol: TerminalProtocol, isSealed: boolean): Promise<Rig> {
  const virtual = createVirtualTerminal({ timers: systemTimers });
  served = await serveTerminal(virtual, protocol, { port: 0, ...(isSealed && { key: KEY }) });
  const keyFile = join(mkdtempSync(join(tmpdir(), 'holdfast-terminal-')), 'key.json');
  if (isSealed) writeFileSync(keyFile, JSON.stringify(KEY));
  const address = isSealed ? `${served.address}&key=${keyFile}` : served.address;
  const opened = openTerminal(address, { saleId: 'lane-1', shopperMs: 2_500, answerMs: 3_000 });
  assert(opened.ok, 'it is an address');
  const script = (words: string): void => {
    const faults = parseTerminalFaults(words);
    assert(faults.ok, words);
    virtual.setFaults(faults.value);
  };
  return { virtual, terminal: opened.value, script };
}

let orders = 0;
function newOrder(more: Partial<TerminalOrder> = {}): TerminalOrder {
  orders += 1;
  const serviceId = String(orders).padStart(10, 'A');
  return {
    serviceId,
    act: 'payment',
    amountMinor: 1_099,
    currency: 'EUR',
    minorDigits: 2,
    mayBeOffline: false,
    atMs: 1_790_000_000_000,
    ...more,
  };
}

/** As the lane does it: what is known before goes into the order. */
async function prepared(terminal: PaymentTerminal, order: TerminalOrder): Promise<TerminalOrder> {
  const ready = await terminal.prepare(order);
  assert(ready.ok, 'the terminal is there');
  return { ...order, ...ready.value };
}

describe.each([
  ['nexo', 'nexo', false],
  ['nexo, sealed', 'nexo', true],
  ['ZVT', 'zvt', false],
] as const)('a terminal that speaks %s', (_, protocol, isSealed) => {
  const rig = async (): Promise<Rig> => await openRig(protocol, isSealed);

  test('charges a card, and says nothing of its number', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms');
    const outcome = await terminal.run(await prepared(terminal, newOrder()));
    expect(outcome).toMatchObject({
      type: 'approved',
      amountMinor: 1_099,
      isOffline: false,
      card: { brand: 'Visa', lastFour: '1111', entry: 'contactless', authorisation: virtual.last()?.authorisation },
    });
    expect(virtual.chargedMinor()).toBe(1_099);
    expect(JSON.stringify(virtual.journal())).toContain('4111111111111111');
    expect(hasCardNumber(JSON.stringify(outcome))).toBe(false);
  });

  test.each([
    ['decline after 1 ms', 'refused'],
    ['cancel after 1 ms', protocol === 'zvt' ? 'aborted' : 'cancelled'],
    ['approve after 1 ms, offline', 'hostUnreachable'],
  ])('where %s, it is %s and nothing is charged', async (words, reason) => {
    const { virtual, terminal, script } = await rig();
    script(words);
    const order = await prepared(terminal, newOrder());
    const outcome = await terminal.run(order);
    // ZVT cannot be told to stay with its host: there it is accepted, and says so.
    const isAccepted = protocol === 'zvt' && reason === 'hostUnreachable';
    expect(outcome).toMatchObject(isAccepted ? { type: 'approved', isOffline: true } : { type: 'declined', reason });
    expect(virtual.chargedMinor()).toBe(isAccepted ? 1_099 : 0);
  });

  test('accepts alone what it may', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms, offline');
    const order = await prepared(terminal, newOrder({ mayBeOffline: true }));
    expect(await terminal.run(order)).toMatchObject({ type: 'approved', isOffline: true });
    virtual.setOnline(true);
    expect(await terminal.ask(order)).toMatchObject({ type: 'approved', isOffline: false });
  });

  test('what was accepted alone and is declined later, it says when asked', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms, offline, declined later');
    const order = await prepared(terminal, newOrder({ mayBeOffline: true }));
    await terminal.run(order);
    virtual.setOnline(true);
    // ZVT asks for the last receipt alone, and that is another one now.
    expect(await terminal.ask(order)).toEqual(protocol === 'zvt' ? { type: 'notFound' } : { type: 'declined', reason: 'refused' });
  });

  test.each([
    ['approve after 1 ms, answer lost', 'approved'],
    ['approve after 1 ms, garbage', 'approved'],
    ['approve after 1 ms, slow 9 s', 'approved'],
    ['decline after 1 ms, answer lost', 'declined'],
    ['request lost', 'notFound'],
  ])('where %s, nobody knows, and asked it says: %s', async (words, type) => {
    const { virtual, terminal, script } = await rig();
    script(words);
    const order = await prepared(terminal, newOrder());
    expect(await terminal.run(order)).toMatchObject({ type: 'unknown' });
    script('');
    // A payment that was declined leaves no receipt behind, by which ZVT would know it.
    const expected = protocol === 'zvt' && type === 'declined' ? 'notFound' : type;
    expect(await terminal.ask(order)).toMatchObject({ type: expected });
    expect(virtual.chargedMinor()).toBe(type === 'approved' ? 1_099 : 0);
  });

  test('while the shopper stands before it, it says so; the lane gives it up', async () => {
    const { virtual, terminal } = await rig();
    const order = await prepared(terminal, newOrder());
    const running = terminal.run(order);
    while (virtual.current() === undefined) await new Promise((resolve) => setImmediate(resolve));
    await terminal.abort(order);
    expect(await running).toEqual({ type: 'declined', reason: 'aborted' });
    expect(virtual.chargedMinor()).toBe(0);
  });

  test('is busy with one thing at a time', async () => {
    const { virtual, terminal } = await rig();
    const other = { act: 'payment', amountMinor: 5, currency: 'EUR', minorDigits: 2, mayBeOffline: false } as const;
    virtual.begin(other, () => {});
    expect(await terminal.prepare(newOrder())).toMatchObject({ ok: false, error: { type: 'notStarted', reason: 'busy' } });
    expect(await terminal.run(newOrder({ mark: '0000' }))).toMatchObject({ type: 'notStarted', reason: 'busy' });
    virtual.abort('cancelled');
  });

  test('takes less than it was asked for where the card has no more', async () => {
    const { terminal, script } = await rig();
    script('approve after 1 ms, partial');
    expect(await terminal.run(await prepared(terminal, newOrder()))).toMatchObject({ type: 'approved', amountMinor: 549 });
  });

  test('gives a payment back: whole, and (nexo) a part of it; never more than it was', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms');
    const paid = await terminal.run(await prepared(terminal, newOrder()));
    assert(paid.type === 'approved' && paid.card.transactionId !== undefined, 'it has a name');
    const original = { transactionId: paid.card.transactionId, atMs: 1_790_000_000_000 };
    const part = await terminal.run(await prepared(terminal, newOrder({ act: 'refund', amountMinor: 99, original })));
    expect(part).toMatchObject({ type: 'approved', amountMinor: 99 });
    const reversal = await prepared(terminal, newOrder({ act: 'reversal', original }));
    const back = await terminal.run(reversal);
    // In ZVT a refund names no payment: there all of it is still left.
    expect(back).toMatchObject(protocol === 'nexo' ? { type: 'declined', reason: 'notAllowed' } : { type: 'approved', amountMinor: 1_099 });
    expect(virtual.chargedMinor()).toBe(protocol === 'nexo' ? 1_000 : -99);
    expect((await terminal.ask(reversal)).type).toBe(back.type);
  });

  test('what it never had, it does not give back', async () => {
    const { terminal } = await rig();
    const original = { transactionId: protocol === 'zvt' ? '0815-000815' : 'VT999.1', atMs: 0 };
    const outcome = await terminal.run(await prepared(terminal, newOrder({ act: 'reversal', original })));
    expect(outcome).toMatchObject({ type: 'declined' });
  });

  test('counts, is settled, and counts anew', async () => {
    const { terminal, script } = await rig();
    script('approve after 1 ms');
    await terminal.run(await prepared(terminal, newOrder()));
    await terminal.run(await prepared(terminal, newOrder({ amountMinor: 2_500 })));
    const order = newOrder();
    const totals = await terminal.settle(order);
    expect(totals).toMatchObject({ ok: true, value: { brands: [{ brand: 'Visa', count: 2, amountMinor: 3_599 }] } });
    expect(await terminal.settle(newOrder())).toMatchObject({ ok: true, value: { brands: [] } });
  });

  test('unplugged, it is not there; back, it is, without a restart of the lane', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms');
    virtual.setPlugged(false);
    expect(await terminal.check(newOrder())).toMatchObject({ ok: false });
    expect(await terminal.prepare(newOrder())).toMatchObject({ ok: false, error: { type: 'notStarted' } });
    virtual.setPlugged(true);
    expect(await terminal.check(newOrder())).toEqual({ ok: true, value: undefined });
    expect(await terminal.run(await prepared(terminal, newOrder()))).toMatchObject({ type: 'approved' });
  });

  test('unplugged in the middle: asked when it is back', async () => {
    const { virtual, terminal, script } = await rig();
    script('approve after 1 ms, unplugged after 1 payment');
    const order = await prepared(terminal, newOrder());
    const outcome = await terminal.run(order);
    expect(['approved', 'unknown']).toContain(outcome.type);
    expect((await terminal.ask(order)).type).toBe('unreachable');
    virtual.setPlugged(true);
    expect(await terminal.ask(order)).toMatchObject({ type: 'approved', amountMinor: 1_099 });
  });

  test('nobody there: it never began', async () => {
    const { terminal } = await rig();
    await served?.close();
    expect(await terminal.run(newOrder({ mark: '0000' }))).toMatchObject({ type: 'notStarted', reason: 'unreachable' });
    expect(await terminal.ask(newOrder({ mark: '0000' }))).toMatchObject({ type: 'unreachable' });
  });
});

test('another key than the terminal’s opens nothing, and charges nothing', async () => {
  const { virtual } = await openRig('nexo', true);
  const opened = openTerminal(served?.address ?? '', { saleId: 'lane-1', shopperMs: 2_500, answerMs: 3_000 });
  assert(opened.ok, 'it is an address');
  expect(await opened.value.run(newOrder())).toMatchObject({ type: 'notStarted' });
  expect(virtual.journal()).toEqual([]);
});

test('after another sale on the same terminal ZVT cannot tell any more, and says that', async () => {
  const { terminal, script } = await openRig('zvt', false);
  script('approve after 1 ms, answer lost');
  const order = await prepared(terminal, newOrder());
  await terminal.run(order);
  script('approve after 1 ms');
  await terminal.run(await prepared(terminal, newOrder({ amountMinor: 5 })));
  expect(await terminal.ask(order)).toEqual({ type: 'unclear' });
});

test.each([
  'nexo@http://x/nexo?poi=a&plain=yes',
  'nexo@http://localhost:8443/nexo?poi=a',
  'nexo@http://[::1]/nexo?poi=a',
  'nexo@https://x/nexo?poi=a',
])('%j is one: what goes over a network in clear says so', (text) => {
  expect(openTerminal(text, { saleId: 'lane-1' }).ok).toBe(true);
});

test.each([
  '',
  'nexo@',
  'nexo@tcp://x:1',
  'nexo@http://x/nexo',
  'zvt@tcp://',
  'zvt@tcp://x?password=12',
  'visa@tcp://x:1',
  'nexo@https://x/nexo?poi=a&key=/nowhere',
  'nexo@http://x/nexo?poi=a',
  'nexo@http://x/nexo?poi=a&plain=1',
  'nexo@http://localhost.x/nexo?poi=a',
])('%j is no terminal', (text) => {
  expect(openTerminal(text, { saleId: 'lane-1' })).toMatchObject({ ok: false, error: { type: 'badTerminal' } });
});
