/**
 * What a power cut leaves of the files that a process wrote, read off its system calls: of each file what was written before a sync that
 * had ended, for sure; of what was written since, any part. SQLite's `-shm` is memory by another name, and is never on the disk. No file may come or go
 * meanwhile but the log.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { assert } from '@holdfast/base';

interface Write {
  readonly path: string;
  readonly at: number;
  readonly bytes: Buffer;
}

/** The disk at the moment at which the process had said so much. */
export interface Moment {
  /** What it wrote to its standard output then. */
  readonly said: string;
  readonly synced: readonly Write[];
  readonly pending: readonly Write[];
}

export const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** Runs `command` and gives the disk at each of its lines of output. */
export function traceDisk(command: readonly string[], trace: string): readonly Moment[] {
  const calls = 'trace=pwrite64,write,fsync,fdatasync,ftruncate';
  const { status, stderr } = spawnSync('strace', ['-f', '-qq', '-y', '-xx', '-s', '131072', '-e', calls, '-o', trace, ...command]);
  assert(status === 0, `the traced process ended well: ${String(stderr)}`);
  return momentsOf(readFileSync(trace, 'latin1').split('\n'));
}

const text = (hex: string): string => Buffer.from(hex.replaceAll(String.raw`\x`, ''), 'hex').toString('utf8');

function momentsOf(lines: readonly string[]): readonly Moment[] {
  const moments: Moment[] = [];
  const writes: { readonly write: Write; isSynced: boolean }[] = [];
  /** By thread: how many writes there were when its sync began. */
  const syncing = new Map<string, { readonly path: string; readonly count: number }>();
  const end = (path: string, count: number): void => {
    for (const each of writes.slice(0, count)) if (each.write.path === path) each.isSynced = true;
  };
  for (const line of lines) {
    const [, thread = '', call = '', file = ''] =
      /^(\d+) +(\w+)\(\d+<([^>]*)>/.exec(line) ?? /^(\d+) +<\.\.\. (\w+) resumed>/.exec(line) ?? [];
    const path = text(file);
    if (call === 'fsync' || call === 'fdatasync') {
      const begun = path === '' ? syncing.get(thread) : { path, count: writes.length };
      assert(begun !== undefined, `a sync that ends has begun: ${line}`);
      if (line.includes('<unfinished')) syncing.set(thread, begun);
      else if (line.endsWith('= 0')) end(begun.path, begun.count);
    } else if (call === 'pwrite64' && path !== '' && !path.endsWith('-shm')) {
      const [, hex = '', at = ''] = /, "((?:\\x[0-9a-f]{2})*)", \d+, (\d+)/.exec(line) ?? [];
      writes.push({
        write: { path, at: Number(at), bytes: Buffer.from(hex.replaceAll(String.raw`\x`, ''), 'hex') },
        isSynced: false,
      });
    } else if (call === 'write' && /^\d+ +write\(1</.test(line)) {
      const [, hex = ''] = /, "((?:\\x[0-9a-f]{2})*)"/.exec(line) ?? [];
      const synced = writes.filter(({ isSynced }) => isSynced).map(({ write }) => write);
      moments.push({ said: text(hex).trim(), synced, pending: writes.filter(({ isSynced }) => !isSynced).map(({ write }) => write) });
    }
  }
  return moments;
}

/** What `moment` makes of the files in `folder`, as they were before the process began; of what was pending, the sectors that `isThere` picks. */
export function cutPower({ synced, pending }: Moment, folder: string, isThere: (sector: number) => boolean = () => false): void {
  const files = new Map<string, Buffer>();
  const put = ({ path, at, bytes }: Write): void => {
    const file = join(folder, basename(path));
    const before = files.get(file) ?? (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    const after = Buffer.alloc(Math.max(before.length, at + bytes.length));
    before.copy(after);
    bytes.copy(after, at);
    files.set(file, after);
  };
  for (const write of synced) put(write);
  let sector = 0;
  for (const { path, at, bytes } of pending) {
    for (let from = 0; from < bytes.length; from += SECTOR_BYTES) {
      if (isThere((sector += 1))) put({ path, at: at + from, bytes: bytes.subarray(from, from + SECTOR_BYTES) });
    }
  }
  for (const [file, bytes] of files) writeFileSync(file, bytes);
}

const SECTOR_BYTES = 512;
