/** A lane that comes back, as a process that can be killed: it is told of its disk, says when it has started, and ends once it stands where it should and has sent all that it had. */
import { assert } from '@holdfast/base';
import { z } from 'zod';

import { createSyncLane } from './sync-lane.ts';
import { usageOf } from './usage.ts';

const lifeSchema = z.object({ file: z.string(), signingKeyHex: z.string(), hubUrl: z.string(), lsn: z.int() });
export type LaneLife = z.infer<typeof lifeSchema>;

assert(process.send !== undefined, 'started by the benchmark');
process.once('message', (message) => {
  const { file, signingKeyHex, hubUrl, lsn } = lifeSchema.parse(message);
  const signingKey = new Uint8Array(Buffer.from(signingKeyHex, 'hex'));
  // It is enrolled: no code is asked for.
  const lane = createSyncLane(() => hubUrl, '', { disk: { file, signingKey } });
  process.send?.('started');
  lane.start(lsn).then(
    async () => {
      await lane.close();
      await new Promise<void>((resolve) => void process.send?.(usageOf(process.pid), () => resolve()));
      process.exit(0);
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
// Whoever started it is gone.
process.once('disconnect', () => process.exit(1));
