/** Starts the bare lane of `bare-lane.ts` and talks to it. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { WebSocket } from 'ws';

export interface BareLane {
  readonly url: string;
  request(message: object): Promise<void>;
  close(): void;
}

export async function startBareLane(items: number): Promise<BareLane> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bare-'));
  const child = fork(fileURLToPath(new URL('bare-lane.ts', import.meta.url)), [join(folder, 'bare.db'), String(items)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the bare lane ended with ${code}`)));
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve((JSON.parse(text) as { port: number }).port));
  });
  const socket = new WebSocket(`ws://localhost:${port}`, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  return {
    url: `http://localhost:${port}/`,
    request: (message) =>
      new Promise((resolve) => {
        socket.once('message', () => resolve());
        socket.send(JSON.stringify(message));
      }),
    close: () => {
      socket.close();
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Milliseconds of each of `count` runs, one after the other. */
export async function timed(count: number, run: (n: number) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await run(n);
    times.push(performance.now() - start);
  }
  return times;
}
