import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

/** `from` of what is imported or re-exported when the module is loaded: neither types alone, nor what is imported later. */
const IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)'|^import '([^']+)'/gm;

/** Whatever the till's own modules import, starting from `entry`; types alone and what is loaded later, when it is needed, left out. */
function importsOf(entry: URL): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (module: URL): void => {
    if (found.has(module.href)) return;
    found.add(module.href);
    for (const [, from, alone] of readFileSync(module, 'utf8').matchAll(IMPORT)) {
      const name = from ?? alone ?? '';
      if (name.startsWith('.')) visit(new URL(name, module));
      else found.add(name);
    }
  };
  visit(entry);
  return found;
}

test('the sync worker does not load the library of schemas, which took more of its memory than all else', () => {
  const worker = importsOf(new URL('sync-worker.ts', import.meta.url));
  // As far as the catalogue's search and the store's own goods: the walk sees what the worker is made of.
  expect(worker).toContain('@holdfast/sync');
  expect(worker).toContain(new URL('../catalogue/search.ts', import.meta.url).href);
  expect(importsOf(new URL('../windows.ts', import.meta.url))).toContain('zod');
  expect(worker).not.toContain('zod');
});
