import { assert, err, type Result } from '@holdfast/base';
import { nodeCompression, nodeHash, nodeVerifier, systemClock } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import type { Database } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { createIntake } from './intake.ts';
import type { OpenedBatch, OpenError } from './open-batch.ts';
import { createOpenedEntries } from './opened-entries.ts';

const noDatabase = new Proxy({} as Database, { get: (_target, name) => assert(false, `the database was asked: ${String(name)}`) });
const DEVICE = { device: 'lane-1', store: '1', lane: 1, tenantNo: 1, publicKey: new Uint8Array(32) } as EnrolledDevice;

test('U-18: a batch and its bytes count from when they came until they are answered, or the database could not say', async () => {
  const opening: ((opened: Result<OpenedBatch, OpenError> | Error) => void)[] = [];
  const intake = createIntake({
    database: noDatabase,
    clock: systemClock,
    compression: nodeCompression,
    hash: nodeHash,
    verifier: nodeVerifier,
    opened: createOpenedEntries(),
    onReceived: () => undefined,
    crew: {
      open: () =>
        new Promise((resolve, reject) => {
          opening.push((opened) => (opened instanceof Error ? reject(opened) : resolve(opened)));
        }),
      prepare: () => {
        throw new Error('nothing is folded');
      },
      close: async () => undefined,
    },
  });
  const counted = (): readonly number[] => [intake.waiting, intake.waitingBytes];
  const received = [1_000, 30].map((bytes) => intake.receive(DEVICE, new Uint8Array(bytes)));
  expect(counted()).toEqual([2, 1_030]);
  const refused = err({ type: 'badBatch', reason: 'no batch' } as const);
  opening[0]?.(refused);
  expect(await received[0]).toEqual(refused);
  expect(counted()).toEqual([1, 30]);
  opening[1]?.(new Error('a thread ended'));
  await expect(received[1]).rejects.toThrow('a thread ended');
  expect(counted()).toEqual([0, 0]);
});
