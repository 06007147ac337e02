/** Prices baskets anew, beside whoever answers lanes: a week of a chain's is many thousands. */
import { parentPort } from 'node:worker_threads';

import { assert } from '@holdfast/base';

import { createSimulator, type Simulator, type ToSimulation } from './simulator.ts';

assert(parentPort !== null, 'runs as a thread');
const port = parentPort;
let simulator: Simulator | undefined;
port.on('message', (message: ToSimulation) => {
  if (message.type === 'terms') {
    simulator = createSimulator(message.terms);
    return;
  }
  assert(simulator !== undefined, 'baskets come behind their terms');
  const answer =
    message.type === 'undoing'
      ? simulator.undoing(message.sales)
      : message.type === 'sales'
        ? simulator.read(message.sales)
        : simulator.price(message.around);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  port.postMessage(answer);
});
