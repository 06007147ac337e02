import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ACCOUNT_KINDS } from '../tender/tender-type.ts';
import { accountKey, foldBalances, type AccountMovement } from './account.ts';
import { cardBackRefusal, decideCashOut, decideSpending, worstOverspendMinor } from './spending.ts';
import '../testing/property-runs.ts';

const movement: fc.Arbitrary<AccountMovement> = fc.record({
  account: fc.constantFrom(...ACCOUNT_KINDS),
  reference: fc.constantFrom('G1', 'G2', 'G3'),
  currency: fc.constantFrom('EUR', 'USD'),
  amountMinor: fc.integer({ min: -100_000, max: 100_000 }),
});

test('balances are the same in whatever order entries arrive', () => {
  fc.assert(
    fc.property(
      fc
        .array(movement, { maxLength: 40 })
        .chain((movements) => fc.tuple(fc.constant(movements), fc.shuffledSubarray(movements, { minLength: movements.length }))),
      ([movements, shuffled]) => {
        const [left, right] = [new Map<string, number>(), new Map<string, number>()];
        foldBalances(left, movements);
        foldBalances(right, shuffled);
        expect(right).toEqual(left);
        const sum = movements
          .filter((each) => accountKey(each) === accountKey(movements[0] ?? each))
          .reduce((total, each) => total + each.amountMinor, 0);
        expect(left.get(movements[0] === undefined ? '' : accountKey(movements[0])) ?? 0).toBe(sum);
      },
    ),
  );
});

/** One card, a hub, and devices that hear it or not. */
interface Device {
  isCutOff: boolean;
  rightsMinor: number;
  /** What the hub believes to be unspent of the rights that it granted. */
  grantedMinor: number;
  spentOnFloorMinor: number;
  knownMinor: number | undefined;
  /** Spent, and not yet sent. */
  unsentMinor: number;
}

/** The balance is what everybody has once everything was sent. */
interface Model {
  balanceMinor: number;
  readonly devices: Device[];
}

type Step =
  | { readonly do: 'spend' | 'grant'; readonly device: number; readonly amountMinor: number }
  | { readonly do: 'cut'; readonly device: number };

const step = (devices: number): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constantFrom('spend' as const, 'grant' as const),
    device: fc.nat({ max: devices - 1 }),
    amountMinor: fc.integer({ min: 1, max: 6_000 }),
  });

/** As the hub knows it: what it has heard of, less the rights that it granted. */
const availableOf = ({ balanceMinor, devices }: Model): number =>
  devices.reduce((sum, { unsentMinor, grantedMinor }) => sum + unsentMinor - grantedMinor, balanceMinor);

function run(model: Model, steps: readonly Step[], floorLimitMinor: number): void {
  for (const each of steps) {
    const device = model.devices[each.device];
    if (device === undefined) continue;
    if (each.do === 'cut') device.isCutOff = true;
    else if (each.do === 'spend') spend(model, device, each.amountMinor, floorLimitMinor);
    else if (!device.isCutOff && each.amountMinor <= availableOf(model)) {
      device.rightsMinor += each.amountMinor;
      device.grantedMinor += each.amountMinor;
    }
  }
}

function spend(model: Model, device: Device, amountMinor: number, floorLimitMinor: number): void {
  const availableMinor = availableOf(model);
  const spending = decideSpending(amountMinor, {
    nowMs: 0,
    ...(!device.isCutOff && { hub: { availableMinor } }),
    rights: { amountMinor: device.rightsMinor, expiresAtMs: 1 },
    floorLimitMinor,
    spentOnFloorMinor: device.spentOnFloorMinor,
    ...(device.knownMinor !== undefined && { lastKnownMinor: device.knownMinor }),
    isFrozen: false,
  });
  if (!device.isCutOff) device.knownMinor = availableMinor;
  if (!spending.ok) return;
  const { byHubMinor, byRightsMinor, byFloorMinor } = spending.value;
  expect(byHubMinor + byRightsMinor + byFloorMinor).toBe(amountMinor);
  model.balanceMinor -= amountMinor;
  device.rightsMinor -= byRightsMinor;
  device.spentOnFloorMinor += byFloorMinor;
  if (device.knownMinor !== undefined) device.knownMinor -= byHubMinor + byFloorMinor;
  if (device.isCutOff) device.unsentMinor += amountMinor;
  else device.grantedMinor = device.rightsMinor;
}

const modelOf = (balanceMinor: number, count: number): Model => ({
  balanceMinor,
  devices: Array.from({ length: count }, () => ({
    isCutOff: false,
    rightsMinor: 0,
    grantedMinor: 0,
    spentOnFloorMinor: 0,
    knownMinor: undefined,
    unsentMinor: 0,
  })),
});

describe('spending', () => {
  test('with an answering hub no sequence takes a balance below zero, rights and all', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20_000 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 5_000 }),
        fc.array(step(4), { maxLength: 60 }),
        (balanceMinor, count, limitMinor, steps) => {
          const model = modelOf(balanceMinor, count);
          run(model, steps, limitMinor);
          expect(model.balanceMinor).toBeGreaterThanOrEqual(0);
          expect(model.balanceMinor).toBeGreaterThanOrEqual(model.devices.reduce((sum, { rightsMinor }) => sum + rightsMinor, 0));
        },
      ),
    );
  });

  test('cut off for once, the worst overspend is devices × limit', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20_000 }),
        fc.nat({ max: 5_000 }),
        fc.array(step(4), { maxLength: 30 }),
        fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 4 }),
        fc.array(step(4), { maxLength: 60 }),
        (balanceMinor, limitMinor, before, cutOff, after) => {
          const model = modelOf(balanceMinor, 4);
          run(model, before, limitMinor);
          run(
            model,
            cutOff.map((device) => ({ do: 'cut', device })),
            limitMinor,
          );
          run(model, after, limitMinor);
          expect(model.balanceMinor).toBeGreaterThanOrEqual(0 - worstOverspendMinor(cutOff.length, limitMinor));
        },
      ),
    );
  });

  test('a limit is reached, to the cent: the bound is no wider than it must be', () => {
    const model = modelOf(5_000, 3);
    const cut = [0, 1, 2].map((device) => ({ do: 'cut', device }) as const);
    run(model, cut, 2_000);
    run(
      model,
      [0, 1, 2].map((device) => ({ do: 'spend', device, amountMinor: 2_000 }) as const),
      2_000,
    );
    expect(model.balanceMinor).toBe(-1_000);
    const empty = modelOf(0, 3);
    run(empty, cut, 2_000);
    run(
      empty,
      [0, 1, 2].map((device) => ({ do: 'spend', device, amountMinor: 2_000 }) as const),
      2_000,
    );
    expect(empty.balanceMinor).toBe(0 - worstOverspendMinor(3, 2_000));
  });

  test('what is refused says how much would be covered, and so much is', () => {
    const facts = fc.record({
      nowMs: fc.nat({ max: 2 }),
      hub: fc.option(fc.record({ availableMinor: fc.integer({ min: -500, max: 500 }) }), { nil: undefined }),
      rights: fc.option(fc.record({ amountMinor: fc.nat({ max: 300 }), expiresAtMs: fc.nat({ max: 2 }) }), { nil: undefined }),
      floorLimitMinor: fc.nat({ max: 300 }),
      spentOnFloorMinor: fc.nat({ max: 300 }),
      lastKnownMinor: fc.option(fc.integer({ min: -100, max: 500 }), { nil: undefined }),
      isFrozen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), facts, (amountMinor, { hub, rights, lastKnownMinor, ...more }) => {
        const known = {
          ...more,
          ...(hub !== undefined && { hub }),
          ...(rights !== undefined && { rights }),
          ...(lastKnownMinor !== undefined && { lastKnownMinor }),
        };
        const decided = decideSpending(amountMinor, known);
        if (decided.ok) return;
        const { limitMinor } = decided.error.detail;
        expect(limitMinor).toBeLessThan(amountMinor);
        expect(limitMinor === 0 || decideSpending(limitMinor, known).ok).toBe(true);
        expect(decideSpending(limitMinor + 1, known).ok).toBe(false);
      }),
    );
  });
});

test('only what is below the limit is paid out, and only by the hub’s own word', () => {
  expect(decideCashOut({ hub: { availableMinor: 437 }, isFrozen: false }, 1_000)).toEqual({ ok: true, value: 437 });
  expect(decideCashOut({ hub: { availableMinor: 1_000 }, isFrozen: false }, 1_000)).toMatchObject({
    ok: false,
    error: { type: 'aboveCashOutLimit' },
  });
  expect(decideCashOut({ hub: { availableMinor: 437 }, isFrozen: true }, 1_000)).toMatchObject({
    ok: false,
    error: { detail: { reason: 'frozen' } },
  });
  expect(decideCashOut({ isFrozen: false }, 1_000)).toMatchObject({ ok: false, error: { detail: { reason: 'offlineLimit' } } });
});

test.each([
  [500, false, 500, undefined],
  [501, false, 500, { reason: 'cardBack', amountMinor: 501, limitMinor: 500 }],
  // More was spent of it than was on it, while lanes were cut off.
  [1, false, -200, { reason: 'cardBack', amountMinor: 1, limitMinor: 0 }],
  [1, false, undefined, { reason: 'cardUnasked', amountMinor: 1, limitMinor: 0 }],
  [1, true, 500, { reason: 'frozen', amountMinor: 1, limitMinor: 0 }],
] as const)('a card that comes back for %d, frozen %s, of which the hub says %s', (amountMinor, isFrozen, availableMinor, detail) => {
  const refusal = cardBackRefusal(amountMinor, { isFrozen, ...(availableMinor !== undefined && { hub: { availableMinor } }) });
  expect(refusal).toEqual(detail && { type: 'notCovered', detail });
});
