import { describe, expect, test } from 'vitest';

import type { HubVerification } from './hub-api.ts';
import type { TillVerification } from './till-access.ts';
import { compareLedgers } from './verification.ts';

type HubEpoch = HubVerification['devices'][number]['epochs'][number];

const hubEpoch = (change: Partial<HubEpoch> = {}): HubEpoch => ({
  epoch: 'e1',
  seq: 7,
  headHash: 'aa',
  chainWhole: true,
  headSigned: true,
  sales: 5,
  totalsByCurrency: [{ currency: 'EUR', totalMinor: 1_999 }],
  gaps: [],
  ...change,
});

const hub = (epoch: HubEpoch = hubEpoch(), change: Partial<HubVerification> = {}): HubVerification => ({
  devices: [{ device: 'd1', store: '1', lane: 1, epochs: [epoch], setAside: 0, branches: 0 }],
  totals: { sales: 5, byCurrency: [{ currency: 'EUR', totalMinor: 1_999 }] },
  projectionsEqualLedger: true,
  problems: [],
  ...change,
});

const till = (change: Partial<TillVerification> = {}): TillVerification => ({
  device: 'd1',
  epochs: [{ epoch: 'e1', seq: 7, headHash: 'aa', sales: 5, totalsByCurrency: [{ currency: 'EUR', totalMinor: 1_999 }], chainWhole: true }],
  waitingEntries: 0,
  waitingSales: 0,
  position: { hubEpoch: 'h', lsn: 1 },
  items: 388,
  ...change,
});

const tillEpoch = (change: Partial<TillVerification['epochs'][number]>): TillVerification =>
  till({ epochs: till().epochs.map((epoch) => ({ ...epoch, ...change })) });

describe('compareLedgers', () => {
  test('equal ledgers are proven equal', () => {
    expect(compareLedgers(hub(), [till()])).toMatchObject({ proven: true, problems: [], totals: { sales: 5 } });
  });

  test('a currency at 0 is the same as none', () => {
    const zero = [
      { currency: 'EUR', totalMinor: 1_999 },
      { currency: 'GBP', totalMinor: 0 },
    ];
    expect(compareLedgers(hub(hubEpoch({ totalsByCurrency: zero })), [till()]).proven).toBe(true);
  });

  test.each<[string, HubVerification, TillVerification, string]>([
    ['an entry is missing at the hub', hub(), tillEpoch({ seq: 8 }), '1 entry apart'],
    ['a sale is missing', hub(), tillEpoch({ sales: 6 }), '1 sale apart'],
    ['a cent is missing', hub(), tillEpoch({ totalsByCurrency: [{ currency: 'EUR', totalMinor: 2_000 }] }), 'totals differ'],
    ['another currency', hub(), tillEpoch({ totalsByCurrency: [{ currency: 'GBP', totalMinor: 1_999 }] }), 'totals differ'],
    ['the same length, another history', hub(), tillEpoch({ headHash: 'bb' }), 'another history'],
    ['a broken chain at the till', hub(), tillEpoch({ chainWhole: false }), 'chain broken at the till'],
    ['a broken chain at the hub', hub(hubEpoch({ chainWhole: false })), till(), 'chain broken at the hub'],
    ['an unsigned head', hub(hubEpoch({ headSigned: false })), till(), 'head not signed'],
    ['a gap', hub(hubEpoch({ gaps: [{ from: 3, to: 4 }] })), till(), '1 gaps'],
    ['sales on their way', hub(), till({ waitingEntries: 3, waitingSales: 2 }), '3 entries (2 sales) not at the hub yet'],
    ['projections that do not follow', hub(hubEpoch(), { projectionsEqualLedger: false }), till(), 'do not follow from its ledger'],
    ['the hub’s own finding', hub(hubEpoch(), { problems: ['d1: hash of seq 3'] }), till(), 'hash of seq 3'],
    ['an epoch that only the till knows', hub(hubEpoch({ epoch: 'e0', seq: 0, sales: 0 })), till(), 'the hub holds nothing of epoch e1'],
    ['a device that the hub does not know', hub(hubEpoch(), { devices: [] }), till(), 'the hub holds nothing of epoch e1'],
    [
      'entries set aside',
      hub(hubEpoch(), { devices: hub().devices.map((device) => ({ ...device, setAside: 1 })) }),
      till(),
      '1 entries were set aside',
    ],
  ])('%s is not proven equal', (_, hubSays, tillSays, finding) => {
    const verification = compareLedgers(hubSays, [tillSays]);
    expect(verification.proven).toBe(false);
    expect([...verification.problems, ...verification.epochs.flatMap((epoch) => epoch.problems)].join('\n')).toContain(finding);
  });

  test('a till that nobody asked is not claimed to agree', () => {
    expect(compareLedgers(hub(), []).epochs[0]?.till).toBeNull();
  });
});
