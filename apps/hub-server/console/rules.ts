/** What a place says of tax classes, tenders and roles as the hub tells it, checked on arrival; written under a scope after a look at what every store would read. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';
import { groupsSchema } from './products.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const fields = z.record(z.string(), value);
const ruleSchema = z.object({
  key: z.string(),
  fields,
  from: z.string(),
  layers: z.array(z.object({ scope: z.string(), fields })),
  elsewhere: z.array(z.string()),
});
export type Rule = z.infer<typeof ruleSchema>;
const rulesSchema = z.object({ scope: z.string(), lsn: z.int(), rules: z.array(ruleSchema) });

/** The paths of the hub, and the keys of what was asked. */
export type RulePath = 'tax-classes' | 'tenders' | 'roles';

/** Somebody is writing in what was read: it is not exchanged under their hands. */
export const useOfPlace = <T>(path: RulePath, scope: string, schema: z.ZodType<T>) =>
  useQuery({
    queryKey: [path, scope],
    queryFn: ({ signal }) => ask(schema, `/api/v1/${path}?${String(new URLSearchParams({ scope }))}`, {}, signal),
    refetchOnWindowFocus: false,
  });

export const useRules = (path: RulePath, scope: string) => useOfPlace(path, scope, rulesSchema);

export interface RuleWish {
  readonly scope: string;
  readonly reason: string;
  readonly basedOn?: number;
}

const put = async <T>(schema: z.ZodType<T>, path: RulePath, wish: RuleWish, preview: boolean): Promise<T> =>
  ask(schema, `/api/v1/${path}${preview ? '?preview=true' : ''}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });

export const usePreviewAs = <T, W extends RuleWish>(path: RulePath, schema: z.ZodType<T>) =>
  useMutation({ mutationFn: async (wish: W) => put(schema, path, wish, true), networkMode: 'always' });

export const useRulePreview = <W extends RuleWish>(path: RulePath) => usePreviewAs<z.infer<typeof groupsSchema>, W>(path, groupsSchema);

/** `onDone` comes before what is read anew: that may take away who asked. */
export function useSaveRules<W extends RuleWish>(path: RulePath, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: W) => put(z.object({ lsn: z.int().nullable() }), path, wish, false),
    networkMode: 'always',
    onSuccess: async () => {
      onDone();
      for (const key of [path, 'changes', 'publications']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
}
