/**
 * `fetch` for a device: HTTP of Node's own, which says what it is told and nothing that browsers say beside it (`Accept`, `Accept-Language`, `Sec-Fetch-Mode`, `User-Agent`, `Connection`). A hub answers it as briefly (SPEC: D-22).
 *
 * Connections stay open between requests. One that the other end has closed meanwhile is found out by the next request: what is short goes once more, on another one, which is safe as all of sync is.
 */
import { Agent, request as requestPlainly, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as requestByTls } from 'node:https';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import type { Fetching } from './http.ts';

type Ask = Parameters<Fetching>[1];

/** A hub keeps a connection for 75 s; who lets go first is never surprised. */
const IDLE_MS = 70_000;
const CONNECT_WITHIN_MS = 10_000;
const PROBE_MS = 60_000;
/** Of a longer one the hub may hold what came (SPEC: U-24): its sender asks, and does not send it all again. */
const SHORT_BYTES = 2_048;
const DECODERS: Readonly<Record<string, () => Transform>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
};
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);
const BODILESS: ReadonlySet<number | undefined> = new Set([204, 205, 304]);

/** Rejects with `TypeError`, whose `cause` says why, where `fetch` does. */
export function createLineFetch(): Fetching {
  const options = { keepAlive: true, keepAliveMsecs: PROBE_MS, timeout: IDLE_MS };
  const agents = { plain: new Agent(options), tls: new TlsAgent(options) };
  return async (url, ask) => {
    for (;;) {
      const attempt = begin(url, ask, agents);
      try {
        return responseOf(await answerTo(attempt, ask.body));
      } catch (error) {
        if (ask.signal.aborted || !isStale(attempt, error) || !isShort(ask.body)) throw new TypeError('fetch failed', { cause: error });
      }
    }
  };
}

function begin(url: URL, { method, headers, signal }: Ask, agents: { readonly plain: Agent; readonly tls: TlsAgent }): ClientRequest {
  const isSecret = url.protocol === 'https:';
  const asked = isSecret
    ? requestByTls(url, { method, headers, signal, agent: agents.tls })
    : requestPlainly(url, { method, headers, signal, agent: agents.plain });
  // HTTP/1.1 keeps a connection open unless somebody says otherwise.
  asked.removeHeader('Connection');
  asked.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = setTimeout(
      () => asked.destroy(Object.assign(new Error('no connection came about'), { code: 'ETIMEDOUT' })),
      CONNECT_WITHIN_MS,
    );
    for (const event of [isSecret ? 'secureConnect' : 'connect', 'close']) socket.once(event, () => clearTimeout(late));
  });
  return asked;
}

const answerTo = async (asked: ClientRequest, body: Ask['body']): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    asked.once('response', (answer) => {
      // Whoever has answered reads the rest of the body for nothing: a hub does, and so keeps the connection.
      answer.once('end', () => {
        if (!asked.writableEnded) asked.destroy();
      });
      resolve(answer);
    });
    // Also what ends it after its answer began: that shows in the answer's body.
    asked.on('error', reject);
    // A proxy that goes over to another protocol ends the request without either.
    asked.once('close', () => reject(new Error('closed without an answer')));
    if (body instanceof ReadableStream) pipeline(Readable.from(body), asked, () => undefined);
    else asked.end(body);
  });

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status, statusMessage: statusText = '', headers: said } = answer;
  if (REDIRECTS.has(status)) {
    answer.destroy();
    throw new Error('a redirect, which no hub answers');
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(said)) if (typeof value === 'string') headers.set(name, value);
  const init = { headers, statusText, ...(status !== undefined && { status }) };
  if (BODILESS.has(status)) {
    answer.resume();
    return new Response(null, init);
  }
  return new Response(Readable.toWeb(decoded(answer)) as ReadableStream<Uint8Array<ArrayBuffer>>, init);
}

function decoded(answer: IncomingMessage): Readable {
  const decoder = DECODERS[answer.headers['content-encoding'] ?? '']?.();
  return decoder === undefined ? answer : pipeline(answer, decoder, () => undefined);
}

const isStale = ({ reusedSocket }: ClientRequest, error: unknown): boolean =>
  reusedSocket && error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

const isShort = (body: Ask['body']): boolean => !(body instanceof ReadableStream) && (body?.length ?? 0) <= SHORT_BYTES;
