/** The route by itself: what it asks of whom, and what it leaves to the application. That it takes ledgers is shown by the hub's own tests. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

import { assert, ok } from '@holdfast/base';
import { systemClock } from '@holdfast/base/node';
import { BEHIND_HEADER, PATHS, type TornBatch } from '@holdfast/sync';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

import type { Database } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import type { Intake } from '../ledger/intake.ts';
import { LEDGER_BUDGET, MAX_WAITING, MAX_WAITING_BYTES, SHORT_BODY_BYTES } from './ledger-budget.ts';
import { createLedgerRoute } from './ledger-route.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const DEVICE: EnrolledDevice = {
  device: 'd-1',
  tenantNo: 1,
  tenant: 'default',
  store: '1',
  zone: '1',
  lane: 1,
  role: 'lane',
  publicKey: new Uint8Array(32),
  gone: null,
  wipeOrderedAtMs: null,
};
const ANSWER = { received: {}, heads: {}, safe: {}, setAside: 0, reads: 2 };

/** A carrier's own batches need nothing of the database. */
const noDatabase = new Proxy({} as Database, { get: (_target, name) => assert(false, `the database was asked: ${String(name)}`) });

async function serve(intake: Partial<Intake> & Pick<Intake, 'waiting'>) {
  const asked = { tokens: 0, batches: 0, frames: [] as string[] };
  let newest: ServerResponse | undefined;
  let isLookedUp = (_newest: ServerResponse): void => {};
  const route = createLedgerRoute({
    database: noDatabase,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    findDevice: async (token) => {
      asked.tokens += 1;
      if (token === 'leaves') {
        assert(newest !== undefined, 'a token comes with a request');
        isLookedUp(newest);
        await once(newest, 'close');
        return DEVICE;
      }
      return token === 'known' ? DEVICE : undefined;
    },
    intake: {
      receive: async (_device, frame) => {
        asked.batches += 1;
        asked.frames.push(Buffer.from(frame).toString());
        return ok({ answer: ANSWER, head: undefined });
      },
      holds: async () => ANSWER,
      waitingBytes: 0,
      ...intake,
    },
    onContact: () => undefined,
    failures: (_request, _response, next) => next(),
    contacts: { follow: () => undefined },
  });
  const server = createServer((request, response) => {
    newest = response;
    if (!route(request, response)) response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const post = async (path: string = PATHS.ledger, token = 'known', bytes = 1): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'holdfast-protocol': '1', authorization: `Bearer ${token}` },
      body: new Uint8Array(bytes),
    });
  const headers = { 'holdfast-protocol': '1', authorization: 'Bearer known' };
  const goOn = async (rest: string, behind: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${PATHS.ledger}`, { method: 'POST', headers: { ...headers, [BEHIND_HEADER]: behind }, body: rest });
  /** A batch by hand, as far as `body` goes. */
  const begin = (body: string, ...lines: readonly string[]): Socket => {
    const socket = connect(port, '127.0.0.1');
    const head = [`POST ${PATHS.ledger} HTTP/1.1`, 'Host: hub', 'Holdfast-Protocol: 1', 'Authorization: Bearer known', ...lines];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    return socket;
  };
  /** How long it is nobody says. */
  const stream = async (): Promise<number> => {
    const socket = begin('1\r\nx\r\n0\r\n\r\n', 'Transfer-Encoding: chunked', 'Connection: close');
    return Number((await textOf(socket)).split(' ')[1]);
  };
  const held = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}${PATHS.ledger}`, { headers })).json();
  /** Announces more than it sends, and goes away once the hub has what it sent. */
  const tear = async (part: string, behind?: string): Promise<void> => {
    const before = (await held()) as TornBatch;
    const socket = begin(part, 'Content-Length: 100', ...(behind === undefined ? [] : [`${BEHIND_HEADER}: ${behind}`]));
    await expect.poll(held).not.toEqual(before);
    socket.destroy();
  };
  /** Goes away while its token is looked up. */
  const leave = async (method: 'GET' | 'POST'): Promise<void> => {
    const lookedUp = new Promise<ServerResponse>((resolve) => (isLookedUp = resolve));
    const socket = connect(port, '127.0.0.1');
    const head = [`${method} ${PATHS.ledger} HTTP/1.1`, 'Host: hub', 'Holdfast-Protocol: 1', 'Authorization: Bearer leaves'];
    socket.write(`${[...head, ...(method === 'POST' ? ['Content-Length: 100'] : [])].join('\r\n')}\r\n\r\n`);
    const isClosed = once(await lookedUp, 'close');
    socket.destroy();
    await isClosed;
  };
  return { asked, url: `http://127.0.0.1:${port}${PATHS.ledger}`, post, begin, goOn, held, leave, stream, tear };
}

test('a ledger is answered with all that an answer to a device carries, and with nothing that a browser alone would read', async () => {
  const { post } = await serve({ waiting: 0 });
  const response = await post();
  expect(await response.json()).toEqual(ANSWER);
  expect(response.headers.get('content-type')).toBe('application/json');
  for (const name of ['content-security-policy', 'x-content-type-options']) expect(response.headers.has(name)).toBe(false);
  expect(response.headers.get('holdfast-time')).toMatch(/^\d{13}$/);
  expect(response.headers.get('request-id')).not.toBe((await post()).headers.get('request-id'));
});

test('D-22: who says nothing of its connection hears nothing of it, nor the date, and it stays open; who says that it stays, as older lanes do, is told for how long', async () => {
  const { url } = await serve({ waiting: 0 });
  const { port, host, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  closing.push(() => socket.destroy());
  const namesOf = async (said: string): Promise<readonly string[]> => {
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nHoldfast-Protocol: 1\r\nAuthorization: Bearer known\r\n${said}Content-Length: 1\r\n\r\n1`,
    );
    let text = '';
    while (!text.endsWith(JSON.stringify(ANSWER))) text += String((await once(socket, 'data'))[0]);
    const [head = ''] = text.split('\r\n\r\n');
    return head.split('\r\n').map((line) => line.split(':')[0]?.toLowerCase() ?? '');
  };
  const brief = ['http/1.1 200 ok', 'request-id', 'holdfast-time', 'content-type', 'content-length'];
  expect(await namesOf('')).toEqual(brief);
  expect(await namesOf('Connection: keep-alive\r\n')).toEqual([...brief, 'date', 'connection', 'keep-alive']);
  expect(await namesOf('')).toEqual(brief);
});

test('whoever names no protocol, as no page of a browser can, is refused with the headers that tell a browser to trust nothing', async () => {
  const { url } = await serve({ waiting: 0 });
  const response = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer known' }, body: new Uint8Array([1]) });
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('U-18: where the hub has enough under way, whoever comes next is told when to come again, and neither a token is looked up nor a batch opened', async () => {
  for (const [full, bytes] of [
    [{ waiting: MAX_WAITING }, 1],
    [{ waiting: 2, waitingBytes: MAX_WAITING_BYTES }, SHORT_BODY_BYTES + 1],
  ] as const) {
    const { asked, post } = await serve(full);
    const response = await post(PATHS.ledger, 'known', bytes);
    expect([response.status, await response.json()]).toMatchObject([503, { type: 'urn:holdfast:problem:later' }]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(asked).toMatchObject({ tokens: 0, batches: 0 });
  }
  const { post: long } = await serve({ waiting: MAX_WAITING - 1, waitingBytes: MAX_WAITING_BYTES - 1 });
  expect((await long(PATHS.ledger, 'known', SHORT_BODY_BYTES + 1)).status).toBe(200);
});

test('U-18: a few long batches that wait hold up no sale: who says that its body is short is taken, or asks what was torn; who does not say it, or goes on with a longer one, waits', async () => {
  const { asked, goOn, held, post, stream } = await serve({ waiting: 4, waitingBytes: 4 * MAX_WAITING_BYTES });
  expect((await post(PATHS.ledger, 'known', SHORT_BODY_BYTES)).status).toBe(200);
  expect(await held()).toEqual({ bytes: 0, hash: sha256(''), ledger: ANSWER });
  expect(await stream()).toBe(503);
  expect((await goOn('rest', '5')).status).toBe(503);
  expect(asked.batches).toBe(1);
});

test('U-18: whoever keeps back the end of one batch more than it may has the first one’s connection ended, and no other', async () => {
  const { asked, begin } = await serve({ waiting: 0 });
  const sockets: Socket[] = [];
  for (let batch = 0; batch <= LEDGER_BUDGET.underWayPerDevice; batch += 1) {
    const socket = begin(`${batch}`, 'Content-Length: 5', 'Connection: close').on('error', () => undefined);
    closing.push(() => socket.destroy());
    sockets.push(socket);
    await expect.poll(() => asked.tokens).toBe(batch + 1);
  }
  const [first, ...others] = sockets;
  await expect.poll(() => first?.resume().closed).toBe(true);
  const answers = others.map(async (socket) => {
    socket.write(' end');
    return (await textOf(socket)).split(' ')[1];
  });
  expect(await Promise.all(answers)).toEqual(others.map(() => '200'));
  expect(asked.frames.toSorted()).toEqual(others.map((_, index) => `${index + 1} end`));
});

/** A frame of a hundred entries as far as its body (SPEC: U-1), in characters of one byte. */
const FRAME_BEGIN = `HFLG\x01\0\x03d-1${'\0'.repeat(8)}\x02${'\0'.repeat(32)}\x64${'\0'.repeat(32 + 64)}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('U-24: what came of a batch before its connection was torn is told to its device, which goes on behind it', async () => {
  const { asked, goOn, held, tear } = await serve({ waiting: 0 });
  expect(await held()).toEqual({ bytes: 0, hash: sha256(''), ledger: ANSWER });
  await tear('one, ');
  expect(await held()).toEqual({ bytes: 5, hash: sha256('one, ') });
  await tear('two, ', '5');
  expect(await held()).toEqual({ bytes: 10, hash: sha256('one, two, ') });
  expect(asked.batches).toBe(0);
  const response = await goOn('three', '10');
  expect([response.status, await response.json()]).toEqual([200, ANSWER]);
  expect(asked.frames).toEqual(['one, two, three']);
  expect(await held()).toEqual({ bytes: 0, hash: sha256(''), ledger: ANSWER });
});

test('U-24: of a torn batch the hub says how many entries it was to have, as soon as its first bytes do', async () => {
  const { held, tear } = await serve({ waiting: 0 });
  const first = FRAME_BEGIN.slice(0, 60);
  await tear(first);
  expect(await held()).toEqual({ bytes: 60, hash: sha256(first) });
  await tear(FRAME_BEGIN.slice(60), '60');
  expect(await held()).toEqual({ bytes: 148, hash: sha256(FRAME_BEGIN), entries: 100 });
});

test('U-24: who goes on behind what is not there is told to send all of it', async () => {
  const { asked, goOn, tear } = await serve({ waiting: 0 });
  await tear('one');
  for (const behind of ['4', '-1', '1.5', 'x', '1e99']) expect((await goOn('rest', behind)).status, behind).toBe(416);
  expect(asked.frames).toEqual([]);
  expect((await goOn('two', '3')).status).toBe(200);
  expect(asked.frames).toEqual(['onetwo']);
});

test('U-18, U-24: who goes away while its token is looked up keeps no place, and nothing of what is held is given up for it', async () => {
  const { held, leave, tear } = await serve({ waiting: 0 });
  for (let asked = 0; asked < LEDGER_BUDGET.underWayPerDevice; asked += 1) await leave('GET');
  await tear('one');
  await leave('POST');
  expect(await held()).toEqual({ bytes: 3, hash: sha256('one') });
});

test('who is nobody brings nothing; every other path is the application’s', async () => {
  const { asked, post } = await serve({ waiting: 0 });
  const response = await post(PATHS.ledger, 'unknown');
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect((await post(`${PATHS.ledger}/more`)).status).toBe(204);
  expect(asked.batches).toBe(0);
});

test('a failure of the database is said as one, and the route goes on', async () => {
  let failures = 0;
  const { post } = await serve({
    waiting: 0,
    receive: async () => {
      failures += 1;
      if (failures === 1) throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
      return ok({ answer: ANSWER, head: undefined });
    },
  });
  const response = await post();
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
    503,
    '5',
    { type: 'urn:holdfast:problem:databaseUnreachable' },
  ]);
  expect((await post()).status).toBe(200);
});
