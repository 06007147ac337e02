/**
 * How main gets into a till that runs already: with the secret of its data folder, which gives a new one-time token for each
 * connection and follows a till that came back elsewhere; else with the link's token, which works once and is traded for a cookie.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { isLoopbackUrl, type TillSource } from './surroundings.ts';

export interface TillDoor {
  readonly socketUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** DATA/till.json, written by the till for programs of the same user. */
const tillFileSchema = z.object({ url: z.string(), secret: z.string().min(1) });
const tokenSchema = z.object({ token: z.string().min(1) });

const ANSWER_TIMEOUT_MS = 5_000;

const socketUrlOf = (tillUrl: string, token: string | null): string => {
  const url = new URL('/till', tillUrl);
  url.protocol = 'ws:';
  if (token !== null) url.searchParams.set('token', token);
  return url.href;
};

const openByFolder = async (dataFolder: string): Promise<TillDoor> => {
  const { url, secret } = tillFileSchema.parse(JSON.parse(await readFile(join(dataFolder, 'till.json'), 'utf8')));
  if (!isLoopbackUrl(url)) throw new Error('till.json names an address that is not on this machine');
  const response = await fetch(new URL('/tokens', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the till gave no token (${response.status})`);
  return { socketUrl: socketUrlOf(url, tokenSchema.parse(await response.json()).token), headers: {} };
};

const cookieFrom = async (link: string): Promise<string> => {
  const response = await fetch(link, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  await response.body?.cancel();
  if (cookie === undefined) throw new Error(`the till's link does not open (${response.status}): a link works once`);
  return cookie;
};

/** The answer's `open` may be asked again and again; it rejects where the till does not answer. */
export function createTillAccess(source: Extract<TillSource, { type: 'attached' }>): { open(): Promise<TillDoor> } {
  let cookie: string | null = null;
  return {
    async open() {
      if (source.dataFolder !== null) return openByFolder(source.dataFolder);
      cookie ??= await cookieFrom(source.url);
      return { socketUrl: socketUrlOf(source.url, null), headers: { cookie } };
    },
  };
}
