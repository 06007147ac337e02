/** Erasing a person by the opaque id under which ledgers and cells name them (SPEC: S-8). Doing it again changes nothing. */
import { isPersonId } from '@holdfast/domain';
import { z } from 'zod';

import { type CustomerPorts, eraseCustomer, findRow } from '../customers/customers.ts';
import { ERASED_PERSON } from './answers/customer.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

const personSchema = z.object({ person: z.string().refine(isPersonId, 'is an opaque id') });

export type PersonRoutePorts = JudgePorts & CustomerPorts;

export function addPersonRoutes(api: Api, ports: PersonRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/persons/:person/erase',
      sight: 'somewhere',
      summary: 'Forgets a person by the id that ledgers name',
      question: personSchema,
      answer: ERASED_PERSON,
    },
    async (response, { question }) => {
      const { person } = question;
      const customer = await findRow(ports.database, ports.tenantNo, person);
      if (customer === undefined)
        return sendProblem(response, { type: 'noSuchPerson', status: 404, title: 'Nobody has this id. Nothing was erased.' });
      if (!(await mayConsole(ports, response, 'eraseCustomer', [`store:${customer.store}`]))) return;
      const { ok: erased } = await eraseCustomer(ports, askerOf(response).user, customer.customer);
      response.json({ person, erased });
    },
  );
}
