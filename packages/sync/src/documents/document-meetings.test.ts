import { err, type Timers } from '@holdfast/base';
import { expect, test } from 'vitest';

import { chainOf, content, DOCUMENT_HOME, headOfChain, OTHER_SHEET, SHEET } from '../testing/document-store-contract.ts';
import { PORTS, SIGNER } from '../testing/fixtures.ts';
import { createDocumentExchange, type DocumentExchange } from './document-exchange.ts';
import { createDocumentMeetings, type DocumentPeer } from './document-meetings.ts';
import { createMemoryDocumentStore, type DocumentStore } from './document-store.ts';

const LOGGER = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function replica(): { readonly store: DocumentStore; readonly exchange: DocumentExchange } {
  const store = createMemoryDocumentStore();
  const exchange = createDocumentExchange({
    store,
    take: (pieces) => store.take(pieces),
    home: () => DOCUMENT_HOME,
    keyOf: (author) => (author.startsWith('lane') ? SIGNER.publicKey : undefined),
    ...PORTS,
  });
  return { store, exchange };
}

function lane() {
  const own = replica();
  let nowMs = 0;
  let due: (() => void) | null = null;
  let taken = 0;
  const timers: Timers = {
    after: (_delayMs, run) => {
      due = run;
      return () => void (due = null);
    },
  };
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const meetings = createDocumentMeetings({ exchange: own.exchange, clock, timers, logger: LOGGER, onTaken: () => (taken += 1) });
  return {
    ...own,
    meetings,
    pass: (ms: number) => void (nowMs += ms),
    fire: () => due?.(),
    taken: () => taken,
  };
}

function peerOf(name: string, of: { readonly exchange: DocumentExchange }): DocumentPeer & { readonly asked: () => number } {
  let asked = 0;
  return {
    name,
    asked: () => asked,
    ask: async (request) => {
      asked += 1;
      const answer = await of.exchange.answer(request);
      return answer.ok ? answer : err({ type: 'malformed', reason: answer.error.reason });
    },
  };
}

const opening = () => chainOf('lane-1', [content('opening', 'count')]);

test('W-5: a digest that differs is a reason to meet, an equal one is none', async () => {
  const here = lane();
  const other = replica();
  const peer = peerOf('sibling', other);
  other.store.take(opening());
  here.meetings.heard(peer, await other.exchange.digest());
  await expect.poll(() => here.taken()).toBe(1);
  expect(await here.exchange.digest()).toBe(await other.exchange.digest());
  const asked = peer.asked();
  here.meetings.heard(peer, await other.exchange.digest());
  await here.meetings.stop();
  expect(peer.asked()).toBe(asked);
});

test('W-5: what is written goes to all that were heard, and what one gave goes on to the others', async () => {
  const here = lane();
  const [first, second] = [replica(), replica()];
  for (const [name, other] of [
    ['first', first],
    ['second', second],
  ] as const)
    here.meetings.heard(peerOf(name, other), await other.exchange.digest());
  here.store.take(opening());
  here.meetings.wrote();
  here.fire();
  await expect.poll(() => first.store.documents().length + second.store.documents().length).toBe(2);
  first.store.take(chainOf('lane-2', [content('opening', 'other')], OTHER_SHEET));
  here.meetings.heard(peerOf('first', first), await first.exchange.digest());
  await expect.poll(() => second.store.documents()).toEqual([SHEET, OTHER_SHEET]);
  await here.meetings.stop();
});

test('W-6: what a peer does not believe is offered again after a minute, or when something has changed, and not before', async () => {
  const here = lane();
  const other = replica();
  const peer = peerOf('sibling', other);
  const unknown = chainOf('stranger', [content('opening', 'count')]);
  here.store.take(unknown);
  const hear = async (): Promise<number> => {
    here.meetings.heard(peer, await other.exchange.digest());
    // One that has nothing to do ends at once; one that has is waited for.
    await new Promise((resolve) => setImmediate(resolve));
    return peer.asked();
  };
  await expect.poll(hear).toBeGreaterThan(0);
  const asked = await hear();
  expect(await hear()).toBe(asked);
  here.pass(60_000);
  await expect.poll(hear).toBeGreaterThan(asked);
  const later = await hear();
  here.store.take(chainOf('stranger', [content('change', 'a')], SHEET, headOfChain(unknown)));
  await expect.poll(hear).toBeGreaterThan(later);
  await here.meetings.stop();
});

test('W-5: a peer that does not answer is asked again when it is heard of a while later, and holds up no other', async () => {
  const here = lane();
  const other = replica();
  let asked = 0;
  const gone: DocumentPeer = {
    name: 'gone',
    ask: async () => {
      asked += 1;
      return err({ type: 'unreachable', reason: 'nobody' });
    },
  };
  other.store.take(opening());
  here.meetings.heard(gone, 'ab'.repeat(8));
  here.meetings.heard(peerOf('there', other), await other.exchange.digest());
  await expect.poll(() => here.store.documents()).toEqual([SHEET]);
  const before = asked;
  here.pass(60_000);
  here.meetings.heard(gone, 'ab'.repeat(8));
  await expect.poll(() => asked).toBe(before + 1);
  await here.meetings.stop();
});
