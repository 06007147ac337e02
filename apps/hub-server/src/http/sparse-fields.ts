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
