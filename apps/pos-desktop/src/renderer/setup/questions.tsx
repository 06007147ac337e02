/** What is asked of a device that is set up: what it is, which model, where. Each by keyboard or by touch alone. */
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';

import { type DeviceEntry, type FoundDevice, LANE_DEVICE_KINDS } from '../../shared/till-contract.ts';
import { useStrings } from '../sell/sell-context.tsx';
import { useSetup, useSetupState } from './setup-context.tsx';
import { modelsLeft } from './setup-controller.ts';

import classes from './setup.module.css';

const Question = ({
  name,
  title,
  hint,
  children,
}: {
  readonly name: string;
  readonly title: ReactNode;
  readonly hint: string;
  readonly children: ReactNode;
}): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const article = useRef<HTMLElement>(null);
  // Enter is for what is typed here, not for the key that asked.
  useEffect(() => article.current?.focus(), []);
  return (
    <article ref={article} tabIndex={-1} className={classes['card']} data-testid="setup-question" data-question={name}>
      <header>
        <h2>{title}</h2>
        <p>{hint}</p>
      </header>
      {children}
      <div className={classes['ends']}>
        <button type="button" className={classes['way']} data-way="back" onClick={setup.back}>
          {words.back} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </article>
  );
};

export const KindQuestion = ({ found }: { readonly found: FoundDevice }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  return (
    <Question name="kind" title={words.kindTitle(found.name)} hint={found.address}>
      <div className={classes['kinds']} data-large>
        {LANE_DEVICE_KINDS.map((kind) => (
          <button key={kind} type="button" className={classes['way']} data-kind={kind} onClick={() => setup.chooseKind(kind)}>
            {words.kinds[kind]}
          </button>
        ))}
      </div>
    </Question>
  );
};

/** What is typed, for want of a field that could swallow a scan. */
const Typed = ({ hint }: { readonly hint: string }): ReactElement => {
  const typed = useSetupState((state) => state.typed);
  return (
    <output className={classes['typed']} data-testid="setup-typed">
      {typed === '' ? <span className={classes['nothing']}>{hint}</span> : <bdi dir="ltr">{typed}</bdi>}
    </output>
  );
};

export const ModelQuestion = ({ entry }: { readonly entry: DeviceEntry }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const state = useSetupState((whole) => whole);
  const models = modelsLeft(state);
  return (
    <Question name="model" title={words.modelTitle} hint={words.kinds[entry.kind]}>
      <Typed hint={words.modelHint} />
      <div className={classes['models']} role="group" aria-label={words.modelTitle} dir="ltr">
        {models.map((model, index) => (
          <button
            key={model}
            type="button"
            className={classes['way']}
            data-model={model}
            data-marked={index === state.marked || undefined}
            aria-pressed={model === entry.model}
            onClick={() => setup.chooseModel(model)}
          >
            {model}
          </button>
        ))}
      </div>
      {models.length === 0 ? <p className={classes['nothing']}>{words.noModel}</p> : null}
    </Question>
  );
};

/** Addresses are Latin, whatever the screen's language. */
const PAD_ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl-', 'zxcvbnm./:', '?=&_@'] as const;

const Pad = (): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  return (
    <div className={classes['pad']} role="group" aria-label={words.letters} dir="ltr">
      {PAD_ROWS.map((row) => (
        <div key={row}>
          {[...row].map((letter) => (
            <button key={letter} type="button" data-pad={letter} onClick={() => setup.typed(letter)}>
              {letter}
            </button>
          ))}
          {row === PAD_ROWS.at(-1) ? (
            <>
              <button type="button" data-pad="erase" aria-label={words.erase} onClick={() => setup.key('Backspace')}>
                ⌫
              </button>
              <button type="button" data-pad="take" data-go onClick={setup.submit}>
                {words.take}
              </button>
            </>
          ) : null}
        </div>
      ))}
    </div>
  );
};

export const AddressQuestion = ({ entry }: { readonly entry: DeviceEntry }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const found = useSetupState((state) => state.found);
  const lines = found.filter(({ kind }) => kind === undefined || kind === entry.kind);
  return (
    <Question name="address" title={words.addressTitle} hint={words.addressHint}>
      <Typed hint="192.168.1.50" />
      {lines.length === 0 ? null : (
        <div className={classes['lines']}>
          {lines.map(({ address, name }) => (
            <button key={address} type="button" className={classes['way']} data-line={address} onClick={() => setup.chooseAddress(address)}>
              <b dir="auto">{name}</b> <bdi dir="ltr">{address}</bdi>
            </button>
          ))}
        </div>
      )}
      <Pad />
    </Question>
  );
};

export const LeaveQuestion = (): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  return (
    <article className={classes['card']} data-testid="setup-question" data-question="leave">
      <header>
        <h2>{words.leaveTitle}</h2>
        <p>{words.leaveText}</p>
      </header>
      <div className={classes['ends']}>
        <button type="button" className={classes['way']} data-way="leave" data-danger onClick={setup.discard}>
          {words.leave}
        </button>
        <button type="button" className={classes['way']} data-way="stay" onClick={setup.back}>
          {words.stay} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </article>
  );
};
