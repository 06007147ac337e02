import fc from 'fast-check';
import { expect, test } from 'vitest';

import { signHead } from '../replica/ledger.ts';
import { EPOCH, NEXT_EPOCH, OTHER_SIGNER, PORTS, SIGNER, START } from '../testing/fixtures.ts';
import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import {
  certificateMessage,
  countersign,
  enrolLanKeyMessage,
  goneOf,
  isSibling,
  lanKeyMessage,
  parseCertificateAnswer,
  parseCertificateRequest,
  parseCountersignatures,
  parseRevocations,
  revocationNumberOf,
  revocationOf,
  signCertificate,
  signRevocations,
  verifyCountersignature,
  verifyRevocations,
  withRevocations,
  type KnownRevocations,
  type Revocation,
} from './trust.ts';

const HASH = 'ab'.repeat(32);
const LANE = { tenant: 'default', store: '1', device: 'lane-2', publicKey: HASH, serial: '0a' };
const revocation = (reason: Revocation['reason'], serial = '0a'): Revocation => ({
  device: 'lane-2',
  serial,
  reason,
  heads: [{ epoch: EPOCH, seq: 7, hash: HASH }],
});
const listOf = (...revocations: readonly Revocation[]) => signRevocations(SIGNER, 'default', { number: 3, revocations });
const hubKey = bytesToHex(SIGNER.publicKey);

test('N-2: what a device signs to be certified, and what the hub signs in answer, is for one device of one tenant', () => {
  const messages = [
    lanKeyMessage('default', 'lane-1', 'AAAA'),
    lanKeyMessage('default', 'lane-2', 'AAAA'),
    lanKeyMessage('other', 'lane-1', 'AAAA'),
    enrolLanKeyMessage('lane-1', 'AAAA'),
    enrolLanKeyMessage('lane-2', 'AAAA'),
    certificateMessage('default', 'lane-1', { certificate: 'AAAA', authority: 'BBBB' }),
    certificateMessage('default', 'lane-1', { certificate: 'BBBB', authority: 'AAAA' }),
  ].map(bytesToHex);
  expect(new Set(messages).size).toBe(7);
  const answer = signCertificate(SIGNER, 'default', 'lane-1', { certificate: 'AAAA', authority: 'BBBB' });
  expect(parseCertificateAnswer(JSON.parse(JSON.stringify(answer)))).toEqual({ ok: true, value: answer });
  for (const bad of [{}, { ...answer, certificate: '!' }, { ...answer, signature: 'ab' }, { ...answer, authority: 'A'.repeat(20_000) }]) {
    expect(parseCertificateAnswer(bad).ok).toBe(false);
  }
  const request = { lanKey: 'AAAA', signature: answer.signature };
  expect(parseCertificateRequest(request)).toEqual({ ok: true, value: request });
  expect(parseCertificateRequest({ lanKey: 1 }).ok).toBe(false);
});

test('N-3: a list of revocations is the hub’s, whole, for one tenant', () => {
  const list = listOf(revocation('stolen'), revocation('rotated', '0b'));
  expect(parseRevocations(JSON.parse(JSON.stringify(list)))).toEqual({ ok: true, value: list });
  expect(verifyRevocations(PORTS.verifier, hubKey, 'default', list)).toBe(true);
  expect(verifyRevocations(PORTS.verifier, hubKey, 'other', list)).toBe(false);
  const forged = [
    { ...list, number: 4 },
    { ...list, revocations: list.revocations.slice(1) },
    { ...list, revocations: [revocation('replaced'), revocation('rotated', '0b')] },
    { ...list, revocations: [{ ...revocation('stolen'), heads: [] }, revocation('rotated', '0b')] },
  ];
  for (const each of forged) expect(verifyRevocations(PORTS.verifier, hubKey, 'default', each)).toBe(false);
  for (const bad of [
    null,
    { ...list, number: -1 },
    { ...list, revocations: [{ ...revocation('stolen'), reason: 'lost' }] },
    { ...list, signature: '' },
  ]) {
    expect(parseRevocations(bad).ok).toBe(false);
  }
});

test('N-4, N-5: a sibling is a device of the same store whose certificate counts', () => {
  const own = { tenant: 'default', store: '1' };
  expect(isSibling(own, LANE, [])).toBe(true);
  expect(isSibling(own, { ...LANE, store: '2' }, [])).toBe(false);
  expect(isSibling(own, { ...LANE, tenant: 'other' }, [])).toBe(false);
  // A certificate that was exchanged for another counts no more; the device that shows its new one does.
  const rotated = [listOf(revocation('rotated'))];
  expect([isSibling(own, LANE, rotated), isSibling(own, { ...LANE, serial: '0b' }, rotated)]).toEqual([false, true]);
  expect(revocationOf(rotated, LANE)).toMatchObject({ reason: 'rotated' });
});

test.each([
  ['nobody is revoked', [], undefined],
  ['a device whose certificate was exchanged goes on', [listOf(revocation('rotated'))], undefined],
  ['one that was replaced is gone', [listOf(revocation('rotated'), revocation('replaced', '0b'))], 'replaced'],
  ['one that was stolen is gone', [listOf(revocation('rotated'), revocation('stolen', '0b'))], 'stolen'],
] as const)('N-3: %s', (_, known, reason) => {
  expect(goneOf(known, 'lane-2')?.reason).toBe(reason);
  expect(goneOf(known, 'lane-1')).toBeNull();
});

test('N-20: a device that is gone is no sibling with any certificate, also not one that a hub issued and then lost', () => {
  const own = { tenant: 'default', store: '1' };
  for (const reason of ['replaced', 'stolen'] as const)
    expect(isSibling(own, { ...LANE, serial: '0b' }, [listOf(revocation(reason))])).toBe(false);
});

const numbered = (number: number, ...revocations: readonly Revocation[]) => signRevocations(SIGNER, 'default', { number, revocations });

test('N-20: of lists that a hub lost those are kept that name what newer ones do not, and no longer than that', () => {
  const lost = numbered(7, revocation('rotated'), revocation('stolen', '0b'));
  const next = numbered(9, { ...revocation('replaced', '0c'), device: 'lane-3' });
  const known = withRevocations(withRevocations([], lost), next);
  expect(known).toEqual([next, lost]);
  expect(revocationNumberOf(known)).toBe(9);
  // What was told before comes again, and an older one.
  for (const old of [lost, next, numbered(3, revocation('rotated'))]) expect(withRevocations(known, old)).toBe(known);
  expect(goneOf(known, 'lane-2')?.reason).toBe('stolen');
  // Exchanged for another by the hub that was set back: that the device is gone is not in it.
  const rotated = numbered(10, ...next.revocations, revocation('rotated'), revocation('rotated', '0b'));
  expect(withRevocations(known, rotated)).toEqual([rotated, lost]);
  // By whatever reason it is gone: the newer word counts.
  const regained = numbered(11, ...rotated.revocations, revocation('replaced', '0b'));
  expect(withRevocations(withRevocations(known, rotated), regained)).toEqual([regained]);
  expect(goneOf([regained], 'lane-2')?.reason).toBe('replaced');
  expect(withRevocations([], numbered(0))).toEqual([]);
});

test('N-20: whatever lists come, in whatever order and however often, what any of them named counts no more', () => {
  const entry = fc.record({
    device: fc.constantFrom('lane-2', 'lane-3'),
    serial: fc.constantFrom('0a', '0b', '0c', '0d'),
    reason: fc.constantFrom('rotated' as const, 'replaced' as const, 'stolen' as const),
    heads: fc.constant([]),
  });
  const lists = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.array(entry, { maxLength: 4 })), {
    selector: ([number]) => number,
    maxLength: 6,
  });
  const named = (known: KnownRevocations): readonly string[] =>
    ['0a', '0b', '0c', '0d'].filter((serial) => revocationOf(known, { serial }) !== null);
  const gone = (known: KnownRevocations): readonly boolean[] => ['lane-2', 'lane-3'].map((device) => goneOf(known, device) !== null);
  fc.assert(
    fc.property(lists, fc.infiniteStream(fc.nat({ max: 5 })), (drawn, picks) => {
      const all = drawn.map(([number, revocations]) => numbered(number, ...revocations));
      const order = [...all, ...all.flatMap(() => all[picks.next().value ?? 0] ?? [])].toSorted(
        () => (picks.next().value ?? 0) - (picks.next().value ?? 0),
      );
      const known = order.reduce<KnownRevocations>(withRevocations, []);
      expect([named(known), gone(known)]).toEqual([named(all), gone(all)]);
      expect(order.reduce(withRevocations, known)).toBe(known);
    }),
    { numRuns: 200 },
  );
});

test('N-6: a countersignature is the witness’s, of one head, and is no head’s signature', () => {
  const head = signHead(SIGNER, { ...START, seq: 3, hash: hexToBytes(HASH) });
  const signed = countersign(OTHER_SIGNER, 'lane-2', head);
  const isRight = (each: typeof signed): boolean => verifyCountersignature(PORTS.verifier, OTHER_SIGNER.publicKey, each);
  expect(isRight(signed)).toBe(true);
  for (const each of [
    { ...signed, seq: 4 },
    { ...signed, epoch: NEXT_EPOCH },
    { ...signed, device: 'x' },
    { ...signed, hash: 'cd'.repeat(32) },
  ]) {
    expect(isRight(each)).toBe(false);
  }
  expect(isRight({ ...signed, signature: bytesToHex(signHead(OTHER_SIGNER, head).signature) })).toBe(false);
  expect(parseCountersignatures({ countersignatures: [signed] })).toEqual({ ok: true, value: [signed] });
  expect(parseCountersignatures({ countersignatures: [{ ...signed, witness: '' }] }).ok).toBe(false);
});
