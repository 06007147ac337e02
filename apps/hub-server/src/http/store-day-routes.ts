/** The store's day over HTTP: which days there are, one of them, and closing it. */
import { z } from 'zod';

import { isPlainText } from '../plain-text.ts';
import { closeStoreDay, listStoreDays, readStoreDay, type StoreDayPorts } from '../store-day/store-day.ts';
import { STORE_DAY, STORE_DAYS } from './answers/store-day.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';

const store = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isPlainText(text, 64), 'holds control characters');
const businessDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD');
const listSchema = z.object({
  store: store.optional(),
  before: businessDate.optional(),
  /** Days of stores; those of the last date are told together. */
  limit: z.coerce.number().int().min(1).max(500).default(60),
});
const daySchema = z.object({ store, businessDate });

export function addStoreDayRoutes(api: Api, ports: StoreDayPorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/store-days',
      sight: 'place',
      summary: 'Business days of stores, newest first; of the last date all stores, however many were asked for',
      question: listSchema,
      answer: STORE_DAYS,
    },
    async (response, { question }) => {
      response.json({ days: await listStoreDays(ports.database, { ...question, tenantNo: ports.tenantNo }) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/store-days/:store/:businessDate',
      sight: 'place',
      summary: 'A store’s day whole: its shifts, drawers and sums',
      question: daySchema,
      answer: STORE_DAY,
    },
    async (response, { question }) => {
      const day = await readStoreDay(ports, question);
      if (day === undefined) return sendProblem(response, noSuchDay(question));
      response.json(day);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/store-days/:store/:businessDate/close',
      sight: 'somewhere',
      summary: 'Closes a store’s day',
      question: daySchema,
      status: 201,
      answer: STORE_DAY,
    },
    async (response, { question }) => {
      if (!(await mayConsole(ports, response, 'closeStoreDay', [`store:${question.store}`]))) return;
      const day = await closeStoreDay(ports, question, askerOf(response).user);
      if (day === undefined) return sendProblem(response, noSuchDay(question));
      if (day === 'no') {
        const title = `The day ${question.businessDate} of store ${question.store} is closed already. What comes later is its supplement.`;
        return sendProblem(response, { type: 'dayClosed', status: 409, title });
      }
      response.status(201).json(day);
    },
  );
}

const noSuchDay = ({ store: name, businessDate: date }: z.infer<typeof daySchema>) =>
  ({ type: 'noSuchDay', status: 404, title: `The hub holds nothing of store ${name} on ${date}.` }) as const;
