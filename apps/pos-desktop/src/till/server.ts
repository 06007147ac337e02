/**
 * The till's loopback server: the window's files, the WebSocket that windows talk over, and the two questions that programs
 * of this machine ask (`POST /tokens`, `GET /verify`). It listens on 127.0.0.1 only; `access.ts` says who may in.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { assert, type Logger } from '@holdfast/base';
import { WebSocketServer } from 'ws';

import { contentSecurityPolicy, withNonce } from '../shared/content-security-policy.ts';
import { createAccess, type Access } from './access.ts';
import { attachWebSocket, MAX_MESSAGE_BYTES, WEB_SOCKET_LIMITS, type WebSocketLimits } from './ports/web-socket.ts';
import { createStaticFiles, type StaticFiles } from './static-files.ts';
import type { Windows } from './windows.ts';

export interface TillServerOptions {
  readonly windows: Windows;
  /** The till's summary of its own ledger; may take a moment. */
  readonly verify: () => Promise<unknown>;
  /** 0, or one that is taken: another one. */
  readonly port: number;
  readonly secret: string;
  readonly rendererFolder: string;
  readonly logger: Logger;
  readonly limits?: WebSocketLimits;
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
    answer(request, response, { access, files, verify: options.verify, port }).catch((error: unknown) => {
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
      attachWebSocket(webSocket, options.windows, options.limits ?? WEB_SOCKET_LIMITS, options.logger);
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
  readonly port: number;
}

async function answer(request: IncomingMessage, response: ServerResponse, { access, files, verify, port }: Surroundings): Promise<void> {
  if (!access.isHostAllowed(request) || !access.isOriginAllowed(request)) return sendText(response, 403, 'Not from here.');
  const url = URL.parse(request.url ?? '', 'http://localhost');
  if (url === null) return sendText(response, 400, 'No such address.');
  const route = `${request.method} ${url.pathname}`;
  if (route === 'POST /tokens' || route === 'GET /verify') {
    if (!access.hasSecret(request)) return sendText(response, 401, 'The secret of till.json is missing.');
    return sendJson(response, route === 'GET /verify' ? await verify() : { token: access.mintToken() });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Only reading here.');
  if (url.pathname === '/' || url.pathname === '/index.html') return sendWindow(request, response, url, { access, files, port });
  const file = files.find(url.pathname);
  if (file === undefined) return sendText(response, 404, 'No such file.');
  const isHashed = url.pathname.startsWith('/assets/');
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': file.type,
    'Content-Length': file.body.length,
    'Cache-Control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  response.end(file.body);
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
