/** Texts of one line, as the paths of the API take them. */
import { z } from 'zod';

import { isPlainText } from '../plain-text.ts';

const isLine = (text: string, maxLength: number): boolean => isPlainText(text, maxLength) && !text.includes('\n');

export const lineOf = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => isLine(text, maxLength), 'holds control characters');

/** Without the spaces around it something is left. */
export const wordOf = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((text) => isLine(text, maxLength), 'holds control characters');
