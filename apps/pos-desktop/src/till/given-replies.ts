/**
 * The last replies to requests that may change something, written in the transaction that changed it: a request that comes
 * again gets the same reply, and changes nothing, also after a restart. A ring of rows: the table never grows.
 */
import type { TillMessage } from '../shared/till-contract.ts';
import type { Connection } from './database/connection.ts';

/** A window asks again within seconds; this is hours of a busy lane. */
const CAPACITY = 4_096;

export interface GivenReplies {
  find(requestId: string): TillMessage | undefined;
  /** Inside the transaction of what the reply reports. */
  remember(requestId: string, reply: TillMessage): void;
}

export function createGivenReplies(db: Connection, capacity = CAPACITY): GivenReplies {
  const all = db.prepare<[], { slot: number; number: number; request_id: string }>(
    'SELECT slot, number, request_id FROM given_reply ORDER BY number',
  );
  const read = db.prepare<[number], { request_id: string; reply: string }>('SELECT request_id, reply FROM given_reply WHERE slot = ?');
  const write = db.prepare('INSERT OR REPLACE INTO given_reply (slot, number, request_id, reply) VALUES (?, ?, ?, ?)');
  // An index in memory, so that a scan does not pay for one on disk. After a rollback it may name a slot that holds
  // another reply: the row itself decides. Rolled-back numbers are simply never used: only their order matters.
  const slots = new Map<string, number>();
  const idBySlot: (string | undefined)[] = [];
  let number = 0;
  const index = (slot: number, requestId: string): void => {
    const replaced = idBySlot[slot];
    if (replaced !== undefined) slots.delete(replaced);
    idBySlot[slot] = requestId;
    slots.set(requestId, slot);
  };
  for (const row of all.all()) {
    number = row.number;
    index(row.slot, row.request_id);
  }
  return {
    find(requestId) {
      const slot = slots.get(requestId);
      const row = slot === undefined ? undefined : read.get(slot);
      return row?.request_id === requestId ? (JSON.parse(row.reply) as TillMessage) : undefined;
    },
    remember(requestId, reply) {
      number += 1;
      const slot = number % capacity;
      write.run(slot, number, requestId, JSON.stringify(reply));
      index(slot, requestId);
    },
  };
}
