/**
 * Baskets between lanes (docs: DESIGN of suspended baskets): those that siblings have set aside, which this one may go on with, and its own, which a sibling may. Whoever sets a basket aside owns it
 * until it hands it over. Where the owner cannot be asked, another lane may take it over all the same; if both go on, both stand, and it is said.
 * Every function here runs inside the caller's transaction.
 */
import { replayBasket, type Basket, type BasketEvent, type BasketOpening } from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';
import { z } from 'zod';

import type { Connection } from '../database/connection.ts';

/** A basket as a ledger carries it. */
export interface BasketContent {
  readonly opening: BasketOpening;
  readonly events: readonly BasketEvent[];
}

export interface SiblingBasket extends EntryId, BasketContent {
  readonly basketId: string;
  readonly atMs: number;
  readonly basket: Basket;
  readonly cutAt: number | null;
  /** Its owner gave it to this lane: nobody has to be asked any more. */
  readonly isGiven: boolean;
}

/** A sibling goes on with a basket of this lane's. */
export interface TakenOver {
  readonly epoch: string;
  readonly seq: number;
  readonly basketId: string;
  readonly device: string;
  /** This lane has gone on with it itself. */
  readonly isTwice: boolean;
}

export interface SiblingBaskets {
  list(businessDate: string): readonly SiblingBasket[];
  find(basketId: string): SiblingBasket | undefined;
  /** It ended: this lane has it now, or nobody has. */
  end(basket: EntryId): void;
  noteSuspended(entry: EntryId, basketId: string): void;
  /** This lane went on with it, or gave it up: nobody else has it from here. */
  noteResumed(basketId: string): void;
  /** Whether `device` has it from now on: it is set aside still, or was given to that very device before. */
  handOver(entry: Pick<EntryId, 'epoch' | 'seq'>, device: string): 'now' | 'before' | 'no';
  /** What siblings took over that was not looked at yet; asking settles it. */
  settleTakenOver(): readonly TakenOver[];
}

interface BasketRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly basket_id: string;
  readonly at_ms: number;
  readonly content: string;
  readonly cut_at: number | null;
  readonly is_given: 0 | 1;
}

const MAX_LISTED = 200;

/** What a lane asks the one that set a basket aside. */
export const HANDOVER_QUESTION = 'handover';
export const suspensionSchema = z.object({
  basketId: z.string().min(1).max(64),
  epoch: z.string().regex(/^[0-9a-f]{16}$/),
  seq: z.int().min(1),
});
export const handoverAnswerSchema = z.object({ isGiven: z.boolean() });

export const contentOf = (content: BasketContent): string => JSON.stringify(content);

/** A basket that was set aside. Undefined where another build wrote something that this one cannot replay: then that basket stays where it is. */
export function readSuspended(content: string, basketId: string): (BasketContent & { readonly basket: Basket }) | undefined {
  try {
    const { opening, events } = JSON.parse(content) as BasketContent;
    const basket = replayBasket(opening, events);
    return basket.state === 'suspended' && opening.basketId === basketId ? { opening, events, basket } : undefined;
  } catch {
    return undefined;
  }
}

function read(row: BasketRow): SiblingBasket | undefined {
  const { device, epoch, seq, basket_id: basketId, at_ms: atMs, cut_at: cutAt, is_given: given } = row;
  const suspended = readSuspended(row.content, basketId);
  return suspended && { device, epoch, seq, basketId, atMs, cutAt, ...suspended, isGiven: given === 1 };
}

export function createSiblingBaskets(db: Connection): SiblingBaskets {
  const listed = db.prepare<[string, number], BasketRow>(
    'SELECT * FROM sibling_basket WHERE business_date = ? ORDER BY at_ms DESC LIMIT ?',
  );
  const named = db.prepare<[string], BasketRow>('SELECT * FROM sibling_basket WHERE basket_id = ? ORDER BY at_ms DESC');
  const remove = db.prepare('DELETE FROM sibling_basket WHERE device = ? AND epoch = ? AND seq = ?');
  const noteEnd = db.prepare('INSERT OR IGNORE INTO ended_suspension (device, epoch, seq) VALUES (?, ?, ?)');
  const insertOwn = db.prepare("INSERT INTO own_suspension (epoch, seq, basket_id, state) VALUES (?, ?, ?, 'suspended')");
  const resumeOwn = db.prepare("UPDATE own_suspension SET state = 'resumed' WHERE basket_id = ? AND state = 'suspended'");
  const findOwn = db.prepare<[string, number], { basket_id: string; state: string; device: string | null }>(
    'SELECT basket_id, state, device FROM own_suspension WHERE epoch = ? AND seq = ?',
  );
  const setOwn = db.prepare('UPDATE own_suspension SET state = ?, device = ? WHERE epoch = ? AND seq = ?');
  const allTaken = db.prepare<[], { epoch: string; seq: number; device: string }>('SELECT epoch, seq, device FROM taken_over');
  const clearTaken = db.prepare('DELETE FROM taken_over WHERE epoch = ? AND seq = ? AND device = ?');
  return {
    list: (businessDate) => listed.all(businessDate, MAX_LISTED).flatMap((row) => read(row) ?? []),
    find: (basketId) =>
      named
        .all(basketId)
        .map(read)
        .find((basket) => basket !== undefined),
    end: ({ device, epoch, seq }) => {
      remove.run(device, epoch, seq);
      noteEnd.run(device, epoch, seq);
    },
    noteSuspended: ({ epoch, seq }, basketId) => void insertOwn.run(epoch, seq, basketId),
    noteResumed: (basketId) => void resumeOwn.run(basketId),
    handOver: ({ epoch, seq }, device) => {
      const own = findOwn.get(epoch, seq);
      if (own?.state === 'handedOver' && own.device === device) return 'before';
      if (own?.state !== 'suspended') return 'no';
      setOwn.run('handedOver', device, epoch, seq);
      return 'now';
    },
    settleTakenOver: () =>
      allTaken.all().flatMap(({ epoch, seq, device }): readonly TakenOver[] => {
        clearTaken.run(epoch, seq, device);
        const own = findOwn.get(epoch, seq);
        // What was handed over is where it should be; what was settled is.
        if (own === undefined || (own.state !== 'suspended' && own.state !== 'resumed')) return [];
        const isTwice = own.state === 'resumed';
        setOwn.run(isTwice ? 'twice' : 'takenOver', device, epoch, seq);
        return [{ epoch, seq, basketId: own.basket_id, device, isTwice }];
      }),
  };
}
