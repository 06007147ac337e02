/**
 * What the lane still has to print, on disk: written with the sale in one transaction, forgotten when the printer has answered for it or it was
 * given up. A till that was killed in between finds it again; what may be on paper already comes out as a copy.
 */
import type { PrintOrder } from '../acts/register.ts';
import type { Connection } from '../database/connection.ts';

export interface WaitingPrint {
  readonly jobNo: number;
  readonly order: PrintOrder;
  /** Some of it may be on paper. */
  readonly hasBegun: boolean;
}

/** Each call is part of the transaction in hand. */
export interface PrintJobs {
  /** Answers the job's number; undefined where nothing on this lane prints. */
  add(order: PrintOrder): number | undefined;
  begin(jobNo: number): void;
  forget(jobNo: number): void;
  /** In the order in which they came. */
  waiting(): readonly WaitingPrint[];
}

export function createPrintJobs(db: Connection, hasPrinter: () => boolean): PrintJobs {
  const insert = db.prepare<[string]>('INSERT INTO print_job (print_order) VALUES (?)');
  const begin = db.prepare<[number]>('UPDATE print_job SET has_begun = 1 WHERE job_no = ?');
  const forget = db.prepare<[number]>('DELETE FROM print_job WHERE job_no = ?');
  const list = db.prepare<[], { job_no: number; print_order: string; has_begun: number }>('SELECT * FROM print_job ORDER BY job_no');
  return {
    add: (order) => (hasPrinter() ? Number(insert.run(JSON.stringify(order)).lastInsertRowid) : undefined),
    begin: (jobNo) => void begin.run(jobNo),
    forget: (jobNo) => void forget.run(jobNo),
    waiting: () =>
      list.all().map((row) => ({ jobNo: row.job_no, order: JSON.parse(row.print_order) as PrintOrder, hasBegun: row.has_begun === 1 })),
  };
}
