/** Text tables for tests: columns between bars, the first row names them, a line of dashes and empty lines are for the reader only. */
import { assert } from '@holdfast/base';

export type TableRow = Readonly<Record<string, string>>;

/** The rows of a table, cells trimmed, by column name. A row with another number of cells is a mistake in the test. */
export function readTable(text: string): readonly TableRow[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[-+|\s]+$/.test(line));
  const [head = '', ...body] = lines;
  const names = cellsOf(head);
  return body.map((line) => {
    const cells = cellsOf(line);
    assert(cells.length === names.length, `this row has ${cells.length} cells for ${names.length} columns: ${line}`);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

const cellsOf = (line: string): readonly string[] => line.split('|').map((content) => content.trim());

/** A cell that the table must have. */
export function cell(row: TableRow, name: string): string {
  const value = row[name];
  assert(value !== undefined, `the table has a column ${name}`);
  return value;
}
