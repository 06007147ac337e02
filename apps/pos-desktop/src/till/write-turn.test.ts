import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { createMainTurn, createWriteTurnMemory } from './write-turn.ts';

test('two threads never write at once, and the main thread waits for one transaction at most', async () => {
  const memory = createWriteTurnMemory();
  const shared = new Int32Array(new SharedArrayBuffer(16));
  const script = `
    const { parentPort, workerData } = await import('node:worker_threads');
    const { createWorkerTurn } = await import(${JSON.stringify(new URL('./write-turn.ts', import.meta.url).href)});
    const turn = createWorkerTurn(workerData.memory);
    const shared = workerData.shared;
    const mainWants = new Int32Array(workerData.memory).subarray(1, 2);
    let writes = 0;
    while (Atomics.load(shared, 2) === 0) {
      turn.run(() => {
        if (Atomics.compareExchange(shared, 0, 0, 2) !== 0) Atomics.store(shared, 1, 1);
        if (Atomics.load(mainWants, 0) === 1) Atomics.add(shared, 3, 1);
        for (const end = performance.now() + 0.2; performance.now() < end;);
        Atomics.store(shared, 0, 0);
      });
      writes++;
      // Not before: a busy machine could let the main thread have all of its turns first.
      if (writes === 1) parentPort.postMessage('writing');
    }
    process.exitCode = writes > 0 ? 0 : 1;`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData: { memory, shared } });
  await once(worker, 'message');
  const turn = createMainTurn(memory);
  const waited: number[] = [];
  for (let i = 0; i < 500; i++) {
    turn.run(() => {
      waited.push(Atomics.exchange(shared, 3, 0));
      if (Atomics.compareExchange(shared, 0, 0, 1) !== 0) Atomics.store(shared, 1, 1);
      Atomics.store(shared, 0, 0);
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  Atomics.store(shared, 2, 1);
  const [code] = (await once(worker, 'exit')) as [number];
  expect(code).toBe(0);
  expect(Atomics.load(shared, 1)).toBe(0);
  // The worker never rests: the one that it is in when the main thread wants the turn, or is about to begin, and none after it.
  expect(Math.max(...waited)).toBeLessThanOrEqual(1);
});

test('a write that throws gives the turn back', () => {
  const turn = createMainTurn(createWriteTurnMemory());
  expect(() =>
    turn.run(() => {
      throw new Error('disk');
    }),
  ).toThrow('disk');
  expect(turn.run(() => 1)).toBe(1);
});
