/** A till as a process of its own, for tests that kill it; and a window of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import { WebSocket } from 'ws';

import type { ReplyValue, RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, type PublishedEntity } from './test-lane.ts';

export const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ChildTill {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly wsUrl: string;
  readonly url: string;
  /** Also after it has ended. */
  stderr(): string;
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** A data folder on a real disk whose lane is enrolled and has its catalogue. */
export function createLaneFolder(entities: readonly PublishedEntity[] = ASSORTMENT): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-till-'));
  createTestLane(entities, folder).db.close();
  return folder;
}

/** `before`: what the till is started by; `more`: arguments of its own. */
export async function startChildTill(folder: string, before: readonly string[] = [], more: readonly string[] = []): Promise<ChildTill> {
  const child = spawn(
    before[0] ?? process.execPath,
    [...before.slice(1), ...(before.length > 0 ? [process.execPath] : []), MAIN, '--data', folder, '--json', ...more],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    exited.then(([code]) => Promise.reject(new Error(`the till ended with ${code}: ${said}`))),
  ]);
  const ready = JSON.parse(line[0]) as { url: string; wsUrl: string; pid: number };
  return {
    child,
    ...ready,
    stderr: () => said,
    async kill() {
      process.kill(ready.pid, 'SIGKILL');
      await exited;
    },
    async stop() {
      process.kill(ready.pid, 'SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

export interface ChildWindow {
  send(id: string, body: RequestBody): void;
  /** Sends, and waits for the reply. Rejects when the till dies first. */
  ask(id: string, body: RequestBody): Promise<TillMessage>;
  take(body: RequestBody): Promise<ReplyValue>;
  close(): void;
}

export async function openWindow(wsUrl: string): Promise<ChildWindow> {
  const socket = new WebSocket(wsUrl);
  const waiting = new Map<string, { resolve: (message: TillMessage) => void; reject: (error: Error) => void }>();
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString('utf8')) as TillMessage;
    if (message.type !== 'reply' && message.type !== 'refused') return;
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the till is gone'));
    waiting.clear();
  });
  await once(socket, 'open');
  let asked = 0;
  const send = (id: string, body: RequestBody): void => socket.send(JSON.stringify({ id, atMs: 1, body }));
  const ask = (id: string, body: RequestBody): Promise<TillMessage> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return reject(new Error('the till is gone'));
      waiting.set(id, { resolve, reject });
      send(id, body);
    });
  return {
    send,
    ask,
    async take(body) {
      const reply = await ask(`w${process.pid}-${Math.random()}-${(asked += 1)}`, body);
      assert(reply.type === 'reply', `${body.type} is answered: ${JSON.stringify(reply)}`);
      return reply.value;
    },
    close: () => socket.terminate(),
  };
}
