/** What electron-builder packs beside the bundles: whatever the till loads from a package, the natives as files of their own. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { TILL_LOADS } from '../../packed-modules.ts';

const HERE = import.meta.dirname;
const CONFIG = readFileSync(join(HERE, '../../../../electron-builder.yml'), 'utf8');

/** A list of patterns as it stands in the file, for one kind of machine; entries that are no patterns are left out. */
function patternsOf(name: string, platform: string, arch: string): readonly string[] {
  const [, list = ''] = new RegExp(`^${name}:\\n((?:(?:  |#).*\\n)+)`, 'm').exec(CONFIG) ?? [];
  return [...list.matchAll(/^ {2}- '?([^'\s]+)'?$/gm)].map(([, pattern = '']) =>
    pattern.replaceAll('${platform}', platform).replaceAll('${arch}', arch),
  );
}

/** As electron-builder reads them: the last pattern that fits decides. */
const isIn = (patterns: readonly string[], file: string): boolean =>
  patterns.reduce((isSo, pattern) => (matchesGlob(file, pattern.replace(/^!/, '')) ? !pattern.startsWith('!') : isSo), false);

/** Bundled: their code stands in the till's own files. */
const BUNDLED =
  /^(?:@point-of-sale\/|bwip-js\/|zod\/|@holdfast\/|iconv-lite\/|@canvas\/|canvas-dither\/|canvas-flatten\/|resize-image-data\/)/;

let loaded: readonly string[];
beforeAll(() => {
  const text = execFileSync(process.execPath, [join(HERE, 'testing/trace-loads.ts')], { encoding: 'utf8' });
  loaded = text.split('\n').filter((file) => !BUNDLED.test(file));
});

describe('what the till loads from packages', () => {
  test('is named beside the bundle’s configuration', () => {
    const packages = TILL_LOADS.map((name) => name.replace(/^((?:@[^/]+\/)?[^/]+).*$/, '$1'));
    for (const name of packages)
      expect(
        loaded.some((file) => file.startsWith(`${name}/`)),
        name,
      ).toBe(true);
  });

  test('is packed', () => {
    const patterns = patternsOf('files', process.platform, process.arch);
    expect(loaded.length).toBeGreaterThan(50);
    expect(loaded.filter((file) => !isIn(patterns, `node_modules/${file}`))).toEqual([]);
  });

  test('stands as a file of its own where it is native', () => {
    const patterns = patternsOf('asarUnpack', process.platform, process.arch);
    const natives = loaded.filter((file) => file.endsWith('.node'));
    expect(natives.length).toBeGreaterThan(4);
    expect(natives.filter((file) => !isIn(patterns, `node_modules/${file}`))).toEqual([]);
  });
});

test.each([
  ['win32', 'x64', 'node_modules/@serialport/bindings-cpp/prebuilds/win32-x64/@serialport+bindings-cpp.node'],
  ['darwin', 'arm64', 'node_modules/@serialport/bindings-cpp/prebuilds/darwin-x64+arm64/@serialport+bindings-cpp.node'],
  ['linux', 'arm64', 'node_modules/node-hid/prebuilds/HID_hidraw-linux-arm64/node-napi-v4.node'],
  ['win32', 'x64', 'node_modules/node-hid/prebuilds/HID-win32-x64/node-napi-v4.node'],
  ['win32', 'x64', 'node_modules/@napi-rs/canvas-win32-x64-msvc/skia.win32-x64-msvc.node'],
  ['win32', 'x64', 'node_modules/@napi-rs/canvas-win32-x64-msvc/icudtl.dat'],
  ['darwin', 'arm64', 'node_modules/@napi-rs/canvas-darwin-arm64/skia.darwin-arm64.node'],
])('for %s on %s, %s is packed as a file of its own', (platform, arch, file) => {
  expect(isIn(patternsOf('files', platform, arch), file)).toBe(true);
  expect(isIn(patternsOf('asarUnpack', platform, arch), file)).toBe(true);
});

test('no machine gets the natives of another', () => {
  const patterns = patternsOf('files', 'linux', 'x64');
  for (const file of [
    'node_modules/@serialport/bindings-cpp/prebuilds/android-arm/@serialport+bindings-cpp.node',
    'node_modules/@serialport/bindings-cpp/prebuilds/win32-x64/@serialport+bindings-cpp.node',
    'node_modules/node-hid/prebuilds/HID-darwin-x64/node-napi-v4.node',
    'node_modules/@fontsource/noto-sans-mono/files/noto-sans-mono-latin-500-normal.woff',
  ])
    expect(isIn(patterns, file), file).toBe(false);
});
