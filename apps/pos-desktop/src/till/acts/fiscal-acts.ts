/**
 * Sales under a fiscal signer: what it is to be told next, and what its answers write. It is told behind the sale, which never waits for it: a receipt whose
 * signature does not come in time goes out marked, the ledger says from when to when that was so, and the signature is fetched when the signer is back.
 */
import { unreachable } from '@holdfast/base';
import {
  abortedFiscalData,
  fiscalDataOf,
  fiscalGapEntry,
  fiscalSignatureEntry,
  LEDGER_KINDS,
  readSale,
  type FiscalData,
  type FiscalRegime,
  type LedgerEntry,
  type ReceiptFiscal,
} from '@holdfast/domain';
import type { FiscalSigned } from '@holdfast/hardware';

import { createFiscalBook, type FiscalBook } from '../fiscal/fiscal-book.ts';
import type { Register } from './register.ts';

export type FiscalWork = { readonly no: number } & (
  | { readonly does: 'start'; readonly client: string; readonly reference: string }
  | { readonly does: 'update'; readonly transaction: number; readonly data: FiscalData; readonly revision: string }
  | { readonly does: 'finish'; readonly transaction: number; readonly data: FiscalData }
);

export type FiscalAnswer =
  | { readonly type: 'started'; readonly transaction: number }
  | { readonly type: 'updated'; readonly revision: string }
  | { readonly type: 'finished'; readonly signed: FiscalSigned }
  /** The signer has no memory of it. */
  | { readonly type: 'forgotten' }
  /** It will not finish it, however often it is asked. */
  | { readonly type: 'refused'; readonly detail: string };

const ENDS_WITHOUT_SALE: ReadonlySet<number> = new Set([
  LEDGER_KINDS.saleVoid.kind,
  LEDGER_KINDS.saleAbort.kind,
  LEDGER_KINDS.suspend.kind,
]);

export class FiscalActs {
  readonly #register: Register;
  readonly #book: FiscalBook;
  /** What the signer heard last of the open basket. */
  #told = '';

  constructor(register: Register) {
    this.#register = register;
    this.#book = createFiscalBook(register.ports.db);
    register.hearAppended((entry) => this.#note(entry));
  }

  #regime(): FiscalRegime | undefined {
    const settings = this.#register.newestView()?.settings();
    return settings?.ok === true ? settings.value.fiscalSigning : undefined;
  }

  /** Inside of the transaction that appended it: a sale and that it is to be signed are one. */
  #note({ kind, fields }: LedgerEntry): void {
    const isSale = kind === LEDGER_KINDS.sale.kind;
    if (!isSale && !ENDS_WITHOUT_SALE.has(kind)) return;
    const regime = this.#regime();
    if (regime === undefined) return;
    if (!isSale) {
      const { basketId } = fields;
      if (typeof basketId === 'string') this.#book.giveUp(basketId, abortedFiscalData(regime));
      return;
    }
    const sale = readSale(fields);
    if (!sale.ok) return;
    const { basketId, receiptNumber } = sale.value;
    this.#book.due({ ...fiscalDataOf(sale.value, regime), basketId, receiptNumber, regime });
    if (this.#register.ports.fiscal === undefined) this.#markUnsigned([receiptNumber], 'noSigner');
  }

  /** First what is over, in order, then the open basket. */
  work(): FiscalWork | undefined {
    const client = this.#register.identity()?.device;
    if (client === undefined) return undefined;
    const row = this.#book.pending();
    if (row !== undefined) {
      const { no, transaction, basketId, type, data } = row;
      if (transaction === undefined) return { no, does: 'start', client, reference: `${basketId} ${no}` };
      return { no, does: 'finish', transaction, data: { type, data } };
    }
    const regime = this.#regime();
    const { basketId, basket, eventCount } = this.#register.live;
    const lines = this.#register.itemLines();
    if (regime === undefined || basket === null || lines.length === 0) return undefined;
    const open = this.#book.open(basketId) ?? this.#register.ports.transactions.kept(() => this.#book.begin(basketId, regime));
    const { no, transaction } = open;
    if (transaction === undefined) return { no, does: 'start', client, reference: `${basketId} ${no}` };
    const revision = `${basketId} ${eventCount}`;
    const data = { type: '', data: JSON.stringify({ lines: lines.length, events: eventCount }) };
    return revision === this.#told ? undefined : { no, does: 'update', transaction, data, revision };
  }

  /** Inside of a durable transaction. True where the ledger grew. */
  hear(work: FiscalWork, answer: FiscalAnswer): boolean {
    switch (answer.type) {
      case 'started':
        this.#book.setTransaction(work.no, answer.transaction);
        return false;
      case 'forgotten':
        this.#book.setTransaction(work.no, undefined);
        return false;
      case 'updated':
        this.#told = answer.revision;
        return false;
      case 'finished':
        return this.#sign(work, answer.signed);
      case 'refused':
        return this.#setAside(work, answer.detail);
      default:
        return unreachable(answer, 'hear');
    }
  }

  #sign({ no }: FiscalWork, signed: FiscalSigned): boolean {
    const row = this.#book.row(no);
    const settings = this.#register.newestView()?.settings();
    const client = this.#register.identity()?.device;
    if (row === undefined || settings?.ok !== true || client === undefined) return false;
    if (row.receiptNumber === undefined) {
      this.#book.end(no);
      return false;
    }
    const { receiptNumber, type, data, state } = row;
    const isLate = state === 'unsigned';
    const signature = { receiptNumber, client, type, data, ...signed, ...(isLate && { isLate: true as const }) };
    const moment = this.#register.time.now();
    const header = this.#register.header(settings.value, moment);
    this.#book.sign(no, signature);
    this.#register.append(fiscalSignatureEntry(header, signature), moment);
    if (isLate) this.#endGap(receiptNumber);
    return true;
  }

  /** Behind the last receipt that was out without a signature. */
  #endGap(receiptNumber: string): void {
    const settings = this.#register.newestView()?.settings();
    if (this.#book.receiptsIn('unsigned').length > 0 || settings?.ok !== true) return;
    const moment = this.#register.time.now();
    this.#register.append(fiscalGapEntry(this.#register.header(settings.value, moment), { act: 'end', receiptNumber }), moment);
  }

  /** One that the signer will not have holds up none of those behind it. */
  #setAside({ no }: FiscalWork, detail: string): boolean {
    const row = this.#book.row(no);
    const settings = this.#register.newestView()?.settings();
    if (row === undefined || settings?.ok !== true) return false;
    if (row.receiptNumber === undefined) {
      this.#book.end(no);
      return false;
    }
    const { receiptNumber, state } = row;
    const moment = this.#register.time.now();
    const reason = detail.slice(0, 200);
    this.#book.refuse(no);
    this.#register.append(fiscalGapEntry(this.#register.header(settings.value, moment), { act: 'refused', receiptNumber, reason }), moment);
    if (state === 'unsigned') this.#endGap(receiptNumber);
    return true;
  }

  /** Inside of a durable transaction: receipts that wait for their signature go out without. True where the ledger grew. */
  leave(reason: string): boolean {
    return this.#markUnsigned(this.#book.receiptsIn('due'), reason);
  }

  #markUnsigned(receipts: readonly string[], reason: string): boolean {
    const settings = this.#register.newestView()?.settings();
    const [first] = receipts;
    if (first === undefined || settings?.ok !== true) return false;
    const isNew = this.#book.receiptsIn('unsigned').length === 0;
    for (const receiptNumber of receipts) {
      const row = this.#book.ofReceipt(receiptNumber);
      if (row !== undefined) this.#book.setUnsigned(row.no);
    }
    if (!isNew) return false;
    const moment = this.#register.time.now();
    this.#register.append(
      fiscalGapEntry(this.#register.header(settings.value, moment), { act: 'begin', receiptNumber: first, reason }),
      moment,
    );
    return true;
  }

  /** Its receipt waits for the signature. */
  isDue(receiptNumber: string): boolean {
    return this.#book.ofReceipt(receiptNumber)?.state === 'due';
  }

  hasUnsigned(): boolean {
    return this.#book.receiptsIn('unsigned').length > 0;
  }

  /** What the receipt says of it; undefined where nobody was to sign. */
  onReceipt(receiptNumber: string): ReceiptFiscal | undefined {
    const row = this.#book.ofReceipt(receiptNumber);
    if (row === undefined) return undefined;
    return row.signature === undefined ? { type: 'missing' } : { type: 'signed', regime: row.regime, signature: row.signature };
  }
}
