/**
 * Windows over MessagePorts, when the till runs as Electron's utility process: the main process hands a port over for each
 * window, through `process.parentPort`. See `shared/till-port.ts`. Nothing here imports Electron.
 */
import type { Windows } from '../windows.ts';

/** The part of Electron's MessagePortMain (and of Node's MessagePort) that is needed. */
export interface Port {
  postMessage(message: unknown): void;
  start(): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** The part of Electron's `process.parentPort`. */
export interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown; readonly ports: readonly Port[] }) => void): unknown;
  postMessage(message: unknown): void;
}

function attachMessagePort(port: Port, windows: Windows): void {
  const window = windows.attach({ send: (...texts) => texts.forEach((text) => port.postMessage(text)) });
  port.on('message', (event) => window.receive(event.data));
  port.on('close', () => window.detach());
  port.start();
}

/** Undefined outside of Electron. */
export function findParentPort(): ParentPort | undefined {
  return (process as { readonly parentPort?: ParentPort }).parentPort;
}

/** Every port that the parent sends becomes a window. */
export function acceptMessagePorts(parent: ParentPort, windows: Windows): void {
  parent.on('message', (event) => {
    for (const port of event.ports) attachMessagePort(port, windows);
  });
}
