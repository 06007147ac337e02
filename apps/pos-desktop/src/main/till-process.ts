/**
 * The app's own till: Electron's utility process over dist/till/till.js. It holds nothing that a crash could lose, so where it
 * dies it is started again (at once, then with growing pauses), and the page gets a new port.
 */
import type { Logger } from '@holdfast/base';
import { utilityProcess, type UtilityProcess } from 'electron';

import { TILL_PORT_MESSAGE } from '../shared/till-port.ts';
import { createBackOff } from './back-off.ts';
import type { TillLink } from './till-link.ts';

export interface TillProcessOptions {
  /** The till's bundle. */
  readonly script: string;
  readonly arguments: readonly string[];
}

const STOP_TIMEOUT_MS = 5_000;
/** As the command line starts it (`tools/holdfast/src/app-process.ts`): small spaces, for memory that was freed and is kept. What helps V8 are Electron's own threads, whatever is said here. */
const NODE_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=512'];

const relayLines = (stream: NodeJS.ReadableStream | null): void => {
  stream?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
};

export function startTill(options: TillProcessOptions, logger: Logger): TillLink {
  const backOff = createBackOff();
  let child: UtilityProcess | null = null;
  let restart: NodeJS.Timeout | undefined;
  let stopping = false;
  let onStopped: (() => void) | null = null;
  /** Of every page that has a port, or had one of a till that died. */
  const renewals = new Set<() => void>();

  const start = (): void => {
    const started = utilityProcess.fork(options.script, [...options.arguments], {
      serviceName: 'holdfast-till',
      stdio: 'pipe',
      execArgv: NODE_FLAGS,
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    });
    child = started;
    relayLines(started.stdout);
    relayLines(started.stderr);
    started.once('spawn', () => logger.info('the till runs', { pid: started.pid }));
    started.once('exit', (code) => {
      child = null;
      onStopped?.();
      if (stopping) return;
      const delayMs = backOff.nextDelayMs(performance.now());
      logger.error('the till ended; it is started again', { code, inMs: delayMs });
      restart = setTimeout(() => {
        start();
        const pages = [...renewals];
        renewals.clear();
        for (const renew of pages) renew();
      }, delayMs);
    });
  };
  start();

  return {
    attach(port, renew) {
      renewals.add(renew);
      // Where it is about to be started again, a new port is asked for then.
      if (child === null) port.close();
      // From here on the port is the till's: it closes with the page's end, or with the process.
      else child.postMessage({ type: TILL_PORT_MESSAGE }, [port]);
      return () => renewals.delete(renew);
    },
    stop() {
      stopping = true;
      clearTimeout(restart);
      const running = child;
      if (running === null) return Promise.resolve();
      return new Promise((resolve) => {
        const giveUp = setTimeout(resolve, STOP_TIMEOUT_MS);
        onStopped = () => {
          clearTimeout(giveUp);
          resolve();
        };
        running.kill();
      });
    },
  };
}
