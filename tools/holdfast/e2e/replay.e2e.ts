/**
 * Real invoices through the real till into a real hub, compared with the file item by item and to the penny. A sample by default
 * (everything rare, the rest spread over the year); all 25,900 with HOLDFAST_SOAK=1.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { ReplayReport } from '../src/replay-session.ts';
import { holdfast } from './processes.ts';

const FILE = fileURLToPath(new URL('../../../../shared/data/sales/online_retail.csv.gz', import.meta.url));
const present = existsSync(FILE);
if (!present) process.stderr.write(`not run: replay (${FILE} is absent)\n`);

const soak = process.env['HOLDFAST_SOAK'] === '1';
const SAMPLE = 150;
const TITLE = soak ? 'all 25,900 invoices' : `a sample of ${SAMPLE} invoices`;

/** All: the counts that `replay.test.ts` fixes. A sample: whatever is rare is in it, and some of everything else. */
const EXPECTED = soak
  ? { documents: 24_562, skusCompared: 4_070, totalMinor: { file: '976987205', till: '976987205', hub: '976987205' } }
  : {
      replayed: {
        subPennyLines: 4,
        linesByReason: { negativePrice: 2, sale: atLeast(3), return: atLeast(3), freeSale: atLeast(3), adjustment: atLeast(3) },
      },
    };

function atLeast(lines: number): unknown {
  return expect.toSatisfy((value: unknown) => typeof value === 'number' && value >= lines, `at least ${lines}`);
}

describe.runIf(present)('replay', () => {
  test(`of ${TITLE}: equal, item by item and to the penny`, { timeout: soak ? 3_600_000 : 900_000 }, async () => {
    const { code, stdout, stderr } = await holdfast('replay', FILE, '--json', ...(soak ? [] : ['--invoices', String(SAMPLE)]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout) as ReplayReport;
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ equal: true, goods: 4_070, refusedLines: 2, ...EXPECTED });
    expect(report.totalMinor).toEqual({ file: report.totalMinor.file, till: report.totalMinor.file, hub: report.totalMinor.file });
    const { replayed } = report;
    process.stderr.write(
      `replayed ${replayed.invoices} invoices, ${replayed.lines} lines: ${report.requestsPerSecond} requests/s, ${report.invoicesPerSecond} invoices/s; the hub had them ${report.syncMs} ms later\n`,
    );
  });
});
