/** Categories as a tree, and what of them and of brands is made, renamed, moved, joined and removed, over HTTP. */
import type { Response } from 'express';
import { z } from 'zod';

import { type FilingError, previewFiling, publishFiling } from '../goods/filing-change.ts';
import { createCategories } from '../goods/filing.ts';
import { isPlainText } from '../plain-text.ts';
import { CATEGORIES } from './answers/goods.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { NDJSON, tellProgress } from './bulk-routes.ts';
import { type GoodsRoutePorts, isHeld } from './goods-routes.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';

const MOST_NAME = 400;
/** As articles carry it. */
const held = z
  .string()
  .min(1)
  .max(MOST_NAME)
  .refine((name) => isPlainText(name, MOST_NAME), 'holds control characters');
const written = held.refine((name) => name.trim() === name && !name.includes('\n'), 'begins or ends with a space, or has several lines');
const parent = held.nullable();

const bodySchema = z.object({
  change: z.discriminatedUnion('act', [
    z.object({ act: z.enum(['make']), category: written, parent }),
    z.object({ act: z.enum(['move']), category: held, parent }),
    z.object({ act: z.enum(['rename']), category: held, name: written }),
    z.object({ act: z.enum(['join']), category: held, into: held }),
    z.object({ act: z.enum(['remove']), category: held }),
    z.object({ act: z.enum(['renameBrand']), brand: held, name: written }),
  ]),
  /** The `version` of the preview that was looked at; absent: it is a preview, and changes nothing. */
  basedOn: z.string().min(1).max(64).optional(),
});

export function addFilingRoutes(api: Api, ports: GoodsRoutePorts): void {
  const categories = createCategories(ports);
  api.add(
    {
      method: 'get',
      path: '/api/v1/categories',
      sight: 'somewhere',
      summary: 'All categories, what each lies in, and how many articles it has',
      isVersioned: true,
      answer: CATEGORIES,
    },
    async (response, _asked, request) => {
      if (!(await isHeld(ports, { scopes: [] }, request, response))) response.json({ categories: await categories.read() });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/filing-changes',
      summary:
        'Makes, renames, moves, joins or removes a category, or renames a brand; articles go along. Without `basedOn` it changes nothing and tells what would come of it; its progress and its report come line by line',
      body: bodySchema,
      gives: NDJSON,
    },
    async (response, { body: { change, basedOn } }, request) => {
      if (!(await mayConsole(ports, response, 'publish', ['global']))) return;
      const onProgress = tellProgress(request, response);
      const done = await (basedOn === undefined
        ? previewFiling(ports, change, onProgress)
        : publishFiling(ports.catalog, ports, { change, basedOn, by: askerOf(response).user }, onProgress));
      if (done.ok) response.type(NDJSON).end(`${JSON.stringify({ type: 'report', ...done.value })}\n`);
      else sendRefusal(response, done.error);
    },
  );
}

const STATUSES: Readonly<Record<FilingError['type'], number>> = {
  unknownFiling: 404,
  filingExists: 409,
  badFiling: 422,
  changedSince: 409,
};

/** Behind the first progress it is a line, as of a change of many articles. */
function sendRefusal(response: Response, error: FilingError): void {
  const { type } = error;
  const title = `${wordsOf(error)}. Nothing was changed.`;
  if (response.headersSent) response.end(`${JSON.stringify({ type: 'error', problem: type, title })}\n`);
  else sendProblem(response, { type, status: STATUSES[type], title });
}

function wordsOf(error: FilingError): string {
  if (error.type === 'unknownFiling') return `Nothing is filed under ${error.name}`;
  if (error.type === 'filingExists') return `There is a category ${error.name} already: join them`;
  return error.type === 'badFiling' ? error.reason : 'Not as the preview told it: somebody changed some of this since';
}
