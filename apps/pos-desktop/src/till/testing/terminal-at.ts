/** A payment terminal by its address, with less patience than shoppers are given. */
import { openTerminal } from '@holdfast/hardware';

import type { FindTerminal } from '../terminal/lane-terminal.ts';

const PATIENCE = { shopperMs: 3_000, answerMs: 3_000 } as const;

export const terminalAt =
  (address: string): FindTerminal =>
  (saleId) =>
    openTerminal(address, { saleId, ...PATIENCE });
