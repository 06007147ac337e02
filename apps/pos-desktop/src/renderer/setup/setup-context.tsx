/** Hands the setup screen what it draws. */
import { useFormat } from '@holdfast/ui';
import { createContext, type ReactElement, type ReactNode, use, useSyncExternalStore } from 'react';

import { useStrings, useTill } from '../sell/sell-context.tsx';
import type { SetupController, SetupProblem, SetupState } from './setup-controller.ts';
import type { FaultMessage } from './setup-strings.ts';

const SetupContext = createContext<SetupController | undefined>(undefined);

export const SetupProvider = ({ setup, children }: { readonly setup: SetupController; readonly children: ReactNode }): ReactElement => (
  <SetupContext value={setup}>{children}</SetupContext>
);

export const useSetup = (): SetupController => {
  const setup = use(SetupContext);
  if (setup === undefined) throw new Error('outside of SetupProvider');
  return setup;
};

/** `pick` must give the same object while nothing that it picks has changed. */
export const useSetupState = <T,>(pick: (state: SetupState) => T): T => {
  const setup = useSetup();
  return useSyncExternalStore(setup.subscribe, () => pick(setup.state()));
};

/** What a refusal says here: of a device in this screen's words, of anything else in those of the sale. */
export const useFault = (problem: SetupProblem | undefined): FaultMessage | undefined => {
  const strings = useStrings();
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  if (problem === undefined) return undefined;
  const known = strings.setup.fault(problem);
  if (known !== undefined) return known;
  const { title, detail } = strings.refusal(problem, { format, minorDigits, subject: '' });
  return { title, advice: detail };
};
