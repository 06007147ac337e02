import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { PATHS } from '../wire/protocol.ts';
import { createHttpTransport } from './http.ts';
import { createLineFetch } from './line-fetch.ts';

const HEX32 = 'ab'.repeat(32);
const ANSWER = { received: { '00112233445566aa': 3 }, safe: {}, heads: { '00112233445566aa': HEX32 }, setAside: 0 };
const POSITION = { hubEpoch: '00112233445566aa', lsn: 4, historyHash: HEX32 };

let server: Server;
let url = '';
let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};

beforeEach(async () => {
  server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const address = server.address();
  url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const transport = (timeoutMs = 5_000) => createHttpTransport({ fetch: createLineFetch(), hubUrl: () => url, timeoutMs });

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  handle = (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

test('U-10: a batch goes as it is, with token and protocol version; the answer brings the hub’s clock', async () => {
  const seen: unknown[] = [];
  handle = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { authorization, 'content-type': contentType, 'holdfast-protocol': version } = request.headers;
      seen.push(request.method, request.url, authorization, contentType, version, Buffer.concat(parts).toString('hex'));
      // A sale is followed by its own hash: its trace costs the line of a store nothing.
      expect(request.headers).not.toHaveProperty('traceparent');
      response.writeHead(200, { 'Holdfast-Time': '1700000000123', 'Request-Id': 'r-1' });
      response.end(JSON.stringify(ANSWER));
    });
  };
  const result = await transport().sendLedger('token', Uint8Array.of(1, 2, 250));
  expect(seen).toEqual(['POST', '/sync/v1/ledger', 'Bearer token', 'application/octet-stream', '1', '0102fa']);
  expect(result).toEqual({ ok: true, value: { value: ANSWER, hubTimeMs: 1_700_000_000_123, requestId: 'r-1' } });
});

test('N-2: what is keys and certificates is asked for in Brotli also without TLS, and read so', async () => {
  const list = { number: 3, revocations: [], signature: 'ab'.repeat(64) };
  const secrets = { secrets: [1, 2].map((number) => ({ number, secret: HEX32 })) };
  handle = (request, response) => {
    const isNamed = request.headers['accept-encoding']?.startsWith('br,') === true;
    response.writeHead(isNamed ? 200 : 406, { 'Content-Type': 'application/json', 'Content-Encoding': 'br' });
    response.end(brotliCompressSync(JSON.stringify(request.url === PATHS.revocations ? list : secrets)));
  };
  expect(await transport().fetchRevocations('token')).toMatchObject({ ok: true, value: { value: list } });
  expect(await transport().fetchPasscodeSecrets('token')).toMatchObject({ ok: true, value: { value: secrets } });
});

/** What came of each body, and how long it said to be. */
function bodies(): { readonly whole: Buffer[]; readonly encodings: unknown[] } {
  const seen = { whole: [] as Buffer[], encodings: [] as unknown[] };
  handle = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.whole.push(Buffer.concat(parts));
      seen.encodings.push(request.headers['content-length'] ?? request.headers['transfer-encoding']);
      response.end(JSON.stringify(ANSWER));
    });
  };
  return seen;
}

const LONG = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);

/** `rest`: how it waits between two pieces. */
const pacedTransport = (rest: (ms: number) => Promise<void> = async () => undefined) =>
  createHttpTransport({ fetch: createLineFetch(), hubUrl: () => url, rest });

test('U-13: what the line takes long for goes out in pieces, each behind the one before when that should nearly be through; else at once', async () => {
  const seen = bodies();
  const rests: number[] = [];
  const paced = pacedTransport(async (ms) => void rests.push(Math.round(ms)));
  expect(await paced.sendLedger('t', LONG, 0, 0.1)).toMatchObject({ ok: true });
  expect(rests).toEqual([328, 328]);
  // What is there already is not sent again (U-24), and the rest is short.
  expect(await paced.sendLedger('t', LONG, 9_000, 0.1)).toMatchObject({ ok: true });
  expect(await paced.sendLedger('t', LONG, 0, 0.01)).toMatchObject({ ok: true });
  expect(await paced.sendLedger('t', LONG)).toMatchObject({ ok: true });
  expect(rests).toHaveLength(2);
  expect(seen.encodings).toEqual(['chunked', '1000', '10000', '10000']);
  expect(seen.whole.map((bytes) => Buffer.compare(bytes, Buffer.from(LONG)))).toEqual([0, 1, 0, 0]);
});

test('U-13, U-14: a hub that answers in the middle of a batch that goes out in pieces is heard, and gets no more of it', async () => {
  let goOn = (): void => {};
  const isAnswered = new Promise<void>((resolve) => (goOn = resolve));
  const end = new Promise<string>((resolve) => {
    handle = (request, response) => {
      request.once('end', () => resolve('whole')).socket.once('close', () => resolve('stopped'));
      response.writeHead(429, { 'Retry-After': '7' }).end('{}');
    };
  });
  const refused = await pacedTransport(async () => isAnswered).sendLedger('t', LONG, 0, 1);
  expect(refused).toMatchObject({ error: { type: 'busy', retryAfterMs: 7_000 } });
  goOn();
  expect(await end).toBe('stopped');
});

test('U-14: a hub that goes in the middle of a batch that goes out in pieces is heard', async () => {
  const rested = { times: 0 };
  const paced = pacedTransport(async () => {
    rested.times += 1;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });
  handle = (request) => request.once('data', () => request.socket.destroy());
  expect(await paced.sendLedger('t', new Uint8Array(2_000_000), 0, 1)).toMatchObject({ error: { type: 'unreachable', isTorn: true } });
  expect(rested.times).toBeGreaterThan(0);
});

/** Behind a proxy that answers what does not say how long it is with `pieces`, and the rest with `whole`. */
function behindProxy(pieces: number, whole: number): unknown[] {
  const lengths: unknown[] = [];
  handle = (request, response) => {
    const length = request.headers['content-length'];
    lengths.push(length);
    response.writeHead(length === undefined ? pieces : whole);
    request.resume().on('end', () => response.end(JSON.stringify(ANSWER)));
  };
  return lengths;
}

test('U-13: where a proxy takes no body in pieces, whatever it answers, batches go at once from then on', async () => {
  for (const status of [400, 403, 411, 413, 501]) {
    const lengths = behindProxy(status, 200);
    const paced = pacedTransport();
    for (let batch = 0; batch < 2; batch += 1) expect(await paced.sendLedger('t', LONG, 0, 1)).toMatchObject({ ok: true });
    expect([status, ...lengths]).toEqual([status, undefined, '10000', '10000']);
  }
});

test('U-13: what is refused whole as well is no matter of pieces; nor is who is busy, away, or not there, or lacks what came before', async () => {
  const paced = pacedTransport();
  const refused = behindProxy(413, 413);
  for (let batch = 0; batch < 2; batch += 1)
    expect(await paced.sendLedger('t', LONG, 0, 1)).toMatchObject({ error: { type: 'refused', isTooLong: true } });
  expect(refused).toEqual([undefined, '10000', undefined, '10000']);
  for (const [status, type] of [
    [503, 'busy'],
    [502, 'failed'],
    [401, 'unauthorised'],
    [416, 'refused'],
  ] as const) {
    const lengths = behindProxy(status, 200);
    expect(await paced.sendLedger('t', LONG, 0, 1)).toMatchObject({ error: { type } });
    expect(lengths).toEqual([undefined]);
  }
  const torn: unknown[] = [];
  handle = (request) => {
    torn.push(request.headers['content-length']);
    request.once('data', () => request.socket.destroy());
  };
  expect(await paced.sendLedger('t', LONG, 0, 1)).toMatchObject({ error: { type: 'unreachable' } });
  expect(torn).toEqual([undefined]);
  const taken = behindProxy(200, 200);
  expect(await paced.sendLedger('t', LONG, 0, 1)).toMatchObject({ ok: true });
  expect(taken).toEqual([undefined]);
});

test('U-13: pieces are no more than four seconds apart from first to last, however long the hub took for the batches before', async () => {
  const rests: number[] = [];
  const paced = pacedTransport(async (ms) => void rests.push(Math.round(ms)));
  bodies();
  expect(await paced.sendLedger('t', LONG, 0, 10)).toMatchObject({ ok: true });
  expect(rests).toEqual([1_311, 1_311]);
});

/** Status, headers, and how a device takes it. */
const REFUSALS: readonly (readonly [number, Readonly<Record<string, string>>, object])[] = [
  [401, {}, { type: 'unauthorised' }],
  [403, {}, { type: 'unauthorised', reason: '403 said in words' }],
  [404, {}, { type: 'refused' }],
  [413, {}, { type: 'refused', isTooLong: true }],
  [422, {}, { type: 'refused' }],
  [429, { 'Retry-After': '7' }, { type: 'busy', retryAfterMs: 7_000 }],
  // However much more than will be waited: the engine bounds it.
  [503, { 'Retry-After': '1000000000' }, { type: 'busy', retryAfterMs: 1_000_000_000_000 }],
  [503, { Date: 'Sat, 28 Nov 2026 23:59:50 GMT', 'Retry-After': 'Sun, 29 Nov 2026 00:00:20 GMT' }, { type: 'busy', retryAfterMs: 30_000 }],
  [500, {}, { type: 'failed' }],
  [502, {}, { type: 'failed' }],
];

test.each(REFUSALS)('U-14: %i is an outcome by type', async (status, headers, expected) => {
  answer(status, { title: 'title', detail: 'said in words' }, headers);
  expect(await transport().fetchManifest('t', { position: POSITION, waitingEntries: 0, waitingSales: 0, wallMs: 0 })).toMatchObject({
    ok: false,
    error: expected,
  });
});

test.each(['-5', 'NaN', '1e9', '', '7.5', '9'.repeat(400), '2026-11-28', 'Wed, 21 Oct 2015 07:28:00 GMT', 'Sat, 99 Nov 2026 00:00:00 GMT'])(
  'U-14: a Retry-After of %j says nothing',
  async (after) => {
    answer(503, {}, { Date: 'Sat, 28 Nov 2026 00:00:00 GMT', 'Retry-After': after });
    const result = await transport().sendLedger('t', new Uint8Array());
    expect(result).toEqual({ ok: false, error: { type: 'busy', reason: '503 Service Unavailable' } });
  },
);

test.each(['', 'null', '<html>a captive portal</html>', '{"received":{}}', '[]'])('U-10: %j is no answer', async (body) => {
  answer(200, body);
  expect(await transport().sendLedger('t', new Uint8Array())).toMatchObject({ ok: false, error: { type: 'malformed' } });
});

test('U-14: nobody there, a dropped connection, silence, a redirect: all the same, unreachable', async () => {
  handle = (request) => request.socket.destroy();
  expect(await transport().sendLedger('t', new Uint8Array())).toMatchObject({ error: { type: 'unreachable', isTorn: true } });
  handle = () => {};
  expect(await transport(50).sendLedger('t', new Uint8Array())).toMatchObject({ error: { type: 'unreachable', isTorn: true } });
  answer(302, '', { Location: 'http://localhost:1/' });
  expect(await transport().sendLedger('t', new Uint8Array())).toMatchObject({ error: { type: 'unreachable' } });
  const nowhere = createHttpTransport({ fetch: createLineFetch(), hubUrl: () => 'http://localhost:1' });
  expect(await nowhere.enrol({ code: 'c', publicKey: HEX32 })).toMatchObject({ error: { type: 'unreachable' } });
  const noUrl = createHttpTransport({ fetch: createLineFetch(), hubUrl: () => 'not a url' });
  expect(await noUrl.enrol({ code: 'c', publicKey: HEX32 })).toMatchObject({ error: { type: 'unreachable' } });
});

test('U-24: where no connection came about, nothing was torn', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const nobody = createHttpTransport({ fetch: createLineFetch(), hubUrl: () => `http://127.0.0.1:${port}` });
  const answered = await nobody.sendLedger('t', new Uint8Array());
  expect(answered).toMatchObject({ error: { type: 'unreachable' } });
  expect(answered).not.toHaveProperty('error.isTorn');
});

test('U-24: a batch that goes on says behind how many bytes, and sends the rest alone; what the hub has of it is asked for by token', async () => {
  const came: unknown[] = [];
  handle = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      came.push([request.method, request.url, request.headers['holdfast-behind'], Buffer.concat(parts).toString('hex')]);
      response.end(JSON.stringify(request.method === 'GET' ? { bytes: 2, hash: HEX32 } : ANSWER));
    });
  };
  const frame = Uint8Array.of(1, 2, 3);
  expect(await transport().sendLedger('t', frame)).toMatchObject({ ok: true });
  expect(await transport().askTorn?.('t')).toEqual({ ok: true, value: { bytes: 2, hash: HEX32 } });
  expect(await transport().sendLedger('t', frame, 2)).toMatchObject({ ok: true });
  expect(came).toEqual([
    ['POST', '/sync/v1/ledger', undefined, '010203'],
    ['GET', '/sync/v1/ledger', undefined, ''],
    ['POST', '/sync/v1/ledger', '2', '03'],
  ]);
  for (const more of [{ entries: 4_096 }, { ledger: ANSWER }]) {
    answer(200, { bytes: 0, hash: HEX32, ...more });
    expect(await transport().askTorn?.('t')).toEqual({ ok: true, value: { bytes: 0, hash: HEX32, ...more } });
  }
  answer(200, { bytes: 0, hash: HEX32, ledger: { received: 1 } });
  expect(await transport().askTorn?.('t')).toMatchObject({
    error: { type: 'malformed', reason: expect.stringContaining('ledger.received') },
  });
  answer(200, { bytes: -1, hash: HEX32 });
  expect(await transport().askTorn?.('t')).toMatchObject({ error: { type: 'malformed' } });
  answer(404, {});
  expect(await transport().askTorn?.('t')).toMatchObject({ error: { type: 'refused' } });
});

test('D-7: a segment comes whole, and is not read beyond what its manifest says', async () => {
  handle = (_request, response) => response.end(Buffer.from([1, 2, 3, 4]));
  expect(await transport().fetchSegment('t', HEX32, 0, 4)).toEqual({ ok: true, value: { bytes: Uint8Array.of(1, 2, 3, 4), torn: null } });
  expect(await transport().fetchSegment('t', HEX32, 0, 3)).toMatchObject({ error: { type: 'malformed' } });
  let sent = 0;
  handle = (_request, response) => {
    const more = (): void => {
      sent += 65_536;
      if (sent < 1e9 && !response.destroyed) response.write(Buffer.alloc(65_536), more);
    };
    more();
  };
  expect(await transport().fetchSegment('t', HEX32, 0, 100_000)).toMatchObject({ error: { type: 'malformed' } });
  expect(sent).toBeLessThan(5e7);
});

test('D-11: a torn segment gives what came of it, and goes on by range; who sends the whole again is passed over as far as it is held', async () => {
  const whole = Buffer.from([1, 2, 3, 4, 5, 6]);
  const ranges: unknown[] = [];
  let ranged = true;
  handle = (request, response) => {
    ranges.push(request.headers.range);
    const from = ranged ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const isFirst = ranges.length === 1;
    response.writeHead(from > 0 ? 206 : 200, {
      'Content-Length': whole.length - from,
      ...(from > 0 && { 'Content-Range': `bytes ${from}-5/6` }),
    });
    response.write(whole.subarray(from, isFirst ? 2 : undefined), () => (isFirst ? request.socket.destroy() : response.end()));
  };
  const torn = await transport().fetchSegment('t', HEX32, 0, 6);
  expect(torn).toMatchObject({ ok: true, value: { bytes: Uint8Array.of(1, 2), torn: { type: 'unreachable' } } });
  const rest = { ok: true, value: { bytes: Uint8Array.of(3, 4, 5, 6), torn: null } };
  expect(await transport().fetchSegment('t', HEX32, 2, 6)).toEqual(rest);
  ranged = false;
  expect(await transport().fetchSegment('t', HEX32, 2, 6)).toEqual(rest);
  expect(ranges).toEqual([undefined, 'bytes=2-', 'bytes=2-']);
  handle = (_request, response) => response.writeHead(206, { 'Content-Range': 'bytes 4-5/6' }).end(whole.subarray(4));
  expect(await transport().fetchSegment('t', HEX32, 2, 6)).toMatchObject({ error: { type: 'malformed' } });
});

test('D-11: of another range than was asked for nothing is read, and nothing kept open', async () => {
  const closed = new Promise<void>((resolve) => {
    handle = (_request, response) => {
      response.once('close', resolve).writeHead(206, { 'Content-Range': 'bytes 4-9/10', 'Content-Length': 6 });
      response.write(Buffer.from([5]));
    };
  });
  expect(await transport().fetchSegment('t', HEX32, 2, 6)).toMatchObject({ error: { type: 'malformed' } });
  await closed;
});

test('D-11: what comes is told as it comes, from the byte that was asked for, and no more than was to come', async () => {
  const came: number[] = [];
  const told = (bytes: Uint8Array): void => void came.push(...bytes);
  let more = (): void => {};
  const second = new Promise<void>((resolve) => (more = resolve));
  handle = (_request, response) => {
    response.write(Buffer.from([1, 2, 3]));
    // Not before the first ones are there.
    void second.then(() => response.end(Buffer.from([4, 5, 6])));
  };
  const answered = transport().fetchSegment('t', HEX32, 1, 6, undefined, (bytes) => {
    told(bytes);
    more();
  });
  expect(await answered).toEqual({ ok: true, value: { bytes: Uint8Array.of(2, 3, 4, 5, 6), torn: null } });
  expect(came).toEqual([2, 3, 4, 5, 6]);
  handle = (_request, response) => response.end(Buffer.from([1, 2, 3, 4]));
  expect(await transport().fetchSegment('t', HEX32, 0, 3, undefined, told)).toMatchObject({ error: { type: 'malformed' } });
  expect(came).toHaveLength(5);
});

test('D-11: a line that is slow, but not silent, is waited for', async () => {
  handle = (_request, response) => {
    let sent = 0;
    const more = (): void => {
      sent += 1;
      if (sent > 20) response.end();
      else response.write(Buffer.from([sent]), () => setTimeout(more, 150));
    };
    more();
  };
  const answered = await transport(2_000).fetchSegment('t', HEX32, 0, 100);
  expect(answered).toMatchObject({ ok: true, value: { torn: null } });
  expect(answered.ok && answered.value.bytes.length).toBe(20);
});

test('U-19: a return is asked for by token', async () => {
  const value = { returns: ['AAEC'], granted: true };
  answer(200, value);
  expect(await transport().askReturn('t', { receiptNumber: 'r', take: true })).toMatchObject({ ok: true, value: { value } });
  answer(200, { granted: true });
  expect(await transport().askReturn('t', { receiptNumber: 'r', take: true })).toMatchObject({ ok: false });
});

test('U-17: a balance is asked for by token', async () => {
  const request = { account: 'giftCard', reference: 'G1', currency: 'EUR', neededMinor: 500 };
  answer(200, { availableMinor: 700 });
  expect(await transport().askBalance('t', request)).toMatchObject({ ok: true, value: { value: { availableMinor: 700 } } });
  answer(404, {});
  expect(await transport().askBalance('t', request)).toMatchObject({ ok: false });
});
