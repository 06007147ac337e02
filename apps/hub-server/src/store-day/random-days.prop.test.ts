/**
 * 10,000 random days: what the hub makes of a shift, out of the bytes that it holds, is the lane's own Z and what an independent calculation says of the same day;
 * asked in the middle of it and again at its end, or once; and the drawer is float + cash in − cash out.
 */
import { assert } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import {
  addEntry,
  CASH_ACT_NAMES,
  cashMovementEntry,
  LEDGER_KINDS,
  noShift,
  payoutEntry,
  shiftCloseEntry,
  type CashAct,
  type LedgerEntry,
  type LedgerHeader,
  type ShiftSums,
} from '@holdfast/domain';
import { chainEntry, genesisHead } from '@holdfast/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Queries } from '../db/database.ts';
import { LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';
import { saleFields } from '../testing/test-device.ts';
import { sumsOfSpan, zOfSpan, type Span } from './shift-sums.ts';

const DAYS = 10_000;
const HEADER: LedgerHeader = { businessDate: '2026-11-21', shift: 3, drawer: '1', operator: 'op-1', training: false };
const PLACE = { tenantNo: 1, currency: 'EUR' };

/** One thing that happened, as the ledger has it, and what it means to a drawer and a till roll. */
interface Happened {
  readonly entry: LedgerEntry;
  readonly canonical: Uint8Array;
  readonly means: Readonly<
    Record<'sales' | 'refunds' | 'totalMinor' | 'cardMinor' | 'changeMinor' | 'cashInMinor' | 'cashOutMinor', number>
  >;
}

const NOTHING = { sales: 0, refunds: 0, totalMinor: 0, cardMinor: 0, changeMinor: 0, cashInMinor: 0, cashOutMinor: 0 };
const HEAD = genesisHead('lane-1', 'abcd000000000001', null);

function happened(entry: LedgerEntry, means: Partial<Happened['means']>): Happened {
  const draft = { kind: entry.kind, wallMs: 1_795_176_000_000, clockUncertaintyMs: 0, hubOffsetMs: 0, fields: entry.fields };
  return { entry, canonical: chainEntry(nodeHash, HEAD, draft, LEDGER_SCHEMAS).canonical, means: { ...NOTHING, ...means } };
}

function sale(amounts: readonly number[], how: 'cash' | 'note' | 'card', training: boolean): Happened {
  const totalMinor = amounts.reduce((sum, amountMinor) => sum + amountMinor, 0);
  const changeMinor = how === 'note' && totalMinor > 0 ? 777 : 0;
  const lines = amounts.map((amountMinor, index) => ({ sku: `S${index}`, quantity: amountMinor < 0 ? -1 : 1, amountMinor }));
  const tenders = [{ tenderType: how === 'card' ? 'card' : 'cash', amountMinor: totalMinor + changeMinor }];
  const fields = saleFields(1, lines, { ...HEADER, training, tenders, changeMinor });
  const refund = totalMinor < 0 ? { refunds: 1 } : {};
  const cash = how === 'card' ? { cardMinor: totalMinor } : totalMinor < 0 ? { cashOutMinor: -totalMinor } : { cashInMinor: totalMinor };
  return happened({ kind: LEDGER_KINDS.sale.kind, fields }, training ? {} : { sales: 1, ...refund, totalMinor, changeMinor, ...cash });
}

const COMES_IN: Readonly<Record<CashAct, boolean>> = { float: true, paidIn: true, loan: true, paidOut: false, drop: false };

function move(act: CashAct, amountMinor: number): Happened {
  const way = COMES_IN[act] ? { cashInMinor: amountMinor } : { cashOutMinor: amountMinor };
  return happened(cashMovementEntry(HEADER, { act, currency: 'EUR', amountMinor }), way);
}

function payOut(amountMinor: number): Happened {
  const card = { account: 'giftCard', reference: 'G1', currency: 'EUR', amountMinor } as const;
  return happened(payoutEntry(HEADER, card, undefined), { cashOutMinor: amountMinor });
}

const AMOUNT = fc.integer({ min: -5_000, max: 20_000 }).filter((minor) => minor !== 0);
const HAPPENED: fc.Arbitrary<Happened> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.array(AMOUNT, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('cash' as const, 'note' as const, 'card' as const),
        fc.nat(9),
      )
      .filter(([amounts]) => amounts.reduce((sum, minor) => sum + minor, 0) !== 0)
      .map(([amounts, how, dice]) => sale(amounts, how, dice === 0)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...CASH_ACT_NAMES), fc.nat(50_000)).map(([act, minor]) => move(act, minor)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 999 }).map(payOut) },
);
/** Days are put together of these: what costs is not to write an entry, but to read it. */
const POOL = fc.sample(HAPPENED, { numRuns: 1_000, seed: 11 });

const spanTo = (lastSeq: number, closeSeq: number | null, kept: Span['sums'], keptSeq: number | null): Span => ({
  device: 'lane-1',
  lane: 1,
  epoch: 'abcd000000000001',
  branch: false,
  drawer: HEADER.drawer,
  shift: HEADER.shift,
  businessDate: HEADER.businessDate,
  firstSeq: 1,
  lastSeq,
  lastAtMs: 0,
  closeSeq,
  sums: kept,
  sumsSeq: keptSeq,
});

/** The two tables that a roll-up reads and writes, of one span. */
function tablesOf(entries: readonly Uint8Array[]) {
  const kept: { sums: Span['sums']; seq: number | null } = { sums: null, seq: null };
  const queries = {
    rows: async (sql: string, params: readonly unknown[] = []) => {
      if (sql.includes('seq = $4')) return [{ canonical: entries[Number(params[3]) - 1] }];
      const [after, last] = [Number(params[3]), Number(params[4])];
      return entries.slice(after, last).map((canonical, index) => ({ seq: after + index + 1, canonical }));
    },
    execute: async (_sql: string, params: readonly unknown[] = []) => {
      kept.sums = JSON.parse(String(params[7])) as Span['sums'];
      kept.seq = Number(params[8]);
      return 1;
    },
  } as unknown as Queries;
  return { kept, queries };
}

const laneFold = (day: readonly Happened[]): ShiftSums =>
  day.reduce((sums, { entry }) => {
    const added = addEntry(sums, entry);
    assert(added.ok, `the lane reads what it wrote: ${JSON.stringify(added)}`);
    return added.value;
  }, noShift('EUR'));

const sumOf = (day: readonly Happened[], of: keyof Happened['means']): number => day.reduce((sum, { means }) => sum + means[of], 0);

test('Z = fold = the hub’s figures = what was reckoned apart; drawer = float + cash in − cash out', { timeout: 600_000 }, async () => {
  const day = fc.tuple(fc.array(fc.nat(POOL.length - 1), { maxLength: 16 }), fc.nat(16));
  await fc.assert(
    fc.asyncProperty(day, async ([picks, half]) => {
      const things = picks.flatMap((pick) => POOL[pick] ?? []);
      const z = laneFold(things);
      const close = shiftCloseEntry(HEADER, {
        sums: z,
        countedMinor: Math.max(z.drawerMinor, 0),
        perpetualMinor: z.totalMinor,
        reason: 'counted',
      });
      const { kept, queries } = tablesOf([...things, happened(close, {})].map(({ canonical }) => canonical));
      const middle = Math.min(half, things.length);
      const first = await sumsOfSpan(queries, spanTo(middle, null, null, null), PLACE);
      expect(first).toEqual({ sums: laneFold(things.slice(0, middle)), unreadable: 0 });
      const last = spanTo(things.length + 1, things.length + 1, kept.sums, kept.seq);
      const found = await sumsOfSpan(queries, last, PLACE);
      expect(found).toEqual({ sums: z, unreadable: 0 });
      expect((await zOfSpan(queries, last, PLACE))?.close.sums).toEqual(z);
      const { sales, refunds, totalMinor, changeMinor, drawerMinor, tenders } = found.sums;
      const card = tenders.find(({ tenderType }) => tenderType === 'card')?.amountMinor ?? 0;
      expect({ sales, refunds, totalMinor, changeMinor, card, drawerMinor }).toEqual({
        sales: sumOf(things, 'sales'),
        refunds: sumOf(things, 'refunds'),
        totalMinor: sumOf(things, 'totalMinor'),
        changeMinor: sumOf(things, 'changeMinor'),
        card: sumOf(things, 'cardMinor'),
        drawerMinor: sumOf(things, 'cashInMinor') - sumOf(things, 'cashOutMinor'),
      });
    }),
    { numRuns: DAYS },
  );
});
