import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { BEER, createTestLane, foldMessages, MILK, priceOf, publish, type Fold } from './testing/test-lane.ts';

const RUNS = process.env['HOLDFAST_SOAK'] === '1' ? 500 : 25;

type Step =
  | { readonly type: 'ask'; readonly body: RequestBody }
  | { readonly type: 'again' }
  | { readonly type: 'reopen' }
  | { readonly type: 'publish'; readonly cents: number };

const lineId = fc.integer({ min: 1, max: 8 }).map(String);
const quantity = fc.option(fc.integer({ min: -3, max: 1_200 }), { nil: undefined });
const withQuantity = <T extends object>(body: T, value: number | undefined): T =>
  value === undefined ? body : { ...body, quantity: value };

const body: fc.Arbitrary<RequestBody> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(MILK, BEER, '85123A', '4011', 'nothing', '4008400404128'), quantity)
      .map(([code, value]) => withQuantity({ type: 'scan' as const, code }, value)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('4011', '4409', '1'), quantity)
      .map(([plu, value]) => withQuantity({ type: 'addPlu' as const, plu }, value)),
  },
  fc.record({ type: fc.constant('setQuantity' as const), lineId, quantity: fc.integer({ min: -2, max: 40 }) }),
  fc.record({ type: fc.constant('voidLine' as const), lineId }),
  fc.record({
    type: fc.constant('overridePrice' as const),
    lineId,
    override: fc.record({
      unitPrice: fc.record({ amount: fc.integer({ min: -1, max: 900 }), decimals: fc.constantFrom(2, 3) }),
      reason: fc.constant('dented'),
    }),
  }),
  fc.constant({ type: 'confirmAge' as const, method: 'document' as const }),
  fc.constant({ type: 'clearRefused' as const }),
  fc.constant({ type: 'voidSale' as const }),
  fc.constant({ type: 'suspend' as const }),
  {
    weight: 3,
    arbitrary: fc.constantFrom(-500, 0, 500, 100_000, 10_000_000).map((amountMinor) => ({ type: 'payCash' as const, amountMinor })),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: body.map((asked) => ({ type: 'ask' as const, body: asked })) },
  { weight: 1, arbitrary: fc.constant({ type: 'again' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }).map((cents) => ({ type: 'publish' as const, cents })) },
);

test(
  'whatever is asked: the disk holds it, windows that fold the deltas see it, a replay changes nothing, the sums agree',
  () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lane = createTestLane();
        try {
          const opened = (): Fold => {
            const { revision, lines, head } = lane.state();
            return { revision, head, lines: new Map(lines.map((line) => [line.lineId, line])) };
          };
          let fold = opened();
          let last: { readonly id: string; readonly body: RequestBody; readonly reply: unknown } | undefined;
          const repeated: { readonly first: unknown; readonly again: unknown }[] = [];
          for (const [index, { ...each }] of steps.entries()) {
            if (each.type === 'ask') {
              const id = `p${index}`;
              const { broadcast, reply } = lane.ask(each.body, id);
              foldMessages(fold, broadcast);
              last = { id, body: each.body, reply };
            } else if (each.type === 'again' && last !== undefined) {
              repeated.push({ first: { broadcast: [], reply: last.reply }, again: lane.ask(last.body, last.id) });
            } else if (each.type === 'publish') {
              publish(lane.store, [priceOf('MILK', each.cents)]);
              foldMessages(fold, lane.till.cutMoved());
            } else if (each.type === 'reopen') {
              lane.reopen();
              fold = opened();
            }
          }
          const state = lane.state();
          expect({ lines: [...fold.lines.values()].sort((a, b) => a.position - b.position), head: fold.head }).toEqual({
            lines: state.lines,
            head: state.head,
          });
          lane.reopen();
          expect(lane.state()).toEqual({ ...state, revision: 0 });
          expect(state.head.totals.subtotalMinor).toBe(state.lines.reduce((sum, line) => sum + (line.amountMinor ?? 0), 0));
          const sold = lane.db.prepare("SELECT count(*) FROM basket WHERE state = 'completed'").pluck().get();
          expect(lane.store.waiting().byKind.get(1) ?? 0).toBe(sold);
          expect(repeated.map(({ again }) => again)).toEqual(repeated.map(({ first }) => first));
          expect(lane.errors).toEqual([]);
        } finally {
          lane.close();
        }
      }),
      { numRuns: RUNS },
    );
  },
  RUNS * 4_000,
);
