import { assert, ok, type Result } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { scopesOfPlace } from '../down/audience.ts';
import type { Cell, Position, ScopedEntity } from '../down/cells.ts';
import { createMemoryStore } from '../memory-store.ts';
import type { ReplicaStore } from '../store.ts';
import { DEVICE, EPOCH, PORTS, saleDraft, SCHEMAS, SIGNER } from '../testing/fixtures.ts';
import { IDENTITY } from '../testing/store-contract.ts';
import { bytesToHex, compareBytewise } from '../wire/bytes.ts';
import {
  audit,
  AUDIT_LIMITS,
  fingerprintOf,
  fingerprintOfHashes,
  parseAuditAnswer,
  parseAuditQuestion,
  parseAuditReport,
  parseCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
  type AuditAnswer,
  type AuditPorts,
  type AuditQuestion,
  type AuditReport,
  type Checkpoint,
} from './audit.ts';
import { signBegin } from './ledger.ts';

const HUB_KEY = bytesToHex(SIGNER.publicKey);
const HEAD: Position = { hubEpoch: IDENTITY.hubEpoch, lsn: 7, historyHash: '7'.repeat(64) };

/** A lane with these entities at the head, and so many confirmed entries. */
function laneWith(entities: readonly ScopedEntity[], entries = 0): ReplicaStore {
  const store = createMemoryStore({ schemas: SCHEMAS, hash: nodeHash });
  store.enrol({ ...IDENTITY, hubPublicKey: HUB_KEY }, EPOCH);
  for (let serial = 1; serial <= entries; serial += 1) store.append(saleDraft(serial));
  store.confirm([{ epoch: EPOCH, confirmedSeq: entries, diverged: false }], {});
  store.stage({ from: store.cut().position, to: HEAD, rebase: false, segments: [], signature: '0'.repeat(128) });
  const cells = entities.flatMap(({ type, key, scope, fields }): Cell[] => [
    { type, key, scope, field: 0, generation: 1, stamp: HEAD.lsn, value: true },
    ...[...fields].map(([field, value]) => ({ type, key, scope, field, generation: 1, stamp: HEAD.lsn, value })),
  ]);
  store.applyChunk({ segment: 'all', chunk: 0, chunkCount: 1 }, cells);
  store.expose();
  return store;
}

interface HubModel {
  readonly hashes: readonly Uint8Array[];
  readonly entities: readonly ScopedEntity[];
  readonly answer?: Partial<AuditAnswer>;
}

const inOrder = (entities: readonly ScopedEntity[]): readonly ScopedEntity[] =>
  entities.toSorted((left, right) => compareBytewise(left.key, right.key) || compareBytewise(left.scope, right.scope));

function answerOf(hub: HubModel, question: AuditQuestion): AuditAnswer {
  const differing = <T extends { readonly fingerprint: string }>(ranges: readonly T[], own: (range: T) => string): readonly number[] =>
    ranges.flatMap((range, index) => (own(range) === range.fingerprint ? [] : [index]));
  const isIn = (range: { readonly after: string | null; readonly upTo: string | null }, key: string): boolean =>
    (range.after === null || compareBytewise(key, range.after) > 0) && (range.upTo === null || compareBytewise(key, range.upTo) <= 0);
  return {
    isAtHead: true,
    ledger: differing(question.ledger, ({ from, to }) => fingerprintOfHashes(nodeHash, hub.hashes.slice(from - 1, to))),
    cells: differing(question.cells, (range) =>
      fingerprintOf(
        nodeHash,
        inOrder(hub.entities).filter(({ type, key }) => type === range.type && isIn(range, key)),
      ),
    ),
    lost: [],
    checkpoint: null,
    ...hub.answer,
  };
}

interface Heard {
  readonly report: AuditReport;
  readonly questions: number;
  readonly kept: readonly Checkpoint[];
}

/** Over the wire's own JSON, both ways. */
async function heardOf(store: ReplicaStore, hub: HubModel, held: Checkpoint | null = null): Promise<Heard> {
  let questions = 0;
  const kept: Checkpoint[] = [];
  const ports: AuditPorts<never> = {
    store,
    scopes: () => scopesOfPlace({ zone: '1', store: '1' }),
    hash: nodeHash,
    verifier: PORTS.verifier,
    types: [1],
    heldCheckpoint: () => kept.at(-1) ?? held,
    keepCheckpoint: (checkpoint) => void kept.push(checkpoint),
    ask: async (asked): Promise<Result<AuditAnswer, never>> => {
      questions += 1;
      const question = parseAuditQuestion(JSON.parse(JSON.stringify(asked)));
      assert(question.ok, 'a device asks what a hub reads');
      const answer = parseAuditAnswer(JSON.parse(JSON.stringify(answerOf(hub, question.value))));
      assert(answer.ok, 'a hub answers what a device reads');
      return ok(answer.value);
    },
    pause: async () => undefined,
  };
  const done = await audit(ports);
  assert(done.ok, 'it was answered');
  expect(parseAuditReport(JSON.parse(JSON.stringify(done.value)))).toEqual(done);
  return { report: done.value, questions, kept };
}

const hashesIn = (store: ReplicaStore): Uint8Array[] => store.entriesAfter(EPOCH, 0, 1e6, 1e9).map(({ hash }) => hash);
const entity = (key: string, name: string, scope = 'global'): ScopedEntity => ({ type: 1, key, scope, fields: new Map([[1, name]]) });

describe('A-1: ledgers', () => {
  test('of equal ledgers nothing is said, and a hundred thousand entries need one question', async () => {
    const store = laneWith([], 3_000);
    const { report, questions } = await heardOf(store, { hashes: hashesIn(store), entities: [] });
    expect(report).toEqual({ position: HEAD, entries: 3_000, entities: 0, differences: [], checkpoint: 0 });
    // What is held of checkpoints, the ledger, the cells.
    expect(questions).toBe(3);
    expect(AUDIT_LIMITS.ranges * AUDIT_LIMITS.rangeEntries).toBeGreaterThan(100_000);
  });

  test('U-23: what a lane has forgotten is not compared, and all behind it is', async () => {
    const store = laneWith([], 40);
    const hashes = hashesIn(store);
    store.confirm([], { [EPOCH]: 40 });
    store.forget(signBegin(SIGNER, { device: DEVICE, epoch: EPOCH, seq: 15, hash: hashes[14] ?? new Uint8Array() }));
    const equal = await heardOf(store, { hashes, entities: [] });
    expect([equal.report.entries, equal.report.differences]).toEqual([25, []]);
    const { report } = await heardOf(store, {
      hashes: hashes.map((hash, index) => (index === 15 ? new Uint8Array(32) : hash)),
      entities: [],
    });
    expect(report.differences).toEqual([{ what: 'entries', epoch: EPOCH, from: 16, to: 16 }]);
  });

  test('each entry that differs is named, and no other', async () => {
    const store = laneWith([], 2_100);
    const hashes = hashesIn(store);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 2_100 }), { maxLength: 8 }), async (seqs) => {
        const hub = { hashes: hashes.map((hash, index) => (seqs.includes(index + 1) ? new Uint8Array(32) : hash)), entities: [] };
        const { report } = await heardOf(store, hub);
        expect(report.differences.map((difference) => difference.what === 'entries' && difference.from)).toEqual(
          seqs.toSorted((left, right) => left - right),
        );
      }),
      { numRuns: 12 },
    );
  });

  test('what the hub lacks at the end is named; past the limit the first ones are', async () => {
    const store = laneWith([], 400);
    const short = await heardOf(store, { hashes: hashesIn(store).slice(0, 398), entities: [] });
    expect(short.report.differences).toEqual([399, 400].map((seq) => ({ what: 'entries', epoch: EPOCH, from: seq, to: seq })));
    const nothing = await heardOf(store, { hashes: [], entities: [] });
    expect(nothing.report.differences).toHaveLength(AUDIT_LIMITS.differences);
  });
});

describe('A-2: cells', () => {
  test('C-11: what is left of a zone that the store is not in any more differs from nothing', async () => {
    const item = (key: string, scope: string): ScopedEntity => ({ type: 1, key, scope, fields: new Map([[1, `${key} of ${scope}`]]) });
    const read = [item('a', 'global'), item('b', 'zone:1'), item('c', 'store:1')];
    const left = Array.from({ length: 300 }, (_, index) => item(`a${index}`, 'zone:9'));
    const { report } = await heardOf(laneWith([...read, ...left]), { hashes: [], entities: read });
    expect(report).toMatchObject({ entities: 3, differences: [] });
  });

  const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }), { maxLength: 40 });

  test('what differs is found wherever it stands, also where only one side has it', async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.infiniteStream(fc.nat(9)), async (names, draws) => {
        const draw = (): number => draws.next().value ?? 0;
        const lane: ScopedEntity[] = [];
        const hub: ScopedEntity[] = [];
        const changed = new Set<string>();
        for (const key of names) {
          const fate = draw();
          if (fate < 3) changed.add(key);
          if (fate !== 0) lane.push(entity(key, 'as it is'));
          if (fate !== 1) hub.push(entity(key, fate === 2 ? 'another' : 'as it is'));
          if (fate === 9) for (const side of [lane, hub]) side.push(entity(key, 'own', 'store:1'));
        }
        const { report } = await heardOf(laneWith(lane), { hashes: [], entities: hub });
        const spans = report.differences.flatMap((difference) => (difference.what === 'cells' ? [difference] : []));
        const spanOf = (key: string) =>
          spans.find(
            ({ after, upTo }) => (after === null || compareBytewise(key, after) > 0) && (upTo === null || compareBytewise(key, upTo) <= 0),
          );
        for (const key of changed) expect(spanOf(key)).toBeDefined();
        for (const span of spans) expect([...changed].some((key) => spanOf(key) === span)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('some thousands are compared by a handful of questions, and one that differs is named by its key', async () => {
    const entities = Array.from({ length: 5_000 }, (_, index) => entity(`item-${String(index).padStart(5, '0')}`, `name ${index}`));
    const store = laneWith(entities);
    expect(await heardOf(store, { hashes: [], entities })).toMatchObject({ questions: 2, report: { entities: 5_000, differences: [] } });
    const other = entities.map((one, index) => (index === 4_321 ? entity(one.key, 'other') : one));
    const { report, questions } = await heardOf(store, { hashes: [], entities: other });
    expect(report.differences).toEqual([{ what: 'cells', type: 1, after: 'item-04320', upTo: 'item-04321' }]);
    expect(questions).toBeLessThanOrEqual(5);
  });

  test('where the hub has moved on, cells are not compared, and ledgers are', async () => {
    const store = laneWith([entity('a', 'x')], 5);
    const { report } = await heardOf(store, { hashes: hashesIn(store), entities: [], answer: { isAtHead: false } });
    expect(report).toMatchObject({ entries: 5, entities: null, differences: [] });
  });
});

describe('A-4: checkpoints', () => {
  const headAt = (seq: number, hash = 'ab') => ({ device: DEVICE, epoch: EPOCH, seq, hash: hash.repeat(32) });
  const signed = (number: number, seq: number, hash?: string): Checkpoint =>
    signCheckpoint(SIGNER, IDENTITY.tenant, { store: '1', number, atMs: 1_773_500_000_000, heads: [headAt(seq, hash)] });

  test('one that goes on is kept; one that names less, or that the hub did not sign, is not', async () => {
    const store = laneWith([]);
    const hear = async (checkpoint: Checkpoint, held: Checkpoint | null = signed(3, 20)) =>
      heardOf(store, { hashes: [], entities: [], answer: { checkpoint } }, held);
    expect((await hear(signed(1, 5), null)).kept).toEqual([signed(1, 5)]);
    const next = await hear(signed(4, 21));
    expect([next.kept, next.report.differences, next.report.checkpoint]).toEqual([[signed(4, 21)], [], 4]);
    for (const less of [signed(4, 19), signed(4, 20, 'cd')]) {
      const { kept, report } = await hear(less);
      expect([kept, report.differences, report.checkpoint]).toEqual([[], [{ what: 'cut-short', head: headAt(20) }], 3]);
    }
    const forged = { ...signed(4, 21), heads: [headAt(22)] };
    expect(verifyCheckpoint(PORTS.verifier, HUB_KEY, IDENTITY.tenant, forged)).toBe(false);
    expect((await hear(forged)).kept).toEqual([]);
  });

  test('what the hub says it has no more is told by the head that proves it', async () => {
    const { report } = await heardOf(laneWith([]), { hashes: [], entities: [], answer: { lost: [0, 9] } }, signed(3, 20));
    expect(report.differences).toEqual([{ what: 'cut-short', head: headAt(20) }]);
  });

  test('it is read back from JSON as it was signed, and anything else is none', () => {
    const checkpoint = signed(2, 9);
    expect(parseCheckpoint(JSON.parse(JSON.stringify(checkpoint)))).toEqual(ok(checkpoint));
    for (const wrong of [null, { ...checkpoint, heads: [{}] }, { ...checkpoint, signature: 'x' }, { ...checkpoint, number: 1.5 }])
      expect(parseCheckpoint(wrong).ok).toBe(false);
  });
});
