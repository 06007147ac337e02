/** Erasing a person by the opaque id under which ledgers and cells name them (SPEC: S-8). Doing it again changes nothing. */
import { isPersonId } from '@holdfast/domain';
import type { Router } from 'express';
import { z } from 'zod';

import { type CustomerPorts, eraseCustomer, findRow } from '../customers/customers.ts';
import { CONSOLE } from '../permissions/permissions.ts';
import { judge, mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

const personSchema = z.object({ person: z.string().refine(isPersonId, 'is an opaque id') });

export type PersonRoutePorts = JudgePorts & CustomerPorts;

export function addPersonRoutes(router: Router, ports: PersonRoutePorts): void {
  router.post('/api/v1/persons/:person/erase', async (request, response) => {
    const wish = judge(response, personSchema, request.params);
    if (wish === undefined) return;
    const { person } = wish;
    const customer = await findRow(ports.database, ports.tenantNo, person);
    if (customer === undefined)
      return sendProblem(response, { type: 'noSuchPerson', status: 404, title: 'Nobody has this id. Nothing was erased.' });
    if (!(await mayConsole(ports, response, 'eraseCustomer', [`store:${customer.store}`]))) return;
    const { ok: erased } = await eraseCustomer(ports, CONSOLE.user, customer.customer);
    response.json({ person, erased });
  });
}
