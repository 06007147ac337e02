/** The first catalogue of a store's lanes, for a stick: what the hub signed, and the sealed segments that it names (SPEC: D-17). */
import type { Router } from 'express';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import type { Down } from '../down/manifest.ts';
import { DEVICE_ROLES } from '../enrolment/enrol.ts';
import { findStore, type Store } from '../enrolment/stores.ts';
import type { HubIdentity } from '../identity.ts';
import { judge } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface SnapshotRoutePorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly down: Down;
}

const placeSchema = z.object({ store: z.string().regex(/^[\w.-]{1,64}$/) });
const segmentSchema = placeSchema.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) });
/** Of the devices that it is for. */
const roleSchema = z.object({ role: z.enum(DEVICE_ROLES).default('lane') });

export function addSnapshotRoutes(router: Router, { database, identity, down }: SnapshotRoutePorts): void {
  const find = (store: string): Promise<Store | undefined> => findStore(database, identity.tenantNo, store);
  router.get('/api/v1/stores/:store/snapshot', async (request, response) => {
    const named = judge(response, placeSchema, request.params);
    const readers = named === undefined ? undefined : judge(response, roleSchema, request.query);
    if (named === undefined || readers === undefined) return;
    const store = await find(named.store);
    if (store === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'The hub knows no such store.' });
    response.setHeader('Cache-Control', 'no-store');
    response.json(await down.snapshot({ ...store, ...readers }));
  });
  router.get('/api/v1/stores/:store/segments/:hash', async (request, response) => {
    const named = judge(response, segmentSchema, request.params);
    const readers = named === undefined ? undefined : judge(response, roleSchema, request.query);
    if (named === undefined || readers === undefined) return;
    const store = await find(named.store);
    const frame = store === undefined ? undefined : await down.segment({ ...store, ...readers }, named.hash);
    if (frame === undefined)
      return sendProblem(response, {
        type: 'noSuchSegment',
        status: 404,
        title: 'No such segment is held for this store. Ask for its snapshot again.',
      });
    response.type('application/octet-stream').end(frame);
  });
}
