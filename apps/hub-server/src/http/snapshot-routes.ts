/** The first catalogue of a store's lanes, for a stick: what the hub signed, and the sealed segments that it names (SPEC: D-17). */
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import type { Down } from '../down/manifest.ts';
import { DEVICE_ROLES } from '../enrolment/enrol.ts';
import { findStore, type Store } from '../enrolment/stores.ts';
import type { HubIdentity } from '../identity.ts';
import { SNAPSHOT } from './answers/publication.ts';
import type { Api } from './api-paths.ts';
import { sendProblem } from './problems.ts';

export interface SnapshotRoutePorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly down: Down;
}

const placeSchema = z.object({
  store: z.string().regex(/^[\w.-]{1,64}$/),
  /** Of the devices that it is for. */
  role: z.enum(DEVICE_ROLES).default('lane'),
});
const segmentSchema = placeSchema.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) });

export function addSnapshotRoutes(api: Api, { database, identity, down }: SnapshotRoutePorts): void {
  const find = (store: string): Promise<Store | undefined> => findStore(database, identity.tenantNo, store);
  api.add(
    {
      method: 'get',
      path: '/api/v1/stores/:store/snapshot',
      isCostly: true,
      sight: 'place',
      summary: 'The first catalogue of a store’s devices, as the hub signed it',
      question: placeSchema,
      answer: SNAPSHOT,
    },
    async (response, { question }) => {
      const { role } = question;
      const store = await find(question.store);
      if (store === undefined) return sendProblem(response, { type: 'noSuchStore', status: 404, title: 'The hub knows no such store.' });
      response.setHeader('Cache-Control', 'no-store');
      response.json(await down.snapshot({ ...store, role }));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/stores/:store/segments/:hash',
      summary: 'A sealed segment that a snapshot names',
      question: segmentSchema,
      gives: 'application/octet-stream',
    },
    async (response, { question }) => {
      const { role, hash } = question;
      const store = await find(question.store);
      const frame = store === undefined ? undefined : await down.segment({ ...store, role }, hash);
      if (frame === undefined)
        return sendProblem(response, {
          type: 'noSuchSegment',
          status: 404,
          title: 'No such segment is held for this store. Ask for its snapshot again.',
        });
      response.type('application/octet-stream').end(frame);
    },
  );
}
