/** A lane's port, and its questions to siblings, in a thread that may hold little: whoever makes it hold much ends it. For tests. */
import { parentPort, workerData } from 'node:worker_threads';

import { assert } from '@holdfast/base';

import { createLanClient } from '../adapters/lan-client.ts';
import { startLanServer } from '../adapters/lan-server.ts';
import type { HelloAnswer } from '../lan/neighbour-protocol.ts';

/** PEM and DER, as `LaneIdentity` says. */
interface Shown {
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
}

const HELLO = { heads: [], devices: [], revocations: 0, port: null, isConnected: true, confirmed: {}, clock: null };
const ANSWER: HelloAnswer = { ...HELLO, certificates: [] };

const port = parentPort;
assert(port !== null, 'a thread');
const shown = workerData as Shown;
const server = await startLanServer({
  host: '127.0.0.1',
  port: 0,
  ...shown,
  service: {
    admits: () => true,
    hello: () => ANSWER,
    entries: () => null,
    manifest: async () => null,
    segment: async () => null,
    documents: async () => null,
    ask: async () => undefined,
  },
  logger: { info: () => {}, warn: () => {}, error: () => {} },
});
const client = createLanClient({ ...shown, admits: () => true, timeoutMs: 60_000 });
port.on('message', (address: unknown) => {
  assert(typeof address === 'string', 'an address');
  void client.hello(address, HELLO).then((told) => port.postMessage(told.ok ? 'answered' : told.error.type));
});
port.postMessage(server.port);
