/**
 * Who may talk to a till's loopback server. Every program of this machine, and every page that its browser shows, can reach
 * the port, so being local proves nothing:
 * - programs show the secret of `till.json`, which only the owner of the data folder can read;
 * - a window shows a token, which works once, or the cookie that it got for one. The cookie is a keyed hash, so it outlives
 *   a till that was killed and came back. It is the host's own and goes over TLS or within this machine alone (`__Host-`), as the hub's does;
 * - the Host must be this loopback address (else a page could rebind its own name to it), and a browser's Origin must be our own.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Tokens that were handed out and never used: the oldest go first. */
const MAX_TOKENS = 1_000;

export interface Access {
  mintToken(): string;
  /** True once for each token. */
  useToken(token: string): boolean;
  /** The value of a `Set-Cookie` header. */
  mintCookie(): string;
  hasCookie(request: IncomingMessage): boolean;
  hasSecret(request: IncomingMessage): boolean;
  isHostAllowed(request: IncomingMessage): boolean;
  /** True where there is no Origin: then it is no page of a browser. */
  isOriginAllowed(request: IncomingMessage): boolean;
}

export const createSecret = (): string => randomBytes(32).toString('base64url');

export function createAccess(secret: string, port: () => number): Access {
  const tokens = new Set<string>();
  const cookieName = (): string => `__Host-holdfast_till_${port()}`;
  const signNonce = (nonce: string): string => createHmac('sha256', secret).update(`window ${nonce}`).digest('base64url');
  const hosts = (): readonly string[] => [`localhost:${port()}`, `127.0.0.1:${port()}`];
  return {
    mintToken() {
      const token = randomBytes(32).toString('base64url');
      tokens.add(token);
      const [oldest] = tokens;
      if (tokens.size > MAX_TOKENS && oldest !== undefined) tokens.delete(oldest);
      return token;
    },
    useToken: (token) => tokens.delete(token),
    mintCookie() {
      const nonce = randomBytes(16).toString('base64url');
      return `${cookieName()}=${nonce}.${signNonce(nonce)}; Path=/; HttpOnly; Secure; SameSite=Strict`;
    },
    hasCookie(request) {
      const value = readCookie(request.headers.cookie ?? '', cookieName());
      const [nonce = '', signature = ''] = value.split('.');
      return nonce !== '' && isEqual(signature, signNonce(nonce));
    },
    hasSecret: (request) => isEqual(request.headers.authorization ?? '', `Bearer ${secret}`),
    isHostAllowed: (request) => hosts().includes(request.headers.host ?? ''),
    isOriginAllowed(request) {
      const { origin } = request.headers;
      return origin === undefined || hosts().some((host) => origin === `http://${host}`);
    },
  };
}

function readCookie(header: string, name: string): string {
  for (const part of header.split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2);
    if (key === name) return value;
  }
  return '';
}

/** Takes the same time wherever the two differ. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
