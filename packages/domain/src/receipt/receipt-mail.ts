/**
 * A receipt that goes to its shopper by mail: the lane asks, the hub sends.
 *
 * A ledger holds no address: it is sealed together with the document that would have been printed, by a key of this request alone, which is sealed to the company's
 * key of the month. Once that key is deleted every copy of every ledger is as whole as before, and says no address.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields, type FieldFault } from '../fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';

/** What a ledger says of it. */
export interface ReceiptMail {
  readonly receiptNumber: string;
  /** Which of the company's keys. */
  readonly keyName: string;
  readonly sealed: Uint8Array;
}

/** What is sealed. */
export interface ReceiptMailContent {
  readonly to: string;
  /** BCP 47. */
  readonly language: string;
  /** As whoever makes pages of it knows it. */
  readonly document: unknown;
}

/** The company's newest key, as the setting `receiptMailKey` says it: `NAME HEX`. */
export interface ReceiptMailKey {
  readonly keyName: string;
  /** X25519, in hexadecimal. */
  readonly publicKey: string;
}

const KEY = /^([\w-]{1,32}) ([0-9a-f]{64})$/;

/** Undefined where the text is none. */
export function parseReceiptMailKey(text: string): ReceiptMailKey | undefined {
  const [, keyName, publicKey] = KEY.exec(text.trim()) ?? [];
  return keyName === undefined || publicKey === undefined ? undefined : { keyName, publicKey };
}

/** RFC 5321, 4.5.3.1: of the part before the sign, and of all. */
const MAX_LOCAL_LENGTH = 64;
export const MAX_MAIL_ADDRESS_LENGTH = 254;
const ATOM = String.raw`[\w!#$%&'*+/=?^\x60{|}~-]+`;
const LOCAL = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`);
/** Letters of any script: whoever sends turns them into what the wire knows. */
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?`;
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}\.)+(?!\p{N}+$)${LABEL}$`, 'u');

/** Whether mail can go there, as far as one can see it: `name@place.tld`, without comments, quotes or addresses of machines. */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  return (
    at > 0 &&
    text.length <= MAX_MAIL_ADDRESS_LENGTH &&
    local.length <= MAX_LOCAL_LENGTH &&
    LOCAL.test(local) &&
    DOMAIN.test(text.slice(at + 1))
  );
}

export const receiptMailEntry = (header: LedgerHeader, { receiptNumber, keyName, sealed }: ReceiptMail): LedgerEntry => ({
  kind: LEDGER_KINDS.receiptMail.kind,
  fields: { ...header, receiptNumber, keyName, sealed },
});

export function readReceiptMail(fields: Fields): Result<ReceiptMail, FieldFault> {
  const read = readFields(fields);
  const { sealed } = fields;
  const mail: ReceiptMail = {
    receiptNumber: read.text('receiptNumber'),
    keyName: read.text('keyName'),
    sealed: sealed instanceof Uint8Array ? sealed : read.fail('sealed', 'bytes', new Uint8Array()),
  };
  const fault = read.fault();
  return fault === undefined ? ok(mail) : err(fault);
}

export const receiptMailText = ({ to, language, document }: ReceiptMailContent): string => JSON.stringify({ to, language, document });

/** Undefined where it is none. */
export function parseReceiptMail(text: string): ReceiptMailContent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('to' in value) || !('language' in value) || !('document' in value))
      return undefined;
    const { to, language, document } = value;
    return typeof to === 'string' && isMailAddress(to) && typeof language === 'string' ? { to, language, document } : undefined;
  } catch {
    return undefined;
  }
}
