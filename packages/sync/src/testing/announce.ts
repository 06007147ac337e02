/** `node announce.ts NAME PORT SPEED`: a lane as multicast DNS sees it, which asks SPEED times as often. Prints what it finds, a line each time; ends with its standard input. */
import { systemTimers } from '@holdfast/base/node';

import { startDiscovery } from '../adapters/discovery.ts';

const [name = '', port = '0', speed = '1'] = process.argv.slice(2);
const close = startDiscovery({
  name,
  port: Number(port),
  timers: { after: (ms, run) => systemTimers.after(ms / Number(speed), run) },
  logger: { info: () => {}, warn: (message, fields) => console.error(message, fields), error: console.error },
  onFound: (addresses) => console.log(JSON.stringify(addresses)),
});
process.stdin.resume();
process.stdin.on('end', () => {
  close();
  process.exit(0);
});
