import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openMemoryDatabase } from '../testing/memory-database.ts';
import { databaseContract } from './database-contract.ts';
import { openPglite } from './pglite.ts';

databaseContract('PGlite', async () => openMemoryDatabase('empty'));

test('where the disk goes away as a hub opens its folder, that is said, and not that its room cannot be told', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'holdfast-gone-'));
  const folder = join(disk, 'pg');
  mkdirSync(folder);
  const opening = openPglite(folder, { isEmpty: true });
  rmSync(disk, { recursive: true });
  await expect(opening).rejects.toMatchObject({ code: 'ENOENT', path: folder });
});
