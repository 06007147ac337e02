/** Receipts by mail as the hub tells of them, and what the page says of each. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { askHub, type Answer } from '../hub-client.ts';

export type ReceiptMail = Answer<'getReceiptMails'>['mails'][number];

const REFRESH_MS = 5_000;
export const MOST_MAILS = 200;

export const MAIL_STATES: Readonly<Record<ReceiptMail['state'], string>> = { waiting: 'Waiting', sent: 'Sent', failed: 'Failed' };

const isMailState = (text: string): text is ReceiptMail['state'] => Object.hasOwn(MAIL_STATES, text);

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
      const of = isMailState(state) ? state : undefined;
      return (await askHub('getReceiptMails', { question: { limit: MOST_MAILS, store, state: of } }, signal)).mails;
    },
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export const useTryAgain = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (entryNo: number) => askHub('postReceiptMailsByEntryNoAgain', { question: { entryNo } }),
    onSettled: async () => client.invalidateQueries({ queryKey: ['receiptMails'] }),
  });
};
