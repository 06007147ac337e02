/**
 * A fiscal signer: what signs that a sale was rung up, as a German TSE does. A transaction is started at the first line, told what changed, and finished with what the
 * receipt says; the answer carries a counter without gaps, the certificate's serial number and a signature.
 *
 * Duties of whoever calls: one order at a time; what is started is finished. Duties of a signer: a start by a reference that is open already, and the finish of what is
 * finished already by the same data, are answered as they were before: after a lost answer the order is simply given again.
 */
import type { Result } from '@holdfast/base';

/** What is signed: of which kind it is, and what it says, in the words of its country. */
export interface FiscalData {
  readonly type: string;
  readonly data: string;
}

export interface FiscalStarted {
  /** Counted from 1 by the signer. */
  readonly transaction: number;
  readonly startedAtMs: number;
}

export interface FiscalSigned extends FiscalStarted {
  /** Of all that it ever signed, starts among them. */
  readonly counter: number;
  readonly signedAtMs: number;
  /** Base64. */
  readonly signature: string;
  readonly algorithm: string;
  /** Of the certificate, hex. */
  readonly serial: string;
  /** Base64, SPKI in DER. */
  readonly publicKey: string;
}

export const FISCAL_FAULTS = ['unreachable', 'timeout', 'garbled', 'refused', 'unknownTransaction'] as const;

export interface FiscalFault {
  readonly type: 'notSigned';
  /** `unknownTransaction`: it has another memory than when that was started; it is started anew. All else may be tried again. */
  readonly reason: (typeof FISCAL_FAULTS)[number];
  /** For the log. */
  readonly detail: string;
}

export interface FiscalSigner {
  /** `client` is the lane, by the name that it is registered with; `reference` what is rung up. */
  start(order: { readonly client: string; readonly reference: string }): Promise<Result<FiscalStarted, FiscalFault>>;
  update(transaction: number, data: FiscalData): Promise<Result<void, FiscalFault>>;
  finish(transaction: number, data: FiscalData): Promise<Result<FiscalSigned, FiscalFault>>;
  close(): void;
}

/** What a signature is over, UTF-8: so that it can be checked without the signer. */
export const fiscalMessage = (
  {
    client,
    serial,
    transaction,
    counter,
    startedAtMs,
    signedAtMs,
  }: Omit<FiscalSigned, 'signature' | 'algorithm' | 'publicKey'> & { readonly client: string },
  { type, data }: FiscalData,
): string => ['holdfast fiscal 1', client, serial, transaction, counter, startedAtMs, signedAtMs, type, data].join('\n');
