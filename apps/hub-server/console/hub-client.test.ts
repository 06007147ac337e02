import { afterEach, expect, test, vi } from 'vitest';

import { addressOf, askHub, previewIn, publishedIn } from './hub-client.ts';

afterEach(() => vi.unstubAllGlobals());

test.each([
  [
    addressOf('getStoreDaysByStoreByBusinessDate', { store: 'a/b $&', businessDate: '2026-11-21' }),
    '/api/v1/store-days/a%2Fb%20%24%26/2026-11-21',
  ],
  [addressOf('getReceiptMails', { store: '', state: undefined, limit: 3 }), '/api/v1/receipt-mails?limit=3'],
  [addressOf('getAttendance', { fromMs: 0, toMs: 5, store: 'N & S' }), '/api/v1/attendance?fromMs=0&toMs=5&store=N+%26+S'],
  [addressOf('getOverviewWeek', undefined), '/api/v1/overview/week'],
])('%s', (address, expected) => expect(address).toBe(expected));

test('an answer is judged by the hub’s own schema, may hold more than it says, and never less', async () => {
  const answers = [{ attendance: [{ store: '1', person: 'kim', isNew: true }], more: 1 }, { attendance: [{ store: '1' }] }];
  vi.stubGlobal('fetch', async () => Response.json(answers.shift()));
  const asked = { question: { fromMs: 0, toMs: 1 } } as const;
  expect((await askHub('getAttendance', asked)).attendance).toMatchObject([{ store: '1', person: 'kim' }]);
  await expect(askHub('getAttendance', asked)).rejects.toMatchObject({ failure: { type: 'malformed', at: 'attendance.0.person' } });
});

test('what is written goes as JSON, by the method that the operation has', async () => {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', async (path: string, { method, body, headers }: RequestInit) => {
    asked.push([path, method, body, headers]);
    return Response.json({});
  });
  await askHub('postCardCasesNote', { body: { device: 'd', paymentId: 'ABCDEFGHIJ', note: 'n', isSettled: true } });
  await askHub('postReceiptMailsByEntryNoAgain', { question: { entryNo: 4 } });
  await askHub('deleteProductBySku', { question: { sku: 'A/B' }, ifMatch: 'v1' }).catch(() => undefined);
  expect(asked).toEqual([
    [
      '/api/v1/card-cases/note',
      'POST',
      '{"device":"d","paymentId":"ABCDEFGHIJ","note":"n","isSettled":true}',
      { 'Content-Type': 'application/json' },
    ],
    ['/api/v1/receipt-mails/4/again', 'POST', undefined, undefined],
    ['/api/v1/product/A%2FB', 'DELETE', undefined, { 'If-Match': '"v1"' }],
  ]);
});

test('what a path wrote, and what it would have, are told apart; the one in place of the other is no answer', () => {
  const written = { lsn: 4, changed: 1 };
  const preview = { groups: [] };
  expect([previewIn<typeof written | typeof preview>(preview), publishedIn<typeof written | typeof preview>(written)]).toEqual([
    preview,
    written,
  ]);
  expect(() => previewIn<typeof written | typeof preview>(written)).toThrow('could not be read');
  expect(() => publishedIn<typeof written | typeof preview>(preview)).toThrow('could not be read');
});
