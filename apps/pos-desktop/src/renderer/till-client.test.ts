import { expect, test } from 'vitest';

import type { Request, TillMessage } from '../shared/till-contract.ts';
import { PEER_GOODS } from './testing/peer-goods.ts';
import { createPeerTill } from './testing/peer-till.ts';
import { createTillClient, type TransportHandlers } from './till-client.ts';

const MILK = '4006381333931';

/** A till behind a line that can be cut, and that holds answers back while `isHeld`. */
const setUp = () => {
  const till = createPeerTill(PEER_GOODS);
  const sent: Request[] = [];
  const invalid: string[] = [];
  const held: TillMessage[] = [];
  const timers: (() => void)[] = [];
  const line: { handlers: TransportHandlers | undefined; isHeld: boolean } = { handlers: undefined, isHeld: false };
  let ids = 0;
  const client = createTillClient({
    transport: (handlers) => {
      line.handlers = handlers;
      return () => undefined;
    },
    nowMs: () => 0,
    newId: () => `r${++ids}`,
    delay: (task) => {
      timers.push(task);
      return () => undefined;
    },
    notify: (runListeners) => runListeners(),
    onInvalid: (problem) => invalid.push(problem),
  });
  const connect = (): void =>
    line.handlers?.onOpen((text) => {
      const request = JSON.parse(text) as Request;
      sent.push(request);
      const answers = till.handle(request);
      if (line.isHeld) held.push(...answers);
      else for (const message of answers) line.handlers?.onMessage(JSON.stringify(message));
    });
  const release = (): void => {
    line.isHeld = false;
    for (const message of held.splice(0)) line.handlers?.onMessage(JSON.stringify(message));
  };
  return { client, line, connect, release, sent, invalid, timers, held };
};

test('it opens, and a change is seen before its reply is', async () => {
  const { client, connect } = setUp();
  expect(client.view().link).toBe('connecting');
  connect();
  expect(client.view().link).toBe('open');
  const seen: number[] = [];
  client.subscribe(() => seen.push(client.view().lines.length));
  const reply = await client.request({ type: 'scan', code: MILK });
  expect(reply.ok).toBe(true);
  expect(seen).toEqual([1]);
});

test('what was asked before the till was there is asked when it is', async () => {
  const { client, connect, sent } = setUp();
  const reply = client.request({ type: 'scan', code: MILK });
  expect(sent).toEqual([]);
  connect();
  expect((await reply).ok).toBe(true);
  expect(sent.map(({ body }) => body.type)).toEqual(['open', 'scan']);
});

test('an unanswered request is asked again after a reconnect, under its own id', async () => {
  const { client, line, connect, sent } = setUp();
  connect();
  line.isHeld = true;
  const reply = client.request({ type: 'search', text: 'milk', limit: 5 });
  line.handlers?.onClose();
  expect(client.view().link).toBe('lost');
  line.isHeld = false;
  connect();
  expect((await reply).ok).toBe(true);
  const searches = sent.filter(({ body }) => body.type === 'search');
  expect(searches).toHaveLength(2);
  expect(searches[0]?.id).toBe(searches[1]?.id);
  expect(client.view().link).toBe('open');
});

test('a missed delta brings everything anew', async () => {
  const { client, line, connect, sent, held } = setUp();
  connect();
  line.isHeld = true;
  void client.request({ type: 'scan', code: MILK });
  held.splice(0);
  line.isHeld = false;
  await client.request({ type: 'addPlu', plu: '4053' });
  expect(sent.map(({ body }) => body.type)).toEqual(['open', 'scan', 'addPlu', 'open']);
  expect(client.view().lines.map(({ name }) => name)).toEqual(['Whole milk 1 l', 'Lemons']);
});

test('a till that stays silent is reported as such, once', async () => {
  const { client, line, connect, timers, release } = setUp();
  connect();
  line.isHeld = true;
  const reply = client.request({ type: 'scan', code: MILK });
  for (const timer of timers) timer();
  expect(await reply).toMatchObject({ ok: false, refusal: { type: 'noAnswer' } });
  release();
  expect(client.view().lines).toHaveLength(1);
});

test('what is not of the contract is dropped and told', () => {
  const { client, line, connect, invalid } = setUp();
  connect();
  const before = client.view();
  for (const text of ['no JSON', '{}', '{"type":"basket","revision":"1"}', '{"type":"status"}']) line.handlers?.onMessage(text);
  expect(invalid).toHaveLength(4);
  expect(client.view()).toBe(before);
});
