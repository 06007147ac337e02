/**
 * What this store wants otherwise than headquarters publishes, until it is answered: a layer of its own over the cells (SPEC: O-7). It shows exactly what
 * the catalogue would show if the wish were granted, and ends at the cut that brings the answer, whichever it is; a basket that stands at an older cut
 * keeps it. What was answered stays listed for a while, for whoever asked. Of several the one holds that the ledger has last, whatever clocks said; what the device wished for as
 * another one, at another store (SPEC: I-7), is no wish of this one.
 */
import { answerKey, ENTITY_TYPES, type AnswerStatus, type StoreOverride } from '@holdfast/domain';
import { eraOf, type EntryId, type ReplicaStore, type Scalar, type ScopedEntity } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';

/** What a view reads through. */
export interface Layer {
  /** Another one wherever what it says may have changed. */
  version(): number;
  /** What cells of a type say at a cut, by key; `entities` is what the cut shows of keys that begin with `prefix`. */
  over(type: number, prefix: string, at: number, entities: readonly ScopedEntity[]): readonly ScopedEntity[];
}

export interface StoreWish {
  readonly place: EntryId;
  readonly key: string;
  readonly values: ReadonlyMap<number, Scalar>;
  readonly reason: string;
  readonly atMs: number;
  readonly status: 'waiting' | AnswerStatus;
  readonly rule?: string;
}

export interface StoreLayer extends Layer {
  /** In the transaction that appends its entry. */
  note(place: EntryId, override: StoreOverride, atMs: number): void;
  /** Level with the disk again, after a transaction was rolled back. */
  reload(): void;
  /** Newest first. */
  wishes(type: number, at: number, limit: number): readonly StoreWish[];
  /**
   * In a transaction of its own: what was answered at every cut from `oldestAt` on that somebody may read at goes from the layer, and after a while from the list. Whose answer
   * the newest cut has no more, for the hub was set back, waits again.
   */
  settle(cuts: { readonly oldestAt: number; readonly newestAt: number }, nowMs: number): void;
  /** Whether there is anything to settle. */
  isEmpty(): boolean;
}

const LISTED_MS = 14 * 86_400_000;

interface Wish {
  readonly place: EntryId;
  readonly type: number;
  readonly key: string;
  readonly values: ReadonlyMap<number, Scalar>;
  readonly reason: string;
  readonly atMs: number;
  /** Answered below every cut that anybody reads at. */
  readonly isOver: boolean;
}

interface WishRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly type: number;
  readonly key: string;
  readonly fields: string;
  readonly reason: string;
  readonly at_ms: number;
  readonly is_over: number;
}

const EXISTING = `SELECT device, epoch, seq, type, key, fields, reason, at_ms, is_over FROM store_wish ORDER BY seq`;

const toWish = ({ device, epoch, seq, type, key, fields, reason, at_ms: atMs, is_over: isOver }: WishRow): Wish => ({
  place: { device, epoch, seq },
  type,
  key,
  values: new Map(Object.entries(JSON.parse(fields) as Readonly<Record<string, Scalar>>).map(([column, value]) => [Number(column), value])),
  reason,
  atMs,
  isOver: isOver === 1,
});

export function createStoreLayer(db: Connection, store: ReplicaStore): StoreLayer {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO store_wish (device, epoch, seq, type, key, fields, reason, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const mark = db.prepare('UPDATE store_wish SET is_over = ? WHERE device = ? AND epoch = ? AND seq = ?');
  const drop = db.prepare('DELETE FROM store_wish WHERE is_over = 1 AND at_ms < ?');
  /** Of the store itself, where what is granted is published. */
  const scope = (): string => `store:${store.identity()?.store ?? ''}`;
  /** In the order of the ledger. */
  const load = (): readonly Wish[] => {
    const rows = db.prepare<[], WishRow>(EXISTING).all();
    if (rows.length === 0) return [];
    const epochs = store.epochs().map(({ epoch }) => epoch);
    return rows.map(toWish).sort((left, right) => epochs.indexOf(left.place.epoch) - epochs.indexOf(right.place.epoch));
  };
  let wishes = load();
  let version = 0;
  const loadAgain = (): void => {
    wishes = load();
    version += 1;
  };
  /** A cut never changes: what was answered at it stays answered. */
  const answeredAt = new Map<string, Set<number>>();
  /** An answer is lost with a history of the hub, and in no other way: what is over is looked up once in each. */
  let settledEra: number | undefined;

  const answerOf = ({ device, epoch, seq }: EntryId, at: number): ScopedEntity | undefined =>
    store.readEntity(ENTITY_TYPES.requestAnswer.type, answerKey(device, epoch, seq), at)[0];

  function isAnswered({ place, isOver }: Wish, at: number): boolean {
    if (isOver) return true;
    const name = answerKey(place.device, place.epoch, place.seq);
    const cuts = answeredAt.get(name) ?? new Set();
    if (cuts.has(at)) return true;
    if (answerOf(place, at) === undefined) return false;
    answeredAt.set(name, cuts.add(at));
    return true;
  }

  const own = (): readonly Wish[] => {
    if (wishes.length === 0) return wishes;
    const device = store.identity()?.device;
    return wishes.filter(({ place }) => place.device === device);
  };

  return {
    version: () => version,
    over(type, prefix, at, entities) {
      const waiting = own().filter((wish) => wish.type === type && wish.key.startsWith(prefix) && !isAnswered(wish, at));
      if (waiting.length === 0) return entities;
      const over = new Map(entities.map((entity) => [`${entity.scope}\u001F${entity.key}`, entity]));
      for (const { key, values } of waiting) {
        const name = `${scope()}\u001F${key}`;
        over.set(name, { type, key, scope: scope(), fields: new Map([...(over.get(name)?.fields ?? []), ...values]) });
      }
      return [...over.values()];
    },
    note(place, { entityType, key, values, reason }, atMs) {
      const { device, epoch, seq } = place;
      insert.run(device, epoch, seq, entityType, key, JSON.stringify(Object.fromEntries(values)), reason, atMs);
      loadAgain();
    },
    reload() {
      settledEra = undefined;
      loadAgain();
    },
    wishes: (type, at, limit) =>
      own()
        .filter((wish) => wish.type === type)
        .toReversed()
        .slice(0, limit)
        .map(({ place, key, values, reason, atMs }): StoreWish => {
          const answer = answerOf(place, at)?.fields;
          const [status, rule] = [answer?.get(1), answer?.get(2)];
          const isKnown = status === 'accepted' || status === 'refused' || status === 'conflict';
          return { place, key, values, reason, atMs, status: isKnown ? status : 'waiting', ...(typeof rule === 'string' && { rule }) };
        }),
    settle({ oldestAt, newestAt }, nowMs) {
      const here = new Set(own());
      const maybeLost = eraOf(newestAt) !== settledEra;
      for (const wish of wishes) {
        const { device, epoch, seq } = wish.place;
        // Also one that a basket in hand stands at: the hub may have lost it since.
        const isAnsweredNow = (): boolean => answerOf(wish.place, newestAt) !== undefined;
        const isOver = !here.has(wish) || (wish.isOver ? !maybeLost || isAnsweredNow() : isAnswered(wish, oldestAt) && isAnsweredNow());
        if (isOver !== wish.isOver) mark.run(isOver ? 1 : 0, device, epoch, seq);
      }
      drop.run(nowMs - LISTED_MS);
      loadAgain();
      answeredAt.clear();
      settledEra = eraOf(newestAt);
    },
    isEmpty: () => wishes.length === 0,
  };
}
