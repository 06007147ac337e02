/** Card payments that somebody should look at, out of lanes' ledgers: each engine's test file runs this suite over a real hub. */
import {
  cardClearingEntry,
  cardExceptionEntry,
  cardForwardedEntry,
  LEDGER_KINDS,
  terminalRecordEntry,
  type CardClearing,
  type Fields,
  type LedgerEntry,
  type LedgerHeader,
  type TerminalOutcomeWord,
} from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { CardCaseView, LaneStanding } from './card-cases.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const HEADER: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'sam', training: false };
const CURRENCY = { currency: 'EUR' } as const;

interface Lane {
  readonly device: TestDevice;
  sell(paymentId: string, amountMinor: number, more?: Fields): string;
  write(entry: LedgerEntry): void;
  send(from?: number): Promise<unknown>;
}

function laneOf(device: TestDevice): Lane {
  const write = ({ kind, fields }: LedgerEntry): void => void device.append(kind, fields);
  return {
    device,
    write,
    sell(paymentId, amountMinor, { cardIsOffline, ...more } = {}) {
      const number = device.entries.length + 1;
      const card = { cardPayment: paymentId, cardAtMs: 1, ...(cardIsOffline === true && { cardIsOffline }) };
      const tenders = [{ tenderType: 'card', amountMinor, ...card }];
      const fields = { ...saleFields(number, [{ sku: 'MUG', quantity: 1, amountMinor }]), ...HEADER, tenders, ...more };
      write({ kind: LEDGER_KINDS.sale.kind, fields });
      return `1-abcd-${String(number).padStart(6, '0')}`;
    },
    send: async (from) => device.send(from),
  };
}

const record = (paymentId: string, outcome: TerminalOutcomeWord, amountMinor = 119): LedgerEntry =>
  terminalRecordEntry(HEADER, { paymentId, act: 'payment', ...CURRENCY, amountMinor, outcome, reason: 'left' });
const exception = (paymentId: string, receiptNumber: string, amountMinor: number): LedgerEntry =>
  cardExceptionEntry(HEADER, { paymentId, receiptNumber, ...CURRENCY, amountMinor, reason: 'refused' });
const clearing = (paymentId: string, how: CardClearing): LedgerEntry =>
  cardClearingEntry(HEADER, { paymentId, how, reason: 'The bank’s statement' });

interface Answer {
  readonly cases: readonly CardCaseView[];
  readonly lanes: readonly LaneStanding[];
}

export function cardCasesContract(engine: string, open: () => Promise<Database>): void {
  describe(`card cases contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    let stores = 1;
    const newStore = async (): Promise<string> => {
      stores += 1;
      const store = `S${stores}`;
      const made = { store, name: `Store ${stores}`, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      expect((await hub.post('/api/v1/stores', made)).status).toBe(201);
      return store;
    };
    const newLane = async (store: string): Promise<Lane> => laneOf(await enrolNextDevice(hub, store));
    const ask = async (question: string): Promise<Answer> => hub.json<Answer>(`/api/v1/card-cases?${question}`);
    const verified = async (): Promise<void> =>
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });

    test('declined when it was forwarded: beside its sale, against the limits until the lane clears it', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      const receipt = lane.sell('AAAAAAAAAA', 1_190, { cardIsOffline: true });
      lane.sell('BBBBBBBBBB', 500, { cardIsOffline: true });
      lane.sell('CCCCCCCCCC', 300);
      await lane.send();
      expect((await ask(`store=${store}`)).cases.map(({ paymentId, state }) => [paymentId, state])).toEqual([
        ['BBBBBBBBBB', 'toForward'],
        ['AAAAAAAAAA', 'toForward'],
      ]);
      lane.write(exception('AAAAAAAAAA', receipt, 1_190));
      lane.write(cardForwardedEntry(HEADER, { paymentId: 'BBBBBBBBBB', receiptNumber: 'r', ...CURRENCY, amountMinor: 500 }));
      await lane.send(4);
      const declined = await ask(`store=${store}`);
      expect(declined.cases).toMatchObject([
        {
          paymentId: 'AAAAAAAAAA',
          state: 'declinedLater',
          amountMinor: 1_190,
          currency: 'EUR',
          minorDigits: 2,
          reason: 'refused',
          isOpen: true,
          counts: true,
          cleared: null,
          sales: [{ device: lane.device.enrolled.device, seq: 1, receiptNumber: receipt }],
        },
      ]);
      const standing = (answer: Answer): unknown => answer.lanes.filter((each) => each.store === store);
      expect(standing(declined)).toMatchObject([{ count: 1, sumMinor: 1_190, limits: null }]);
      lane.write(clearing('AAAAAAAAAA', 'writtenOff'));
      await lane.send(6);
      expect((await ask(`store=${store}`)).cases).toEqual([]);
      const all = await ask(`store=${store}&open=false`);
      expect(all.cases.find(({ state }) => state === 'declinedLater')).toMatchObject({
        isOpen: false,
        counts: false,
        cleared: { how: 'writtenOff', by: 'sam', reason: 'The bank’s statement' },
      });
      expect(standing(all)).toEqual([]);
      await verified();
    });

    test('of an unknown outcome until an answer came, or somebody at the lane said it; what the terminal cannot tell stays', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      for (const [paymentId, outcome] of [
        ['AAAAAAAAA1', 'unknown'],
        ['AAAAAAAAA2', 'unknown'],
        ['AAAAAAAAA3', 'stuck'],
        ['AAAAAAAAA4', 'declined'],
        ['AAAAAAAAA5', 'unknown'],
      ] as const)
        lane.write(record(paymentId, outcome));
      lane.write(record('AAAAAAAAA2', 'reversed'));
      lane.write(clearing('AAAAAAAAA5', 'notCharged'));
      await lane.send();
      const states = async (question: string): Promise<unknown> =>
        (await ask(`store=${store}${question}`)).cases.map(({ paymentId, state, sales }) => [paymentId, state, sales]);
      expect(await states('')).toEqual([
        ['AAAAAAAAA3', 'stuck', []],
        ['AAAAAAAAA1', 'unknown', []],
      ]);
      expect(await states('&state=unknown')).toEqual([['AAAAAAAAA1', 'unknown', []]]);
      expect(await states('&open=false&state=unknown')).toHaveLength(3);
      await verified();
    });

    test('one charge that stands in two sales is a double, whichever of them came first; a sale that was voided is none', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      const receipts = [lane.sell('DDDDDDDDDD', 1_190), lane.sell('DDDDDDDDDD', 1_190)];
      const voided = lane.sell('EEEEEEEEEE', 500);
      lane.sell('EEEEEEEEEE', 500, { postVoidOf: voided });
      await lane.send();
      const { cases } = await ask(`store=${store}`);
      expect(cases).toMatchObject([{ paymentId: 'DDDDDDDDDD', state: 'double', counts: false }]);
      expect(cases[0]?.sales.map(({ receiptNumber }) => receiptNumber)).toEqual(receipts);
      await verified();
    });

    test('headquarters notes what it found, and is done with it; the lane’s limits are the lane’s', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      const receipt = lane.sell('FFFFFFFFFF', 700, { cardIsOffline: true });
      lane.write(exception('FFFFFFFFFF', receipt, 700));
      await lane.send();
      const place = { device: lane.device.enrolled.device, paymentId: 'FFFFFFFFFF' };
      const note = async (body: object): Promise<number> => (await hub.post('/api/v1/card-cases/note', { ...place, ...body })).status;
      expect(await note({ note: 'paid by 4111 1111 1111 1111' })).toBe(400);
      expect(await note({ note: '' })).toBe(400);
      expect(await note({ note: 'nobody', paymentId: 'ZZZZZZZZZZ' })).toBe(404);
      expect(await note({ note: 'the shopper was asked' })).toBe(200);
      expect((await ask(`store=${store}`)).cases).toMatchObject([{ note: 'the shopper was asked', isSettled: false, isOpen: true }]);
      expect(await note({ note: 'given up', isSettled: true })).toBe(200);
      const answer = await ask(`store=${store}`);
      expect(answer.cases).toEqual([]);
      expect(answer.lanes.filter((each) => each.store === store)).toMatchObject([{ count: 1, sumMinor: 700 }]);
      expect((await ask(`store=${store}&open=false`)).cases).toMatchObject([
        { isSettled: true, isOpen: false, counts: true, note: 'given up' },
      ]);
      await verified();
    });

    test('what cannot be read is set aside and is no case; practice is nobody’s money', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      const { kind, fields } = record('GGGGGGGGGG', 'unknown');
      lane.write({ kind, fields: { ...fields, outcome: 'whatever' } });
      lane.write({ kind, fields: { ...fields, paymentId: '4111111111111111' } });
      lane.write({ kind, fields: { ...fields, training: true } });
      await lane.send();
      expect((await ask(`store=${store}&open=false`)).cases).toEqual([]);
      const { entries } = await hub.json<{ entries: readonly { device: string; reason: string }[] }>('/api/v1/set-aside');
      const reasons = entries.filter(({ device }) => device === lane.device.enrolled.device).map(({ reason }) => reason);
      expect(reasons).toEqual([expect.stringContaining('paymentId'), expect.stringContaining('outcome')]);
      await verified();
    });

    test('what is kept wrongly is named by verification', async () => {
      const store = await newStore();
      const lane = await newLane(store);
      lane.sell('HHHHHHHHHH', 100);
      await lane.send();
      await verified();
      await hub.database.execute("UPDATE card_payment SET stuck_no = 1 WHERE payment_id = 'HHHHHHHHHH'");
      const { problems } = await hub.json<{ problems: readonly string[] }>('/api/v1/verify');
      expect(problems).toEqual([expect.stringContaining('HHHHHHHHHH')]);
      await hub.database.execute("UPDATE card_payment SET stuck_no = NULL WHERE payment_id = 'HHHHHHHHHH'");
    });
  });
}
