/**
 * Scenarios: plain-text tables that set up a shop, act at its lane and say what must come of it, run through the engine itself.
 * The format is docs/SCENARIOS.md. A file with a mistake in it is not run at all: half of a file proves nothing.
 */
import type { Hash } from '@holdfast/base';

import type { Act } from './act-text.ts';
import { readAct } from './acts.ts';
import { rollIfOver } from './drawer.ts';
import { EXPECTATIONS, isAsExpected, readExpected, type Expected } from './expectations.ts';
import { NONE, type Got } from './expected-cells.ts';
import { checkReplays, openLane, type Lane } from './lane.ts';
import { quoted, unknownWord } from './mistake.ts';
import { CATALOGUE_TABLES, cellCount, messageOf, readShop, type Report, type Shop } from './shop.ts';
import { readTables, type Row, type ScenarioText, type Table } from './tables.ts';

/** What is wrong with the file itself. */
export interface ScenarioMistake {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** Where the engine has something else than the scenario. */
export interface ScenarioDifference {
  readonly file: string;
  readonly line: number;
  /** The expectation's word. */
  readonly word: string;
  /** Cells between bars, rows between line breaks; `none` for nothing. */
  readonly expected: string;
  readonly got: string;
}

export interface ScenarioResult {
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** How many cells and rows were compared. */
  readonly checks: number;
  readonly differences: readonly ScenarioDifference[];
}

export interface ScenarioReport {
  readonly file: string;
  /** In the order of their lines; where there is one, no scenario was run. */
  readonly mistakes: readonly ScenarioMistake[];
  readonly scenarios: readonly ScenarioResult[];
}

/** Runs all scenarios of one file; `hash` names the versions of promotions. The same text always gives the same report; nothing outside is touched. */
export function runScenarios(text: string, fileName: string, hash: Hash): ScenarioReport {
  const { shared, scenarios } = readTables(text);
  const said = new Map<string, ScenarioMistake>();
  const report: Report = (line, message) => {
    // What is wrong in a shared table is wrong once, however many scenarios read it.
    said.set(`${line} ${message}`, { file: fileName, line, message });
  };
  for (const table of shared) if (!SHOP_TABLES.includes(table.name)) reportTable(table, 'before the first scenario', report);
  if (scenarios.length === 0) report(1, 'There is no scenario in this file: begin one with "scenario: A plain sale".');
  const titles = new Set<string>();
  const plans = scenarios.map((scenario) => {
    if (scenario.title === '') report(scenario.line, 'A scenario has a title: "scenario: A plain sale".');
    if (titles.has(scenario.title)) report(scenario.line, `The title ${quoted(scenario.title)} stands there twice.`);
    titles.add(scenario.title);
    return readPlan(scenario, shared, { report, hash });
  });
  const mistakes = [...said.values()].sort((left, right) => left.line - right.line);
  if (mistakes.length > 0) return { file: fileName, mistakes, scenarios: [] };
  return { file: fileName, mistakes, scenarios: plans.flatMap((plan) => (plan === undefined ? [] : [runPlan(plan, fileName)])) };
}

const SHOP_TABLES: readonly string[] = ['store', ...Object.keys(CATALOGUE_TABLES)];
const ALL_TABLES: readonly string[] = [...SHOP_TABLES, 'do', 'expect'];

function reportTable({ name, line }: Table, where: string, report: Report): void {
  report(
    line,
    ALL_TABLES.includes(name) ? `A table "${name}" does not stand ${where}.` : messageOf(unknownWord('table', name, ALL_TABLES)),
  );
}

interface Check {
  readonly line: number;
  readonly word: string;
  readonly expected: readonly Expected[];
}

interface Step {
  readonly line: number;
  /** Absent for a table `expect`. */
  readonly act?: Act;
  readonly checks: readonly Check[];
  /** Whether some check says what was refused; otherwise nothing may be. */
  readonly asksForError: boolean;
}

interface Plan {
  readonly scenario: ScenarioText;
  readonly shop: Shop;
  readonly steps: readonly Step[];
}

function readPlan(
  scenario: ScenarioText,
  shared: readonly Table[],
  { report: tell, hash }: { readonly report: Report; readonly hash: Hash },
): Plan | undefined {
  let isWhole = true;
  const report: Report = (line, message) => {
    isWhole = false;
    tell(line, message);
  };
  const own = scenario.tables.filter(({ name }) => SHOP_TABLES.includes(name));
  const acting = scenario.tables.filter(({ name }) => name === 'do' || name === 'expect');
  const firstLine = acting[0]?.line ?? Number.MAX_SAFE_INTEGER;
  for (const table of scenario.tables) {
    if (!ALL_TABLES.includes(table.name)) reportTable(table, '', report);
    else if (SHOP_TABLES.includes(table.name) && table.line > firstLine) reportTable(table, 'behind what is done', report);
    else if (table.rows.length === 0) report(table.line, `The table "${table.name}" has no rows: an empty line ends a table.`);
  }
  for (const table of shared) if (table.rows.length === 0) report(table.line, `The table "${table.name}" has no rows.`);
  const shop = readShop([...shared, ...own], report, hash);
  if (shop === undefined) return undefined;
  const steps = acting.flatMap((table, index) =>
    table.name === 'do' ? readDo(table, acting[index + 1], shop, report) : readExpect(table, shop, report),
  );
  // Where something could not be read, nobody can tell whether it was an expectation.
  if (isWhole && !steps.some(({ checks }) => checks.length > 0)) report(scenario.line, 'This scenario expects nothing.');
  return { scenario, shop, steps };
}

/** A table `do`: acts in its first column, expectations of one cell in the others; an empty cell is not looked at. */
function readDo(table: Table, next: Table | undefined, shop: Shop, report: Report): readonly Step[] {
  const heads = Object.keys(EXPECTATIONS).filter((word) => EXPECTATIONS[word]?.cells.length === 1);
  const unknown = table.columns.find((column) => !heads.includes(column));
  if (unknown !== undefined) {
    report(table.line, messageOf(unknownWord('column of "do"', unknown, heads)));
    return [];
  }
  // What refused the last act may be said by the table that follows.
  const isSaidNext = next?.name === 'expect' && next.rows.some(({ cells }) => cells[0] === 'error');
  return table.rows.flatMap(({ line, cells }, index): Step[] => {
    const [said = '', ...values] = cells;
    if (values.length !== table.columns.length) {
      report(line, cellCount(cells.length, table.columns.length + 1));
      return [];
    }
    const act = readAct(said, shop);
    if (!act.ok) report(line, act.error.message);
    const checks = table.columns.flatMap((word, column) => readChecks(word, [{ line, cells: [values[column] ?? ''] }], shop, report));
    const isLast = index === table.rows.length - 1;
    const asksForError = checks.some(({ word }) => word === 'error') || (isLast && isSaidNext);
    return act.ok ? [{ line, act: act.value, checks, asksForError }] : [];
  });
}

/** A table `expect`: rows of one list stand together as one check. */
function readExpect(table: Table, shop: Shop, report: Report): readonly Step[] {
  if (table.columns.length > 0) report(table.line, 'The heading of "expect" stands alone: its rows begin with what they expect.');
  const rowsByWord = Map.groupBy(table.rows, ({ cells }) => cells[0] ?? '');
  const checks = [...rowsByWord].flatMap(([word, rows]) => {
    const [, second] = rows;
    const isList = EXPECTATIONS[word]?.isList === true;
    if (second !== undefined && !isList && Object.hasOwn(EXPECTATIONS, word)) report(second.line, `${quoted(word)} is expected twice.`);
    return readChecks(
      word,
      rows.map(({ line, cells }) => ({ line, cells: cells.slice(1) })),
      shop,
      report,
      true,
    );
  });
  return [{ line: table.line, checks, asksForError: true }];
}

/** One check of a word, or none where its cell is empty. */
function readChecks(word: string, rows: readonly Row[], shop: Shop, report: Report, isNeeded = false): readonly Check[] {
  const [first] = rows;
  if (first === undefined || (!isNeeded && first.cells.every((cell) => cell === ''))) return [];
  const expected = rows.flatMap(({ line, cells }) => {
    const read = readExpected(word, cells, shop);
    if (read.ok) return [read.value];
    report(line, read.error.message);
    return [];
  });
  return [{ line: first.line, word, expected }];
}

function runPlan({ scenario, shop, steps }: Plan, file: string): ScenarioResult {
  const lane = openLane(shop);
  const differences: ScenarioDifference[] = [];
  const differ = (line: number, word: string, expected: string, got: string): void => {
    differences.push({ file, line, word, expected, got });
  };
  let checks = 0;
  let asksForFaults = false;
  for (const { line, act, checks: asked, asksForError } of steps) {
    if (act !== undefined) {
      lane.refusal = act(lane);
      rollIfOver(lane);
    }
    for (const check of asked) {
      checks += 1;
      asksForFaults ||= check.word === 'fault';
      const got = gotOf(lane, check.word);
      if (!isAsExpected(check.expected, got)) differ(check.line, check.word, expectedText(check.expected), gotText(check, got));
    }
    if (act !== undefined && !asksForError && lane.refusal !== undefined) {
      differ(line, 'error', NONE, gotText({ line, word: 'error', expected: [] }, gotOf(lane, 'error')));
    }
  }
  if (!asksForFaults && shop.faults.length > 0) {
    differ(scenario.line, 'fault', NONE, shop.faults.map((cells) => cells.join(' | ')).join('\n'));
  }
  checkReplays(lane);
  for (const broken of lane.broken) differ(scenario.line, 'engine', 'what every sale keeps to', broken);
  return { title: scenario.title, file, line: scenario.line, checks, differences };
}

const gotOf = (lane: Lane, word: string): readonly Got[] => EXPECTATIONS[word]?.got(lane) ?? [];

const rowsText = (rows: readonly string[]): string => (rows.length === 0 ? NONE : rows.join('\n'));

/** Cells that were not written at a row's end are not shown. */
const expectedText = (expected: readonly Expected[]): string =>
  rowsText(expected.map(({ cells, details }) => [...cells, ...details].join(' | ').replace(/[ |]+$/, '')));

/** The engine's rows; of their details those that the scenario asks about, or all of a refusal's. */
function gotText({ word, expected }: Check, got: readonly Got[]): string {
  const asked = EXPECTATIONS[word]?.details;
  return rowsText(
    got.map(({ cells, details = [] }, index) => {
      const wanted = expected[index]?.details ?? [];
      const isAsked = (detail: string): boolean =>
        asked === 'any'
          ? word === 'error' || wanted.length > 0
          : (asked ?? []).some((name) => detail.startsWith(`${name} `) && wanted.some((want) => want.startsWith(`${name} `)));
      return [...cells, ...details.filter(isAsked)].join(' | ');
    }),
  );
}
