/** Tokens of programs: made here by whoever signed in, with a part of their own rights, shown once; when each was used, what it changed, and its end. */
import { Button, Checkbox, Modal, MultiSelect, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Address } from '../address.ts';
import type { Places } from '../api.ts';
import { CopyField } from '../company/enrol-dialog.tsx';
import { dateTimeText, minuteText, plural } from '../format.ts';
import { placeName } from '../places.ts';
import { useRights } from '../rights.tsx';
import { CHOICES_DRAWN, emptyTitle, Failure, HeadCells, NoRows, setFilter, Tag } from '../table-parts.tsx';
import { Sure } from './accounts-page.tsx';
import {
  type ApiToken,
  LIVES,
  TOKEN_ACTIONS,
  tokenState,
  untilText,
  useApiTokenActs,
  useApiTokens,
  useMakeApiToken,
  useRevokeApiToken,
} from './api-tokens.ts';
import { namesOf, useStaff } from './people.ts';
import { actionText } from './roles.ts';
import { useSession } from './sign-in.ts';

export interface ApiTokensPageProps {
  readonly places: Places;
  readonly address: Address;
  readonly hubNowMs: number;
  readonly timeZone: string | undefined;
}

/** It is never shown again: whoever lost it makes another one. */
const Secret = ({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }): ReactElement => (
  <div className="enrol-form" data-testid="token-secret">
    <p>
      The program sends it with each request, as <code>Authorization: Bearer …</code>. It is shown this once: put it where the program keeps
      its secrets, and nowhere else.
    </p>
    <CopyField label="Token" value={secret} testId="secret" />
    <Button className="strong-button" onClick={onDone} data-autofocus>
      Done
    </Button>
  </div>
);

const Form = ({ onMade }: { readonly onMade: (secret: string) => void }): ReactElement => {
  const rights = useRights();
  const [name, setName] = useState('');
  const [actions, setActions] = useState<readonly string[]>([]);
  const [places, setPlaces] = useState<readonly string[]>(rights.seesCompany ? ['global'] : []);
  const [days, setDays] = useState('90');
  const make = useMakeApiToken();
  const offered = TOKEN_ACTIONS.filter((action) =>
    places.length === 0 ? rights.may(action) : places.every((place) => rights.may(action, place)),
  );
  const wanted = offered.filter((action) => actions.includes(action));
  const isWhole = name.trim() !== '' && places.length > 0;
  return (
    <form
      className="enrol-form"
      data-testid="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWhole || make.isPending) return;
        make.mutate(
          { name: name.trim(), actions: wanted, places: [...places], expiresInDays: Number(days) },
          { onSuccess: ({ secret }) => onMade(secret) },
        );
      }}
    >
      <TextInput
        label="Program"
        description="Which one has it; each its own, so that one can be revoked by itself"
        maxLength={100}
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <MultiSelect
        label="Where"
        description="It sees these places, as you see them"
        data={rights.placesFor('useConsole')}
        value={[...places]}
        searchable
        limit={CHOICES_DRAWN}
        required
        onChange={setPlaces}
      />
      <Checkbox.Group
        label="What it may beyond reading"
        description="Never more than you may yourself: what is taken from you is taken from it"
        value={wanted}
        onChange={setActions}
      >
        <div className="check-list" data-testid="token-actions">
          {offered.length === 0 ? <p className="mut">There you may nothing beyond reading.</p> : null}
          {offered.map((action) => (
            <Checkbox key={action} value={action} label={actionText(action)} />
          ))}
        </div>
      </Checkbox.Group>
      <Select label="Until it runs out" data={[...LIVES]} value={days} allowDeselect={false} onChange={(next) => setDays(next ?? days)} />
      <Failure error={make.error} />
      <Button type="submit" className="strong-button" loading={make.isPending} disabled={!isWhole} data-testid="make-token">
        Make the token
      </Button>
    </form>
  );
};

type Opened =
  | { readonly type: 'form' }
  | { readonly type: 'secret'; readonly secret: string }
  | { readonly type: 'revoke'; readonly of: ApiToken };

const TITLES: Readonly<Record<Opened['type'], string>> = { form: 'A token for a program', secret: 'The token', revoke: 'Revoke' };

const Revoke = ({ of, onDone }: { readonly of: ApiToken; readonly onDone: () => void }): ReactElement => {
  const revoke = useRevokeApiToken();
  return (
    <>
      <Sure
        text={`${of.name} is refused with its next request. What it did stays written down.`}
        yes="Revoke the token"
        isPending={revoke.isPending}
        onYes={() => revoke.mutate(of.token, { onSuccess: onDone })}
        onNo={onDone}
      />
      <Failure error={revoke.error} />
    </>
  );
};

interface RowProps extends Pick<ApiTokensPageProps, 'places' | 'hubNowMs' | 'timeZone'> {
  readonly of: ApiToken;
  readonly nameOf: (user: string) => string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onRevoke: () => void;
}

const Row = ({ of, places, hubNowMs, timeZone, nameOf, isChosen, onChoose, onRevoke }: RowProps): ReactElement => {
  const state = tokenState(of, hubNowMs);
  return (
    <tr data-testid="token-row" aria-current={isChosen || undefined}>
      <th scope="row" className="wraps">
        <bdi>{of.name}</bdi>
        <div className="mut">made by {nameOf(of.maker)}</div>
      </th>
      <td className="wraps">
        {['Read', ...of.actions.map(actionText)].join(', ')}
        <div className="mut">{of.places.map((place) => placeName(places, place)).join(', ')}</div>
      </td>
      <td>
        <Tag tone={state.tone}>{state.text}</Tag> <span className="mut">{untilText(of, timeZone)}</span>
      </td>
      <td className="mut">{of.usedAtMs === null ? 'never' : `${minuteText(of.usedAtMs, timeZone)}, ${of.usedAddress ?? ''}`}</td>
      <td>
        <div className="row-actions">
          <Button size="compact-sm" variant="default" aria-pressed={isChosen} onClick={onChoose} aria-label={`What it did: ${of.name}`}>
            What it did
          </Button>
          {state.isOpen ? (
            <Button size="compact-sm" variant="default" onClick={onRevoke} aria-label={`Revoke ${of.name}`}>
              Revoke…
            </Button>
          ) : null}
        </div>
      </td>
    </tr>
  );
};

const Acts = ({ of, timeZone }: { readonly of: ApiToken; readonly timeZone: string | undefined }): ReactElement => {
  const { data, error } = useApiTokenActs(of.token);
  return (
    <section className="card" aria-labelledby="token-acts" data-testid="token-acts">
      <h2 id="token-acts">What {of.name} asked to change</h2>
      {data === undefined || data.length === 0 ? (
        <p className="mut" role="status">
          {emptyTitle({ data, error }, 'Nothing so far.')}
        </p>
      ) : (
        <table className="data">
          <thead>
            <tr>
              <HeadCells labels={['When', 'Request', 'Answer', 'From', 'Request id']} />
            </tr>
          </thead>
          <tbody>
            {data.map(({ requestId, atMs, method, path, status, address }) => (
              <tr key={requestId} data-testid="token-act">
                <td className="mut">{dateTimeText(atMs, timeZone)}</td>
                <th scope="row" className="wraps">
                  <bdi>
                    {method} {path}
                  </bdi>
                </th>
                <td>
                  <Tag tone={status < 400 ? 'good' : 'bad'}>{String(status)}</Tag>
                </td>
                <td className="mut">{address}</td>
                <td className="mut">{requestId}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
};

export const ApiTokensPage = ({ places, address, hubNowMs, timeZone }: ApiTokensPageProps): ReactElement => {
  const asked = useApiTokens();
  const { data: session } = useSession();
  const { data: staff = [] } = useStaff();
  const [opened, setOpened] = useState<Opened>();
  const tokens = asked.data ?? [];
  const chosen = tokens.find(({ token }) => token === address.filters.item);
  const isPerson = session?.signIn !== undefined;
  const done = (): void => setOpened(undefined);
  return (
    <div className="page" data-testid="tokens">
      <header className="page-head">
        <h1>API tokens</h1>
        <span className="mut">
          {asked.data === undefined ? '' : plural(tokens.filter((each) => tokenState(each, hubNowMs).isOpen).length, 'open token')}
        </span>
        <div className="tools">
          {isPerson ? (
            <Button className="strong-button" onClick={() => setOpened({ type: 'form' })} data-testid="add-token">
              Make a token
            </Button>
          ) : null}
        </div>
      </header>
      {isPerson ? null : (
        <p className="mut" data-testid="nobodys">
          A token has rights of whoever makes it: to make one, sign in as yourself.
        </p>
      )}
      {tokens.length === 0 ? (
        <div className="card" data-testid="no-tokens">
          <NoRows asked={asked} none="No program has a token">
            A web shop or a bookkeeping program asks this hub by a token of its own: with a part of the rights of whoever made it, until a
            day that they choose, and no longer than they have these rights themselves.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Program', 'May', 'State', 'Last used', 'What to do']} />
              </tr>
            </thead>
            <tbody>
              {tokens.map((of) => (
                <Row
                  key={of.token}
                  {...{ of, places, hubNowMs, timeZone }}
                  nameOf={namesOf(staff)}
                  isChosen={of.token === chosen?.token}
                  onChoose={() => setFilter(address, 'item', of.token === chosen?.token ? '' : of.token)}
                  onRevoke={() => setOpened({ type: 'revoke', of })}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {chosen === undefined ? null : <Acts of={chosen} timeZone={timeZone} />}
      <Modal
        opened={opened !== undefined}
        onClose={done}
        title={<span className="dialog-title">{opened === undefined ? '' : TITLES[opened.type]}</span>}
        lockScroll={false}
        centered
        size="lg"
      >
        {opened?.type === 'form' ? <Form onMade={(secret) => setOpened({ type: 'secret', secret })} /> : null}
        {opened?.type === 'secret' ? <Secret secret={opened.secret} onDone={done} /> : null}
        {opened?.type === 'revoke' ? <Revoke of={opened.of} onDone={done} /> : null}
      </Modal>
    </div>
  );
};
