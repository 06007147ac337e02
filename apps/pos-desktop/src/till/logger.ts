/** The log of a till's process: one line of JSON each, on stderr; stdout belongs to the ready line. */
import type { Clock, Logger } from '@holdfast/base';

export function createLogger(
  source: string,
  clock: Clock,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const log =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      write(`${JSON.stringify({ atMs: clock.nowMs(), level, source, message, ...fields }, plainErrors)}\n`);
    };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}

/** An Error has no enumerable properties, and would be written as `{}`. */
function plainErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { ...value, name: value.name, message: value.message, stack: value.stack } : value;
}
