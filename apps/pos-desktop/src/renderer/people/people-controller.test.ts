import { assert } from '@holdfast/base';
import { beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody, Status } from '../../shared/till-contract.ts';
import { PEER_GOODS } from '../testing/peer-goods.ts';
import { createPeerTill, PEER_KIM, PEER_SAM, type PeerTill } from '../testing/peer-till.ts';
import { createTillClient, type TillClient, type TillReply, type TransportHandlers } from '../till-client.ts';
import { createPeopleController, leaveFor, type PeopleController } from './people-controller.ts';

const [KIM, SAM] = [PEER_KIM, PEER_SAM];
let peer: PeerTill;
let client: TillClient;
let people: PeopleController;
let tones: string[];
let sent: RequestBody[];
let say: (change: Partial<Status>) => void;

const open = (status: Partial<Status>): void => {
  peer = createPeerTill(PEER_GOODS);
  peer.setStatus(status);
  let handlers: TransportHandlers | undefined;
  let ids = 0;
  sent = [];
  client = createTillClient({
    transport: (given) => {
      handlers = given;
      return () => {};
    },
    nowMs: () => 1,
    newId: () => `w${(ids += 1)}`,
    delay: () => () => {},
    notify: (run) => run(),
  });
  tones = [];
  people = createPeopleController(client, (kind) => tones.push(kind));
  assert(handlers !== undefined, 'the client opened its transport');
  const { onMessage, onOpen } = handlers;
  say = (change) => onMessage(JSON.stringify(peer.setStatus(change)));
  onOpen((text) => {
    const request = JSON.parse(text) as { id: string; atMs: number; body: RequestBody };
    sent.push(request.body);
    for (const message of peer.handle(request)) onMessage(JSON.stringify(message));
  });
};
/** Until every answer that is on its way has come. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
};
const asking = (): string | undefined => people.state().asking?.type;
const keys = async (...pressed: readonly string[]): Promise<void> => {
  for (const key of pressed) if (!/^\d$/.test(key) ? !people.key(key) : !people.typed(key)) throw new Error(`${key} went elsewhere`);
  await settled();
};

describe('a lane where nobody signs on', () => {
  test('asks nobody, and keys go on to the sale', async () => {
    open({});
    await settled();
    expect(asking()).toBeUndefined();
    expect([people.typed('1'), people.key('Enter'), people.scan('BADGE-KIM')]).toEqual([false, false, false]);
    people.openSwitch();
    expect(asking()).toBeUndefined();
  });
});

describe('signing on', () => {
  beforeEach(async () => {
    open({ signOn: 'needed', operator: '' });
    await settled();
  });

  test('by name and PIN', async () => {
    expect(asking()).toBe('signOn');
    const [kim] = people.state().people;
    assert(kim !== undefined, 'there is somebody to choose');
    people.choose(kim);
    await keys('2', '5', '8', '0', 'Enter');
    expect(asking()).toBeUndefined();
    expect(client.view().status).toMatchObject({ signOn: 'on', operator: 'kim' });
    expect(tones).toEqual(['ok']);
  });

  test('by badge alone, wherever one was; goods are sold to nobody meanwhile', async () => {
    await keys('7');
    expect(people.scan('4008400404127')).toBe(true);
    expect(tones).toEqual(['error']);
    expect(people.untyped('7')).toBe(true);
    expect(people.state().typed).toBe('');
    expect(people.scan(KIM.badge)).toBe(true);
    await settled();
    expect(client.view().status).toMatchObject({ signOn: 'on', operator: 'kim' });
    expect(sent.some(({ type }) => type === 'scan')).toBe(false);
  });

  test('a wrong PIN is said, forgotten, and the person stays; Escape goes back a step at a time and never around', async () => {
    people.choose({ user: 'kim', name: KIM.name, hasPin: true, hasBadge: true });
    await keys('1', '1', '1', '1', 'Enter');
    expect(people.state()).toMatchObject({ typed: '', problem: { type: 'wrongPasscode' }, chosen: { user: 'kim' } });
    await keys('9', 'Escape');
    expect(people.state()).toMatchObject({ typed: '', chosen: { user: 'kim' } });
    await keys('Escape', 'Escape', 'Escape');
    expect(people.state()).toMatchObject({ asking: { type: 'signOn' }, chosen: undefined });
    await keys('4', '2', 'Enter');
    expect(people.state()).toMatchObject({ typed: '', problem: { type: 'wrongPasscode' } });
  });

  test('a PIN is not longer than a till takes', async () => {
    await keys(...Array.from({ length: 40 }, () => '1'), 'Backspace');
    expect(people.state().typed).toHaveLength(31);
  });
});

test('a lane that is locked asks who locked it, and lets somebody else come instead', async () => {
  open({ signOn: 'on', operator: 'kim', operatorName: KIM.name });
  people.openSwitch();
  await keys('F7');
  await settled();
  expect(people.state()).toMatchObject({ asking: { type: 'signOn', isLocked: true }, chosen: { user: 'kim' } });
  people.scan(SAM.badge);
  await settled();
  expect(client.view().status).toMatchObject({ signOn: 'on', operator: 'sam' });
});

test('hands change while somebody is signed on; Escape leaves it as it was', async () => {
  open({ signOn: 'on', operator: 'kim' });
  people.openSwitch();
  await keys('Escape');
  expect(asking()).toBeUndefined();
  people.openSwitch();
  await keys('F8');
  await settled();
  expect(people.state()).toMatchObject({ asking: { type: 'signOn', isLocked: false }, chosen: undefined });
});

describe('leave', () => {
  const EXEMPT: RequestBody = { type: 'exempt', certificate: 'WI-000123' };
  beforeEach(async () => {
    open({ signOn: 'on', operator: 'kim' });
    await settled();
  });

  test('is asked for, given by somebody else, and what waited for it is done; who sent it hears only that', async () => {
    const reply = people.client.request(EXEMPT);
    await settled();
    expect(people.state().asking).toMatchObject({ type: 'leave', refusal: { detail: { action: 'exemptCustomer' } } });
    people.scan(KIM.badge);
    await settled();
    expect(people.state()).toMatchObject({ problem: { type: 'approverIsOperator' }, isBusy: false });
    people.choose({ user: 'sam', name: SAM.name, hasPin: true, hasBadge: true });
    await keys('1', '3', '7', '9', 'Enter');
    expect(await reply).toMatchObject({ ok: true });
    expect(asking()).toBeUndefined();
    expect(sent.filter(({ type }) => type === 'exempt' || type === 'approve').map(({ type }) => type)).toEqual([
      'exempt',
      'approve',
      'approve',
      'exempt',
    ]);
  });

  test('that is not given leaves the refusal as it was', async () => {
    const reply = people.client.request(EXEMPT);
    await settled();
    await keys('Escape');
    expect(await reply).toMatchObject({ ok: false, refusal: { type: 'approvalNeeded' } });
    expect(asking()).toBeUndefined();
  });

  test('holds its own line, never the scanner', async () => {
    void people.client.request(EXEMPT);
    await settled();
    expect(people.scan('4008400404127')).toBe(false);
    expect(people.scan(']C101095201234567891')).toBe(false);
    expect(asking()).toBe('leave');
  });

  test('is given up where the lane locks meanwhile; several wait in their order', async () => {
    const [first, second] = [people.client.request(EXEMPT), people.client.request(EXEMPT)];
    await settled();
    people.scan(SAM.badge);
    expect(await first).toMatchObject({ ok: true });
    await settled();
    expect(asking()).toBe('leave');
    say({ signOn: 'locked' });
    expect(await second).toMatchObject({ ok: false, refusal: { type: 'approvalNeeded' } });
    expect(asking()).toBe('signOn');
  });

  test('is bound to what was refused: its action, its line or its receipt, its amount', () => {
    const refusal = (detail: Readonly<Record<string, string | number>>) => ({ type: 'approvalNeeded' as const, detail });
    const discount: RequestBody = { type: 'discount', lineId: '2', off: { type: 'percent', bps: 2_000 }, reason: 'dented' };
    expect(leaveFor(refusal({ action: 'discountLine', lineId: '2', limitBps: 1_000, wantedBps: 2_000 }), discount)).toEqual({
      type: 'approve',
      action: 'discountLine',
      lineId: '2',
      maximum: 2_000,
    });
    const undo: RequestBody = { type: 'postVoid', receiptNumber: '1-abcd-000001' };
    expect(leaveFor(refusal({ action: 'postVoid', limitMinor: 0, wantedMinor: 119 }), undo)).toEqual({
      type: 'approve',
      action: 'postVoid',
      reference: '1-abcd-000001',
      maximum: 119,
    });
    const clear: RequestBody = { type: 'clearCardCase', paymentId: 'ABCDEFGHJK', how: 'writtenOff', reason: 'bank' };
    expect(leaveFor(refusal({ action: 'clearCardCase', limitMinor: 5_000, wantedMinor: 5_950 }), clear)).toEqual({
      type: 'approve',
      action: 'clearCardCase',
      reference: 'ABCDEFGHJK',
      maximum: 5_950,
    });
    expect(leaveFor(refusal({ action: 'overridePrice', lineId: '', limitBps: 1_000, wantedBps: 10_000 }), discount)).toEqual({
      type: 'approve',
      action: 'overridePrice',
    });
  });
});

describe('somebody comes to work or goes', () => {
  test('by keys, before anybody is signed on, and nobody is by it', async () => {
    open({ signOn: 'needed' });
    await settled();
    await keys('F2');
    people.typed(KIM.user);
    await keys('Enter', ...KIM.pin, 'Enter');
    expect(people.state()).toMatchObject({ asking: { type: 'signOn' }, clock: undefined, clocked: { name: KIM.name, act: 'clockIn' } });
    expect(sent.at(-1)).toEqual({ type: 'clock', act: 'clockIn', user: KIM.user, pin: KIM.pin });
    people.typed(KIM.user);
    await keys('Enter');
    expect(people.state().clocked).toBeUndefined();
    await keys(...KIM.pin, 'Enter');
    expect(asking()).toBeUndefined();
  });

  test('by badge, and a wrong PIN asks again', async () => {
    open({ signOn: 'needed' });
    await settled();
    await keys('F3');
    people.typed(KIM.user);
    await keys('Enter', '9', '9', '9', '9', 'Enter');
    expect(people.state()).toMatchObject({ clock: 'clockOut', problem: { type: 'wrongPasscode' } });
    people.scan(KIM.badge);
    await settled();
    expect(people.state()).toMatchObject({ clocked: { act: 'clockOut' }, problem: undefined });
    people.scan('BADGE-NOBODY');
    await settled();
    expect(people.state()).toMatchObject({ clocked: undefined, problem: { type: 'wrongPasscode' } });
    await keys('Escape');
    expect(people.state()).toMatchObject({ asking: { type: 'signOn' }, clocked: undefined });
  });

  test('not while leave is waited for', async () => {
    open({ signOn: 'on', operator: KIM.user });
    await settled();
    void people.client.request({ type: 'exempt', certificate: 'D-1' });
    await settled();
    expect(asking()).toBe('leave');
    await keys('F2');
    expect(people.state().clock).toBeUndefined();
  });
});

describe('other stations', () => {
  const ask = async (): Promise<{ readonly reply: Promise<TillReply> }> => {
    open({ signOn: 'on', operator: KIM.user });
    await settled();
    const reply = people.client.request({ type: 'exempt', certificate: 'D-1' });
    await settled();
    await keys('F4');
    return { reply };
  };

  test('are asked in the terms of the refusal, and what waited is done once one allows it', async () => {
    const { reply } = await ask();
    expect(sent.at(-1)).toEqual({ type: 'askLeave', action: 'exemptCustomer', approvers: 'supervisor' });
    expect(people.state()).toMatchObject({ asking: { type: 'leave' }, stations: { wishId: 'wish-1', count: 1 } });
    peer.handle({ id: 'x', atMs: 1, body: { type: 'approve', action: 'exemptCustomer', user: SAM.user, pin: SAM.pin } });
    say({ leaveAnswered: { wishId: 'wish-1', by: SAM.name, isGiven: true } });
    await settled();
    expect(await reply).toMatchObject({ ok: true });
    expect(asking()).toBeUndefined();
  });

  test('say no, and the lane may ask again or give leave itself', async () => {
    await ask();
    say({ leaveAnswered: { wishId: 'another', by: SAM.name, isGiven: true } });
    say({ leaveAnswered: { wishId: 'wish-1', by: SAM.name, isGiven: false } });
    await settled();
    expect(people.state()).toMatchObject({ asking: { type: 'leave' }, stations: undefined, refusedBy: SAM.name });
    people.scan(SAM.badge);
    await settled();
    expect(asking()).toBeUndefined();
  });

  test('are told that it is over, where it was given here or given up', async () => {
    const { reply } = await ask();
    await keys('Escape');
    expect(await reply).toMatchObject({ ok: false });
    expect(sent.at(-1)).toEqual({ type: 'dropLeave', wishId: 'wish-1' });
  });

  const WISH = {
    wishId: 'w9',
    device: 'lane-2',
    lane: '2',
    askedBy: KIM.user,
    askedByName: KIM.name,
    basketId: 'b',
    reference: '',
    action: 'discountLine',
    lineId: '1',
    maximum: 2_000,
    limit: 1_000,
    approvers: 'supervisor',
    itemCount: 1,
    totalMinor: 119,
    lineName: 'Milk',
    isTraining: false,
    expiresAtMs: 9,
  } as const;

  test('ask here: by keys, from the change of hands, and by badge', async () => {
    open({ signOn: 'on', operator: SAM.user, leaveWishes: [WISH] });
    await settled();
    people.openSwitch();
    await keys('F4');
    expect(people.state().asking).toEqual({ type: 'wish', wish: WISH });
    people.scan(SAM.badge);
    await settled();
    expect(sent.at(-1)).toEqual({ type: 'answerLeave', wishId: 'w9', device: 'lane-2', isGiven: true, badge: SAM.badge });
    expect(asking()).toBeUndefined();
    people.openWish(WISH);
    await keys('F5');
    await settled();
    expect(sent.at(-1)).toEqual({ type: 'answerLeave', wishId: 'w9', device: 'lane-2', isGiven: false });
    expect(asking()).toBeUndefined();
  });

  test('what is over there leaves the screen here', async () => {
    open({ signOn: 'on', operator: SAM.user, leaveWishes: [WISH] });
    await settled();
    people.openWish(WISH);
    say({ leaveWishes: [] });
    await settled();
    expect(asking()).toBeUndefined();
  });
});

describe('another PIN', () => {
  test('by the one that they have, typed twice, before anybody is signed on', async () => {
    open({ signOn: 'needed' });
    await settled();
    await keys('F6');
    people.typed(KIM.user);
    await keys('Enter', ...KIM.pin, 'Enter', '7', '1', '9', '3', 'Enter', '7', '1', '9', '3', 'Enter');
    expect(sent.at(-1)).toEqual({ type: 'changePin', user: KIM.user, pin: KIM.pin, newPin: '7193' });
    expect(people.state()).toMatchObject({ asking: { type: 'signOn' }, pinStep: undefined, pinChanged: KIM.name });
  });

  test('typed differently the second time is typed anew; a wrong old one is asked for again; a badge is no PIN', async () => {
    open({ signOn: 'needed' });
    await settled();
    await keys('F6');
    expect(people.scan(KIM.badge)).toBe(true);
    people.typed(KIM.user);
    await keys('Enter', '0', '0', 'Enter', '7', '1', '9', '3', 'Enter', '7', '1', '9', '4', 'Enter');
    expect(people.state()).toMatchObject({ pinStep: 'new', typed: '' });
    await keys('7', '1', '9', '3', 'Enter', '7', '1', '9', '3', 'Enter');
    expect(people.state()).toMatchObject({ pinStep: 'old', problem: { type: 'wrongPasscode' } });
    await keys('Escape', 'Escape');
    expect(people.state()).toMatchObject({ pinStep: undefined, chosen: undefined });
    expect(sent.filter(({ type }) => type === 'signOn')).toEqual([]);
  });
});
