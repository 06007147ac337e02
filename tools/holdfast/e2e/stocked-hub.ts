/** A hub of a test's own, with what is published to it first, and a browser for its console. */
import { join } from 'node:path';

import type { Browser } from 'playwright-core';

import { startHub, type HubReady } from '../src/app-process.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { openBrowser } from './screens.ts';

export interface StockedHub {
  readonly ready: HubReady;
  readonly browser: Browser;
  stop(): Promise<void>;
}

/** `cells` as `POST /api/v1/publications` takes them. */
export async function startStockedHub(name: string, cells: readonly object[]): Promise<StockedHub> {
  const folder = await scratchFolder(name);
  const hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  const { url, consoleToken } = hub.ready;
  const published = await fetch(`${url}/api/v1/publications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${consoleToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cells }),
  });
  if (!published.ok) throw new Error(await published.text());
  const browser = await openBrowser();
  return {
    ready: hub.ready,
    browser,
    async stop() {
      await browser.close();
      await hub.stop();
      await nothingRuns(folder.path);
      await folder.remove();
    },
  };
}
