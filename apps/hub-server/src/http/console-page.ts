/** The console's built pages, with a nonce of their own in each answer: no script and no style runs that this hub did not send. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import express, { type Request, type Response, type Router } from 'express';

import type { ConsoleSessions } from './console-session.ts';
import { nonceOf } from './security.ts';

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function messagePage(response: Response, title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style nonce="${nonceOf(response)}">
  body { font: 18px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1.5rem; color: #1c2126; background: #f7f8f9 }
  code { background: #e8ebee; padding: 0.1em 0.35em; border-radius: 4px }
</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${text}</p></body>
</html>
`;
}

export function createConsolePages(folder: string, sessions: ConsoleSessions): Router {
  const router = express.Router();
  // Names in assets/ change with their content.
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false, fallthrough: false, redirect: false }),
  );
  router.use(
    express.static(folder, {
      index: false,
      redirect: false,
      setHeaders: (response) => void response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  router.get(/^\/(?!api\/|sync\/)/, async (request, response) => sendPage(folder, sessions, request, response));
  return router;
}

async function sendPage(folder: string, sessions: ConsoleSessions, request: Request, response: Response): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  // The page itself holds nothing: it asks who is there.
  const isOpen = await sessions.isOpen(request);
  const index = join(folder, 'index.html');
  if (!isOpen) response.status(401);
  if (!existsSync(index) && !isOpen) {
    const text = 'Open the link that the hub printed when it started: it begins with this address and ends with <code>#link=…</code>.';
    response.type('html').send(messagePage(response, 'This is a Holdfast hub', text));
    return undefined;
  }
  if (!existsSync(index)) {
    const text = 'The hub works; its console is not built yet. Run <code>pnpm build</code> and load this page again.';
    response
      .status(503)
      .type('html')
      .send(messagePage(response, 'The console is not built', text));
    return undefined;
  }
  response.type('html').send(readFileSync(index, 'utf8').replaceAll('__CSP_NONCE__', nonceOf(response)));
  return undefined;
}
