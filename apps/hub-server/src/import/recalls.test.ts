import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ImportReport } from './importer.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

async function take(file: string, query: Readonly<Record<string, string>> = {}): Promise<ImportReport> {
  const path = `/api/v1/import/recalls?${new URLSearchParams(query).toString()}`;
  const text = await (await hub.api(path, { method: 'POST', body: file })).text();
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
}

const recalls = async (): Promise<readonly (readonly [string, string, object])[]> => {
  const rows = await hub.database.rows<{ key: string; scope: string; fields: object }>(
    'SELECT key, scope, fields FROM entity WHERE type = 20 AND alive ORDER BY key, scope',
    [],
  );
  return rows.map(({ key, scope, fields }) => [key, scope, fields]);
};

describe('recalls', () => {
  const FILE = `EAN;Lot;Serial No;Reason;Scope
4006381333931;LOT7/A;;glass splinters;
4006381333931;;S9;;store:1
40084077;;;salmonella;
4006381333931;LOT7/A;;glass splinters, again;
`;

  test('name a GTIN, a batch of it or a serial number; the last row about one counts, and lanes hear of it urgently', async () => {
    const report = await take(FILE);
    expect(report).toMatchObject({ rows: 4, created: 3, duplicates: 1, refused: 0 });
    expect(await recalls()).toEqual([
      ['00000040084077', 'global', { '1': 'salmonella' }],
      ['04006381333931/10/LOT7/A', 'global', { '1': 'glass splinters, again' }],
      ['04006381333931/21/S9', 'store:1', { '1': '' }],
    ]);
    const urgent = await hub.database.rows<{ lsn: number }>('SELECT lsn FROM urgent_publication ORDER BY lsn', []);
    expect(urgent.map(({ lsn }) => lsn)).toContain(report.lsn);
    expect(await take(FILE)).toMatchObject({ created: 0, changed: 0, unchanged: 3, lsn: null });
  });

  test('are withdrawn', async () => {
    expect(await take('gtin,batch,withdrawn\n4006381333931,LOT7/A,yes\n4006381333931,NEVER,yes\n40084077,,no\n')).toMatchObject({
      changed: 2,
    });
    expect((await recalls()).map(([key]) => key)).toEqual(['00000040084077', '04006381333931/21/S9']);
  });

  test.each([
    ['123,,,,', 'badGtin'],
    ['4006381333932,,,,', 'badCheckDigit'],
    ['4006381333931,L,S,,', 'batchOrSerial'],
    ['4006381333931,LOT 7,,,', 'badBatch'],
    ['4006381333931,123456789012345678901,,,', 'badBatch'],
    ['4006381333931,,S#9,,', 'badSerial'],
    [`4006381333931,,,${'x'.repeat(81)},`, 'tooLong'],
    ['4006381333931,,,,maybe', 'badYesOrNo'],
  ])('%s is refused by itself: %s', async (row, reason) => {
    const report = await take(`gtin,batch,serial,reason,withdrawn\n${row}\n`);
    expect(report.refusals.map((refusal) => refusal.reason)).toEqual([reason]);
    expect(report.lsn).toBeNull();
  });

  test('a scope that means nothing is refused, a file without GTINs is none', async () => {
    expect((await take('gtin,scope\n4006381333931,kitchen\n')).refusals).toMatchObject([{ reason: 'badScope' }]);
    expect(await take('batch\nL\n')).toMatchObject({ type: expect.stringContaining('badColumns') });
  });
});
