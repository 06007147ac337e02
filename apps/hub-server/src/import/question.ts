/** What the request of most imports says beside the file. */
import { currencyOf } from '@holdfast/domain';
import { z } from 'zod';

import { isScope } from '../catalog/changes.ts';
import { listStores } from '../enrolment/stores.ts';
import { isPlainText } from '../plain-text.ts';
import { parseColumnMapping, type FieldWords } from './columns.ts';
import type { ImportPorts } from './importer.ts';

export const QUESTION = {
  /** Of prices whose row names none. */
  currency: z
    .string()
    .refine((text) => currencyOf(text) !== undefined, 'is a currency (ISO 4217) that this build knows')
    .optional(),
  /** Who sees what a row makes, where the row does not say. */
  scope: z.string().refine(isScope, 'is global, zone:Z or store:S').default('global'),
  /** Reports what the file would do, row by row, and changes nothing. */
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  source: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => isPlainText(text, 200) && !text.includes('\n'), 'holds control characters')
    .default('import'),
};

/** `field=Header,…`, as a map. */
export const columnsQuestion = <Field extends string>(words: FieldWords<Field>) =>
  z
    .string()
    .max(2_000)
    .default('')
    .transform((text, context): ReadonlyMap<Field, string> => {
      const mapping = parseColumnMapping(text, words);
      if (mapping.ok) return mapping.value;
      context.addIssue({ code: 'custom', message: mapping.error.reason });
      return z.NEVER;
    });

/** The one asked for, else the first store's. */
export async function importCurrencyOf({ database, identity }: ImportPorts, asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const [store] = await listStores(database, identity.tenantNo);
  return store?.currency ?? 'EUR';
}
