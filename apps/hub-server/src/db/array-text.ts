/** Arrays as Postgres reads them (8.15.2 of its manual): written by whichever thread has the values, so that the one that speaks with the database only passes them on. */

export type Cell = string | number | boolean | null;

/** As JSON writes one, but for what JSON escapes by a letter. */
export function arrayText(values: readonly Cell[]): string {
  const json = JSON.stringify(values);
  return `{${json.includes('\\') ? values.map(elementText).join(',') : json.slice(1, -1)}}`;
}

const elementText = (value: Cell): string =>
  typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : value === null ? 'NULL' : String(value);
