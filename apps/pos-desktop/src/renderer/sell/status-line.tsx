/** The state of the world in one quiet line. Offline is a state, not an error, and stops nobody. */
import { StatusDot, type StatusDotState, useFormat } from '@holdfast/ui';
import type { ReactElement } from 'react';

import type { Status } from '../../shared/till-contract.ts';
import { usePeople } from '../people/people-context.tsx';
import { SWITCH_KEY } from '../people/people-controller.ts';
import { useStrings, useTill } from './sell-context.tsx';

import classes from './status-line.module.css';

const HUB_DOTS: Readonly<Record<Status['hub'], StatusDotState>> = {
  connected: 'ok',
  offline: 'off',
  connecting: 'busy',
  notEnrolled: 'off',
};
const DEVICE_DOTS: Readonly<Record<Status['devices'][number]['state'], StatusDotState>> = { ready: 'ok', warning: 'warn', down: 'bad' };

/** Where people sign on, a hand on their name changes hands. */
const Operator = ({ status }: { readonly status: Status }): ReactElement => {
  const strings = useStrings();
  const people = usePeople();
  const text = strings.cashier(status.operatorName ?? status.operator, status.shift);
  if (status.signOn === undefined || status.signOn === 'off') return <>{text}</>;
  return (
    <button type="button" className={classes['operator']} data-testid="operator" data-user={status.operator} onClick={people.openSwitch}>
      {text} <kbd aria-hidden="true">{SWITCH_KEY}</kbd>
    </button>
  );
};

const News = ({ children }: { readonly children: string }): ReactElement => (
  <span className={classes['news']}>
    <StatusDot state="warn">{children}</StatusDot>
  </span>
);

export const StatusLine = (): ReactElement => {
  const strings = useStrings();
  const people = usePeople();
  const format = useFormat();
  const status = useTill((view) => view.status);
  const link = useTill((view) => view.link);
  // What the till said last may be so no more: nothing of it is called well.
  const dot = (state: StatusDotState): StatusDotState => (link === 'lost' ? 'busy' : state);
  const progress = status?.catalogueProgress;
  const isTroubled = status !== undefined && (status.hub !== 'connected' || status.devices.some(({ state }) => state !== 'ready'));
  const hasNews = status?.rolledFrom !== undefined || [status?.floatDue, status?.dropDue, status?.rightsOver].includes(true);
  return (
    <footer className={classes['status']} aria-label={strings.statusLine}>
      {link === 'lost' ? (
        <span data-testid="status-till">
          <StatusDot state="off">{strings.tillLost}</StatusDot>
        </span>
      ) : null}
      {status === undefined ? null : (
        <>
          <span
            data-testid="status-hub"
            data-hub={status.hub}
            data-waiting={status.waitingSales}
            data-waiting-entries={status.waitingEntries}
          >
            <StatusDot state={dot(HUB_DOTS[status.hub])}>{strings.hub(status, format)}</StatusDot>
          </span>
          {progress === undefined ? null : (
            <span data-testid="status-catalogue">
              <StatusDot state="busy">{strings.catalogue(format.count(progress.done), format.count(progress.total))}</StatusDot>
            </span>
          )}
          {status.setAside === 0 ? null : (
            <span data-testid="status-set-aside">
              <StatusDot state="warn">{strings.setAside(status.setAside, format)}</StatusDot>
            </span>
          )}
          {status.basketsTwice === undefined ? null : (
            <span data-testid="status-twice">
              <StatusDot state="warn">{strings.basketsTwice(status.basketsTwice, format)}</StatusDot>
            </span>
          )}
          {status.basketLost === true ? (
            <span data-testid="status-basket-lost">
              <StatusDot state="warn">{strings.basketLost}</StatusDot>
            </span>
          ) : null}
          {status.devices.map((device) => (
            <span key={device.device} data-testid="status-device" data-device={device.device} data-state={device.state}>
              <StatusDot state={dot(DEVICE_DOTS[device.state])}>
                {strings.deviceName(device.device)}
                {device.state === 'ready' ? null : `: ${strings.deviceState(device, format)}`}
              </StatusDot>
            </span>
          ))}
          {status.leaveWishes?.map((wish) => (
            <button
              key={`${wish.device} ${wish.wishId}`}
              type="button"
              className={classes['wish']}
              data-testid="status-wish"
              onClick={() => people.openWish(wish)}
            >
              {strings.people.wishWaits(wish.lane)}
            </button>
          ))}
          <span className={classes['end']} data-crowded={hasNews || isTroubled || undefined}>
            {status.rolledFrom === undefined ? null : (
              <span className={classes['news']} data-testid="status-rolled">
                <StatusDot state="warn">{strings.cashAndShift.rolled(format.day(status.rolledFrom))}</StatusDot>
              </span>
            )}
            {status.floatDue === true ? <News>{strings.cashAndShift.floatDue}</News> : null}
            {status.dropDue === true ? <News>{strings.cashAndShift.dropDue}</News> : null}
            {status.rightsOver === true ? <News>{strings.people.rightsOver}</News> : null}
            <Operator status={status} />
            <span className={classes['hint']}>· {strings.keyHint}</span>
          </span>
        </>
      )}
    </footer>
  );
};
