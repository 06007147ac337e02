import { describe, expect, test } from 'vitest';

import type { HubVerification } from './hub-api.ts';
import type { TillVerification } from './till-access.ts';
import { compareLedgers, entriesToFind, type FoundEntry } from './verification.ts';

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
  continues: null,
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
    ['a gap', hub(hubEpoch({ gaps: [{ from: 3, to: 4 }] })), till(), '1 gap'],
    ['sales on their way', hub(), till({ waitingEntries: 3, waitingSales: 2 }), '3 entries (2 sales) not at the hub yet'],
    ['projections that do not follow', hub(hubEpoch(), { projectionsEqualLedger: false }), till(), 'do not follow from its ledger'],
    ['the hub’s own finding', hub(hubEpoch(), { problems: ['d1: hash of seq 3'] }), till(), 'hash of seq 3'],
    ['an epoch that only the till knows', hub(hubEpoch({ epoch: 'e0', seq: 0, sales: 0 })), till(), 'the hub holds nothing of epoch e1'],
    ['a device that the hub does not know', hub(hubEpoch(), { devices: [] }), till(), 'the hub holds nothing of epoch e1'],
    [
      'entries set aside',
      hub(hubEpoch(), { devices: hub().devices.map((device) => ({ ...device, setAside: 1 })) }),
      till(),
      '1 entry was set aside and waits for a person',
    ],
  ])('%s is not proven equal', (_, hubSays, tillSays, finding) => {
    const verification = compareLedgers(hubSays, [tillSays]);
    expect(verification.proven).toBe(false);
    expect([...verification.problems, ...verification.epochs.flatMap((epoch) => epoch.problems)].join('\n')).toContain(finding);
  });

  test.each<[string, Partial<HubVerification['devices'][number]>, string]>([
    [
      'one',
      { branches: 1, setAside: 1 },
      'd1: 1 entry was set aside and waits for a person\nd1: 1 other history stands under its name, which no till that was asked wrote',
    ],
    [
      'more',
      { branches: 2, setAside: 2 },
      'd1: 2 entries were set aside and wait for a person\nd1: 2 other histories stand under its name, which no till that was asked wrote',
    ],
  ])('what stands beside the main line is counted in words: %s', (_, change, words) => {
    const verification = compareLedgers(hub(hubEpoch(), { devices: hub().devices.map((device) => ({ ...device, ...change })) }), [till()]);
    expect(verification.problems.join('\n')).toBe(words);
  });

  test.each([
    [6, 4, '-1 entry apart, -1 sale apart'],
    [9, 7, '2 entries apart, 2 sales apart'],
  ])('a growing epoch with %i entries and %i sales is apart, in words', (seq, sales, words) => {
    expect(compareLedgers(hub(), [tillEpoch({ seq, sales })]).epochs[0]?.problems.join(', ')).toBe(words);
  });

  test('a till that nobody asked is not claimed to agree', () => {
    expect(compareLedgers(hub(), []).epochs[0]?.till).toBeNull();
  });
});

describe('a lane that lost what the hub has', () => {
  const eur = (totalMinor: number) => [{ currency: 'EUR', totalMinor }];
  const left = hubEpoch();
  const next = hubEpoch({
    epoch: 'e2',
    seq: 3,
    headHash: 'cc',
    sales: 2,
    totalsByCurrency: eur(500),
    continues: { epoch: 'e1', seq: 4, hash: 'bb', isHeld: true },
  });
  type Epochs = TillVerification['epochs'];
  const old = { epoch: 'e1', seq: 4, headHash: 'bb', sales: 3, totalsByCurrency: eur(900), chainWhole: true };
  const grows = { epoch: 'e2', seq: 3, headHash: 'cc', sales: 2, totalsByCurrency: eur(500), chainWhole: true };
  const compared = (hubEpochs: readonly HubEpoch[], ...tills: readonly Epochs[]) =>
    compareLedgers(
      hub(left, { devices: hub().devices.map((device) => ({ ...device, epochs: [...hubEpochs] })) }),
      tills.map((epochs) => till({ epochs })),
    );
  const [rebuilt, begun] = [[grows], [{ ...old, seq: 0, headHash: '00', sales: 0, totalsByCurrency: [] }, grows]];
  const unbound = { ...next, continues: null };

  test.each<[string, readonly HubEpoch[], Epochs, string]>([
    ['was set back to an old copy of its disk', [left, next], [old, grows], '3 entries (2 sales)'],
    [
      'lost one entry',
      [left, { ...next, continues: { epoch: 'e1', seq: 6, hash: 'bb', isHeld: true } }],
      [{ ...old, seq: 6, sales: 4 }, grows],
      '1 entry (1 sale)',
    ],
    ['was set back to before its first entry', [left, unbound], begun, 'all 7 entries (5 sales)'],
    ['was rebuilt with nothing of its past', [left, unbound], rebuilt, 'all 7 entries (5 sales)'],
  ])('%s: the hub has all of it, and that is proven', (_, hubEpochs, epochs, lost) => {
    const verification = compared(hubEpochs, epochs);
    expect(verification.epochs.map(({ lostByTill, problems }) => [lostByTill, problems])).toEqual([
      [lost, []],
      [null, []],
    ]);
    expect(verification.proven).toBe(true);
  });

  test.each<[string, readonly HubEpoch[], Epochs, string]>([
    [
      'what it holds of the epoch is on no main line',
      [left, { ...next, continues: { epoch: 'e1', seq: 4, hash: 'bb', isHeld: false } }],
      [old, grows],
      '-3 entries apart',
    ],
    ['what it holds ends in another entry', [left, next], [{ ...old, headHash: 'b0' }, grows], '-3 entries apart'],
    ['what it holds ends elsewhere', [left, next], [{ ...old, seq: 5 }, grows], '-2 entries apart'],
    ['what it holds has a hole', [left, next], [{ ...old, chainWhole: false }, grows], 'chain broken at the till'],
    ['it has more sales than the hub', [left, next], [{ ...old, sales: 6 }, grows], '1 sale apart'],
    [
      'another epoch is continued there',
      [left, { ...next, continues: { epoch: 'e0', seq: 4, hash: 'bb', isHeld: true } }],
      [old, grows],
      '-3 entries apart',
    ],
    ['a hub that does not say what an epoch continues', [left, unbound], [old, grows], '-3 entries apart'],
    ['it has not left the epoch', [left, next], [grows, old], '-3 entries apart'],
    ['the hub has less than the lane', [{ ...left, seq: 3 }, next], [old, grows], '1 entry apart'],
    ['the hub has nothing of what grows', [left], [old, grows], 'the hub holds nothing of epoch e2'],
    ['what grows is shorter at the hub', [left, { ...next, seq: 2, headHash: 'c0' }], [old, grows], '1 entry apart'],
    ['what grows is another history at the hub', [left, next], [old, { ...grows, headHash: 'c0' }], 'another history'],
    ['what grows differs by a cent', [left, next], [old, { ...grows, totalsByCurrency: eur(501) }], 'totals differ'],
    ['the hub’s chain of the epoch is broken', [{ ...left, chainWhole: false }, next], [old, grows], 'chain broken at the hub'],
    ['the hub has a gap in the epoch', [{ ...left, gaps: [{ from: 2, to: 3 }] }, next], [old, grows], '1 gap'],
    ['the epoch’s head is not signed', [{ ...left, headSigned: false }, next], [old, grows], 'head not signed'],
    ['what grows is not signed at the hub', [left, { ...next, headSigned: false }], [old, grows], 'head not signed'],
    ['rebuilt, and nothing grows yet', [left, unbound], [{ ...grows, seq: 0 }], 'its till does not know this epoch'],
    [
      'rebuilt, and what grows is not whole at the hub',
      [left, { ...unbound, chainWhole: false }],
      rebuilt,
      'its till does not know this epoch',
    ],
    ['an epoch begun after the one that grows, by a copy of it', [unbound, left], rebuilt, 'its till does not know this epoch'],
    ['nothing at all is held', [left, next], [], 'its till does not know this epoch'],
  ])('%s: not proven', (_, hubEpochs, epochs, finding) => {
    const verification = compared(hubEpochs, epochs);
    expect(verification.proven).toBe(false);
    expect([...verification.problems, ...verification.epochs.flatMap(({ problems }) => problems)].join('\n')).toContain(finding);
  });

  test('two folders of one device are each compared, in either order', () => {
    const whole = [{ ...old, seq: 7, headHash: 'aa', sales: 5, totalsByCurrency: eur(1_999) }, grows];
    const missing = [{ ...old, seq: 8, headHash: 'ab', sales: 6 }, grows];
    expect(compared([left, next], whole, [old, grows])).toMatchObject({
      proven: true,
      epochs: [{}, { lostByTill: '3 entries (2 sales)' }, {}, {}],
    });
    for (const tills of [
      [whole, missing],
      [missing, whole],
    ])
      expect(compared([left, next], ...tills).proven).toBe(false);
  });

  type Held = FoundEntry['held'];
  const onMainLine: Held = { on: 'mainLine', from: null, isLast: false };
  const nowhere: Held = { on: 'none', from: null, isLast: false };
  const branchFrom = (from: number, isLast = true): Held => ({ on: 'branch', from, isLast });
  /** As the hub answers of each run of what the till holds of e1, in order. */
  const answered = (hubEpochs: readonly HubEpoch[], epochs: Epochs, held: readonly Held[], branches = 0) => {
    const ofHub = hub(left, { devices: hub().devices.map((device) => ({ ...device, branches, epochs: [...hubEpochs] })) });
    const asked = entriesToFind(ofHub, [till({ epochs })]);
    expect(asked).toHaveLength(held.length);
    const found = held.flatMap((of, index) => (asked[index] === undefined ? [] : [{ asked: asked[index], held: of }]));
    return compareLedgers(ofHub, [till({ epochs })], found);
  };
  const holed = {
    ...old,
    seq: 7,
    headHash: 'aa',
    chainWhole: false,
    runs: [1, 6].map((from) => ({ from, to: from + 1, hash: `a${from}` })),
  };
  const empty = { ...grows, seq: 0, headHash: '00', sales: 0, totalsByCurrency: [] };
  const apart = { ...old, seq: 6, headHash: 'b6', sales: 4 };

  test.each<[string, readonly HubEpoch[], Epochs, readonly Held[], number, object]>([
    [
      'has a hole in what it left',
      [left, next],
      [holed, grows],
      [onMainLine, onMainLine],
      0,
      { lostByTill: '3 entries (2 sales)', beside: null },
    ],
    [
      'was set back, and has written nothing since',
      [left],
      [old, empty],
      [onMainLine],
      0,
      { lostByTill: '3 entries (2 sales)', beside: null },
    ],
    [
      'was set back and sold before it met the hub',
      [left, next],
      [apart, grows],
      [branchFrom(5)],
      1,
      { lostByTill: '3 entries (1 sale)', beside: 'entries 5 to 6' },
    ],
    [
      'was set back and sold, and nothing of its new epoch is written yet',
      [left],
      [apart, empty],
      [branchFrom(5)],
      1,
      { lostByTill: '3 entries (1 sale)', beside: 'entries 5 to 6' },
    ],
    [
      'sold beside a copy that sold less',
      [{ ...left, seq: 4 }],
      [{ ...apart, sales: 5 }, empty],
      [branchFrom(5)],
      1,
      { lostByTill: null, beside: 'entries 5 to 6' },
    ],
  ])('%s: the hub holds each of its entries, and that is proven', (_, hubEpochs, epochs, held, branches, proven) => {
    const verification = answered(hubEpochs, epochs, held, branches);
    expect(verification).toMatchObject({ proven: true, problems: [] });
    expect(verification.epochs[0]).toMatchObject({ ...proven, problems: [] });
  });

  test.each<[string, readonly HubEpoch[], Epochs, readonly Held[], number, string]>([
    ['a run stands nowhere', [left, next], [holed, grows], [onMainLine, nowhere], 0, 'entries 6 to 7 are in no history that the hub holds'],
    [
      'behind its last run something is lost',
      [left, next],
      [{ ...holed, seq: 8 }, grows],
      [onMainLine, onMainLine],
      0,
      'chain broken at the till',
    ],
    ['it counted more sales than the hub', [left, next], [{ ...holed, sales: 6 }, grows], [onMainLine, onMainLine], 0, '1 sale apart'],
    [
      'its history goes on at the hub behind what it holds',
      [left, next],
      [apart, grows],
      [branchFrom(5, false)],
      1,
      '1 other history stands',
    ],
    [
      'there is another one besides',
      [left, next],
      [apart, grows],
      [branchFrom(5)],
      2,
      '1 other history stands under its name, which no till',
    ],
    ['what grows is not proven', [left, next], [apart, { ...grows, headHash: 'c0' }], [branchFrom(5)], 1, 'another history'],
    ['the hub has nothing of what grows', [left], [old, grows], [onMainLine], 0, 'the hub holds nothing of epoch e2'],
    [
      'the hub’s chain is broken',
      [{ ...left, chainWhole: false }, next],
      [holed, grows],
      [onMainLine, onMainLine],
      0,
      'chain broken at the hub',
    ],
  ])('%s: not proven, also with what the hub found', (_, hubEpochs, epochs, held, branches, finding) => {
    const verification = answered(hubEpochs, epochs, held, branches);
    expect(verification.proven).toBe(false);
    expect([...verification.problems, ...verification.epochs.flatMap(({ problems }) => problems)].join('\n')).toContain(finding);
  });

  test('of what is equal, or grows, nothing is asked, nor of runs that an older till does not tell of', () => {
    const whole = { ...old, seq: 7, headHash: 'aa', sales: 5, totalsByCurrency: eur(1_999) };
    const { runs: _, ...untold } = holed;
    for (const epochs of [
      [whole, grows],
      [grows, old],
      [untold, grows],
    ])
      expect(
        entriesToFind(hub(left, { devices: hub().devices.map((device) => ({ ...device, epochs: [left, next] })) }), [till({ epochs })]),
      ).toEqual([]);
  });
});
