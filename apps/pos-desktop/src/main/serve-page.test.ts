import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, expect, test } from 'vitest';

import { answerRequest } from './serve-page.ts';

let folder: string;

beforeEach(() => {
  const outside = mkdtempSync(join(tmpdir(), 'holdfast-serve-page-'));
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  folder = join(outside, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<script nonce="__CSP_NONCE__"></script><meta nonce="__CSP_NONCE__">');
  writeFileSync(join(folder, 'assets', 'index-1.js'), 'run()');
  writeFileSync(join(folder, 'assets', 'camera-worker-1a-B.js'), 'read()');
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
});

const get = (path: string, method = 'GET'): Promise<Response> => answerRequest(folder, { method, url: `app://holdfast/${path}` });

const nonceOf = (policy: string | null): string => /'nonce-([^']+)'/u.exec(policy ?? '')?.[1] ?? '';

test('the page carries the nonce of its own response, a new one each time', async () => {
  const [first, second] = await Promise.all([get(''), get('')]);
  const nonces = [first, second].map(({ headers }) => nonceOf(headers.get('content-security-policy')));
  expect(new Set(nonces).size).toBe(2);
  expect(nonces.every((nonce) => nonce.length >= 22)).toBe(true);
  expect(await first.text()).toBe(`<script nonce="${nonces[0]}"></script><meta nonce="${nonces[0]}">`);
});

test('the policy allows nothing inline, nothing remote, no eval and no frames', async () => {
  const policy = (await get('')).headers.get('content-security-policy') ?? '';
  expect(policy).not.toMatch(/unsafe|https?:|wss?:|\*/u);
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]),
  );
});

test('the camera’s worker alone may compile WebAssembly, and it may nothing else', async () => {
  const policyOf = async (path: string): Promise<string | null> => (await get(path)).headers.get('content-security-policy');
  expect(await policyOf('assets/camera-worker-1a-B.js')).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
  );
  expect(await policyOf('assets/index-1.js')).toBeNull();
});

test('files are served with their type, and never sniffed', async () => {
  const response = await get('assets/index-1.js');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.text()).toBe('run()');
});

test.each(['..%2fsecret.txt', 'link.txt', 'assets', 'assets/none.js', '%2e%2e/secret.txt'])('%s is not served', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('nothing is written', async () => {
  expect((await get('', 'POST')).status).toBe(405);
});

test('a window that is not built says what to do', async () => {
  const response = await answerRequest(join(folder, 'none'), { method: 'GET', url: 'app://holdfast/' });
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('pnpm build');
});
