/** What changes around a lane stands in its journal: its clock, and the settings of its store. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, MILK, NOON_MS, publish, setting, type TestLane } from './testing/test-lane.ts';

const HOUR_MS = 3_600_000;

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([...ASSORTMENT, setting('drawerLimitMinor', '20000')]);
  lane.till.look();
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const said = (kind: number) =>
  lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 10_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    return entry.value.kind === kind ? [entry.value.fields] : [];
  });
const clockChanges = () => said(LEDGER_KINDS.clockChange.kind).map(({ expectedMs, shownMs }) => Number(shownMs) - Number(expectedMs));
const settingChanges = () => said(LEDGER_KINDS.settingChange.kind).map(({ key, before, after }) => [key, before, after]);

test('a clock that is set is told, whichever way, and by how much; one that goes on is not', () => {
  lane.clock.nowMs += 4_000;
  lane.monotonic.addedMs += 4_000;
  expect(lane.till.look()).toEqual([]);
  lane.clock.nowMs += HOUR_MS;
  expect(lane.till.look()).toMatchObject([{ type: 'status' }]);
  lane.clock.nowMs -= 2 * HOUR_MS;
  lane.till.look();
  const [ahead = 0, back = 0] = clockChanges();
  expect([Math.round(ahead / 60_000), Math.round(back / 60_000)]).toEqual([60, -120]);
  expect(clockChanges()).toHaveLength(2);
});

test('a clock that went back while the till was off is told at its start; one that went on is not', () => {
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 119 });
  lane.clock.nowMs = NOON_MS + HOUR_MS;
  lane.reopen();
  lane.till.look();
  expect(clockChanges()).toEqual([]);
  lane.clock.nowMs = NOON_MS - HOUR_MS;
  lane.reopen();
  lane.till.look();
  expect(clockChanges()).toEqual([-HOUR_MS]);
});

test('a setting that headquarters changes is told once, with what it was and what it is; so is one that came before a crash', () => {
  publish(lane.store, [setting('drawerLimitMinor', '30000'), setting('receiptFooter', 'Thank you')]);
  lane.till.cutMoved();
  lane.till.cutMoved();
  expect(settingChanges()).toEqual([
    ['drawerLimitMinor', '20000', '30000'],
    ['receiptFooter', '""', '"Thank you"'],
  ]);
  publish(lane.store, [setting('drawerLimitMinor', '0')]);
  lane.reopen();
  lane.till.look();
  lane.till.look();
  expect(settingChanges().slice(2)).toEqual([['drawerLimitMinor', '30000', undefined]]);
});
