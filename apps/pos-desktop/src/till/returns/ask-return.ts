/**
 * What a lane asks its hub before goods come back: the sale of a receipt, whoever printed it, and all that came back of it. Entries are read here;
 * an answer that holds one which this build cannot read is no answer, for then nobody here could say what is left.
 */
import { LEDGER_KINDS, readInvoice, readSale, type Invoice, type Sale } from '@holdfast/domain';
import { readEntry, type ReturnAnswer, type ReturnRequest } from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

import type { AskPorts } from '../customers/ask-balance.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';

/** `copies`: neither the hub nor the lane that sold could be asked, and ledgers that are here tell of the sale. */
export type ReturnSource = 'hub' | 'seller' | 'copies';

export interface HubReturn {
  readonly receiptNumber: string;
  /** Absent: the hub knows no such sale. */
  readonly sold?: { readonly store: string; readonly atMs: number; readonly sale: Sale };
  readonly returns: readonly { readonly device: string; readonly sale: Sale }[];
  /** That was made of the sale. */
  readonly invoice?: Invoice;
  readonly source: ReturnSource;
  /** Whether this lane may return of it: no other holds the right. Of `copies` nobody said so. */
  readonly isGranted: boolean;
  /** As it came, to be kept. */
  readonly answer: ReturnAnswer;
}

export interface ReturnQuestion extends Omit<ReturnRequest, 'ledger'> {
  /** This lane's rights rest (SPEC: I-8): what came back is asked, and nothing is taken or given back, by which a copy of it may hold the goods in hand. */
  readonly isAtRest?: true;
}

export interface AskReturnPorts extends Pick<AskPorts, 'token'> {
  readonly transport: Pick<HttpTransport, 'askReturn'>;
  /** How far this lane's own ledger reaches; undefined where it has none yet. */
  readonly ledger: () => ReturnRequest['ledger'];
}

/** Undefined where there was no answer in time, or none that this build can read. */
export async function askReturn(
  { transport, token, ledger }: AskReturnPorts,
  { isAtRest, ...request }: ReturnQuestion,
): Promise<HubReturn | undefined> {
  const bearer = token();
  if (bearer === undefined) return undefined;
  // A hub that is not told how far the ledger reaches ends nothing.
  const reached = isAtRest === true ? undefined : ledger();
  const answer = await transport.askReturn(bearer, { ...request, ...(reached !== undefined && { ledger: reached }) });
  return answer.ok ? readHubReturn(request.receiptNumber, answer.value.value, 'hub') : undefined;
}

export function readHubReturn(receiptNumber: string, answer: ReturnAnswer, source: ReturnSource): HubReturn | undefined {
  const returns = answer.returns.map(fromBase64);
  const sold = answer.sale === undefined ? undefined : fromBase64(answer.sale.entry);
  const isWhole = returns.every((entry) => entry !== undefined) && (answer.sale === undefined || sold !== undefined);
  if (!isWhole) return undefined;
  const invoice = answer.invoice === undefined ? undefined : readInvoiceEntry(Buffer.from(answer.invoice, 'base64'));
  return {
    receiptNumber,
    ...(answer.sale !== undefined && sold !== undefined && { sold: { store: answer.sale.store, atMs: answer.sale.atMs, sale: sold.sale } }),
    returns: returns.filter((entry) => entry !== undefined),
    ...(invoice !== undefined && { invoice }),
    source,
    isGranted: answer.granted,
    answer,
  };
}

const fromBase64 = (text: string): ReturnType<typeof readReturn> => readReturn(Buffer.from(text, 'base64'));

/** Undefined where this build cannot read it, or it is none. */
export function readInvoiceEntry(canonical: Uint8Array): Invoice | undefined {
  const entry = readEntry(new Uint8Array(canonical), LEDGER_SCHEMAS);
  if (!entry.ok || entry.value.kind !== LEDGER_KINDS.invoice.kind || entry.value.fields === null) return undefined;
  const invoice = readInvoice(entry.value.fields);
  return invoice.ok ? invoice.value : undefined;
}

/** Undefined where this build cannot read it. */
export function readReturn(canonical: Uint8Array): { readonly device: string; readonly sale: Sale } | undefined {
  const entry = readEntry(new Uint8Array(canonical), LEDGER_SCHEMAS);
  if (!entry.ok || entry.value.fields === null) return undefined;
  const sale = readSale(entry.value.fields);
  return sale.ok ? { device: entry.value.id.device, sale: sale.value } : undefined;
}
