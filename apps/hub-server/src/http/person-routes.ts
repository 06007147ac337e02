/** Erasing a person by the opaque id under which ledgers and cells name them (SPEC: S-8). */
import type { Router } from 'express';
import { z } from 'zod';

import { erasePerson, type PersonKeyPorts } from '../people-keys/person-keys.ts';
import { judge, mayConsole, type JudgePorts } from './judge.ts';

const personSchema = z.object({ person: z.string().regex(/^[0-9a-f]{32}$/, 'is 32 hex digits') });

export interface PersonRoutePorts extends JudgePorts, PersonKeyPorts {
  /** Devices should hear of it. */
  readonly onErased: () => void;
}

export function addPersonRoutes(router: Router, ports: PersonRoutePorts): void {
  router.post('/api/v1/persons/:person/erase', async (request, response) => {
    const wish = judge(response, personSchema, request.params);
    // Who may see a name may have it erased.
    if (wish === undefined || !(await mayConsole(ports, response, 'openInvoice', ['global']))) return;
    const erased = await ports.database.transaction(async (tx) => erasePerson(tx, ports, { ...wish, tenantNo: ports.tenantNo }));
    if (erased) ports.onErased();
    response.json({ ...wish, erased });
  });
}
