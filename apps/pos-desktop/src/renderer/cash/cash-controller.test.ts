import { describe, expect, test } from 'vitest';

import type { OtherShift, RequestBody, ShiftView, Status } from '../../shared/till-contract.ts';
import { MARKS } from '../sell/marks.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { EMPTY_VIEW, type TillView } from '../till-view.ts';
import { createCashController, facesOf, MENU_ORDER, type CashController } from './cash-controller.ts';

const SHIFT = { shift: 4, isOpen: true, businessDate: '2026-11-21' } as ShiftView;
const REASONS = ['Counting mistake', 'Stamps'];

const IN_EUROS = { ...EMPTY_VIEW, head: { currency: 'EUR', minorDigits: 2 } } as TillView;

/** A till that answers as it is told, and X always. */
const open = (
  answer: (body: RequestBody) => TillReply,
  viewOf: TillClient['view'] = () => IN_EUROS,
  others: () => readonly OtherShift[] = () => [],
): {
  readonly cash: CashController;
  readonly sent: RequestBody[];
  readonly tones: string[];
  readonly tell: (view: Partial<TillView>) => void;
} => {
  const sent: RequestBody[] = [];
  const tones: string[] = [];
  const listeners: (() => void)[] = [];
  let view: TillView | undefined;
  const client: TillClient = {
    view: () => view ?? viewOf(),
    subscribe: (listener) => {
      listeners.push(listener);
      return () => {};
    },
    request: async (body) => {
      if (body.type === 'shift') return { ok: true, value: { shift: SHIFT, otherShifts: [...others()] } };
      sent.push(body);
      return answer(body);
    },
    onScan: () => () => {},
    close: () => {},
  };
  return {
    cash: createCashController({
      client,
      tone: (kind) => tones.push(kind),
      reasons: () => REASONS,
      cardReasons: () => ['Bank'],
      openKeyPages: () => tones.push('key pages'),
    }),
    sent,
    tones,
    tell: (change) => {
      view = { ...(view ?? viewOf()), ...change };
      for (const listener of listeners) listener();
    },
  };
};
const DONE: TillReply = { ok: true, value: {} };
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
};
const press = (cash: CashController, ...keys: readonly string[]): void => {
  for (const key of keys)
    if (/^[\d.]$/.test(key)) cash.typed(key);
    else cash.key(key);
};

test('the faces of a currency, largest first', () => {
  expect(facesOf('EUR')).toEqual([50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1]);
  expect(facesOf('JPY')).toEqual([10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1]);
  expect(facesOf('KWD')).toEqual([20_000, 10_000, 5_000, 1_000, 500, 250, 100, 50, 20, 10, 5]);
  expect(facesOf('')).toEqual([]);
});

test('an insert of somebody who has left is chosen by its mark, counted, and told why it is off; then the next one is offered', async () => {
  let others: readonly OtherShift[] = [
    { drawer: 'kim', name: 'Kim', shift: 1 },
    { drawer: '1', shift: 1 },
  ];
  const { cash, sent, tones } = open(
    (body) => {
      if (body.type !== 'closeShift') return DONE;
      if (body.reason === undefined) return { ok: false, refusal: { type: 'overShort', detail: { overShortMinor: -19 } } };
      others = others.slice(1);
      return { ok: true, value: { shift: { ...SHIFT, isOpen: false, countedMinor: 0 } } };
    },
    undefined,
    () => others,
  );
  cash.toggle();
  await settled();
  cash.typed(MARKS[MENU_ORDER.indexOf('others')] ?? '');
  expect(cash.state().task).toEqual({ type: 'others' });
  press(cash, '9');
  expect([cash.state().task, tones]).toEqual([{ type: 'others' }, ['error']]);
  press(cash, '1', '3', '4', '0');
  // Goods are scanned meanwhile: the digits that came first are no count.
  expect(cash.untyped('40')).toBe(true);
  cash.finish();
  await settled();
  expect(cash.state()).toMatchObject({ problem: { type: 'overShort' }, task: { asksReason: true, other: { drawer: 'kim' } } });
  press(cash, '2');
  await settled();
  const count = { type: 'closeShift', denominations: [{ faceMinor: 50_000, count: 3 }], drawer: 'kim' };
  expect(sent).toEqual([count, { ...count, reason: 'Stamps' }]);
  expect(cash.state()).toMatchObject({ task: { type: 'closed' }, others: [{ drawer: '1' }] });
  press(cash, '1', '1');
  expect(cash.state().task).toEqual({ type: 'count', of: 'closeShift', other: { drawer: '1', shift: 1 } });
  press(cash, 'Escape');
  expect(cash.state().task).toEqual({ type: 'others' });
});

test('where nobody else’s insert is open, none is offered', async () => {
  const { cash, tones } = open(() => DONE);
  cash.toggle();
  await settled();
  cash.typed(MARKS[MENU_ORDER.indexOf('others')] ?? '');
  expect([cash.state().task, tones]).toEqual([{ type: 'menu' }, ['error']]);
});

test('while it is closed, keys and figures are the sale’s', () => {
  const { cash } = open(() => DONE);
  expect([cash.typed('1'), cash.untyped('1'), cash.key('Enter')]).toEqual([false, false, false]);
});

test('training begins at one key, and what was refused stays before the eyes', async () => {
  let training = false;
  const { cash, sent } = open(
    (body) => {
      training ||= body.type === 'setTraining' && body.isOn;
      return body.type === 'setTraining' && body.isOn ? DONE : { ok: false, refusal: { type: 'basketOpen', detail: { basketId: 'b' } } };
    },
    () => ({ ...IN_EUROS, status: { training } as Status }),
  );
  const mark = MARKS[MENU_ORDER.indexOf('training')] ?? '';
  cash.toggle();
  cash.typed(mark);
  await settled();
  expect(cash.state().task).toBeUndefined();
  cash.toggle();
  cash.typed(mark);
  await settled();
  expect(cash.state()).toMatchObject({ task: { type: 'menu' }, problem: { type: 'basketOpen' } });
  expect(sent).toEqual([
    { type: 'setTraining', isOn: true },
    { type: 'setTraining', isOn: false },
  ]);
});

test('each way of the menu and of the safe is chosen by its mark', async () => {
  const { cash, sent, tones } = open(() => DONE);
  const opened = async (from: 'menu' | 'safe', mark: string): Promise<unknown> => {
    cash.start({ type: from });
    await settled();
    cash.typed(mark);
    await settled();
    return cash.state().task;
  };
  const by = async (way: (typeof MENU_ORDER)[number]): Promise<unknown> => opened('menu', MARKS[MENU_ORDER.indexOf(way)] ?? '');
  expect(await by('count')).toEqual({ type: 'count', of: 'closeShift' });
  for (const act of ['paidIn', 'paidOut', 'drop', 'loan'] as const) expect(await by(act)).toEqual({ type: 'move', act });
  for (const type of ['safe', 'cards', 'attendance', 'journal'] as const) expect(await by(type)).toEqual({ type });
  expect(await by('printX')).toEqual({ type: 'menu' });
  expect(sent.map(({ type }) => type)).toContain('printShift');
  expect(await by('keyPages')).toBeUndefined();
  expect(tones.at(-1)).toBe('key pages');
  expect(await opened('safe', '2')).toEqual({ type: 'bank', act: 'bankChange' });
  expect(await opened('safe', '3')).toEqual({ type: 'count', of: 'countSafe' });
  expect(await opened('safe', '9')).toEqual({ type: 'safe' });
  expect(tones.at(-1)).toBe('error');
});

describe('who was at work', () => {
  const LIST = [
    { person: 'kim', name: 'Kim', fromMs: 90 },
    { person: 'sam', name: 'Sam', fromMs: 10, toMs: 20 },
    { person: 'kim', name: 'Kim', fromMs: 5, forgotten: true },
  ];
  const openList = async (stated: TillReply = DONE) => {
    const opened = open((body) => (body.type === 'attendance' ? { ok: true, value: { attendance: LIST } } : stated));
    opened.cash.toggle();
    opened.cash.start({ type: 'attendance' });
    await settled();
    return opened;
  };

  test('what is missing is chosen, typed and given its reason by keys alone', async () => {
    const { cash, sent } = await openList();
    press(cash, 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter', '1', '8', '3', '0', 'Enter');
    expect(cash.state()).toMatchObject({ task: { type: 'missing', time: '18:30', asksReason: true } });
    press(cash, '2');
    await settled();
    expect(sent).toEqual([
      { type: 'attendance' },
      { type: 'stateAttendance', person: 'kim', fromMs: 5, time: '18:30', reason: 'Stamps' },
      { type: 'attendance' },
    ]);
  });

  test('where nothing is missing, or the time is none, nothing is asked', async () => {
    const { cash, tones } = await openList();
    press(cash, 'ArrowDown', 'Enter');
    expect([cash.state().task?.type, tones]).toEqual(['attendance', ['error']]);
    press(cash, 'ArrowUp', 'Enter', '9', '7', 'Enter');
    expect(cash.state()).toMatchObject({ task: { type: 'missing' }, typed: '97' });
    press(cash, 'Escape', '9', '1', '5', 'Enter');
    expect(cash.state()).toMatchObject({ task: { time: '09:15' } });
    press(cash, 'Escape');
    await settled();
    expect(cash.state().task?.type).toBe('attendance');
  });

  test('a time that cannot have been asks for another one', async () => {
    const { cash } = await openList({ ok: false, refusal: { type: 'timeUnusable', detail: {} } });
    press(cash, 'Enter', '0', '1', '0', '0', 'Enter', '1');
    await settled();
    expect(cash.state()).toMatchObject({ task: { type: 'missing', of: { fromMs: 90 } }, problem: { type: 'timeUnusable' } });
  });
});

describe('a till insert of one’s own', () => {
  const as = (operator: string, floatDue?: true): Partial<TillView> => ({
    status: { signOn: 'on', operator, ...(floatDue === true && { floatDue }) } as NonNullable<TillView['status']>,
  });

  test('is counted in as its cashier signs on; then the sale stands there', async () => {
    const { cash, sent, tell } = open(() => DONE);
    tell(as('kim', true));
    expect(cash.state().task).toEqual({ type: 'count', of: 'openShift', isAsked: true });
    cash.chooseFace(1_000);
    press(cash, '5');
    cash.finish();
    await settled();
    expect(sent).toEqual([{ type: 'openShift', denominations: [{ faceMinor: 1_000, count: 5 }] }]);
    expect(cash.state().task).toBeUndefined();
  });

  test('can be put off, and is asked of the next one; whoever has counted is not asked', () => {
    const { cash, tell } = open(() => DONE);
    tell(as('kim', true));
    press(cash, 'Escape');
    tell(as('kim', true));
    expect(cash.state().task).toBeUndefined();
    tell(as('sam', true));
    expect(cash.state().task?.type).toBe('count');
    press(cash, 'Escape');
    tell(as('kim'));
    expect(cash.state().task).toBeUndefined();
  });

  test('never stands in front of a sale', () => {
    const { cash, tell } = open(() => DONE);
    tell({ ...as('kim', true), lines: [{ lineId: '1' } as TillView['lines'][number]] });
    expect(cash.state().task).toBeUndefined();
  });
});

describe('a count', () => {
  test('goes from face to face by keys alone, and is sent as it was counted', async () => {
    const { cash, sent } = open(() => DONE);
    cash.toggle();
    cash.start({ type: 'count', of: 'openShift' });
    press(cash, 'ArrowDown', '1', 'Enter', '2', '5', 'Enter', 'ArrowUp');
    expect(cash.state()).toMatchObject({ face: 10_000, typed: '' });
    cash.chooseFace(1);
    press(cash, '7', 'Enter');
    await settled();
    expect(sent).toEqual([
      {
        type: 'openShift',
        denominations: [
          { faceMinor: 20_000, count: 1 },
          { faceMinor: 10_000, count: 25 },
          { faceMinor: 1, count: 7 },
        ],
      },
    ]);
    expect(cash.state().task).toEqual({ type: 'menu' });
  });

  test('that is off asks why, keeps the figures, and is sent again with the reason; then the Z stands', async () => {
    const { cash, sent, tones } = open((body) =>
      body.type === 'closeShift' && body.reason === undefined
        ? { ok: false, refusal: { type: 'overShort', detail: { overShortMinor: -5 } } }
        : { ok: true, value: { shift: SHIFT } },
    );
    cash.start({ type: 'count', of: 'closeShift' });
    cash.chooseFace(1);
    press(cash, '9', 'Enter');
    await settled();
    expect(cash.state()).toMatchObject({ task: { asksReason: true }, problem: { type: 'overShort' }, isBusy: false });
    press(cash, '1');
    await settled();
    expect(sent.at(-1)).toEqual({ type: 'closeShift', denominations: [{ faceMinor: 1, count: 9 }], reason: 'Counting mistake' });
    expect(cash.state().task).toMatchObject({ type: 'closed', shift: { shift: 4 } });
    expect(tones).toEqual(['error', 'ok']);
    press(cash, 'Enter');
    expect(cash.state().task).toBeUndefined();
  });
});

describe('cash for no sale', () => {
  test('is paid out with a reason, an amount as it was typed', async () => {
    const { cash, sent } = open(() => DONE);
    cash.start({ type: 'move', act: 'paidOut' });
    press(cash, '2', '.', '5', 'Enter', '2');
    await settled();
    expect(sent).toEqual([{ type: 'moveCash', act: 'paidOut', amountMinor: 250, reason: 'Stamps' }]);
  });

  test('is dropped without one; nothing, or no amount, is not sent', async () => {
    const { cash, sent, tones } = open(() => DONE);
    cash.start({ type: 'move', act: 'drop' });
    press(cash, 'Enter', '1', '.', '2', '3', '4', 'Enter');
    expect(sent).toEqual([]);
    expect(tones).toEqual(['error', 'error']);
    press(cash, 'Escape', '5', '0', 'Enter');
    await settled();
    expect(sent).toEqual([{ type: 'moveCash', act: 'drop', amountMinor: 5_000 }]);
  });

  test('that is refused keeps what was typed', async () => {
    const { cash } = open(() => ({ ok: false, refusal: { type: 'notAllowed', detail: { action: 'payOut' } } }));
    cash.start({ type: 'move', act: 'loan' });
    press(cash, '5', 'Enter');
    await settled();
    expect(cash.state()).toMatchObject({ typed: '5', problem: { type: 'notAllowed' } });
    press(cash, 'Escape', 'Escape');
    expect(cash.state().task).toEqual({ type: 'menu' });
    press(cash, 'Escape');
    expect(cash.state().task).toBeUndefined();
  });
});

describe('the safe', () => {
  test('gives a bag to the bank: the amount, then the bag’s number', async () => {
    const { cash, sent, tones } = open(() => DONE);
    cash.start({ type: 'bank', act: 'bankDeposit' });
    press(cash, 'Enter', '2', '5', '0', 'Enter');
    expect(cash.state()).toMatchObject({ task: { amountMinor: 25_000 }, typed: '' });
    press(cash, 'Enter');
    expect(tones).toEqual(['error', 'error']);
    cash.typed('BAG-7');
    press(cash, 'Enter');
    await settled();
    expect(sent).toEqual([{ type: 'moveSafe', act: 'bankDeposit', amountMinor: 25_000, reference: 'BAG-7' }]);
    expect(cash.state().task).toEqual({ type: 'menu' });
  });

  test('is counted face by face, and a step back leads to its own menu', async () => {
    const { cash, sent } = open(() => DONE);
    cash.start({ type: 'count', of: 'countSafe' });
    cash.chooseFace(500);
    press(cash, '3');
    cash.finish();
    await settled();
    expect(sent).toEqual([{ type: 'countSafe', denominations: [{ faceMinor: 500, count: 3 }] }]);
    cash.start({ type: 'bank', act: 'bankChange' });
    press(cash, 'Escape');
    expect(cash.state().task).toEqual({ type: 'safe' });
  });
});

describe('the journal', () => {
  const entry = (seq: number) => ({ epoch: 'e', seq, kind: 'sale' });
  const page = (from: number, to: number, next: number | null): TillReply => ({
    ok: true,
    value: {
      journal: {
        entries: Array.from({ length: from - to + 1 }, (_, index) => entry(from - index)) as never,
        next: next === null ? null : { epoch: 'e', seq: next },
      },
    },
  });

  test('is asked on until a page is full, and further back only when somebody wants it', async () => {
    const pages = [page(100, 81, 81), page(80, 61, 61), page(60, 60, null)];
    const { cash, sent } = open(() => pages.shift() ?? DONE);
    cash.start({ type: 'journal' });
    await settled();
    expect(cash.state()).toMatchObject({ hasMore: true, isBusy: false });
    expect(cash.state().found).toHaveLength(40);
    expect(sent.map((body) => 'before' in body && body.before)).toEqual([false, { epoch: 'e', seq: 81 }]);
    cash.searchOn();
    await settled();
    expect(cash.state().found).toHaveLength(41);
    expect(cash.state().hasMore).toBe(false);
    cash.searchOn();
    await settled();
    expect(sent).toHaveLength(3);
  });

  test('is searched by what is typed, an entry is chosen by keys and shown whole, and a step back leads to the list', async () => {
    const { cash, sent } = open((body) => (body.type === 'journalEntry' ? { ok: true, value: { journalEntry: '{}' } } : page(3, 1, null)));
    cash.start({ type: 'journal' });
    await settled();
    cash.typed('Milk 1.19');
    press(cash, 'Enter');
    await settled();
    expect(sent.at(-1)).toEqual({ type: 'journal', text: 'Milk 1.19', limit: 40 });
    press(cash, 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter');
    await settled();
    expect(sent.at(-1)).toEqual({ type: 'journalEntry', epoch: 'e', seq: 2 });
    expect(cash.state().task).toEqual({ type: 'journal', shown: '{}' });
    press(cash, 'Escape');
    expect(cash.state()).toMatchObject({ task: { type: 'journal' }, typed: 'Milk 1.19' });
    press(cash, 'Escape', 'Escape');
    expect(cash.state().task).toEqual({ type: 'menu' });
  });

  test('that is left, or searched anew, shows nothing of the search before', async () => {
    const replies: ((reply: TillReply) => void)[] = [];
    const client: TillClient = {
      view: () => IN_EUROS,
      subscribe: () => () => {},
      onScan: () => () => {},
      request: async (body) => (body.type === 'shift' ? { ok: true, value: {} } : new Promise((resolve) => void replies.push(resolve))),
      close: () => {},
    };
    const cash = createCashController({ client, tone: () => {}, reasons: () => [], cardReasons: () => [], openKeyPages: () => {} });
    cash.start({ type: 'journal' });
    cash.typed('x');
    press(cash, 'Enter');
    replies[0]?.(page(9, 1, null));
    await settled();
    expect(cash.state().found).toBeUndefined();
    replies[1]?.(page(1, 1, null));
    await settled();
    expect(cash.state().found).toHaveLength(1);
  });
});

describe('card payments', () => {
  const CARD = {
    paymentId: 'A',
    act: 'payment',
    state: 'declinedLater',
    amountMinor: 119,
    atMs: 1,
    clearings: ['collected', 'writtenOff'],
  };
  const SETTLEMENT = { currency: 'EUR', brands: [], countedMinor: 0, ownMinor: 119, ownCount: 1 };
  const listed = (cases: readonly unknown[]): TillReply => ({ ok: true, value: { cardCases: cases as never } });

  test('are listed, one is cleared by figures, and the list is asked for anew', async () => {
    let cases: readonly unknown[] = [CARD, { ...CARD, paymentId: 'B' }];
    const { cash, sent, tones } = open((body) => {
      if (body.type === 'clearCardCase') cases = cases.slice(0, 1);
      return listed(cases);
    });
    cash.start({ type: 'cards' });
    await settled();
    press(cash, 'ArrowDown', 'ArrowDown', 'Enter', '2', 'Enter', '1');
    await settled();
    expect(sent[1]).toEqual({ type: 'clearCardCase', paymentId: 'B', how: 'writtenOff', reason: 'Bank' });
    expect(cash.state()).toMatchObject({ task: { type: 'cards' }, cases: [{ paymentId: 'A' }], isBusy: false });
    expect(tones).toEqual(['error', 'ok']);
  });

  test('a refusal leaves the payment where it stands, and says why', async () => {
    const { cash } = open((body) =>
      body.type === 'clearCardCase' ? { ok: false, refusal: { type: 'approvalNeeded', detail: {} } } : listed([CARD]),
    );
    cash.start({ type: 'cards' });
    await settled();
    cash.showCase(0);
    cash.chooseClearing(0);
    cash.chooseClearing(0);
    await settled();
    expect(cash.state()).toMatchObject({ task: { type: 'card', how: 'collected' }, problem: { type: 'approvalNeeded' }, isBusy: false });
    press(cash, 'Escape', 'Escape');
    await settled();
    expect(cash.state()).toMatchObject({ task: { type: 'cards' }, problem: undefined });
  });

  test('the terminal is settled once, nobody leaves meanwhile, and what both counted stands until it was seen', async () => {
    let answer = (_reply: TillReply): void => {};
    const client: TillClient = {
      view: () => IN_EUROS,
      subscribe: () => () => {},
      onScan: () => () => {},
      request: async (body, withinMs) => {
        asked.push(body.type);
        if (body.type !== 'settleTerminal') return listed([]);
        patienceMs = withinMs;
        return new Promise((resolve) => (answer = resolve));
      },
      close: () => {},
    };
    const asked: string[] = [];
    let patienceMs: number | undefined;
    const cash = createCashController({ client, tone: () => {}, reasons: () => [], cardReasons: () => [], openKeyPages: () => {} });
    cash.start({ type: 'cards' });
    await settled();
    press(cash, '0', 'Enter', 'Enter', 'Escape');
    expect(asked.filter((type) => type === 'settleTerminal')).toHaveLength(1);
    expect(cash.state()).toMatchObject({ task: { type: 'settle' }, isBusy: true });
    expect(patienceMs, 'its host adds up a day').toBe(60_000);
    answer({ ok: true, value: { settlement: SETTLEMENT } });
    await settled();
    expect(cash.state().task).toEqual({ type: 'settled', settlement: SETTLEMENT });
    press(cash, 'Enter');
    expect(cash.state().task).toEqual({ type: 'cards' });
  });
});
