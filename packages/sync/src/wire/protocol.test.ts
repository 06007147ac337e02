import { describe, expect, test } from 'vitest';

import { OTHER_SIGNER, PORTS, SIGNER } from '../testing/fixtures.ts';
import { bytesToHex, hexToBytes } from './bytes.ts';
import {
  manifestMessage,
  parseBalanceAnswer,
  parseBalanceRequest,
  parseEnrolAnswer,
  parseEnrolRequest,
  parseLedgerAnswer,
  parseManifest,
  parseManifestRequest,
  parsePasscodeSecretsAnswer,
  parseReturnAnswer,
  parseReturnRequest,
  signGrant,
  signManifest,
  verifyGrant,
  verifyManifest,
  type Manifest,
} from './protocol.ts';

const HEX32 = 'ab'.repeat(32);
const POSITION = { hubEpoch: '00112233445566aa', lsn: 4, historyHash: HEX32 };
const UNSIGNED: Omit<Manifest, 'signature'> = {
  from: POSITION,
  to: { ...POSITION, lsn: 9 },
  rebase: false,
  segments: [{ hash: HEX32, bytes: 100, cells: 7, entities: 2 }],
};
const MANIFEST = signManifest(SIGNER, 'default', UNSIGNED);
const HUB_KEY = bytesToHex(SIGNER.publicKey);

const ENROL_ANSWER = {
  tenant: 'default',
  device: 'd1',
  token: 't',
  store: '1',
  zone: '1',
  lane: 1,
  hubEpoch: '00112233445566aa',
  hubPublicKey: HEX32,
};
const LEDGER_ANSWER = { received: { '00112233445566aa': 3 }, safe: {}, heads: { '00112233445566aa': HEX32 }, setAside: 0 };
const MANIFEST_REQUEST = { position: POSITION, waitingEntries: 1, waitingSales: 0, wallMs: -5 };

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('U-10: answers and requests read back as they were, members of a later version left out', () => {
  expect(parseEnrolAnswer(throughJson({ ...ENROL_ANSWER, later: 1 }))).toEqual({ ok: true, value: ENROL_ANSWER });
  expect(parseEnrolAnswer(throughJson({ ...ENROL_ANSWER, reads: 2 }))).toEqual({ ok: true, value: { ...ENROL_ANSWER, reads: 2 } });
  expect(parseEnrolRequest(throughJson({ code: 'C', publicKey: HEX32, name: 'Lane 1' }))).toEqual({
    ok: true,
    value: { code: 'C', publicKey: HEX32, name: 'Lane 1' },
  });
  expect(parseLedgerAnswer(throughJson({ ...LEDGER_ANSWER, gap: true }))).toEqual({ ok: true, value: { ...LEDGER_ANSWER, gap: true } });
  expect(parseManifestRequest(throughJson({ ...MANIFEST_REQUEST, later: [] }))).toEqual({ ok: true, value: MANIFEST_REQUEST });
  expect(parseManifest(throughJson(MANIFEST))).toEqual({ ok: true, value: MANIFEST });
});

describe('N-2, S-2, I-5: what a new device would ask for next is told with its enrolment', () => {
  const lan = { lanKey: 'AAAA', signature: 'ab'.repeat(64) };
  const certificate = { certificate: 'AAAA', authority: 'BBBB', signature: 'cd'.repeat(64) };
  const told = { segmentKeys: { keys: [{ scope: 'store:1', key: HEX32 }] }, passcodeSecrets: { secrets: [{ number: 1, secret: HEX32 }] } };
  const read = { ...told, segmentKeys: { keys: [{ scope: 'store:1', key: hexToBytes(HEX32) }] } };

  test('it reads back as it was, with a certificate or without', () => {
    for (const equip of [{}, { lan }])
      expect(parseEnrolRequest(throughJson({ code: 'C', publicKey: HEX32, equip }))).toEqual({
        ok: true,
        value: { code: 'C', publicKey: HEX32, equip },
      });
    for (const more of [{}, { certificate }])
      expect(parseEnrolAnswer(throughJson({ ...ENROL_ANSWER, equipment: { ...told, ...more, later: 1 } }))).toEqual({
        ok: true,
        value: { ...ENROL_ANSWER, equipment: { ...read, ...more } },
      });
  });

  test.each([
    [null, 'equip'],
    [{ lan: {} }, 'equip.lan.lanKey'],
    [{ lan: { ...lan, signature: 'ab' } }, 'equip.lan.signature'],
  ])('%j is nothing to ask for', (equip, at) => {
    expect(parseEnrolRequest({ code: 'C', publicKey: HEX32, equip })).toMatchObject({ ok: false, error: { at } });
  });

  test.each([
    [null, 'equipment'],
    [{}, 'equipment.segmentKeys.'],
    [{ ...told, segmentKeys: { keys: [{ scope: 'store:1', key: 'ab' }] } }, 'equipment.segmentKeys.keys[0].key'],
    [{ ...told, passcodeSecrets: {} }, 'equipment.passcodeSecrets.secrets'],
    [{ ...told, certificate: { ...certificate, authority: 3 } }, 'equipment.certificate.authority'],
  ])('%j is no answer', (equipment, at) => {
    expect(parseEnrolAnswer({ ...ENROL_ANSWER, equipment })).toMatchObject({ ok: false, error: { at } });
  });
});

/** The member to spoil, what to put there, and which parser has to notice. */
const SPOILT: readonly (readonly [string, unknown, (value: unknown) => { readonly ok: boolean }, object])[] = [
  ['received', { short: 3 }, parseLedgerAnswer, LEDGER_ANSWER],
  ['received', { '00112233445566aa': -1 }, parseLedgerAnswer, LEDGER_ANSWER],
  ['received', { '00112233445566aa': 1.5 }, parseLedgerAnswer, LEDGER_ANSWER],
  ['received', [], parseLedgerAnswer, LEDGER_ANSWER],
  ['heads', {}, parseLedgerAnswer, LEDGER_ANSWER],
  ['heads', { '00112233445566aa': 'AB'.repeat(32) }, parseLedgerAnswer, LEDGER_ANSWER],
  ['setAside', null, parseLedgerAnswer, LEDGER_ANSWER],
  ['device', 'two words', parseEnrolAnswer, ENROL_ANSWER],
  ['name', 'Till \u0000', parseEnrolRequest, { code: 'C', publicKey: HEX32 }],
  ['lane', '1', parseEnrolAnswer, ENROL_ANSWER],
  ['hubPublicKey', 'ab', parseEnrolAnswer, ENROL_ANSWER],
  ['token', '', parseEnrolAnswer, ENROL_ANSWER],
  ['publicKey', 'xy', parseEnrolRequest, { code: 'C', publicKey: HEX32 }],
  ['code', '', parseEnrolRequest, { code: 'C', publicKey: HEX32 }],
  ['name', '\ud800', parseEnrolRequest, { code: 'C', publicKey: HEX32 }],
  ['position', { ...POSITION, lsn: 2 ** 40 }, parseManifestRequest, MANIFEST_REQUEST],
  ['waitingEntries', -1, parseManifestRequest, MANIFEST_REQUEST],
  ['wallMs', 0.5, parseManifestRequest, MANIFEST_REQUEST],
  ['segments', [{ hash: HEX32, bytes: 1, cells: 1 }], parseManifest, MANIFEST],
  ['segments', [{ hash: '../secret', bytes: 1, cells: 1, entities: 1 }], parseManifest, MANIFEST],
  ['to', null, parseManifest, MANIFEST],
  ['rebase', 0, parseManifest, MANIFEST],
  ['signature', 'ab', parseManifest, MANIFEST],
];

test.each(SPOILT)('U-10, D-3: %s as %j is no answer', (member, value, parse, whole) => {
  expect(parse(whole).ok).toBe(true);
  expect(parse({ ...whole, [member]: value })).toMatchObject({ ok: false, error: { type: 'malformed' } });
  const { [member]: _gone, ...rest } = whole as Record<string, unknown>;
  expect(parse(rest).ok).toBe(member === 'name');
});

test.each([null, undefined, 3, 'text', [], [MANIFEST]])('U-10: %j is no answer at all', (value) => {
  for (const parse of [parseEnrolAnswer, parseEnrolRequest, parseLedgerAnswer, parseManifest, parseManifestRequest])
    expect(parse(value).ok).toBe(false);
});

test('D-3: a manifest holds for its hub, its tenant and its every word', () => {
  expect(verifyManifest(PORTS.verifier, HUB_KEY, 'default', MANIFEST)).toBe(true);
  expect(verifyManifest(PORTS.verifier, bytesToHex(OTHER_SIGNER.publicKey), 'default', MANIFEST)).toBe(false);
  expect(verifyManifest(PORTS.verifier, HUB_KEY, 'other', MANIFEST)).toBe(false);
  const segment = { hash: HEX32, bytes: 100, cells: 7, entities: 2 };
  const changes: readonly Partial<Manifest>[] = [
    { rebase: true },
    { from: { ...POSITION, lsn: 3 } },
    { to: { ...POSITION, lsn: 10 } },
    { to: { ...UNSIGNED.to, hubEpoch: 'ffffffffffffffff' } },
    { to: { ...UNSIGNED.to, historyHash: 'cd'.repeat(32) } },
    { segments: [] },
    { segments: [segment, segment] },
    { segments: [{ ...segment, hash: 'cd'.repeat(32) }] },
    { segments: [{ ...segment, bytes: 101 }] },
  ];
  for (const change of changes) expect(verifyManifest(PORTS.verifier, HUB_KEY, 'default', { ...MANIFEST, ...change })).toBe(false);
  expect(new TextDecoder().decode(manifestMessage('default', UNSIGNED))).toContain('holdfast manifest 1');
});

test('U-19: what is asked of a return and what is answered', () => {
  const request = { receiptNumber: '1-abcd-000001', store: '7', take: true, ledger: { epoch: '00000000000000aa', seq: 7 } };
  expect(parseReturnRequest(throughJson({ ...request, later: 1 }))).toEqual({ ok: true, value: request });
  expect(parseReturnRequest({ receiptNumber: 'r', take: false })).toEqual({ ok: true, value: { receiptNumber: 'r', take: false } });
  for (const wrong of [{ receiptNumber: '' }, { receiptNumber: 'x'.repeat(201) }, { store: '' }, { take: 1 }, { ledger: 7 }]) {
    expect(parseReturnRequest({ ...request, ...wrong })).toMatchObject({ ok: false, error: { at: Object.keys(wrong)[0] } });
  }
  for (const wrong of [{ epoch: 'x' }, { seq: -1 }])
    expect(parseReturnRequest({ ...request, ledger: { ...request.ledger, ...wrong } })).toMatchObject({
      error: { at: `ledger.${Object.keys(wrong)[0]}` },
    });
  const answer = { sale: { store: '7', atMs: -4, entry: 'AAEC' }, returns: ['AAEC', ''], granted: false };
  expect(parseReturnAnswer(throughJson({ ...answer, later: 1 }))).toEqual({ ok: true, value: answer });
  expect(parseReturnAnswer({ returns: [], granted: true })).toEqual({ ok: true, value: { returns: [], granted: true } });
  for (const wrong of [
    { returns: ['#'] },
    { returns: undefined },
    { granted: 'yes' },
    { sale: {} },
    { sale: { ...answer.sale, entry: 'AAE' } },
  ]) {
    expect(parseReturnAnswer({ ...answer, ...wrong })).toMatchObject({ ok: false });
  }
});

test('U-17: what is asked of a balance and what is answered', () => {
  const request = { account: 'giftCard', reference: 'G1', currency: 'EUR', neededMinor: 500 };
  expect(parseBalanceRequest(throughJson({ ...request, later: 1 }))).toEqual({ ok: true, value: request });
  for (const wrong of [{ neededMinor: -1 }, { neededMinor: 0.5 }, { reference: '' }, { reference: 'x'.repeat(65) }, { account: 7 }]) {
    expect(parseBalanceRequest({ ...request, ...wrong })).toMatchObject({ ok: false, error: { at: Object.keys(wrong)[0] } });
  }
  expect(parseBalanceAnswer({ availableMinor: -40 })).toEqual({ ok: true, value: { availableMinor: -40 } });
  const received = { abcd000000000001: 7 };
  expect(parseBalanceAnswer(throughJson({ availableMinor: 0, received }))).toEqual({ ok: true, value: { availableMinor: 0, received } });
  expect(parseBalanceAnswer({ availableMinor: 0, forked: true }), 'I-8').toEqual({ ok: true, value: { availableMinor: 0, forked: true } });
  for (const wrong of [
    { availableMinor: '40' },
    { availableMinor: 1, received: { abcd000000000001: -1 } },
    { availableMinor: 1, received: 7 },
  ]) {
    expect(parseBalanceAnswer(wrong)).toMatchObject({ ok: false });
  }
});

describe('O-8: rights that are granted ahead', () => {
  const grant = { grantId: '0123456789abcdef', amountMinor: 500, expiresAtMs: 7, signature: '0f'.repeat(64) };
  const request = { account: 'giftCard', reference: 'G1', currency: 'EUR', neededMinor: 500 };
  test('are asked for, and come with the answer', () => {
    expect(parseBalanceRequest(throughJson({ ...request, advance: true }))).toEqual({ ok: true, value: { ...request, advance: true } });
    expect(parseBalanceRequest({ ...request, advance: 'yes' })).toEqual({ ok: true, value: request });
    expect(parseBalanceAnswer(throughJson({ availableMinor: 1, grant }))).toEqual({ ok: true, value: { availableMinor: 1, grant } });
    const held = { grantId: grant.grantId, leftMinor: 40 };
    expect(parseBalanceAnswer(throughJson({ availableMinor: 1, held }))).toEqual({ ok: true, value: { availableMinor: 1, held } });
    expect(parseBalanceAnswer({ availableMinor: 1, held: { ...held, leftMinor: -1 } }).ok).toBe(false);
  });
  test.each([{ grantId: 'x' }, { amountMinor: -1 }, { expiresAtMs: 0.5 }, { signature: '0f' }])('refused: %j', (wrong) => {
    expect(parseBalanceAnswer({ availableMinor: 1, grant: { ...grant, ...wrong } })).toMatchObject({ ok: false });
  });
  test('are signed for one device and one balance, and for nothing else', () => {
    const place = { tenant: 'default', device: 'd1', account: 'giftCard', reference: 'G1', currency: 'EUR' };
    const signed = signGrant(SIGNER, place, grant);
    const key = bytesToHex(SIGNER.publicKey);
    expect(verifyGrant(PORTS.verifier, key, place, signed)).toBe(true);
    for (const other of [{ device: 'd2' }, { tenant: 'x' }, { reference: 'G2' }, { currency: 'USD' }, { account: 'voucher' }])
      expect(verifyGrant(PORTS.verifier, key, { ...place, ...other }, signed)).toBe(false);
    for (const other of [{ amountMinor: 501 }, { expiresAtMs: 8 }, { grantId: 'fedcba9876543210' }])
      expect(verifyGrant(PORTS.verifier, key, place, { ...signed, ...other })).toBe(false);
  });
});

describe('I-5: what passcodes are sealed with is an answer of its own', () => {
  const secret = '0f'.repeat(32);
  test('by number', () => {
    const answer = { secrets: [{ number: 1, secret }] };
    expect(parsePasscodeSecretsAnswer(throughJson({ ...answer, later: 1 }))).toEqual({ ok: true, value: answer });
  });
  test.each([{}, { secrets: [{ number: 1.5, secret }] }, { secrets: [{ number: 1, secret: secret.slice(2) }] }, { secrets: [{ secret }] }])(
    'refused: %j',
    (wrong) => expect(parsePasscodeSecretsAnswer(wrong)).toMatchObject({ ok: false }),
  );
});
