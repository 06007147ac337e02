/** Receipts by mail, over HTTP: what became of each, and another try. */
import type { Clock } from '@holdfast/base';
import type { Router } from 'express';
import { z } from 'zod';

import { listReceiptMails, MAIL_STATES, tryMailAgain } from '../mail/receipt-mails.ts';
import { judge, mayConsole, type JudgePorts } from './judge.ts';
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

export function addMailRoutes(router: Router, ports: MailRoutePorts): void {
  const { database, tenantNo, clock, onMailDue } = ports;
  router.get('/api/v1/receipt-mails', async (request, response) => {
    const question = judge(response, listSchema, request.query);
    if (question !== undefined) response.json({ mails: await listReceiptMails(database, { ...question, tenantNo }) });
  });
  router.post('/api/v1/receipt-mails/:entryNo/again', async (request, response) => {
    const wish = judge(response, mailSchema, request.params);
    if (wish === undefined || !(await mayConsole(ports, response, 'settleExceptions', ['global']))) return;
    if (!(await tryMailAgain(database, tenantNo, wish.entryNo, clock.nowMs()))) {
      sendProblem(response, { type: 'noSuchMail', status: 404, title: 'There is no such mail that failed.' });
      return;
    }
    onMailDue();
    response.json({});
  });
}
