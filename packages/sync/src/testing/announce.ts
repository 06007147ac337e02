/** `node announce.ts NAME PORT`: a lane as multicast DNS sees it. Prints what it finds, a line each time; ends with its standard input. */
import { systemTimers } from '@holdfast/base/node';

import { startDiscovery } from '../adapters/discovery.ts';

const [name = '', port = '0'] = process.argv.slice(2);
const close = startDiscovery({
  name,
  port: Number(port),
  timers: systemTimers,
  logger: { info: () => {}, warn: (message, fields) => console.error(message, fields), error: console.error },
  onFound: (addresses) => console.log(JSON.stringify(addresses)),
});
process.stdin.resume();
process.stdin.on('end', () => {
  close();
  process.exit(0);
});
