/**
 * What is to be printed, before any printer is known: blocks of text and codes. The printer's width, code pages and language decide how they
 * come out. Apps translate their own documents to this one.
 */
export type PrintAlign = 'start' | 'center';

export type PrintBlock =
  /** Wraps at blanks; each newline begins a line. */
  | { readonly type: 'text'; readonly text: string; readonly align?: PrintAlign; readonly isBold?: boolean; readonly isLarge?: boolean }
  /** Two ends of a line: `start` wraps, `end` stays whole, on the last of its lines. */
  | { readonly type: 'row'; readonly start: string; readonly end: string; readonly isBold?: boolean; readonly isLarge?: boolean }
  | { readonly type: 'rule' }
  | { readonly type: 'feed'; readonly lines: number }
  | { readonly type: 'qr'; readonly data: string }
  /** Code 128; printable ASCII. */
  | { readonly type: 'barcode'; readonly data: string };

export interface PrintDocument {
  /** Which way the document's own language runs; a line of the other direction still runs its own way inside. */
  readonly direction: 'ltr' | 'rtl';
  /** Stands above everything, large, where this is not the first copy. */
  readonly mark?: string;
  readonly blocks: readonly PrintBlock[];
}
