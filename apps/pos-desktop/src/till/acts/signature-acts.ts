/**
 * Signatures: a tender that asks for one is taken with it, or with why there is none. What was drawn is the shopper's own: the ledger holds it sealed to the
 * company's key, as it holds the name on an invoice; this lane remembers it for the store's copy, sealed by a key of its own, and forgets it when the return window is over.
 */
import { sealTo } from '@holdfast/base/sealing';
import {
  type Basket,
  invoiceKeyOf,
  type LedgerHeader,
  parseSignature,
  type ReceiptSignature,
  type Refusal,
  type SignatureHow,
  signatureEntry,
  type StoreSettings,
  type TenderType,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { Register } from './register.ts';

export type GivenSignature = NonNullable<Extract<RequestBody, { type: 'tender' }>['signature']>;

/** How long somebody may say that they did not sign. */
const KEPT_MS = 90 * 86_400_000;

interface SignatureRow {
  readonly tender_no: number;
  readonly how: SignatureHow;
  /** Sealed by this lane. */
  readonly strokes: string | null;
}

interface SignedSale {
  readonly before: Basket;
  readonly after: Basket;
  readonly receiptNumber: string;
  readonly header: LedgerHeader;
  readonly settings: StoreSettings;
}

/** What it was taken with before anybody asked: the next tender of this basket has this number. */
const nextTenderNo = ({ tenderCounter }: Basket): number => tenderCounter + 1;

export class SignatureActs {
  readonly #register: Register;
  /** Every sale asks. */
  readonly #ofBasket: (basketId: string) => readonly SignatureRow[];

  constructor(register: Register) {
    this.#register = register;
    // SQLite would compile it anew each time, were it asked for an order.
    const ofBasket = register.ports.db.prepare<[string], SignatureRow>(
      'SELECT tender_no, how, strokes FROM tender_signature WHERE basket_id = ?',
    );
    this.#ofBasket = (basketId) => ofBasket.all(basketId).toSorted((left, right) => left.tender_no - right.tender_no);
  }

  /** Why a tender is not taken with what was given. What goes over the lane's terminal, that one asks for. */
  refusal({ tenderType, asksSignature }: TenderType, amountMinor: number, given: GivenSignature | undefined): Refusal | undefined {
    if (asksSignature !== true || amountMinor <= 0) return undefined;
    const isDrawn = given?.how === 'drawn' && given.strokes !== undefined && parseSignature(given.strokes) !== undefined;
    const isGiven = given !== undefined && (given.how !== 'drawn' || isDrawn);
    return isGiven ? undefined : { type: 'signatureNeeded', detail: { tenderType } };
  }

  /** For the tender that is about to be taken. Inside of its transaction, before it. Nobody's hand is kept of what is practised. */
  note(basket: Basket, { how, strokes }: GivenSignature): void {
    const { db, names } = this.#register.ports;
    const kept = how === 'drawn' && strokes !== undefined && !this.#register.live.isTraining ? names.seal(strokes) : null;
    db.prepare('INSERT OR REPLACE INTO tender_signature (basket_id, tender_no, how, strokes, at_ms) VALUES (?, ?, ?, ?, ?)').run(
      basket.opening.basketId,
      nextTenderNo(basket),
      how,
      kept,
      this.#register.now().atMs,
    );
  }

  /** Of the tenders with which a sale was completed: `before` is its basket without the last of them. Inside of its transaction. */
  complete({ before, after, receiptNumber, header, settings }: SignedSale): void {
    const rows = this.#ofBasket(before.opening.basketId);
    if (rows.length === 0 || after.payment === null) return;
    const { db, names } = this.#register.ports;
    const numbers = [...before.tenders.map(({ tenderId }) => Number(tenderId)), nextTenderNo(before)];
    const place = db.prepare('UPDATE tender_signature SET receipt_number = ?, tender = ? WHERE basket_id = ? AND tender_no = ?');
    for (const { tender_no: tenderNo, how, strokes } of rows) {
      const index = numbers.indexOf(tenderNo);
      const tender = after.payment.tenders[index];
      // It was given back.
      if (tender === undefined) continue;
      place.run(receiptNumber, index + 1, before.opening.basketId, tenderNo);
      const drawn = strokes === null ? undefined : names.open(strokes);
      const key = drawn === undefined ? undefined : invoiceKeyOf(settings.invoiceKeys ?? {}, header.businessDate);
      const said = { receiptNumber, tender: index + 1, currency: after.opening.currency, amountMinor: tender.amountMinor, how };
      const seal =
        drawn === undefined || key === undefined
          ? {}
          : { seal: { keyName: key.keyName, sealed: sealTo(Buffer.from(key.publicKey, 'hex'), new TextEncoder().encode(drawn)) } };
      this.#register.append(signatureEntry(header, { ...said, ...seal }), this.#register.now());
    }
  }

  onReceipt(receiptNumber: string): readonly ReceiptSignature[] {
    const { db, names } = this.#register.ports;
    return db
      .prepare<[string], SignatureRow & { readonly tender: number }>(
        'SELECT tender_no, tender, how, strokes FROM tender_signature WHERE receipt_number = ? ORDER BY tender',
      )
      .all(receiptNumber)
      .map(({ tender, how, strokes: sealed }) => {
        const drawn = sealed === null ? undefined : names.open(sealed);
        const strokes = drawn === undefined ? undefined : parseSignature(drawn);
        return { tender, how, ...(strokes !== undefined && { strokes }) };
      });
  }

  /** In the pauses. */
  forgetOld(): void {
    const { db, transactions } = this.#register.ports;
    const beforeMs = this.#register.time.now().atMs - KEPT_MS;
    const old = db
      .prepare<[number], number>(
        'SELECT count(*) FROM tender_signature WHERE at_ms < ? AND (strokes IS NOT NULL OR receipt_number IS NULL)',
      )
      .pluck();
    if ((old.get(beforeMs) ?? 0) === 0) return;
    transactions.durable(() => {
      db.prepare('DELETE FROM tender_signature WHERE at_ms < ? AND receipt_number IS NULL').run(beforeMs);
      db.prepare('UPDATE tender_signature SET strokes = NULL WHERE at_ms < ?').run(beforeMs);
    });
  }
}
