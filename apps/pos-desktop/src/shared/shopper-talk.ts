/**
 * What the windows of one lane say to each other: the cashier's asks, the shopper's screen answers. The till hands each message to the other windows as it is
 * and keeps nothing of it but which windows are the shopper's; whoever is not there hears nothing.
 */
import { SIGNATURE_MAX } from '@holdfast/domain';
import { z } from 'zod';

/** Then nobody answered; whoever signs takes longer. */
const ANSWER_WITHIN_MS = 30_000;
const SIGNED_WITHIN_MS = 120_000;

const questionId = z.string().min(1).max(64);
const minor = z.int().min(1).max(1_000_000_000_000);

export const shopperQuestionSchema = z.discriminatedUnion('about', [
  /** By which card or phone they are found. */
  z.object({ about: z.literal('loyalty') }),
  z.object({ about: z.literal('tip'), dueMinor: minor, offersMinor: z.array(minor).min(1).max(4).readonly() }),
  /** For what they pay so, they sign. */
  z.object({ about: z.literal('signature'), tender: z.string().max(120), amountMinor: minor }),
  /** Whether what was typed of them may be kept. */
  z.object({ about: z.literal('consent'), name: z.string().max(120), found: z.string().max(64) }),
]);
export type ShopperQuestion = z.infer<typeof shopperQuestionSchema>;

export const answerWithinMs = ({ about }: ShopperQuestion): number => (about === 'signature' ? SIGNED_WITHIN_MS : ANSWER_WITHIN_MS);

export const shopperAnswerSchema = z.discriminatedUnion('type', [
  /** No, thanks. */
  z.object({ type: z.literal('none') }),
  z.object({ type: z.literal('text'), text: z.string().min(1).max(64) }),
  z.object({ type: z.literal('tip'), amountMinor: minor }),
  z.object({ type: z.literal('agreed') }),
  /** What was drawn, as `signatureText` of the domain writes it. */
  z.object({
    type: z.literal('signed'),
    strokes: z
      .string()
      .min(1)
      .max(2 * SIGNATURE_MAX.bytes),
  }),
]);
export type ShopperAnswer = z.infer<typeof shopperAnswerSchema>;

export const shopperSaySchema = z.discriminatedUnion('type', [
  /** Is a shopper's screen there? */
  z.object({ type: z.literal('who') }),
  z.object({ type: z.literal('here') }),
  /** The till says it: none is there any more, or none has come yet. */
  z.object({ type: z.literal('gone') }),
  z.object({ type: z.literal('ask'), questionId, question: shopperQuestionSchema }),
  z.object({ type: z.literal('answer'), questionId, answer: shopperAnswerSchema }),
  /** Nobody waits for an answer any more. */
  z.object({ type: z.literal('over'), questionId }),
]);
export type ShopperSay = z.infer<typeof shopperSaySchema>;

/** As a window sends it. */
export const shopperTalkSchema = z.object({ type: z.literal('shopper'), say: shopperSaySchema });
