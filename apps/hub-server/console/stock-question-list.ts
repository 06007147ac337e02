/** Movements of which nothing tells whether a count has them in it, as the hub tells them, checked on arrival; what a person says of one. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';

export const questionSchema = z.object({
  countNo: z.int(),
  entryNo: z.int(),
  store: z.string(),
  sku: z.string(),
  unit: z.enum(['piece', 'gram', 'millilitre', 'millimetre']),
  moved: z.int(),
  counted: z.int(),
  countedAtMs: z.int(),
  device: z.string(),
  lane: z.int(),
  epoch: z.string(),
  seq: z.int(),
  receiptNumber: z.string().nullable(),
  atMs: z.int().nullable(),
  receivedAtMs: z.int(),
});
export type StockQuestion = z.infer<typeof questionSchema>;

const REFRESH_MS = 5_000;
/** More than one settles at a time; what is answered makes room for the next. */
export const MOST_QUESTIONS = 50;

export const useStockQuestions = () =>
  useQuery({
    queryKey: ['stock-questions'],
    queryFn: async ({ signal }) =>
      (await ask(z.object({ questions: z.array(questionSchema) }), `/api/v1/stock-questions?limit=${MOST_QUESTIONS}`, {}, signal))
        .questions,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

export function useAnswerStockQuestion(of: StockQuestion) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (side: 'before' | 'after') =>
      ask(z.object({}), '/api/v1/stock-questions/answer', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ countNo: of.countNo, entryNo: of.entryNo, sku: of.sku, unit: of.unit, side }),
      }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['stock-questions'] }),
  });
}
