/** What happens at the port on which siblings ask, over real TLS. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { NEIGHBOUR_PATHS, type HelloAnswer } from '../lan/neighbour-protocol.ts';
import { signRevocations, isSibling, type KnownRevocations } from '../lan/trust.ts';
import { SIGNER } from '../testing/fixtures.ts';
import { createAuthority, createLaneIdentity, type LaneIdentity } from '../testing/siblings.ts';
import { createLanClient, type LanClient } from './lan-client.ts';
import { createPlaces, startLanServer, toPem, type LanServer, type LanServerLimits } from './lan-server.ts';

const authority = createAuthority('default');
const [server, asker] = [createLaneIdentity(authority, 1), createLaneIdentity(authority, 2)];
const HELLO = { heads: [], devices: [], revocations: 0, port: 7_000, isConnected: true, confirmed: {}, clock: null };
const ANSWER: HelloAnswer = { ...HELLO, certificates: [] };
const FRAME = Uint8Array.from({ length: 5_000 }, (_, at) => at % 251);
const HASH = 'ab'.repeat(32);

let running: LanServer;
let revocations: KnownRevocations;
let served: string[];
const clients: LanClient[] = [];

async function open(limits: Partial<LanServerLimits> = {}): Promise<void> {
  running = await startLanServer({
    host: '127.0.0.1',
    port: 0,
    ...server,
    service: {
      admits: (member) => isSibling(server.identity, member, revocations),
      hello: (from, host) => {
        served.push(`${from.device} at ${host}`);
        return ANSWER;
      },
      entries: ({ afterSeq }) => (afterSeq === 7 ? FRAME : null),
      manifest: async () => null,
      segment: async (hash) => (hash === HASH ? FRAME : null),
      documents: async (_from, { heads, frame }) => ({ heads, archived: [], frame, signature: null }),
      ask: async (from, question, value) => (question === 'echo' ? { from: from.device, value } : undefined),
    },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    limits,
  });
}

/** Nothing of this process goes on. */
const holdUp = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const clientOf = (lane: LaneIdentity, admits: (store: string) => boolean = (store) => store === '1', timeoutMs = 2_000): LanClient => {
  const client = createLanClient({ ...lane, admits: (member) => admits(member.store), timeoutMs });
  clients.push(client);
  return client;
};
const address = (): string => `127.0.0.1:${running.port}`;

beforeEach(async () => {
  revocations = [];
  served = [];
  await open();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await running.close();
});

/** All that a peer is given in clear, until the connection ends. */
async function textGiven(options: ConnectionOptions, says: string | Buffer): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: running.port, rejectUnauthorized: false, ...options });
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('secureConnect', () => socket.write(says));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(parts).toString('latin1');
}

const bytesGiven = async (
  options: ConnectionOptions,
  says = `POST ${NEIGHBOUR_PATHS.hello} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
): Promise<number> => (await textGiven(options, says)).length;

const shown = ({ key, certificate, authority: issuer }: LaneIdentity): ConnectionOptions => ({
  key,
  cert: toPem(certificate),
  ca: toPem(issuer),
});

test('N-4: a sibling is answered, knows who answers, and gets a segment from any byte', async () => {
  const client = clientOf(asker);
  expect(await client.hello(address(), HELLO)).toMatchObject({
    ok: true,
    value: { from: { device: 'lane-1', store: '1' }, answer: ANSWER },
  });
  expect(served).toEqual(['lane-2 at 127.0.0.1']);
  const request = { device: 'lane-1', epoch: '00112233445566aa', tipSeq: 9, tip: HASH, afterSeq: 7, afterHash: HASH };
  expect(await client.entries(address(), request)).toEqual({ ok: true, value: FRAME });
  expect(await client.entries(address(), { ...request, afterSeq: 8 })).toMatchObject({ error: { type: 'refused' } });
  const heads = [{ document: 'ab'.repeat(16), author: 'lane-1', number: 1, hash: new Uint8Array(32) }];
  expect(await client.documents(address(), { heads, frame: FRAME })).toEqual({
    ok: true,
    value: { heads, archived: [], frame: FRAME, signature: null },
  });
  const how = { from: 4_990, maxBytes: 5_000, waitMs: 0 };
  expect(await client.segment(address(), HASH, how)).toEqual({ ok: true, value: { bytes: FRAME.slice(4_990), torn: null } });
  const came: number[] = [];
  await client.segment(address(), HASH, { ...how, from: 4_000, came: (bytes) => came.push(...bytes) });
  expect(came).toEqual(Array.from(FRAME.slice(4_000)));
  expect(await client.segment(address(), 'cd'.repeat(32), how)).toMatchObject({ error: { type: 'refused' } });
  expect(await client.ask(address(), 'echo', { a: 1 })).toEqual({ ok: true, value: { from: 'lane-2', value: { a: 1 } } });
  expect(await client.ask(address(), 'other', {})).toMatchObject({ error: { type: 'refused' } });
  expect(await client.segment(address(), HASH, { from: 0, maxBytes: 100, waitMs: 0 })).toMatchObject({ ok: false });
});

test('N-14: an answer that has come in time is taken, however late this process looks', async () => {
  const parts = ['{"a', '":12}'];
  const { key, certificate, authority: issuer } = server;
  const slow = createServer({ key, cert: toPem(certificate), ca: toPem(issuer), requestCert: true }, (_request, response) => {
    // Each part is written by then, and nobody has read it.
    const say = (part: string): void => {
      response.write(part);
      process.nextTick(() => process.nextTick(holdUp, 1_700));
    };
    response.writeHead(200, { 'Content-Length': 8 });
    say(parts[0] ?? '');
    setImmediate(() => setImmediate(() => setImmediate(say, parts[1] ?? '')));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const client = clientOf(asker, undefined, 1_500);
  const answered = await client.ask(`127.0.0.1:${(slow.address() as AddressInfo).port}`, 'echo', 1);
  slow.closeAllConnections();
  slow.close();
  expect(answered).toEqual({ ok: true, value: { a: 12 } });
});

test('N-4: who shows no certificate, or one of another authority, another store or another use, is given no byte', async () => {
  const stranger = createLaneIdentity(createAuthority('default'), 2);
  const elsewhere = createLaneIdentity(authority, 3, { store: '2' });
  expect(await bytesGiven(shown(asker))).toBeGreaterThan(0);
  expect(await bytesGiven({})).toBe(0);
  expect(await bytesGiven(shown(stranger))).toBe(0);
  expect(await bytesGiven({ ...shown(stranger), ca: toPem(asker.authority) })).toBe(0);
  expect(await bytesGiven(shown(elsewhere))).toBe(0);
  expect(await bytesGiven({ ...shown(asker), maxVersion: 'TLSv1.2' })).toBe(0);
  expect(served).toEqual([]);
});

/** A certificate of the right authority by OpenSSL’s own hand, so that it can be what ours never are. */
function certifiedBySsl(days: readonly string[]): ConnectionOptions {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lan-'));
  const file = (name: string, content?: string): string => {
    if (content !== undefined) writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  file('ca.pem', toPem(server.authority));
  file('ca.der', '');
  writeFileSync(file('ca.der'), authority.privateKey);
  file('ext', `subjectAltName=URI:urn:holdfast:device:default:1:lane-9:${'ab'.repeat(32)}\nkeyUsage=critical,digitalSignature\n`);
  const ssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  ssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('key.pem'));
  ssl('req', '-new', '-key', file('key.pem'), '-subj', '/CN=lane-9', '-out', file('csr.pem'));
  ssl('pkcs8', '-inform', 'DER', '-nocrypt', '-in', file('ca.der'), '-out', file('cakey.pem'));
  const sign = ['x509', '-req', '-in', file('csr.pem'), '-CA', file('ca.pem'), '-CAkey', file('cakey.pem'), '-set_serial', '7'];
  ssl(...sign, '-extfile', file('ext'), ...days, '-out', file('cert.pem'));
  const options = { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) };
  rmSync(folder, { recursive: true });
  return options;
}

test('N-5: an authority’s own certificate that has expired, or is not valid yet, is not let in: no error is tolerated', async () => {
  expect(await bytesGiven(certifiedBySsl(['-days', '400']))).toBeGreaterThan(0);
  expect(await bytesGiven(certifiedBySsl(['-days', '-1']))).toBe(0);
});

test('N-5: a revoked device is given no byte, and the connection that it has ends', async () => {
  const client = clientOf(asker);
  expect(await client.hello(address(), HELLO)).toMatchObject({ ok: true });
  const socket = connectTls({ host: '127.0.0.1', port: running.port, ...shown(asker), checkServerIdentity: () => undefined });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  const ended = once(socket, 'close');
  const revoked = { device: 'lane-2', serial: asker.member.serial, reason: 'stolen' as const, heads: [] };
  revocations = [signRevocations(SIGNER, 'default', { number: 1, revocations: [revoked] })];
  running.recheck();
  await ended;
  expect(await bytesGiven(shown(asker))).toBe(0);
  expect(await client.hello(address(), HELLO)).toMatchObject({ error: { type: 'unreachable' } });
  expect(served).toHaveLength(1);
});

test('N-4: a device asks nobody who is not a sibling', async () => {
  expect(await clientOf(asker, () => false).hello(address(), HELLO)).toMatchObject({ error: { type: 'unreachable' } });
  expect(await clientOf(createLaneIdentity(createAuthority('default'), 2)).hello(address(), HELLO)).toMatchObject({
    error: { type: 'unreachable' },
  });
  expect(await clientOf(asker).hello('127.0.0.1:1', HELLO)).toMatchObject({ error: { type: 'unreachable' } });
  expect(await clientOf(asker).hello('no address at all', HELLO)).toMatchObject({ error: { type: 'unreachable' } });
  expect(served).toEqual([]);
});

test('N-19: who shows this device’s own certificate is answered: which process it is stands in the greeting', async () => {
  const process = { id: 'ab'.repeat(8), epoch: 'cd'.repeat(8) };
  expect(await clientOf(server).hello(address(), { ...HELLO, process })).toMatchObject({ ok: true, value: { from: { device: 'lane-1' } } });
  expect(served).toEqual(['lane-1 at 127.0.0.1']);
});

async function bytesOfTcp(say: (write: (bytes: string | Buffer) => void) => void): Promise<number> {
  const socket = connectTcp(running.port, '127.0.0.1');
  let bytes = 0;
  socket.on('data', (part) => (bytes += part.length));
  socket.on('error', () => {});
  socket.on('connect', () => say((part) => socket.write(part)));
  await new Promise((resolve) => socket.once('close', resolve));
  return bytes;
}

test('N-13: garbage, plain HTTP and silence before TLS end within their time, and others are answered meanwhile', async () => {
  await running.close();
  await open({ handshakeMs: 300 });
  const garbage = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 37) % 256));
  const silent = Array.from({ length: 20 }, () => bytesOfTcp(() => {}));
  // A TLS alert at most.
  expect(await bytesOfTcp((write) => write(garbage))).toBeLessThan(16);
  expect(await bytesOfTcp((write) => write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).toBeLessThan(16);
  expect(await clientOf(asker).hello(address(), HELLO)).toMatchObject({ ok: true });
  expect(Math.max(...(await Promise.all(silent)))).toBe(0);
});

test('whoever is in the middle of a handshake is not waited for when the server closes', async () => {
  await running.close();
  // Longer than the test may take.
  await open({ handshakeMs: 600_000 });
  const silent = bytesOfTcp(() => {});
  // Whoever came later is answered: the one before is connected.
  expect(await clientOf(asker).hello(address(), HELLO)).toMatchObject({ ok: true });
  await running.close();
  expect(await silent).toBe(0);
});

test('N-13: a sibling that dawdles, lies of lengths or sends no JSON is cut off or refused, and takes nothing along', async () => {
  await running.close();
  await open({ headersMs: 300, requestMs: 600 });
  const post = `POST ${NEIGHBOUR_PATHS.hello} HTTP/1.1\r\nHost: x\r\n`;
  const heads = [
    'POST / HT',
    `${post}Content-Length: 2147483648\r\n\r\n`,
    `${post}Content-Length: 99999999999999999999\r\n\r\n`,
    `${post}Content-Length: 500\r\n\r\n{`,
    `${post}Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n{`,
    `${post}X: ${'y'.repeat(20_000)}\r\n\r\n`,
    '\0'.repeat(3_000),
  ];
  await Promise.all(heads.map((head) => bytesGiven(shown(asker), head)));
  for (const body of [
    '',
    '[]',
    '{',
    '{"heads":[]}',
    JSON.stringify({ ...HELLO, heads: [{ device: 'x' }] }),
    JSON.stringify({ ...HELLO, port: 70_000 }),
    '\u{ff}',
  ]) {
    const bytes = Buffer.from(body, 'latin1');
    await bytesGiven(shown(asker), `${post}Connection: close\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`);
  }
  expect(served).toEqual([]);
  expect(await clientOf(asker).hello(address(), HELLO)).toMatchObject({ ok: true });
});

/** Longer than the test may take. */
const NEVER_MS = 600_000;

async function tcpFrom(localAddress: string): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port: running.port, localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

test('N-13: who opens connections and says nothing ends their own: whoever has few gets in, and keeps what it has begun', async () => {
  await running.close();
  await open({ handshakeMs: NEVER_MS, handshakes: 4 });
  const early = await tcpFrom('127.0.0.2');
  const silent: Socket[] = [];
  const endings: Promise<unknown>[] = [];
  for (let at = 0; at < 12; at += 1) {
    const socket = await tcpFrom('127.0.0.3');
    silent.push(socket);
    endings.push(once(socket, 'close'));
  }
  // The newest ones are there still.
  await Promise.all(endings.slice(0, 9));
  expect(await clientOf(asker).hello(address(), HELLO)).toMatchObject({ ok: true });
  const begun = connectTls({ socket: early, ...shown(asker), checkServerIdentity: () => undefined });
  await once(begun, 'secureConnect');
  begun.destroy();
  for (const socket of silent) socket.destroy();
});

test('N-13: connections without an address, or from one port again, are counted each, and none is left over when they are gone', () => {
  const ended: string[] = [];
  const places = createPlaces(4, 4);
  // Reset before they were accepted, they have no address: nothing tells them apart but that they are different ones.
  const nameless = Array.from({ length: 4 }, () => ({ owner: '' }));
  for (let round = 0; round < 10; round += 1) {
    for (const place of nameless) places.take(place, () => ended.push('nameless'));
    for (const place of [...nameless, ...nameless]) places.leave(place);
  }
  const others = Array.from({ length: 4 }, (_, at) => ({ owner: `10.0.0.${at}` }));
  for (const place of others) places.take(place, () => ended.push(place.owner));
  expect(ended).toEqual([]);
  places.take({ owner: '10.0.0.9' }, () => ended.push('the last one'));
  expect(ended).toEqual(['10.0.0.0']);
});

test('N-13: one sibling’s many connections end by the oldest, and keep no other one out', async () => {
  await running.close();
  await open({ connections: 6, connectionsOfOne: 3, headersMs: NEVER_MS, requestMs: NEVER_MS });
  const connect = async (lane: LaneIdentity): Promise<TLSSocket> => {
    const socket = connectTls({ host: '127.0.0.1', port: running.port, ...shown(lane), checkServerIdentity: () => undefined });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  };
  const closed: string[] = [];
  const hold = async (name: string, lane: LaneIdentity): Promise<void> => {
    const socket = await connect(lane);
    const ended = once(socket, 'close').then(() => closed.push(name));
    held.push(socket);
    endings.push(ended);
    // It is in the server's hands: what comes before the end of headers is waited for.
    socket.write('POST');
  };
  const held: TLSSocket[] = [];
  const endings: Promise<number>[] = [];
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) await hold(name, asker);
  await Promise.all(endings.slice(0, 2));
  expect(closed).toEqual(['a1', 'a2']);
  const others = [3, 4, 5].map((lane) => createLaneIdentity(authority, lane));
  for (const [at, lane] of others.entries()) await hold(`b${at}`, lane);
  // The store is full: who has most gives way.
  expect(await clientOf(createLaneIdentity(authority, 6)).hello(address(), HELLO)).toMatchObject({ ok: true });
  await endings[2];
  expect(closed).toEqual(['a1', 'a2', 'a3']);
  for (const socket of held) socket.destroy();
});

test('N-13: who asks the next thing before it is answered ends its connection', async () => {
  const one = `GET ${NEIGHBOUR_PATHS.segments}/${'cd'.repeat(32)}?waitMs=20000 HTTP/1.1\r\nHost: x\r\n\r\n`;
  expect(await bytesGiven(shown(asker), one.repeat(500))).toBe(0);
  // One behind the other is as ever.
  const client = clientOf(asker);
  for (let at = 0; at < 5; at += 1) expect(await client.hello(address(), HELLO)).toMatchObject({ ok: true });
});

/** As many pieces as bytes. */
const DUST = 2 ** 18;

async function writeDust(socket: TLSSocket): Promise<void> {
  const some = '1\r\n1\r\n'.repeat(2 ** 13);
  for (let at = 0; at < DUST; at += 2 ** 13) if (!socket.write(some)) await once(socket, 'drain');
  socket.write('0\r\n\r\n');
}

test('N-13: a question, or an answer, that comes byte by byte takes no more memory than its bytes', async () => {
  const { key, certificate, authority: issuer } = server;
  const thread = new Worker(new URL('../testing/small-heap-lane.ts', import.meta.url), {
    workerData: { key, certificate, authority: issuer },
    resourceLimits: { maxOldGenerationSizeMb: 24 },
  });
  const failed = once(thread, 'error').then(([error]: readonly unknown[]) => Promise.reject(error as Error));
  failed.catch(() => {});
  const told = async (): Promise<unknown> => ((await Promise.race([once(thread, 'message'), failed])) as readonly unknown[])[0];
  const port = await told();
  assert(typeof port === 'number', 'a port');

  const socket = connectTls({ host: '127.0.0.1', port, ...shown(asker), checkServerIdentity: () => undefined });
  socket.on('error', () => {});
  socket.write(`POST ${NEIGHBOUR_PATHS.hello} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const answered = Promise.race([once(socket, 'data'), failed]);
  await Promise.race([writeDust(socket), failed]);
  expect(String(((await answered) as readonly unknown[])[0])).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();

  const hostile = createTlsServer(
    { key: asker.key, cert: toPem(asker.certificate), ca: toPem(asker.authority), requestCert: true },
    (asked) => {
      asked.on('error', () => {});
      asked.once('data', () => {
        asked.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        void writeDust(asked);
      });
    },
  );
  hostile.listen(0, '127.0.0.1');
  await once(hostile, 'listening');
  const at = hostile.address();
  assert(at !== null && typeof at === 'object', 'an address');
  thread.postMessage(`127.0.0.1:${at.port}`, []);
  expect(await told()).toBe('malformed');
  hostile.close();
  await thread.terminate();
});

test('N-13: what is no UTF-8 is no JSON, on either side', async () => {
  const client = clientOf(asker);
  expect(await client.ask(address(), 'echo', 'ü')).toMatchObject({ ok: true });
  const body = Buffer.from([0x22, 0xff, 0x22]);
  const says = Buffer.concat([
    Buffer.from(`POST ${NEIGHBOUR_PATHS.ask}/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n`),
    body,
  ]);
  expect(await textGiven(shown(asker), says)).toMatch(/^HTTP\/1\.1 404 /);
});
