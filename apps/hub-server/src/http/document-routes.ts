/** Working documents, as headquarters sees them: which there are, and who wrote what in one of them. */
import type { Router } from 'express';
import { z } from 'zod';

import type { Documents } from '../documents/documents.ts';
import { judge } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface DocumentRoutePorts {
  readonly documents: Documents;
}

const storeName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.-]+$/);
const listSchema = z.object({ store: storeName.optional() });
const documentSchema = z.object({ store: storeName, document: z.string().regex(/^[0-9a-f]{32}$/) });

export function addDocumentRoutes(router: Router, { documents }: DocumentRoutePorts): void {
  router.get('/api/v1/documents', async (request, response) => {
    const question = judge(response, listSchema, request.query);
    if (question !== undefined) response.json({ documents: await documents.list(question.store) });
  });
  router.get('/api/v1/documents/:store/:document', async (request, response) => {
    const named = judge(response, documentSchema, request.params);
    if (named === undefined) return;
    const history = await documents.find(named.store, named.document);
    if (history === undefined)
      return sendProblem(response, { type: 'noSuchDocument', status: 404, title: 'The hub holds no such document.' });
    response.json(history);
  });
}
