/** An X or a Z on paper: what the window shows of it, as a document that any printer sets. What is nought is left out, but for what a Z always says. */
import { localTimeOf, terminalDifferenceMinor, type StoreSettings } from '@holdfast/domain';

import type { ReceiptView, ShiftView } from '../shared/till-contract.ts';

type Block = ReceiptView['blocks'][number];

export interface SlipContext {
  readonly settings: Pick<StoreSettings, 'storeName' | 'storeAddress' | 'timeZone' | 'currency'>;
  readonly minorDigits: number;
  readonly lane: string;
  readonly atMs: number;
}

const CASH_WORDS: Readonly<Record<keyof ShiftView['cash'], string>> = {
  float: 'Float',
  paidIn: 'Paid in',
  paidOut: 'Paid out',
  drop: 'Drops to the safe',
  loan: 'Loans from the safe',
};

/** Without a number: nothing is found again by it. */
export function shiftSlip(shift: ShiftView, { settings, minorDigits, lane, atMs }: SlipContext): ReceiptView {
  const local = localTimeOf(atMs, settings.timeZone);
  const isZ = shift.countedMinor !== undefined;
  const title = isZ ? `Z ${shift.shift}` : `X, shift ${shift.shift}`;
  return {
    receiptNumber: '',
    currency: settings.currency,
    minorDigits,
    blocks: [
      ...(settings.storeName === '' ? [] : [{ type: 'heading', text: settings.storeName } as const]),
      ...settings.storeAddress
        .split('\n')
        .filter((line) => line !== '')
        .map((text) => ({ type: 'text', text, align: 'center' }) as const),
      { type: 'heading', text: title },
      {
        type: 'facts',
        facts: [
          ['Business date', shift.businessDate],
          ['Printed', `${local.date} ${local.time}`],
          ['Lane, drawer', `${lane}, ${shift.drawer}`],
          ['Operator', shift.operator],
        ],
      },
      { type: 'rule' },
      ...salesBlocks(shift),
      { type: 'rule' },
      ...cashBlocks(shift),
    ],
  };
}

const amount = (label: string, amountMinor: number, emphasis = false): Block => ({ type: 'amount', label, amountMinor, emphasis });
const unlessNought = (label: string, amountMinor: number): readonly Block[] => (amountMinor === 0 ? [] : [amount(label, amountMinor)]);

const salesBlocks = (shift: ShiftView): readonly Block[] => [
  {
    type: 'facts',
    facts: [
      ['Sales', String(shift.sales)],
      ['of them refunds', String(shift.refunds)],
      ['Voided lines, sales', `${shift.voidedLines}, ${shift.voidedSales}`],
      ['Reprints, approvals', `${shift.reprints}, ${shift.approvals}`],
    ],
  },
  amount('Total', shift.totalMinor, true),
  ...unlessNought('Taken off', shift.discountMinor),
  ...unlessNought('Refunded', shift.refundedMinor),
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
    ...unlessNought(`${name}, tips`, tipMinor),
  ]),
  ...unlessNought('Change given', -shift.changeMinor),
  amount('Rounding', shift.roundingMinor),
  ...shift.terminals.flatMap(terminalBlocks),
];

/** What a terminal counted beside what its lane had over the same time; whoever reads it sees at once whether they agree. */
function terminalBlocks(sum: ShiftView['terminals'][number]): readonly Block[] {
  const differenceMinor = terminalDifferenceMinor(sum);
  return [
    { type: 'rule' },
    { type: 'facts', facts: [['Terminal', sum.terminalId === '' ? '(without a name)' : sum.terminalId]] },
    amount(`Taken (${sum.takenCount})`, sum.takenMinor),
    ...(differenceMinor === undefined
      ? [{ type: 'facts', facts: [['Settled', 'no']] } satisfies Block]
      : [
          amount(`Counted by it (${sum.countedCount})`, sum.countedMinor),
          amount(`Here since settled (${sum.settledCount})`, sum.settledMinor),
          amount('Difference', differenceMinor, differenceMinor !== 0),
        ]),
  ];
}

const cashBlocks = (shift: ShiftView): readonly Block[] => [
  ...(Object.keys(CASH_WORDS) as (keyof ShiftView['cash'])[]).flatMap((act) => unlessNought(CASH_WORDS[act], shift.cash[act])),
  ...unlessNought('Paid out for cards', -shift.payoutMinor),
  ...(shift.drawerMinor === undefined ? [] : [amount('Must lie in the drawer', shift.drawerMinor)]),
  ...(shift.countedMinor === undefined ? [] : [amount('Counted', shift.countedMinor)]),
  ...(shift.overShortMinor === undefined ? [] : [amount('Over or short', shift.overShortMinor, true)]),
  ...(shift.reason === undefined ? [] : [{ type: 'facts', facts: [['Reason', shift.reason]] } satisfies Block]),
  { type: 'rule' },
  amount('Of all shifts so far', shift.perpetualMinor),
];
