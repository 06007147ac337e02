/** What was published, by whom, and what it changed; and a change taken back. */
import { CSV_MARK, csvLine } from '@holdfast/base';
import { ENTITY_TYPES, type EntityType } from '@holdfast/domain';
import { splitScope } from '@holdfast/sync';
import type { Response } from 'express';
import { z } from 'zod';

import {
  type ChangeView,
  listChanges,
  listPublications,
  parseChangePlace,
  scopesOfCosts,
  scopesOfUndo,
  undoChanges,
  undoneOf,
  type UndoError,
} from '../catalog/change-history.ts';
import { entityTypeOf, isScope } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import { countReach, readReach, type ReachPorts } from '../catalog/reach.ts';
import { placesOfWithheld, withhold } from '../permissions/withheld-fields.ts';
import { isPlainText } from '../plain-text.ts';
import { placesOfSignIns } from '../sign-in/sign-ins.ts';
import { atMs, namedFields, PUBLISHED } from './answers/parts.ts';
import { REACH } from './answers/publication.ts';
import type { Api } from './api-paths.ts';
import { type Asker, askerOf } from './asker.ts';
import { placesOfCosts } from './field-guard.ts';
import { mayConsole, mayWriteAlone, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface ChangeRoutePorts extends JudgePorts, ReachPorts {
  readonly catalog: Catalog;
}

/** A key may hold U+001F, which separates its parts. */
const key = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => isPlainText(text.replaceAll('\u001F', ''), 400), 'holds control characters');
const scope = z.string().max(100).refine(isScope, 'is global, zone:Z or store:S');
const type = z.string().refine((name) => entityTypeOf(name) !== undefined, 'is a type of the catalogue’s');
const by = z
  .string()
  .max(64)
  .refine((text) => isPlainText(text, 64), 'holds control characters');
const lsn = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const moment = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const publicationsSchema = z.object({
  before: lsn.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  by: by.optional(),
  type: type.optional(),
  /** How many of the stores that read something of it have it. */
  reach: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
const filterSchema = z.object({
  lsn: lsn.optional(),
  type: type.optional(),
  key: key.optional(),
  sku: key.optional(),
  scope: scope.optional(),
  by: by.optional(),
  fromMs: moment.optional(),
  toMs: moment.optional(),
});
const changesSchema = filterSchema.extend({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(4_000).optional(),
});
const publicationName = z.object({ lsn });
const undoBody = z
  .object({
    /** Absent: all that it changed. */
    changes: z.array(z.object({ type, key, scope })).min(1).max(2_000).optional(),
  })
  .prefault({});

const CHANGES = z.object({
  changes: z.array(
    z.object({
      lsn: z.int(),
      atMs,
      source: z.string(),
      by: z.string().nullable(),
      type: z.string(),
      key: z.string(),
      scope: z.string(),
      /** Null: it was not there. */
      before: namedFields.nullable(),
      /** Null: it was removed. */
      after: namedFields.nullable(),
      /** Fields of which it is kept that they changed, and never what they were. */
      withheld: z.array(z.string()),
      /** Of a grant: what its `limit` counts. */
      limitIn: z.enum(['none', 'percent', 'amount', 'count']).optional(),
    }),
  ),
  next: z.string().nullable(),
});

const PUBLICATIONS = z.object({
  publications: z.array(
    z.object({
      lsn: z.int(),
      atMs,
      source: z.string(),
      by: z.string().nullable(),
      /** Began by it, and are not told one by one. */
      made: z.int(),
      changes: z.int(),
      /** Of the stores that read something of it. */
      reach: z.object({ stores: z.int(), reached: z.int() }).optional(),
    }),
  ),
  next: z.int().nullable(),
});

/** Line by line, as fast as it is taken. */
export async function sendLines(
  response: Response,
  fileName: string,
  header: readonly string[],
  lines: AsyncIterable<string>,
): Promise<void> {
  response.type('text/csv; charset=utf-8').setHeader('Content-Disposition', `attachment; filename="${fileName}"`);
  response.write(CSV_MARK + csvLine(header));
  for await (const some of lines) {
    const isTaken = response.write(some);
    if (response.closed) return;
    if (!isTaken) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

export function addChangeRoutes(api: Api, ports: ChangeRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/publications',
      summary: 'What was published, newest first',
      question: publicationsSchema,
      answer: PUBLICATIONS,
    },
    async (response, { question }) => {
      const listed = await listPublications(ports, question);
      const lsns = listed.publications.map((each) => each.lsn);
      const reach = question.reach ? await countReach(ports, lsns) : undefined;
      const publications = listed.publications.map((each) => ({ ...each, ...(reach && { reach: reach.get(each.lsn) }) }));
      response.json({ publications, next: listed.next });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/publications/:lsn/reach',
      summary: 'Which stores have a publication, which not yet, and why',
      question: publicationName,
      answer: REACH,
    },
    async (response, { question }) => {
      const reach = await readReach(ports, question.lsn);
      if (reach !== undefined) response.json(reach);
      else sendProblem(response, { type: 'noSuchPublication', status: 404, title: 'There is no such publication.' });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/changes',
      summary: 'What publications changed, field by field, newest first',
      question: changesSchema,
      answer: CHANGES,
    },
    async (response, { question }) => {
      const after = question.cursor === undefined ? undefined : parseChangePlace(question.cursor);
      if (question.cursor !== undefined && after === undefined)
        return sendProblem(response, { type: 'badRequest', status: 400, title: '`cursor` is no answer’s `next`.' });
      response.json(await listChanges(ports, { ...question, after }));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/changes.csv',
      isCostly: true,
      summary: 'The same, all of it, for spreadsheets',
      question: filterSchema,
      gives: 'text/csv',
    },
    async (response, { question }) => sendLines(response, 'changes.csv', CSV_HEADER, csvOf(ports, askerOf(response), question)),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/publications/:lsn/undo',
      sight: 'somewhere',
      summary: 'Takes back what a publication changed, by one more publication: all of it, or what is named',
      question: publicationName,
      body: undoBody,
      answer: PUBLISHED,
    },
    async (response, { question, body }) => undo(ports, response, question.lsn, body.changes),
  );
}

async function undo(ports: ChangeRoutePorts, response: Response, of: number, named: z.output<typeof undoBody>['changes']): Promise<void> {
  const scopes = (await scopesOfUndo(ports, of, named)).map((name) => splitScope(name).scope);
  if (!(await mayConsole(ports, response, 'publish', scopes))) return;
  const placesOf = async (entity: EntityType) =>
    (await undoneOf(ports, entity, of, named)).map(({ key: name, scope: where }) => ({ key: name, scope: splitScope(where).scope }));
  const accounts = await placesOfSignIns(ports, await placesOf(ENTITY_TYPES.staff));
  if (!(await mayConsole(ports, response, 'manageAccounts', accounts))) return;
  if (!(await mayWriteAlone(ports, response, await placesOf(ENTITY_TYPES.tax)))) return;
  if (!(await mayConsole(ports, response, 'seeCost', await scopesOfCosts(ports, of, named)))) return;
  const undone = await undoChanges(ports, { lsn: of, named, by: askerOf(response).user });
  if (undone.ok) response.json(undone.value);
  else sendRefusal(response, undone.error);
}

function sendRefusal(response: Response, error: UndoError): void {
  const { type: kind } = error;
  if (kind === 'noSuchPublication') return sendProblem(response, { type: kind, status: 404, title: 'It changed no such thing.' });
  if (kind === 'notKept')
    return sendProblem(response, {
      type: kind,
      status: 422,
      title: `Of ${error.what} it is not kept what was there before. Nothing was changed.`,
    });
  if (kind === 'changedSince')
    return sendProblem(response, { type: kind, status: 409, title: `${error.what} has been changed again since. Nothing was changed.` });
  return sendProblem(response, { type: kind, status: 422, title: `${error.reason}. Nothing was changed.` });
}

const CSV_HEADER = ['lsn', 'at', 'by', 'source', 'type', 'key', 'scope', 'what', 'field', 'before', 'after'];
const ROWS_AT_ONCE = 500;

/** A line for each field. */
function csvLinesOf(change: ChangeView): readonly string[] {
  const { before, after, withheld } = change;
  const what = before === null ? 'made' : after === null ? 'removed' : 'changed';
  const told = [String(change.lsn), new Date(change.atMs).toISOString(), change.by ?? '', change.source];
  const place = [change.type, change.key.replaceAll('\u001F', ' | '), change.scope, what];
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const text = (fields: ChangeView['before'], name: string): string => String(fields?.[name] ?? '');
  const kept = [...names].map((name) => csvLine([...told, ...place, name, text(before, name), text(after, name)]));
  return [...kept, ...withheld.map((name) => csvLine([...told, ...place, name, '(not kept)', '(not kept)']))];
}

async function* csvOf(ports: ChangeRoutePorts, asker: Asker, question: z.output<typeof filterSchema>): AsyncGenerator<string> {
  for (let after = undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page = await listChanges(ports, { ...question, limit: ROWS_AT_ONCE, after });
    withhold(page, 'global', await placesOfCosts(ports, asker, placesOfWithheld(page, 'global')));
    yield page.changes.flatMap(csvLinesOf).join('');
    after = page.next === null ? undefined : parseChangePlace(page.next);
  }
}
