import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { mountSmallDisk } from './testing/small-disk.ts';
import { createTestLane, MILK } from './testing/test-lane.ts';

const disk = mountSmallDisk(2);

test('a full disk is told apart from other failures', () => {
  // SQLite can be made to believe in one: no page may be added any more.
  const lane = createTestLane();
  lane.take({ type: 'scan', code: MILK });
  lane.db.pragma(`max_page_count = ${Number(lane.db.pragma('page_count', { simple: true }))}`);
  let refused: string | undefined;
  for (let i = 0; i < 5_000 && refused === undefined; i++) {
    const { reply } = lane.ask({ type: 'scan', code: MILK });
    if (reply.type === 'refused') refused = reply.refusal.type;
  }
  expect(refused).toBe('diskFull');
  lane.close();
});

test.runIf(disk !== undefined)('a full disk refuses, leaves nothing half-applied, and sells on when there is room again', () => {
  const root = disk?.folder ?? '';
  const folder = join(root, 'lane');
  mkdirSync(folder);
  const lane = createTestLane(undefined, folder);
  try {
    lane.take({ type: 'scan', code: MILK });
    const filler = join(root, 'filler');
    const { bavail, bsize } = statfsSync(root);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 40_000)));
    let accepted = 1;
    let refused: string | undefined;
    for (let i = 0; i < 200 && refused === undefined; i++) {
      const { reply } = lane.ask({ type: 'scan', code: MILK });
      if (reply.type === 'refused') refused = reply.refusal.type;
      else accepted += 1;
    }
    expect(refused).toBe('diskFull');
    expect(lane.lines()[0]?.quantity?.value).toBe(accepted);
    const { reply } = lane.ask({ type: 'payCash', amountMinor: 1_000_000 }, 'pay');
    expect(reply).toMatchObject({ type: 'refused', refusal: { type: 'diskFull' } });
    expect(lane.store.waiting().entries).toBe(0);
    rmSync(filler);
    expect(lane.ask({ type: 'payCash', amountMinor: 1_000_000 }, 'pay').reply).toMatchObject({
      value: { completed: { totalMinor: 119 * accepted } },
    });
    lane.reopen();
    expect(lane.store.waiting().entries).toBe(1);
  } finally {
    lane.db.close();
    disk?.remove();
  }
});
