import { nodeHash } from '@holdfast/base/node';
import type { Passcode, PasscodeSecret } from '@holdfast/base/passcode';
import { LANE_BACK_OFF, MAX_FAILURES, type SignOnRules, type Staff } from '@holdfast/domain';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createTestLane, type TestLane } from '../testing/test-lane.ts';
import { createTransactions, type Transactions } from '../transactions.ts';
import { createMainTurn, createWriteTurnMemory } from '../write-turn.ts';
import { createIdentifier, type Identifier } from './identify.ts';

const SECRET: PasscodeSecret = { number: 1, secret: new Uint8Array(32).fill(1) };
const NEXT: PasscodeSecret = { number: 2, secret: new Uint8Array(32).fill(2) };
/** As quick as a test wants it; that the real one is argon2id is proven beside it. */
const sealNow = ({ user, text }: Passcode, { number, secret }: PasscodeSecret): string =>
  `a1.${number}.${Buffer.from(nodeHash.sha256(Buffer.from(`${String(secret)}|${user}|${text}`))).toString('hex')}`;
const pinOf = (user: string, pin: string): string => sealNow({ user, text: pin }, SECRET);
const badgeOf = (badge: string): string => sealNow({ user: '', text: badge }, SECRET);

const KIM: Staff = { user: 'kim', roles: ['cashier'], displayName: 'Kim', pin: pinOf('kim', '2580'), badge: badgeOf('BADGE-KIM') };
const SAM: Staff = { user: 'sam', roles: ['supervisor'], pin: pinOf('sam', '1379') };
const LEE: Staff = { user: 'lee', roles: ['cashier'] };

let lane: TestLane;
let transactions: Transactions;
let people: readonly Staff[];
let rules: SignOnRules;
let looks: number;
let monotonicMs: number;
let current: PasscodeSecret | undefined;
let identifier: Identifier;
/** A process of its own: its clock that only goes on begins anew. */
const start = (): void => {
  monotonicMs = 0;
  identifier = createIdentifier({
    db: lane.db,
    transactions,
    clock: { monotonicMs: () => monotonicMs },
    people: () => people,
    rules: () => rules,
    findSecret: (number) => [SECRET, NEXT].find((secret) => secret.number === number),
    currentSecret: () => current,
    seal: async (passcode, secret) => {
      looks += 1;
      return sealNow(passcode, secret);
    },
  });
};
beforeEach(() => {
  lane = createTestLane([]);
  transactions = createTransactions(lane.db, createMainTurn(createWriteTurnMemory()), { ask: () => {}, covered: () => {} });
  people = [KIM, SAM, LEE];
  rules = { by: 'either', lockAfterMinutes: 0, rightsLastDays: 0 };
  looks = 0;
  current = SECRET;
  start();
});
afterEach(() => lane.close());

const refusalOf = async (shown: Parameters<Identifier['identify']>[0]): Promise<unknown> => {
  const identified = await identifier.identify(shown);
  return identified.ok ? `${identified.value.staff.user} by ${identified.value.how}` : identified.error;
};
const WRONG = { type: 'wrongPasscode', detail: {} };

describe('what a PIN is sealed with', () => {
  const sealedOf = async (shown: Parameters<Identifier['identify']>[0]): Promise<unknown> => {
    const identified = await identifier.identify(shown);
    return identified.ok ? (identified.value.sealed ?? 'as it was') : identified.error.type;
  };

  test('stays as long as nothing newer is there; then the right one is sealed anew, and a wrong one never', async () => {
    expect(await sealedOf({ user: 'kim', pin: '2580' })).toBe('as it was');
    current = NEXT;
    expect(await sealedOf({ user: 'kim', pin: '2581' })).toBe('wrongPasscode');
    expect(await sealedOf({ user: 'kim', pin: '2580' })).toBe(sealNow({ user: 'kim', text: '2580' }, NEXT));
    // Who shows a badge has typed nothing that could be sealed.
    expect(await sealedOf({ badge: 'BADGE-KIM' })).toBe('as it was');
    people = [{ ...KIM, pin: sealNow({ user: 'kim', text: '2580' }, NEXT) }];
    expect(await sealedOf({ user: 'kim', pin: '2580' })).toBe('as it was');
    // The newest is not here yet: nothing is sealed, and nobody waits outside.
    current = undefined;
    expect(await sealedOf({ user: 'kim', pin: '2580' })).toBe('as it was');
  });

  test('is the newest for a PIN of their own', async () => {
    current = NEXT;
    expect(await sealedOf({ user: 'kim', pin: '2580', newPin: '7193' })).toBe(sealNow({ user: 'kim', text: '7193' }, NEXT));
    expect(await sealedOf({ user: 'kim', pin: '0000', newPin: '7193' })).toBe('wrongPasscode');
  });
});

describe('who somebody is', () => {
  test.each([
    [{ user: 'kim', pin: '2580' }, 'kim by pin'],
    [{ badge: 'BADGE-KIM' }, 'kim by badge'],
    [{ badge: 'BADGE-KIM', pin: '2580' }, 'kim by pinAndBadge'],
    [{ user: 'sam', pin: '1379' }, 'sam by pin'],
    [{ user: 'sam', pin: '2580' }, WRONG],
    [{ user: 'kim' }, WRONG],
    [{ user: 'lee', pin: '2580' }, WRONG],
    [{ user: 'nobody', pin: '2580' }, WRONG],
    [{ pin: '2580' }, WRONG],
    [{ badge: 'BADGE-SAM' }, WRONG],
    [{ badge: 'BADGE-KIM', pin: '1379' }, WRONG],
    [{}, WRONG],
  ])('%j: %j', async (shown, said) => expect(await refusalOf(shown)).toEqual(said));

  test('a store that wants both says which is missing, and whose', async () => {
    rules = { ...rules, by: 'both' };
    expect(await refusalOf({ badge: 'BADGE-KIM' })).toEqual({
      type: 'passcodeMissing',
      detail: { missing: 'pin', user: 'kim', name: 'Kim' },
    });
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toMatchObject({ type: 'passcodeMissing', detail: { missing: 'badge' } });
    expect(await refusalOf({ badge: 'BADGE-KIM', pin: '2580' })).toBe('kim by pinAndBadge');
    expect(await refusalOf({ user: 'sam', pin: '1379' })).toBe('sam by pin');
  });

  test('where the secret is not here yet, nobody is wrong', async () => {
    people = [{ ...KIM, pin: `a1.3.${'00'.repeat(32)}`, badge: `a1.3.${'00'.repeat(32)}` }];
    for (let i = 0; i < 30; i++) expect(await refusalOf({ user: 'kim', pin: '2580' })).toMatchObject({ type: 'passcodesUnknown' });
  });
});

describe('who is wrong', () => {
  const wrong = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) expect(await refusalOf({ user: 'kim', pin: '9999' })).toEqual(WRONG);
  };

  test('waits from the third time on, and is not even looked at meanwhile; others go on', async () => {
    await wrong(3);
    monotonicMs += 14_001;
    const before = looks;
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toEqual({ type: 'passcodeWaits', detail: { waitS: 1 } });
    expect(looks).toBe(before);
    expect(await refusalOf({ user: 'sam', pin: '1379' })).toBe('sam by pin');
    monotonicMs += 999;
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toBe('kim by pin');
    await wrong(3);
  });

  test('gains nothing by a restart: the wait begins anew', async () => {
    await wrong(3);
    monotonicMs += 14_999;
    start();
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toEqual({ type: 'passcodeWaits', detail: { waitS: 15 } });
    monotonicMs += 15_000;
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toBe('kim by pin');
    start();
    await wrong(3);
  });

  test('has had the attempt before it was looked at', async () => {
    void identifier.identify({ user: 'kim', pin: '9999' });
    expect(lane.db.prepare('SELECT user, failures FROM sign_on_failure').all()).toEqual([{ user: 'kim', failures: 1 }]);
  });

  test('twenty times is out, until headquarters gives out another PIN', async () => {
    for (let i = 0; i < MAX_FAILURES; i++) {
      expect(await refusalOf({ user: 'kim', pin: '9999' })).toEqual(WRONG);
      monotonicMs += 900_000;
    }
    expect(await refusalOf({ user: 'kim', pin: '2580' })).toEqual({ type: 'passcodeDead', detail: {} });
    expect(await refusalOf({ badge: 'BADGE-KIM' })).toBe('kim by badge');
    people = [{ ...KIM, pin: pinOf('kim', '4711') }, SAM];
    expect(await refusalOf({ user: 'kim', pin: '4711' })).toBe('kim by pin');
  });

  test('with badges and names of nobody makes the lane wait, not one person', async () => {
    for (let i = 0; i < LANE_BACK_OFF.free; i++)
      expect(await refusalOf(i % 2 === 0 ? { badge: `B${i}` } : { user: `u${i}`, pin: '1' })).toEqual(WRONG);
    expect(await refusalOf({ badge: 'BADGE-KIM' })).toEqual({ type: 'passcodeWaits', detail: { waitS: 15 } });
    monotonicMs += 15_000;
    expect(await refusalOf({ badge: 'BADGE-KIM' })).toBe('kim by badge');
  });
});

const EVENT = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant('pin' as const),
      user: fc.constantFrom('kim' as const, 'sam' as const, 'nobody' as const),
      pin: fc.integer({ min: 2_600, max: 9_999 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('badge' as const), badge: fc.integer({ min: 0, max: 9_999 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('passes' as const), ms: fc.integer({ min: 0, max: 1_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
  // Of the clock on the wall, which nothing here asks.
  { weight: 1, arbitrary: fc.record({ type: fc.constant('jump' as const), ms: fc.integer({ min: -4e10, max: 4e10 }) }) },
);
const RUNS = 60;
const EVENTS = 250;

test('10,000 guesses with restarts and clocks that jump: nobody is guessed at more than 20 times, and a lane no faster than it waits', async () => {
  let guesses = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { minLength: EVENTS, maxLength: EVENTS }), async (events) => {
      transactions.durable(() => lane.db.exec('DELETE FROM sign_on_failure'));
      start();
      const looksAt = { kim: 0, sam: 0, nobody: 0 };
      let passedMs = 0;
      for (const event of events) {
        if (event.type === 'restart') start();
        else if (event.type === 'jump') lane.clock.nowMs += event.ms;
        else if (event.type === 'passes') {
          monotonicMs += event.ms;
          passedMs += event.ms;
        } else {
          guesses += 1;
          const before = looks;
          await identifier.identify(event.type === 'pin' ? { user: event.user, pin: String(event.pin) } : { badge: `CARD-${event.badge}` });
          looksAt[event.type === 'pin' ? event.user : 'nobody'] += looks - before;
        }
      }
      expect(Math.max(looksAt.kim, looksAt.sam)).toBeLessThanOrEqual(MAX_FAILURES);
      const allowed = LANE_BACK_OFF.free + Math.floor(passedMs / LANE_BACK_OFF.firstMs);
      expect(looksAt.kim + looksAt.sam + looksAt.nobody).toBeLessThanOrEqual(allowed);
    }),
    { numRuns: RUNS },
  );
  expect(guesses).toBeGreaterThanOrEqual(10_000);
});
