/** Receipts by mail as the hub tells of them, checked on arrival, and what the page says of each. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './api.ts';

const mailsSchema = z.object({
  mails: z.array(
    z.object({
      entryNo: z.int(),
      store: z.string(),
      lane: z.int(),
      receiptNumber: z.string(),
      state: z.enum(['waiting', 'sent', 'failed']),
      askedAtMs: z.int(),
      attempts: z.int(),
      nextAtMs: z.int().nullable(),
      doneAtMs: z.int().nullable(),
      failure: z.enum(['refused', 'tooLate', 'keyForgotten', 'unreadable']).nullable(),
      detail: z.string().nullable(),
    }),
  ),
});
export type ReceiptMail = z.infer<typeof mailsSchema>['mails'][number];

const REFRESH_MS = 5_000;
export const MOST_MAILS = 200;

export const MAIL_STATES: Readonly<Record<ReceiptMail['state'], string>> = { waiting: 'Waiting', sent: 'Sent', failed: 'Failed' };

const FAILURES: Readonly<Record<NonNullable<ReceiptMail['failure']>, string>> = {
  refused: 'the mail server will not have it',
  tooLate: 'the mail server did not take it for three days',
  keyForgotten: 'it came after its key was forgotten',
  unreadable: 'it is no receipt',
};

/** What is so beside its state, in words; empty: nothing. */
export const mailText = ({ state, failure, detail, attempts }: ReceiptMail): string => {
  if (failure !== null) return detail === null ? FAILURES[failure] : `${FAILURES[failure]}: ${detail}`;
  return state === 'waiting' && attempts > 0 && detail !== null ? detail : '';
};

/** Trying again helps where the server, or nobody, may say something else. */
export const canTryAgain = ({ failure }: ReceiptMail): boolean => failure === 'refused' || failure === 'tooLate';

export const useReceiptMails = ({ store, state }: { readonly store: string; readonly state: string }) =>
  useQuery({
    queryKey: ['receiptMails', store, state],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ limit: String(MOST_MAILS), ...(store !== '' && { store }), ...(state !== '' && { state }) });
      return (await ask(mailsSchema, `/api/v1/receipt-mails?${query}`, {}, signal)).mails;
    },
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

export const useTryAgain = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (entryNo: number) => ask(z.object({}), `/api/v1/receipt-mails/${entryNo}/again`, { method: 'POST' }),
    onSettled: async () => client.invalidateQueries({ queryKey: ['receiptMails'] }),
  });
};
