/** A serial line without wires, for tests: `socat` joins two pseudo-terminals. A virtual device stands at one of them; the lane has the other, as a serial line or as a device file. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SerialPort } from 'serialport';

import { createInbox } from '../link/link.ts';
import type { DevicePeer } from '../link/memory-link.ts';

export interface SerialPair {
  readonly ours: string;
  readonly theirs: string;
  /** Of the process that joins them. */
  readonly pid: number;
  /** Resolves when they are joined no more: whoever closes an end ends the line. */
  readonly ended: Promise<void>;
  close(): void;
}

export const hasSocat = (): boolean => spawnSync('socat', ['-V'], { stdio: 'ignore' }).status === 0;

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'holdfast-pty-'));

/** Resolves when both ends are there; `folder`: where they stand, and stays. */
export async function openSerialPair(folder?: string): Promise<SerialPair> {
  const place = folder ?? newFolder();
  const [ours, theirs] = [join(place, folder === undefined ? 'ours' : 'hidden'), join(place, 'theirs')];
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => void socat.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    socat.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('starting data transfer loop')) resolve();
    });
    socat.once('exit', () => reject(new Error(`socat ended: ${said}`)));
  });
  return {
    ours,
    theirs,
    pid: socat.pid ?? 0,
    ended,
    close: () => {
      socat.kill();
      if (folder === undefined) rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The far end of a line, for whatever stands there. Whoever closes the line while something is written to it is told so by the line's end alone. */
export async function standAt(pair: SerialPair): Promise<{ readonly peer: DevicePeer; readonly close: () => Promise<void> }> {
  const inbox = createInbox();
  const port = new SerialPort({ path: pair.theirs, baudRate: 9_600 });
  port.on('data', (bytes: Buffer) => inbox.push(new Uint8Array(bytes)));
  port.on('error', () => {});
  await new Promise<void>((resolve) => port.once('open', () => resolve()));
  const closed = new Promise<void>((resolve) => port.once('close', () => resolve()));
  return {
    peer: { onBytes: inbox.onBytes, send: (bytes) => void port.write(bytes), closed, close: () => pair.close() },
    close: async () => {
      pair.close();
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

/** What can be plugged in and pulled out. */
interface PluggedDevice {
  connect(peer: DevicePeer): boolean;
  onChange(listener: () => void): () => void;
  state(): { readonly isPlugged: boolean };
}

export interface SerialPlace {
  /** Is there as long as the device is plugged in. */
  readonly path: string;
  close(): Promise<void>;
}

/** Resolves when it can be opened. A line whose other end was closed is a new one for whoever opens it next, as a real one is. */
export async function serveSerial(device: PluggedDevice): Promise<SerialPlace> {
  const folder = newFolder();
  const path = join(folder, 'ours');
  let isClosed = false;
  let pair: SerialPair | undefined;
  let wake = (): void => {};
  const stop = device.onChange(() => wake());
  const plug = async (): Promise<void> => {
    const line = await openSerialPair(folder);
    pair = line;
    const inbox = createInbox();
    const port = new SerialPort({ path: line.theirs, baudRate: 9_600 });
    port.on('data', (bytes: Buffer) => inbox.push(new Uint8Array(bytes)));
    // The line may end while it is opened.
    port.on('error', () => line.close());
    await new Promise<void>((resolve) => {
      port.once('open', () => resolve());
      void line.ended.then(resolve);
    });
    if (isClosed) line.close();
    // Before anybody listens at the other end, what is written is lost.
    renameSync(line.ours, path);
    void line.ended.then(() => rmSync(path, { force: true }));
    device.connect({
      onBytes: inbox.onBytes,
      send: (bytes) => {
        if (port.isOpen) port.write(bytes);
      },
      closed: line.ended,
      close: () => line.close(),
    });
  };
  const serve = async (): Promise<void> => {
    for (;;) {
      await pair?.ended;
      if (isClosed) return;
      if (device.state().isPlugged) await plug();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  await plug();
  const served = serve();
  return {
    path,
    close: async () => {
      isClosed = true;
      stop();
      wake();
      pair?.close();
      await served;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
