/** Who stands at the lane, and what that changes: the till as windows see it. What a passcode is worth is tested beside `identify`. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, type SignOnHow, type Staff } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, MILK, NOON_MS, publish, setting, type PublishedEntity, type TestLane } from '../testing/test-lane.ts';

const SEALED = `a1.1.${'0f'.repeat(32)}`;
const DAY_MS = 86_400_000;
const staff = (key: string, roles: string, more: Readonly<Record<string, string | boolean>> = {}): PublishedEntity => ({
  type: 'staff',
  key,
  fields: { roles, displayName: key.toUpperCase(), pin: SEALED, ...more },
});
const KIM = staff('kim', 'cashier');
const SAM = staff('sam', 'supervisor');
const ENVELOPE = staff('envelope', 'manager', { isBreakGlass: true });

let lane: TestLane;
const openLane = (...more: readonly PublishedEntity[]): void => {
  lane = createTestLane([...ASSORTMENT, ...more]);
};
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const personOf = (user: string): Staff => {
  const found = lane.till.people().people.find((person) => person.user === user);
  assert(found !== undefined, `${user} works here`);
  return found;
};
const shows = (body: RequestBody, user: string, how: SignOnHow = 'pin'): TillMessage =>
  lane.ask(body, undefined, { identified: { ok: true, value: { staff: personOf(user), how } } }).reply;
const signOn = (user: string): void => {
  expect(shows({ type: 'signOn', user, pin: '2580' }, user)).toMatchObject({ type: 'reply', ok: true });
};
const status = () => lane.till.status();
const SCAN: RequestBody = { type: 'scan', code: MILK };

/** Every entry so far, as `kind operator …`. */
const journal = (): readonly string[] => {
  const epoch = lane.store.epochs().at(-1)?.epoch ?? '';
  const kinds = new Map(Object.values(LEDGER_KINDS).map(({ kind, name }) => [kind as number, name]));
  return lane.store.entriesAfter(epoch, 0, 1_000, 1_000_000).map(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok, 'what this lane wrote it can read');
    const { kind, fields } = entry.value;
    const { operator, act, how, reason, action, approver, maximum, basketId, reference } = fields ?? {};
    const about = [act, how, reason, action, approver, maximum, basketId === undefined ? undefined : 'basket', reference];
    const said = [operator, ...(kind >= 31 ? about : [])].filter((part) => typeof part === 'string' || typeof part === 'number');
    return [kinds.get(kind), ...said].join(' ');
  });
};

describe('a lane where nobody can sign on', () => {
  test('sells as it is', () => {
    openLane({ type: 'staff', key: 'kim', fields: { roles: 'cashier' } });
    expect(status()).toMatchObject({ signOn: 'off', operator: '1' });
    lane.take(SCAN);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(journal()).toEqual(['sale 1']);
  });
});

describe('a lane where one person can', () => {
  test('does nothing until somebody has', () => {
    openLane(KIM, SAM);
    expect(status()).toMatchObject({ signOn: 'needed', operator: '' });
    for (const body of [
      SCAN,
      { type: 'payCash', amountMinor: 119 },
      { type: 'receipts', limit: 9 },
      { type: 'voidSale' },
    ] satisfies RequestBody[]) {
      expect(lane.refusal(body), body.type).toBe('signOnNeeded');
    }
    expect(lane.lines()).toEqual([]);
    expect(lane.take({ type: 'people' }).people).toEqual([
      { user: 'kim', name: 'KIM', hasPin: true, hasBadge: false },
      { user: 'sam', name: 'SAM', hasPin: true, hasBadge: false },
    ]);
    expect(lane.take({ type: 'tiles' }).departments).not.toBeUndefined();
  });

  test('sells under the name of who is signed on, and a wrong one changes nothing', () => {
    openLane(KIM, SAM);
    const refusal = { type: 'wrongPasscode', detail: {} } as const;
    const wrong = lane.ask({ type: 'signOn', user: 'kim', pin: '1' }, undefined, { identified: { ok: false, error: refusal } });
    expect(wrong.reply).toMatchObject({ type: 'refused', refusal });
    expect(status().signOn).toBe('needed');
    signOn('kim');
    expect(status()).toMatchObject({ signOn: 'on', operator: 'kim', operatorName: 'KIM', operatorRoles: ['cashier'] });
    lane.take(SCAN);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(journal()).toEqual(['session kim signOn pin', 'sale kim']);
  });

  test('is handed over in the middle of a sale; the basket stays, and so do the limits of who is there', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    const off: RequestBody = { type: 'discount', lineId: '1', off: { type: 'percent', bps: 2_000 }, reason: 'dented' };
    expect(lane.refusal(off)).toBe('approvalNeeded');
    signOn('sam');
    lane.take(off);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(journal()).toEqual(['session kim signOn pin', 'session kim signOff switched', 'session sam signOn pin', 'sale sam']);
  });

  test('locks and unlocks, and is as it was after a crash', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    lane.take({ type: 'lock' });
    expect(lane.refusal(SCAN)).toBe('signOnNeeded');
    lane.reopen();
    expect(status()).toMatchObject({ signOn: 'locked', operator: 'kim' });
    expect(lane.refusal(SCAN)).toBe('signOnNeeded');
    signOn('kim');
    lane.reopen();
    expect(status()).toMatchObject({ signOn: 'on', operator: 'kim' });
    expect(lane.lines()).toHaveLength(1);
    lane.take({ type: 'signOff' });
    lane.reopen();
    expect(status().signOn).toBe('needed');
    expect(journal()).toEqual(['session kim signOn pin', 'session kim lock', 'session kim unlock pin', 'session kim signOff']);
  });

  test('begins as whom its store names, and asks once somebody has signed off', () => {
    openLane(staff('kim', 'cashier'), SAM, setting('signOnStartsAs', 'kim'));
    expect(status()).toMatchObject({ signOn: 'on', operator: 'kim' });
    lane.take(SCAN);
    lane.take({ type: 'signOff' });
    lane.reopen();
    expect(status().signOn).toBe('needed');
  });

  test('lets out who was removed at headquarters, with the basket as it stands', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    publish(lane.store, [{ type: 'staff', key: 'kim' }]);
    expect(lane.refusal(SCAN)).toBe('signOnNeeded');
    expect(lane.till.cutMoved()).toMatchObject([{ type: 'status', status: { signOn: 'needed' } }]);
    expect(lane.till.cutMoved()).toEqual([]);
    signOn('sam');
    expect(lane.lines()).toHaveLength(1);
    expect(journal()).toEqual(['session kim signOn pin', 'session kim signOff removed', 'session sam signOn pin']);
  });

  test('a command that is sent again does not sign on again', () => {
    openLane(KIM);
    const body: RequestBody = { type: 'signOn', user: 'kim', pin: '2580' };
    const request = { id: 'once', atMs: 1, body };
    expect(lane.till.identityToProve(request)).toEqual({ user: 'kim', pin: '2580', badge: undefined });
    lane.ask(body, 'once', { identified: { ok: true, value: { staff: personOf('kim'), how: 'pin' } } });
    expect(lane.till.identityToProve(request)).toBeUndefined();
    expect(lane.ask(body, 'once').reply).toMatchObject({ ok: true });
    expect(journal()).toHaveLength(1);
  });
});

describe('a lane that hears of nobody', () => {
  test('sells for cash after its days, and does nothing that costs money; the code in the envelope still may', () => {
    openLane(KIM, staff('mia', 'manager'), ENVELOPE, setting('rightsLastDays', '3'));
    lane.till.hubHeard();
    signOn('mia');
    lane.take(SCAN);
    lane.clock.nowMs = NOON_MS + 3 * DAY_MS + 1;
    expect(status().rightsOver).toBe(true);
    const back: RequestBody = { type: 'scan', code: MILK, quantity: -1 };
    expect(lane.refusal(back)).toBe('rightsOver');
    expect(
      lane.refusal({ type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 1, decimals: 2 }, reason: 'dented' } }),
    ).toBe('rightsOver');
    expect(lane.refusal({ type: 'refund' })).toBe('rightsOver');
    lane.take({ type: 'voidLine', lineId: '1' });
    lane.take(SCAN);
    const { completed } = lane.take({ type: 'payCash', amountMinor: 119 });
    expect(lane.refusal({ type: 'setReturn', receiptNumber: completed?.receiptNumber ?? '', lines: [{ line: 1, quantity: 1 }] })).toBe(
      'rightsOver',
    );
    signOn('envelope');
    expect(status().rightsOver).toBeUndefined();
    lane.take(back);
    lane.take({ type: 'voidSale' });
    signOn('mia');
    lane.till.hubHeard();
    lane.take(back);
  });

  test('counts from what the disk says, also after a restart', () => {
    openLane(KIM, setting('rightsLastDays', '3'));
    lane.till.hubHeard();
    lane.reopen();
    lane.clock.nowMs = NOON_MS + 2 * DAY_MS;
    signOn('kim');
    expect(status().rightsOver).toBeUndefined();
    lane.clock.nowMs = NOON_MS + 4 * DAY_MS;
    expect(status().rightsOver).toBe(true);
  });
});

describe('somebody else gives leave', () => {
  const OFF = (bps: number): RequestBody => ({ type: 'discount', lineId: '1', off: { type: 'percent', bps }, reason: 'dented' });
  const LEAVE: RequestBody = { type: 'approve', action: 'discountLine', lineId: '1', maximum: 2_000, user: 'sam', pin: '1379' };

  test('for this basket, this action, this line, up to that much, once; and it is an entry', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    expect(shows(LEAVE, 'sam')).toMatchObject({ type: 'reply', ok: true });
    expect(lane.refusal(OFF(2_001))).toBe('approvalNeeded');
    lane.take(OFF(2_000));
    expect(lane.refusal(OFF(2_000))).toBe('approvalNeeded');
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(journal()).toEqual(['session kim signOn pin', 'approval kim pin discountLine sam 2000 basket', 'sale kim']);
  });

  test('it is worth nothing in the next basket, nor after its time, nor from who asks for it, nor beyond what they may', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    expect(shows(LEAVE, 'kim')).toMatchObject({ refusal: { type: 'approverIsOperator' } });
    expect(shows({ ...LEAVE, maximum: 6_000 }, 'sam')).toMatchObject({ refusal: { type: 'approvalNeeded' } });
    shows(LEAVE, 'sam');
    lane.take({ type: 'voidSale' });
    lane.take(SCAN);
    expect(lane.refusal(OFF(2_000))).toBe('approvalNeeded');
    shows(LEAVE, 'sam');
    lane.clock.nowMs += 120_000;
    expect(lane.refusal(OFF(2_000))).toBe('approvalNeeded');
    expect(journal().filter((entry) => entry.startsWith('approval'))).toHaveLength(2);
  });

  test('goods that come back without a receipt wait for it', () => {
    openLane(KIM, SAM);
    signOn('kim');
    const back: RequestBody = { type: 'scan', code: MILK, quantity: -1 };
    const { reply } = lane.ask(back);
    assert(reply.type === 'refused', 'a cashier may not');
    expect(reply.refusal).toMatchObject({
      type: 'approvalNeeded',
      detail: { action: 'returnWithoutReceipt', lineId: '1', wantedMinor: 119 },
    });
    shows({ type: 'approve', action: 'returnWithoutReceipt', lineId: '1', maximum: 119, user: 'sam', pin: '1379' }, 'sam');
    lane.take(back);
    lane.take({ type: 'payCash', amountMinor: -119 });
  });

  test('a sale is undone with leave for its receipt, its card first, and no other one is', () => {
    openLane(KIM, SAM, { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } });
    signOn('kim');
    const numbers = [1, 2].map(() => {
      lane.take(SCAN);
      return lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }).completed?.receiptNumber ?? '';
    });
    const [first = '', second = ''] = numbers;
    expect(lane.refusal({ type: 'postVoid', receiptNumber: first })).toBe('approvalNeeded');
    shows({ type: 'approve', action: 'postVoid', reference: first, maximum: 119, user: 'sam', pin: '1379' }, 'sam');
    expect(lane.refusal({ type: 'postVoid', receiptNumber: second })).toBe('approvalNeeded');
    expect(lane.refusal({ type: 'postVoid', receiptNumber: first })).toBe('tenderNotReversed');
    lane.take({ type: 'reverseTender', receiptNumber: first, tender: 1 });
    lane.take({ type: 'postVoid', receiptNumber: first });
    expect(lane.refusal({ type: 'reverseTender', receiptNumber: second, tender: 1 })).toBe('approvalNeeded');
    expect(journal().filter((entry) => entry.startsWith('approval'))).toEqual([`approval kim pin postVoid sam 119 ${first}`]);
  });

  test('cash in place of a card takes leave for the card beside that for the sale, and says who gave it', () => {
    openLane(KIM, SAM, { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } });
    signOn('kim');
    lane.take(SCAN);
    const receiptNumber = lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }).completed?.receiptNumber ?? '';
    const undo: RequestBody = { type: 'postVoid', receiptNumber, inCash: [1] };
    const wanted = (): unknown => {
      const { reply } = lane.ask(undo);
      return reply.type === 'refused' ? reply.refusal : reply.type;
    };
    const give = (action: 'postVoid' | 'clearCardCase') =>
      shows({ type: 'approve', action, reference: receiptNumber, maximum: 119, user: 'sam', pin: '1379' }, 'sam');
    expect(wanted()).toMatchObject({ type: 'approvalNeeded', detail: { action: 'clearCardCase', wantedMinor: 119 } });
    give('clearCardCase');
    expect(wanted()).toMatchObject({ type: 'approvalNeeded', detail: { action: 'postVoid' } });
    give('postVoid');
    expect(wanted()).toBe('reply');
    expect(wanted()).toMatchObject({ type: 'alreadyReturned' });
    const [last] = lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 1_000_000).slice(-1);
    const entry = readEntry(last?.canonical ?? new Uint8Array(), LEDGER_SCHEMAS);
    assert(entry.ok, 'what this lane wrote it can read');
    expect(entry.value.fields).toMatchObject({
      tenders: [{ tenderType: 'cash', amountMinor: -119, inPlaceOf: 'card' }],
      approvals: [{ action: 'clearCardCase', approver: 'sam' }],
    });
  });

  test('who has to be asked about a sale that is undone is asked first, and the leave is still there', () => {
    openLane(KIM, SAM);
    signOn('kim');
    lane.take(SCAN);
    const receiptNumber = lane.take({ type: 'payCash', amountMinor: 119 }).completed?.receiptNumber ?? '';
    const undo: RequestBody = { type: 'postVoid', receiptNumber };
    const asked = () => [lane.till.cardsToAsk({ id: 'q', atMs: 0, body: undo }), lane.till.returnToAsk({ id: 'q', atMs: 0, body: undo })];
    expect(asked()).toMatchObject([[], { take: false }]);
    shows({ type: 'approve', action: 'postVoid', reference: receiptNumber, maximum: 119, user: 'sam', pin: '1379' }, 'sam');
    expect(asked()).toMatchObject([[], { take: true }]);
    lane.take(undo);
    expect(lane.refusal({ type: 'postVoid', receiptNumber })).toBe('alreadyReturned');
  });
});

describe('who does not touch the lane', () => {
  test('signs on again, but not in the middle of a payment', () => {
    openLane(KIM, setting('lockAfterMinutes', '1'));
    signOn('kim');
    expect(lane.till.lockIfIdle()).toEqual([]);
    lane.monotonic.addedMs = 60_000;
    expect(lane.till.lockIfIdle()).toMatchObject([{ type: 'status', status: { signOn: 'locked' } }]);
    expect(lane.till.lockIfIdle()).toEqual([]);
    signOn('kim');
    lane.take(SCAN);
    lane.take({ type: 'tender', tenderType: 'cash', amountMinor: 1 });
    lane.monotonic.addedMs = 240_000;
    expect(lane.till.lockIfIdle()).toEqual([]);
    expect(journal()).toEqual(['session kim signOn pin', 'session kim lock idle', 'session kim unlock pin']);
  });

  test('is left alone where the store never locks', () => {
    openLane(KIM, setting('lockAfterMinutes', '0'));
    signOn('kim');
    lane.monotonic.addedMs = 1e9;
    expect(lane.till.lockIfIdle()).toEqual([]);
  });
});

describe('a PIN of their own', () => {
  const NEW = `a1.2.${'1e'.repeat(32)}`;
  const change = (user: string, newPin: string, sealed: string | undefined = NEW): TillMessage => {
    const value = { staff: personOf(user), how: 'pin' as const, ...(sealed !== undefined && { sealed }) };
    return lane.ask({ type: 'changePin', user, pin: '2580', newPin }, undefined, { identified: { ok: true, value } }).reply;
  };
  const pinNow = (): string | undefined => personOf('kim').pin;

  test('holds at once and after a kill, before anybody is signed on; its entry asks headquarters', () => {
    openLane(KIM, SAM);
    expect(pinNow()).toBe(SEALED);
    expect(change('kim', '7193')).toMatchObject({ type: 'reply', ok: true });
    expect(pinNow()).toBe(NEW);
    expect(personOf('sam').pin).toBe(SEALED);
    expect(status()).toMatchObject({ signOn: 'needed' });
    lane.reopen();
    expect(pinNow()).toBe(NEW);
    expect(journal()).toEqual(['storeOverride kim pinChanged']);
    expect(lane.take({ type: 'people' }).people).toHaveLength(2);
  });

  test('is none that is guessed first, none that it was, and none by a wrong one', () => {
    openLane(KIM);
    for (const newPin of ['1234', '9999', '12', '25a0', '2580'])
      expect(change('kim', newPin), newPin).toMatchObject({ refusal: { type: 'pinTooWeak' } });
    const wrong = { identified: { ok: false, error: { type: 'wrongPasscode', detail: {} } } } as const;
    const body: RequestBody = { type: 'changePin', user: 'kim', pin: '1', newPin: '7193' };
    expect(lane.ask(body, undefined, wrong).reply).toMatchObject({ refusal: { type: 'wrongPasscode' } });
    expect(pinNow()).toBe(SEALED);
    expect(journal()).toEqual([]);
  });

  test('ends at the cut that brings the answer; whoever was removed does not come back by it', () => {
    openLane(KIM, SAM);
    change('kim', '7193');
    const answer = {
      type: 'requestAnswer',
      key: `lane-1\u001Fabcd000000000001\u001F1`,
      scope: 'store:1',
      fields: { status: 'conflict', rule: 'changedSince' },
    } as const;
    publish(lane.store, [answer]);
    expect(pinNow()).toBe(SEALED);
    change('kim', '7193');
    publish(lane.store, [{ type: 'staff', key: 'kim' }]);
    expect(lane.till.people().people.map(({ user }) => user)).toEqual(['sam']);
  });

  test('that an older secret sealed is sealed anew when its person signs on', () => {
    openLane(KIM, SAM);
    const value = { staff: personOf('kim'), how: 'pin' as const, sealed: NEW };
    lane.ask({ type: 'signOn', user: 'kim', pin: '2580' }, undefined, { identified: { ok: true, value } });
    expect(pinNow()).toBe(NEW);
    expect(journal()).toEqual(['session kim signOn pin', 'storeOverride kim pinSealedAnew']);
  });
});
