/** A customer display without the hardware: two rows of twenty letters, written by the bytes of its protocol as its script lets them. */
import { assert, type Timers } from '@holdfast/base';

import { DISPLAY_COLUMNS, displayLetter, type DisplayProtocolId } from '../../displays/display-protocols.ts';
import type { DevicePeer } from '../../link/memory-link.ts';
import type { DisplayFaults } from './faults.ts';

export interface VirtualDisplayState {
  readonly upper: string;
  readonly lower: string;
  readonly isPlugged: boolean;
  readonly isConnected: boolean;
  /** Rows that were written since it was made, or since its faults were set. */
  readonly rows: number;
  /** Bytes that are no command of its protocol. */
  readonly unknownBytes: number;
}

export interface VirtualDisplay {
  readonly protocol: DisplayProtocolId;
  /** False where it is unplugged. */
  connect(peer: DevicePeer): boolean;
  state(): VirtualDisplayState;
  setPlugged(isPlugged: boolean): void;
  /** New faults; rows are counted from now. */
  setFaults(faults: DisplayFaults): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualDisplayOptions {
  readonly protocol: DisplayProtocolId;
  readonly timers: Timers;
  readonly faults?: DisplayFaults;
}

const ESC = 0x1b;
const US = 0x1f;
const [CLEAR, RETURN] = [0x0c, 0x0d];
const GARBAGE = Uint8Array.of(0xff, 0x9b, 0x81, 0xe0);
const BLANK_ROW = ' '.repeat(DISPLAY_COLUMNS);

/** Longer than any: a row, and what tells which. */
const MAX_COMMAND_BYTES = 64;

export function createVirtualDisplay(options: VirtualDisplayOptions): VirtualDisplay {
  return new DisplayOfLetters(options);
}

class DisplayOfLetters implements VirtualDisplay {
  readonly protocol: DisplayProtocolId;
  readonly #timers: Timers;
  readonly #listeners = new Set<() => void>();
  #faults: DisplayFaults;
  #caller: DevicePeer | undefined;
  #bytes: number[] = [];
  #cells: [string, string] = [BLANK_ROW, BLANK_ROW];
  #cursor = { row: 0, column: 0 };
  #codePage = 0;
  #isPlugged = true;
  #isBusy = false;
  #rows = 0;
  #unknownBytes = 0;

  constructor({ protocol, timers, faults = {} }: VirtualDisplayOptions) {
    this.protocol = protocol;
    this.#timers = timers;
    this.#faults = faults;
  }

  connect(peer: DevicePeer): boolean {
    if (!this.#isPlugged) return false;
    this.#caller?.close();
    this.#caller = peer;
    this.#bytes = [];
    peer.onBytes((bytes) => {
      if (this.#caller !== peer) return;
      this.#bytes.push(...bytes);
      this.#work();
    });
    void this.#hangUp(peer);
    this.#changed();
    return true;
  }

  async #hangUp(peer: DevicePeer): Promise<void> {
    await peer.closed;
    if (this.#caller === peer) this.#caller = undefined;
    this.#changed();
  }

  state(): VirtualDisplayState {
    const [upper, lower] = this.#cells;
    return {
      upper,
      lower,
      isPlugged: this.#isPlugged,
      isConnected: this.#caller !== undefined,
      rows: this.#rows,
      unknownBytes: this.#unknownBytes,
    };
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) {
      this.#caller?.close();
      this.#caller = undefined;
      this.#bytes = [];
      this.#reset();
    }
    this.#changed();
  }

  setFaults(faults: DisplayFaults): void {
    this.#faults = faults;
    this.#rows = 0;
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #reset(): void {
    this.#cells = [BLANK_ROW, BLANK_ROW];
    this.#cursor = { row: 0, column: 0 };
    this.#codePage = 0;
  }

  /** Does what has come whole; a slow display stops after each row, and goes on by itself. */
  #work(): void {
    const bytes = this.#bytes;
    let at = 0;
    // Unplugged in the middle it forgets them.
    while (!this.#isBusy && this.#bytes === bytes) {
      const length = this.#next(bytes.slice(at, at + MAX_COMMAND_BYTES));
      if (length === 0) break;
      at += length;
    }
    if (at === 0) return;
    if (this.#bytes === bytes) this.#bytes = bytes.slice(at);
    this.#changed();
  }

  /** Does the first command; answers its bytes, 0 where more must come. */
  #next(bytes: readonly number[]): number {
    const [first, second, third, fourth] = bytes;
    if (first === undefined) return 0;
    if (first === CLEAR) return this.#done(1, () => (this.#cells = [BLANK_ROW, BLANK_ROW]));
    if (first === ESC || first === US) {
      if (second === undefined) return 0;
      if (first === ESC && second === 0x40) return this.#done(2, () => this.#reset());
      if (first === US && second === 0x01) return 2;
      if (third === undefined) return 0;
      if (first === ESC && second === 0x74) return this.#done(3, () => (this.#codePage = third));
      // Cursor on or off, brightness: nothing to see here.
      if (first === ESC ? second === 0x5f || second === 0x2a : second === 0x43 || second === 0x58) return 3;
      if (this.protocol === 'cd5220' && first === ESC && second === 0x51) return this.#wholeRow(third, bytes);
      if (this.protocol === 'epson-dm-d' && first === US && second === 0x24) {
        if (fourth === undefined) return 0;
        return this.#done(4, () => (this.#cursor = { row: fourth - 1, column: third - 1 }));
      }
    }
    if (this.protocol === 'epson-dm-d' && first >= 0x20) return this.#done(1, () => this.#letter(first));
    return this.#done(1, () => (this.#unknownBytes += 1));
  }

  #done(length: number, work: () => unknown): number {
    work();
    return length;
  }

  /** ESC Q A (or B) text CR: the row is cleared first. */
  #wholeRow(which: number, bytes: readonly number[]): number {
    const end = bytes.indexOf(RETURN, 3);
    if (end < 0) return bytes.length < MAX_COMMAND_BYTES ? 0 : this.#done(1, () => (this.#unknownBytes += 1));
    const letters = bytes.slice(3, end).map((byte) => displayLetter(this.protocol, this.#codePage, byte));
    this.#write(which === 0x41 ? 0 : 1, letters.join('').slice(0, DISPLAY_COLUMNS).padEnd(DISPLAY_COLUMNS));
    this.#rowWritten();
    return end + 1;
  }

  #letter(byte: number): void {
    const { row, column } = this.#cursor;
    const index = row === 0 ? 0 : 1;
    const cells = this.#cells[index];
    this.#write(index, cells.slice(0, column) + displayLetter(this.protocol, this.#codePage, byte) + cells.slice(column + 1));
    const isLast = column === DISPLAY_COLUMNS - 1;
    this.#cursor = { row: isLast ? 1 - index : index, column: isLast ? 0 : column + 1 };
    if (isLast) this.#rowWritten();
  }

  #write(row: 0 | 1, text: string): void {
    assert(text.length === DISPLAY_COLUMNS, 'a row is as wide as the display');
    this.#cells = row === 0 ? [text, this.#cells[1]] : [this.#cells[0], text];
  }

  #rowWritten(): void {
    this.#rows += 1;
    const { rowMs, talksGarbage, unpluggedAfterRows, backAfterMs } = this.#faults;
    if (talksGarbage === true) this.#caller?.send(GARBAGE);
    if (this.#rows === unpluggedAfterRows) {
      this.setPlugged(false);
      if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
    } else if (rowMs !== undefined) {
      this.#isBusy = true;
      this.#timers.after(rowMs, () => {
        this.#isBusy = false;
        this.#work();
      });
    }
  }
}
