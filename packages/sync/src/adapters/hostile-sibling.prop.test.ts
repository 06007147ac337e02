/** Whatever a sibling says at the port, or answers, of each kind of message: over real TLS, to what a lane really asks its stores, from one seed. */
import { request as httpsRequest, Agent, createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { assert, err } from '@holdfast/base';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createDocumentExchange } from '../documents/document-exchange.ts';
import { encodeDocumentsAnswer, encodeDocumentsRequest, encodePieces } from '../documents/document-frame.ts';
import { createMemoryDocumentStore } from '../documents/document-store.ts';
import { createMemoryNeighbourStore } from '../lan/memory-neighbour-store.ts';
import { helloToJson, NEIGHBOUR_PATHS, parseHello } from '../lan/neighbour-protocol.ts';
import { createNeighbours, type Neighbours } from '../lan/neighbours.ts';
import { createMemoryDownCache, createSharing } from '../lan/sharing.ts';
import { signRevocations } from '../lan/trust.ts';
import { createMemoryStore } from '../memory-store.ts';
import { headOf, signHead } from '../replica/ledger.ts';
import { originPosition } from '../store.ts';
import { chainOf, content, DOCUMENT_HOME, headOfChain } from '../testing/document-store-contract.ts';
import { EPOCH, PORTS, saleDraft, SCHEMAS, seeded, seededRandom, SIGNER } from '../testing/fixtures.ts';
import { createAuthority, createLaneIdentity } from '../testing/siblings.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { DOWN_FORM, signManifest } from '../wire/protocol.ts';
import { createLanClient, type LanClient } from './lan-client.ts';
import { startLanServer, toPem, type LanServer } from './lan-server.ts';

const authority = createAuthority('default');
const [lane, sibling] = [createLaneIdentity(authority, 1), createLaneIdentity(authority, 2)];
const FRAME = Uint8Array.from({ length: 3_000 }, (_, at) => at % 251);
const HASH = bytesToHex(PORTS.hash.sha256(FRAME));
const ORIGIN = originPosition(lane.identity.hubEpoch);
const MANIFEST = signManifest(SIGNER, 'default', {
  from: ORIGIN,
  to: { ...ORIGIN, lsn: 3, historyHash: '33'.repeat(32) },
  rebase: false,
  segments: [{ hash: HASH, bytes: FRAME.length, cells: 1, entities: 1 }],
});

const failures: string[] = [];
const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
const held = createMemoryNeighbourStore();
const documents = createMemoryDocumentStore();
let neighbours: Neighbours;
let server: LanServer;
let agent: Agent;
let hostile: Server;
let client: LanClient;
/** What it answers to whatever it is asked. */
let answers: Uint8Array = new Uint8Array();

beforeAll(async () => {
  store.enrol(lane.identity, EPOCH);
  for (let serial = 1; serial <= 20; serial += 1) store.append(saleDraft(serial));
  documents.take(SHEET);
  const silence = async () => err({ type: 'unreachable', reason: 'silence' } as const);
  const timers = { after: () => () => {} };
  const logger = { info: () => {}, warn: () => {}, error: (message: string) => void failures.push(message) };
  const cache = createMemoryDownCache();
  cache.keepFrame(HASH, FRAME);
  cache.keepManifest(MANIFEST);
  const sharing = createSharing({
    ...PORTS,
    hub: { enrol: silence, sendLedger: silence, fetchManifest: silence, fetchSegment: silence },
    lan: { manifest: silence, segment: silence },
    siblings: () => [],
    identity: () => lane.identity,
    waiting: () => ({ waitingEntries: 0, waitingSales: 0 }),
    cache,
    timers,
    nowMs: () => 0,
  });
  const exchange = createDocumentExchange({
    ...PORTS,
    store: documents,
    take: (pieces) => documents.take(pieces),
    home: () => DOCUMENT_HOME,
    keyOf: (author) => (author === 'lane-1' ? SIGNER.publicKey : undefined),
  });
  neighbours = createNeighbours({
    ...PORTS,
    store,
    neighbours: held,
    reader: lane.reader,
    transport: { hello: silence, entries: silence },
    hub: { sendLedger: silence },
    signer: lane.signer,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: seededRandom(seeded(1)),
    timers,
    logger,
    withTurn: (write) => write(),
    isConnected: () => true,
    port: () => 7_000,
    onBeyond: () => void failures.push('beyond'),
    onTaken: () => void failures.push('taken'),
    onRevocations: () => {},
  });
  neighbours.start();
  server = await startLanServer({
    host: '127.0.0.1',
    port: 0,
    ...lane,
    logger,
    service: {
      admits: (member) => neighbours.admits(member),
      hello: (from, host, hello) => neighbours.answerHello(from, host, hello),
      entries: (request) => neighbours.answerEntries(request),
      manifest: (request) => sharing.answerManifest(request),
      segment: (hash, waitMs) => sharing.answerSegment(hash, waitMs),
      documents: async (_from, request) => {
        const answered = await exchange.answer(request);
        return answered.ok ? answered.value : null;
      },
      ask: async (_from, question, value) => (question === 'echo' ? { value } : undefined),
    },
  });
  const { key, certificate, authority: issuer } = sibling;
  const shown = { key, cert: toPem(certificate), ca: toPem(issuer) };
  agent = new Agent({ ...shown, keepAlive: true, maxSockets: 1, servername: '', checkServerIdentity: () => undefined });
  hostile = createServer({ ...shown, requestCert: true }, (_request, response) => {
    response.writeHead(200, { 'Content-Length': answers.length });
    response.end(answers);
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  client = createLanClient({ ...lane, admits: () => true });
});
afterAll(async () => {
  agent.destroy();
  client.close();
  neighbours.stop();
  hostile.closeAllConnections();
  hostile.close();
  await server.close();
});

/** Over one connection, which outlives whatever is said on it. */
async function say(method: string, path: string, body: Uint8Array): Promise<{ status: number; text: string; isSameConnection: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Length': body.length };
    const asked = httpsRequest({ host: '127.0.0.1', port: server.port, method, path, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('latin1');
        resolve({ status: response.statusCode ?? 0, text, isSameConnection: asked.reusedSocket });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const headsOf = (id: typeof sibling, count: number) =>
  Array.from({ length: count }, (_, at) =>
    signHead(id.signer, { device: id.identity.device, epoch: EPOCH, seq: at + 1, hash: new Uint8Array(32).fill(at) }),
  );
const REVOKED = { device: 'lane-9', serial: '0a', reason: 'stolen' as const, heads: [] };
const HELLO = {
  heads: headsOf(sibling, 2),
  devices: ['lane-2'],
  revocations: 0,
  port: 7_001,
  isConnected: true,
  confirmed: { [EPOCH]: 1 },
  clock: { timeMs: 1, uncertaintyMs: 2 },
  process: { id: 'ab'.repeat(8), epoch: EPOCH },
  documents: '00'.repeat(8),
  begins: headsOf(sibling, 1),
  checkpoints: headsOf(sibling, 1),
};
const ENTRIES = { device: 'lane-1', epoch: EPOCH, tipSeq: 20, tip: 'ab'.repeat(32), afterSeq: 7, afterHash: 'cd'.repeat(32) };
const WANTED = { position: ORIGIN, waitMs: 0, reads: DOWN_FORM, role: 'lane', beyond: 1 };
const SHEET = chainOf('lane-1', [content('opening', 'count')]);
const DOCUMENTS = { heads: [headOfChain(SHEET)], frame: encodePieces(SHEET, PORTS.compression) };

const RUNS = 60;

/** What stands for a number, a text, a list or anything else in JSON that has it wrong, as it is written. */
const WRONG = [
  'NaN',
  'Infinity',
  '-1',
  '-0',
  '1.5',
  '1e999',
  '9007199254740993',
  '2147483648',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"\\u0000"',
  '"\\ud800"',
  '"\u{10ffff}"',
  '"__proto__"',
  '{"__proto__":[]}',
  '{"constructor":1}',
  `"${'a'.repeat(70_000)}"`,
  '[[[[[[]]]]]]',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `[${'0,'.repeat(30_000)}0]`,
];

/** Places of values in JSON. */
const valuesIn = (text: string): readonly (readonly [number, number])[] =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|\[[^[\]{}]*\]/g)].map(({ index, 0: all }) => [index, index + all.length]);

/** One message made wrong, in one of some ways. */
const spoilt = (message: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const text = Buffer.from(message).toString('latin1');
  const values = valuesIn(text);
  const replaced = fc
    .tuple(fc.constantFrom(...(values.length > 0 ? values : [[0, 1] as const])), fc.constantFrom(...WRONG))
    .map(([[from, to], wrong]) => Buffer.from(`${text.slice(0, from)}${wrong}${text.slice(to)}`, 'utf8'));
  const at = fc.nat(message.length - 1);
  const flipped = fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([place, bits]) => {
    const bytes = message.slice();
    bytes[place] = (bytes[place] ?? 0) ^ bits;
    return bytes;
  });
  const torn = at.map((length) => message.slice(0, length));
  const stretched = fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([place, more]) => {
    return Buffer.concat([message.subarray(0, place), more, message.subarray(place)]);
  });
  return fc.oneof({ weight: 3, arbitrary: replaced }, flipped, torn, stretched, fc.uint8Array({ maxLength: 200 }), fc.constant(message));
};

const QUESTIONS: readonly (readonly [string, string, Uint8Array])[] = [
  ['a greeting', NEIGHBOUR_PATHS.hello, json(helloToJson(HELLO))],
  ['a question for entries', NEIGHBOUR_PATHS.entries, json(ENTRIES)],
  ['a question for a manifest', NEIGHBOUR_PATHS.manifest, json(WANTED)],
  ['a question for documents', NEIGHBOUR_PATHS.documents, encodeDocumentsRequest(DOCUMENTS)],
  ['an app’s question', `${NEIGHBOUR_PATHS.ask}/echo`, json({ piece: 1, text: 'ü' })],
];

const kept = (): string => JSON.stringify([store.epochs(), held.lines(), held.begins(), documents.heads(), store.foldCheckpoints()]);

test('what is made wrong here is read where it is right', async () => {
  assert(parseHello(JSON.parse(Buffer.from(json(helloToJson(HELLO))).toString())).ok, 'a greeting that reads');
  const statuses: number[] = [];
  for (const [, path, message] of QUESTIONS) statuses.push((await say('POST', path, message)).status);
  expect(statuses).toEqual([200, 404, 200, 200, 200]);
});

test.each(QUESTIONS)(
  'N-13: %s that is wrong in whatever way is answered by 200, 400 or 404; nothing of it stays, and the connection goes on',
  async (_, path, message) => {
    await say('POST', path, message);
    const before = kept();
    await fc.assert(
      fc.asyncProperty(spoilt(message), async (body) => {
        const { status, text, isSameConnection } = await say('POST', path, body);
        expect([200, 400, 404], text).toContain(status);
        expect([isSameConnection, failures]).toEqual([true, []]);
      }),
      { numRuns: RUNS },
    );
    expect(kept()).toBe(before);
  },
);

test('N-13: values within each other by the thousand are refused, and no stack overflows over them', async () => {
  const nested = (depth: number, value = ''): Uint8Array => Buffer.from(`${'['.repeat(depth)}${value}${']'.repeat(depth)}`);
  // Brackets of a text are none of the value's.
  const text = JSON.stringify(`"${'['.repeat(100)}`);
  for (const [body, status] of [
    [nested(50_000), 404],
    [nested(65), 404],
    [nested(64, text), 200],
  ] as const) {
    expect((await say('POST', `${NEIGHBOUR_PATHS.ask}/echo`, body)).status).toBe(status);
  }
  expect(failures).toEqual([]);
});

test('N-13: whatever path is asked for is there or is not', async () => {
  const rest = fc.constantFrom('', '/', '//', '/..', '/%', '/%00', '/%ff', '/echo', `/${HASH}`, `/${'9'.repeat(4_000)}`, '?', '?a=%', '#a');
  const path = fc.oneof(
    fc.tuple(fc.constantFrom(...Object.values(NEIGHBOUR_PATHS), '/', '//', '*'), rest).map(([base, more]) => `${base}${more}`),
    fc
      .constantFrom('NaN', '-1', '1e3', '20001', '', '0x10', '9'.repeat(400))
      .map((waitMs) => `${NEIGHBOUR_PATHS.segments}/${HASH}?waitMs=${waitMs}`),
  );
  await fc.assert(
    fc.asyncProperty(path, fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'), async (asked, method) => {
      expect([200, 400, 404]).toContain((await say(method, asked, new Uint8Array())).status);
      expect(failures).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

const BATCH = (): Uint8Array => {
  const [epoch] = store.epochs();
  const tip = store.entriesAfter(EPOCH, 0, 20, Infinity).at(-1);
  assert(epoch !== undefined && tip !== undefined, 'a ledger');
  const frame = neighbours.answerEntries({ ...ENTRIES, tip: bytesToHex(headOf(tip).hash), afterSeq: 0, afterHash: '' });
  assert(frame !== null, 'a frame');
  return frame;
};

const ASKED: readonly (readonly [
  string,
  () => Uint8Array,
  (address: string) => Promise<{ readonly ok: boolean; readonly error?: { readonly type: string } }>,
])[] = [
  [
    'a greeting',
    () =>
      json({
        ...(helloToJson(HELLO) as object),
        certificates: [lane.certificate],
        revocationList: signRevocations(SIGNER, 'default', { number: 1, revocations: [REVOKED] }),
      }),
    (address) => client.hello(address, HELLO),
  ],
  ['entries', BATCH, (address) => client.entries(address, ENTRIES)],
  ['a manifest', () => json(MANIFEST), (address) => client.manifest(address, WANTED)],
  ['a segment', () => FRAME, (address) => client.segment(address, HASH, { from: 0, maxBytes: 5_000, waitMs: 0 })],
  [
    'documents',
    () => encodeDocumentsAnswer({ heads: DOCUMENTS.heads, archived: [], frame: DOCUMENTS.frame, signature: null }),
    (address) => client.documents(address, DOCUMENTS),
  ],
  ['an app’s answer', () => json({ isGiven: true }), (address) => client.ask(address, 'echo', 1)],
];

test.each(ASKED)('N-13: %s, answered wrong in whatever way, is an outcome of a known kind', async (_, messageOf, ask) => {
  const address = `127.0.0.1:${(hostile.address() as AddressInfo).port}`;
  const message = messageOf();
  answers = message;
  expect(await ask(address)).toMatchObject({ ok: true });
  await fc.assert(
    fc.asyncProperty(spoilt(message), async (body) => {
      answers = body;
      const answered = await ask(address);
      expect(answered.ok ? 'read' : answered.error?.type).toMatch(/^(?:read|malformed|unreachable)$/);
    }),
    { numRuns: RUNS },
  );
});
