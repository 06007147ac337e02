/** The conflict queue as the hub tells it, checked on arrival; what a person makes of it. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { type Answer, askHub } from '../hub-client.ts';

export type Conflict = Answer<'getConflicts'>['conflicts'][number];
export type ConflictValues = Conflict['ours']['values'];

const RULE_NAMES: Readonly<Record<string, string>> = {
  changedSince: 'Headquarters had changed it since: its value stands',
  notAllowed: 'Nobody who asked may change this',
  notOverridable: 'Stores do not change this',
  lostPublications: 'The hub was set back, and lost what a lane holds',
  lostRevocation: 'The hub was set back, and lost that a device counts no more',
};
/** The hub's own word where there is no other. */
export const ruleText = (rule: string): string => RULE_NAMES[rule] ?? rule;

const ANSWER_NAMES: Readonly<Record<string, string>> = { accept: 'left as it is', correct: 'corrected', retry: 'judged again' };
export const answerText = ({ answer, answeredBy }: Pick<Conflict, 'answer' | 'answeredBy'>): string =>
  answer === null ? '' : `${ANSWER_NAMES[answer] ?? answer}, ${answeredBy ?? ''}`;

export const valueText = (value: ConflictValues[string] | undefined): string =>
  value === undefined || value === null ? 'nothing' : String(value);

/** What was asked for and what stands, field by field; a field that only one side names stands too. */
export const fieldsOf = ({
  ours,
  theirs,
}: Conflict): readonly { readonly field: string; readonly asked: string; readonly stands: string }[] =>
  [...new Set([...Object.keys(ours.values), ...Object.keys(theirs?.values ?? {})])].map((field) => ({
    field,
    asked: valueText(ours.values[field]),
    stands: valueText(theirs?.values[field]),
  }));

/** What a person wrote, in the type of what was asked for; undefined where it is none of that type. */
export function correctedValue(asked: ConflictValues[string] | undefined, text: string): ConflictValues[string] | undefined {
  if (typeof asked === 'number') return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
  if (typeof asked === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : undefined;
  return text === '' ? null : text;
}

const REFRESH_MS = 5_000;
export const MOST_CONFLICTS = 200;

export const useConflicts = (all: boolean) =>
  useQuery({
    queryKey: ['conflicts', all],
    queryFn: async ({ signal }) =>
      (await askHub('getConflicts', { question: { limit: MOST_CONFLICTS, open: all ? 'false' : 'true' } }, signal)).conflicts,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export type ConflictAnswer = { readonly answer: 'accept' | 'retry' } | { readonly answer: 'correct'; readonly values: ConflictValues };

export function useAnswerConflict(conflictNo: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (answer: ConflictAnswer) => askHub('postConflictsByConflict', { question: { conflict: conflictNo }, body: answer }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['conflicts'] }),
  });
}
