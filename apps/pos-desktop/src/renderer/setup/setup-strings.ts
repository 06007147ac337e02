/** What the setup screen says, in the words of a catalogue. */
import type { Format } from '@holdfast/ui';

import type { LaneDevice } from '../../shared/till-contract.ts';
import type { Catalogue } from '../strings/catalogue.ts';
import { fill } from '../strings/fill.ts';
import { readable } from '../typed-answer.ts';
import type { CameraState } from './camera.ts';
import type { SetupProblem, TestState } from './setup-controller.ts';

export interface FaultMessage {
  readonly title: string;
  /** What somebody who stands before it can do. */
  readonly advice: string;
}

/** The word by which a fault is told: what was wrong with the entry, with the device, or with what lies on it. */
const wordOf = ({ type, detail }: SetupProblem): string => {
  if (typeof detail['problem'] === 'string') return detail['problem'] === 'model' ? 'badModel' : 'badAddress';
  return typeof detail['reason'] === 'string' ? detail['reason'] : type;
};

export const setupStringsOf = (words: Catalogue['setup']) => {
  const messageOf = (word: string): FaultMessage | undefined => {
    const [title, advice] = words.faults[word as keyof typeof words.faults] ?? [];
    return title === undefined || advice === undefined ? undefined : { title, advice };
  };
  return {
    ...words,
    kindTitle: (line: string) => fill(words.kindTitle, { line }),
    scanned: (code: string) => fill(words.scanned, { code }),
    /** Undefined where this screen has no words for it: it is nothing of the devices. */
    fault: (problem: SetupProblem): FaultMessage | undefined => messageOf(wordOf(problem)),
    /** Undefined where nothing is wrong with it. */
    healthFault: ({ reason, isWarning }: LaneDevice): FaultMessage | undefined =>
      messageOf(reason ?? (isWarning === true ? 'paperLow' : '')),
    outcome: ({ act, state, grams, code }: TestState, format: Format): string =>
      state === 'running'
        ? words.running[act]
        : fill(words.done[act], {
            ...(grams !== undefined && { grams: format.quantity({ value: grams, unit: 'gram' }) }),
            ...(code !== undefined && { code: readable(code) }),
          }),
    cameraState: (state: CameraState): FaultMessage => {
      const [title, advice] = words.cameraStates[state];
      return { title, advice };
    },
    countName: (name: string): string | undefined => words.countNames[name as keyof typeof words.countNames],
  };
};
