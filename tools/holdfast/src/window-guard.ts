/**
 * Runs a window's program (Electron) and takes it along when whoever started this ends, however that ended: a window without
 * its demo would show a till that is gone. Usage: node window-guard.ts PROGRAM [ARGS…], in a process group of its own.
 */
import { spawn } from 'node:child_process';

import { watchLaunchers } from './launchers.ts';

const [program = '', ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
const endGroup = (): void => void process.kill(-process.pid, 'SIGKILL');
watchLaunchers(endGroup);
process.on('SIGTERM', endGroup);
process.on('SIGINT', endGroup);
child.on('exit', (code) => process.exit(code ?? 1));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
