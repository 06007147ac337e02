/**
 * The database's migrations: SQL by hand, numbered, each applied once, in one transaction. Those of `@holdfast/sync` come
 * first in each round: the till's tables may refer to sync's, never the other way round. An issued migration never changes.
 */
import { assert, type Clock } from '@holdfast/base';
import { SYNC_MIGRATIONS } from '@holdfast/sync/sqlite';

import type { Connection } from './connection.ts';
import { sql as firstSale } from './migrations/0001-first-sale.ts';
import { sql as promotionUse } from './migrations/0002-promotion-use.ts';
import { sql as returns } from './migrations/0003-returns.ts';
import { sql as soldElsewhere } from './migrations/0004-sold-elsewhere.ts';
import { sql as postVoids } from './migrations/0005-post-voids.ts';
import { sql as storeWishes } from './migrations/0006-store-wishes.ts';
import { sql as rights } from './migrations/0007-rights.ts';
import { sql as people } from './migrations/0008-people.ts';
import { sql as ownUses } from './migrations/0009-own-uses.ts';
import { sql as siblings } from './migrations/0010-siblings.ts';
import { sql as agreedOffset } from './migrations/0011-agreed-offset.ts';
import { sql as shift } from './migrations/0012-shift.ts';
import { sql as returnRights } from './migrations/0013-return-rights.ts';
import { sql as dayRoll } from './migrations/0014-day-roll.ts';
import { sql as audit } from './migrations/0015-audit.ts';
import { sql as terminalPayments } from './migrations/0016-terminal-payments.ts';
import { sql as devices } from './migrations/0017-devices.ts';
import { sql as seenSettings } from './migrations/0018-seen-settings.ts';
import { sql as training } from './migrations/0019-training.ts';
import { sql as attendance } from './migrations/0020-attendance.ts';
import { sql as fiscal } from './migrations/0021-fiscal.ts';
import { sql as invoices } from './migrations/0022-invoices.ts';
import { sql as uncountedSales } from './migrations/0023-uncounted-sales.ts';
import { sql as carriedSales } from './migrations/0024-carried-sales.ts';
import { sql as unprintedReceipts } from './migrations/0025-unprinted-receipts.ts';
import { sql as customers } from './migrations/0026-customers.ts';
import { sql as drawers } from './migrations/0027-drawers.ts';
import { sql as pictures } from './migrations/0028-pictures.ts';
import { sql as undoneAt } from './migrations/0029-undone-at.ts';
import { sql as siblingInvoices } from './migrations/0030-sibling-invoices.ts';
import { sql as practisedCash } from './migrations/0031-practised-cash.ts';
import { sql as tenderSignatures } from './migrations/0032-tender-signatures.ts';
import { sql as givenBaskets } from './migrations/0033-given-baskets.ts';
import { sql as daySales } from './migrations/0034-day-sales.ts';
import { sql as styles } from './migrations/0035-styles.ts';
import { sql as rightsOfADevice } from './migrations/0036-rights-of-a-device.ts';
import { sql as lostBasket } from './migrations/0037-lost-basket.ts';

export interface Migration {
  /** From 1, without gaps, within its source. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export type MigrationSource = 'sync' | 'till';

export const TILL_MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'first-sale', sql: firstSale },
  { number: 2, name: 'promotion-use', sql: promotionUse },
  { number: 3, name: 'returns', sql: returns },
  { number: 4, name: 'sold-elsewhere', sql: soldElsewhere },
  { number: 5, name: 'post-voids', sql: postVoids },
  { number: 6, name: 'store-wishes', sql: storeWishes },
  { number: 7, name: 'rights', sql: rights },
  { number: 8, name: 'people', sql: people },
  { number: 9, name: 'own-uses', sql: ownUses },
  { number: 10, name: 'siblings', sql: siblings },
  { number: 11, name: 'agreed-offset', sql: agreedOffset },
  { number: 12, name: 'shift', sql: shift },
  { number: 13, name: 'return-rights', sql: returnRights },
  { number: 14, name: 'day-roll', sql: dayRoll },
  { number: 15, name: 'audit', sql: audit },
  { number: 16, name: 'terminal-payments', sql: terminalPayments },
  { number: 17, name: 'devices', sql: devices },
  { number: 18, name: 'seen-settings', sql: seenSettings },
  { number: 19, name: 'training', sql: training },
  { number: 20, name: 'attendance', sql: attendance },
  { number: 21, name: 'fiscal', sql: fiscal },
  { number: 22, name: 'invoices', sql: invoices },
  { number: 23, name: 'uncounted-sales', sql: uncountedSales },
  { number: 24, name: 'carried-sales', sql: carriedSales },
  { number: 25, name: 'unprinted-receipts', sql: unprintedReceipts },
  { number: 26, name: 'customers', sql: customers },
  { number: 27, name: 'drawers', sql: drawers },
  { number: 28, name: 'pictures', sql: pictures },
  { number: 29, name: 'undone-at', sql: undoneAt },
  { number: 30, name: 'sibling-invoices', sql: siblingInvoices },
  { number: 31, name: 'practised-cash', sql: practisedCash },
  { number: 32, name: 'tender-signatures', sql: tenderSignatures },
  { number: 33, name: 'given-baskets', sql: givenBaskets },
  { number: 34, name: 'day-sales', sql: daySales },
  { number: 35, name: 'styles', sql: styles },
  { number: 36, name: 'rights-of-a-device', sql: rightsOfADevice },
  { number: 37, name: 'lost-basket', sql: lostBasket },
];

const SOURCES: readonly (readonly [MigrationSource, readonly Migration[]])[] = [
  ['sync', SYNC_MIGRATIONS],
  ['till', TILL_MIGRATIONS],
];

/** Asserts that this build knows every migration that the database has seen: an older build never opens a newer database. */
export function migrate(db: Connection, clock: Clock, sources = SOURCES): void {
  db.exec(`CREATE TABLE IF NOT EXISTS migration (
    source TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, applied_at_ms INTEGER NOT NULL, PRIMARY KEY (source, number)
  ) STRICT, WITHOUT ROWID`);
  const lastApplied = db.prepare<[string], number>('SELECT coalesce(max(number), 0) FROM migration WHERE source = ?').pluck();
  const note = db.prepare('INSERT INTO migration (source, number, name, applied_at_ms) VALUES (?, ?, ?, ?)');
  for (const [source, migrations] of sources) {
    const applied = lastApplied.get(source) ?? 0;
    assert(applied <= migrations.length, `the database was written by a newer till (${source} migration ${applied})`);
    for (const [index, migration] of migrations.entries()) {
      assert(migration.number === index + 1, `${source} migrations are numbered without gaps`);
      if (migration.number <= applied) continue;
      db.transaction(() => {
        db.exec(migration.sql);
        note.run(source, migration.number, migration.name, clock.nowMs());
      }).immediate();
    }
  }
}
