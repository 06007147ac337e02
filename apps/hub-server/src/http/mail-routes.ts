/** Receipts by mail, over HTTP: what became of each, and another try. */
import type { Clock } from '@holdfast/base';
import { z } from 'zod';

import { listReceiptMails, MAIL_STATES, tryMailAgain } from '../mail/receipt-mails.ts';
import { atMs, DONE } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface MailRoutePorts extends JudgePorts {
  readonly clock: Clock;
  /** A mail waits to be sent. */
  readonly onMailDue: () => void;
}

const listSchema = z.object({
  store: z.string().min(1).max(64).optional(),
  state: z.enum(MAIL_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const mailSchema = z.object({ entryNo: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const mailView = z.object({
  entryNo: z.int(),
  store: z.string(),
  lane: z.int(),
  receiptNumber: z.string(),
  state: z.enum(MAIL_STATES),
  askedAtMs: atMs,
  attempts: z.int(),
  nextAtMs: atMs.nullable(),
  doneAtMs: atMs.nullable(),
  failure: z.enum(['refused', 'tooLate', 'keyForgotten', 'unreadable']).nullable(),
  detail: z.string().nullable(),
});

export function addMailRoutes(api: Api, ports: MailRoutePorts): void {
  const { database, tenantNo, clock, onMailDue } = ports;
  api.add(
    {
      method: 'get',
      path: '/api/v1/receipt-mails',
      sight: 'place',
      summary: 'Receipts by mail, and what became of each',
      question: listSchema,
      answer: z.object({ mails: z.array(mailView) }),
    },
    async (response, { question }) => {
      response.json({ mails: await listReceiptMails(database, { ...question, tenantNo }) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/receipt-mails/:entryNo/again',
      sight: 'somewhere',
      summary: 'Another try for a mail that failed',
      question: mailSchema,
      answer: DONE,
    },
    async (response, { question: wish }) => {
      if (!(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
      if (!(await tryMailAgain(database, tenantNo, wish.entryNo, clock.nowMs()))) {
        sendProblem(response, { type: 'noSuchMail', status: 404, title: 'There is no such mail that failed.' });
        return;
      }
      onMailDue();
      response.json({});
    },
  );
}
