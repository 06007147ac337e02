/** What the hub refused, over HTTP: a list, and all of it as a table. */
import { csvLine } from '@holdfast/base';
import { z } from 'zod';

import { isPlainText } from '../plain-text.ts';
import { listRefusals, REFUSED_KINDS, type RefusalLog, type RefusalView } from '../refusals/refusals.ts';
import { atMs } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { sendLines } from './change-routes.ts';
import { type JudgePorts, mayConsole } from './judge.ts';

export interface RefusalRoutePorts extends JudgePorts {
  readonly refusals: RefusalLog;
}

const name = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => isPlainText(text, most), 'holds control characters');
const moment = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const filterSchema = z.object({
  kind: z.enum(REFUSED_KINDS).optional(),
  who: name(64).optional(),
  address: name(64).optional(),
  status: z.coerce.number().int().min(0).max(599).optional(),
  problem: name(64).optional(),
  fromMs: moment.optional(),
  toMs: moment.optional(),
});
const listSchema = filterSchema.extend({
  /** The `no` that an answer's `next` has. */
  before: moment.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const REFUSALS = z.object({
  refusals: z.array(
    z.object({
      no: z.int(),
      /** The first time, and the last one of the same minute. */
      atMs,
      untilMs: atMs,
      times: z.int(),
      kind: z.enum(REFUSED_KINDS),
      who: z.string(),
      program: z.string(),
      address: z.string(),
      method: z.string(),
      route: z.string(),
      /** 0: of several, which are not told apart. */
      status: z.int(),
      problem: z.string(),
      requestId: z.string(),
    }),
  ),
  next: z.int().nullable(),
});

const CSV_HEADER = ['at', 'until', 'times', 'kind', 'who', 'program', 'address', 'method', 'route', 'status', 'problem', 'request'];
const ROWS_AT_ONCE = 500;

export function addRefusalRoutes(api: Api, ports: RefusalRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/refusals',
      summary: 'What the hub refused, of whom and how often, newest first',
      question: listSchema,
      answer: REFUSALS,
    },
    async (response, { question }) => {
      if (!(await mayConsole(ports, response, 'manageAccounts', ['global']))) return;
      await ports.refusals.write();
      const refusals = await listRefusals(ports, question);
      response.json({ refusals, next: refusals.length < question.limit ? null : (refusals.at(-1)?.no ?? null) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/refusals.csv',
      isCostly: true,
      summary: 'The same, all of it, for spreadsheets',
      question: filterSchema,
      gives: 'text/csv',
    },
    async (response, { question }) => {
      if (!(await mayConsole(ports, response, 'manageAccounts', ['global']))) return;
      await ports.refusals.write();
      await sendLines(response, 'refusals.csv', CSV_HEADER, csvOf(ports, question));
    },
  );
}

const csvLineOf = ({
  atMs: from,
  untilMs,
  times,
  kind,
  who,
  program,
  address,
  method,
  route,
  status,
  problem,
  requestId,
}: RefusalView): string => {
  const [begin, end] = [from, untilMs].map((at) => new Date(at).toISOString());
  return csvLine([begin ?? '', end ?? '', String(times), kind, who, program, address, method, route, String(status), problem, requestId]);
};

async function* csvOf(ports: RefusalRoutePorts, question: z.output<typeof filterSchema>): AsyncGenerator<string> {
  for (let before: number | undefined = undefined, isDone = false; !isDone;) {
    const page: readonly RefusalView[] = await listRefusals(ports, { ...question, before, limit: ROWS_AT_ONCE });
    yield page.map(csvLineOf).join('');
    before = page.at(-1)?.no;
    isDone = page.length < ROWS_AT_ONCE;
  }
}
