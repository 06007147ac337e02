/**
 * Who is it? One card for all that asks so: it covers the lane while nobody is signed on, and stands over the keys, never over the sale, while leave is
 * waited for. Badge, keyboard and touch are equal in it.
 */
import { useFormat } from '@holdfast/ui';
import { Fragment, type ReactElement } from 'react';

import type { LeaveWishView } from '../../shared/till-contract.ts';
import { useCash } from '../cash/cash-context.tsx';
import { keepFocus } from '../keep-focus.ts';
import { useStrings, useTill } from '../sell/sell-context.tsx';
import { usePeople, usePeopleState } from './people-context.tsx';
import {
  CLOCK_KEYS,
  LOCK_KEY,
  PIN_KEY,
  REFUSE_KEY,
  SIGN_OFF_KEY,
  STATIONS_KEY,
  type Asking,
  type ClockAct,
  type Person,
} from './people-controller.ts';

import classes from './people.module.css';

const CLOCK_ACTS: readonly ClockAct[] = ['clockIn', 'clockOut'];
const DIGITS = ['7', '8', '9', '4', '5', '6', '1', '2', '3'] as const;

/** As on a badge: `Robin Weber` is RW. */
const initialsOf = (name: string): string =>
  name
    .split(/\s+/u)
    .map((part) => [...part][0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase();

const PersonKey = ({ person, isChosen }: { readonly person: Person; readonly isChosen: boolean }): ReactElement => {
  const people = usePeople();
  return (
    <button
      type="button"
      className={classes['person']}
      aria-pressed={isChosen}
      data-user={person.user}
      onClick={() => people.choose(person)}
    >
      <i aria-hidden="true">{initialsOf(person.name)}</i>
      <b dir="auto">{person.name}</b>
      <small>{person.user}</small>
    </button>
  );
};

const PinPad = (): ReactElement => {
  const people = usePeople();
  const words = useStrings().people;
  const isBusy = usePeopleState((state) => state.isBusy);
  const pad = (key: string, text: string, label: string, press: () => void): ReactElement => (
    <button key={key} type="button" className={classes['pad']} data-pad={key} aria-label={label} disabled={isBusy} onClick={press}>
      {text}
    </button>
  );
  return (
    <div className={classes['pin-pad']} dir="ltr" role="group" aria-label={words.digits}>
      {DIGITS.map((digit) => pad(digit, digit, digit, () => people.typed(digit)))}
      {pad('erase', '⌫', words.erase, people.erase)}
      {pad('0', '0', '0', () => people.typed('0'))}
      {pad('enter', '↵', words.enter, people.submit)}
    </div>
  );
};

/** What was typed: figures of a number, dots of a PIN. */
const Typed = (): ReactElement => {
  const words = useStrings().people;
  const typed = usePeopleState((state) => state.typed);
  const chosen = usePeopleState((state) => state.chosen);
  const label = chosen === undefined ? words.number : words.pin;
  return (
    <output
      className={classes['typed']}
      aria-label={`${label}: ${words.typedCount(typed.length)}`}
      data-secret={chosen !== undefined || undefined}
    >
      {chosen === undefined ? typed : '•'.repeat(typed.length)}
    </output>
  );
};

const useTitle = (asking: Asking): string => {
  const words = useStrings().people;
  const clock = usePeopleState((state) => state.clock);
  const name = useTill((view) => view.status?.operatorName ?? view.status?.operator ?? '');
  const pinStep = usePeopleState((state) => state.pinStep);
  if (clock !== undefined) return words.clockActs[clock];
  if (pinStep !== undefined) return words.changePin;
  if (asking.type === 'signOn') return asking.isLocked ? words.lockedTitle(name) : words.signOnTitle;
  if (asking.type === 'wish') return words.wishTitle(asking.wish.lane, asking.wish.askedByName);
  return asking.type === 'switch' ? words.switchTitle : words.leaveTitle;
};

/** Who could, and how far the other stations are with it. */
const AtStations = ({ approvers }: { readonly approvers: string }): ReactElement => {
  const words = useStrings().people;
  const stations = usePeopleState((state) => state.stations);
  const refusedBy = usePeopleState((state) => state.refusedBy);
  const said = refusedBy !== undefined ? words.stationsRefused(refusedBy) : stations === undefined ? '' : words.stationsAsked;
  return (
    <small data-testid="stations" data-asked={stations?.count}>
      {words.leaveBy(approvers)}
      {said === '' ? null : <b> {said}</b>}
    </small>
  );
};

/** Of which basket, so that whoever allows it knows what they allow. */
const WishedOf = ({ wish }: { readonly wish: LeaveWishView }): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const basket = `${strings.items(wish.itemCount, format)}, ${format.money(wish.totalMinor, minorDigits)}`;
  const said = [wish.lineName, wish.reference === '' ? basket : wish.reference, wish.isTraining ? strings.cashAndShift.trainingTitle : ''];
  return <small>{said.filter((part) => part !== '').join(' · ')}</small>;
};

const Wanted = ({ asking }: { readonly asking: Asking & { readonly type: 'leave' | 'wish' } }): ReactElement => {
  const words = useStrings().people;
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const { title, detail } = words.leave(asking, format, minorDigits);
  return (
    <p className={classes['wanted']} data-testid="wanted">
      <b>{title}</b>
      <span>{detail}</span>
      {asking.type === 'leave' ? (
        <AtStations approvers={String(asking.refusal.detail['approvers'] ?? '')} />
      ) : (
        <WishedOf wish={asking.wish} />
      )}
    </p>
  );
};

const Problem = (): ReactElement => {
  const strings = useStrings();
  const format = useFormat();
  const problem = usePeopleState((state) => state.problem);
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const message = problem === undefined ? undefined : strings.refusal(problem, { format, minorDigits, subject: '' });
  return (
    <p className={classes['problem']} role="alert" data-problem={problem?.type}>
      {message === undefined ? null : (
        <>
          <b>{message.title}</b>
          <span>{message.detail}</span>
        </>
      )}
    </p>
  );
};

const useHint = (): string => {
  const words = useStrings().people;
  const chosen = usePeopleState((state) => state.chosen);
  const pinStep = usePeopleState((state) => state.pinStep);
  if (chosen === undefined) return words.whoHint;
  if (pinStep !== undefined) return words.pinSteps[pinStep];
  return chosen.hasPin ? words.pinHint(chosen.name) : words.badgeHint(chosen.name);
};

/** What came of it: who it was, and since when they have been here. */
const ClockedNote = (): ReactElement | null => {
  const words = useStrings().people;
  const format = useFormat();
  const clocked = usePeopleState((state) => state.clocked);
  const timeZone = useTill((view) => view.status?.timeZone);
  if (clocked === undefined) return null;
  const { name, act, atMs, sinceMs, forgotten } = clocked;
  const title = (act === 'clockIn' ? words.clockedIn : words.clockedOut)(name, format.time(atMs, timeZone));
  const since = sinceMs === undefined ? '' : format.dateTime(sinceMs, timeZone);
  const detail = forgotten === true ? words.clockForgotten(since) : sinceMs === undefined ? '' : words.clockSince(since);
  return (
    <p className={classes['clocked']} role="status" data-testid="clocked" data-act={act}>
      <b>{title}</b>
      <span>{detail}</span>
    </p>
  );
};

const PinNote = (): ReactElement | null => {
  const words = useStrings().people;
  const name = usePeopleState((state) => state.pinChanged);
  if (name === undefined) return null;
  return (
    <p className={classes['clocked']} role="status" data-testid="pin-changed">
      <b>{words.pinChanged(name)}</b>
      <span>{words.pinChangedText}</span>
    </p>
  );
};

const Ways = ({ asking }: { readonly asking: Asking }): ReactElement => {
  const people = usePeople();
  const cash = useCash();
  const { people: words, cashAndShift: cashWords } = useStrings();
  const openCash = (): void => {
    people.closeSwitch();
    cash.toggle();
  };
  const wish = useTill((view) => view.status?.leaveWishes?.[0]);
  const hasChosen = usePeopleState((state) => state.chosen !== undefined);
  const clock = usePeopleState((state) => state.clock);
  const pinStep = usePeopleState((state) => state.pinStep);
  const isBusyWithSelf = clock !== undefined || pinStep !== undefined;
  const isDone = usePeopleState((state) => state.clocked !== undefined || state.pinChanged !== undefined);
  const way = (id: string, text: string, press: () => void, cap?: string): ReactElement => (
    <button type="button" className={classes['way']} data-way={id} onClick={press}>
      {text}
      {cap === undefined ? null : <kbd aria-hidden="true">{cap}</kbd>}
    </button>
  );
  return (
    <footer>
      {asking.type === 'leave' ? way('stations', words.askStations, people.askStations, STATIONS_KEY) : null}
      {asking.type === 'wish' ? way('refuse', words.refuseWish, people.refuseWish, REFUSE_KEY) : null}
      {asking.type === 'switch' && !isBusyWithSelf ? (
        <>
          {wish === undefined ? null : way('wish', words.wishWaits(wish.lane), () => people.openWish(wish), STATIONS_KEY)}
          {way('cash', cashWords.title, openCash, '⇧F11')}
          {way('lock', words.lock, people.lock, LOCK_KEY)}
          {way('sign-off', words.signOff, people.signOff, SIGN_OFF_KEY)}
        </>
      ) : null}
      {(asking.type === 'switch' || asking.type === 'signOn') && !isBusyWithSelf ? (
        <>
          {CLOCK_ACTS.map((act) => (
            <Fragment key={act}>{way(act, words.clockActs[act], () => people.startClock(act), CLOCK_KEYS[act])}</Fragment>
          ))}
          {way('pin', words.changePin, people.startPin, PIN_KEY)}
        </>
      ) : null}
      {asking.type === 'signOn' && !hasChosen && !isBusyWithSelf && !isDone
        ? null
        : way('back', hasChosen ? words.somebodyElse : words.cancel, people.back, 'Esc')}
    </footer>
  );
};

const Card = ({ asking }: { readonly asking: Asking }): ReactElement => {
  const words = useStrings().people;
  const title = useTitle(asking);
  const hint = useHint();
  const everybody = usePeopleState((state) => state.people);
  const chosen = usePeopleState((state) => state.chosen);
  const operator = useTill((view) => view.status?.operator);
  const hasLines = useTill((view) => view.lines.length > 0);
  // Nobody hands over to themselves, nor gives themselves leave.
  const isDone = usePeopleState((state) => state.clocked !== undefined || state.pinChanged !== undefined);
  const isOwn = usePeopleState((state) => state.clock !== undefined || state.pinStep !== undefined);
  const away = asking.type === 'wish' ? asking.wish.askedBy : operator;
  const people = asking.type === 'signOn' || isOwn ? everybody : everybody.filter(({ user }) => user !== away);
  return (
    <section
      className={classes['card']}
      role="dialog"
      aria-modal={asking.type === 'signOn'}
      aria-label={title}
      data-testid="people"
      data-asking={asking.type}
    >
      <header>
        <h1>{title}</h1>
        <p>{hint}</p>
      </header>
      {asking.type === 'leave' || asking.type === 'wish' ? <Wanted asking={asking} /> : null}
      <div className={classes['who']}>
        <div className={classes['everybody']} role="group" aria-label={words.people}>
          {people.map((person) => (
            <PersonKey key={person.user} person={person} isChosen={chosen?.user === person.user} />
          ))}
          {people.length === 0 ? (
            <p>
              <b>{words.nobodyYet}</b>
              <span>{words.nobodyYetText}</span>
            </p>
          ) : null}
        </div>
        <div className={classes['proof']}>
          <Typed />
          <PinPad />
        </div>
      </div>
      {isDone ? (
        <>
          <ClockedNote />
          <PinNote />
        </>
      ) : (
        <Problem />
      )}
      <Ways asking={asking} />
      {asking.type === 'signOn' && hasLines ? <small className={classes['kept']}>{words.basketKept}</small> : null}
    </section>
  );
};

export const PeopleSheet = (): ReactElement | null => {
  const asking = usePeopleState((state) => state.asking);
  if (asking === undefined) return null;
  return (
    <div className={classes['ground']} data-asking={asking.type} onMouseDown={keepFocus}>
      <Card asking={asking} />
    </div>
  );
};
