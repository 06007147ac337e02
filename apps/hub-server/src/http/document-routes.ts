/** Working documents, as headquarters sees them: which there are, and who wrote what in one of them. */
import { z } from 'zod';

import type { Documents } from '../documents/documents.ts';
import { DOCUMENT, DOCUMENTS } from './answers/document.ts';
import type { Api } from './api-paths.ts';
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

export function addDocumentRoutes(api: Api, { documents }: DocumentRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/documents',
      sight: 'place',
      summary: 'Working documents of stores',
      question: listSchema,
      answer: DOCUMENTS,
    },
    async (response, { question }) => {
      response.json({ documents: await documents.list(question.store) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/documents/:store/:document',
      sight: 'place',
      summary: 'Who wrote what in a document',
      question: documentSchema,
      answer: DOCUMENT,
    },
    async (response, { question }) => {
      const history = await documents.find(question.store, question.document);
      if (history === undefined)
        return sendProblem(response, { type: 'noSuchDocument', status: 404, title: 'The hub holds no such document.' });
      response.json(history);
    },
  );
}
