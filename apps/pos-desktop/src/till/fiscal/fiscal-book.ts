/** What a fiscal signer is to be told, and what it answered, on disk. Every function runs inside the caller's transaction. */
import { assert } from '@holdfast/base';
import type { FiscalData, FiscalRegime, FiscalSignature } from '@holdfast/domain';

import type { Connection } from '../database/connection.ts';

export type FiscalState = 'open' | 'due' | 'unsigned' | 'signed' | 'refused' | 'givenUp';

export interface FiscalRow extends FiscalData {
  readonly no: number;
  readonly basketId: string;
  readonly receiptNumber?: string;
  readonly regime: FiscalRegime;
  readonly state: FiscalState;
  /** As the signer counts; absent until it answered. */
  readonly transaction?: number;
  readonly signature?: FiscalSignature;
}

export interface FiscalBook {
  /** The oldest that the signer is to finish. */
  pending(): FiscalRow | undefined;
  row(no: number): FiscalRow | undefined;
  open(basketId: string): FiscalRow | undefined;
  ofReceipt(receiptNumber: string): FiscalRow | undefined;
  /** Sales whose receipts are to be signed yet, or went out without. */
  receiptsIn(state: 'due' | 'unsigned'): readonly string[];
  begin(basketId: string, regime: FiscalRegime): FiscalRow;
  /** The basket became a sale, or never began here. */
  due(sale: FiscalData & { readonly basketId: string; readonly receiptNumber: string; readonly regime: FiscalRegime }): void;
  /** The basket ended, and not as a sale. */
  giveUp(basketId: string, data: FiscalData): void;
  /** Undefined: the signer has forgotten it, and it is started anew. */
  setTransaction(no: number, transaction: number | undefined): void;
  setUnsigned(no: number): void;
  /** Of what was given up: the signer has finished it. */
  end(no: number): void;
  sign(no: number, signature: FiscalSignature): void;
  /** The signer will not have it. */
  refuse(no: number): void;
}

interface DiskRow {
  readonly no: number;
  readonly basket_id: string;
  readonly receipt_number: string | null;
  readonly regime: FiscalRegime;
  readonly state: FiscalState;
  readonly transaction_no: number | null;
  readonly type: string;
  readonly data: string;
  readonly signature: string | null;
}

const toRow = (row: DiskRow | undefined): FiscalRow | undefined =>
  row === undefined
    ? undefined
    : {
        no: row.no,
        basketId: row.basket_id,
        regime: row.regime,
        state: row.state,
        type: row.type,
        data: row.data,
        ...(row.receipt_number !== null && { receiptNumber: row.receipt_number }),
        ...(row.transaction_no !== null && { transaction: row.transaction_no }),
        ...(row.signature !== null && { signature: JSON.parse(row.signature) as FiscalSignature }),
      };

export function createFiscalBook(db: Connection): FiscalBook {
  const COLUMNS = 'no, basket_id, receipt_number, regime, state, transaction_no, type, data, signature FROM fiscal_transaction';
  const pending = db.prepare<[], DiskRow>(`SELECT ${COLUMNS} WHERE state IN ('due', 'unsigned', 'givenUp') ORDER BY no LIMIT 1`);
  const byNo = db.prepare<[number], DiskRow>(`SELECT ${COLUMNS} WHERE no = ?`);
  const open = db.prepare<[string], DiskRow>(`SELECT ${COLUMNS} WHERE state = 'open' AND basket_id = ?`);
  const ofReceipt = db.prepare<[string], DiskRow>(`SELECT ${COLUMNS} WHERE receipt_number = ?`);
  const receipts = db
    .prepare<[string], string>(
      `SELECT receipt_number FROM fiscal_transaction WHERE state IN ('due', 'unsigned', 'givenUp') AND state = ? ORDER BY no`,
    )
    .pluck();
  const insert = db.prepare<[string, string | null, string, string, string, string]>(
    'INSERT INTO fiscal_transaction (basket_id, receipt_number, regime, state, type, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const become = db.prepare<[string | null, string, string, string, number]>(
    'UPDATE fiscal_transaction SET receipt_number = ?, state = ?, type = ?, data = ? WHERE no = ?',
  );
  const setTransaction = db.prepare<[number | null, number]>('UPDATE fiscal_transaction SET transaction_no = ? WHERE no = ?');
  const setUnsigned = db.prepare<[number]>(`UPDATE fiscal_transaction SET state = 'unsigned' WHERE no = ?`);
  const sign = db.prepare<[string, number]>(`UPDATE fiscal_transaction SET state = 'signed', signature = ? WHERE no = ?`);
  const refuse = db.prepare<[number]>(`UPDATE fiscal_transaction SET state = 'refused' WHERE no = ?`);
  const remove = db.prepare<[number]>('DELETE FROM fiscal_transaction WHERE no = ?');
  return {
    pending: () => toRow(pending.get()),
    row: (no) => toRow(byNo.get(no)),
    open: (basketId) => toRow(open.get(basketId)),
    ofReceipt: (receiptNumber) => toRow(ofReceipt.get(receiptNumber)),
    receiptsIn: (state) => receipts.all(state),
    begin(basketId, regime) {
      insert.run(basketId, null, regime, 'open', '', '');
      const row = toRow(open.get(basketId));
      assert(row !== undefined, 'what was written is there');
      return row;
    },
    due({ basketId, receiptNumber, regime, type, data }) {
      const row = open.get(basketId);
      if (row === undefined) insert.run(basketId, receiptNumber, regime, 'due', type, data);
      else become.run(receiptNumber, 'due', type, data, row.no);
    },
    giveUp(basketId, { type, data }) {
      const row = open.get(basketId);
      if (row === undefined) return;
      // Where the signer may have begun, its answer lost, it is begun again and finished.
      become.run(null, 'givenUp', type, data, row.no);
    },
    setTransaction: (no, transaction) => void setTransaction.run(transaction ?? null, no),
    setUnsigned: (no) => void setUnsigned.run(no),
    end: (no) => void remove.run(no),
    sign: (no, signature) => void sign.run(JSON.stringify(signature), no),
    refuse: (no) => void refuse.run(no),
  };
}
