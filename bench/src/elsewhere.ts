/**
 * A process that would be another machine in a shop, such as the hub beside a lane, gets only the processor time that nobody here wants.
 *
 * Linux's idle class gives way at once, where a low priority alone still holds a core for some milliseconds. But where the kernel shares the processor out by
 * groups first, a process that began a session of its own is a group of its own (`sched_autogroup_enabled`), and its class counts within that group
 * alone: so it is put into a group that is idle as a whole, which needs the right to make one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';

export interface Elsewhere {
  /** Whether it gives way from now on; it has its part of the processor again otherwise, where this user may give it back. */
  givesWay(now: boolean): void;
  /** Behind its end. */
  close(): void;
}

/** `say` is told where it cannot give way, so that nobody takes the figures for those of a lane alone. */
export function elsewhere(pid: number, say: (text: string) => void): Elsewhere {
  const group = idleGroup(pid);
  if (group === null && isSharedBySessions())
    say(`process ${pid} shares the processor with what is measured: no group of processes can be made idle here`);
  return {
    givesWay: (now) => {
      if (group !== null) writeFileSync(join(group, 'cpu.idle'), now ? '1' : '0');
      spawnSync('chrt', [now ? '--idle' : '--other', '--all-tasks', '--pid', '0', String(pid)]);
      try {
        setPriority(pid, now ? constants.priority.PRIORITY_LOW : constants.priority.PRIORITY_NORMAL);
      } catch {
        // Without a privilege nobody is less nice than before: it takes longer where others want the processor.
      }
    },
    close: () => {
      if (group !== null) rmdirSync(group);
    },
  };
}

/** The folder of a control group that holds the process and can be idle, of version 1 or 2; null where none can be made. */
function idleGroup(pid: number): string | null {
  for (const root of ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup']) {
    const group = join(root, `holdfast-bench-${pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      if (existsSync(join(group, 'cpu.idle'))) {
        writeFileSync(join(group, 'cgroup.procs'), String(pid));
        return group;
      }
    } catch {
      // A group that takes no process is none.
    }
    rmdirSync(group);
  }
  return null;
}

function isSharedBySessions(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
