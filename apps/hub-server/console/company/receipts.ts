/** A receipt as a place would print it, as the hub sets it; checked on arrival. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { ask } from '../ask.ts';
import { pictureSent, SENT_WITHIN_MS } from '../goods/pictures.ts';
import { addressOf, type Answer, answerSchema, askHub } from '../hub-client.ts';

export type ReceiptPreview = Answer<'postReceiptPreviews'>;
export type ShownLine = ReceiptPreview['lines'][number];

/** By their letters on a line. */
export const PAPERS = [
  { value: '32', label: '58 mm, 32 letters' },
  { value: '42', label: '80 mm, 42 letters' },
  { value: '48', label: '80 mm, 48 letters' },
] as const;
export type PaperColumns = (typeof PAPERS)[number]['value'];

/** What is written on receipts, in the order in which it stands on them. */
export const RECEIPT_TEXTS = [
  { key: 'receiptHeader', label: 'Under the address' },
  { key: 'receiptFooter', label: 'Under the sale' },
  { key: 'receiptLegal', label: 'At the end' },
] as const;
export type ReceiptText = (typeof RECEIPT_TEXTS)[number]['key'];

export const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'German' },
  { value: 'fr', label: 'French' },
  { value: 'es', label: 'Spanish' },
  { value: 'ar', label: 'Arabic' },
  { value: 'ja', label: 'Japanese' },
] as const;

export interface PreviewQuestion {
  readonly scope: string;
  readonly columns: PaperColumns;
  /** Empty: the store’s own. */
  readonly language: string;
  readonly texts: Readonly<Partial<Record<ReceiptText | 'receiptLogo', string | null>>>;
}

export type DrawnLogo = Answer<'postLogoDrawings'>;

/** As it would stand above receipts; nothing is published. */
export const useDrawLogo = (scope: string) =>
  useMutation({
    mutationFn: async (file: File) =>
      ask(
        answerSchema('postLogoDrawings'),
        addressOf('postLogoDrawings', { scope }),
        { ...pictureSent(file), method: 'POST' },
        undefined,
        SENT_WITHIN_MS,
      ),
    networkMode: 'always',
  });

/** Null: the place says nothing of it any more. */
export function usePublishLogo(scope: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (png: string | null) => {
      const cell = { type: 'setting', key: 'receiptLogo', scope } as const;
      return askHub('postPublications', {
        body: { cells: [png === null ? { ...cell, removed: true } : { ...cell, fields: { value: png } }] },
      });
    },
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['changes', 'publications', 'receiptPreview']) void client.invalidateQueries({ queryKey: [key] });
      await client.invalidateQueries({ queryKey: ['settings'] });
    },
  });
}

export const useReceiptPreview = ({ scope, columns, language, texts }: PreviewQuestion) =>
  useQuery({
    queryKey: ['receiptPreview', scope, columns, language, texts],
    queryFn: async ({ signal }) =>
      askHub('postReceiptPreviews', { question: { scope, columns, ...(language !== '' && { language }) }, body: texts }, signal),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });

/** What differs from what stands there; a text that is emptied is said to be empty, and not left to what is broader. */
export const changedTexts = (
  written: Readonly<Record<ReceiptText, string>>,
  there: Readonly<Record<ReceiptText, string>>,
): Readonly<Partial<Record<ReceiptText, string>>> =>
  Object.fromEntries(RECEIPT_TEXTS.flatMap(({ key }) => (written[key] === there[key] ? [] : [[key, written[key]]])));
