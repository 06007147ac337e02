/** A hub that has a certificate speaks TLS by itself, to lanes and browsers, and nothing in clear. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as askInClear } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';

import { PATHS } from '@holdfast/sync';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import type { Database } from '../db/database.ts';
import { startHub, type RunningHub } from '../hub.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let cert: Buffer;
let database: Database;
let hub: RunningHub;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  const [certFile, keyFile] = [join(folder, 'hub.pem'), join(folder, 'hub.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject, '-keyout', keyFile, '-out', certFile],
    {
      stdio: 'ignore',
    },
  );
  cert = readFileSync(certFile);
  database = await openMemoryDatabase();
  hub = await startHub({
    database,
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'silent' }),
    secretsKeys: [new Uint8Array(32).fill(7)],
    tls: { cert, key: readFileSync(keyFile) },
  });
}, 60_000);
afterAll(async () => {
  await hub.stop();
  await database.close();
  rmSync(folder, { recursive: true });
});

const portOf = (): number => Number(new URL(hub.url).port);
const ask = async (
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(`${hub.url}${path}`, { ca: cert, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });

test('the API, and what devices ask, by https', async () => {
  expect(hub.url).toMatch(/^https:\/\/localhost:\d+$/);
  expect((await ask('/heartbeat')).status).toBe(200);
  expect((await ask('/api/v1/stores', { authorization: `Bearer ${hub.consoleToken}` })).status).toBe(200);
  expect(await ask(PATHS.segmentKeys, { 'holdfast-protocol': '1', authorization: 'Bearer guessed' })).toMatchObject({ status: 401 });
});

test('live views by wss', async () => {
  const socket = new WebSocket(`${hub.url.replace('https', 'wss')}/api/v1/live`, {
    ca: cert,
    headers: { authorization: `Bearer ${hub.consoleToken}` },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});

const shakenBy = async (options: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port: portOf(), ca: cert, ...options });
    socket
      .once('secureConnect', () => resolve(`${socket.getProtocol()} ${socket.getCipher().name}`))
      .once('error', () => resolve('refused'));
    socket.once('close', () => socket.destroy());
    socket.once('secureConnect', () => socket.end());
  });

test('nothing in clear, no TLS before 1.2, and there no suite that is not forward secret', async () => {
  const inClear = await new Promise((resolve) => {
    const sent = askInClear({ host: '127.0.0.1', port: portOf(), path: '/heartbeat' }, () => resolve('answered'));
    sent.on('error', () => resolve('refused')).end();
  });
  expect(inClear).toBe('refused');
  expect(await shakenBy({})).toMatch(/^TLSv1\.3 /);
  expect(await shakenBy({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-ECDSA-AES/);
  expect(await shakenBy({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:AES256-GCM-SHA384' })).toBe(
    'refused',
  );
  expect(await shakenBy({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).toBe('refused');
});
