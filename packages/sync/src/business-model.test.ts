import { expect, test } from 'vitest';

import { createMemoryStore } from './memory-store.ts';
import type { ChainedEntry, EntryDraft } from './replica/ledger.ts';
import { createBusinessModel, hashesOf } from './testing/business-model.ts';
import { countDraft, NEXT_SCHEMAS, PORTS, saleDraft, voidDraft } from './testing/fixtures.ts';
import { createModelHub } from './testing/model-hub.ts';

function sold(drafts: readonly EntryDraft[]) {
  const store = createMemoryStore({ schemas: NEXT_SCHEMAS, hash: PORTS.hash });
  store.enrol(createModelHub(1).enrol('device-1', new Uint8Array(32)), '00112233445566aa');
  const model = createBusinessModel();
  const entries = drafts.map((draft): ChainedEntry => {
    const entry = store.append(draft);
    model.wrote(entry, draft);
    return entry;
  });
  return { model, entries };
}

test('what somebody still holds when a disk is lost has to be there at rest, and what nobody holds need not, and may', () => {
  const { model, entries } = sold([saleDraft(1), saleDraft(2), voidDraft(3)]);
  const [first, , last] = hashesOf(entries);
  expect(() => model.checkHeld(entries)).not.toThrow();
  expect(() => model.checkHeld(entries.slice(0, 2))).toThrow(`1 of 3 entries are lost that somebody held: ${last}`);
  model.lost(hashesOf(entries), new Set([first ?? '']));
  expect(() => model.checkHeld(entries.slice(1))).toThrow(`1 of 3 entries are lost that somebody held: ${first}`);
  for (const held of [entries, entries.slice(0, 1)]) expect(() => model.checkHeld(held)).not.toThrow();
});

test('an entry that nobody wrote, or that says something else than was wanted, is none', () => {
  const { model, entries } = sold([saleDraft(1)]);
  const other = sold([saleDraft(2)]);
  expect(() => model.checkHeld([...entries, ...other.entries])).toThrow('nobody wrote it');
  for (const entry of other.entries) other.model.wrote(entry, saleDraft(1));
  expect(() => other.model.checkHeld(other.entries)).toThrow(/says .* instead of/);
});

test('entries come to what was wanted, each once', () => {
  const { model, entries } = sold([saleDraft(1), saleDraft(1), voidDraft(3), countDraft(15)]);
  const [sale, again, ...rest] = hashesOf(entries);
  const one = model.sumOf([sale ?? '']);
  expect([...one].map(([name]) => name)).toEqual(['sold S3', 'sold S8', 'taken']);
  expect(model.sumOf([sale ?? '', sale ?? '', again ?? ''])).toEqual(new Map([...one].map(([name, value]) => [name, value * 2])));
  expect(model.sumOf(rest)).toEqual(
    new Map([
      ['voids', 1],
      ['counted S15', 15],
    ]),
  );
  expect(model.sumOf(rest, ({ kind }) => kind === 3)).toEqual(new Map([['counted S15', 15]]));
});
