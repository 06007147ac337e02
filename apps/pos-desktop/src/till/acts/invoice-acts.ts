/**
 * Invoices: a sale of this lane once more, for a buyer who is named. What comes back of one here is a credit note by itself, in the sale's own transaction.
 * The ledger holds the name sealed; this lane remembers it for copies and credit notes, sealed by a key of its own, and forgets it when the return window is over.
 */
import { assert } from '@holdfast/base';
import { sealTo } from '@holdfast/base/sealing';
import {
  type Buyer,
  buyerText,
  formatInvoiceNumber,
  givesBack,
  type Invoice,
  invoiceEntry,
  invoiceKeyOf,
  LEDGER_KINDS,
  type LedgerEntry,
  parseBuyer,
  readSale,
  type ReceiptInvoice,
  type Sale,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { Connection } from '../database/connection.ts';
import type { NameSafe } from '../name-safe.ts';
import { readInvoiceEntry } from '../returns/ask-return.ts';
import { saleEntryOf } from '../selling/receipts.ts';
import type { Done, Register } from './register.ts';

/** How long a shopper may bring something back, or want a copy. */
const NAMED_MS = 90 * 86_400_000;

/** Who buys; or as the invoice of another lane has them, which only the company can open. */
type Named = { readonly buyer: Buyer } | Pick<Invoice, 'keyName' | 'sealed'>;

const sealedFor = (
  buyer: Buyer,
  { keyName, publicKey }: { readonly keyName: string; readonly publicKey: string },
): Pick<Invoice, 'keyName' | 'sealed'> => ({
  keyName,
  sealed: sealTo(new Uint8Array(Buffer.from(publicKey, 'hex')), new TextEncoder().encode(buyerText(buyer))),
});

interface InvoiceRow {
  readonly invoice_number: string;
  readonly credit_of: string | null;
  readonly buyer: string | null;
}

interface InvoiceBook {
  ofReceipt(receiptNumber: string): InvoiceRow | undefined;
  /** Gap-free per device and epoch: rolled back with what takes it. */
  next(lane: number, epoch: string): string;
  add(invoice: {
    readonly invoiceNumber: string;
    readonly receiptNumber: string;
    readonly creditOf?: string;
    /** Absent: another lane made the invoice, and this one cannot read the name. */
    readonly buyer?: Buyer;
    readonly atMs: number;
  }): void;
  /** So many names. */
  namedBefore(atMs: number): number;
  /** What an earlier build wrote in the clear. */
  clear(): readonly { readonly invoice_number: string; readonly buyer: string }[];
  seal(invoiceNumber: string, buyer: string): void;
  forgetBefore(atMs: number): void;
}

function createInvoiceBook(db: Connection, names: NameSafe): InvoiceBook {
  const ofReceipt = db.prepare<[string], InvoiceRow>('SELECT invoice_number, credit_of, buyer FROM invoice WHERE receipt_number = ?');
  const next = db
    .prepare<[string, string], number>(
      `UPDATE lane SET invoices_counter = CASE WHEN invoices_epoch IS ? THEN invoices_counter + 1 ELSE 1 END, invoices_epoch = ?
       WHERE id = 1 RETURNING invoices_counter`,
    )
    .pluck();
  const add = db.prepare<[string, string, string | null, string | null, number]>(
    'INSERT INTO invoice (invoice_number, receipt_number, credit_of, buyer, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const clear = db.prepare<[], { invoice_number: string; buyer: string }>(
    "SELECT invoice_number, buyer FROM invoice WHERE buyer GLOB '{*' LIMIT 100",
  );
  const seal = db.prepare<[string, string]>('UPDATE invoice SET buyer = ? WHERE invoice_number = ?');
  const named = db.prepare<[number], number>('SELECT count(*) FROM invoice WHERE buyer IS NOT NULL AND at_ms < ?').pluck();
  const forget = db.prepare<[number]>('UPDATE invoice SET buyer = NULL WHERE buyer IS NOT NULL AND at_ms < ?');
  return {
    ofReceipt(receiptNumber) {
      const row = ofReceipt.get(receiptNumber);
      const buyer = row === undefined || row.buyer === null ? null : openBuyer(row.buyer, names);
      return row === undefined ? undefined : { ...row, buyer };
    },
    next(lane, epoch) {
      const number = next.get(epoch, epoch);
      assert(number !== undefined, 'the lane has its row');
      return formatInvoiceNumber(String(lane), epoch, number);
    },
    add: ({ invoiceNumber, receiptNumber, creditOf, buyer, atMs }) =>
      void add.run(invoiceNumber, receiptNumber, creditOf ?? null, buyer === undefined ? null : names.seal(buyerText(buyer)), atMs),
    clear: () => clear.all(),
    seal: (invoiceNumber, buyer) => void seal.run(names.seal(buyer), invoiceNumber),
    namedBefore: (atMs) => named.get(atMs) ?? 0,
    forgetBefore: (atMs) => void forget.run(atMs),
  };
}

/** Earlier builds wrote what they were told; it is sealed in the next pause. */
const isClear = (buyer: string): boolean => buyer.startsWith('{');
const openBuyer = (buyer: string, names: NameSafe): string | null => (isClear(buyer) ? buyer : (names.open(buyer) ?? null));

export class InvoiceActs {
  readonly #register: Register;
  readonly #book: InvoiceBook;

  constructor(register: Register) {
    this.#register = register;
    this.#book = createInvoiceBook(register.ports.db, register.ports.names);
    register.hearAppended((entry) => this.#creditWhatCameBack(entry));
  }

  invoice({ receiptNumber, buyer }: Extract<RequestBody, { type: 'invoice' }>): Done {
    const completed = this.#register.journal.completed(receiptNumber);
    if (completed === undefined) return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    const made = this.#book.ofReceipt(receiptNumber);
    if (made !== undefined) return this.#register.refuse({ type: 'invoiceMade', detail: { invoiceNumber: made.invoice_number } });
    const sale = readSale(saleEntryOf(completed, receiptNumber).fields);
    assert(sale.ok, 'a completed sale can be read');
    const name = buyer.name.trim();
    const taxNumber = buyer.taxNumber?.trim() ?? '';
    const known: Buyer = { name, address: buyer.address.trim(), ...(taxNumber !== '' && { taxNumber }) };
    const invoiceNumber = this.#write(sale.value, { buyer: known });
    if (invoiceNumber === undefined) return this.#register.refuse({ type: 'noInvoices', detail: {} });
    return {
      ...this.#register.unchanged({ value: { invoiceNumber } }),
      appended: true,
      prints: { receiptNumber, opensDrawer: false, isReprint: false },
    };
  }

  /** Undefined where the store has no key to seal the name to. */
  #write(sale: Sale, whose: Named, creditOf?: string): string | undefined {
    const settings = this.#register.newestView()?.settings();
    const identity = this.#register.identity();
    const epoch = this.#register.ports.store.epochs().at(-1)?.epoch;
    if (settings?.ok !== true || identity === null || epoch === undefined) return undefined;
    const moment = this.#register.time.now();
    const header = { ...this.#register.header(settings.value, moment), training: sale.training };
    const key = invoiceKeyOf(settings.value.invoiceKeys ?? {}, header.businessDate);
    const seal = 'sealed' in whose ? whose : key === undefined ? undefined : sealedFor(whose.buyer, key);
    if (seal === undefined) return undefined;
    const { receiptNumber, currency, totalMinor } = sale;
    const invoiceNumber = this.#book.next(identity.lane, epoch);
    const credit = creditOf === undefined ? {} : { creditOf };
    const { keyName, sealed } = seal;
    this.#register.append(invoiceEntry(header, { invoiceNumber, receiptNumber, currency, totalMinor, ...credit, keyName, sealed }), moment);
    const named = 'sealed' in whose ? {} : { buyer: whose.buyer };
    this.#book.add({ invoiceNumber, receiptNumber, ...credit, ...named, atMs: moment.atMs });
    return invoiceNumber;
  }

  /** Of a sale of this lane, or of another one: then its buyer is who its own entry seals. Undefined: none was made of it. `store`: that sold, where it is another one. */
  #invoiceOf(
    receiptNumber: string,
    store: string | undefined,
  ): { readonly invoiceNumber: string; readonly whose: Named | undefined } | undefined {
    const own = store === undefined ? this.#book.ofReceipt(receiptNumber) : undefined;
    if (own !== undefined) {
      const buyer = own.buyer === null ? undefined : parseBuyer(own.buyer);
      return { invoiceNumber: own.invoice_number, whose: buyer === undefined ? undefined : { buyer } };
    }
    const { told, siblingReturns, time } = this.#register;
    const copy = store === undefined ? siblingReturns.invoiceOf(receiptNumber) : undefined;
    const invoice =
      told.find(receiptNumber, { nowMs: time.now().atMs, isInBasket: true })?.invoice ??
      (copy === undefined ? undefined : readInvoiceEntry(copy));
    return invoice === undefined
      ? undefined
      : { invoiceNumber: invoice.invoiceNumber, whose: { keyName: invoice.keyName, sealed: invoice.sealed } };
  }

  #creditWhatCameBack({ kind, fields }: LedgerEntry): void {
    if (kind !== LEDGER_KINDS.sale.kind || !givesBack(fields)) return;
    const sale = readSale(fields);
    if (!sale.ok || sale.value.training) return;
    const { lines, postVoidOf } = sale.value;
    const back = new Map<string, string | undefined>(
      lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [[returnOf.receiptNumber, returnOf.store]])),
    );
    if (postVoidOf !== undefined) back.set(postVoidOf, undefined);
    const invoices = [...back].flatMap(([receipt, store]) => this.#invoiceOf(receipt, store) ?? []);
    const whose = invoices.find((invoice) => invoice.whose !== undefined)?.whose;
    if (whose !== undefined) this.#write(sale.value, whose, invoices.map(({ invoiceNumber }) => invoiceNumber).join(' '));
  }

  /** In the pauses. */
  forgetNames(): void {
    const clear = this.#book.clear();
    if (clear.length > 0) {
      this.#register.ports.transactions.durable(() => clear.forEach((row) => this.#book.seal(row.invoice_number, row.buyer)));
    }
    const beforeMs = this.#register.time.now().atMs - NAMED_MS;
    if (this.#book.namedBefore(beforeMs) > 0) this.#register.ports.transactions.durable(() => this.#book.forgetBefore(beforeMs));
  }

  onReceipt(receiptNumber: string): ReceiptInvoice | undefined {
    const row = this.#book.ofReceipt(receiptNumber);
    if (row === undefined) return undefined;
    const buyer = row.buyer === null ? undefined : parseBuyer(row.buyer);
    return {
      invoiceNumber: row.invoice_number,
      ...(row.credit_of !== null && { creditOf: row.credit_of }),
      ...(buyer !== undefined && { buyer }),
    };
  }
}
