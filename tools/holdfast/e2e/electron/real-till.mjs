/**
 * Runs in Electron's utility process, where the tests' Electron is too old for the till's SQLite: starts the real till under the Node of the tests, hands it
 * each port as `parent-port.mjs` takes it, logs that, and ends when it does, as its own process would.
 */
import { fork } from 'node:child_process';

const { HOLDFAST_E2E_TILL: script = '', HOLDFAST_E2E_NODE: execPath = '', HOLDFAST_E2E_PARENT_PORT: shim = '' } = process.env;
const till = fork(script, process.argv.slice(2), {
  execPath,
  execArgv: ['--import', shim],
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const ports = [];

till.on('message', ({ port, data }) => ports[port]?.postMessage(data));
till.once('exit', (code) => process.exit(code ?? 1));

process.parentPort.on('message', ({ ports: handed }) => {
  for (const port of handed) {
    const id = ports.push(port) - 1;
    till.send({ port: id, is: 'opened' });
    port.on('message', ({ data }) => till.send({ port: id, is: 'said', data }));
    port.on('close', () => till.connected && till.send({ port: id, is: 'closed' }));
    port.start();
    process.stderr.write(`${JSON.stringify({ level: 'info', message: 'the till took a port' })}\n`);
  }
});
