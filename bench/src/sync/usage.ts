/** What processes took, as Linux counts it. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Usage {
  readonly cpuS: number;
  readonly peakMb: number;
}

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_S = 100;
const MS_PER_S = 1_000;

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user = '0', system = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  const [, peakKb = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuS: (Number(user) + Number(system)) / TICKS_PER_S, peakMb: Number(peakKb) / 1_024 };
}

export interface Metered<T> {
  readonly value: T;
  readonly tookS: number;
  /** Of each process, in the order in which they were named. */
  readonly used: readonly Usage[];
}

/** `proc(5)`: the peak is counted anew. */
const RESET_PEAK = '5';

/** What `work` takes of these processes, which are there before and after it. */
export async function metered<T>(pids: readonly number[], work: () => Promise<T>): Promise<Metered<T>> {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
  const before = pids.map(usageOf);
  const startMs = performance.now();
  const value = await work();
  const tookS = (performance.now() - startMs) / MS_PER_S;
  const used = pids.map((pid, at) => {
    const { cpuS, peakMb } = usageOf(pid);
    return { cpuS: cpuS - (before[at]?.cpuS ?? 0), peakMb };
  });
  return { value, tookS, used };
}

/** Several processes as one: what they worked together, and the most that one of them held. */
export const together = (used: readonly Usage[]): Usage => ({
  cpuS: used.reduce((sum, { cpuS }) => sum + cpuS, 0),
  peakMb: Math.max(0, ...used.map(({ peakMb }) => peakMb)),
});
