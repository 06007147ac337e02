/** The lane's devices on one screen: what stands here on the one side, the chosen one on the other. It covers the sale, which waits behind it. */
import { StatusDot } from '@holdfast/ui';
import { type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react';

import { type DeviceEntry, type FoundDevice, LANE_DEVICE_KINDS, type LaneDevice } from '../../shared/till-contract.ts';
import { keepFocus } from '../keep-focus.ts';
import { useStrings } from '../sell/sell-context.tsx';
import { readable } from '../typed-answer.ts';
import { CameraCard } from './camera-card.tsx';
import { DeviceCard } from './device-card.tsx';
import { dotOf } from './device-state.ts';
import { AddressQuestion, KindQuestion, LeaveQuestion, ModelQuestion } from './questions.tsx';
import { useFault, useSetup, useSetupState } from './setup-context.tsx';
import { entryName, isChanged } from './setup-controller.ts';

import classes from './setup.module.css';

/** The one of the till that the entry is, where it is saved. */
const useSaved = (entry: DeviceEntry | undefined): LaneDevice | undefined => {
  const name = entry === undefined ? '' : entryName(entry);
  return useSetupState((state) => state.saved?.find((device) => entryName(device) === name));
};

const Group = ({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactElement => {
  const id = useId();
  return (
    <section className={classes['group']} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
};

const Row = ({ entry, index }: { readonly entry: DeviceEntry; readonly index: number }): ReactElement => {
  const setup = useSetup();
  const strings = useStrings();
  const words = strings.setup;
  const isChosen = useSetupState((state) => state.chosen === index && !state.isCameraShown && state.question?.type !== 'kind');
  const saved = useSaved(entry);
  return (
    <li>
      <button
        type="button"
        className={classes['row']}
        aria-current={isChosen || undefined}
        data-device={entry.kind}
        data-model={entry.model}
        data-state={saved === undefined ? 'unsaved' : (saved.reason ?? saved.power)}
        onClick={() => setup.choose(index)}
      >
        <b>
          <StatusDot state={dotOf(saved)}>{words.kinds[entry.kind]}</StatusDot>
        </b>
        <small>
          {entry.model === '' ? words.notSet : <bdi dir="ltr">{entry.model}</bdi>} ·{' '}
          {saved === undefined ? words.unsaved : strings.deviceHealth(saved)}
        </small>
      </button>
    </li>
  );
};

const Found = ({ found }: { readonly found: FoundDevice }): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  return (
    <li>
      <button type="button" className={classes['row']} data-found={found.address} onClick={() => setup.take(found)}>
        <b dir="auto">{found.name}</b>
        <small>
          {found.kind === undefined ? '' : `${words.kinds[found.kind]} · `}
          <bdi dir="ltr">{found.address}</bdi>
        </small>
      </button>
    </li>
  );
};

const Devices = (): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const draft = useSetupState((state) => state.draft);
  const found = useSetupState((state) => state.found);
  const isSearching = useSetupState((state) => state.isSearching);
  const isKnown = useSetupState((state) => state.saved !== undefined);
  const isLeft = found.filter(({ address }) => !draft.some((entry) => entry.address.startsWith(address)));
  return (
    <div className={classes['devices']}>
      <Group title={words.lane}>
        {draft.length === 0 ? <p className={classes['nothing']}>{words.empty}</p> : null}
        <ol>
          {draft.map((entry, index) => (
            <Row key={`${index} ${entryName(entry)}`} entry={entry} index={index} />
          ))}
        </ol>
      </Group>
      <Group
        title={words.found}
        aside={
          <button type="button" className={classes['quiet']} data-way="search" disabled={isSearching} onClick={setup.search}>
            {isSearching ? words.searching : words.search}
          </button>
        }
      >
        <ol aria-busy={isSearching}>
          {isLeft.map((each) => (
            <Found key={each.address} found={each} />
          ))}
        </ol>
        {isLeft.length === 0 && !isSearching ? <p className={classes['nothing']}>{words.nothingFound}</p> : null}
        <button type="button" className={classes['way']} data-way="network" disabled={isSearching} onClick={setup.searchNetwork}>
          {words.searchNetwork}
        </button>
      </Group>
      <Group title={words.add}>
        <div className={classes['kinds']}>
          {LANE_DEVICE_KINDS.map((kind) => (
            <button key={kind} type="button" className={classes['way']} data-add={kind} disabled={!isKnown} onClick={() => setup.add(kind)}>
              {words.kinds[kind]}
            </button>
          ))}
          <button type="button" className={classes['way']} data-camera onClick={setup.showCamera}>
            {words.camera}
          </button>
        </div>
      </Group>
    </div>
  );
};

const Work = (): ReactElement => {
  const words = useStrings().setup;
  const question = useSetupState((state) => state.question);
  const entry = useSetupState((state) => state.draft[state.chosen]);
  const chosen = useSetupState((state) => state.chosen);
  const saved = useSaved(entry);
  const isCameraShown = useSetupState((state) => state.isCameraShown);
  if (question?.type === 'leave') return <LeaveQuestion />;
  if (isCameraShown) return <CameraCard />;
  if (question?.type === 'kind') return <KindQuestion found={question.found} />;
  if (entry === undefined)
    return (
      <div className={classes['empty']}>
        <b>{words.empty}</b>
        <p>{words.emptyText}</p>
      </div>
    );
  if (question?.type === 'model') return <ModelQuestion entry={entry} />;
  if (question?.type === 'address') return <AddressQuestion entry={entry} />;
  return <DeviceCard key={chosen} entry={entry} saved={saved} />;
};

/** What a scanner that types has read, and one of the lane outside of its test. */
const Scanned = (): ReactElement => {
  const words = useStrings().setup;
  const scanned = useSetupState((state) => state.scanned);
  return (
    <output className={classes['scanned']} data-testid="setup-scanned">
      {scanned === undefined ? '' : words.scanned(readable(scanned))}
    </output>
  );
};

const Footer = (): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const problem = useSetupState((state) => state.problem);
  const isSaving = useSetupState((state) => state.isSaving);
  const isDirty = useSetupState((state) => state.saved !== undefined && isChanged(state));
  const fault = useFault(problem);
  return (
    <footer>
      {fault === undefined ? null : (
        <p className={classes['problem']} role="alert" data-problem={problem?.type}>
          <b>{fault.title}</b>
          <span>{fault.advice}</span>
        </p>
      )}
      <button type="button" className={classes['way']} data-way="close" onClick={setup.back}>
        {words.close} <kbd aria-hidden="true">Esc</kbd>
      </button>
      <button type="button" className={classes['way']} data-way="save" data-go disabled={!isDirty || isSaving} onClick={setup.save}>
        {isSaving ? words.saving : words.save}
      </button>
    </footer>
  );
};

const Screen = (): ReactElement => {
  const words = useStrings().setup;
  const screen = useRef<HTMLElement>(null);
  // What had the focus lies behind it.
  useEffect(() => screen.current?.focus(), []);
  return (
    <section ref={screen} tabIndex={-1} className={classes['screen']} role="dialog" aria-label={words.title} data-testid="setup">
      <header className={classes['head']}>
        <div>
          <h1>{words.title}</h1>
          <p>{words.hint}</p>
        </div>
        <Scanned />
      </header>
      <div className={classes['body']}>
        <Devices />
        <div className={classes['work']}>
          <Work />
        </div>
      </div>
      <Footer />
    </section>
  );
};

export const SetupScreen = (): ReactElement | null =>
  useSetupState((state) => state.isOpen) ? (
    <div className={classes['ground']} onMouseDown={keepFocus}>
      <Screen />
    </div>
  ) : null;
