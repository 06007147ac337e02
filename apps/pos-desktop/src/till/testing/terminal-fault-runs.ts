/**
 * Random trouble with payment terminals: the process of the lanes is killed with SIGKILL in the middle of payments, refunds and voids, while their terminals lose requests and answers, talk
 * nonsense, decline, are unplugged. Then all is mended, and each lane's books are held against its terminal's own journal, transaction by transaction.
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

import type { BasketHead, ReplyValue, RequestBody } from '../../shared/till-contract.ts';
import { openConnection } from '../database/connection.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { cardNumbersInDatabase, cardNumbersInFolder } from './card-numbers.ts';
import { createHostedCrew, createProcessCrew, type TerminalCrew } from './terminal-crew.ts';

export interface FaultReport {
  /** Each: an order to a terminal that misbehaves, most of them with a kill. */
  readonly runs: number;
  readonly kills: number;
  /** Orders that a kill found on their way to the terminal or at it. */
  readonly killedInOrder: number;
  readonly sales: number;
  readonly refunds: number;
  /** Transactions that the terminals approved, and of these, such as were given back because no basket took them. */
  readonly approved: number;
  readonly givenBack: number;
  /** Whatever is wrong: nothing may be. */
  readonly faults: readonly string[];
}

export interface FaultPlan {
  readonly protocol: TerminalProtocol;
  /** Lanes at once; each order is a run. */
  readonly lanes: number;
  readonly rounds: number;
  readonly seed: number;
  /** `till`: one lane, with all of its process. */
  readonly host: 'crew' | 'till';
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
const TERMINAL_HEARS_MS = 1_000;

export async function runTerminalFaults({ protocol, lanes, rounds, seed, host }: FaultPlan): Promise<FaultReport> {
  assert(host === 'crew' || lanes === 1, 'a till has one lane');
  const random = randomOf(seed);
  const virtuals = Array.from({ length: lanes }, () => createVirtualTerminal({ timers: systemTimers }));
  const served = await Promise.all(virtuals.map((virtual) => serveTerminal(virtual, protocol, { port: 0 })));
  const addresses = served.map(({ address }) => address);
  const crew = host === 'crew' ? createHostedCrew(addresses) : createProcessCrew(addresses[0] ?? '');
  const troubles = virtuals.map((virtual, lane) => new Trouble(crew, lane, virtual, random));
  let kills = 0;
  let killedInOrder = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const asked = await Promise.all(troubles.map(async (trouble) => trouble.begin()));
      // Lanes draw in the order in which they are answered: that there is a kill, while orders are on their way, is not left to that.
      if (round === 0 || random() < 0.8) {
        if (round === 0) await Promise.race(troubles.map(async (trouble) => trouble.untilHeard()));
        else {
          await troubles[Math.floor(random() * lanes)]?.untilHeard();
          await pause(Math.floor(random() * KILL_WITHIN_MS));
        }
        await crew.kill();
        kills += 1;
        killedInOrder += crew.folders.reduce((sum, folder) => sum + openOrders(folder), 0);
      }
      await Promise.all(asked.map(async ({ done }) => done));
      await Promise.all(troubles.map(async (trouble) => (random() < 0.6 ? trouble.settle() : undefined)));
    }
    await Promise.all(troubles.map(async (trouble) => trouble.settleAll()));
    await mend(crew, virtuals, troubles);
    await crew.stop();
    const audits = troubles.map((trouble, lane) => trouble.audit(crew.folders[lane] ?? ''));
    const sum = (figure: 'sales' | 'refunds' | 'approved' | 'givenBack'): number =>
      audits.reduce((total, audit) => total + audit[figure], 0);
    return {
      runs: rounds * lanes,
      kills,
      killedInOrder,
      sales: sum('sales'),
      refunds: sum('refunds'),
      approved: sum('approved'),
      givenBack: sum('givenBack'),
      faults: [...audits.flatMap(({ faults }) => faults), ...saidFaults(crew.said())],
    };
  } finally {
    await crew.remove();
    await Promise.all(served.map(async (device) => device.close()));
  }
}

const KILL_WITHIN_MS = 120;

/** On their way, or at the terminal. */
function openOrders(folder: string): number {
  const db = openConnection(folder);
  const open = db
    .prepare<[], number>("SELECT count(*) FROM terminal_payment WHERE state IN ('wanted', 'sent', 'unknown', 'left')")
    .pluck()
    .get();
  db.close();
  return open ?? 0;
}

/** Nothing goes wrong any more: everything that is open comes to its end. */
async function mend(crew: TerminalCrew, virtuals: readonly VirtualTerminal[], troubles: readonly Trouble[]): Promise<void> {
  for (const virtual of virtuals) {
    virtual.setPlugged(true);
    virtual.setFaults({ shopper: { does: 'approve', afterMs: 1 } });
  }
  const from = performance.now();
  do {
    assert(performance.now() - from < PATIENCE_MS, 'what was left comes to its end in time');
    // Afresh: what was asked for in vain is asked for at once.
    await crew.kill();
    await Promise.all(troubles.map(async (trouble) => trouble.settleAll()));
    await Promise.all(troubles.map(async (trouble) => trouble.untilKnown()));
    await crew.stop();
  } while (crew.folders.some((folder) => openOrders(folder) > 0));
}

const saidFaults = (said: string): readonly string[] => [
  ...[...said.matchAll(/failed inside.*/gu)].map(([line]) => line),
  ...(findCardNumbers(said).length > 0 ? [`numbers of cards in what was logged: ${findCardNumbers(said).join(', ')}`] : []),
];

/** Of a shopper who holds a card; and of an order. A kill comes in the middle of either, and between them. */
const SHOPPER_WITHIN_MS = 150;
const START_WITHIN_MS = 100;

class Trouble {
  readonly #crew: TerminalCrew;
  readonly #lane: number;
  readonly #virtual: VirtualTerminal;
  readonly #random: () => number;
  readonly #returned = new Set<string>();
  #before = 0;

  constructor(crew: TerminalCrew, lane: number, virtual: VirtualTerminal, random: () => number) {
    this.#crew = crew;
    this.#lane = lane;
    this.#virtual = virtual;
    this.#random = random;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  async #take(body: RequestBody): Promise<ReplyValue> {
    const reply = await this.#crew.ask(this.#lane, body);
    assert(reply.type === 'reply', `${body.type} is answered: ${JSON.stringify(reply)}`);
    return reply.value;
  }

  async #head(): Promise<BasketHead> {
    const { state } = await this.#take({ type: 'open', version: 1 });
    assert(state !== undefined, 'open is answered');
    return state.head;
  }

  /** Refused or not, and also where the process dies over it: whatever comes of it, the books say. */
  async #try(body: RequestBody): Promise<void> {
    await this.#crew.ask(this.#lane, body).catch(() => undefined);
  }

  #fate(): TerminalFaults {
    const does = this.#chance(0.7) ? 'approve' : this.#chance(0.5) ? 'decline' : 'cancel';
    const shopper = { does, afterMs: Math.floor(this.#random() * SHOPPER_WITHIN_MS) } as const;
    if (this.#chance(0.25)) return { shopper, losesAnswers: true };
    if (this.#chance(0.15)) return { shopper, losesRequests: true };
    if (this.#chance(0.1)) return { shopper, talksGarbage: true };
    if (this.#chance(0.1)) return { shopper, unpluggedAfterPayments: 1, backAfterMs: 300 };
    return { shopper };
  }

  /** An order is on its way; `done`: it was answered, or the process died over it. */
  async begin(): Promise<{ readonly done: Promise<void> }> {
    this.#virtual.setFaults(this.#fate());
    const body = await this.#wish();
    this.#before = this.#virtual.journal().length;
    const startsAfterMs = Math.floor(this.#random() * START_WITHIN_MS);
    return { done: pause(startsAfterMs).then(async () => this.#try(body)) };
  }

  /** The terminal has this order, or has just done it, or will never hear of it. */
  async untilHeard(): Promise<void> {
    const from = performance.now();
    while (this.#virtual.journal().length === this.#before && performance.now() - from < TERMINAL_HEARS_MS) await pause(1);
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

  /** Until nobody waits for the terminal any more; what is left is paid in cash, a refund at times the next time. */
  async settle(): Promise<void> {
    const from = performance.now();
    for (;;) {
      assert(performance.now() - from < PATIENCE_MS, `the terminal has an answer in time: ${JSON.stringify(this.#virtual.state())}`);
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
        await pause(5);
      } else if (head.totals.itemCount !== 0 && head.refund === undefined) {
        await this.#try({ type: 'payCash', amountMinor: head.totals.cashDueMinor ?? head.totals.dueMinor });
        return;
      } else return;
    }
  }

  /** Refunds, too. */
  async settleAll(): Promise<void> {
    do await this.settle();
    while ((await this.#head()).refund !== undefined);
  }

  /** Of what baskets went on without it is known what became of it. */
  async untilKnown(): Promise<void> {
    const from = performance.now();
    for (;;) {
      const { cardCases = [] } = await this.#take({ type: 'cardCases' });
      if (!cardCases.some(({ state }) => state === 'unknown')) return;
      assert(performance.now() - from < PATIENCE_MS, `what was left is known in time: ${JSON.stringify(cardCases)}`);
      await pause(50);
    }
  }

  /** The sales of the ledger beside what the terminal charged. */
  audit(folder: string): Omit<FaultReport, 'runs' | 'kills' | 'killedInOrder'> {
    const db = openConnection(folder);
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
    const numbers = [...cardNumbersInDatabase(db), ...cardNumbersInFolder(folder)];
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
