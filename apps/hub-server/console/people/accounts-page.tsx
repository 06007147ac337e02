/** Who signs in to the console: invited by a link that opens once, with roles at places; locked out, let in, brought in anew; and what happened, and when. */
import { Button, Drawer, Modal, Select, Tabs, TagsInput, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import { type Address, withFilters } from '../address.ts';
import type { Places } from '../api.ts';
import { CopyField } from '../company/enrol-dialog.tsx';
import { dateTimeText, minuteText, plural } from '../format.ts';
import { AddressLink, moveTo } from '../navigation.tsx';
import { placeName } from '../places.ts';
import { type Rights, useRights } from '../rights.tsx';
import { Failure, HeadCells, LongSelect, NoRows, setFilter, Tag } from '../table-parts.tsx';
import {
  eventText,
  FEW_CODES,
  type Invited,
  isDoubtful,
  isSignInShown,
  linkOf,
  personText,
  type Post,
  type SignIn,
  type SignInEvent,
  stateOf,
  useAct,
  useInvite,
  useSignInEvents,
  useSignIns,
  writtenPosts,
} from './accounts.ts';
import { namesOf, useStaff } from './people.ts';
import { useSession } from './sign-in.ts';

export interface AccountsPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly timeZone: string | undefined;
}

/** Those that come with the program; a company may have others. */
const KNOWN_ROLES = ['hq', 'manager', 'supervisor', 'cashier'] as const;

const EMPTY_POST: Post = { scope: '', roles: [] };

interface PostsFieldsProps {
  readonly posts: readonly Post[];
  readonly rights: Rights;
  readonly onChange: (posts: readonly Post[]) => void;
}

/** Where somebody works, in which roles. */
const PostsFields = ({ posts, rights, onChange }: PostsFieldsProps): ReactElement => {
  const { data: staff = [] } = useStaff();
  const roles = [...new Set<string>([...KNOWN_ROLES, ...staff.flatMap((each) => each.roles)])];
  const change = (at: number, next: Partial<Post>): void =>
    onChange(posts.map((held, index) => (index === at ? { ...held, ...next } : held)));
  return (
    <fieldset className="posts">
      <legend>Where they work, and in which roles</legend>
      {posts.map(({ scope, roles: held }, at) => (
        // A row has no name of its own before its place is chosen.
        // oxlint-disable-next-line react/no-array-index-key
        <div className="post" key={at} data-testid="post">
          <LongSelect
            aria-label={`Place ${at + 1}`}
            placeholder="Where"
            data={rights.placesFor('manageAccounts')}
            value={scope === '' ? null : scope}
            searchable
            allowDeselect={false}
            onChange={(next) => change(at, { scope: next ?? '' })}
          />
          <TagsInput
            aria-label={`Roles ${at + 1}`}
            placeholder={held.length === 0 ? 'Roles' : ''}
            data={roles}
            value={[...held]}
            onChange={(next) => change(at, { roles: next })}
          />
          {posts.length === 1 ? null : (
            <Button
              variant="default"
              aria-label={`Leave place ${at + 1} out`}
              onClick={() => onChange(posts.filter((_, index) => index !== at))}
            >
              ×
            </Button>
          )}
        </div>
      ))}
      <Button variant="default" size="xs" onClick={() => onChange([...posts, EMPTY_POST])}>
        Another place
      </Button>
    </fieldset>
  );
};

const Sent = ({
  invited,
  timeZone,
  onDone,
}: {
  readonly invited: Invited;
  readonly timeZone: string | undefined;
  readonly onDone: () => void;
}): ReactElement => (
  <div className="issued" data-testid="invited">
    <p>
      This link opens once, until <b>{minuteText(invited.untilMs, timeZone)}</b>, and is shown now and never again. Whoever opens it chooses
      the password and takes the authenticator: hand it to them and to nobody else.
    </p>
    <CopyField label="Link" value={linkOf(window.location.origin, invited.token)} testId="invitation-link" />
    <div className="row-actions">
      <Button className="strong-button" onClick={onDone} data-autofocus>
        I have handed it on
      </Button>
    </div>
  </div>
);

const SOMEBODY_NEW = '';

const Invite = ({ timeZone, onDone }: { readonly timeZone: string | undefined; readonly onDone: () => void }): ReactElement => {
  const rights = useRights();
  const { data: staff = [] } = useStaff();
  const { data: signIns = [] } = useSignIns();
  const [person, setPerson] = useState(SOMEBODY_NEW);
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [posts, setPosts] = useState<readonly Post[]>([EMPTY_POST]);
  const invite = useInvite();
  const nameOf = namesOf(staff);
  const others = [...new Set(staff.map(({ user }) => user))].filter((user) => !signIns.some((held) => held.person === user));
  const isNew = person === SOMEBODY_NEW;
  const written = isNew ? writtenPosts(posts) : undefined;
  const isWhole = name.trim() !== '' && (!isNew || (written !== undefined && displayName.trim() !== ''));
  if (invite.data !== undefined) return <Sent invited={invite.data} timeZone={timeZone} onDone={onDone} />;
  return (
    <form
      className="enrol-form"
      data-testid="invite"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWhole || invite.isPending) return;
        invite.mutate(
          isNew
            ? { name: name.trim(), displayName: displayName.trim(), ...(written && { posts: written }) }
            : { name: name.trim(), person },
        );
      }}
    >
      <Select
        label="Who"
        data={[{ value: SOMEBODY_NEW, label: 'Somebody new' }, ...others.map((user) => ({ value: user, label: nameOf(user) }))]}
        value={person}
        searchable
        allowDeselect={false}
        onChange={(next) => setPerson(next ?? SOMEBODY_NEW)}
      />
      {isNew ? (
        <TextInput
          label="Their name"
          description="As histories and lanes show it"
          value={displayName}
          maxLength={100}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          data-autofocus
        />
      ) : (
        <p className="mut">They may here what their roles may where they work: {rolesText(staff.filter(({ user }) => user === person))}.</p>
      )}
      <TextInput
        label="Signs in as"
        description="What they type: an address will do"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {isNew ? <PostsFields posts={posts} rights={rights} onChange={setPosts} /> : null}
      <Failure error={invite.error} />
      <div className="row-actions">
        <Button type="submit" className="strong-button" loading={invite.isPending} disabled={!isWhole} data-testid="send-invite">
          Make the link
        </Button>
      </div>
    </form>
  );
};

const rolesText = (posts: readonly { readonly scope: string; readonly roles: readonly string[] }[]): string =>
  posts.map(({ scope, roles }) => `${scope === 'global' ? 'everywhere' : scope}: ${roles.join(', ')}`).join('; ');

interface OneProps {
  readonly of: SignIn;
  readonly events: readonly SignInEvent[];
  readonly isOwn: boolean;
  readonly nameOf: (user: string) => string;
  readonly timeZone: string | undefined;
  readonly onDone: () => void;
}

const One = ({ of, events, isOwn, nameOf, timeZone, onDone }: OneProps): ReactElement => {
  const rights = useRights();
  const [posts, setPosts] = useState<readonly Post[]>(of.posts.length === 0 ? [EMPTY_POST] : of.posts);
  const [isAsked, setAsked] = useState<'anew' | 'remove'>();
  const acting = useAct(of.person);
  const invite = useInvite();
  const written = writtenPosts(posts);
  const isOther = JSON.stringify(posts) !== JSON.stringify(of.posts);
  if (invite.data !== undefined) return <Sent invited={invite.data} timeZone={timeZone} onDone={onDone} />;
  return (
    <div className="enrol-form" data-testid="one-sign-in">
      <dl className="facts">
        <dt>Signs in as</dt>
        <dd>{of.name}</dd>
        <dt>Invited</dt>
        <dd>
          {minuteText(of.createdAtMs, timeZone)}, by {nameOf(of.createdBy)}
        </dd>
        <dt>Last signed in</dt>
        <dd>{of.signedInAtMs === null ? 'never' : minuteText(of.signedInAtMs, timeZone)}</dd>
        <dt>Recovery codes</dt>
        <dd>{of.hasJoined ? `${of.recoveryCodes} left` : '–'}</dd>
      </dl>
      <form
        className="enrol-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (written !== undefined && isOther) acting.mutate({ type: 'posts', posts: written });
        }}
      >
        <PostsFields posts={posts} rights={rights} onChange={setPosts} />
        <div className="row-actions">
          <Button
            type="submit"
            className="strong-button"
            loading={acting.isPending}
            disabled={written === undefined || !isOther}
            data-testid="save-posts"
          >
            Save places and roles
          </Button>
        </div>
      </form>
      <Failure error={acting.error ?? invite.error} />
      {isAsked === undefined ? (
        <div className="row-actions">
          <Button variant="default" onClick={() => setAsked('anew')} data-testid="invite-anew">
            {of.hasJoined ? 'Reset password and authenticator' : 'Another link'}
          </Button>
          {of.hasJoined ? (
            <Button
              variant="default"
              loading={acting.isPending}
              onClick={() => acting.mutate({ type: 'endSessions' })}
              data-testid="end-sessions"
            >
              Sign out everywhere
            </Button>
          ) : null}
          {isOwn ? null : (
            <>
              <Button
                variant="default"
                loading={acting.isPending}
                onClick={() => acting.mutate({ type: 'lock', isLocked: !of.isLocked })}
                data-testid="lock"
              >
                {of.isLocked ? 'Let in again' : 'Lock out'}
              </Button>
              <Button variant="default" onClick={() => setAsked('remove')} data-testid="remove-sign-in">
                Take away…
              </Button>
            </>
          )}
        </div>
      ) : (
        <Sure
          text={
            isAsked === 'anew'
              ? 'Another link is made. What they have now goes on working until somebody opens it and comes in; then everything is set anew, and they are signed out wherever they were.'
              : 'They are signed out at once and cannot come in any more. On the staff they stay, and so does all that they did.'
          }
          yes={isAsked === 'anew' ? 'Make the link' : 'Take the sign-in away'}
          isPending={acting.isPending || invite.isPending}
          onYes={() =>
            isAsked === 'anew'
              ? invite.mutate({ person: of.person, name: of.name })
              : acting.mutate({ type: 'remove' }, { onSuccess: onDone })
          }
          onNo={() => setAsked(undefined)}
        />
      )}
      {events.length === 0 ? null : (
        <>
          <h3>What happened</h3>
          <Events events={events} nameOf={nameOf} timeZone={timeZone} isOfOne />
        </>
      )}
    </div>
  );
};

export interface SureProps {
  readonly text: string;
  readonly yes: string;
  readonly isPending: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export const Sure = ({ text, yes, isPending, onYes, onNo }: SureProps): ReactElement => (
  <div role="group" aria-label={yes} data-testid="sure">
    <p className="warn">{text}</p>
    <div className="row-actions">
      <Button className="strong-button" loading={isPending} onClick={onYes} autoFocus data-testid="sure-yes">
        {yes}
      </Button>
      <Button variant="default" onClick={onNo}>
        Leave it
      </Button>
    </div>
  </div>
);

interface EventsProps {
  readonly events: readonly SignInEvent[];
  readonly nameOf: (user: string) => string;
  readonly timeZone: string | undefined;
  readonly isOfOne?: boolean;
}

const Events = ({ events, nameOf, timeZone, isOfOne = false }: EventsProps): ReactElement => (
  <div className="table-frame">
    <table className="data">
      <thead>
        <tr>
          <HeadCells labels={['When', ...(isOfOne ? [] : ['Who']), 'What', 'By', 'From']} />
        </tr>
      </thead>
      <tbody>
        {events.map(({ atMs, what, person, by, address }, at) => (
          // Two of one moment are told apart by their place alone.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={`${atMs} ${at}`} data-testid="sign-in-event">
            <td className="mut">{dateTimeText(atMs, timeZone)}</td>
            {isOfOne ? null : <th scope="row">{person === '' ? <span className="mut">nobody known</span> : nameOf(person)}</th>}
            <td>{isDoubtful(what) ? <Tag tone="warn">{eventText(what)}</Tag> : eventText(what)}</td>
            <td>{by === person || by === '' ? '' : nameOf(by)}</td>
            <td className="mut">{address}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const SignIns = ({ places, address, timeZone }: AccountsPageProps): ReactElement => {
  const asked = useSignIns();
  const { q = '' } = address.filters;
  const shown = (asked.data ?? []).filter((each) => isSignInShown(each, q));
  if (shown.length === 0)
    return (
      <div className="card" data-testid="no-sign-ins">
        <NoRows asked={asked} none={(asked.data?.length ?? 0) === 0 ? 'Nobody signs in here yet' : 'Nobody of that kind'}>
          Whoever is invited opens a link once, chooses a password and takes an authenticator. Until then each start of the hub prints a
          link of its own.
        </NoRows>
      </div>
    );
  return (
    <div className="table-frame">
      <table className="data">
        <thead>
          <tr>
            <HeadCells labels={['Name', 'Signs in as', 'Where, and as what', 'State', 'Last signed in']} />
          </tr>
        </thead>
        <tbody>
          {shown.map((each) => {
            const state = stateOf(each);
            return (
              <tr key={each.person} data-testid="sign-in-row">
                <th scope="row">
                  <AddressLink to={withFilters(address, { item: each.person })}>
                    <bdi>{personText(each)}</bdi>
                  </AddressLink>
                </th>
                <td className="mut">{each.name}</td>
                <td>
                  {each.posts.map(({ scope, roles }) => (
                    <div key={scope}>
                      {placeName(places, scope)}: {roles.join(', ')}
                    </div>
                  ))}
                </td>
                <td>
                  <Tag tone={state.tone}>{state.text}</Tag>{' '}
                  {each.hasJoined && each.recoveryCodes < FEW_CODES ? (
                    <Tag tone="warn">{`${plural(each.recoveryCodes, 'recovery code')} left`}</Tag>
                  ) : null}
                </td>
                <td className="mut">{each.signedInAtMs === null ? 'never' : minuteText(each.signedInAtMs, timeZone)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};

export const AccountsPage = (props: AccountsPageProps): ReactElement => {
  const { address, timeZone } = props;
  const { q = '', tab = 'people', item = '' } = address.filters;
  const rights = useRights();
  const { data: session } = useSession();
  const { data: known } = useSignIns();
  const signIns = known ?? [];
  const { data: staff = [] } = useStaff();
  const seesEvents = rights.may('manageAccounts', 'global');
  const asked = useSignInEvents(seesEvents);
  const events = asked.data ?? [];
  const [isInviting, setInviting] = useState(false);
  const one = signIns.find(({ person }) => person === item);
  const nameOf = (user: string): string =>
    user === 'console' || user === 'link' || user === 'bearer' ? 'the hub’s own token' : namesOf(staff)(user);
  const close = (): void => moveTo(withFilters(address, { item: '' }), 'replace');
  const shown = tab === 'events' && seesEvents ? 'events' : 'people';
  return (
    <div className="page" data-testid="accounts">
      <header className="page-head">
        <h1>Sign-ins</h1>
        <span className="mut">{known === undefined ? '' : plural(signIns.length, 'person', 'people')}</span>
        <div className="tools">
          {shown === 'people' ? (
            <TextInput
              aria-label="Find a person"
              placeholder="Name, role or place"
              w={200}
              value={q}
              onChange={(event) => setFilter(address, 'q', event.currentTarget.value)}
            />
          ) : null}
          {rights.may('manageAccounts') ? (
            <Button className="strong-button" onClick={() => setInviting(true)} data-testid="invite-button">
              Invite somebody
            </Button>
          ) : null}
        </div>
      </header>
      <Tabs
        value={shown}
        keepMounted={false}
        onChange={(next) => moveTo(withFilters(address, { tab: next === 'events' ? 'events' : '', item: '' }))}
      >
        <Tabs.List>
          <Tabs.Tab value="people" data-testid="accounts-people">
            People
          </Tabs.Tab>
          {seesEvents ? (
            <Tabs.Tab value="events" data-testid="accounts-events">
              What happened
            </Tabs.Tab>
          ) : null}
        </Tabs.List>
        <Tabs.Panel value="people" pt="md">
          <SignIns {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="events" pt="md">
          {events.length === 0 ? (
            <div className="card" data-testid="no-events">
              <NoRows asked={asked} none="Nothing happened yet">
                Who came in and who was refused is kept for a year.
              </NoRows>
            </div>
          ) : (
            <Events events={events} nameOf={nameOf} timeZone={timeZone} />
          )}
        </Tabs.Panel>
      </Tabs>
      <Modal
        opened={isInviting}
        lockScroll={false}
        onClose={() => setInviting(false)}
        title={<span className="dialog-title">Invite somebody</span>}
        size={560}
      >
        {isInviting ? <Invite timeZone={timeZone} onDone={() => setInviting(false)} /> : null}
      </Modal>
      <Drawer
        opened={one !== undefined}
        onClose={close}
        position="right"
        size={620}
        lockScroll={false}
        title={<span className="dialog-title">{one === undefined ? '' : personText(one)}</span>}
      >
        {one === undefined ? null : (
          <One
            key={`${one.person} ${JSON.stringify(one.posts)}`}
            of={one}
            events={events.filter(({ person }) => person === one.person)}
            isOwn={session?.user === one.person}
            nameOf={nameOf}
            timeZone={timeZone}
            onDone={close}
          />
        )}
      </Drawer>
    </div>
  );
};
