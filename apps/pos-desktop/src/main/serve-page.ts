/**
 * Serves the built window under `app://holdfast/`: its page with a fresh nonce and policy in each response, its files as they
 * are, and nothing from outside of their folder.
 */
import { randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

import type { Session } from 'electron';

import { assetHeaders } from '../shared/camera.ts';
import { contentSecurityPolicy, withNonce } from '../shared/content-security-policy.ts';
import { APP_SCHEME, assetPathOf, contentTypeOf } from './app-origin.ts';

const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

const textResponse = (status: number, text: string): Response =>
  new Response(`${text}\n`, { status, headers: { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' } });

/** Also where the folder has links in it: what is read is in the folder. */
const readInside = async (folder: string, path: string): Promise<Buffer | null> => {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    return file.startsWith(root + sep) ? await readFile(file) : null;
  } catch {
    return null;
  }
};

/** @param folder the built window */
export const answerRequest = async (folder: string, request: Pick<Request, 'method' | 'url'>): Promise<Response> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') return textResponse(405, 'Only reading here.');
  const path = assetPathOf(request.url);
  const bytes = path === null ? null : await readInside(folder, path);
  if (path === null || bytes === null) {
    return path === 'index.html' ? textResponse(503, 'The window is not built yet. Run: pnpm build') : textResponse(404, 'No such file.');
  }
  const headers = { ...SAFE_HEADERS, ...assetHeaders(path), 'Content-Type': contentTypeOf(path) };
  if (!path.endsWith('.html')) return new Response(new Uint8Array(bytes), { headers });
  const nonce = randomBytes(16).toString('base64');
  return new Response(withNonce(bytes.toString('utf8'), nonce), {
    headers: { ...headers, 'Cache-Control': 'no-store', 'Content-Security-Policy': contentSecurityPolicy(nonce) },
  });
};

export const servePage = (session: Session, folder: string): void => {
  session.protocol.handle(APP_SCHEME, (request) => answerRequest(folder, request));
};
