/** Which programs of the company's are told of what happens: each with its address, its events, and what became of what it was told. */
import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';

import type { Address } from '../address.ts';
import { dateTimeText, plural } from '../format.ts';
import { emptyTitle, Failure, HeadCells, NoRows, setFilter, Tag } from '../table-parts.tsx';
import { CopyField } from './enrol-dialog.tsx';
import {
  addWebhook,
  changeWebhook,
  EVENT_NAMES,
  EVENTS,
  MESSAGE_STATES,
  newSecret,
  removeWebhook,
  sendAgain,
  sendPing,
  shortUrl,
  useWebhookAct,
  useWebhookMessages,
  useWebhooks,
  webhookState,
  type Webhook,
  type WebhookEvent,
  type WebhookMessage,
} from './webhooks.ts';

const TONES: Readonly<Record<WebhookMessage['state'], 'good' | 'quiet' | 'bad'>> = { sent: 'good', waiting: 'quiet', failed: 'bad' };

/** It is never shown again: whoever lost it makes a new one. */
const Secret = ({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }): ReactElement => (
  <div className="enrol-form" data-testid="webhook-secret">
    <p>
      With this secret the program checks that a message is the hub’s own (Standard Webhooks). It is shown this once: put it where the
      program keeps its secrets.
    </p>
    <CopyField label="Secret" value={secret} testId="secret" />
    <Button className="strong-button" onClick={onDone} data-autofocus>
      Done
    </Button>
  </div>
);

const Form = ({ of, onDone }: { readonly of: Webhook | undefined; readonly onDone: (secret?: string) => void }): ReactElement => {
  const [url, setUrl] = useState(of?.url ?? 'https://');
  const [note, setNote] = useState(of?.note ?? '');
  const [events, setEvents] = useState<readonly WebhookEvent[]>(of?.events ?? ['sale.completed']);
  const save = useWebhookAct(async () => {
    const wish = { url: url.trim(), note: note.trim(), events: EVENTS.filter((event) => events.includes(event)) };
    if (of === undefined) return (await addWebhook(wish)).secret;
    await changeWebhook(of.webhook, wish);
    return undefined;
  });
  return (
    <form
      className="enrol-form"
      data-testid="webhook-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, { onSuccess: onDone });
      }}
    >
      <TextInput
        label="Address"
        description="Of the program that is told, as it listens for it: https://…"
        type="url"
        maxLength={1_000}
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label="Whose it is"
        description="For people; may stay empty"
        maxLength={200}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Checkbox.Group
        label="It is told when"
        value={[...events]}
        onChange={(next) => setEvents(EVENTS.filter((event) => next.includes(event)))}
      >
        <div className="check-list">
          {EVENTS.map((event) => (
            <Checkbox key={event} value={event} label={EVENT_NAMES[event]} />
          ))}
        </div>
      </Checkbox.Group>
      <Failure error={save.error} />
      <Button type="submit" className="strong-button" loading={save.isPending} disabled={events.length === 0} data-testid="save-webhook">
        {of === undefined ? 'Add' : 'Save'}
      </Button>
    </form>
  );
};

type Opened =
  | { readonly type: 'form'; readonly of: Webhook | undefined }
  | { readonly type: 'secret'; readonly secret: string }
  | { readonly type: 'rotate' | 'remove'; readonly of: Webhook };

const Sure = ({
  opened: { type, of },
  onDone,
}: {
  readonly opened: Extract<Opened, { type: 'rotate' | 'remove' }>;
  readonly onDone: (secret?: string) => void;
}): ReactElement => {
  const act = useWebhookAct(async () => {
    if (type === 'rotate') return (await newSecret(of.webhook)).secret;
    await removeWebhook(of.webhook);
    return undefined;
  });
  return (
    <div className="enrol-form">
      <p>
        {type === 'rotate'
          ? 'Messages are signed with both secrets for a day, then with the new one alone.'
          : 'It is told nothing any more, and what it was told is forgotten here.'}
      </p>
      <Failure error={act.error} />
      <Button
        className="strong-button"
        loading={act.isPending}
        data-autofocus
        data-testid={`${type}-webhook`}
        onClick={() => act.mutate(undefined, { onSuccess: onDone })}
      >
        {type === 'rotate' ? 'Make a new secret' : 'Remove'}
      </Button>
    </div>
  );
};

const titleOf = (opened: Opened | undefined): string => {
  if (opened === undefined) return '';
  if (opened.type === 'secret') return 'The secret';
  if (opened.type === 'form') return opened.of === undefined ? 'Tell a program' : 'Change what it is told';
  return `${opened.type === 'rotate' ? 'A new secret for' : 'Remove'} ${shortUrl(opened.of.url)}`;
};

interface RowProps {
  readonly of: Webhook;
  readonly timeZone: string | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onOpen: (opened: Opened) => void;
}

const Row = ({ of, timeZone, isChosen, onChoose, onOpen }: RowProps): ReactElement => {
  const { tone, text } = webhookState(of);
  const name = shortUrl(of.url);
  const pause = useWebhookAct(async () => changeWebhook(of.webhook, { isPaused: !of.isPaused }));
  const ping = useWebhookAct(async () => sendPing(of.webhook));
  return (
    <tr data-testid="webhook-row" aria-current={isChosen || undefined}>
      <th scope="row" className="wraps">
        <bdi>{name}</bdi>
        {of.note === '' ? null : <div className="mut">{of.note}</div>}
      </th>
      <td className="wraps">{of.events.map((event) => EVENT_NAMES[event]).join('; ')}</td>
      <td>
        <Tag tone={tone}>{text}</Tag> <span className="mut">{of.lastSentAtMs === null ? '' : dateTimeText(of.lastSentAtMs, timeZone)}</span>
        <Failure error={pause.error ?? ping.error} />
      </td>
      <td>
        <div className="webhook-actions">
          <Button size="compact-sm" variant="default" aria-pressed={isChosen} onClick={onChoose} aria-label={`Messages to ${name}`}>
            Messages
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            loading={ping.isPending}
            onClick={() => ping.mutate(undefined)}
            aria-label={`Try ${name}`}
          >
            Try
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: 'form', of })} aria-label={`Change ${name}`}>
            Change
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            loading={pause.isPending}
            onClick={() => pause.mutate(undefined)}
            aria-label={`${of.isPaused ? 'Go on with' : 'Pause'} ${name}`}
          >
            {of.isPaused ? 'Go on' : 'Pause'}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: 'rotate', of })} aria-label={`New secret for ${name}`}>
            New secret…
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => onOpen({ type: 'remove', of })} aria-label={`Remove ${name}`}>
            Remove…
          </Button>
        </div>
      </td>
    </tr>
  );
};

const triesText = ({ state, attempts, detail, nextAtMs }: WebhookMessage, timeZone: string | undefined): string => {
  const next = state === 'waiting' && attempts > 0 && nextAtMs !== null ? `again ${dateTimeText(nextAtMs, timeZone)}` : '';
  return [detail ?? '', attempts > 1 ? plural(attempts, 'try', 'tries') : '', next].filter((part) => part !== '').join(', ');
};

const MessageRow = ({ of, timeZone }: { readonly of: WebhookMessage; readonly timeZone: string | undefined }): ReactElement => {
  const again = useWebhookAct(async () => sendAgain(of.message));
  return (
    <tr data-testid="webhook-message">
      <td className="mut">{dateTimeText(of.atMs, timeZone)}</td>
      <th scope="row">{of.event}</th>
      <td>
        <Tag tone={TONES[of.state]}>{MESSAGE_STATES[of.state].toLowerCase()}</Tag>
        <Failure error={again.error} />
      </td>
      <td className="mut wraps">{triesText(of, timeZone)}</td>
      <td className="wraps">
        <details>
          <summary className="mut">
            <bdi>{of.message}</bdi>
          </summary>
          <pre className="message-text">{JSON.stringify(of.content, null, 2)}</pre>
        </details>
      </td>
      <td className="n">
        {of.state === 'waiting' ? null : (
          <Button
            size="compact-sm"
            variant="default"
            loading={again.isPending}
            onClick={() => again.mutate(undefined)}
            aria-label={`Send ${of.message} again`}
          >
            Send again
          </Button>
        )}
      </td>
    </tr>
  );
};

const Messages = ({
  of,
  address,
  timeZone,
}: {
  readonly of: Webhook;
  readonly address: Address;
  readonly timeZone: string | undefined;
}): ReactElement => {
  const { state = '' } = address.filters;
  const { data, error } = useWebhookMessages(of.webhook, state);
  return (
    <section className="card" aria-labelledby="webhook-messages" data-testid="webhook-messages">
      <header className="page-head">
        <h2 id="webhook-messages">What {shortUrl(of.url)} was told</h2>
        <div className="tools">
          <Select
            aria-label="State"
            placeholder="All"
            w={150}
            clearable
            data={Object.entries(MESSAGE_STATES).map(([value, label]) => ({ value, label }))}
            value={state === '' ? null : state}
            onChange={(value) => setFilter(address, 'state', value ?? '')}
          />
        </div>
      </header>
      {data === undefined || data.length === 0 ? (
        <p className="mut" role="status">
          {emptyTitle(
            { data, error },
            state === '' ? 'Nothing has happened yet that it wants to hear of.' : 'No message is in this state.',
          )}
        </p>
      ) : (
        <table className="data">
          <thead>
            <tr>
              <HeadCells labels={['When', 'Event', 'State', 'Tries', 'Message']} />
              <th scope="col">
                <span className="for-readers">Send again</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((message) => (
              <MessageRow key={message.message} of={message} timeZone={timeZone} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
};

export const WebhooksPage = ({ address, timeZone }: { readonly address: Address; readonly timeZone: string | undefined }): ReactElement => {
  const { data, error } = useWebhooks();
  const [opened, setOpened] = useState<Opened>();
  const webhooks = data ?? [];
  const chosen = webhooks.find(({ webhook }) => webhook === address.filters.item);
  const done = (secret?: string): void => setOpened(secret === undefined ? undefined : { type: 'secret', secret });
  return (
    <div className="page" data-testid="webhooks">
      <header className="page-head">
        <h1>Webhooks</h1>
        <span className="mut">{data === undefined ? '' : `${plural(webhooks.length, 'program')} told of what happens`}</span>
        <div className="tools">
          <Button className="strong-button" onClick={() => setOpened({ type: 'form', of: undefined })} data-testid="add-webhook">
            Tell a program
          </Button>
        </div>
      </header>
      {webhooks.length === 0 ? (
        <div className="card" data-testid="no-webhooks">
          <NoRows asked={{ data, error }} none="No program is told">
            A program of the company’s, a bookkeeping or a web shop say, hears of sales, closed days and new prices as they come: each
            message is signed, and sent until it is taken.
          </NoRows>
        </div>
      ) : (
        <div className="table-frame">
          <table className="data">
            <thead>
              <tr>
                <HeadCells labels={['Program', 'Is told when', 'State', 'What to do']} />
              </tr>
            </thead>
            <tbody>
              {webhooks.map((of) => (
                <Row
                  key={of.webhook}
                  of={of}
                  timeZone={timeZone}
                  isChosen={of.webhook === chosen?.webhook}
                  onChoose={() => setFilter(address, 'item', of.webhook === chosen?.webhook ? '' : of.webhook)}
                  onOpen={setOpened}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {chosen === undefined ? null : <Messages of={chosen} address={address} timeZone={timeZone} />}
      <Modal
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        title={<span className="dialog-title">{titleOf(opened)}</span>}
        lockScroll={false}
        centered
        size="lg"
      >
        {opened?.type === 'form' ? <Form of={opened.of} onDone={done} /> : null}
        {opened?.type === 'secret' ? <Secret secret={opened.secret} onDone={() => setOpened(undefined)} /> : null}
        {opened?.type === 'rotate' || opened?.type === 'remove' ? <Sure opened={opened} onDone={done} /> : null}
      </Modal>
    </div>
  );
};
