/** Erasing a person by the opaque id under which ledgers and cells name them: as a customer, and by the key that is theirs (SPEC: S-8, S-10). */
import { isPersonId } from '@holdfast/domain';
import type { Router } from 'express';
import { z } from 'zod';

import { type CustomerPorts, eraseCustomer, findRow } from '../customers/customers.ts';
import { erasePerson, type PersonKeyPorts } from '../people-keys/person-keys.ts';
import { CONSOLE } from '../permissions/permissions.ts';
import { judge, mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

const personSchema = z.object({ person: z.string().refine(isPersonId, 'is an opaque id') });
/** Whose data may be sealed with a key of their own. */
const MAY_HAVE_A_KEY = /^[0-9a-f]{32}$/;

export interface PersonRoutePorts extends JudgePorts, PersonKeyPorts, CustomerPorts {
  /** Devices should hear of it. */
  readonly onErased: () => void;
}

export function addPersonRoutes(router: Router, ports: PersonRoutePorts): void {
  router.post('/api/v1/persons/:person/erase', async (request, response) => {
    const wish = judge(response, personSchema, request.params);
    if (wish === undefined) return;
    const { person } = wish;
    const customer = await findRow(ports.database, ports.tenantNo, person);
    const mayHaveKey = MAY_HAVE_A_KEY.test(person);
    if (customer === undefined && !mayHaveKey) {
      return sendProblem(response, { type: 'noSuchPerson', status: 404, title: 'Nobody has this id. Nothing was erased.' });
    }
    if (customer !== undefined && !(await mayConsole(ports, response, 'eraseCustomer', [`store:${customer.store}`]))) return;
    // Who may see a name may have it erased.
    if (mayHaveKey && !(await mayConsole(ports, response, 'openInvoice', ['global']))) return;
    const isForgotten = customer !== undefined && (await eraseCustomer(ports, CONSOLE.user, customer.customer)).ok;
    const keyErased =
      mayHaveKey && (await ports.database.transaction(async (tx) => erasePerson(tx, ports, { person, tenantNo: ports.tenantNo })));
    if (keyErased) ports.onErased();
    response.json({ person, erased: isForgotten || keyErased });
  });
}
