import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SYNC_MIGRATIONS } from '@holdfast/sync/sqlite';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkDurability, openConnection, type Connection } from './connection.ts';
import { migrate, TILL_MIGRATIONS } from './migrations.ts';
import * as schema from './schema.ts';

const clock = { nowMs: () => 1_800_000_000_000, monotonicMs: () => 0 };
let folder: string;
let db: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-db-'));
  db = openConnection(folder);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

describe('every connection', () => {
  test.each(['journal_mode = DELETE', 'synchronous = NORMAL', 'foreign_keys = OFF'])('is refused with %s', (pragma) => {
    expect(() => checkDurability(db)).not.toThrow();
    db.pragma(pragma);
    expect(() => checkDurability(db)).toThrow(/./);
  });
});

describe('migrations', () => {
  test('all of them make the newest database, and running them again changes nothing', () => {
    migrate(db, clock);
    const before = db.prepare('SELECT sql FROM sqlite_master ORDER BY name').pluck().all();
    migrate(db, clock);
    expect(db.prepare('SELECT sql FROM sqlite_master ORDER BY name').pluck().all()).toEqual(before);
    expect(db.prepare('SELECT count(*) FROM migration').pluck().get()).toBe(SYNC_MIGRATIONS.length + TILL_MIGRATIONS.length);
  });

  test('each one runs on a populated database of the one before it', () => {
    for (let number = 1; number <= TILL_MIGRATIONS.length; number++) {
      migrate(db, clock, [
        ['sync', SYNC_MIGRATIONS],
        ['till', TILL_MIGRATIONS.slice(0, number)],
      ]);
      POPULATIONS[number - 1]?.(db);
    }
    expect(POPULATIONS).toHaveLength(TILL_MIGRATIONS.length);
    expect(db.prepare('SELECT basket_id, state FROM basket ORDER BY basket_id').all()).toEqual([
      { basket_id: 'b1', state: 'completed' },
      { basket_id: 'b2', state: 'open' },
    ]);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('a migration that fails leaves nothing behind', () => {
    const broken = {
      number: TILL_MIGRATIONS.length + 1,
      name: 'broken',
      sql: 'CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);',
    };
    migrate(db, clock);
    expect(() => migrate(db, clock, [['till', [...TILL_MIGRATIONS, broken]]])).toThrow(/nowhere/);
    expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'half'").pluck().get()).toBe(0);
  });

  test('an older till does not open a newer database', () => {
    migrate(db, clock);
    expect(() => migrate(db, clock, [['till', []]])).toThrow(/newer till/);
  });

  test('there is one open basket at most, and a completed one has its receipt', () => {
    migrate(db, clock);
    const insert = db.prepare(
      'INSERT INTO basket (basket_id, state, opened_at_ms, changed_at_ms, receipt_number, closing) VALUES (?, ?, 1, 1, ?, ?)',
    );
    insert.run('b1', 'open', null, null);
    expect(() => insert.run('b2', 'open', null, null)).toThrow(/UNIQUE/);
    expect(() => insert.run('b3', 'completed', null, '{}')).toThrow(/CHECK/);
    insert.run('b4', 'completed', '1-abcd-000001', '{}');
    expect(() => insert.run('b5', 'completed', '1-abcd-000001', '{}')).toThrow(/UNIQUE/);
  });
});

/** What a till had written under each version of the schema. */
const POPULATIONS: readonly ((db: Connection) => void)[] = [
  (old) =>
    old.exec(`
      INSERT INTO basket VALUES (1, 'b1', 'completed', 1, 2, '{}', 7, '00000000000000aa', 7, '1-abcd-000001', 'abcd000000000000', 1, '{}');
      INSERT INTO basket VALUES (2, 'b2', 'open', 3, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      INSERT INTO basket_event VALUES (1048577, '{}');
      INSERT INTO given_reply VALUES (0, 1, 'r1', '{}');
      INSERT INTO stock VALUES ('85123A', 'piece', -6);
      INSERT INTO stock_folded VALUES ('abcd000000000000', 1);
      INSERT INTO search_item VALUES (1, '85123A', 'white hanging heart', NULL, 1);
      INSERT INTO search_text (rowid, folded) VALUES (1, 'White hanging heart');`),
  (old) =>
    old.exec(`
      INSERT INTO promotion_use VALUES ('4711', 'two-for-one', 2);
      INSERT INTO promotion_budget VALUES ('opening', 250);`),
  (populated) =>
    populated.exec(`INSERT INTO sale_return (receipt_number, fields) VALUES ('1-abcd-000001', '{}');
      INSERT INTO tender_reversal (receipt_number, tender) VALUES ('1-abcd-000001', 1)`),
  (populated) => populated.exec(`INSERT INTO told_return (receipt_number, answer, told_at_ms) VALUES ('2-abcd-000001', '{}', 1)`),
  (populated) => populated.exec(`INSERT INTO post_void (epoch, seq) VALUES ('abcd000000000001', 2)`),
  (populated) =>
    populated.exec(
      `INSERT INTO store_wish (device, epoch, seq, type, key, fields, reason, at_ms) VALUES ('l', 'e', 1, 3, 'k', '{}', '', 1)`,
    ),
  (populated) =>
    populated.exec(`INSERT INTO held_right VALUES ('0123456789abcdef', 'giftCard', 'G1', 'EUR', 500, 1);
      INSERT INTO right_spending VALUES ('abcd000000000001', 1, 'giftCard', 'G1', 'EUR', 500)`),
  (populated) =>
    populated.exec(`INSERT INTO session (id, user, is_locked) VALUES (1, 'kim', 1);
      INSERT INTO sign_on_failure (user, failures, passcode) VALUES ('kim', 2, 'a1.1.00');
      UPDATE lane SET last_contact_ms = 5`),
  (populated) => populated.exec(`INSERT INTO promotion_use_own VALUES ('abcd000000000001', 2, 'opening', '', 1, 20)`),
  (populated) => {
    populated.exec(`UPDATE lane SET lan_port = 7421, neighbours = '["127.0.0.1:7422"]';
      INSERT INTO sibling_sale VALUES ('2-abcd-000001', 'lane-2', 1099511627777, 1);
      INSERT INTO sibling_return VALUES ('1-abcd-000001', 1099511627777);
      INSERT INTO sibling_basket VALUES ('lane-2', 'abcd000000000002', 3, 'b9', 1, '2026-11-20', '{}', NULL);
      INSERT INTO ended_suspension VALUES ('lane-2', 'abcd000000000002', 2);
      INSERT INTO own_suspension VALUES ('abcd000000000001', 1, 'b8', 'handedOver', 'lane-2');
      INSERT INTO taken_over VALUES ('abcd000000000001', 2, 'lane-2');
      INSERT INTO given_return VALUES ('1-abcd-000001', 'lane-2', 1);`);
  },
  (populated) => populated.exec('UPDATE lane SET agreed_time_ms = 7, agreed_offset_ms = -3'),
  (populated) =>
    populated.exec(`INSERT INTO shift (id, shift, business_date, from_epoch, from_seq, perpetual_minor)
      VALUES (1, 2, '2026-11-20', 'abcd000000000000', 1, 5254)`),
  (populated) =>
    populated.exec(
      `UPDATE told_return SET source = 'seller', sold_by_store = '2', is_accepted = 1; UPDATE given_return SET is_accepted = 1`,
    ),
  (populated) => populated.exec(`UPDATE shift SET is_opened = 1, rolled_from = '2026-11-20'`),
  (populated) => populated.exec(`UPDATE audit SET done_at_ms = 5, checkpoint = '{}'`),
  (populated) =>
    populated.exec(
      `INSERT INTO terminal_payment (payment_id, state, basket_id, wish, at_ms) VALUES ('A1B2C3D4E5', 'unknown', 'b1', '{}', 1)`,
    ),
  (old) =>
    old.exec(`
      UPDATE lane SET devices = '[{"kind":"scale","model":"nci","address":"tcp://10.0.0.5:4001"}]';
      INSERT INTO print_job VALUES (1, '{"receiptNumber":"1-abcd-000001","opensDrawer":true,"isReprint":false}', 1);`),
  (populated) => populated.exec(`UPDATE lane SET seen_settings = '{}'`),
  (populated) =>
    populated.exec(
      `UPDATE lane SET is_training = 1, training_epoch = receipts_epoch, training_counter = 3; UPDATE basket SET is_training = 0`,
    ),
  (populated) => populated.exec(`INSERT INTO attendance_mark VALUES ('lane-1', 'abcd000000000000', 1, 'kim', 'clockIn', 7, NULL)`),
  (populated) =>
    populated.exec(`INSERT INTO fiscal_transaction (basket_id, receipt_number, regime, state, transaction_no, type, data)
      VALUES ('b1', '1-abcd-000001', 'DE', 'due', 7, 'Kassenbeleg-V1', 'Beleg^')`),
  (populated) =>
    populated.exec(`INSERT INTO invoice VALUES ('R1-abcd-000001', '1-abcd-000001', NULL, '{"name":"Kim","address":"1 High Street"}', 7);
      UPDATE lane SET invoices_epoch = receipts_epoch, invoices_counter = 1`),
  (populated) => populated.exec(`INSERT INTO uncounted_sale (epoch, seq) VALUES ('abcd000000000001', 3)`),
  (populated) => populated.exec(`INSERT INTO carried_sales VALUES ('abcd000000000001', 'EUR', 2, 1999)`),
  (populated) => populated.exec(`INSERT INTO unprinted_receipt VALUES ('1-abcd-000001')`),
  (populated) =>
    populated.exec(`INSERT INTO own_customer VALUES ('k-1', 'EM', 'de', 1, x'00ff', 7);
      INSERT INTO own_customer_code VALUES ('c1.00000000000000000000000000000000', 'k-1')`),
  (populated) =>
    populated.exec(
      `INSERT INTO drawer (drawer, shift, business_date, from_epoch, from_seq, perpetual_minor) VALUES ('kim', 2, NULL, NULL, 0, 500)`,
    ),
  (old) => old.exec(`UPDATE search_item SET picture = '${'ab'.repeat(32)}'`),
  (populated) => populated.exec('UPDATE sale_return SET at_ms = 7'),
  (populated) => populated.exec(`INSERT INTO sibling_invoice VALUES ('1-abcd-000001', 7)`),
  (populated) => populated.exec(`UPDATE lane SET practised_from_epoch = 'abcd000000000001', practised_from_seq = 3`),
  (populated) => populated.exec(`INSERT INTO tender_signature VALUES ('b1', 1, '1-abcd-000001', 1, 'declined', NULL, 7)`),
  (populated) => populated.exec(`UPDATE sibling_basket SET is_given = 1`),
  (populated) => populated.exec(`INSERT INTO day_sales VALUES ('abcd000000000001', '2026-11-20', 'EUR', 3, 9, 2, 1999)`),
  (populated) => populated.exec(`UPDATE search_item SET style = 'Milk'`),
  (populated) => populated.exec(`UPDATE held_right SET device = 'lane-1' WHERE device = ''`),
  (populated) => populated.exec(`UPDATE lane SET lost_basket = 1`),
];

describe('the drizzle schema', () => {
  const tables = Object.values(schema) as readonly SQLiteTable[];

  test('names the very tables of the migrations', () => {
    migrate(db, clock);
    const made = db
      .prepare<[], string>(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'sync_%' ORDER BY name",
      )
      .pluck()
      .all();
    expect(tables.map((table) => getTableConfig(table).name).sort()).toEqual(made);
  });

  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    '%s has the same columns, keys and strictness',
    (name, table) => {
      migrate(db, clock);
      const config = getTableConfig(table);
      const keyColumns = config.primaryKeys[0]?.columns.map((column) => column.name) ?? [];
      const said = config.columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        // SQLite says `notnull` for the key columns of a WITHOUT ROWID table, and not for a rowid alias.
        notnull: column.notNull && !(column.primary && column.getSQLType() === 'integer') ? 1 : 0,
        key: column.primary ? 1 : keyColumns.indexOf(column.name) + 1,
      }));
      const made = db.prepare('SELECT name, type, "notnull", pk AS key FROM pragma_table_info(?)').all(name);
      expect(said).toEqual(made);
      expect(db.prepare('SELECT strict FROM pragma_table_list WHERE name = ?').pluck().get(name)).toBe(1);
    },
  );
});
