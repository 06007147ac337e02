/**
 * A fiscal signer without the hardware: it starts, hears of and finishes transactions, and signs with a key of its own (ECDSA, P-256, SHA-256). Its memory is as long
 * as its process: started again it is another device, with another serial number.
 *
 * What goes wrong, as a script: `answer lost` (it is done, and not said), `garbage`, `slow 500 ms`, `unplugged after 2 answers`, `back after 2 s`.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';

import type { Clock, Result, Timers } from '@holdfast/base';

import { createLines, fiscalOrderSchema, parseLine, toLine, type FiscalOrder } from '../../fiscal/fiscal-protocol.ts';
import { fiscalMessage, type FiscalSigned } from '../../fiscal/fiscal-signer.ts';
import type { DevicePeer } from '../../link/memory-link.ts';
import { readScript, type BadScript, type FaultReader } from '../script.ts';

export interface SignerFaults {
  readonly losesAnswers?: true;
  readonly talksGarbage?: true;
  readonly answerMs?: number;
  readonly unpluggedAfterAnswers?: number;
  readonly backAfterMs?: number;
}

const READERS: readonly FaultReader<SignerFaults>[] = [
  [/^slow (\d+) ms$/, (ms) => ({ answerMs: ms })],
  [/^unplugged after (\d+) answers?$/, (answers) => ({ unpluggedAfterAnswers: answers })],
  [/^back after (\d+) s$/, (seconds) => ({ backAfterMs: seconds * 1_000 })],
  [/^back after (\d+) ms$/, (ms) => ({ backAfterMs: ms })],
  [/^answer lost$/, () => ({ losesAnswers: true })],
  [/^garbage$/, () => ({ talksGarbage: true })],
];
const EXPECTED = 'answer lost, garbage, slow N ms, unplugged after N answers, back after N s';

export const parseSignerFaults = (script: string): Result<SignerFaults, BadScript> => readScript(script, READERS, EXPECTED);

export interface FiscalTransaction {
  readonly transaction: number;
  readonly client: string;
  readonly reference: string;
  readonly startedAtMs: number;
  readonly updates: number;
  readonly type: string;
  readonly data: string;
  /** Absent: it is open. */
  readonly signed?: FiscalSigned;
}

export interface VirtualSigner {
  /** False where it is unplugged. */
  connect(peer: DevicePeer): boolean;
  readonly serial: string;
  transactions(): readonly FiscalTransaction[];
  state(): object;
  faults(): SignerFaults;
  setFaults(faults: SignerFaults): void;
  setPlugged(isPlugged: boolean): void;
  onChange(listener: () => void): () => void;
}

export const createVirtualSigner = (options: { readonly clock: Pick<Clock, 'nowMs'>; readonly timers: Timers }): VirtualSigner =>
  new Signer(options);

type Answer = Readonly<Record<string, unknown>>;

class Signer implements VirtualSigner {
  readonly serial: string;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #timers: Timers;
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #publicKey: string;
  readonly #peers = new Set<DevicePeer>();
  readonly #listeners = new Set<() => void>();
  readonly #transactions: FiscalTransaction[] = [];
  #counter = 0;
  #answers = 0;
  #isPlugged = true;
  #faults: SignerFaults = {};

  constructor({ clock, timers }: { readonly clock: Pick<Clock, 'nowMs'>; readonly timers: Timers }) {
    this.#clock = clock;
    this.#timers = timers;
    const spki = this.#keys.publicKey.export({ type: 'spki', format: 'der' });
    this.#publicKey = spki.toString('base64');
    this.serial = createHash('sha256').update(spki).digest('hex');
  }

  connect(peer: DevicePeer): boolean {
    if (!this.#isPlugged) return false;
    this.#peers.add(peer);
    void peer.closed.then(() => this.#peers.delete(peer));
    const lines = createLines();
    peer.onBytes((bytes) => {
      const texts = lines(bytes);
      if (texts === undefined) peer.close();
      for (const text of texts ?? []) this.#hear(peer, text);
    });
    return true;
  }

  #hear(peer: DevicePeer, text: string): void {
    const order = parseLine(fiscalOrderSchema, text);
    if (order === undefined) return peer.close();
    const answer = { id: order.id, ...this.#do(order) };
    this.#answers += 1;
    const { answerMs, losesAnswers, talksGarbage, unpluggedAfterAnswers } = this.#faults;
    if (losesAnswers !== true) {
      const say = (): void => peer.send(talksGarbage === true ? new Uint8Array(Buffer.from('?!\n')) : toLine(answer));
      if (answerMs === undefined) say();
      else this.#timers.after(answerMs, say);
    }
    if (unpluggedAfterAnswers !== undefined && this.#answers >= unpluggedAfterAnswers) this.#pullPlug();
    this.#changed();
  }

  #do(order: FiscalOrder): Answer {
    if (order.do === 'start') return this.#start(order);
    const held = this.#transactions[order.transaction - 1];
    if (held === undefined) return { ok: false, reason: 'unknownTransaction', detail: `no transaction ${order.transaction}` };
    const { type, data } = order;
    if (held.signed !== undefined) {
      const isSame = order.do === 'finish' && held.type === type && held.data === data;
      return isSame
        ? { ok: true, ...held.signed }
        : { ok: false, reason: 'refused', detail: `transaction ${order.transaction} is finished` };
    }
    this.#counter += 1;
    if (order.do === 'update') {
      this.#transactions[order.transaction - 1] = { ...held, type, data, updates: held.updates + 1 };
      return { ok: true };
    }
    const signed = this.#sign(held, order);
    this.#transactions[order.transaction - 1] = { ...held, type, data, signed };
    return { ok: true, ...signed };
  }

  #start({ client, reference }: FiscalOrder & { readonly do: 'start' }): Answer {
    const open = this.#transactions.find((held) => held.signed === undefined && held.client === client && held.reference === reference);
    if (open !== undefined) return { ok: true, transaction: open.transaction, startedAtMs: open.startedAtMs };
    const [transaction, startedAtMs] = [this.#transactions.length + 1, this.#clock.nowMs()];
    this.#counter += 1;
    this.#transactions.push({ transaction, client, reference, startedAtMs, updates: 0, type: '', data: '' });
    return { ok: true, transaction, startedAtMs };
  }

  #sign({ transaction, client, startedAtMs }: FiscalTransaction, data: { readonly type: string; readonly data: string }): FiscalSigned {
    const facts = { client, serial: this.serial, transaction, counter: this.#counter, startedAtMs, signedAtMs: this.#clock.nowMs() };
    const signature = sign('sha256', Buffer.from(fiscalMessage(facts, data)), { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' });
    const { client: _client, ...said } = facts;
    return { ...said, signature: signature.toString('base64'), algorithm: 'ecdsa-plain-SHA256', publicKey: this.#publicKey };
  }

  transactions(): readonly FiscalTransaction[] {
    return this.#transactions;
  }

  state(): object {
    const finished = this.#transactions.filter(({ signed }) => signed !== undefined).length;
    const last = this.#transactions.at(-1);
    return {
      isPlugged: this.#isPlugged,
      serial: this.serial.slice(0, 16),
      counter: this.#counter,
      open: this.#transactions.length - finished,
      finished,
      last: last === undefined ? '' : `${last.transaction} ${last.data}`,
    };
  }

  faults(): SignerFaults {
    return this.#faults;
  }

  setFaults(faults: SignerFaults): void {
    this.#faults = faults;
    this.#answers = 0;
    this.#changed();
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) for (const peer of this.#peers) peer.close();
    this.#changed();
  }

  #pullPlug(): void {
    const { backAfterMs } = this.#faults;
    this.#faults = {};
    this.setPlugged(false);
    if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
