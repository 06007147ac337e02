/** What a place says of tax classes, tenders and roles as the hub tells it, checked on arrival; written under a scope after a look at what every store would read. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { ask } from '../ask.ts';
import { type Answer, answerSchema, type Preview, previewIn, publishedIn } from '../hub-client.ts';

export type Rule = Answer<'getTenders'>['rules'][number];

/** The paths of the hub, and the keys of what was asked. */
export type RulePath = keyof typeof READS;
const READS = { 'tax-classes': 'getTaxClasses', tenders: 'getTenders', roles: 'getRoles' } as const;
const WRITES = { 'tax-classes': 'putTaxClasses', tenders: 'putTenders', roles: 'putRoles' } as const;
type Write<Path extends RulePath> = (typeof WRITES)[Path];

/** Somebody is writing in what was read: it is not exchanged under their hands. */
export const useOfPlace = <Path extends RulePath>(path: Path, scope: string) =>
  useQuery({
    queryKey: [path, scope],
    queryFn: ({ signal }) => ask(answerSchema(READS[path]), `/api/v1/${path}?${String(new URLSearchParams({ scope }))}`, {}, signal),
    refetchOnWindowFocus: false,
  });

export interface RuleWish {
  readonly scope: string;
  readonly reason: string;
  readonly basedOn?: number;
}

const put = async <Path extends RulePath>(path: Path, wish: RuleWish, preview: boolean): Promise<Answer<Write<Path>>> =>
  ask(answerSchema(WRITES[path]), `/api/v1/${path}${preview ? '?preview=true' : ''}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });

export const useRulePreview = <Path extends RulePath, W extends RuleWish>(path: Path) =>
  useMutation({
    mutationFn: async (wish: W): Promise<Preview<Write<Path>>> => previewIn(await put(path, wish, true)),
    networkMode: 'always',
  });

/** `onDone` comes before what is read anew: that may take away who asked. */
export function useSaveRules<W extends RuleWish>(path: RulePath, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: W) => publishedIn(await put(path, wish, false)),
    networkMode: 'always',
    onSuccess: async () => {
      onDone();
      for (const key of [path, 'changes', 'publications']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
}
