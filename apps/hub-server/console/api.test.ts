import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createEnrolment, fetchOverview, fetchReturnExceptions, fetchSale, fetchSales, fetchStores } from './api.ts';
import { again, ApiFailure, failureOf, failureText, type Failure } from './ask.ts';
import { type Peer, peerDay, startPeer } from './testing/peer.ts';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
let peer: Peer;

beforeEach(async () => {
  peer = await startPeer(peerDay(NOON_MS, 120));
  const { fetch } = globalThis;
  // A page asks its own origin; here that is the peer.
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetch(new URL(path, peer.url), init));
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await peer.close();
});

const failureWhen = async (asked: Promise<unknown>): Promise<unknown> =>
  failureOf(await asked.then(() => null).catch((error: unknown) => error));

describe('what the hub answers', () => {
  test('is read as it is', async () => {
    expect(await fetchOverview()).toEqual(peer.day.overview);
    expect(await fetchStores()).toEqual(peer.day.stores);
    expect(await createEnrolment({ store: '1', hub: 'http://localhost:7400' })).toMatchObject({ code: 'K7QF-29XM' });
  });

  test('lists sales by pages, newest first, and opens one of them', async () => {
    const date = peer.day.overview.businessDate;
    const first = await fetchSales({ date, store: '', limit: 100 });
    const second = await fetchSales({ date, limit: 100, before: first.next ?? '' });
    expect([first.sales.length, second.sales.length, second.next]).toEqual([100, 20, null]);
    const [newest] = first.sales;
    const sale = await fetchSale(newest ?? { device: '', epoch: '', seq: 0 });
    expect(sale).toMatchObject(newest ?? {});
    expect(sale.lines.reduce((sum, line) => sum + line.amountMinor, 0)).toBe(sale.totalMinor);
  });
});

test.each<readonly [Failure | null, boolean]>([
  [null, true],
  [{ type: 'unreachable' }, true],
  [{ type: 'problem', status: 503, text: 'busy' }, true],
  [{ type: 'problem', status: 429, text: 'too many questions' }, true],
  [{ type: 'problem', status: 403, text: 'not allowed' }, false],
  [{ type: 'sessionLost' }, false],
  [{ type: 'notFound' }, false],
  [{ type: 'malformed', at: 'sales' }, false],
])('a list that was answered with %j is asked for again: %s', (failure, isAsked) => {
  const error = failure === null ? null : new ApiFailure(failure);
  expect(again(5_000)({ state: { error } })).toBe(isAsked ? 5_000 : false);
});

describe('returns to look at', () => {
  test('are read as they are, each with the entries that it is about', async () => {
    expect(await fetchReturnExceptions(5)).toEqual([]);
    const place = { device: 'd1', epoch: '8f3a1c90d2e4b657', seq: 7 };
    const known = {
      type: 'returnedTwice',
      store: '1',
      receiptNumber: 'r',
      sku: 'CUP',
      unit: 'piece',
      sold: 2,
      returned: 3,
      lastAtMs: NOON_MS,
    } as const;
    const unknown = { ...known, type: 'unknownReceipt', sold: 0 } as const;
    peer.day.exceptions = [
      { ...known, sale: place, lastReturn: place },
      { ...unknown, sale: null, lastReturn: place },
    ];
    expect(await fetchReturnExceptions(5)).toEqual(peer.day.exceptions);
    expect(await fetchReturnExceptions(1)).toHaveLength(1);
  });
});

describe('a failure', () => {
  test('names a lost session', async () => {
    peer.mode = 'noSession';
    expect(await failureWhen(fetchOverview())).toEqual({ type: 'sessionLost' });
  });

  test('tells a hub that is not there from one that refuses', async () => {
    peer.mode = 'down';
    expect(await failureWhen(fetchOverview())).toEqual({ type: 'unreachable' });
    peer.mode = 'failing';
    expect(await failureWhen(fetchOverview())).toEqual({ type: 'problem', status: 500, text: 'the disk is full' });
  });

  test('names the field of an answer that is not what was agreed', async () => {
    peer.mode = 'malformed';
    const failure = await failureWhen(fetchOverview());
    expect(failure).toEqual({ type: 'malformed', at: 'totals.sales' });
    expect(failureText({ type: 'malformed', at: 'totals.sales' })).toContain('reload the page');
  });

  test('says that a sale is not there', async () => {
    expect(await failureWhen(fetchSale({ device: 'd/../x', epoch: 'e', seq: 1 }))).toEqual({ type: 'notFound' });
  });
});
