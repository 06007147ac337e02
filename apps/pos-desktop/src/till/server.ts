/**
 * The till's loopback server: the window's files, the WebSocket that windows talk over, and what programs of
 * this machine ask (`POST /tokens`, `GET /verify`, `GET /journal`, `GET /devices`, `GET /labels`). It listens on 127.0.0.1 only; `access.ts` says who may in.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { assert, type Logger } from '@holdfast/base';
import { isCalendarDate } from '@holdfast/domain';
import { WebSocketServer } from 'ws';

import { assetHeaders } from '../shared/camera.ts';
import { contentSecurityPolicy, withNonce } from '../shared/content-security-policy.ts';
import { createAccess, type Access } from './access.ts';
import { JOURNAL_FORMATS, type JournalExport, type JournalFormat } from './books/journal.ts';
import { attachWebSocket, MAX_MESSAGE_BYTES, WEB_SOCKET_LIMITS, type WebSocketLimits } from './ports/web-socket.ts';
import type { LabelAnswer, LabelWish } from './printing/shelf-labels.ts';
import { createStaticFiles, type StaticFiles } from './static-files.ts';
import type { Windows } from './windows.ts';

export interface TillServerOptions {
  readonly windows: Windows;
  /** The till's summary of its own ledger; may take a moment. */
  readonly verify: () => Promise<unknown>;
  readonly journal: JournalSource;
  /** The lane's devices, with their health and counts. */
  readonly devices: () => unknown;
  /** Shelf labels; undefined before the first catalogue. */
  readonly labels: (wish: LabelWish) => Promise<LabelAnswer | undefined>;
  /** 0, or one that is taken: another one. */
  readonly port: number;
  readonly secret: string;
  readonly rendererFolder: string;
  readonly logger: Logger;
  readonly limits?: WebSocketLimits;
}

export interface JournalSource {
  /** Hex: what a journal of this lane is verified with. */
  readonly publicKey: string;
  /** In pieces; undefined where there is nothing to export. */
  readonly read: (wanted: Omit<JournalExport, 'exportedAtMs'>) => AsyncGenerator<string> | undefined;
}

export interface TillServer {
  readonly port: number;
  /** `http://localhost:PORT` */
  readonly url: string;
  mintToken(): string;
  /** Says goodbye to the windows and frees the port. */
  close(): Promise<void>;
}

export async function startServer(options: TillServerOptions): Promise<TillServer> {
  let port = 0;
  const access = createAccess(options.secret, () => port);
  const files = createStaticFiles(options.rendererFolder);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => {
    answer(request, response, { ...options, access, files, port }).catch((error: unknown) => {
      options.logger.error('a loopback request failed', { error });
      if (!response.headersSent) sendText(response, 500, 'The till could not answer.');
      else response.destroy();
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    if (!mayOpenWindow(request, access)) {
      refuseUpgrade(socket);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      attachWebSocket(webSocket, socket, options.windows, options.limits ?? WEB_SOCKET_LIMITS, options.logger);
    });
  });
  port = await listen(server, options.port);
  return {
    port,
    url: `http://localhost:${port}`,
    mintToken: () => access.mintToken(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of sockets.clients) client.close(1001, 'the till stops');
      server.closeIdleConnections();
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }, 500);
      await closed;
      clearTimeout(cutOff);
    },
  };
}

async function listen(server: Server, wanted: number): Promise<number> {
  const attempt = (port: number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
        else reject(error);
      };
      server.once('error', onError);
      server.listen({ port, host: '127.0.0.1' }, () => {
        server.off('error', onError);
        resolve(true);
      });
    });
  const listening = (await attempt(wanted)) || (await attempt(0));
  assert(listening, 'some loopback port is free');
  return (server.address() as AddressInfo).port;
}

function mayOpenWindow(request: IncomingMessage, access: Access): boolean {
  const url = URL.parse(request.url ?? '', 'http://localhost');
  if (url === null || url.pathname !== '/till' || !access.isHostAllowed(request) || !access.isOriginAllowed(request)) return false;
  const token = url.searchParams.get('token');
  return access.hasCookie(request) || (token !== null && access.useToken(token));
}

function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

interface Surroundings {
  readonly access: Access;
  readonly files: StaticFiles;
  readonly verify: () => Promise<unknown>;
  readonly journal: JournalSource;
  readonly devices: () => unknown;
  readonly labels: TillServerOptions['labels'];
  readonly port: number;
}

async function answer(request: IncomingMessage, response: ServerResponse, surroundings: Surroundings): Promise<void> {
  const { access, files, verify, journal, devices, labels, port } = surroundings;
  if (!access.isHostAllowed(request) || !access.isOriginAllowed(request)) return sendText(response, 403, 'Not from here.');
  const url = URL.parse(request.url ?? '', 'http://localhost');
  if (url === null) return sendText(response, 400, 'No such address.');
  const route = `${request.method} ${url.pathname}`;
  if (FOR_PROGRAMS.has(route)) {
    if (!access.hasSecret(request)) return sendText(response, 401, 'The secret of till.json is missing.');
    if (route === 'GET /devices') return sendJson(response, { devices: devices() });
    if (route === 'GET /labels') return await sendLabels(response, url, labels);
    return sendJson(response, route === 'GET /verify' ? await verify() : { token: access.mintToken() });
  }
  // A person at the window, or a program of this machine.
  if (route === 'GET /journal' || route === 'GET /journal/key') {
    if (!access.hasSecret(request) && !access.hasCookie(request))
      return sendText(response, 401, 'Open this with the link that the till gave out.');
    return route === 'GET /journal' ? sendJournal(response, url, journal) : sendJson(response, { publicKey: journal.publicKey });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Only reading here.');
  if (url.pathname === '/' || url.pathname === '/index.html') return sendWindow(request, response, url, { access, files, port });
  const file = files.find(url.pathname);
  if (file === undefined) return sendText(response, 404, 'No such file.');
  const isHashed = url.pathname.startsWith('/assets/');
  response.writeHead(200, {
    ...SAFE_HEADERS,
    ...assetHeaders(url.pathname),
    'Content-Type': file.type,
    'Content-Length': file.body.length,
    'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(file.body);
}

const FOR_PROGRAMS: ReadonlySet<string> = new Set(['POST /tokens', 'GET /verify', 'GET /devices', 'GET /labels']);

/** `?code=…&code=…`, `?on=YYYY-MM-DD`, or both. */
async function sendLabels(response: ServerResponse, { searchParams }: URL, labels: Surroundings['labels']): Promise<void> {
  const on = searchParams.get('on') ?? undefined;
  if (on !== undefined && !isCalendarDate(on)) return sendText(response, 400, 'on is YYYY-MM-DD.');
  const found = await labels({ codes: searchParams.getAll('code'), ...(on !== undefined && { on }) });
  return found === undefined ? sendText(response, 409, 'The lane has no catalogue yet.') : sendJson(response, found);
}

const JOURNAL_TYPES: Readonly<Record<JournalFormat, string>> = {
  json: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
};

/** As fast as it is taken. */
async function sendJournal(response: ServerResponse, { searchParams }: URL, journal: JournalSource): Promise<void> {
  const format = JOURNAL_FORMATS.find((known) => known === (searchParams.get('format') ?? 'json'));
  const [from, to] = [searchParams.get('from') ?? undefined, searchParams.get('to') ?? undefined];
  const areDates = [from, to].every((date) => date === undefined || isCalendarDate(date));
  if (format === undefined || !areDates) return sendText(response, 400, 'format is json, csv or xml; from and to are YYYY-MM-DD.');
  const pieces = journal.read({ format, from, to });
  if (pieces === undefined) return sendText(response, 404, 'The journal holds nothing of those dates.');
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': JOURNAL_TYPES[format],
    'Content-Disposition': `attachment; filename="journal${from === undefined ? '' : `-${from}`}${to === undefined ? '' : `-${to}`}.${format === 'json' ? 'ndjson' : format}"`,
    'Cache-Control': 'no-store',
  });
  await pipeline(Readable.from(pieces), response);
}

function sendWindow(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { access, files, port }: Pick<Surroundings, 'access' | 'files' | 'port'>,
): void {
  const token = url.searchParams.get('token');
  if (token !== null) {
    const isUsed = access.useToken(token);
    if (!isUsed && !access.hasCookie(request)) return sendText(response, 403, 'This link was used before. Ask the till for a new one.');
    response.writeHead(303, { ...SAFE_HEADERS, Location: '/', ...(isUsed ? { 'Set-Cookie': access.mintCookie() } : {}) });
    response.end();
    return;
  }
  if (!access.hasCookie(request)) return sendText(response, 401, 'Open this window with the link that the till gave out.');
  const page = files.find('/index.html');
  if (page === undefined) return sendText(response, 503, 'The window is not built yet. Run: pnpm build');
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': page.type,
    'Content-Security-Policy': contentSecurityPolicy(nonce, [`ws://localhost:${port}`, `ws://127.0.0.1:${port}`]),
    'Cache-Control': 'no-store',
  });
  response.end(withNonce(page.body.toString('utf8'), nonce));
}

const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
} as const;

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}
