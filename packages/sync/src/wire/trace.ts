/**
 * Under which name a sale is followed from its lane to the hub (W3C Trace Context): it is made of the entry's own hash, which both sides have. So each sale has its trace, also among a day's sales in one batch, and
 * no byte goes over a store's line for it.
 */
import { bytesToHex } from './bytes.ts';

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

/** Of an entry, by its hash: 32 hex digits. */
export const traceIdOf = (hash: Uint8Array): string => bytesToHex(hash.subarray(0, TRACE_BYTES));

/** Of the span that the entry itself is, at its lane: 16 hex digits. */
export const entrySpanIdOf = (hash: Uint8Array): string => bytesToHex(hash.subarray(TRACE_BYTES, TRACE_BYTES + SPAN_BYTES));
