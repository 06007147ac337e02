/**
 * Golden bytes of everything that is stored or sent. They change only with a version decision: a new codec version (or format, or
 * domain) beside the old one, whose bytes stay here and stay readable. Frames are compared before compression, as zstd may pack the same bytes differently tomorrow.
 */
import { readdirSync } from 'node:fs';

import { assert, type Compression } from '@holdfast/base';
import { expect, test } from 'vitest';

import { SYNC_MIGRATIONS } from './adapters/sqlite.ts';
import { decodePieces, documentsMessage, encodePieces } from './documents/document-frame.ts';
import { pieceMessage } from './documents/documents.ts';
import { decodeCells, encodeCells, toAt } from './down/cells.ts';
import { decodeManifest, encodeManifest } from './down/manifest-bytes.ts';
import { encodeSegments, openSegment, SEGMENT_CODEC_VERSION, type SegmentCodec } from './down/segment.ts';
import { certificateMessage, countersignatureMessage, enrolLanKeyMessage, lanKeyMessage, revocationsMessage } from './lan/trust.ts';
import { chainEntry, headMessage, headOf, signBegin, signFoldCheckpoint, type ChainHead, type EntryDraft } from './replica/ledger.ts';
import { PORTS, saleDraft, SCHEMAS, START, voidDraft } from './testing/fixtures.ts';
import { BATCH_CODEC_VERSION, decodeBatch, encodeBatch, type Batch } from './wire/batch.ts';
import { bytesToHex, hexToBytes } from './wire/bytes.ts';
import { DICTIONARIES } from './wire/dictionaries.ts';
import {
  decodeLevelAnswer,
  decodeLevelQuestion,
  encodeLevelAnswer,
  encodeLevelQuestion,
  LEVEL_HEADER,
  LEVEL_VERSION,
  levelMark,
} from './wire/level.ts';
import { manifestMessage, parseManifestRequest, PATHS, PROTOCOL_VERSION, signGrant } from './wire/protocol.ts';

const plain: Compression = { compress: (bytes) => bytes, decompress: (bytes) => bytes };
const plainPorts = { compression: plain, hash: PORTS.hash };
const digest = (bytes: Uint8Array): string => bytesToHex(PORTS.hash.sha256(bytes));

const DRAFTS: readonly EntryDraft[] = [saleDraft(1), voidDraft(2), saleDraft(3, 5), voidDraft(5), saleDraft(4)];

function goldenBatch(sales = 0): Batch {
  let head: ChainHead = START;
  const more = Array.from({ length: sales }, (_, index) => (index % 9 === 0 ? voidDraft(index) : saleDraft(index + 10, 1 + (index % 4))));
  const entries = [...DRAFTS, ...more].map((draft) => {
    const entry = chainEntry(PORTS.hash, head, draft, SCHEMAS);
    head = headOf(entry);
    return entry;
  });
  return {
    device: START.device,
    epoch: START.epoch,
    parent: null,
    firstSeq: 1,
    previousHash: START.hash,
    entries,
    head: { ...head, signature: new Uint8Array(64).fill(7) },
  };
}

const POSITION = { hubEpoch: '00112233445566aa', lsn: 4, historyHash: 'ab'.repeat(32) };

const goldenSegment = (codec: SegmentCodec) =>
  encodeSegments(
    { tenant: 'default', scopes: ['global', 'store:1'], from: POSITION, to: { ...POSITION, lsn: 300 } },
    Array.from({ length: 30 }, (_, index) => ({
      type: 1 + (index % 2),
      key: `K${Math.floor(index / 3)}`,
      scope: 'global',
      field: index % 3,
      generation: 1,
      value: index % 3 === 0 ? true : `v${index}`,
    })),
    plainPorts,
    { chunkCells: 12, codec },
  ).next().value;

test('L-2, L-3, L-5: an entry', () => {
  const [entry] = goldenBatch().entries;
  expect(bytesToHex(entry?.canonical ?? START.hash)).toBe(GOLDEN.entry);
  expect(
    goldenBatch()
      .entries.map((each) => bytesToHex(each.hash))
      .at(-1),
  ).toBe(GOLDEN.headHash);
});

test('U-1, U-2: a batch frame, written and read', () => {
  for (const [codec, golden] of [
    [1, GOLDEN.batch],
    [2, GOLDEN.secondBatch],
  ] as const) {
    expect(bytesToHex(encodeBatch(goldenBatch(), plain, codec))).toBe(golden);
    expect(decodeBatch(hexToBytes(golden), plainPorts)).toEqual({ ok: true, value: goldenBatch() });
  }
});

test('U-1, U-2: a batch frame of the second form, large enough to be packed', () => {
  const frame = encodeBatch(goldenBatch(60), plain, 2);
  expect(digest(frame)).toBe(GOLDEN.packedBatchHash);
  expect(decodeBatch(frame, plainPorts)).toEqual({ ok: true, value: goldenBatch(60) });
});

test('U-2: dictionaries that were issued stay, byte for byte', () => {
  expect([...DICTIONARIES].map(([number, bytes]) => [number, digest(bytes)])).toEqual(GOLDEN.dictionaries);
  for (const [number, hash] of GOLDEN.dictionaries) {
    expect(readdirSync(new URL('dictionaries/', import.meta.url))).toContain(`${number}-${hash.slice(0, 16)}.ts`);
  }
});

test('D-1: a segment frame, written and read', () => {
  for (const [codec, golden] of [
    [1, GOLDEN.segmentHash],
    [2, GOLDEN.secondSegmentHash],
    [3, GOLDEN.thirdSegmentHash],
  ] as const) {
    const segment = goldenSegment(codec);
    assert(segment !== undefined, 'a segment');
    expect(digest(segment.frame)).toBe(golden);
    const opened = openSegment(segment.frame, golden, plainPorts);
    assert(opened.ok, 'opens');
    expect(opened.value.chunk(0).ok && opened.value.chunkCount).toBe(3);
  }
});

test('L-4, D-3: what is signed', () => {
  expect(bytesToHex(headMessage(START))).toBe(GOLDEN.headMessage);
  const manifest = {
    from: POSITION,
    to: { ...POSITION, lsn: 9 },
    rebase: false,
    segments: [{ hash: 'cd'.repeat(32), bytes: 100, cells: 7, entities: 2 }],
  };
  expect(digest(manifestMessage('default', manifest))).toBe(GOLDEN.manifestMessage);
});

/** Whose signature is what it signs. */
const ECHO = { publicKey: new Uint8Array(32), sign: (message: Uint8Array) => message };

test('U-23, N-18, O-10: what is signed of a begin, a checkpoint and a grant', () => {
  const place = { tenant: 'default', device: 'device-1', account: 'giftCard', reference: '4711', currency: 'EUR' };
  const grant = { grantId: '00112233445566cc', amountMinor: 5_000, expiresAtMs: 1_700_000_000_000 };
  const messages = [
    signBegin(ECHO, { ...START, seq: 7 }).signature,
    signFoldCheckpoint(ECHO, { ...START, seq: 7 }).signature,
    hexToBytes(signGrant(ECHO, place, grant).signature),
  ];
  expect(messages.map(digest)).toEqual(GOLDEN.deviceMessages);
});

test('N-2, N-3, N-6: what is signed among siblings', () => {
  const revocation = {
    device: 'device-1',
    serial: '0a',
    reason: 'stolen' as const,
    heads: [{ epoch: START.epoch, seq: 7, hash: 'ab'.repeat(32) }],
  };
  const messages = [
    lanKeyMessage('default', 'device-1', 'AAAA'),
    certificateMessage('default', 'device-1', { certificate: 'AAAA', authority: 'BBBB' }),
    revocationsMessage('default', { number: 3, revocations: [revocation] }),
    countersignatureMessage(START),
    enrolLanKeyMessage('AAAA-BBBB-CCCC', 'AAAA'),
  ];
  expect(messages.map(digest)).toEqual(GOLDEN.siblingMessages);
});

test('W-2, W-4, W-6: a piece of a document, and frames of pieces', () => {
  const home = { tenant: 'default', store: '1' };
  const piece = {
    document: '0f'.repeat(16),
    author: 'device-1',
    number: 2,
    previous: new Uint8Array(32).fill(3),
    type: 'closing' as const,
    user: 'user-1',
    wallMs: 1_700_000_000_000,
    hubOffsetMs: -5,
    payload: Uint8Array.of(1, 2, 3),
    covers: [new Uint8Array(32).fill(3)],
  };
  const named = { ...piece, hash: PORTS.hash.sha256(pieceMessage(home, piece)), signature: new Uint8Array(64).fill(7) };
  const frame = encodePieces([named], plain);
  expect([pieceMessage(home, piece), frame, documentsMessage(home, PORTS.hash, frame)].map(digest)).toEqual(GOLDEN.documents);
  expect(decodePieces(frame, home, plainPorts)).toEqual({ ok: true, value: [named] });
});

test('D-12: a manifest as bytes', () => {
  const manifest = {
    from: POSITION,
    to: { ...POSITION, lsn: 9 },
    rebase: true,
    segments: [{ hash: 'cd'.repeat(32), bytes: 100, cells: 7, entities: 2, frame: 'AQID' }],
    signature: '77'.repeat(64),
  };
  const shown = { ...POSITION, lsn: 5 };
  expect(digest(encodeManifest(manifest, shown))).toBe(GOLDEN.manifestBytes);
  expect(decodeManifest(encodeManifest(manifest, shown), shown)).toEqual({ ok: true, value: manifest });
});

test('D-19: what a device shows that its hub does not hold, with what else it holds', () => {
  const { lsn, historyHash } = POSITION;
  const request = {
    position: POSITION,
    waitingEntries: 1,
    waitingSales: 0,
    wallMs: 7,
    reads: 5,
    canProve: true,
    held: [{ lsn, historyHash }],
  };
  const text =
    `{"position":{"hubEpoch":"00112233445566aa","lsn":4,"historyHash":"${'ab'.repeat(32)}"},"waitingEntries":1,"waitingSales":0,"wallMs":7,` +
    `"reads":5,"canProve":true,"held":[{"lsn":4,"historyHash":"${'ab'.repeat(32)}"}]}`;
  expect(JSON.stringify(request)).toBe(text);
  expect(parseManifestRequest(JSON.parse(text))).toEqual({ ok: true, value: request });
  expect(parseManifestRequest({ ...request, held: Array.from({ length: 65 }, () => request.held[0]) }).ok).toBe(false);
});

test('D-20: what a device says of itself goes along as text', () => {
  const request = { position: POSITION, waitingEntries: 0, waitingSales: 0, wallMs: 7, report: '["0.1.0",51000,[]]', reads: 5 };
  const text =
    `{"position":{"hubEpoch":"00112233445566aa","lsn":4,"historyHash":"${'ab'.repeat(32)}"},"waitingEntries":0,"waitingSales":0,"wallMs":7,` +
    `"report":"[\\"0.1.0\\",51000,[]]","reads":5}`;
  expect(JSON.stringify(request)).toBe(text);
  expect(parseManifestRequest(JSON.parse(text))).toEqual({ ok: true, value: request });
  expect(parseManifestRequest({ ...request, report: 'x'.repeat(2_049) }).ok).toBe(false);
  expect(parseManifestRequest({ ...request, report: 7 }).ok).toBe(false);
});

test('C-3: a row of cells, as it lies on disk', () => {
  const cells = new Map([
    [0, [{ at: toAt(2, 5), generation: 2, value: true }]],
    [
      1,
      [
        { at: toAt(2, 5), generation: 2, value: 'Milk' },
        { at: toAt(1, 9), generation: 1, value: null },
      ],
    ],
  ]);
  expect(bytesToHex(encodeCells(cells))).toBe(GOLDEN.cells);
  expect(decodeCells(hexToBytes(GOLDEN.cells))).toEqual(cells);
});

test('D-21: what is asked over the line for pokes, and answered', () => {
  const mark = levelMark(PORTS.hash, { position: POSITION, revocations: 2, documents: '00112233445566aa' });
  const bare = levelMark(PORTS.hash, { position: POSITION, revocations: 0 });
  const question = encodeLevelQuestion({ mark, wallMs: 1_700_000_000_000 });
  const answers = [encodeLevelAnswer(1_700_000_000_123), encodeLevelAnswer(null)];
  expect([`${LEVEL_HEADER}: ${LEVEL_VERSION}`, bytesToHex(bare), bytesToHex(question), ...answers.map(bytesToHex)]).toEqual(GOLDEN.level);
  expect(decodeLevelQuestion(hexToBytes(GOLDEN.level[2] ?? ''))).toEqual({ mark, wallMs: 1_700_000_000_000 });
  expect(answers.map(decodeLevelAnswer)).toEqual([1_700_000_000_123, null]);
  for (const none of [
    '',
    '00',
    '80',
    '8240',
    '8248001122334455667700ff',
    '8201',
    'f6',
    '824800112233445566771b',
    '834800112233445566770000',
  ])
    expect([decodeLevelQuestion(hexToBytes(none)), decodeLevelAnswer(hexToBytes(`${none}ff`))]).toEqual([null, null]);
});

test('L-6: issued migrations stay as they are', () => {
  expect(SYNC_MIGRATIONS.map(({ sql }) => digest(new TextEncoder().encode(sql)))).toEqual(GOLDEN.migrations);
});

test('U-2: versions and paths', () => {
  expect([PROTOCOL_VERSION, BATCH_CODEC_VERSION, SEGMENT_CODEC_VERSION]).toEqual([1, 2, 3]);
  expect(Object.values(PATHS).sort()).toEqual([
    '/sync/v1/audit',
    '/sync/v1/audit/report',
    '/sync/v1/balance',
    '/sync/v1/certificate',
    '/sync/v1/countersignatures',
    '/sync/v1/customers',
    '/sync/v1/customers/find',
    '/sync/v1/documents',
    '/sync/v1/enrol',
    '/sync/v1/ledger',
    '/sync/v1/manifest',
    '/sync/v1/passcode-secrets',
    '/sync/v1/pictures',
    '/sync/v1/poke',
    '/sync/v1/returns',
    '/sync/v1/revocations',
    '/sync/v1/segment-keys',
    '/sync/v1/segments',
    '/sync/v1/wipe',
  ]);
});

const GOLDEN = {
  deviceMessages: [
    '222468cf91d70fc393794844ebbf950d32750beca3129cf54602d83f8955a798',
    'a79965a802813c8c9a905885ee64c8551a0317c41bdf4563df2078f30ef05382',
    '28136e94550df310038047cba24ccef8a7e2abbafc42a51326e12a65fdb6c1b3',
  ],
  level: ['Holdfast-Level: 2', '33d3e42cb94b0c40', '8248e28a0f1c426d9fc41b0000018bcfe56800', '1b0000018bcfe5687b', 'f6'],
  siblingMessages: [
    'a45e9c692677803d7bd8bff461c36b6d2bc790394df2406dd24c8364105fc167',
    '4e7b609e351144df9686f86d2019276050a8f7555ad6f24fa935b8749964b965',
    'aa0c0d173f838d68f5bf25e366116aa04c340dfb5c29ca581780ffa530e0c34b',
    'bf661e96e03574169220aa6ec178ccfc98e7f7e68b818fcfe562aea3dd6329a3',
    'e4617d4f326389031ca9efcccd63ad212c9ecb2abf1e4be673abe24445176157',
  ],
  migrations: [
    'bcdcf82e300eab6a05bc91b1e38316237c4dd1502a3f669a9dfa48aca6a831a4',
    '37eaa732949a43d5657d7660b287620fdabce4759aafac4427e1298d3473a9c6',
    'f9240c7aa684b5a58eeece00e47cd3e026565c5dd5bcda73bf133762a6321821',
    '6f634a5c06cc33d8748ae1117f9361b5e8137e16b9b69ee4deff8a76e3e4facc',
    'b07b2d8879bfa2f9732c1a745cbe9c914631cc229ac04bcdfbbc6f80a35b1bc8',
    '82e2e455489272a16258d42d5c1c60c50141efde20f337434adb4a0e113a4606',
    'd99d9d0e14d72012dab4304e1a6373c5cb66809a107f2524451b03e45f3c4607',
    '42f607b6da82e143af1a75378ac36bb74761b454d172899e4384ed0ad6351e78',
    '23cd76684c0bb25a20ce2fdf6e8b637b27eec08275811266f66aef5ea85137bd',
    '905a6ace50f5dd3f8f696ccdec2e8365aa0393eabd7dc470de332094bf407cab',
    'a9ba636bb4c62745d1f7e6e16587b1af21179a219bc83083fb70ffaf9940eb5d',
    '857ea09611a80c5c2d3ae943268bcaed89d83cca3ac47569ec256403ae372ebf',
  ],
  documents: [
    '707105b3f20c19a3923404e4519e5b31f6458640bc2db644b9a2c4754a11f22e',
    '2a182f87233d19e228a3aad4494c2a69b5a2a617048f461717f23bb52db2a972',
    '69e504ba18b94446cf1f84d32b3099128dae8494c1a7e8211fc51b7c0a898963',
  ],
  entry:
    '8a01686465766963652d317030303131323233333434353536366161015820000000000000000000000000000000000000000000000000' +
    '0000000000000000011b0000018bcfe60915143904afa5016a323032362d30332d313402f40e82a4016253330302051901c109190382a4' +
    '016253380303051863091901290f1904ab146d312d303031312d303030303031',
  headHash: '3df667fed92474c895942be90c10ce7691c995d37663adb3261e1e0ff4d52d6d',
  batch:
    '48464c470100086465766963652d3100112233445566aa0100000000000000000000000000000000000000000000000000000000000000' +
    '0005003df667fed92474c895942be90c10ce7691c995d37663adb3261e1e0ff4d52d6d0707070707070707070707070707070707070707' +
    '07070707070707070707070707070707070707070707070707070707070707070707070707070707070707070401000202020101000100' +
    '010002aaa4b0fef96284a0abfef962030001000200e30084003d035201000228000100140014010115013904af050100016a323032362d' +
    '30332d3134010001f40c000804040103000401000600020100000001000100010402010000010001000100533338393134393234393132' +
    '3702000204020102000102000101020200028207c6010200000201000201000032bc5e008a903204000a03050001000c0e090005000707' +
    '312d303031312d060202010100020100016a323032362d30332d3134190101016f6120637573746f6d6572206c656674',
  secondBatch:
    '48464c470201086465766963652d3100112233445566aa01000000000000000000000000000000000000000000000000000000000000' +
    '000005003df667fed92474c895942be90c10ce7691c995d37663adb3261e1e0ff4d52d6d070707070707070707070707070707070707' +
    '070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070401000202020101' +
    '000100010002aaa4b0fef96284a0abfef962030001000200e30084003d035201000228000100140014010115013904af050100016a32' +
    '3032362d30332d3134010001f40c00080004040103000401000601060000c3bfa8c8010402098f945333383931343932343931323702' +
    '000d05030bedabcc02000d0d0132fbbdebaeb4e922ca1cd65004000a03050001000c0e090005000707312d303031312d060002020101' +
    '00020100016a323032362d30332d3134190101016f6120637573746f6d6572206c656674',
  packedBatchHash: '1e42b94c635bfb040dca162f64015a71639fb14a05fdd89feec5ce5f2f0bafad',
  dictionaries: [[1, '0a7f974f861144f3d9b3f5b91f979386ba142a31386c7f58ec5d89a21f48d202']] as readonly (readonly [number, string])[],
  secondSegmentHash: '13e6f574093ec1b9f78fafa94b2a07d63df592dcab4f5d127303b9e08265d477',
  thirdSegmentHash: '8bbd8e59a6c44e0ffc3b1839149f7508574e8c212bb93ad234f213accefd7ae1',
  manifestBytes: 'c68ba184fb74616c01caffc0e953761b1908bfaccd6ca7421c43420609b68abf',
  segmentHash: '4383f43c6917971ded39bee52d79a58bd5f08f037856078c2867834b18acb5e6',
  headMessage:
    '8576686f6c6466617374206c656467657220686561642031686465766963652d3170303031313232333334343535363661610058200000' +
    '000000000000000000000000000000000000000000000000000000000000',
  manifestMessage: 'c4ad26a5b64666c9b65cc4b8ce352b3f14bec9cf7691ae6c82d7408889bdbd0c',
  cells: '85808080804000010002f501020002644d696c6bfcffffffff1f01f6',
};
