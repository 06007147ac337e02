/**
 * Loads what the till loads while it works, its devices and its fonts, too, and writes each file of a package that was read for it as a line, by its
 * path below `node_modules`. What goes past Node's loaders and `readFileSync` is not seen.
 */
import fs from 'node:fs';
import { createRequire, registerHooks, syncBuiltinESMExports } from 'node:module';

const seen = new Set<string>();
const note = (path: unknown): void => {
  const text = String(path);
  const at = text.lastIndexOf('.pnpm/');
  // Behind the store's own folder of the package: where it, and what only it needs, would lie in a flat folder.
  const below = at < 0 ? undefined : text.slice(text.indexOf('/node_modules/', at) + '/node_modules/'.length);
  if (below !== undefined) seen.add(below);
};

registerHooks({
  load(url, context, next) {
    note(url);
    return next(url, context);
  },
});
const dlopen = process.dlopen.bind(process);
process.dlopen = (module, file, flags?: number) => {
  note(file);
  return flags === undefined ? dlopen(module, file) : dlopen(module, file, flags);
};
const { readFileSync } = fs;
fs.readFileSync = ((...given: Parameters<typeof readFileSync>) => {
  note(given[0]);
  return readFileSync(...given);
}) as typeof readFileSync;
syncBuiltinESMExports();

const { default: Database } = await import('better-sqlite3');
new Database(':memory:').close();
await (await import('@node-rs/argon2')).hash('0000');
await import('@automerge/automerge/slim');
fs.readFileSync(createRequire(import.meta.url).resolve('@automerge/automerge/automerge.wasm'));
const { encodeDocument, findAttached } = await import('@holdfast/hardware');
await findAttached();
// No code page has it: it goes by the fonts.
encodeDocument({ direction: 'ltr', blocks: [{ type: 'text', text: '日本' }] }, 'epson-tm-t20iii');

process.stdout.write([...seen].toSorted().join('\n'));
