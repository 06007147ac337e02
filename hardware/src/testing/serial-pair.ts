/** Two ends of a serial line that is none: `socat` joins two pseudo-terminals. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SerialPair {
  readonly ours: string;
  readonly theirs: string;
  /** Of the process that joins them. */
  readonly pid: number;
  close(): void;
}

export const hasSocat = (): boolean => spawnSync('socat', ['-V'], { stdio: 'ignore' }).status === 0;

/** Resolves when both ends are there. */
export async function openSerialPair(): Promise<SerialPair> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pty-'));
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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
    close: () => {
      socat.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
