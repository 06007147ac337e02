/** Card payments that somebody should look at, over HTTP. */
import { hasCardNumber, type Clock } from '@holdfast/base';
import { z } from 'zod';

import { CARD_CASES, listCardCases, listLaneStandings, noteCardCase } from '../cards/card-cases.ts';
import { findSettings } from '../enrolment/stores.ts';
import { isPlainText } from '../plain-text.ts';
import { atMs, currency, DONE, entryPlace, minor, minorDigits } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

const MAX_NOTE_LENGTH = 500;

const listSchema = z.object({
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  store: z.string().min(1).max(64).optional(),
  state: z.enum(CARD_CASES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const noteSchema = z.object({
  device: z.string().min(1).max(64),
  paymentId: z.string().regex(/^[A-Z0-9]{10}$/, 'is ten letters and digits'),
  note: z
    .string()
    .trim()
    .min(1)
    .max(MAX_NOTE_LENGTH)
    .refine((text) => isPlainText(text, MAX_NOTE_LENGTH), 'holds control characters')
    .refine((text) => !hasCardNumber(text), 'holds the number of a card: leave it out'),
  isSettled: z.boolean().default(false),
});
const cardCase = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  paymentId: z.string(),
  state: z.enum(CARD_CASES),
  isOpen: z.boolean(),
  counts: z.boolean(),
  act: z.string(),
  amountMinor: minor,
  currency,
  minorDigits,
  atMs,
  reason: z.string().nullable(),
  sales: z.array(entryPlace.extend({ receiptNumber: z.string() })),
  cleared: z.object({ how: z.string(), by: z.string(), atMs, reason: z.string().nullable() }).nullable(),
  note: z.string().nullable(),
  notedBy: z.string().nullable(),
  notedAtMs: atMs.nullable(),
  isSettled: z.boolean(),
});
/** What a lane accepted without the host, beside what it may. */
const laneStanding = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  currency,
  minorDigits,
  count: z.int(),
  sumMinor: minor,
  limits: z.object({ maximumMinor: minor, count: z.int(), sumMinor: minor, hours: z.int() }).nullable(),
});
const CARD_CASE_LIST = z.object({ cases: z.array(cardCase), lanes: z.array(laneStanding) });

export function addCardRoutes(api: Api, ports: JudgePorts & { readonly clock: Clock }): void {
  const { database, tenantNo, clock } = ports;
  api.add(
    {
      method: 'get',
      path: '/api/v1/card-cases',
      sight: 'place',
      summary: 'Card payments that somebody should look at',
      question: listSchema,
      answer: CARD_CASE_LIST,
    },
    async (response, { question }) => {
      const cases = await listCardCases(database, { ...question, tenantNo });
      const limitsOf = async (store: string) => (await findSettings(database, tenantNo, store))?.offlineCards;
      const lanes = await listLaneStandings(database, tenantNo, limitsOf);
      response.json({ cases, lanes });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/card-cases/note',
      sight: 'somewhere',
      summary: 'What somebody found out of a card payment',
      body: noteSchema,
      answer: DONE,
    },
    async (response, { body: wish }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      const { device, paymentId, note, isSettled } = wish;
      const by = { user: askerOf(response).user, note, isSettled, nowMs: clock.nowMs() };
      if (await noteCardCase(database, { tenantNo, device, paymentId }, by)) response.json({});
      else sendProblem(response, { type: 'noSuchCardCase', status: 404, title: 'There is no such card payment to look at.' });
    },
  );
}
