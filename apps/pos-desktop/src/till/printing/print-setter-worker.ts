/** Sets papers whose text goes as pictures, beside the thread that answers scans. */
import { parentPort } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import { encodeDocument, encodeLabel } from '@holdfast/hardware/printing';

import { giveWayToOthers } from '../thread-priority.ts';
import type { PaperOrder, PaperSet } from './print-setter.ts';

/** Behind a scan, and before what has time until nobody waits. */
const NICER_BY = 5;

assert(parentPort !== null, 'runs as a thread');
const port = parentPort;
void giveWayToOthers(NICER_BY);
port.on('message', ({ number, paper }: PaperOrder) => {
  let answer: PaperSet;
  try {
    answer = {
      number,
      bytes: paper.type === 'document' ? encodeDocument(paper.document, paper.model) : encodeLabel(paper.label, paper.on),
    };
  } catch (error) {
    answer = { number, cause: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer);
});
