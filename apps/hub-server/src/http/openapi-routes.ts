import { apiPage } from './api-page.ts';
/** The document of the API over HTTP, for programs and as a page for people. */
import type { Api } from './api-paths.ts';
import { describeApi } from './openapi.ts';
import { nonceOf } from './security.ts';

/** Both are in the document, too. */
export function addDocumentOfApi(api: Api): void {
  api.add({ method: 'get', path: '/api/v1/openapi.json', summary: 'This API as an OpenAPI document' }, (response) =>
    response.json(describeApi(api.paths)),
  );
  api.add({ method: 'get', path: '/api/v1/docs', summary: 'This API as a page', gives: 'text/html' }, (response) =>
    response.type('html').send(apiPage(describeApi(api.paths), nonceOf(response))),
  );
}
