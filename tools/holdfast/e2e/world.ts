/**
 * What surrounds one process of a day's run, as the file of `HOLDFAST_E2E_WORLD` says it: how far its machine's clock is ahead, and whether the ports of
 * `HOLDFAST_E2E_LAN` are reached from it, and it by them. Loaded with `--import` before the process's own program, in each of its threads.
 */
import { readFileSync } from 'node:fs';
import { Server, Socket } from 'node:net';

export interface World {
  readonly aheadMs: number;
  readonly isLanCut: boolean;
}

const LOOK_MS = 10;

const file = process.env['HOLDFAST_E2E_WORLD'] ?? '';
const lanPorts = new Set((process.env['HOLDFAST_E2E_LAN'] ?? '').split(',').map(Number));
const RealDate = Date;
const realMonotonicMs = performance.now.bind(performance);

let world: World = { aheadMs: 0, isLanCut: false };
let lookedAtMs = -Infinity;

function look(): World {
  const nowMs = realMonotonicMs();
  if (nowMs - lookedAtMs >= LOOK_MS) {
    lookedAtMs = nowMs;
    world = JSON.parse(readFileSync(file, 'utf8')) as World;
  }
  return world;
}

/** Hours that go by between two steps go by for everything that measures time, as on a machine that slept. */
class StoreDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [StoreDate.now()] : given) as [number]));
  }
  static override now(): number {
    return RealDate.now() + look().aheadMs;
  }
}
globalThis.Date = StoreDate as DateConstructor;
performance.now = () => realMonotonicMs() + look().aheadMs;

const cables = new Set<Socket>();
const hold = (socket: Socket): void => {
  cables.add(socket);
  socket.once('close', () => cables.delete(socket));
  if (look().isLanCut) socket.destroy(new Error('the cable is cut'));
};
const portOf = (given: unknown): number => {
  const [first] = Array.isArray(given) ? (given as readonly unknown[]) : [given];
  return typeof first === 'object' && first !== null && 'port' in first ? Number(first.port) : Number(first);
};

const connect = Reflect.get(Socket.prototype, 'connect') as (...given: readonly unknown[]) => Socket;
Reflect.set(Socket.prototype, 'connect', function dial(this: Socket, ...given: readonly unknown[]): Socket {
  const socket = connect.apply(this, [...given]);
  if (lanPorts.has(portOf(given[0]))) setImmediate(() => hold(socket));
  return socket;
});
const emit = Reflect.get(Server.prototype, 'emit') as (name: string, ...given: readonly unknown[]) => boolean;
Reflect.set(Server.prototype, 'emit', function accept(this: Server, name: string, ...given: readonly unknown[]): boolean {
  const [socket] = given;
  if (name === 'connection' && socket instanceof Socket && lanPorts.has(socket.localPort ?? 0)) hold(socket);
  return emit.call(this, name, ...given);
});
setInterval(() => {
  if (look().isLanCut) for (const socket of cables) socket.destroy(new Error('the cable is cut'));
}, LOOK_MS).unref();
