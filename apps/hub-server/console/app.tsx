/** The frame of every page: navigation, the state of the line to the hub, and what stands there when there is nothing to show. */
import { EmptyState, StatusDot, type StatusDotState } from '@holdfast/ui';
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';

import { type Address, type Page } from './address.ts';
import { type Failure, failureOf, failureText } from './api.ts';
import { durationText } from './duration.ts';
import { timeText } from './format.ts';
import type { LiveState } from './live.ts';
import { AddressLink, useAddress } from './navigation.tsx';
import { CONSOLE_PAGES, PAGE_GROUPS } from './pages.tsx';
import { commonZone, type OverviewAtHand, useHubNowMs, useLive, useOverview, useTimeZones } from './queries.ts';
import { SaleDrawer } from './sale-drawer.tsx';
import { InvitationPage, SignInPage } from './sign-in-page.tsx';
import { invitationIn, seesCompany, type Session, signOut, useSession } from './sign-in.ts';

interface LineState {
  readonly dot: StatusDotState;
  readonly text: string;
}

function lineState(failure: Failure | null, live: LiveState): LineState {
  if (failure?.type === 'unreachable') return { dot: 'off', text: 'Hub does not answer' };
  if (failure !== null) return { dot: 'warn', text: 'Hub reports an error' };
  if (live === 'live') return { dot: 'ok', text: 'Live' };
  return { dot: 'busy', text: 'Refreshed every 5 s' };
}

const Who = ({ session }: { readonly session: Session }): ReactElement => {
  const queries = useQueryClient();
  return (
    <div className="who" data-testid="who">
      <small className="mut">{session.isBreakGlass ? 'By the hub’s own link' : session.user}</small>
      <Button
        variant="default"
        size="xs"
        onClick={() => {
          void signOut()
            .catch(() => undefined)
            .then(async () => queries.resetQueries());
        }}
      >
        Sign out
      </Button>
    </div>
  );
};

const Frame = ({
  address,
  line,
  session,
  children,
}: {
  readonly address: Address;
  readonly line: LineState;
  readonly session: Session | undefined;
  readonly children: ReactNode;
}): ReactElement => (
  <div className="frame">
    <nav aria-label="Pages">
      <b className="brand">Holdfast</b>
      {PAGE_GROUPS.map(({ name, pages }) => (
        <div className="page-group" role="group" aria-label={name} key={name}>
          <small aria-hidden>{name}</small>
          {pages.map((page) => (
            <AddressLink key={page} to={{ page, filters: {}, sale: null }} aria-current={address.page === page ? 'page' : undefined}>
              {CONSOLE_PAGES[page].name}
            </AddressLink>
          ))}
        </div>
      ))}
      <div className="pages-foot">
        <div className="line-state" role="status" data-testid="live-state">
          <StatusDot state={line.dot}>{line.text}</StatusDot>
        </div>
        {session === undefined ? null : <Who session={session} />}
      </div>
    </nav>
    <main>{children}</main>
  </div>
);

const Stale = ({
  atHand,
  hubNowMs,
  failure,
  timeZone,
}: {
  readonly timeZone: string | undefined;
  readonly atHand: OverviewAtHand;
  readonly hubNowMs: number;
  readonly failure: Failure;
}): ReactElement => (
  <div className="stale" role="status" data-testid="hub-unreachable">
    <b>{failureText(failure)}</b> You see what it said at {timeText(atHand.overview.asOfMs, timeZone)},{' '}
    {durationText(hubNowMs - atHand.overview.asOfMs)} ago. Lanes sell on without it. The console keeps asking.
  </div>
);

const Nothing = ({ page, failure }: { readonly page: Page; readonly failure: Failure | null }): ReactElement => (
  <div className="page">
    <h1>{CONSOLE_PAGES[page].name}</h1>
    {failure === null ? (
      <p className="mut">Asking the hub…</p>
    ) : (
      <div className="card" role="status" data-testid="hub-unreachable">
        <EmptyState title={failureText(failure)}>
          Lanes sell on without it and send their sales when it is back. The console keeps asking and shows them by itself.
        </EmptyState>
      </div>
    )}
  </div>
);

/** The page, or what stands before it: an invitation that was opened here comes first. */
export const App = (): ReactElement => {
  const [invitation, setInvitation] = useState(() => invitationIn(window.location.hash));
  if (invitation === undefined) return <Console />;
  const enter = (): void => {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    setInvitation(undefined);
  };
  return <InvitationPage token={invitation} onDone={enter} />;
};

const Console = (): ReactElement => {
  const address = useAddress();
  const { data, error } = useOverview();
  const failure = failureOf(error) ?? (error === null ? null : ({ type: 'problem', status: 0, text: error.message } as const));
  // Asked again, the hub has not answered yet: whoever types a password meanwhile goes on typing.
  const [sessionLost, setSessionLost] = useState(false);
  if (!sessionLost && failure?.type === 'sessionLost') setSessionLost(true);
  if (sessionLost && failure === null && data !== undefined) setSessionLost(false);
  const { data: session } = useSession();
  const live = useLive(!sessionLost && seesCompany(session));
  const hubNowMs = useHubNowMs(data);
  const timeZones = useTimeZones();
  const timeZone = commonZone(timeZones);
  useEffect(() => {
    document.title = `${CONSOLE_PAGES[address.page].name} · Holdfast`;
  }, [address.page]);
  if (sessionLost) return <SignInPage wasHere={data !== undefined} />;
  const { overview } = data ?? {};
  return (
    <Frame address={address} line={lineState(failure, live)} session={session}>
      {data !== undefined && failure !== null ? <Stale atHand={data} hubNowMs={hubNowMs} failure={failure} timeZone={timeZone} /> : null}
      {overview === undefined ? (
        <Nothing page={address.page} failure={failure} />
      ) : (
        CONSOLE_PAGES[address.page].shows({ overview, address, hubNowMs, timeZones, timeZone })
      )}
      <SaleDrawer address={address} timeZones={timeZones} />
    </Frame>
  );
};
