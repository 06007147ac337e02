/** The store that comes after one that was merged into it, or closed (SPEC: C-13). */
import { z } from 'zod';

import type { Catalog } from '../catalog/publish.ts';
import { nameSuccessor } from '../enrolment/successors.ts';
import { PUBLISHED } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

const storeName = z.string().regex(/^[\w.-]{1,64}$/, 'is a store: letters, digits, dots, dashes and underscores');

export interface SuccessorRoutePorts extends JudgePorts {
  readonly catalog: Catalog;
}

export function addSuccessorRoutes(api: Api, ports: SuccessorRoutePorts): void {
  api.add(
    {
      method: 'put',
      path: '/api/v1/stores/:store/successor',
      sight: 'somewhere',
      summary: 'Says which store comes after one that was merged into it, or closed; null: none any more',
      question: z.object({ store: storeName }),
      body: z.object({ successor: storeName.nullable() }),
      answer: PUBLISHED,
    },
    async (response, { question: { store }, body: { successor } }) => {
      if (!(await mayConsole(ports, response, 'openStore', ['global']))) return;
      const wish = { tenantNo: ports.tenantNo, store, successor, by: askerOf(response).user };
      const named = await nameSuccessor(ports.database, ports.catalog, wish);
      if (!named.ok) {
        const { type, store: name } = named.error;
        return type === 'noSuchStore'
          ? sendProblem(response, { type, status: 404, title: `There is no store ${name}.` })
          : sendProblem(response, {
              type,
              status: 409,
              title: `Store ${name} does not come after store ${store}: it comes before it. Nothing was changed.`,
            });
      }
      ports.catalog.announce(named.value);
      response.json(named.value);
    },
  );
}
