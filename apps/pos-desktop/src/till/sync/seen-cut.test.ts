import { expect, test } from 'vitest';

import { createTestLane, publish, setting } from '../testing/test-lane.ts';
import { createMainTurn, createWorkerTurn, createWriteTurnMemory } from '../write-turn.ts';
import { withSeenCut } from './seen-cut.ts';

test('the cut is read again once the worker has written, also where it died before it said so', () => {
  const lane = createTestLane();
  const memory = createWriteTurnMemory();
  const [main, worker] = [createMainTurn(memory), createWorkerTurn(memory)];
  let reads = 0;
  const counted = {
    ...lane.store,
    cut: () => {
      reads += 1;
      return lane.store.cut();
    },
  };
  const store = withSeenCut(counted, () => main.workerWrites());
  const first = store.cut();
  main.run(() => expect(store.cut()).toBe(first));
  expect(reads).toBe(1);

  worker.run(() => publish(lane.store, [setting('storeName', 'Other Shop')]));
  const second = store.cut();
  expect(second.position.lsn).toBe(first.position.lsn + 1);
  expect(store.cut()).toBe(second);
  expect(reads).toBe(2);

  publish(lane.store, [setting('storeName', 'Third Shop')]);
  main.releaseDead();
  expect(store.cut().position.lsn).toBe(first.position.lsn + 2);
  lane.close();
});

test("so is the hub's clock, which a request asks for with each moment", () => {
  const lane = createTestLane();
  const memory = createWriteTurnMemory();
  const [main, worker] = [createMainTurn(memory), createWorkerTurn(memory)];
  let reads = 0;
  const counted = {
    ...lane.store,
    hubClock: () => {
      reads += 1;
      return lane.store.hubClock();
    },
  };
  const store = withSeenCut(counted, () => main.workerWrites());
  worker.run(() => lane.store.setHubClock({ hubOffsetMs: 7, uncertaintyMs: 1 }));
  expect([store.hubClock(), store.hubClock()]).toEqual([
    { hubOffsetMs: 7, uncertaintyMs: 1 },
    { hubOffsetMs: 7, uncertaintyMs: 1 },
  ]);
  expect(reads).toBe(1);
  worker.run(() => lane.store.setHubClock({ hubOffsetMs: 9, uncertaintyMs: 2 }));
  expect(store.hubClock()).toEqual({ hubOffsetMs: 9, uncertaintyMs: 2 });
  lane.close();
});
