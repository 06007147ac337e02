/** The frame of every page: navigation, the state of the line to the hub, and what stands there when there is nothing to show. */
import { EmptyState, StatusDot, type StatusDotState } from '@holdfast/ui';
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useEffect, useMemo, useState } from 'react';

import { type Address, type Page } from './address.ts';
import { type Failure, failureOf, failureText } from './ask.ts';
import { durationText } from './duration.ts';
import { dateIn, timeText } from './format.ts';
import type { LiveState } from './live.ts';
import { AddressLink, useAddress } from './navigation.tsx';
import { CONSOLE_PAGES, isOpenTo, PAGE_GROUPS } from './pages.tsx';
import { ProfilePage } from './people/profile-page.tsx';
import { ProofDialog } from './people/proof-dialog.tsx';
import { InvitationPage, LinkPage, SignInPage } from './people/sign-in-page.tsx';
import { linkIn, seesCompany, type Session, signOut, useSession } from './people/sign-in.ts';
import { commonZone, type HubClock, useHubClock, useHubNowMs, useLive, useStores, zonesOf } from './queries.ts';
import { addressFor, createRights, type Rights, RightsProvider, useRights } from './rights.tsx';
import { SaleDrawer } from './selling/sale-drawer.tsx';

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

const OWN_PAGE: Address = { page: 'profile', filters: {}, sale: null };
const whoText = ({ isBreakGlass, signIn, user }: Session): string => (isBreakGlass ? 'The hub’s own link' : (signIn?.name ?? user));

const Who = ({ session }: { readonly session: Session }): ReactElement => {
  const queries = useQueryClient();
  return (
    <div className="who" data-testid="who">
      <AddressLink to={OWN_PAGE} data-testid="own-page" aria-label={`Your sign-in: ${whoText(session)}`}>
        {whoText(session)}
      </AddressLink>
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

/** Those that are theirs. */
const Pages = ({ address }: { readonly address: Address }): ReactElement => {
  const rights = useRights();
  const groups = PAGE_GROUPS.map(({ name, pages }) => ({ name, pages: pages.filter((page) => isOpenTo(page, rights)) }));
  // On a low screen the pages scroll, and the one that is open may be of the last.
  const { page: open } = address;
  const isThere = groups.some(({ pages }) => pages.some((page) => page === open));
  useEffect(() => {
    if (isThere) document.querySelector(`nav [data-page="${open}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [open, isThere]);
  return (
    <div className="page-list">
      {groups
        .filter(({ pages }) => pages.length > 0)
        .map(({ name, pages }) => (
          <div className="page-group" role="group" aria-label={name} key={name}>
            <small aria-hidden>{name}</small>
            {pages.map((page) => (
              <AddressLink
                key={page}
                to={{ page, filters: {}, sale: null }}
                data-page={page}
                aria-current={open === page ? 'page' : undefined}
              >
                {CONSOLE_PAGES[page].name}
              </AddressLink>
            ))}
          </div>
        ))}
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
      <Pages address={address} />
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
  readonly atHand: HubClock;
  readonly hubNowMs: number;
  readonly failure: Failure;
}): ReactElement => (
  <div className="stale" role="status" data-testid="hub-unreachable">
    <b>{failureText(failure)}</b> It answered last at {timeText(atHand.asOfMs, timeZone)}, {durationText(hubNowMs - atHand.asOfMs)} ago.
    Lanes sell on without it. The console keeps asking.
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

/** An address that somebody was sent, of a page that is not theirs. */
const NotYours = ({ page, rights }: { readonly page: Page; readonly rights: Rights }): ReactElement => (
  <div className="page" data-testid="not-yours">
    <h1>{CONSOLE_PAGES[page].name}</h1>
    <div className="card">
      <EmptyState title={rights.may('useConsole') ? 'This page is not yours' : 'There is nothing here for you yet'}>
        {rights.may('useConsole')
          ? 'It takes rights that none of your roles has where you work. Whoever looks after sign-ins can change that.'
          : 'Where you work, none of your roles may use the console. Whoever looks after sign-ins can change that.'}
      </EmptyState>
    </div>
  </div>
);

/** The page, or what stands before it: a link that was opened here comes first, also where the console stood in this tab already. */
export const App = (): ReactElement => {
  const [link, setLink] = useState(() => linkIn(window.location.hash));
  useEffect(() => {
    const look = (): void => setLink((before) => linkIn(window.location.hash) ?? before);
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  if (link === undefined) return <Console />;
  const enter = (): void => {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    setLink(undefined);
  };
  const { type, token } = link;
  return type === 'link' ? (
    <LinkPage key={token} token={token} onDone={enter} />
  ) : (
    <InvitationPage key={token} token={token} onDone={enter} />
  );
};

/** What was read is let go with the session that it was read by. */
function useForgetting(isOver: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isOver) return;
    queries.getMutationCache().clear();
    queries.removeQueries({ type: 'inactive' });
    void queries.resetQueries({ type: 'active', predicate: ({ queryKey: [name] }) => name !== 'sign-in' });
  }, [isOver, queries]);
}

const Console = (): ReactElement => {
  const asked = useAddress();
  const { data: session, error: sessionError } = useSession();
  const seesNothing = session !== undefined && (session.may['useConsole']?.length ?? 0) === 0;
  const { data: clock, error: clockError } = useHubClock();
  const { data: stores, error: storesError } = useStores(!seesNothing);
  // What they may not see is no fault of the hub's.
  const error = clockError ?? (seesNothing ? sessionError : storesError);
  const failure = failureOf(error) ?? (error === null ? null : ({ type: 'problem', status: 0, text: error.message } as const));
  // Asked again, the hub has not answered yet: whoever types a password meanwhile goes on typing.
  const [sessionLost, setSessionLost] = useState<{ readonly wasHere: boolean }>();
  const isLost = failure?.type === 'sessionLost' || failureOf(sessionError)?.type === 'sessionLost';
  if (sessionLost === undefined && isLost) setSessionLost({ wasHere: session !== undefined });
  if (sessionLost !== undefined && !isLost && session !== undefined && (seesNothing || stores !== undefined)) setSessionLost(undefined);
  useForgetting(sessionLost !== undefined);
  const rights = useMemo(() => createRights(session, stores ?? []), [session, stores]);
  const address = useMemo(() => addressFor(asked, rights), [asked, rights]);
  const live = useLive(sessionLost === undefined && seesCompany(session));
  const hubNowMs = useHubNowMs(clock);
  const timeZones = zonesOf(stores);
  const timeZone = commonZone(timeZones);
  useEffect(() => {
    document.title = `${CONSOLE_PAGES[address.page].name} · Holdfast`;
  }, [address.page]);
  if (sessionLost !== undefined) return <SignInPage wasHere={sessionLost.wasHere} />;
  // Nothing is shown before it is known whose it is.
  const isTheirs = session === undefined ? undefined : isOpenTo(address.page, rights);
  return (
    <RightsProvider value={rights}>
      <Frame address={address} line={lineState(failure, live)} session={session}>
        {clock !== undefined && failure !== null ? (
          <Stale atHand={clock} hubNowMs={hubNowMs} failure={failure} timeZone={timeZone} />
        ) : null}
        {isTheirs === false ? (
          <NotYours page={address.page} rights={rights} />
        ) : isTheirs === true && address.page === 'profile' ? (
          <ProfilePage stores={stores ?? []} timeZone={timeZone} />
        ) : isTheirs === undefined || stores === undefined || clock === undefined ? (
          <Nothing page={address.page} failure={failure} />
        ) : (
          CONSOLE_PAGES[address.page].shows({
            places: { businessDate: stores[0]?.businessDate ?? dateIn(clock.asOfMs, 'UTC'), stores },
            address,
            hubNowMs,
            timeZones,
            timeZone,
          })
        )}
        <SaleDrawer address={address} timeZones={timeZones} />
        <ProofDialog />
      </Frame>
    </RightsProvider>
  );
};
