/** A thread that does what `crew.ts` gives it, one task after the other. */
import { parentPort } from 'node:worker_threads';

import { assert } from '@holdfast/base';

import { doTask, type CrewTask, type FromCrew } from './crew.ts';

const port = parentPort;
assert(port !== null, 'runs as a worker');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (message: FromCrew): void => port.postMessage(message);
port.on('message', (task: CrewTask) => tell({ type: 'done', value: doTask(task) }));
tell({ type: 'ready' });
