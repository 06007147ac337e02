import type { Logger } from '@holdfast/base';

import { isDamage } from './connection.ts';

/** `hear` is called with the first error of a damaged database that is logged: whatever fails for it, fails in words. */
export function hearingDamage(logger: Logger, hear: () => void): Logger {
  let isHeard = false;
  const listened =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) => {
      logger[level](message, fields);
      if (isHeard || !isDamage(fields?.['error'])) return;
      isHeard = true;
      hear();
    };
  return { info: listened('info'), warn: listened('warn'), error: listened('error') };
}
