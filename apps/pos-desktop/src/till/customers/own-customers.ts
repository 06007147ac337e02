/** Customers whom this lane took up, as it may know them: until cells say the same, and with what is to be sent until the hub has it. */
import type { Connection } from '../database/connection.ts';

export interface OwnCustomer {
  readonly customer: string;
  readonly initials: string;
  readonly language: string | null;
}

export interface WaitingCustomer {
  readonly customer: string;
  readonly keyNumber: number;
  readonly sealed: Uint8Array;
}

export interface OwnCustomers {
  ofCode(hash: string): string | undefined;
  find(customer: string): OwnCustomer | undefined;
  add(customer: OwnCustomer & WaitingCustomer & { readonly codes: readonly string[]; readonly atMs: number }): void;
  /** The oldest first. */
  waiting(): readonly WaitingCustomer[];
  /** The hub has them, under this id from now on; undefined: it will never take what was sent. */
  sent(customer: string, as: string | undefined): void;
  forget(customer: string): void;
  /** Those that the hub has; `isOld`: so long ago that cells would know them, were they not forgotten. */
  told(beforeMs: number): readonly { readonly customer: string; readonly isOld: boolean }[];
}

const SENT_AT_ONCE = 20;

export function createOwnCustomers(db: Connection): OwnCustomers {
  const ofCode = db.prepare<[string], string>('SELECT customer FROM own_customer_code WHERE code = ?').pluck();
  const find = db.prepare<[string], OwnCustomer>('SELECT customer, initials, language FROM own_customer WHERE customer = ?');
  const add = db.prepare<[string, string, string | null, number, Uint8Array, number]>(
    'INSERT INTO own_customer (customer, initials, language, key_number, sealed, at_ms) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const addCode = db.prepare<[string, string]>('INSERT OR REPLACE INTO own_customer_code (code, customer) VALUES (?, ?)');
  const waiting = db.prepare<[], WaitingCustomer>(
    `SELECT customer, key_number AS keyNumber, sealed FROM own_customer WHERE sealed IS NOT NULL ORDER BY at_ms, customer LIMIT ${SENT_AT_ONCE}`,
  );
  const sent = db.prepare<[string]>('UPDATE own_customer SET sealed = NULL WHERE customer = ?');
  const renameCodes = db.prepare<[string, string]>('UPDATE own_customer_code SET customer = ? WHERE customer = ?');
  const told = db.prepare<[number], { customer: string; isOld: number }>(
    'SELECT customer, at_ms < ? AS isOld FROM own_customer WHERE sealed IS NULL',
  );
  const drop = db.prepare<[string]>('DELETE FROM own_customer WHERE customer = ?');
  const dropCodes = db.prepare<[string]>('DELETE FROM own_customer_code WHERE customer = ?');
  return {
    ofCode: (hash) => ofCode.get(hash),
    find: (customer) => find.get(customer),
    add({ customer, initials, language, keyNumber, sealed, codes, atMs }) {
      add.run(customer, initials, language, keyNumber, sealed, atMs);
      for (const code of codes) addCode.run(code, customer);
    },
    waiting: () => waiting.all(),
    sent(customer, as) {
      sent.run(customer);
      if (as !== undefined && as !== customer) renameCodes.run(as, customer);
    },
    forget(customer) {
      drop.run(customer);
      dropCodes.run(customer);
    },
    told: (beforeMs) => told.all(beforeMs).map(({ customer, isOld }) => ({ customer, isOld: isOld !== 0 })),
  };
}
