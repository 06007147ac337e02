/** What every way for a window to reach its till must hold to; each transport's test runs it. */
import { expect, test } from 'vitest';

import type { Request, TillMessage } from '../../shared/till-contract.ts';
import { createWindows, type Outcome, type Windows } from '../windows.ts';

export interface TestWindow {
  send(text: string): void;
  /** The next message from the till. */
  next(): Promise<TillMessage>;
  close(): Promise<void>;
}

/** Messages in the order in which they came, for whoever asks for the next. */
export function createInbox(): { push(text: string): void; next(): Promise<TillMessage> } {
  const waiting: TillMessage[] = [];
  const askers: ((message: TillMessage) => void)[] = [];
  return {
    push(text) {
      const message = JSON.parse(text) as TillMessage;
      const asker = askers.shift();
      if (asker === undefined) waiting.push(message);
      else asker(message);
    },
    next: () => {
      const message = waiting.shift();
      return message === undefined ? new Promise((resolve) => askers.push(resolve)) : Promise.resolve(message);
    },
  };
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };

const status = (waitingSales: number): TillMessage => ({ type: 'status', status: { waitingSales } }) as TillMessage;

/** Every request is answered; a `suspended` one tells all windows something first and something afterwards, and a `voidSale` breaks an invariant. */
function handle(request: Request): Outcome {
  if (request.body.type === 'voidSale') throw new Error('broken');
  const removed = { type: 'basket', revision: 1, reset: false, upserted: [], removedLineIds: [request.id] } as unknown as TillMessage;
  const reply = { type: 'reply', id: request.id, ok: true, value: {} } as const;
  return request.body.type === 'suspended' ? { broadcast: [removed], reply, afterwards: () => [status(7)] } : { broadcast: [], reply };
}

const request = (id: string, type: string): string => JSON.stringify({ id, atMs: 1, body: { type } });

export function windowContract(open: (windows: Windows) => Promise<TestWindow>): void {
  test('requests are answered in order', async () => {
    const window = await open(createWindows(handle, silent));
    for (let i = 0; i < 100; i++) window.send(request(`r${i}`, 'clearExemption'));
    for (let i = 0; i < 100; i++) expect(await window.next()).toEqual({ type: 'reply', id: `r${i}`, ok: true, value: {} });
    await window.close();
  });

  test('what changed reaches every window before the reply reaches the one that asked, and what nobody waits for comes behind it', async () => {
    const windows = createWindows(handle, silent);
    const [first, second] = [await open(windows), await open(windows)];
    first.send(request('r1', 'suspended'));
    expect((await first.next()).type).toBe('basket');
    expect((await first.next()).type).toBe('reply');
    expect(await first.next()).toEqual(status(7));
    expect(await second.next()).toMatchObject({ type: 'basket', removedLineIds: ['r1'] });
    expect(await second.next()).toEqual(status(7));
    await first.close();
    await second.close();
    expect(windows.count()).toBe(0);
  });

  test.each([
    ['no JSON', '{', ''],
    ['no request', '7', ''],
    ['an unknown type', request('r1', 'formatDisk'), 'r1'],
    ['a field of the wrong type', JSON.stringify({ id: 'r2', atMs: 1, body: { type: 'scan', code: 5 } }), 'r2'],
    ['an empty code', JSON.stringify({ id: 'r3', atMs: 1, body: { type: 'scan', code: '' } }), 'r3'],
    ['an id that is none', JSON.stringify({ id: {}, atMs: 1, body: { type: 'open', version: 1 } }), ''],
  ])('%s is refused by name, and the window goes on', async (_name, text, id) => {
    const window = await open(createWindows(handle, silent));
    window.send(text);
    expect(await window.next()).toMatchObject({ type: 'refused', id, refusal: { type: 'badRequest' } });
    window.send(request('r9', 'clearExemption'));
    expect(await window.next()).toMatchObject({ type: 'reply', id: 'r9' });
    await window.close();
  });

  test('a status that says nothing new is not said again, unless a window has opened since', async () => {
    const windows = createWindows(handle, silent);
    const window = await open(windows);
    for (const waitingSales of [1, 1, 2, 2, 1]) windows.broadcast(status(waitingSales));
    window.send(JSON.stringify({ id: 'r1', atMs: 1, body: { type: 'open', version: 1 } }));
    for (const waitingSales of [1, 2, 1]) expect(await window.next()).toEqual(status(waitingSales));
    expect((await window.next()).type).toBe('reply');
    windows.broadcast(status(1));
    expect(await window.next()).toEqual(status(1));
    await window.close();
  });

  test('a broken invariant is answered, and the window goes on', async () => {
    const window = await open(createWindows(handle, silent));
    window.send(request('r1', 'voidSale'));
    expect(await window.next()).toEqual({ type: 'refused', id: 'r1', refusal: { type: 'internal', detail: {} } });
    window.send(request('r2', 'clearExemption'));
    expect(await window.next()).toMatchObject({ type: 'reply', id: 'r2' });
    await window.close();
  });
}
