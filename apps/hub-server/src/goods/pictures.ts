/** Pictures of goods, as the hub draws them out of what people bring: named by what they are, kept for ever, shown where an item names one (SPEC: D-18). The file that was brought is not kept. */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Catalog, Published } from '../catalog/publish.ts';
import type { DrawFault, PictureDrawer } from './draw-picture.ts';
import { itemsOf } from './find-goods.ts';
import type { ReadPlace } from './merged-entities.ts';

export interface PicturePorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly pictures: PictureDrawer;
}

export type PictureFault = { readonly type: 'unknownGoods' } | DrawFault;

/** It is there before a publication names it. Null takes the item's picture away. */
export async function setPicture(
  { catalog, clock, pictures }: PicturePorts,
  place: ReadPlace,
  sku: string,
  file: Uint8Array | null,
  by: string,
): Promise<Result<Published & { readonly picture: string | null }, PictureFault>> {
  const { database, tenantNo, scopes } = place;
  if (!(await itemsOf(place, [sku])).has(sku)) return err({ type: 'unknownGoods' });
  const drawn = file === null ? ok(null) : await pictures.thumbnail(file);
  if (!drawn.ok) return drawn;
  const bytes = drawn.value;
  const picture = bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
  const scope = scopes.at(-1);
  assert(scope !== undefined, 'a place has a scope');
  const published = await database.transaction(async (tx) => {
    if (bytes !== null)
      await tx.execute('INSERT INTO picture (tenant_no, hash, bytes, created_at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
        tenantNo,
        picture,
        bytes,
        clock.nowMs(),
      ]);
    return catalog.publishIn(tx, 'picture', [{ type: ENTITY_TYPES.item.name, key: sku, scope, fields: { picture } }], {
      by,
    });
  });
  catalog.announce(published);
  return ok({ ...published, picture });
}

const HASH = /^[0-9a-f]{64}$/;

export async function readPicture(
  { database, tenantNo }: Pick<ReadPlace, 'database' | 'tenantNo'>,
  hash: string,
): Promise<Uint8Array | undefined> {
  if (!HASH.test(hash)) return undefined;
  const [row] = await database.rows<{ bytes: Uint8Array }>('SELECT bytes FROM picture WHERE tenant_no = $1 AND hash = $2', [
    tenantNo,
    hash,
  ]);
  return row?.bytes;
}
