/**
 * The demo's data folder: `hub/`, `lane-1/`, `lane-2/`, `logs/`, and `demo.json`, which remembers between runs what must not
 * change (ports, the seed day) and tells other terminals how to reach a running demo. Only its owner can read it.
 *
 * One demo at a time works on a folder: the lock on its folder ends with its process.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { lockFolder as lockOf, type FolderLock } from '@holdfast/base/folder-lock';
import { z } from 'zod';

import { CommandFailed } from './command.ts';

const demoReadySchema = z.object({
  type: z.literal('ready'),
  pid: z.int(),
  data: z.string(),
  hub: z.object({ url: z.string(), consoleUrl: z.string(), consoleToken: z.string(), data: z.string(), pid: z.int() }),
  store: z.object({ store: z.string() }),
  lanes: z.array(
    z.object({
      lane: z.int(),
      url: z.string(),
      wsUrl: z.string(),
      token: z.string(),
      data: z.string(),
      pid: z.int(),
      /** What this lane takes for its hub: a cable that can be cut. */
      forwarderUrl: z.string(),
      /** Where the lane's receipts come out. */
      paperUrl: z.string(),
      scaleUrl: z.string(),
      scannerUrl: z.string(),
      displayUrl: z.string(),
      terminalUrl: z.string(),
    }),
  ),
  /** For one more lane, once. */
  enrolmentCode: z.string(),
});
export type DemoReady = z.infer<typeof demoReadySchema>;

const stateSchema = z.object({
  version: z.literal(1),
  seedDay: z.string().optional(),
  hubPort: z.int().optional(),
  lanes: z.array(z.object({ lane: z.int(), tillPort: z.int(), forwarderPort: z.int() })),
  control: z.object({ url: z.string(), secret: z.string(), pid: z.int() }).optional(),
  /** Processes of the run that wrote this; the next one waits for them to be gone. */
  pids: z.array(z.int()),
});
export type DemoState = z.infer<typeof stateSchema>;

export const emptyState: DemoState = { version: 1, lanes: [], pids: [] };

const STATE_FILE = 'demo.json';
const LOCK_FILES: readonly string[] = ['demo.lock', 'demo.pid'];

/** Undefined where the folder holds no demo. */
export async function readState(data: string): Promise<DemoState | undefined> {
  const text = await readFile(join(data, STATE_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = stateSchema.safeParse(JSON.parse(text));
  if (!state.success) throw new CommandFailed(`${join(data, STATE_FILE)} is of another version. Start anew: pnpm holdfast demo --fresh`);
  return state.data;
}

/** Replaces the file whole, in one turn: whoever reads it never sees half of one, and two parts that start at once do not take each other's file. */
export function writeState(data: string, state: DemoState): void {
  const path = join(data, STATE_FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Holds the folder until `release`, or until this process ends. Throws CommandFailed where another demo holds it. */
export async function lockFolder(data: string): Promise<FolderLock> {
  await mkdir(join(data, 'logs'), { recursive: true });
  const lock = lockOf(data, 'demo');
  if (lock.ok) return lock.value;
  const { pid } = lock.error;
  throw new CommandFailed(
    `A demo runs on ${data} already${pid === undefined ? '' : ` (process ${pid})`}. Stop it with: pnpm holdfast demo stop, or choose another folder with --data.`,
  );
}

/** Empties a folder that holds a demo; refuses one that holds anything else. */
export async function clearFolder(data: string): Promise<void> {
  const names = await readdir(data);
  const own = new Set(['hub', 'logs', ...LOCK_FILES, STATE_FILE, `${STATE_FILE}.new`]);
  const foreign = names.filter((name) => !own.has(name) && !/^lane-\d+$/.test(name));
  if (foreign.length > 0)
    throw new CommandFailed(`${data} holds more than a demo (${foreign.slice(0, 3).join(', ')}). Nothing was deleted.`);
  for (const name of names) if (!LOCK_FILES.includes(name)) await rm(join(data, name), { recursive: true, force: true });
  await mkdir(join(data, 'logs'), { recursive: true });
}
