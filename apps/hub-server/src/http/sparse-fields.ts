/** Sparse answers: whoever asks for `fields=sku,name` is told these alone. */
import { z } from 'zod';

export const fieldsQuestion = (known: readonly string[]) =>
  z
    .string()
    .max(500)
    .regex(/^[A-Za-z]+(?:,[A-Za-z]+)*$/, 'is names with commas between them')
    .transform((text): ReadonlySet<string> => new Set(text.split(',')))
    .refine((names) => [...names].every((name) => known.includes(name)), `names something else than ${known.join(', ')}`)
    .optional();

/** All of it where nothing is named. */
export const pickFields = (of: object, names: ReadonlySet<string> | undefined): object =>
  names === undefined ? of : Object.fromEntries(Object.entries(of).filter(([name]) => names.has(name)));

/** What is answered whole, and in part to who asks for some fields; the console's client takes the first (`typed-client.ts`). */
export const someOf = <Whole extends z.ZodType, Some extends z.ZodType>(whole: Whole, some: Some) => z.union([whole, some]);
