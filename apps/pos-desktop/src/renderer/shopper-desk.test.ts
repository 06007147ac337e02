import { beforeEach, expect, test } from 'vitest';

import { answerWithinMs, type ShopperAnswer, type ShopperSay } from '../shared/shopper-talk.ts';
import {
  createShopperDesk,
  createShopperScreen,
  type ShopperDesk,
  type ShopperLine,
  type ShopperScreen,
  tipOffers,
} from './shopper-desk.ts';

const TIP = { about: 'tip', dueMinor: 1_000, offersMinor: [50, 100, 150] } as const;

const SIGN = { about: 'signature', tender: 'On account', amountMinor: 500 } as const;

let timers: { readonly task: () => void; readonly dueMs: number }[] = [];
let nowMs = 0;
const delay = (task: () => void, delayMs: number): (() => void) => {
  const timer = { task, dueMs: nowMs + delayMs };
  timers.push(timer);
  return () => void (timers = timers.filter((other) => other !== timer));
};
const pass = (ms: number): void => {
  nowMs += ms;
  for (const timer of timers.filter(({ dueMs }) => dueMs <= nowMs)) {
    timers = timers.filter((other) => other !== timer);
    timer.task();
  }
};

/** Two windows of a till that carries what each says to the other. */
function twoWindows(): { readonly lane: ShopperLine; readonly display: ShopperLine; readonly said: ShopperSay[] } {
  const said: ShopperSay[] = [];
  const hearers = [new Set<(say: ShopperSay) => void>(), new Set<(say: ShopperSay) => void>()] as const;
  const lineOf = (own: 0 | 1): ShopperLine => ({
    say: (say) => {
      said.push(say);
      for (const hear of hearers[own === 0 ? 1 : 0]) hear(say);
    },
    onSay: (listener) => {
      hearers[own].add(listener);
      return () => hearers[own].delete(listener);
    },
  });
  return { lane: lineOf(0), display: lineOf(1), said };
}

let windows: ReturnType<typeof twoWindows>;
let desk: ShopperDesk;
let screen: ShopperScreen;
let answers: ShopperAnswer[];
let nextId = 0;
const newId = (): string => `q${(nextId += 1)}`;
beforeEach(() => {
  [timers, nowMs, answers] = [[], 0, []];
  windows = twoWindows();
  desk = createShopperDesk({ line: windows.lane, newId, delay });
  screen = createShopperScreen({ line: windows.display, delay });
});
const ask = (question: Parameters<ShopperDesk['ask']>[0]): void => desk.ask(question, (answer) => answers.push(answer));

test('whichever window came first, the lane knows that the shopper’s screen is there', () => {
  expect(desk.isThere()).toBe(true);
  expect(createShopperDesk({ line: windows.lane, newId, delay }).isThere()).toBe(true);
  const alone = twoWindows();
  expect(createShopperDesk({ line: alone.lane, newId, delay }).isThere()).toBe(false);
});

test('it is asked, answered once, and both are done with it', () => {
  ask(TIP);
  expect([desk.asking(), screen.question()]).toEqual([TIP, TIP]);
  screen.answer({ type: 'tip', amountMinor: 100 });
  screen.answer({ type: 'tip', amountMinor: 150 });
  expect(answers).toEqual([{ type: 'tip', amountMinor: 100 }]);
  expect([desk.asking(), screen.question()]).toEqual([undefined, undefined]);
  pass(answerWithinMs(TIP));
  expect(answers).toHaveLength(1);
});

test('who does not answer has not answered; too late is no answer', () => {
  ask({ about: 'loyalty' });
  const id = `q${nextId}`;
  pass(answerWithinMs(TIP) - 1);
  expect(screen.question()).toEqual({ about: 'loyalty' });
  pass(1);
  expect([desk.asking(), screen.question(), answers]).toEqual([undefined, undefined, []]);
  windows.display.say({ type: 'answer', questionId: id, answer: { type: 'text', text: '0176' } });
  expect(answers).toEqual([]);
});

test('whoever goes on, or asks something else, ends what was asked', () => {
  ask(TIP);
  ask({ about: 'loyalty' });
  expect(screen.question()).toEqual({ about: 'loyalty' });
  desk.drop();
  expect(screen.question()).toBeUndefined();
  desk.drop();
  expect(windows.said.filter(({ type }) => type === 'over')).toHaveLength(2);
  expect(answers).toEqual([]);
});

test.each<[string, Parameters<ShopperDesk['ask']>[0], ShopperAnswer]>([
  ['a tip that nobody offered', TIP, { type: 'tip', amountMinor: 99 }],
  ['a number for a tip', TIP, { type: 'text', text: '100' }],
  ['an agreement to nothing', { about: 'loyalty' }, { type: 'agreed' }],
  ['a number for an agreement', { about: 'consent', name: 'Ada', found: '0176' }, { type: 'text', text: '1' }],
])('no answer to what was asked is taken: %s', (_, question, answer) => {
  ask(question);
  screen.answer(answer);
  expect(answers).toEqual([]);
  expect(desk.asking()).toEqual(question);
});

test('where the screen has gone none is there; one that comes back is asked what still stands, and what does not it forgets', () => {
  ask(SIGN);
  windows.display.say({ type: 'gone' });
  expect([desk.isThere(), desk.asking()]).toEqual([false, SIGN]);
  const again = createShopperScreen({ line: windows.display, delay });
  expect([desk.isThere(), again.question()]).toEqual([true, SIGN]);
  const shown = again.question();
  windows.display.say({ type: 'here' });
  expect(again.question()).toBe(shown);
  again.answer({ type: 'signed', strokes: '0a' });
  expect(answers).toEqual([{ type: 'signed', strokes: '0a' }]);
  ask(TIP);
  windows.display.say({ type: 'gone' });
  desk.drop();
  windows.said.length = 0;
  windows.display.say({ type: 'here' });
  expect(windows.said).toEqual([{ type: 'here' }, { type: 'over', questionId: `q${nextId}` }]);
});

test('tips are whole cents, and none of nothing', () => {
  expect(tipOffers(4_296)).toEqual([215, 430, 644]);
  expect(tipOffers(10)).toEqual([1, 2]);
  expect(tipOffers(3)).toEqual([]);
});

test('a signature is drawn or confirmed by a key, and nothing else answers it; whoever signs has the time for it', () => {
  ask(SIGN);
  screen.answer({ type: 'text', text: '4711' });
  expect(answers).toEqual([]);
  ask(SIGN);
  pass(answerWithinMs(TIP));
  screen.answer({ type: 'signed', strokes: '0a' });
  ask(SIGN);
  screen.answer({ type: 'agreed' });
  ask(TIP);
  screen.answer({ type: 'signed', strokes: '0a' });
  expect(answers).toEqual([{ type: 'signed', strokes: '0a' }, { type: 'agreed' }]);
});
