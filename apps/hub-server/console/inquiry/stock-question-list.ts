/** Movements of which nothing tells whether a count has them in it, as the hub tells them, checked on arrival; what a person says of one. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { type Answer, askHub } from '../hub-client.ts';

export type StockQuestion = Answer<'getStockQuestions'>['questions'][number];

const REFRESH_MS = 5_000;
/** More than one settles at a time; what is answered makes room for the next. */
export const MOST_QUESTIONS = 50;

export const useStockQuestions = () =>
  useQuery({
    queryKey: ['stock-questions'],
    queryFn: async ({ signal }) => (await askHub('getStockQuestions', { question: { limit: MOST_QUESTIONS } }, signal)).questions,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export function useAnswerStockQuestion(of: StockQuestion) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (side: 'before' | 'after') =>
      askHub('postStockQuestionsAnswer', { body: { countNo: of.countNo, entryNo: of.entryNo, sku: of.sku, unit: of.unit, side } }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['stock-questions'] }),
  });
}
