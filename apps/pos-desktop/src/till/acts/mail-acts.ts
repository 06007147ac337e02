/**
 * Receipts that go by mail. The lane asks, the hub sends when it is there: to whom, and what would have been printed, go into the ledger sealed for the company alone, in
 * the transaction of the request. The lane itself keeps no address, not even until then.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { sealTo } from '@holdfast/base/sealing';
import { isMailAddress, receiptMailEntry, receiptMailText } from '@holdfast/domain';
import type { PrintDocument } from '@holdfast/paper/document';

import type { ReceiptView, RequestBody } from '../../shared/till-contract.ts';
import { receiptToPrint } from '../devices/receipt-print.ts';
import type { Done, Register } from './register.ts';

export class MailActs {
  readonly #register: Register;
  readonly #receiptOf: (receiptNumber: string) => ReceiptView | undefined;

  constructor(register: Register, receiptOf: (receiptNumber: string) => ReceiptView | undefined) {
    this.#register = register;
    this.#receiptOf = receiptOf;
  }

  /** This company sends receipts. */
  isOffered(): boolean {
    const settings = this.#register.newestView()?.settings();
    return settings?.ok === true && settings.value.receiptMailKey !== undefined;
  }

  mailReceipt({ receiptNumber, to: typed }: Extract<RequestBody, { type: 'mailReceipt' }>): Done {
    const to = typed.trim();
    const settings = this.#register.newestView()?.settings();
    const receipt = this.#receiptOf(receiptNumber);
    if (settings?.ok !== true || receipt === undefined) return this.#register.refuse({ type: 'noSuchReceipt', detail: { receiptNumber } });
    const { receiptMailKey: key, locale } = settings.value;
    if (key === undefined) return this.#register.refuse({ type: 'noReceiptMail', detail: {} });
    if (!isMailAddress(to)) return this.#register.refuse({ type: 'badMailAddress', detail: {} });
    const language = receipt.language ?? locale;
    const document = namedLogo(receiptToPrint(receipt, { locale: language }));
    const content = receiptMailText({ to, language, document });
    const sealed = sealTo(new Uint8Array(Buffer.from(key.publicKey, 'hex')), deflateRawSync(content));
    const moment = this.#register.time.now();
    this.#register.append(
      receiptMailEntry(this.#register.header(settings.value, moment), { receiptNumber, keyName: key.keyName, sealed }),
      moment,
    );
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }
}

/** Headquarters has the picture: it travels up with no receipt. */
function namedLogo({ logo, ...document }: PrintDocument): PrintDocument {
  if (logo === undefined) return document;
  return { ...document, logoHash: createHash('sha256').update(logo, 'base64').digest('hex') };
}
