/** The payment terminal, in the place of the item keys while it is at work: what it is asked for, how it stands, and what can be done. Lines and total stay where they are. */
import { StatusDot, type StatusDotState, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { TerminalView } from '../../shared/till-contract.ts';
import type { Strings } from '../strings.ts';
import { Choice, figureAt } from './choice.tsx';
import { useSell, useStrings, useTill } from './sell-context.tsx';
import { type TerminalChoice, terminalChoices } from './terminal.ts';

import classes from './panels.module.css';

const DOTS: Readonly<Record<TerminalView['state'], StatusDotState>> = {
  starting: 'busy',
  waiting: 'busy',
  unknown: 'warn',
  declined: 'bad',
  notCharged: 'bad',
  left: 'warn',
};
const LOOKS: Readonly<Record<TerminalChoice, 'paper' | 'danger' | 'go'>> = {
  abort: 'danger',
  ask: 'go',
  leave: 'paper',
  again: 'go',
  byHand: 'paper',
  ok: 'paper',
};

const textsOf = ({ terminal }: Strings, { state, reason = '', aborting }: TerminalView): readonly [title: string, detail: string] => {
  const reasons: Readonly<Record<string, string>> = terminal.reasons;
  if (aborting === true && state !== 'declined' && state !== 'notCharged') return terminal.aborting;
  const [title, detail] = terminal.states[state];
  return [title, reasons[reason] ?? detail];
};

export const TerminalPanel = ({ view }: { readonly view: TerminalView }): ReactElement => {
  const sell = useSell();
  const strings = useStrings();
  const format = useFormat();
  const minorDigits = useTill(({ head }) => head?.minorDigits ?? 2);
  const [title, detail] = textsOf(strings, view);
  const choices = terminalChoices(view);
  return (
    <section className={classes['panel']} aria-label={strings.terminal.acts[view.act]} data-testid="terminal" data-state={view.state}>
      <header>
        <h2>{strings.terminal.titleOf(strings.terminal.acts[view.act], view.name)}</h2>
      </header>
      <div className={classes['terminal']} role="status">
        <p className={classes['figure']}>
          <b data-testid="terminal-amount">
            <bdi>{format.money(view.amountMinor, minorDigits)}</bdi>
          </b>
        </p>
        <p className={classes['terminalState']}>
          <StatusDot state={DOTS[view.state]}>
            <b>{title}</b>
          </StatusDot>
          <span>{detail}</span>
        </p>
        <div className={classes['choices']}>
          {choices.map((choice, index) => (
            <Choice key={choice} name={choice} look={LOOKS[choice]} cap={figureAt(index)} onChoose={() => sell.chooseAtTerminal(choice)}>
              {strings.terminal.choices[choice]}
            </Choice>
          ))}
        </div>
      </div>
    </section>
  );
};
