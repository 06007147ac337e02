/**
 * The text of a scenario file as tables, before any word of it is looked up. A table is a paragraph: its first row holds the
 * table's name and the names of its columns, cells stand between bars, and an empty line ends it. `scenario: TITLE` begins a
 * scenario; tables before the first one belong to all. Rows of dashes and lines that begin with `#` are for the reader only.
 */
export interface Row {
  /** Counted from 1. */
  readonly line: number;
  /** Trimmed. */
  readonly cells: readonly string[];
}

export interface Table {
  readonly line: number;
  readonly name: string;
  /** The heading's cells after the name. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

export interface ScenarioText {
  readonly line: number;
  readonly title: string;
  readonly tables: readonly Table[];
}

export interface ScenarioFileText {
  readonly shared: readonly Table[];
  readonly scenarios: readonly ScenarioText[];
}

const isForTheReader = (line: string): boolean => line.startsWith('#') || (line.includes('-') && /^[-+|\s]+$/.test(line));

export function readTables(text: string): ScenarioFileText {
  const shared: Table[] = [];
  const scenarios: { readonly line: number; readonly title: string; readonly tables: Table[] }[] = [];
  let rows: Row[] | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = raw.trim();
    const title = /^scenario:(.*)$/.exec(content)?.[1];
    if (title !== undefined) {
      scenarios.push({ line, title: title.trim(), tables: [] });
      rows = undefined;
    } else if (content === '') rows = undefined;
    else if (!isForTheReader(content)) {
      const cells = content.split('|').map((cell) => cell.trim());
      if (rows === undefined) {
        const [name = '', ...columns] = cells;
        rows = [];
        (scenarios.at(-1)?.tables ?? shared).push({ line, name, columns, rows });
      } else rows.push({ line, cells });
    }
  }
  return { shared, scenarios };
}
