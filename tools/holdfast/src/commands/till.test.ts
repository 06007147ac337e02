import { expect, test } from 'vitest';

import { readArguments } from '../command.ts';
import { command } from './till.ts';

test.each(['printer', 'scale', 'bagging-scale', 'scanner'])('what is said of a %s reaches the till', (kind) => {
  const quiet = { out: () => {}, err: () => {}, interactive: false };
  const input = readArguments(command, ['--data', 'd', `--${kind}`, 'model@tcp://10.0.0.5'], quiet);
  // The till itself says how many of a kind a lane may have.
  expect(input.texts(kind)).toEqual(['model@tcp://10.0.0.5']);
});
