/**
 * The floor under a scan: a process that hands each line of a TCP connection to its one WebSocket, and knows nothing of codes.
 *
 *   node bare-scanner.ts PORT
 *
 * PORT is where the scanner listens. Prints {"port"}, its own, when it has the scanner.
 */
import { connect } from 'node:net';

import { WebSocketServer, type WebSocket } from 'ws';

let window: WebSocket | undefined;
let held = '';
const scanner = connect({ host: '127.0.0.1', port: Number(process.argv[2]), noDelay: true });
scanner.setEncoding('utf8').on('data', (text: string) => {
  const lines = (held + text).split('\r');
  held = lines.pop() ?? '';
  for (const line of lines) window?.send(JSON.stringify({ type: 'scanned', code: line }));
});
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  window = socket;
});
scanner.once('connect', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.on('disconnect', () => process.exit(0));
