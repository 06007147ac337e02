/** Lanes with terminals in processes that are killed: several in one (`createHostedCrew`), or the till as it is started in a shop (`createProcessCrew`). Both come back when they are asked. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { createLaneFolder, openWindow, startChildTill, type ChildTill, type ChildWindow } from './child-till.ts';
import type { CrewQuestion } from './terminal-crew-process.ts';
import { CARD_TENDERS } from './terminal-lane.ts';
import { ASSORTMENT, createTestLane, fastFolder } from './test-lane.ts';

export interface TerminalCrew {
  readonly folders: readonly string[];
  /** Rejects where the process dies over it. */
  ask(lane: number, body: RequestBody): Promise<TillMessage>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** All that its processes wrote. */
  said(): string;
  /** Stopped, and its folders gone. */
  remove(): Promise<void>;
}

const CREW = fileURLToPath(new URL('terminal-crew-process.ts', import.meta.url));

interface RunningCrew {
  readonly child: ChildProcess;
  readonly waiting: Map<number, { resolve: (message: TillMessage) => void; reject: (error: Error) => void }>;
}

/** Of as many lanes as there are addresses, on folders in memory where the machine offers that: a killed process loses nothing of what it wrote there. */
export function createHostedCrew(addresses: readonly string[]): TerminalCrew {
  const [template, ...folders] = [fastFolder(), ...addresses.map(() => fastFolder())];
  createTestLane([...ASSORTMENT, ...CARD_TENDERS], template).db.close();
  for (const folder of folders) cpSync(template, folder, { recursive: true });
  rmSync(template, { recursive: true });
  let said = '';
  let asked = 0;
  let opening: Promise<RunningCrew> | undefined;

  const start = async (): Promise<RunningCrew> => {
    const given = folders.flatMap((folder, index) => [folder, addresses[index] ?? '']);
    const child = fork(CREW, given, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    const crew: RunningCrew = { child, waiting: new Map() };
    child.on('exit', () => {
      for (const { reject } of crew.waiting.values()) reject(new Error('the crew is gone'));
      crew.waiting.clear();
    });
    const exited = once(child, 'exit').then(() => Promise.reject(new Error(`the crew did not start: ${said}`)));
    await Promise.race([once(child, 'message'), exited]);
    exited.catch(() => undefined);
    child.on('message', (answer: { readonly id: number; readonly message: TillMessage }) => {
      crew.waiting.get(answer.id)?.resolve(answer.message);
      crew.waiting.delete(answer.id);
    });
    return crew;
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const crew = await opening;
    opening = undefined;
    if (crew === undefined) return;
    const exited = once(crew.child, 'exit');
    crew.child.kill(signal);
    await exited;
  };
  return {
    folders,
    async ask(lane, body) {
      opening ??= start();
      const { child, waiting } = await opening;
      asked += 1;
      const question: CrewQuestion = { id: asked, lane, body };
      return new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error('the crew is gone'));
        waiting.set(question.id, { resolve, reject });
        child.send(question, (error) => {
          if (error !== null) reject(error);
        });
      });
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    said: () => said,
    async remove() {
      await end('SIGTERM');
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One lane, with all that its process has beside the terminal. */
export function createProcessCrew(address: string): TerminalCrew {
  const folder = createLaneFolder([...ASSORTMENT, ...CARD_TENDERS]);
  let said = '';
  let asked = 0;
  let running: { readonly till: ChildTill; readonly window: ChildWindow } | undefined;
  const open = async (): Promise<ChildWindow> => {
    if (running !== undefined) return running.window;
    const till = await startChildTill(folder, [], ['--terminal', address]);
    running = { till, window: await openWindow(till.wsUrl) };
    return running.window;
  };
  const end = async (how: 'kill' | 'stop'): Promise<void> => {
    const ending = running;
    running = undefined;
    if (ending === undefined) return;
    ending.window.close();
    await ending.till[how]();
    said += ending.till.stderr();
  };
  return {
    folders: [folder],
    ask: async (_lane, body) => (await open()).ask(`f${process.pid}-${(asked += 1)}-${Math.random()}`, body),
    kill: () => end('kill'),
    stop: () => end('stop'),
    said: () => said,
    async remove() {
      await end('stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
