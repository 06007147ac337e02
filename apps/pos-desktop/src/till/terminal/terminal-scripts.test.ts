/**
 * Every script of the virtual terminal against everything that a lane asks of one: in the end the terminal charged what the books say, once, whatever it did in between, and the cashier was
 * told what happened.
 */
import { LEDGER_KINDS, type Fields } from '@holdfast/domain';
import { afterEach, describe, expect, test } from 'vitest';

import type { TerminalView } from '../../shared/till-contract.ts';
import { createTerminalLane, type TerminalLane } from '../testing/terminal-lane.ts';

let open: TerminalLane | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

interface Act {
  /** While the terminal does as it should. */
  readonly prepare: (rig: TerminalLane) => Promise<void>;
  readonly ask: (rig: TerminalLane) => void;
  readonly isDone: (rig: TerminalLane) => boolean;
  /** On the terminal, and in the books, once it is done. */
  readonly chargedMinor: number;
}

const completed = ({ lane }: TerminalLane) => lane.state().head.completed;
const sell = async (rig: TerminalLane): Promise<string> => {
  rig.sell();
  await rig.until('a sale is done', () => completed(rig) !== undefined);
  return completed(rig)?.receiptNumber ?? '';
};

const ACTS: Readonly<Record<string, Act>> = {
  payment: {
    prepare: async ({ lane }) => void lane.take({ type: 'addItem', sku: 'MILK' }),
    ask: ({ lane }) => lane.take({ type: 'tender', tenderType: 'card', amountMinor: 119 }),
    isDone: (rig) => completed(rig)?.totalMinor === 119,
    chargedMinor: 119,
  },
  refund: {
    prepare: async (rig) => {
      const receiptNumber = await sell(rig);
      rig.lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
    },
    ask: ({ lane }) => lane.take({ type: 'refund' }),
    isDone: (rig) => completed(rig)?.totalMinor === -119,
    chargedMinor: 0,
  },
  'reversal of a tender': {
    prepare: async (rig) => {
      rig.sell({ type: 'tender', tenderType: 'card', amountMinor: 100 });
      await rig.until('it stands', () => rig.lane.state().head.tenders?.length === 1);
    },
    ask: ({ lane }) => lane.take({ type: 'voidTender', tenderId: '1' }),
    isDone: ({ lane }) => lane.state().head.tenders === undefined,
    chargedMinor: 0,
  },
  'reversal of a sale': {
    prepare: async (rig) => void (await sell(rig)),
    ask: (rig) => rig.lane.take({ type: 'reverseTender', receiptNumber: soldFirst(rig), tender: 1 }),
    isDone: (rig) => rig.entries(LEDGER_KINDS.tenderReversal.kind).length === 1,
    chargedMinor: 0,
  },
};

const soldFirst = (rig: TerminalLane): string => {
  const receiptNumber = rig.entries(LEDGER_KINDS.sale.kind)[0]?.['receiptNumber'];
  return typeof receiptNumber === 'string' ? receiptNumber : '';
};

type Kind = 'payment' | 'refund' | 'reversal';
type End = 'done' | TerminalView['state'];
type Protocol = 'nexo' | 'zvt';

/** Nexo gives back to the card of a transaction that it knows; ZVT asks for the card again, but for what it took itself just before. */
const asksForCard = (protocol: Protocol, kind: Kind): boolean => kind === 'payment' || (kind === 'refund' && protocol === 'zvt');
const ofShopper = (protocol: Protocol, kind: Kind): End => (asksForCard(protocol, kind) ? 'declined' : 'done');

/** Each script, and how what is asked for ends under it. */
const SCRIPTS: readonly {
  readonly name: string;
  readonly script: string;
  readonly end: (protocol: Protocol, kind: Kind) => End;
  /** Nobody holds a card against it. */
  readonly isLeftAlone?: true;
  /** Its plug is put back by a person. */
  readonly isPulled?: true;
}[] = [
  { name: 'approve', script: 'approve after 1 ms', end: () => 'done' },
  { name: 'decline', script: 'decline after 1 ms', end: ofShopper },
  { name: 'cancel', script: 'cancel after 1 ms', end: ofShopper },
  { name: 'timeout', script: '', isLeftAlone: true, end: ofShopper },
  {
    name: 'refund declined',
    script: 'approve after 1 ms, refund declined',
    end: (_protocol, kind) => (kind === 'payment' ? 'done' : 'declined'),
  },
  { name: 'answer lost', script: 'approve after 1 ms, answer lost', end: () => 'done' },
  { name: 'request lost', script: 'approve after 1 ms, request lost', end: () => 'notCharged' },
  { name: 'garbage', script: 'approve after 1 ms, garbage', end: () => 'done' },
  { name: 'slow', script: 'approve after 1 ms, slow 150 ms', end: () => 'done' },
  { name: 'unplugged', script: 'approve after 1 ms, unplugged after 1 payments', isPulled: true, end: () => 'done' },
  { name: 'reboot', script: 'approve after 1 ms, unplugged after 1 payments, back after 150 ms', end: () => 'done' },
];

const isAtWork = (view: TerminalView | undefined): boolean =>
  view?.state === 'starting' || view?.state === 'waiting' || view?.state === 'unknown';

/** What stands in the books of what went over the terminal: tenders of sales, and of the open basket, less what was reversed of a sale that stands. */
function bookedMinor(rig: TerminalLane): number {
  const ofCards = (rows: Fields[string] | undefined): number =>
    (Array.isArray(rows) ? (rows as readonly Fields[]) : []).reduce(
      (sum, row) => sum + (row['cardPayment'] === undefined ? 0 : Number(row['amountMinor'])),
      0,
    );
  const sales = rig.entries(LEDGER_KINDS.sale.kind).reduce((sum, sale) => sum + ofCards(sale['tenders']), 0);
  const standing = (rig.lane.state().head.tenders ?? []).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const reversed = rig.entries(LEDGER_KINDS.tenderReversal.kind).reduce((sum, entry) => sum + Number(entry['amountMinor']), 0);
  return sales + standing + reversed;
}

const approvedTwice = ({ virtual }: TerminalLane): readonly unknown[] => {
  const kinds = virtual.journal().flatMap(({ act, state }) => (state === 'approved' ? [act] : []));
  return kinds.filter((act, index) => kinds.indexOf(act) !== index);
};

describe.each(['nexo', 'zvt'] as const)('%s', (protocol) => {
  describe.each(Object.entries(ACTS))('%s', (name, act) => {
    test.each(SCRIPTS)('$name', async ({ script, end, isLeftAlone, isPulled }) => {
      const rig = (open = await createTerminalLane(protocol));
      rig.script('approve after 1 ms');
      await act.prepare(rig);
      rig.script(script);
      act.ask(rig);
      if (isLeftAlone === true) {
        await rig.until('the shopper is waited for', () => rig.virtual.current() !== undefined || !isAtWork(rig.view()));
        rig.virtual.abort('timeout');
      }
      if (isPulled === true) {
        await rig.until('it does not answer', () => rig.view()?.state === 'unknown' || !isAtWork(rig.view()));
        rig.script('approve after 1 ms');
        rig.virtual.setPlugged(true);
        if (isAtWork(rig.view())) rig.lane.take({ type: 'askPayment' });
      }
      await rig.until('it is at an end', () => act.isDone(rig) || !isAtWork(rig.view()));
      const kind = name.startsWith('reversal') ? 'reversal' : (name as Kind);
      expect(act.isDone(rig) ? 'done' : rig.view()?.state).toBe(end(protocol, kind));
      expect(rig.virtual.chargedMinor()).toBe(bookedMinor(rig));
      expect(act.isDone(rig) ? 'done' : rig.view()?.reason).toMatch(/./u);

      // Whoever was told that nothing happened does it again, and it happens once.
      if (!act.isDone(rig)) {
        rig.script('approve after 1 ms');
        act.ask(rig);
        await rig.until('it is done', () => act.isDone(rig));
      }
      expect(rig.virtual.chargedMinor()).toBe(act.chargedMinor);
      expect(bookedMinor(rig)).toBe(act.chargedMinor);
      expect(approvedTwice(rig)).toEqual([]);
      expect(rig.lane.take({ type: 'cardCases' }).cardCases).toEqual([]);
    });
  });
});
