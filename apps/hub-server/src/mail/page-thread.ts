/** Sets receipts as pages and PDFs, beside whoever answers lanes: a long receipt in many scripts takes a tenth of a second. */
import { parentPort } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import { documentToHtml, documentToPdf } from '@holdfast/paper';

import type { PageOrder, Pages } from './page-maker.ts';

assert(parentPort !== null, 'runs as a thread');
const port = parentPort;
port.on('message', ({ number, document, facts }: PageOrder) => {
  try {
    const pages: Pages = { html: documentToHtml(document, facts), pdf: documentToPdf(document, facts) };
    port.postMessage({ number, pages });
  } catch (error) {
    port.postMessage({ number, cause: error instanceof Error ? error.message : String(error) });
  }
});
