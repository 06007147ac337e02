/**
 * Random trouble with a payment terminal: a till in a process of its own is killed with SIGKILL at a random moment of a payment, a refund or a void, while its terminal loses requests
 * and answers, talks nonsense, declines, is unplugged. Then all is mended, and the books are held against the terminal's own journal.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { assert, findCardNumbers } from '@holdfast/base';
import { nodeHash, systemTimers } from '@holdfast/base/node';
import { LEDGER_KINDS, readSale, type Sale, type Tender } from '@holdfast/domain';
import {
  createVirtualTerminal,
  serveTerminal,
  type TerminalFaults,
  type TerminalProtocol,
  type VirtualTerminal,
} from '@holdfast/hardware/virtual';
import { readEntry } from '@holdfast/sync';
import { createSqliteStore } from '@holdfast/sync/sqlite';

import type { BasketHead, RequestBody } from '../../shared/till-contract.ts';
import { openConnection } from '../database/connection.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { cardNumbersInDatabase, cardNumbersInFolder } from './card-numbers.ts';
import { createLaneFolder, openWindow, startChildTill, type ChildTill, type ChildWindow } from './child-till.ts';
import { CARD_TENDERS } from './terminal-lane.ts';
import { ASSORTMENT } from './test-lane.ts';

export interface FaultReport {
  readonly runs: number;
  readonly kills: number;
  readonly sales: number;
  readonly refunds: number;
  /** Transactions that the terminal approved, and of these, such as were given back because no basket took them. */
  readonly approved: number;
  readonly givenBack: number;
  /** Whatever is wrong: nothing may be. */
  readonly faults: readonly string[];
}

/** Mulberry32: the same trouble for the same seed, as far as the machine's own timing lets it. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PATIENCE_MS = 300_000;
/** A request that was lost never comes there. */
const TERMINAL_HEARS_MS = 3_000;

export async function runTerminalFaults(protocol: TerminalProtocol, runs: number, seed: number): Promise<FaultReport> {
  const virtual = createVirtualTerminal({ timers: systemTimers });
  const served = await serveTerminal(virtual, protocol, { port: 0 });
  const folder = createLaneFolder([...ASSORTMENT, ...CARD_TENDERS]);
  const trouble = new Trouble(folder, served.address, virtual, randomOf(seed));
  try {
    for (let run = 0; run < runs; run += 1) await trouble.run();
    await trouble.mend();
    return { runs, kills: trouble.kills, ...trouble.audit() };
  } finally {
    await trouble.stop();
    await served.close();
  }
}

class Trouble {
  readonly #folder: string;
  readonly #address: string;
  readonly #virtual: VirtualTerminal;
  readonly #random: () => number;
  #till: ChildTill | undefined;
  #window: ChildWindow | undefined;
  #said = '';
  #returned = new Set<string>();
  kills = 0;

  constructor(folder: string, address: string, virtual: VirtualTerminal, random: () => number) {
    this.#folder = folder;
    this.#address = address;
    this.#virtual = virtual;
    this.#random = random;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  async #open(): Promise<ChildWindow> {
    this.#till ??= await startChildTill(this.#folder, [], ['--terminal', this.#address]);
    this.#window ??= await openWindow(this.#till.wsUrl);
    return this.#window;
  }

  async #kill(): Promise<void> {
    const till = this.#till;
    this.#window?.close();
    this.#window = undefined;
    this.#till = undefined;
    if (till === undefined) return;
    await till.kill();
    this.#said += till.stderr();
    this.kills += 1;
  }

  async #head(): Promise<BasketHead> {
    const { state } = await (await this.#open()).take({ type: 'open', version: 1 });
    assert(state !== undefined, 'open is answered');
    return state.head;
  }

  /** Refused or not, and also where the till dies over it: whatever comes of it, the books say. */
  async #try(body: RequestBody): Promise<void> {
    const window = await this.#open();
    await window.ask(`r${this.#random()}`, body).catch(() => undefined);
  }

  #fate(): TerminalFaults {
    const does = this.#chance(0.7) ? 'approve' : this.#chance(0.5) ? 'decline' : 'cancel';
    const shopper = { does, afterMs: Math.floor(this.#random() * 40) } as const;
    if (this.#chance(0.25)) return { shopper, losesAnswers: true };
    if (this.#chance(0.15)) return { shopper, losesRequests: true };
    if (this.#chance(0.1)) return { shopper, talksGarbage: true };
    if (this.#chance(0.1)) return { shopper, unpluggedAfterPayments: 1, backAfterMs: 300 };
    return { shopper };
  }

  async run(): Promise<void> {
    this.#virtual.setFaults(this.#fate());
    const body = await this.#wish();
    const asked = this.#try(body);
    if (this.#chance(0.7)) {
      const before = this.#virtual.journal().length;
      // Half of them while the terminal has it, or has just done it; the others before it has heard of it.
      const from = performance.now();
      const waitMs = this.#chance(0.6) ? TERMINAL_HEARS_MS : 0;
      while (this.#virtual.journal().length === before && performance.now() - from < waitMs) await pause(1);
      await pause(Math.floor(this.#random() * 80));
      await this.#kill();
    }
    await asked;
    if (this.#chance(0.6)) await this.#settle();
  }

  /** A card for goods, for a part of them, or a refund to the card of a sale. */
  async #wish(): Promise<RequestBody> {
    const head = await this.#head();
    if (head.terminal !== undefined && head.terminal.state === 'unknown')
      return { type: this.#chance(0.5) ? 'askPayment' : 'leavePayment' };
    const [standing] = head.tenders ?? [];
    if (standing !== undefined && this.#chance(0.3)) return { type: 'voidTender', tenderId: standing.tenderId };
    if (head.refund !== undefined) return { type: 'refund' };
    const completed = head.completed;
    if (completed !== undefined && completed.totalMinor > 0 && !this.#returned.has(completed.receiptNumber) && this.#chance(0.4)) {
      this.#returned.add(completed.receiptNumber);
      await this.#try({ type: 'setReturn', receiptNumber: completed.receiptNumber, lines: [{ line: 1, quantity: 1 }] });
      return { type: 'refund' };
    }
    if (head.totals.itemCount === 0) await this.#try({ type: 'addItem', sku: 'MILK' });
    const { dueMinor } = (await this.#head()).totals;
    return { type: 'tender', tenderType: 'card', amountMinor: this.#chance(0.3) ? Math.ceil(dueMinor * 0.5) : dueMinor };
  }

  /** Until nobody waits for the terminal any more; what is left is paid in cash. */
  async #settle(): Promise<void> {
    const from = performance.now();
    for (;;) {
      assert(
        performance.now() - from < PATIENCE_MS,
        `the terminal has an answer in time: ${JSON.stringify(this.#virtual.state())} ${this.#said.slice(-2_000)}`,
      );
      const head = await this.#head();
      const state = head.terminal?.state;
      if (state === 'starting' || state === 'waiting') await pause(10);
      else if (state === 'unknown') {
        this.#virtual.setFaults({ shopper: { does: 'approve', afterMs: 5 } });
        await this.#try({ type: 'askPayment' });
        await pause(20);
      } else if (head.refund !== undefined && this.#chance(0.5)) {
        this.#virtual.setFaults({ shopper: { does: 'approve', afterMs: 5 } });
        await this.#try({ type: 'refund' });
      } else if (head.totals.itemCount !== 0 && head.refund === undefined) {
        await this.#try({ type: 'payCash', amountMinor: head.totals.cashDueMinor ?? head.totals.dueMinor });
        return;
      } else if (head.refund === undefined) return;
    }
  }

  /** Nothing goes wrong any more: everything that is open comes to its end. */
  async mend(): Promise<void> {
    this.#virtual.setPlugged(true);
    this.#virtual.setFaults({ shopper: { does: 'approve', afterMs: 1 } });
    if (this.#till !== undefined) await this.#kill();
    await this.#settle();
    const from = performance.now();
    for (;;) {
      const { cardCases = [] } = await (await this.#open()).take({ type: 'cardCases' });
      if (!cardCases.some(({ state }) => state === 'unknown')) break;
      assert(performance.now() - from < PATIENCE_MS, `what was left is known in time: ${JSON.stringify(cardCases)}`);
      await pause(100);
    }
    // What is given back goes over the terminal after it is known that it was charged.
    while (performance.now() - from < PATIENCE_MS && (await this.#isGivingBack())) await pause(100);
  }

  async #isGivingBack(): Promise<boolean> {
    await this.stop();
    const db = openConnection(this.#folder);
    const open =
      db.prepare<[], number>("SELECT count(*) FROM terminal_payment WHERE state IN ('wanted', 'sent', 'unknown', 'left')").pluck().get() ??
      0;
    db.close();
    if (open > 0) {
      await this.#open();
      await pause(1_500);
    }
    return open > 0;
  }

  async stop(): Promise<void> {
    const till = this.#till;
    this.#window?.close();
    this.#window = undefined;
    this.#till = undefined;
    if (till === undefined) return;
    await till.stop();
    this.#said += till.stderr();
  }

  /** The sales of the ledger beside what the terminal charged. */
  audit(): Omit<FaultReport, 'runs' | 'kills'> {
    const db = openConnection(this.#folder);
    const store = createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash });
    const sales: Sale[] = [];
    const faults: string[] = [];
    for (const { epoch } of store.epochs()) {
      for (const { canonical } of store.entriesAfter(epoch, 0, 1_000_000, 1_000_000_000)) {
        const entry = readEntry(canonical, LEDGER_SCHEMAS);
        if (!entry.ok || entry.value.kind !== LEDGER_KINDS.sale.kind || entry.value.fields === null) continue;
        const sale = readSale(entry.value.fields);
        if (sale.ok) sales.push(sale.value);
        else faults.push(`a sale that cannot be read: ${JSON.stringify(sale.error)}`);
      }
    }
    const tenders = sales.flatMap((sale) => sale.tenders.filter(({ tenderType }) => tenderType === 'card'));
    faults.push(...this.#differences(tenders));
    const stuck = db.prepare<[], string>("SELECT payment_id FROM terminal_payment WHERE state = 'stuck'").pluck().all();
    if (stuck.length > 0) faults.push(`nobody can tell of ${stuck.join(', ')}`);
    const numbers = [...cardNumbersInDatabase(db), ...cardNumbersInFolder(this.#folder), ...findCardNumbers(this.#said)];
    if (numbers.length > 0) faults.push(`numbers of cards: ${numbers.join(', ')}`);
    db.close();
    const journal = this.#virtual.journal();
    const approved = journal.filter(({ state }) => state === 'approved');
    return {
      sales: sales.length,
      refunds: sales.filter(({ totalMinor }) => totalMinor < 0).length,
      approved: approved.length,
      givenBack: approved.filter(({ act }) => act === 'reversal').length,
      faults,
    };
  }

  /** Each transaction that the terminal approved and did not give back stands on one tender, with its amount; and the other way round. */
  #differences(tenders: readonly Tender[]): readonly string[] {
    const faults: string[] = [];
    const approved = this.#virtual.journal().filter(({ state }) => state === 'approved');
    const reversed = new Set(
      approved.flatMap(({ act, originalId }) => (act === 'reversal' && originalId !== undefined ? [originalId] : [])),
    );
    const nameOf = (transaction: (typeof approved)[number]): string =>
      transaction.serviceId === undefined
        ? `${String(transaction.receiptNumber).padStart(4, '0')}-${String(transaction.receiptNumber).padStart(6, '0')}`
        : transaction.transactionId;
    const standing = approved.filter(({ act, transactionId }) => act !== 'reversal' && !reversed.has(transactionId));
    const byName = new Map<string, number>();
    for (const { card, amountMinor } of tenders) {
      const name = card?.transactionId ?? '';
      if (byName.has(name)) faults.push(`two tenders of ${name}`);
      byName.set(name, amountMinor);
    }
    for (const transaction of standing) {
      const name = nameOf(transaction);
      const amountMinor = byName.get(name);
      byName.delete(name);
      const takenMinor = transaction.act === 'payment' ? transaction.authorisedMinor : -transaction.authorisedMinor;
      if (amountMinor !== takenMinor)
        faults.push(`the terminal took ${takenMinor} for ${name}, the books have ${amountMinor ?? 'nothing'}`);
    }
    for (const [name, amountMinor] of byName) faults.push(`the books have ${amountMinor} of ${name}, the terminal nothing`);
    const bookedMinor = tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    if (bookedMinor !== this.#virtual.chargedMinor())
      faults.push(`the terminal charged ${this.#virtual.chargedMinor()}, the books have ${bookedMinor}`);
    return faults;
  }
}
