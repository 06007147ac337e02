/**
 * Several lanes in one process, each the real core over a database of its own with a terminal of its own, so that one SIGKILL hits each of them wherever it stands. Its parent asks
 * over the process's channel. Arguments: for each lane its folder and the address of its terminal.
 */
import { assert } from '@holdfast/base';

import type { RequestBody } from '../../shared/till-contract.ts';
import { hostTerminalLane, type HostedLane } from './hosted-terminal-lane.ts';

export interface CrewQuestion {
  readonly id: number;
  readonly lane: number;
  readonly body: RequestBody;
}

const given = process.argv.slice(2);
const lanes: HostedLane[] = [];
for (let index = 0; index < given.length; index += 2) {
  const [folder, address] = [given[index], given[index + 1]];
  assert(folder !== undefined && address !== undefined, 'a folder, and an address');
  lanes.push(hostTerminalLane(folder, address));
}

process.on('message', ({ id, lane, body }: CrewQuestion) => {
  const hosted = lanes[lane];
  assert(hosted !== undefined, 'a lane of this crew');
  process.send?.({ id, message: hosted.ask(body) });
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
