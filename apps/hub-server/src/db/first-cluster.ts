/**
 * The files that Postgres makes of an empty folder, and those with what every hub makes in them. They are the same for every hub, and take Postgres' WebAssembly build six
 * seconds of work, and three more: they are made once, kept among the workspace's installed files (whoever can write there can change the code itself), and copied.
 *
 * Invariants:
 * - A cluster stands in its place whole or not at all, also behind a kill: it is made beside it, and renamed.
 * - Where nothing can be kept, nothing is prepared, and PGlite makes the files itself.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PGlite } from '@electric-sql/pglite';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/postgres', import.meta.url));

/** What is made in a first cluster once, before it is copied. */
export interface Made {
  /** Of the kind, without `-`. Behind it `version`: where it is another one, what was made is nobody's any more. */
  readonly kind: string;
  readonly version: string;
  readonly make: (folder: string) => Promise<void>;
}

/** Puts a first cluster where `folder` is to be, with what is `made`; a folder that is there is left as it is. */
export async function prepareCluster(folder: string, made?: Made, kept: string = KEPT): Promise<void> {
  if (existsSync(folder)) return;
  const beside = `${folder}.new`;
  await rm(beside, { recursive: true, force: true });
  try {
    const original = await (made === undefined ? emptyIn(kept) : madeIn(kept, made));
    await cp(original, beside, { recursive: true });
  } catch {
    // Nothing can be kept here, or another build has just taken away what it was to be copied of.
    await rm(beside, { recursive: true, force: true });
    return;
  }
  await rename(beside, folder);
}

export async function pgliteVersion(): Promise<string> {
  const about = await readFile(new URL('../package.json', import.meta.resolve('@electric-sql/pglite')), 'utf8');
  return (JSON.parse(about) as { readonly version: string }).version;
}

/** Of this release of PGlite. */
const emptyIn = async (kept: string): Promise<string> =>
  keptAs(join(kept, await pgliteVersion()), async (beside) => {
    const pglite = await PGlite.create({ dataDir: beside });
    await pglite.close();
  });

async function madeIn(kept: string, { kind, version, make }: Made): Promise<string> {
  const empty = await emptyIn(kept);
  const original = `${empty}-${kind}-${version}`;
  if (existsSync(original)) return original;
  await keptAs(original, async (beside) => {
    await cp(empty, beside, { recursive: true });
    await make(beside);
  });
  const earlier = (await readdir(kept)).filter((name) => name.startsWith(`${basename(empty)}-${kind}-`) && name !== basename(original));
  for (const name of earlier) await rm(join(kept, name), { recursive: true, force: true });
  return original;
}

/** Who makes it at the same time as another one takes the other's. */
async function keptAs(original: string, make: (beside: string) => Promise<void>): Promise<string> {
  if (existsSync(original)) return original;
  const kept = dirname(original);
  await mkdir(kept, { recursive: true });
  const beside = await mkdtemp(join(kept, 'new-'));
  try {
    await make(beside);
    await rename(beside, original);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(original)) throw error;
  }
  return original;
}
