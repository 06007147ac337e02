/** The document of the API over HTTP, for programs and as a page for people. */
import { z } from 'zod';

import { apiPage } from './api-page.ts';
import type { Api, ApiPath } from './api-paths.ts';
import { describeApi, type ApiDocument } from './openapi.ts';
import { nonceOf } from './security.ts';

const DOCUMENT_OF_API = z.looseObject({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) });

/** Both are in the document, too, and so are paths that stand elsewhere (`others`). */
export function addDocumentOfApi(api: Api, others: readonly ApiPath[]): void {
  const describe = (): ApiDocument => describeApi([...api.paths, ...others]);
  api.add(
    {
      method: 'get',
      path: '/api/v1/openapi.json',
      sight: 'somewhere',
      summary: 'This API as an OpenAPI document',
      answer: DOCUMENT_OF_API,
    },
    (response) => response.json(describe()),
  );
  api.add({ method: 'get', path: '/api/v1/docs', sight: 'somewhere', summary: 'This API as a page', gives: 'text/html' }, (response) =>
    response.type('html').send(apiPage(describe(), nonceOf(response))),
  );
}
