import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { WATCHED } from './dev.ts';

const root = join(import.meta.dirname, '../../../..');
const FOLDERS: Readonly<Record<string, string>> = { '@holdfast/hardware': 'hardware/src' };

/** The folders of our own packages that an app runs, or builds into its pages. */
const sourcesOf = (app: string): readonly string[] => {
  const { dependencies } = JSON.parse(readFileSync(join(root, app, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@holdfast/'))
    .map((name) => FOLDERS[name] ?? `packages/${name.slice('@holdfast/'.length)}/src`);
};

test.each([
  ['apps/hub-server', 'hub'],
  ['apps/pos-desktop', 'lanes'],
] as const)('what %s is made of is watched: a saved file restarts what runs it, or builds its pages', (app, part) => {
  const watched = WATCHED.filter(({ parts }) => parts.includes(part) || parts.includes('pages')).map(({ folder }) => folder);
  expect(sourcesOf(app).filter((folder) => !watched.includes(folder))).toEqual([]);
});
