import { apiPage } from './api-page.ts';
/** The document of the API over HTTP, for programs and as a page for people. */
import type { Api, ApiPath } from './api-paths.ts';
import { describeApi, type ApiDocument } from './openapi.ts';
import { nonceOf } from './security.ts';

/** Both are in the document, too, and so are paths that stand elsewhere (`others`). */
export function addDocumentOfApi(api: Api, others: readonly ApiPath[]): void {
  const describe = (): ApiDocument => describeApi([...api.paths, ...others]);
  api.add({ method: 'get', path: '/api/v1/openapi.json', sight: 'somewhere', summary: 'This API as an OpenAPI document' }, (response) =>
    response.json(describe()),
  );
  api.add({ method: 'get', path: '/api/v1/docs', sight: 'somewhere', summary: 'This API as a page', gives: 'text/html' }, (response) =>
    response.type('html').send(apiPage(describe(), nonceOf(response))),
  );
}
