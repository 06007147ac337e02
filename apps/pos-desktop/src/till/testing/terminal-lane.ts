/** A lane with a payment terminal beside it: the real core and runner, and a virtual terminal on a real port. */
import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import type { Fields } from '@holdfast/domain';
import {
  createVirtualTerminal,
  parseTerminalFaults,
  serveTerminal,
  type TerminalProtocol,
  type VirtualTerminal,
} from '@holdfast/hardware/virtual';
import { readEntry } from '@holdfast/sync';

import type { RequestBody, TerminalView, TillMessage } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { openLaneTerminal, type LaneTerminal } from '../terminal/lane-terminal.ts';
import { terminalAt } from './terminal-at.ts';
import { ASSORTMENT, createTestLane, IDENTITY, silentLogger, type PublishedEntity, type TestLane } from './test-lane.ts';

export const CARD_TENDERS: readonly PublishedEntity[] = [
  { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card', takesTips: true, cashBackMaximumMinor: 10_000 } },
  { type: 'tenderType', key: 'cardByHand', fields: { kind: 'card', name: 'Card, by hand', isStandAlone: true } },
];

export interface TerminalLane {
  readonly lane: TestLane;
  readonly virtual: VirtualTerminal;
  /** All that windows heard. */
  readonly heard: TillMessage[];
  script(words: string): void;
  /** Milk, then this. */
  sell(body?: RequestBody): void;
  view(): TerminalView | undefined;
  /** In the status line. */
  status(): ReturnType<LaneTerminal['status']>;
  until(what: string, isSo: () => boolean): Promise<void>;
  /** What the ledger holds of a kind. */
  entries(kind: number): readonly Fields[];
  /** As after a kill -9 of the till: the terminal goes on. */
  restart(): void;
  settle(): Promise<ReturnType<TestLane['ask']>>;
  close(): Promise<void>;
}

const DEADLINE_MS = 25_000;

export async function createTerminalLane(
  protocol: TerminalProtocol = 'nexo',
  entities: readonly PublishedEntity[] = [...ASSORTMENT, ...CARD_TENDERS],
): Promise<TerminalLane> {
  const virtual = createVirtualTerminal({ timers: systemTimers });
  const served = await serveTerminal(virtual, protocol, { port: 0 });
  const heard: TillMessage[] = [];
  let terminal: LaneTerminal | undefined;
  const port = {
    onWork: () => void setImmediate(() => terminal?.onWork()),
    abort: (paymentId: string) => terminal?.abort(paymentId),
    ask: (paymentId: string) => terminal?.ask(paymentId),
  };
  const lane = createTestLane(entities, undefined, undefined, undefined, undefined, port);
  let ids = 0;
  const open = (): LaneTerminal => {
    let isClosed = false;
    const opened = openLaneTerminal(terminalAt(served.address), {
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger,
      saleId: () => IDENTITY.device,
      newId: () => `Q${String((ids += 1)).padStart(9, '0')}`,
      onChange: () => {},
      hasCases: () => lane.till.hasCardCases(),
      work: () => (isClosed ? [] : lane.till.terminalWork()),
      heard: (paymentId, event) => {
        if (isClosed) return undefined;
        const { messages, state } = lane.till.terminalHeard(paymentId, event);
        heard.push(...messages);
        return state;
      },
    });
    return {
      ...opened,
      close: () => {
        isClosed = true;
        opened.close();
      },
    };
  };
  terminal = open();
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    const from = performance.now();
    while (!isSo()) {
      assert(
        performance.now() - from < DEADLINE_MS,
        `in time: ${what}; ${JSON.stringify([lane.state().head.terminal, lane.errors, virtual.journal()])}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return {
    lane,
    virtual,
    heard,
    until,
    script(words) {
      const faults = parseTerminalFaults(words);
      assert(faults.ok, words);
      virtual.setFaults(faults.value);
    },
    sell(body = { type: 'tender', tenderType: 'card', amountMinor: 119 }) {
      lane.take({ type: 'addItem', sku: 'MILK' });
      lane.take(body);
    },
    view: () => lane.state().head.terminal,
    status: () => terminal?.status() ?? [],
    entries: (kind) =>
      lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 10_000_000).flatMap(({ canonical }) => {
        const entry = readEntry(canonical, LEDGER_SCHEMAS);
        return entry.ok && entry.value.kind === kind && entry.value.fields !== null ? [entry.value.fields] : [];
      }),
    restart() {
      terminal?.close();
      lane.reopen();
      terminal = open();
    },
    async settle() {
      const totals = await terminal?.settle('EUR');
      return lane.ask({ type: 'settleTerminal' }, undefined, { settled: totals });
    },
    async close() {
      terminal?.close();
      await served.close();
      lane.close();
    },
  };
}
