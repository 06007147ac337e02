/**
 * Stands in for the till in Electron's utility process, where the tests' Electron is too old for the real one's SQLite: it takes
 * ports as the till does, logs each, refuses every request, and says in the refusal which process it is and what it was started with.
 */
let taken = 0;
process.parentPort.on('message', ({ ports }) => {
  for (const port of ports) {
    taken += 1;
    process.stderr.write(`${JSON.stringify({ level: 'info', message: 'the stand-in took a port', taken })}\n`);
    port.on('message', ({ data }) => {
      const detail = { pid: process.pid, arguments: process.argv.slice(2).join(' ') };
      port.postMessage(JSON.stringify({ type: 'refused', id: JSON.parse(data).id, refusal: { type: 'internal', detail } }));
    });
    port.start();
  }
});
