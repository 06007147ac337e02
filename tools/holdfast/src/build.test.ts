import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { buildAll, withBuildLock, type BuildTarget } from './build.ts';

const vite = fileURLToPath(new URL('../../../apps/pos-desktop/node_modules/vite', import.meta.url));
const target: BuildTarget = {
  name: 'page',
  workspace: 'app',
  config: 'vite.config.js',
  output: 'dist/page',
  sources: ['app/src', 'shared'],
};
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-build-'));
  mkdirSync(join(root, 'app', 'src'), { recursive: true });
  mkdirSync(join(root, 'app', 'node_modules'));
  symlinkSync(vite, join(root, 'app', 'node_modules', 'vite'));
  writeFileSync(join(root, 'app', 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'app', 'vite.config.js'),
    "export default { build: { ssr: 'src/main.js', rolldownOptions: { output: { entryFileNames: 'main.js' } } } };",
  );
  source('export const words = "first";');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const source = (text: string): void => writeFileSync(join(root, 'app', 'src', 'main.js'), text);
const output = (): string => readFileSync(join(root, 'app', 'dist', 'page', 'main.js'), 'utf8');
const build = async (force = false): Promise<readonly string[]> => {
  const result = await buildAll({ root, targets: [target], force });
  if (!result.ok) throw new Error(result.error.output);
  return result.value.built;
};

test('builds once, then only what has changed in content', async () => {
  expect(await build()).toEqual(['page']);
  expect(output()).toContain('first');
  expect(await build()).toEqual([]);
  source('export const words = "first";');
  expect(await build()).toEqual([]);
  source('export const words = "second";');
  expect(await build()).toEqual(['page']);
  expect(output()).toContain('second');
});

test('tests decide nothing; a new shared source does, and so does a lost output', async () => {
  await build();
  writeFileSync(join(root, 'app', 'src', 'main.test.ts'), '');
  expect(await build()).toEqual([]);
  mkdirSync(join(root, 'shared'));
  writeFileSync(join(root, 'shared', 'new.js'), '');
  expect(await build()).toEqual(['page']);
  rmSync(join(root, 'app', 'dist', 'page'), { recursive: true });
  expect(await build()).toEqual(['page']);
  expect(await build(true)).toEqual(['page']);
});

test('a build that fails says why, keeps the last good output, and is tried again', async () => {
  await build();
  source('export const words = ;');
  for (const attempt of [1, 2]) {
    const result = await buildAll({ root, targets: [target] });
    expect(result, `attempt ${attempt}`).toMatchObject({
      ok: false,
      error: { type: 'buildFailed', target: 'page', output: expect.stringContaining('main.js') },
    });
    expect(output()).toContain('first');
  }
  source('export const words = "second";');
  expect(await build()).toEqual(['page']);
});

test('two at once: one builds, the other waits and finds nothing to do', async () => {
  const built = await Promise.all([build(), build()]);
  expect(built.flat()).toEqual(['page']);
});

test('while the lock is held nothing is built', async () => {
  const order: string[] = [];
  let building: Promise<unknown> = Promise.resolve();
  await withBuildLock(async () => {
    building = build().then(() => order.push('built'));
    cpSync(join(root, 'app', 'src'), join(root, 'copy'), { recursive: true });
    expect(existsSync(join(root, 'app', 'dist'))).toBe(false);
    order.push('released');
    await Promise.resolve();
  }, root);
  await building;
  expect(order).toEqual(['released', 'built']);
});
