/** Waits for an app that starts, by what it writes: for its ready line a while, and without end while it says that it migrates its database, which takes as long as there is data. */
import type { Timers } from '@holdfast/base';
import { z } from 'zod';

import { jsonOrUndefined } from './json-or-undefined.ts';

export const READY_WITHIN_MS = 120_000;

const migrationsSchema = z.object({ type: z.enum(['migrating', 'migrated']) });

interface ReadyWaitPorts<Ready> {
  readonly timers: Timers;
  readonly onReady: (ready: Ready) => void;
  /** It was not ready in time. */
  readonly onSilent: () => void;
}

export interface ReadyWait {
  /** A piece of its output, however it was cut. */
  readonly hear: (piece: string) => void;
  readonly end: () => void;
}

export function createReadyWait<Ready extends object>(
  readySchema: z.ZodType<Ready>,
  { timers, onReady, onSilent }: ReadyWaitPorts<Ready>,
): ReadyWait {
  let cancel = timers.after(READY_WITHIN_MS, onSilent);
  const hearLine = (line: string): void => {
    const said = jsonOrUndefined(line);
    const ready = readySchema.safeParse(said);
    const migrations = migrationsSchema.safeParse(said);
    if (!ready.success && !migrations.success) return;
    cancel();
    if (ready.success) onReady(ready.data);
    else if (migrations.data?.type === 'migrated') cancel = timers.after(READY_WITHIN_MS, onSilent);
  };
  let text = '';
  return {
    hear: (piece) => {
      text += piece;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        hearLine(line);
      }
    },
    end: () => cancel(),
  };
}
