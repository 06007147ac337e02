import { nodeHash } from '@holdfast/base/node';
import { describe, expect, test } from 'vitest';

import { runScenarios, type ScenarioReport } from './scenarios.ts';

const SHOP = `
store
currency | EUR
prices   | include tax

tax      | rate
reduced  | 7

goods    | price | tax     | unit
milk     | 1.19  | reduced |
bananas  | 1.79  | reduced | kg
`;

/** The first line of a test's own text is line 14. */
const run = (text: string): ScenarioReport => runScenarios(`${SHOP}\n\n${text.replaceAll(/^ +/gm, '')}`, 'shop.txt', nodeHash);

/** `15 total: 9.74, not 9.73`, one per difference. */
const differencesOf = (text: string): readonly string[] => {
  const report = run(text);
  expect(report.mistakes).toEqual([]);
  return report.scenarios.flatMap(({ differences }) =>
    differences.map(({ line, word, expected, got }) => `${line} ${word}: ${expected}, not ${got}`),
  );
};

const mistakesOf = (text: string): readonly string[] => {
  const report = run(text);
  expect(report.scenarios).toEqual([]);
  return report.mistakes.map(({ file, line, message }) => `${file}:${line}: ${message}`);
};

test('what is as expected makes no difference, however it is written', () => {
  const report = run(`scenario: Milk
    do              | error            | total
    scan milk       |                  | 1.19
    pay cash 1   | tender too small |
    pay cash 2.0 |                  |

    expect
    line   | 1 | milk | 1.190 | 1.19 | number 1 | type regular
    change | 0.81
  `);
  expect(report).toEqual({
    file: 'shop.txt',
    mistakes: [],
    scenarios: [{ title: 'Milk', file: 'shop.txt', line: 14, checks: 4, differences: [] }],
  });
});

describe('a difference is found:', () => {
  test.each([
    ['a wrong total', 'do | total\nscan milk | 1.20', ['16 total: 1.20, not 1.19']],
    [
      'a missing line',
      'do\nscan milk\nscan 0.5 kg x bananas\n\nexpect\nline | 1 | milk',
      ['20 line: 1 | milk, not 1 | milk | 1.19 | 1.19\n0.500 kg | bananas | 1.79 | 0.90'],
    ],
    [
      'a line too many',
      'do\nscan milk\n\nexpect\nline | 1 | milk\nline | 1 | milk',
      ['19 line: 1 | milk\n1 | milk, not 1 | milk | 1.19 | 1.19'],
    ],
    [
      'lines in another order',
      'do | lines\nscan milk | 1 milk\nscan 1 kg x bananas | 1 kg bananas, 1 milk',
      ['17 lines: 1.000 kg bananas, 1 milk, not 1 milk, 1.000 kg bananas'],
    ],
    [
      'an unexpected refusal',
      'do | total\nscan bananas | 0.00',
      ['16 error: none, not weight needed | sku bananas | name bananas | unit gram'],
    ],
    [
      'a refusal in the middle',
      'do\nscan bananas\nscan milk\n\nexpect\ntotal | 1.19',
      ['16 error: none, not weight needed | sku bananas | name bananas | unit gram'],
    ],
    [
      'another refusal',
      'do | error\npay cash 1.00 | tender too small',
      ['16 error: tender too small, not basket empty | basket id basket-1'],
    ],
    ['a refusal that did not come', 'do | error\nscan milk | no price', ['16 error: no price, not none']],
    [
      'another detail of a refusal',
      'do\nscan milk\npay cash 1.00\n\nexpect\nerror | tender too small | due 1.20',
      ['20 error: tender too small | due 1.20, not tender too small | due 1.19 | amount 1.00'],
    ],
    [
      'another detail of a line',
      'do\nscan milk, serial S1\n\nexpect\nline | 1 | milk | | | serial S2',
      ['19 line: 1 | milk |  |  | serial S2, not 1 | milk | 1.19 | 1.19 | serial S1'],
    ],
    [
      'pieces of a weighed line',
      'do | items\nscan 1 kg x bananas | 1\nqty line 1 to 3 | 1',
      ['14 engine: what every sale keeps to, not line 1 is not counted in pieces'],
    ],
    ['change before anything is paid', 'do\nscan milk\n\nexpect\nchange | 0.00', ['19 change: 0.00, not none']],
    ['something where nothing should be', 'do\nscan milk\n\nexpect\ntax | none', ['19 tax: none, not reduced | 7 % | 1.11 | 0.08']],
    ['nothing where something should be', 'expect\nledger | sale | 1.19', ['16 ledger: sale | 1.19, not none']],
    [
      'goods that the engine cannot use',
      'goods | tax | age\nsnuff | reduced | 200\n\nexpect\ntotal | 0.00',
      ['14 fault: none, not item | snuff | minimumAgeYears'],
    ],
  ])('%s', (_, text, differences) => {
    expect(differencesOf(`scenario: One\n${text}`)).toEqual(differences);
  });
});

describe('a mistake names its file, its line and the nearest word:', () => {
  test.each([
    ['an unknown act', 'do\nscam milk', '16: There is no act "scam". Did you mean "scan"?'],
    ['an unknown act of two words', 'do\nstock ut 2 x milk, because lost', '16: There is no act "stock ut". Did you mean "stock out"?'],
    ['unknown goods', 'do\nscan mlik', '16: There is no goods "mlik". Did you mean "milk"?'],
    ['an unknown detail', 'do\nscan milk, serail S1', '16: There is no detail of "scan" "serail". Did you mean "serial"?'],
    ['an unknown tender', 'do\ntender cahs 5.00', '16: There is no tender "cahs". Did you mean "cash"?'],
    ['an unknown table', 'expct\ntotal | 1.00', '15: There is no table "expct". Did you mean "expect"?'],
    ['an unknown expectation', 'expect\ntotl | 1.00', '16: There is no expectation "totl". Did you mean "total"?'],
    ['an unknown column', 'do | totl\nscan milk | 1.19', '15: There is no column of "do" "totl". Did you mean "total"?'],
    ['a list as a column', 'do | tax\nscan milk | 0.08', '15: There is no column of "do" "tax".'],
    [
      'an unknown refusal',
      'do | error\nscan bananas | weight neded',
      '16: There is no refusal "weight neded". Did you mean "weight needed"?',
    ],
    [
      'an unknown detail of a line',
      'expect\nline | 1 | milk | | | serail S1',
      '16: There is no detail of "line" "serail". Did you mean "serial"?',
    ],
    ['an unknown setting', 'store\ncurency | EUR\n\nexpect\ntotal | 0', '16: There is no setting "curency". Did you mean "currency"?'],
    [
      'an unknown value',
      'store\nprices | inclde tax\n\nexpect\ntotal | 0',
      '16: There is no value of "prices" "inclde tax". Did you mean "include tax"?',
    ],
    ['a currency that nobody knows', 'store\ncurrency | XXX\n\nexpect\ntotal | 0', '16: "currency" is an ISO 4217 code'],
    [
      'an unknown column of goods',
      'goods | tax | prise\nsnuff | reduced | 1\n\nexpect\ntotal | 0',
      '15: There is no column of "goods" "prise". Did you mean "price"?',
    ],
    ['a price of unknown goods', 'price | price\nmlik | 1.00\n\nexpect\ntotal | 0', '16: There is no goods "mlik". Did you mean "milk"?'],
    ['a row with too few cells', 'do | error | total\nscan milk | 1.19', '16: This row has 2 cells for 3 columns.'],
    ['a row of goods with too many', 'goods | tax\nsnuff | reduced | 1.00\n\nexpect\ntotal | 0', '16: This row has 3 cells for 2 columns.'],
    ['an expectation with too many cells', 'expect\ntotal | 1.00 | 2.00', '16: This row has too many cells. Write: total | 9.73'],
    ['an expectation of nothing', 'expect\ntotal', '16: What is expected of "total"? Write: total | 9.73'],
    ['an expectation that stands there twice', 'expect\ntotal | 1.00\ntotal | 2.00', '17: "total" is expected twice.'],
    ['no amount', 'expect\ntotal | much', '16: "much" is no amount: write 11.90'],
    ['a fraction of a cent', 'do\npay cash 1.005', '16: "1.005" has more decimals than the currency'],
    ['no quantity', 'do\nscan 1.5 x milk', '16: "1.5" is no quantity: write 3, or 0.842 kg'],
    ['a negative quantity', 'do\nscan -2 x milk', '16: A quantity is not negative here'],
    ['a price without a reason', 'do\nscan milk, at 1.00', '16: A reason is needed'],
    ['a reason without a price', 'do\nscan milk, because dented', '16: "because" is the reason for a price'],
    ['a detail that stands there twice', 'do\nscan milk, batch 1, batch 2', '16: "batch" stands there twice.'],
    ['a detail without its value', 'do\nscan milk, batch', '16: Something must stand behind "batch".'],
    ['words behind a verb that stands alone', 'do\nsuspend now', '16: Nothing stands behind "suspend", not "now".'],
    [
      'an hour that the clocks skip',
      'store\ntime zone | Europe/Berlin\nclock | 2026-03-29 02:30\n\nexpect\ntotal | 0',
      '17: "2026-03-29 02:30" is never on the clocks of Europe/Berlin',
    ],
    [
      'an hour that comes twice',
      'store\ntime zone | Europe/Berlin\nclock | 2026-10-25 02:30\n\nexpect\ntotal | 0',
      '17: "2026-10-25 02:30" comes twice in Europe/Berlin',
    ],
    ['a day that is in no calendar', 'do\nclock 2026-02-30 12:00', '16: "2026-02-30 12:00" is in no calendar'],
    [
      'goods that stand there twice',
      'goods | tax\nsnuff | reduced\nsnuff | reduced\n\nexpect\ntotal | 0',
      '17: "snuff" stands in this table twice.',
    ],
    [
      'a code that is no GTIN',
      'goods | tax | code\nsnuff | reduced | 4006381333930\n\nexpect\ntotal | 0',
      '16: "4006381333930" is no GTIN',
    ],
    [
      'a shop that changes in the middle',
      'expect\ntotal | 0\n\nstore\nname | X',
      '18: A table "store" does not stand behind what is done.',
    ],
    ['a table without rows', 'do\n\nexpect\ntotal | 0', '15: The table "do" has no rows'],
    ['a heading with too much', 'expect | total\ntotal | 0', '15: The heading of "expect" stands alone'],
    ['nothing that is expected', 'do\nscan milk', '14: This scenario expects nothing.'],
    ['no expectation in a table of acts', 'do | error\nscan milk |', '14: This scenario expects nothing.'],
    ['two scenarios of one name', 'expect\ntotal | 0\n\nscenario: One\n\nexpect\ntotal | 0', '18: The title "One" stands there twice.'],
  ])('%s', (_, text, mistake) => {
    const mistakes = mistakesOf(`scenario: One\n${text}`);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(`shop.txt:${mistake}`);
  });

  test.each([
    ['an empty file', '', 'shop.txt:1: There is no scenario in this file'],
    ['a file without a scenario', SHOP, 'shop.txt:1: There is no scenario in this file'],
    ['a scenario without a title', `${SHOP}\nscenario:\n\nexpect\ntotal | 0`, 'shop.txt:13: A scenario has a title'],
    [
      'a table of acts before the first scenario',
      `${SHOP}\ndo\nscan milk\n\nscenario: One\n\nexpect\ntotal | 0`,
      'shop.txt:13: A table "do" does not stand before',
    ],
    ['no currency', 'store\nprices | include tax\n\nscenario: One\n\nexpect\ntotal | 0', 'shop.txt:1: The table "store" sets "currency"'],
  ])('%s', (_, text, mistake) => {
    const { mistakes, scenarios } = runScenarios(text, 'shop.txt', nodeHash);
    expect(scenarios).toEqual([]);
    expect(mistakes.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([expect.stringContaining(mistake)]);
  });

  test('a mistake in a table that all share is told once', () => {
    const text = `${SHOP.replace('1.79', 'cheap')}\nscenario: One\n\nexpect\ntotal | 0\n\nscenario: Two\n\nexpect\ntotal | 0`;
    expect(runScenarios(text, 'shop.txt', nodeHash).mistakes).toEqual([
      { file: 'shop.txt', line: 11, message: '"cheap" is no price: write 1.19' },
    ]);
  });

  test('no scenario of a file with a mistake is run, and all mistakes are told', () => {
    expect(mistakesOf('scenario: One\n\nexpect\ntotal | 0\ntotl | 0\n\nscenario: Two\n\ndo\nscam milk')).toHaveLength(2);
  });
});
