/** Loaded before the real till where `real-till.mjs` is its parent: `process.parentPort` as Electron has it, over the channel to the parent. */
import { EventEmitter } from 'node:events';

/** Keeps what comes before somebody listens, as Electron's do. */
class Kept extends EventEmitter {
  #kept = [];
  on(name, listener) {
    super.on(name, listener);
    if (name === 'message') for (const event of this.#kept.splice(0)) listener(event);
    return this;
  }
  give(event) {
    if (this.listenerCount('message') === 0) this.#kept.push(event);
    else this.emit('message', event);
  }
}

class Port extends Kept {
  constructor(port) {
    super();
    this.postMessage = (data) => process.send({ port, data });
  }
  start() {}
}

const parent = new Kept();
const ports = new Map();
process.parentPort = parent;
process.on('message', ({ port, is, data }) => {
  if (is === 'opened') {
    ports.set(port, new Port(port));
    parent.give({ ports: [ports.get(port)] });
  } else if (is === 'said') ports.get(port).give({ data });
  else ports.get(port).emit('close');
});
// The till's process is its parent's: what ends one ends the other.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
