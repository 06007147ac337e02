/** A signer behind a link. Each order has its deadline; a connection on which one was not answered, or not understood, is a new one for the next order. */
import { err, ok, type Result, type Timers } from '@holdfast/base';
import type { z } from 'zod';

import { claimLine, type LineTiming } from '../device/claimed-line.ts';
import type { Link } from '../link/link.ts';
import { createLines, fiscalAnswerSchemas, fiscalReplySchema, parseLine, toLine, type FiscalReply } from './fiscal-protocol.ts';
import { FISCAL_FAULTS, type FiscalFault, type FiscalSigner } from './fiscal-signer.ts';

export interface LinkSignerOptions {
  readonly link: Link;
  readonly timers: Timers;
  /** Of each order, its connection included. */
  readonly deadlineMs?: number;
  readonly timing?: Partial<LineTiming>;
}

const DEADLINE_MS = 1_000;

const fault = (reason: FiscalFault['reason'], detail: string): FiscalFault => ({ type: 'notSigned', reason, detail });

export function createLinkSigner({ link, timers, deadlineMs = DEADLINE_MS, timing = {} }: LinkSignerOptions): FiscalSigner {
  let sent = 0;
  let lines = createLines();
  let waiting: { readonly id: number; readonly hear: (reply: FiscalReply | undefined) => void } | undefined;
  const line = claimLine({
    link,
    timers,
    timing,
    onConnected: () => {
      lines = createLines();
    },
    onPower: (power) => {
      if (power === 'offline') waiting?.hear(undefined);
    },
    onBytes: (bytes) => {
      for (const text of lines(bytes) ?? ['']) {
        const reply = parseLine(fiscalReplySchema, text);
        // The answer to an order that was given up is nobody's.
        if (reply === undefined || reply.id === waiting?.id) waiting?.hear(reply);
      }
    },
  });

  const order = async <Answer>(schema: z.ZodType<Answer>, body: object): Promise<Result<Answer, FiscalFault>> => {
    const id = (sent += 1);
    let cancel = (): void => {};
    const answered = new Promise<FiscalReply | FiscalFault>((resolve) => {
      cancel = timers.after(deadlineMs, () => resolve(fault('timeout', `no answer within ${deadlineMs} ms`)));
      waiting = { id, hear: (reply) => resolve(reply ?? fault('garbled', 'the answer broke off, or means nothing')) };
    });
    const written = await line.write(toLine({ id, ...body }), deadlineMs);
    const reply = written.ok ? await answered : fault('unreachable', written.error.detail);
    cancel();
    waiting = undefined;
    if ('type' in reply && reply.type === 'notSigned') {
      if (written.ok) line.drop();
      return err(reply as FiscalFault);
    }
    const heard = reply as FiscalReply;
    if (!heard.ok) return err(fault(FISCAL_FAULTS.find((known) => known === heard.reason) ?? 'refused', heard.detail));
    const parsed = schema.safeParse(heard);
    return parsed.success ? ok(parsed.data) : err(fault('garbled', 'the answer lacks what it must say'));
  };

  return {
    start: ({ client, reference }) => order(fiscalAnswerSchemas.start, { do: 'start', client, reference }),
    update: async (transaction, data) => {
      const updated = await order(fiscalAnswerSchemas.update, { do: 'update', transaction, ...data });
      return updated.ok ? ok(undefined) : updated;
    },
    finish: (transaction, data) => order(fiscalAnswerSchemas.finish, { do: 'finish', transaction, ...data }),
    close: () => line.release(),
  };
}
