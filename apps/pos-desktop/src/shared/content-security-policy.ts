/**
 * The content security policy of a window's page, the same under `app://holdfast/` (Electron) and on a till's loopback
 * server (browser): nothing inline without this response's nonce, nothing remote, no frames, no eval.
 */

/** Stands in the built index.html wherever the response's nonce belongs. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';

/**
 * @param nonce unguessable, fresh for each response
 * @param connectSources what else the page may connect to, e.g. `ws://localhost:4711`; its own origin always is
 */
export const contentSecurityPolicy = (nonce: string, connectSources: readonly string[] = []): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    ["connect-src 'self'", ...connectSources].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

export const withNonce = (html: string, nonce: string): string => html.replaceAll(NONCE_PLACEHOLDER, nonce);
