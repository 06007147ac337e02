/** One device: what it is and where, what is wrong with it and what helps, what can be tried, and what it has counted. */
import { StatusDot, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { DeviceEntry, LaneDevice } from '../../shared/till-contract.ts';
import { useStrings } from '../sell/sell-context.tsx';
import { dotOf } from './device-state.ts';
import { useFault, useSetup, useSetupState } from './setup-context.tsx';
import { entryName, type SetupTest, TESTS_BY_KIND } from './setup-controller.ts';

import classes from './setup.module.css';

/** What a terminal is opened with is nothing for whoever stands there. */
const withoutSecret = (address: string): string => address.replace(/(password=)[^&]*/u, '$1••••••');

const Fact = ({
  name,
  value,
  onChange,
}: {
  readonly name: 'model' | 'address';
  readonly value: string;
  readonly onChange: () => void;
}): ReactElement => {
  const words = useStrings().setup;
  return (
    <div className={classes['fact']}>
      <dt>{words[name]}</dt>
      <dd>
        {value === '' ? words.notSet : <bdi dir="ltr">{withoutSecret(value)}</bdi>}
        <button
          type="button"
          className={classes['quiet']}
          data-change={name}
          aria-label={`${words.change}: ${words[name]}`}
          onClick={onChange}
        >
          {words.change}
        </button>
      </dd>
    </div>
  );
};

const Fault = ({ title, advice }: { readonly title: string; readonly advice: string }): ReactElement => (
  <p className={classes['fault']} role="alert" data-testid="setup-fault">
    <b>{title}</b>
    <span>{advice}</span>
  </p>
);

/** What the last test came to; before any, what the till knows of it by itself. */
const Outcome = ({ entry, saved }: { readonly entry: DeviceEntry; readonly saved: LaneDevice | undefined }): ReactElement | null => {
  const words = useStrings().setup;
  const format = useFormat();
  const test = useSetupState((state) => state.tests.get(entryName(entry)));
  const failure = useFault(test?.problem);
  const fault = saved === undefined ? undefined : words.healthFault(saved);
  if (failure !== undefined) return <Fault {...failure} />;
  // What a test found is past where the device says by itself that something is wrong.
  if (fault !== undefined && test?.state !== 'running') return <Fault {...fault} />;
  if (test !== undefined)
    return (
      <p className={classes['outcome']} role="status" data-testid="setup-outcome" data-act={test.act} data-state={test.state}>
        <StatusDot state={test.state === 'running' ? 'busy' : 'ok'}>{words.outcome(test, format)}</StatusDot>
      </p>
    );
  return null;
};

const Tests = ({ entry }: { readonly entry: DeviceEntry }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const running = useSetupState((state) => {
    const test = state.tests.get(entryName(entry));
    return test?.state === 'running' ? test.act : undefined;
  });
  return (
    <div className={classes['tests']}>
      {TESTS_BY_KIND[entry.kind].map((act: SetupTest, index) => (
        <button
          key={act}
          type="button"
          className={classes['test']}
          data-test={act}
          data-first={index === 0 || undefined}
          disabled={running !== undefined}
          onClick={() => setup.test(act)}
        >
          {words.tests[act]}
        </button>
      ))}
    </div>
  );
};

const Counts = ({ statistics }: Pick<LaneDevice, 'statistics'>): ReactElement | null => {
  const words = useStrings().setup;
  const format = useFormat();
  const counted = Object.entries(statistics).flatMap(([name, count]) => {
    const text = words.countName(name);
    return text === undefined ? [] : [[text, count] as const];
  });
  if (counted.length === 0) return null;
  return (
    <section className={classes['counts']} aria-label={words.counts}>
      <h3>{words.counts}</h3>
      <dl>
        {counted.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{format.count(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
};

export const DeviceCard = ({ entry, saved }: { readonly entry: DeviceEntry; readonly saved: LaneDevice | undefined }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const isSecond = useSetupState(({ draft, chosen }) => draft.findIndex(({ kind }) => kind === entry.kind) !== chosen);
  const isStandIn = isSecond && entry.kind === 'receiptPrinter';
  return (
    <article className={classes['card']} data-testid="setup-card" data-device={entry.kind}>
      <header>
        <h2>
          <StatusDot state={dotOf(saved)}>{words.kinds[entry.kind]}</StatusDot>
        </h2>
        {isStandIn ? <p>{words.standsIn}</p> : null}
      </header>
      <dl className={classes['facts']}>
        <Fact name="model" value={entry.model} onChange={() => setup.ask('model')} />
        <Fact name="address" value={entry.address} onChange={() => setup.ask('address')} />
      </dl>
      <Tests entry={entry} />
      <Outcome entry={entry} saved={saved} />
      {saved === undefined ? null : <Counts statistics={saved.statistics} />}
      <div className={classes['ends']}>
        {isStandIn ? (
          <button type="button" className={classes['way']} data-way="first" onClick={setup.putFirst}>
            {words.putFirst}
          </button>
        ) : null}
        <button type="button" className={classes['way']} data-way="remove" data-danger onClick={setup.remove}>
          {words.remove}
        </button>
      </div>
    </article>
  );
};
