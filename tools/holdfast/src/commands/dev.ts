import { watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { userPath, type Command, type CommandInput } from '../command.ts';
import type { Demo } from '../demo.ts';
import { buildStale } from './build.ts';
import { runDemo } from './demo.ts';

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
/** Editors write a file in several steps, and a branch changes many files at once. */
const SETTLE_MS = 200;

/** Which parts run the sources under a folder: those are restarted. `pages` are built anew. */
export const WATCHED: readonly { readonly folder: string; readonly parts: readonly ('hub' | 'lanes' | 'pages')[] }[] = [
  { folder: 'packages/base/src', parts: ['hub', 'lanes', 'pages'] },
  { folder: 'packages/domain/src', parts: ['hub', 'lanes', 'pages'] },
  { folder: 'packages/sync/src', parts: ['hub', 'lanes'] },
  { folder: 'packages/paper/src', parts: ['hub', 'lanes'] },
  { folder: 'packages/ui/src', parts: ['pages'] },
  { folder: 'hardware/src', parts: ['lanes'] },
  { folder: 'apps/hub-server/src', parts: ['hub'] },
  { folder: 'apps/hub-server/console', parts: ['pages'] },
  { folder: 'apps/pos-desktop/src/till', parts: ['lanes'] },
  { folder: 'apps/pos-desktop/src/shared', parts: ['lanes', 'pages'] },
  { folder: 'apps/pos-desktop/src/renderer', parts: ['pages'] },
];

export const command: Command = {
  name: 'dev',
  usage: '[--data DIR] [--fresh]',
  about: [
    'The demo in watch mode, on a data folder of its own: a saved source file restarts the hub or the tills that run it, and builds the',
    'pages that hold it. Tills come back with their basket, and open windows join them again by themselves; reload a window for a new page.',
    'All words of `pnpm holdfast demo` work on it with --data .holdfast/dev.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The data folder. Default: .holdfast/dev in the repository.' },
    fresh: { type: 'boolean', about: 'Start anew: forget what was sold and set up.' },
  },
  positionals: { min: 0, max: 0 },
  examples: ['pnpm dev', 'pnpm dev --fresh'],
  run: (input) => runDemo(input, userPath(input.text('data') ?? join(REPOSITORY, '.holdfast/dev')), (demo) => watchSources(input, demo)),
};

function watchSources({ err }: CommandInput, demo: Demo): () => void {
  const changed = new Set<'hub' | 'lanes' | 'pages'>();
  let settling: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const settle = (): void => {
    const parts = new Set(changed);
    changed.clear();
    // One change after the other: a part that starts is not stopped in mid-start.
    work = work
      .then(() => applyChange(demo, parts, err))
      .catch((error: unknown) => err(`${error instanceof Error ? error.message : String(error)}\n`));
  };
  const watchers = WATCHED.map(({ folder, parts }) =>
    watch(join(REPOSITORY, folder), { recursive: true }, (_, name) => {
      if (name === null || !/\.(tsx?|css|html|sql)$/.test(name) || /\.test\.tsx?$/.test(name)) return;
      for (const part of parts) changed.add(part);
      clearTimeout(settling);
      settling = setTimeout(settle, SETTLE_MS);
    }),
  );
  return () => {
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  };
}

async function applyChange(demo: Demo, parts: ReadonlySet<'hub' | 'lanes' | 'pages'>, err: (text: string) => void): Promise<void> {
  if (parts.has('pages')) await buildStale(err, { only: ['window', 'console'] });
  const names = [...(parts.has('hub') ? ['hub'] : []), ...(parts.has('lanes') ? demo.ready().lanes.map(({ lane }) => String(lane)) : [])];
  for (const name of names) {
    // One that ended by itself (a broken save) is only started again.
    if (demo.isRunning(name)) await demo.halt(name);
    await demo.start(name);
    err(`restarted ${name === 'hub' ? `the hub; its console: ${demo.ready().hub.consoleUrl}` : `lane ${name}`}\n`);
  }
}
