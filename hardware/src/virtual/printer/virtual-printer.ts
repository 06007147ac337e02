/**
 * A receipt printer without the hardware: it reads the bytes of its language, keeps what it prints as dots, answers status questions as a real
 * one does, and fails as its script says. It knows no network: `connect` takes a peer of a link, whatever that runs over.
 *
 * As in a real printer, what has come and cannot be printed stays in its memory, and goes on when the paper is back.
 */
import { assert, type Timers } from '@holdfast/base';

import type { DevicePeer } from '../../link/memory-link.ts';
import { printerModel, type PrinterModel, type PrinterModelId } from '../../printers/models.ts';
import { starCounterByte } from '../../printers/status.ts';
import { codePageTableOf } from './code-pages.ts';
import { createEscPos } from './esc-pos.ts';
import type { PrinterFaults } from './faults.ts';
import type { Command, CommandHost, Language } from './language.ts';
import { PrintHead } from './print-head.ts';
import { createStar } from './star.ts';

export interface VirtualPrinterState {
  readonly paper: 'ok' | 'nearEnd' | 'out';
  readonly isCoverOpen: boolean;
  readonly isDrawerOpen: boolean;
  readonly isPlugged: boolean;
  readonly lines: number;
  readonly cuts: number;
  readonly drawerPulses: number;
  /** Bytes that wait for paper. */
  readonly held: number;
  readonly unknownCommands: readonly string[];
}

export interface VirtualPrinter {
  readonly model: PrinterModel;
  /** False where the printer is unplugged: nobody takes the connection. */
  connect(peer: DevicePeer): boolean;
  state(): VirtualPrinterState;
  /** Everything on the paper so far, as letters and as PNG. */
  text(): string;
  png(): Buffer;
  /** What a person does to it. */
  loadPaper(): void;
  takePaperAway(): void;
  setCover(isOpen: boolean): void;
  /** With its key: nothing has opened it. */
  openDrawer(): void;
  closeDrawer(): void;
  setPlugged(isPlugged: boolean): void;
  /** Takes the paper that is printed. */
  tear(): void;
  /** New faults; lines are counted from now. */
  setFaults(faults: PrinterFaults): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualPrinterOptions {
  readonly model: PrinterModelId;
  readonly timers: Timers;
  readonly faults?: PrinterFaults;
}

export function createVirtualPrinter(options: VirtualPrinterOptions): VirtualPrinter {
  return new PrinterOfDots(options);
}

interface Caller {
  readonly peer: DevicePeer;
  wantsReports: boolean;
}

/** Bytes that are no answer to anything: XON/XOFF-like and block data headers. */
const GARBAGE = Uint8Array.of(0xff, 0x9b, 0x81, 0x13, 0xe0);

class PrinterOfDots implements VirtualPrinter {
  readonly model: PrinterModel;
  readonly #timers: Timers;
  readonly #head: PrintHead;
  readonly #language: Language;
  readonly #listeners = new Set<() => void>();
  readonly #unknown = new Set<string>();
  readonly #isStar: boolean;
  #faults: PrinterFaults;
  #caller: Caller | undefined;
  /** Not read as commands yet. */
  #bytes: Uint8Array = new Uint8Array();
  /** Read, and waiting to be done. */
  #commands: { readonly command: Command; readonly length: number; readonly caller: Caller }[] = [];
  #isBusy = false;
  #paper: 'ok' | 'nearEnd' | 'out' = 'ok';
  #isCoverOpen = false;
  #isDrawerOpen = false;
  #isPlugged = true;
  #lines = 0;
  #drawerPulses = 0;
  #printedCount = 0;

  constructor({ model, timers, faults = {} }: VirtualPrinterOptions) {
    this.model = printerModel(model);
    this.#isStar = this.model.language !== 'esc-pos';
    this.#timers = timers;
    this.#head = new PrintHead(this.model.dots);
    const codePages = codePageTableOf(this.model);
    this.#language = this.#isStar ? createStar(codePages) : createEscPos(codePages);
    this.#faults = faults;
  }

  connect(peer: DevicePeer): boolean {
    if (!this.#isPlugged) return false;
    // Port 9100 serves one caller at a time; the newest one is it.
    this.#caller?.peer.close();
    const caller: Caller = { peer, wantsReports: false };
    this.#caller = caller;
    this.#bytes = new Uint8Array();
    peer.onBytes((bytes) => {
      if (this.#caller === caller) this.#receive(caller, bytes);
    });
    void this.#hangUp(caller);
    return true;
  }

  async #hangUp(caller: Caller): Promise<void> {
    await caller.peer.closed;
    if (this.#caller === caller) this.#caller = undefined;
  }

  state(): VirtualPrinterState {
    return {
      paper: this.#paper,
      isCoverOpen: this.#isCoverOpen,
      isDrawerOpen: this.#isDrawerOpen,
      isPlugged: this.#isPlugged,
      lines: this.#head.textLines.length,
      cuts: this.#head.paper.cuts,
      drawerPulses: this.#drawerPulses,
      held: this.#commands.reduce((sum, { length }) => sum + length, 0),
      unknownCommands: [...this.#unknown],
    };
  }

  text = (): string => this.#head.textLines.join('\n');
  png = (): Buffer => this.#head.paper.toPng();

  loadPaper(): void {
    this.#paper = 'ok';
    this.#changed();
  }

  takePaperAway(): void {
    this.#paper = 'out';
    this.#changed();
  }

  setCover(isOpen: boolean): void {
    this.#isCoverOpen = isOpen;
    this.#changed();
  }

  openDrawer(): void {
    this.#isDrawerOpen = true;
    this.#changed();
  }

  closeDrawer(): void {
    this.#isDrawerOpen = false;
    this.#changed();
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) {
      // What was in its memory is gone with the power.
      this.#caller?.peer.close();
      this.#caller = undefined;
      this.#commands = [];
      this.#bytes = new Uint8Array();
      this.#head.reset();
      this.#language.reset();
    }
    this.#changed();
  }

  tear(): void {
    this.#head.paper.tear();
    this.#head.textLines.splice(0);
    this.#changed();
  }

  setFaults(faults: PrinterFaults): void {
    this.#faults = faults;
    this.#lines = 0;
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive(caller: Caller, bytes: Uint8Array): void {
    const whole = new Uint8Array(this.#bytes.length + bytes.length);
    whole.set(this.#bytes);
    whole.set(bytes, this.#bytes.length);
    let at = 0;
    for (let found = this.#language.next(whole, at); found !== undefined; found = this.#language.next(whole, at)) {
      assert(found.length > 0, 'a command has bytes');
      at += found.length;
      if (found.command.isRealTime === true) found.command.run(this.#hostFor(caller));
      else this.#commands.push({ ...found, caller });
    }
    this.#bytes = whole.slice(at);
    this.#work();
  }

  #canPrint(): boolean {
    return this.#isPlugged && this.#paper !== 'out' && !this.#isCoverOpen;
  }

  /** Does what it can; a slow printer stops after each line, and goes on by itself. */
  #work(): void {
    if (this.#isBusy) return;
    while (this.#commands.length > 0 && this.#canPrint()) {
      const next = this.#commands.shift();
      if (next === undefined) break;
      if (next.command.name.startsWith('unknown')) this.#unknown.add(next.command.name);
      next.command.run(this.#hostFor(next.caller));
      if (next.command.isLine !== true) continue;
      this.#lines += 1;
      this.#failAfterLine();
      if (this.#faults.lineMs !== undefined) {
        this.#isBusy = true;
        this.#timers.after(this.#faults.lineMs, () => {
          this.#isBusy = false;
          this.#work();
        });
        break;
      }
    }
    this.#tellListeners();
  }

  #failAfterLine(): void {
    const { paperOutAfterLines, nearEndAfterLines, coverOpenAfterLines, unpluggedAfterLines, paperInAfterMs, backAfterMs } = this.#faults;
    if (this.#lines === nearEndAfterLines) {
      this.#paper = 'nearEnd';
      this.#report();
    }
    if (this.#lines === paperOutAfterLines) {
      this.#paper = 'out';
      this.#report();
      if (paperInAfterMs !== undefined) this.#timers.after(paperInAfterMs, () => this.loadPaper());
    }
    if (this.#lines === coverOpenAfterLines) {
      this.#isCoverOpen = true;
      this.#report();
    }
    if (this.#lines === unpluggedAfterLines) {
      this.setPlugged(false);
      if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
    }
  }

  #changed(): void {
    this.#report();
    this.#work();
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener();
  }

  #hostFor(caller: Caller): CommandHost {
    return {
      head: this.#head,
      openDrawer: () => {
        if (!this.model.hasDrawer) return;
        this.#drawerPulses += 1;
        this.#isDrawerOpen = true;
        this.#report();
      },
      setReports: (isOn) => {
        caller.wantsReports = isOn;
        if (isOn) this.#report();
      },
      answer: (kind, question) => {
        if (kind === 'inOrder') {
          this.#printedCount = (this.#printedCount + 1) % 32;
          if (this.#faults.losesAnswers === true) return;
        }
        if (this.#isStar) this.#say(caller, this.#starReport());
        else if (kind === 'realTime') this.#say(caller, Uint8Array.of(this.#realTimeByte(question)));
        else if (kind === 'inOrder') this.#say(caller, Uint8Array.of(this.#paperBits()));
      },
    };
  }

  #say(caller: Caller, bytes: Uint8Array): void {
    if (caller !== this.#caller) return;
    if (this.#faults.talksGarbage === true) caller.peer.send(GARBAGE);
    caller.peer.send(bytes);
  }

  #report(): void {
    const caller = this.#caller;
    if (caller?.wantsReports === true) this.#say(caller, this.#isStar ? this.#starReport() : this.#escPosReport());
  }

  #isOffline(): boolean {
    return this.#paper === 'out' || this.#isCoverOpen;
  }

  #paperBits(): number {
    return this.#paper === 'out' ? 0x0f : this.#paper === 'nearEnd' ? 0x03 : 0;
  }

  #realTimeByte(question: number): number {
    const isOut = this.#paper === 'out';
    switch (question) {
      case 1:
        return 0x12 | (this.#isDrawerOpen ? 0x04 : 0) | (this.#isOffline() ? 0x08 : 0);
      case 2:
        return 0x12 | (this.#isCoverOpen ? 0x04 : 0) | (isOut ? 0x20 : 0);
      case 4:
        return 0x12 | (isOut ? 0x6c : this.#paper === 'nearEnd' ? 0x0c : 0);
      default:
        return 0x12;
    }
  }

  #escPosReport(): Uint8Array {
    const first = 0x10 | (this.#isDrawerOpen ? 0x04 : 0) | (this.#isOffline() ? 0x08 : 0) | (this.#isCoverOpen ? 0x20 : 0);
    return Uint8Array.of(first, 0, this.#paperBits(), 0);
  }

  #starReport(): Uint8Array {
    const printer = (this.#isOffline() ? 0x08 : 0) | (this.#isCoverOpen ? 0x20 : 0) | (this.#isDrawerOpen ? 0x04 : 0);
    const paper = this.#paper === 'out' ? 0x08 : this.#paper === 'nearEnd' ? 0x04 : 0;
    return Uint8Array.of(0x23, 0x86, printer, 0, 0, paper, 0, starCounterByte(this.#printedCount), 0);
  }
}
