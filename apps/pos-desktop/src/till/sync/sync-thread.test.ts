import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { DATABASE_FILE } from '../database/connection.ts';
import { silentLogger } from '../testing/test-lane.ts';
import { createWriteTurnMemory } from '../write-turn.ts';
import { startSyncThread } from './sync-thread.ts';

test('I-6: a worker that cannot begin for the damage of its database says so, and is started again after twice as long each time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sync-thread-'));
  writeFileSync(join(folder, DATABASE_FILE), Buffer.alloc(8_192, 0xa5));
  const rests: number[] = [];
  let damages = 0;
  let hasEnded = (): void => {};
  const ended = new Promise<void>((resolve) => (hasEnded = resolve));
  const ignore = (): void => {};
  const thread = startSyncThread({
    workerData: { folder, turnMemory: createWriteTurnMemory() },
    clock: systemClock,
    timers: {
      after: (ms, run) => {
        rests.push(ms);
        if (rests.length === 4) hasEnded();
        else setImmediate(run);
        return ignore;
      },
    },
    logger: silentLogger,
    onStatus: ignore,
    onCut: ignore,
    onPasscodeSecrets: ignore,
    onAsked: ignore,
    onSiblings: ignore,
    onWipe: ignore,
    onDamage: () => (damages += 1),
    onSiblingEntries: ignore,
    onDeath: ignore,
  });
  await ended;
  expect([rests, damages]).toEqual([[1_000, 2_000, 4_000, 8_000], 4]);
  await thread.stop();
  rmSync(folder, { recursive: true });
});
