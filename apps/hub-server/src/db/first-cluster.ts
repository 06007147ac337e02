/**
 * The files that Postgres makes of an empty folder. They are the same for every hub, and take its WebAssembly build six seconds of work: they are made
 * once, kept among the workspace's installed files (whoever can write there can change the code itself), and copied.
 *
 * Invariants:
 * - A cluster stands in its place whole or not at all, also behind a kill: it is made beside it, and renamed.
 * - Where nothing can be kept, nothing is prepared, and PGlite makes the files itself.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PGlite } from '@electric-sql/pglite';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/postgres', import.meta.url));

/** Puts a first cluster where `folder` is to be; a folder that is there is left as it is. */
export async function prepareCluster(folder: string, kept: string = KEPT): Promise<void> {
  if (existsSync(folder)) return;
  const original = await originalIn(kept).catch(() => undefined);
  if (original === undefined) return;
  const beside = `${folder}.new`;
  await rm(beside, { recursive: true, force: true });
  await cp(original, beside, { recursive: true });
  await rename(beside, folder);
}

export async function pgliteVersion(): Promise<string> {
  const about = await readFile(new URL('../package.json', import.meta.resolve('@electric-sql/pglite')), 'utf8');
  return (JSON.parse(about) as { readonly version: string }).version;
}

/** Of this release of PGlite. Who makes it at the same time as another one takes the other's. */
async function originalIn(kept: string): Promise<string> {
  const original = join(kept, await pgliteVersion());
  if (existsSync(original)) return original;
  await mkdir(kept, { recursive: true });
  const beside = await mkdtemp(join(kept, 'new-'));
  try {
    const pglite = await PGlite.create({ dataDir: beside });
    await pglite.close();
    await rename(beside, original);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(original)) throw error;
  }
  return original;
}
