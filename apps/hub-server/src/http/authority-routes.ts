/** What a person looks at: facts beyond an authority, and two values for one thing. */
import { hasCardNumber } from '@holdfast/base';
import type { Response } from 'express';
import { z } from 'zod';

import { listGrants, writeOffGrant } from '../accounts/grants.ts';
import { answerConflict, type AnswerError } from '../authority/answers.ts';
import { CONFLICT_ANSWERS, listConflicts } from '../authority/conflicts.ts';
import { clearException, listExceptions } from '../authority/exceptions.ts';
import type { RequestPorts } from '../authority/requests.ts';
import { noteSettled, unsettledDevices } from '../down/hub-epoch.ts';
import { listReturnRights, writeOffReturnRight } from '../ledger/return-holds.ts';
import { isPlainText } from '../plain-text.ts';
import { decideUnclear, listUnclear, SIDES } from '../stock/unclear.ts';
import { GRANTS, RETURN_RIGHTS } from './answers/account.ts';
import { CONFLICTS, EXCEPTIONS, STOCK_QUESTIONS } from './answers/authority.ts';
import { DONE, PUBLISHED } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem, type Problem } from './problems.ts';

export type AuthorityRoutePorts = RequestPorts & JudgePorts;

const MAX_NOTE_LENGTH = 500;

const listSchema = z.object({
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const clearSchema = z.object({
  entryNo: z.int().min(1),
  /** Of an entry's exceptions. */
  number: z.int().min(1).max(1_000_000),
  note: z
    .string()
    .max(MAX_NOTE_LENGTH)
    .refine((text) => isPlainText(text, MAX_NOTE_LENGTH), 'holds control characters')
    .refine((text) => !hasCardNumber(text), 'holds the number of a card: leave it out')
    .default(''),
});
const grantSchema = z.object({ grant: z.string().regex(/^[0-9a-f]{16}$/, 'is 16 hex digits') });
const returnRightSchema = z.object({
  store: z.string().min(1).max(200),
  receiptNumber: z.string().min(1).max(200),
  /** Whoever asks knows that a card has money of this sale back, and that its lane will not undo it. */
  despiteGivenBack: z.boolean().default(false),
});
const deviceSchema = z.object({ device: z.string().min(1).max(64) });
const conflictSchema = z.object({ conflict: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const unclearSchema = z.object({
  countNo: z.int().min(1),
  entryNo: z.int().min(1),
  sku: z.string().min(1).max(128),
  unit: z.string().min(1).max(20),
  side: z.enum(SIDES),
});
const answerSchema = z.object({
  answer: z.enum(CONFLICT_ANSWERS),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});

export function addAuthorityRoutes(api: Api, ports: AuthorityRoutePorts): void {
  const { database, tenantNo, clock } = ports;
  api.add(
    {
      method: 'get',
      path: '/api/v1/exceptions',
      summary: 'What went beyond an authority, or does not add up',
      question: listSchema,
      answer: EXCEPTIONS,
    },
    async (response, { question }) => {
      response.json({ exceptions: await listExceptions(database, { ...question, tenantNo }) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/exceptions/clear',
      sight: 'somewhere',
      summary: 'Somebody looked at an exception: it is cleared',
      body: clearSchema,
      answer: DONE,
    },
    async (response, { body: wish }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      const by = { user: askerOf(response).user, note: wish.note, nowMs: clock.nowMs() };
      if (await clearException(database, tenantNo, wish, by)) response.json({});
      else
        sendProblem(response, { type: 'noSuchException', status: 404, title: 'There is no such exception, or somebody has cleared it.' });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/grants',
      summary: 'Rights that devices hold: balances lent to them',
      question: listSchema,
      answer: GRANTS,
    },
    async (response, { question }) => {
      response.json({ grants: await listGrants(database, tenantNo, question.limit) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/grants/:grant/write-off',
      sight: 'somewhere',
      summary: 'A right that will not come back is given up',
      question: grantSchema,
      answer: DONE,
    },
    async (response, { question: place }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      if (await writeOffGrant(database, tenantNo, place.grant, { user: askerOf(response).user, nowMs: clock.nowMs() })) response.json({});
      else sendProblem(response, { type: 'noSuchGrant', status: 404, title: 'No such grant is outstanding.' });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/return-rights',
      summary: 'Rights to give back lines of a sale that devices hold',
      question: listSchema,
      answer: RETURN_RIGHTS,
    },
    async (response, { question }) => {
      response.json({ rights: await listReturnRights(database, tenantNo, question.limit) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/return-rights/write-off',
      sight: 'somewhere',
      summary: 'The right to give back lines of a sale is taken from the device that holds it',
      body: returnRightSchema,
      answer: DONE,
    },
    async (response, { body: place }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      const outcome = await writeOffReturnRight(database, tenantNo, place);
      if (outcome === 'ended') response.json({});
      else if (outcome === 'givenBack')
        sendProblem(response, {
          type: 'givenBack',
          status: 409,
          title:
            'A card has money of this sale back, so its goods come back nowhere until its lane has undone it. Where that lane is lost, or has lost the sale, say despiteGivenBack: whoever takes the goods back then must not pay that money again.',
        });
      else sendProblem(response, { type: 'noSuchGrant', status: 404, title: 'No device holds the right to return of such a sale.' });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/unsettled',
      summary: 'Devices that the hub waits for after it was set back',
      answer: z.object({ devices: z.array(z.string()) }),
    },
    async (response) => {
      response.json({ devices: await unsettledDevices(database, tenantNo) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/devices/:device/write-off',
      sight: 'somewhere',
      summary: 'The hub waits for a device no longer',
      question: deviceSchema,
      answer: DONE,
    },
    async (response, { question: place }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      if (!(await unsettledDevices(database, tenantNo)).includes(place.device))
        return sendProblem(response, { type: 'noSuchDevice', status: 404, title: 'Nothing is waited for from such a device.' });
      await noteSettled(database, ports.identity, place.device);
      response.json({});
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/conflicts',
      summary: 'Where a store and headquarters wanted different things',
      question: listSchema,
      answer: CONFLICTS,
    },
    async (response, { question }) => {
      response.json({ conflicts: await listConflicts(database, { ...question, tenantNo }) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/conflicts/:conflict',
      sight: 'somewhere',
      summary: 'Answers a conflict',
      question: conflictSchema,
      body: answerSchema,
      answer: PUBLISHED,
    },
    async (response, { question, body: wish }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      const answered = await answerConflict(ports, { conflictNo: question.conflict, ...wish, by: askerOf(response).user });
      if (answered.ok) response.json(answered.value);
      else sendAnswerError(response, answered.error);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/stock-questions',
      summary: 'Movements of which nothing tells whether a count has them in it',
      question: listSchema,
      answer: STOCK_QUESTIONS,
    },
    async (response, { question }) => {
      response.json({ questions: await listUnclear(database, { ...question, tenantNo }) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/stock-questions/answer',
      sight: 'somewhere',
      summary: 'Somebody knows whether a count has a movement in it',
      body: unclearSchema,
      answer: DONE,
    },
    async (response, { body: { side, ...movement } }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      if (await decideUnclear(database, tenantNo, movement, { side, user: askerOf(response).user, nowMs: clock.nowMs() }))
        response.json({});
      else sendProblem(response, { type: 'noSuchQuestion', status: 404, title: 'There is no such question, or somebody has answered it.' });
    },
  );
}

function sendAnswerError(response: Response, error: AnswerError): void {
  const problems: Readonly<Record<AnswerError['type'], Omit<Problem, 'type'>>> = {
    noSuchConflict: { status: 404, title: 'There is no such conflict.' },
    answeredAlready: { status: 409, title: 'Somebody has answered it already. Nothing was changed.' },
    badValues: {
      status: 422,
      title: `The store cannot have that${error.type === 'badValues' ? `: ${error.reason}` : ''}. Nothing was changed.`,
    },
    stillRefused: { status: 409, title: 'Judged again it comes to the same: nothing was changed.' },
    notRetryable: { status: 409, title: 'No store asked for it: there is nothing to judge again.' },
  };
  sendProblem(response, { type: error.type, ...problems[error.type] });
}
