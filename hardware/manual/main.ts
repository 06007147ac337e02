/** `pnpm --filter @holdfast/hardware by-hand receiptPrinter epson-tm-t20iii@tcp://192.168.1.50`: a real device against the contract, by hand. */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';

import { systemClock, systemTimers } from '@holdfast/base/node';

import { DEVICE_KINDS, entryFault } from '../src/index.ts';
import { runSteps, STEPS } from './steps.ts';

const [kindText, text = '', currency = 'EUR'] = process.argv.slice(2);
const kind = DEVICE_KINDS.find((known) => known === kindText);
const [, model = '', address = ''] = /^([a-z0-9-]+)@(\S+)$/.exec(text) ?? [];
const entry = kind === undefined ? undefined : { kind, model, address };
const fault = entry === undefined ? undefined : entryFault(entry);
if (entry === undefined || fault !== undefined) {
  process.stderr.write(
    `usage: by-hand ${Object.keys(STEPS).join('|')} MODEL@ADDRESS [CURRENCY]\n${fault === undefined ? '' : `known: ${fault.expected}\n`}`,
  );
  process.exit(2);
}
const terminal = createInterface({ input: process.stdin, output: process.stdout });
const failed = await runSteps(entry, {
  clock: systemClock,
  timers: systemTimers,
  currency,
  newId: () => randomBytes(5).toString('hex').toUpperCase(),
  person: {
    does: async (what) => void (await terminal.question(`${what} Then Enter. `)),
    sees: async (what) => /^y/i.test(await terminal.question(`${what} y/n `)),
  },
  say: (line) => process.stdout.write(`${line}\n`),
});
terminal.close();
process.exit(failed === 0 ? 0 : 1);
