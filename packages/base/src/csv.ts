/**
 * Tables as CSV (RFC 4180), for spreadsheets.
 *
 * A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as a formula, and names of goods
 * and receipts come from outside: such a text gets an apostrophe in front. Plain numbers stay numbers.
 */
const FORMULA_START = /^\s*[=+\-@＝＋－＠\t\r\n]/u;
const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;

export function csvCell(value: string): string {
  const safe = !PLAIN_NUMBER.test(value) && FORMULA_START.test(value) ? `'${value}` : value;
  return /[",;\r\n\t']|^\s|\s$/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell that `csvCell` wrote, as it was before: what a spreadsheet gave back still has the apostrophe. */
export const csvText = (cell: string): string => (cell.startsWith("'") && FORMULA_START.test(cell.slice(1)) ? cell.slice(1) : cell);

/** Without which Excel reads UTF-8 as Latin-1. */
export const CSV_MARK = '\uFEFF';

export const csvLine = (row: readonly string[]): string => `${row.map(csvCell).join(',')}\r\n`;

/** Rows end in CR LF; a byte order mark goes in front. */
export const toCsv = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  CSV_MARK + [header, ...rows].map(csvLine).join('');
