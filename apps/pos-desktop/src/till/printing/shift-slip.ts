/** An X or a Z on paper: what the window shows of it, as a document that any printer sets. What is nought is left out, but for what a Z always says. */
import { terminalDifferenceMinor } from '@holdfast/domain';

import type { ReceiptView, ShiftView } from '../../shared/till-contract.ts';
import { type SlipWords, slipWords } from './slip-words.ts';
import { type SlipContext, slipOf } from './slips.ts';

type Block = ReceiptView['blocks'][number];

/** Without a number: nothing is found again by it. */
export function shiftSlip(shift: ShiftView, context: Omit<SlipContext, 'drawer' | 'operator'>): ReceiptView {
  const words = slipWords(context.settings.locale);
  const isZ = shift.countedMinor !== undefined;
  const title = isZ ? `Z ${shift.shift}` : `${words.xShift} ${shift.shift}`;
  return slipOf(title, { ...context, drawer: shift.drawer, operator: shift.operator }, [
    { type: 'facts', facts: [[words.businessDate, shift.businessDate]] },
    ...salesBlocks(shift, words),
    ...ruledOff(cashBlocks(shift, words)),
  ]);
}

/** A part of which nothing is to be said has no rule either. */
const ruledOff = (blocks: readonly Block[]): readonly Block[] => {
  const [first] = blocks;
  return first === undefined || first.type === 'rule' ? blocks : [{ type: 'rule' }, ...blocks];
};

const CASH_ACTS = ['float', 'paidIn', 'paidOut', 'drop', 'loan'] as const satisfies readonly (keyof ShiftView['cash'])[];

const amount = (label: string, amountMinor: number, emphasis = false): Block => ({ type: 'amount', label, amountMinor, emphasis });
const unlessNought = (label: string, amountMinor: number): readonly Block[] => (amountMinor === 0 ? [] : [amount(label, amountMinor)]);

const salesBlocks = (shift: ShiftView, words: SlipWords): readonly Block[] => [
  {
    type: 'facts',
    facts: [
      [words.sales, String(shift.sales)],
      [words.ofThemRefunds, String(shift.refunds)],
      [words.voided, `${shift.voidedLines}, ${shift.voidedSales}`],
      [words.reprints, `${shift.reprints}, ${shift.approvals}`],
    ],
  },
  amount(words.total, shift.totalMinor, true),
  ...unlessNought(words.takenOff, shift.discountMinor),
  ...unlessNought(words.refunded, shift.refundedMinor),
  ...shift.taxes.map(({ name, ratePpm, netMinor, taxMinor }): Block => ({
    type: 'tax',
    mark: '',
    name,
    rateBps: ratePpm === undefined ? 0 : Math.round(ratePpm / 100),
    netMinor,
    taxMinor,
  })),
  { type: 'rule' },
  ...shift.tenders.flatMap(({ name, amountMinor, tipMinor, count }) => [
    amount(`${name} (${count})`, amountMinor),
    ...unlessNought(`${name}, ${words.tips}`, tipMinor),
  ]),
  ...unlessNought(words.changeGiven, -shift.changeMinor),
  amount(words.rounding, shift.roundingMinor),
  ...shift.terminals.flatMap((sum) => terminalBlocks(sum, words)),
];

/** What a terminal counted beside what its lane had over the same time; whoever reads it sees at once whether they agree. */
function terminalBlocks(sum: ShiftView['terminals'][number], words: SlipWords): readonly Block[] {
  const differenceMinor = terminalDifferenceMinor(sum);
  return [
    { type: 'rule' },
    { type: 'facts', facts: [[words.terminal, sum.terminalId === '' ? words.withoutName : sum.terminalId]] },
    amount(`${words.taken} (${sum.takenCount})`, sum.takenMinor),
    ...(differenceMinor === undefined
      ? [{ type: 'facts', facts: [[words.settled, words.no]] } satisfies Block]
      : [
          amount(`${words.countedByTerminal} (${sum.countedCount})`, sum.countedMinor),
          amount(`${words.sinceSettled} (${sum.settledCount})`, sum.settledMinor),
          amount(words.difference, differenceMinor, differenceMinor !== 0),
        ]),
  ];
}

const cashBlocks = (shift: ShiftView, words: SlipWords): readonly Block[] => [
  ...CASH_ACTS.flatMap((act) => unlessNought(words[act], shift.cash[act])),
  ...unlessNought(words.paidForCards, -shift.payoutMinor),
  ...(shift.drawerMinor === undefined ? [] : [amount(words.mustLieInDrawer, shift.drawerMinor)]),
  ...(shift.countedMinor === undefined ? [] : [amount(words.counted, shift.countedMinor)]),
  ...(shift.overShortMinor === undefined ? [] : [amount(words.overShort, shift.overShortMinor, true)]),
  ...(shift.reason === undefined ? [] : [{ type: 'facts', facts: [[words.reason, shift.reason]] } satisfies Block]),
  { type: 'rule' },
  amount(words.allShifts, shift.perpetualMinor),
];
