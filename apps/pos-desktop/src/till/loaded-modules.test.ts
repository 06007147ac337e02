/** What a thread of the till loads before it has anything to do: each module costs every start of every lane. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../../../..');
/** Imports that are carried out when the module is loaded: not of types, not on demand. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

function fileOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  if (!specifier.startsWith('@holdfast/')) return undefined;
  return fileURLToPath(`file://${createRequire(from).resolve(specifier)}`);
}

function loadedBy(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      const file = fileOf(specifier, path);
      if (file === undefined) seen.add(specifier);
      else visit(file);
    }
  };
  visit(entry);
  return new Set([...seen].map((name) => (name.startsWith('/') ? relative(ROOT, name) : name)));
}

/** Not `node:https`: the line to the hub is made of it. */
const LAN = ['apps/pos-desktop/src/till/lan/store-lan.ts', 'packages/sync/src/adapters/lan-server.ts', 'multicast-dns'];

test('a lane without the store’s network loads nothing of it, in neither thread; one that has it loads all', () => {
  for (const entry of ['sync/sync-worker.ts', 'till-process.ts']) {
    const loaded = loadedBy(join(HERE, entry));
    expect(loaded.size).toBeGreaterThan(50);
    expect(LAN.filter((name) => loaded.has(name))).toEqual([]);
  }
  const withLan = loadedBy(join(HERE, 'lan/lane-lan.ts'));
  expect(LAN.filter((name) => !withLan.has(name))).toEqual([]);
});

test('Automerge is loaded once somebody counts, not before', () => {
  for (const entry of ['sync/sync-worker.ts', 'till-process.ts'])
    expect([...loadedBy(join(HERE, entry))].filter((name) => name.startsWith('@automerge'))).toEqual([]);
  expect(readFileSync(join(HERE, 'sheets/stock-sheet.ts'), 'utf8')).toContain("await import('@automerge/automerge/slim')");
});
