import { expect, test } from 'vitest';

import { CONTRACT_VERSION, type TillMessage } from '../shared/till-contract.ts';
import { createWindows, type Outcome } from './windows.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function attach(): { readonly send: (body: unknown) => unknown; readonly receive: (text: string) => unknown } {
  const sent: string[] = [];
  const handled = (id: string): Outcome => ({ broadcast: [], reply: { type: 'reply', id, ok: true, value: {} } });
  const window = createWindows(({ id }) => handled(id), QUIET).attach({ send: (...texts) => void sent.push(...texts) });
  const receive = (text: string): unknown => {
    window.receive(text);
    return JSON.parse(sent.at(-1) ?? 'null');
  };
  return { receive, send: (body) => receive(JSON.stringify({ id: 'r1', atMs: 0, body })) };
}

test('a window of this version is answered, one of another is refused and told where', () => {
  const { send } = attach();
  expect(send({ type: 'open', version: CONTRACT_VERSION })).toMatchObject({ type: 'reply', id: 'r1' });
  expect(send({ type: 'open', version: CONTRACT_VERSION + 1 })).toMatchObject({
    type: 'refused',
    id: 'r1',
    refusal: { type: 'badRequest', detail: { path: 'body.version' } },
  });
});

test('half a character is refused, and told which request it was of; a whole one in ASCII is none', () => {
  const { send, receive } = attach();
  const scan = { type: 'scan', code: 'x\ud800y' };
  expect(send(scan)).toMatchObject({ type: 'refused', id: 'r1', refusal: { type: 'badRequest', detail: { path: 'body' } } });
  expect(send({ type: 'scan', code: '🥛' })).toMatchObject({ type: 'reply', id: 'r1' });
  expect(receive(String.raw`{"id":"r2","atMs":0,"body":{"type":"scan","code":"\ud83e\udd5b"}}`)).toMatchObject({ type: 'reply', id: 'r2' });
});

test('a window gets what its request changed and the reply to it at once; the others get what changed', () => {
  const removed = (revision: number) =>
    ({ type: 'basket', revision, reset: false, upserted: [], removedLineIds: [] }) as unknown as TillMessage;
  const status = { type: 'status', status: { waitingSales: 1 } } as TillMessage;
  const windows = createWindows(
    ({ id }) => ({ broadcast: [removed(1), status], reply: { type: 'reply', id, ok: true, value: {} }, afterwards: () => [status] }),
    QUIET,
  );
  const open = () => {
    const sent: (readonly string[])[] = [];
    const window = windows.attach({ send: (...texts) => void sent.push(texts.map((text) => (JSON.parse(text) as TillMessage).type)) });
    return { sent, window };
  };
  const [asking, other] = [open(), open()];
  asking.window.receive(JSON.stringify({ id: 'r1', atMs: 0, body: { type: 'tiles' } }));
  // What follows a reply says nothing that was not said.
  expect(asking.sent).toEqual([['basket', 'status', 'reply']]);
  expect(other.sent).toEqual([['basket', 'status']]);
});

test('what windows say to each other goes to the others as it is, keeps the scanner where it was, and is nothing to the till', () => {
  const handled: string[] = [];
  const windows = createWindows(({ id, body }) => {
    handled.push(body.type);
    return { broadcast: [], reply: { type: 'reply', id, ok: true, value: {} } };
  }, QUIET);
  const open = () => {
    const sent: unknown[] = [];
    const window = windows.attach({ send: (...texts) => void sent.push(...texts.map((text) => JSON.parse(text) as unknown)) });
    return { sent, say: (message: unknown) => window.receive(JSON.stringify(message)) };
  };
  const [lane, display] = [open(), open()];
  const ask = { type: 'shopper', say: { type: 'ask', questionId: 'q1', question: { about: 'loyalty' } } };
  const answer = { type: 'shopper', say: { type: 'answer', questionId: 'q1', answer: { type: 'text', text: '0176' } } };
  lane.say({ id: 'r1', atMs: 0, body: { type: 'tiles' } });
  lane.say(ask);
  display.say(answer);
  expect([lane.sent.slice(1), display.sent, handled]).toEqual([[answer], [ask], ['tiles']]);
  windows.tellActive({ type: 'scanned', code: 'A' });
  expect(lane.sent.at(-1)).toEqual({ type: 'scanned', code: 'A' });
  const long = { type: 'shopper', say: { ...answer.say, answer: { type: 'text', text: '9'.repeat(65) } } };
  display.say(long);
  expect(display.sent.at(-1)).toMatchObject({ type: 'refused', refusal: { type: 'badRequest' } });
  expect(lane.sent).toHaveLength(3);
});

test('whoever would ask the shopper is told where the last of their screens has gone, or none has come yet', () => {
  const windows = createWindows(({ id }) => ({ broadcast: [], reply: { type: 'reply', id, ok: true, value: {} } }), QUIET);
  const open = () => {
    const heard: unknown[] = [];
    const window = windows.attach({ send: (...texts) => void heard.push(...texts.map((text) => JSON.parse(text).say.type)) });
    return {
      heard,
      say: (type: string) => window.receive(JSON.stringify({ type: 'shopper', say: { type } })),
      leave: () => window.detach(),
    };
  };
  const lane = open();
  lane.say('who');
  const [display, second] = [open(), open()];
  display.say('here');
  second.say('here');
  lane.say('who');
  display.leave();
  expect(lane.heard).toEqual(['gone', 'here', 'here']);
  second.leave();
  second.leave();
  lane.say('who');
  expect(lane.heard).toEqual(['gone', 'here', 'here', 'gone', 'gone']);
});

test('a scan of the till goes to the window that a person used last, and to no other', () => {
  const heard: string[] = [];
  const windows = createWindows(({ id }) => ({ broadcast: [], reply: { type: 'reply', id, ok: true, value: {} } }), QUIET);
  const open = (name: string) =>
    windows.attach({ send: (...texts) => (texts.some((text) => text.includes('scanned')) ? void heard.push(name) : undefined) });
  const request = (body: unknown): string => JSON.stringify({ id: 'r', atMs: 0, body });
  const [cashier, display] = [open('cashier'), open('display')];
  cashier.receive(request({ type: 'open', version: CONTRACT_VERSION }));
  display.receive(request({ type: 'open', version: CONTRACT_VERSION }));
  windows.tellActive({ type: 'scanned', code: '4006381333931' });
  display.receive(request({ type: 'tiles' }));
  windows.tellActive({ type: 'scanned' });
  display.detach();
  windows.tellActive({ type: 'scanned', code: '1' });
  expect(heard).toEqual(['cashier', 'display']);
});
