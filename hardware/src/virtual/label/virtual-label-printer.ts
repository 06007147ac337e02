/**
 * A label printer without the hardware: it reads ZPL, draws its labels, answers `~HS`, and fails as its script says. What has come and cannot be
 * printed stays in its memory, and goes on when there is paper.
 */
import type { Timers } from '@holdfast/base';
import { createCanvas } from '@napi-rs/canvas';

import { hostStatusBytes } from '../../labels/host-status.ts';
import { DEFAULT_STOCK } from '../../labels/label-document.ts';
import { dotsPerMm, type LabelModelId } from '../../labels/zpl.ts';
import type { DevicePeer } from '../../link/memory-link.ts';
import type { LabelFaults } from './faults.ts';
import { drawLabel, type DrawnLabel } from './label-canvas.ts';

export interface VirtualLabelState {
  readonly labels: number;
  /** Of the last label, field by field. */
  readonly lastLabel: string;
  /** Labels that wait for paper. */
  readonly held: number;
  readonly isPaperOut: boolean;
  readonly isHeadUp: boolean;
  readonly isPlugged: boolean;
  readonly unknownCommands: readonly string[];
}

export interface VirtualLabelPrinter {
  readonly model: LabelModelId;
  /** False where it is unplugged. */
  connect(peer: DevicePeer): boolean;
  state(): VirtualLabelState;
  /** The fields of each label that hangs out of it. */
  texts(): readonly (readonly string[])[];
  /** What hangs out of it, one label below the other. */
  png(): Buffer;
  setPaper(isThere: boolean): void;
  setHeadUp(isUp: boolean): void;
  setPlugged(isPlugged: boolean): void;
  tear(): void;
  /** New faults; labels are counted from now. */
  setFaults(faults: LabelFaults): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualLabelOptions {
  readonly model: LabelModelId;
  readonly timers: Timers;
  readonly faults?: LabelFaults;
}

/** Of one picture. */
const MAX_SHOWN = 20;
const GAP_DOTS = 16;
const MAX_FORMAT_BYTES = 2_000_000;
const GARBAGE = Uint8Array.of(0xff, 0x9b, 0x81, 0xe0);

export function createVirtualLabelPrinter(options: VirtualLabelOptions): VirtualLabelPrinter {
  return new PrinterOfLabels(options);
}

class PrinterOfLabels implements VirtualLabelPrinter {
  readonly model: LabelModelId;
  readonly #timers: Timers;
  readonly #listeners = new Set<() => void>();
  readonly #unknown = new Set<string>();
  readonly #fallback: { readonly width: number; readonly height: number };
  #faults: LabelFaults;
  #caller: DevicePeer | undefined;
  #decoder = new TextDecoder();
  #heard = '';
  #format: string[] | undefined;
  #waiting: DrawnLabel[] = [];
  #printed: DrawnLabel[] = [];
  #labels = 0;
  #sinceFaults = 0;
  #isPaperOut = false;
  #isHeadUp = false;
  #isPlugged = true;
  #isBusy = false;

  constructor({ model, timers, faults = {} }: VirtualLabelOptions) {
    this.model = model;
    this.#timers = timers;
    this.#faults = faults;
    this.#fallback = { width: DEFAULT_STOCK.widthMm * dotsPerMm(model), height: DEFAULT_STOCK.heightMm * dotsPerMm(model) };
  }

  connect(peer: DevicePeer): boolean {
    if (!this.#isPlugged) return false;
    this.#caller?.close();
    this.#caller = peer;
    this.#forgetHalf();
    peer.onBytes((bytes) => {
      if (this.#caller === peer) this.#hear(peer, bytes);
    });
    void this.#hangUp(peer);
    return true;
  }

  async #hangUp(peer: DevicePeer): Promise<void> {
    await peer.closed;
    if (this.#caller === peer) this.#caller = undefined;
  }

  state(): VirtualLabelState {
    return {
      labels: this.#labels,
      lastLabel: this.#printed.at(-1)?.texts.join(' | ') ?? '',
      held: this.#waiting.length,
      isPaperOut: this.#isPaperOut,
      isHeadUp: this.#isHeadUp,
      isPlugged: this.#isPlugged,
      unknownCommands: [...this.#unknown],
    };
  }

  texts = (): readonly (readonly string[])[] => this.#printed.map(({ texts }) => texts);

  png(): Buffer {
    const shown = this.#printed.slice(-MAX_SHOWN);
    const width = Math.max(this.#fallback.width, ...shown.map(({ canvas }) => canvas.width)) + 2 * GAP_DOTS;
    const height = shown.reduce((sum, { canvas }) => sum + canvas.height + GAP_DOTS, GAP_DOTS);
    const whole = createCanvas(width, height);
    const context = whole.getContext('2d');
    context.fillStyle = '#d8d4cc';
    context.fillRect(0, 0, width, height);
    let top = GAP_DOTS;
    for (const { canvas } of shown) {
      context.drawImage(canvas, GAP_DOTS, top);
      top += canvas.height + GAP_DOTS;
    }
    return whole.toBuffer('image/png');
  }

  setPaper(isThere: boolean): void {
    this.#isPaperOut = !isThere;
    this.#work();
  }

  setHeadUp(isUp: boolean): void {
    this.#isHeadUp = isUp;
    this.#work();
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) {
      this.#caller?.close();
      this.#caller = undefined;
      this.#waiting = [];
      this.#forgetHalf();
    }
    this.#changed();
  }

  tear(): void {
    this.#printed = [];
    this.#changed();
  }

  setFaults(faults: LabelFaults): void {
    this.#faults = faults;
    this.#sinceFaults = 0;
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #forgetHalf(): void {
    this.#decoder = new TextDecoder();
    this.#heard = '';
    this.#format = undefined;
  }

  /** A command goes from its `^` or `~` to the next one; the last of what has come is whole with the line's end. */
  #hear(peer: DevicePeer, bytes: Uint8Array): void {
    this.#heard += this.#decoder.decode(bytes, { stream: true });
    if (this.#heard.length > MAX_FORMAT_BYTES) this.#forgetHalf();
    for (;;) {
      const begin = this.#heard.search(/[\^~]/);
      if (begin < 0) break;
      const rest = this.#heard.slice(begin + 1);
      const next = rest.search(/[\^~\n]/);
      if (next < 0) break;
      this.#heard = rest.slice(rest[next] === '\n' ? next + 1 : next);
      this.#do(peer, rest.slice(0, next));
    }
    this.#work();
  }

  #do(peer: DevicePeer, command: string): void {
    if (command === 'HS') this.#answer(peer);
    else if (command === 'XA') this.#format = [];
    else if (command === 'XZ') {
      const drawn = this.#format === undefined ? undefined : drawLabel(this.#format, this.#fallback);
      this.#format = undefined;
      for (const name of drawn?.unknown ?? []) this.#unknown.add(name);
      if (drawn !== undefined) this.#waiting.push(...Array<DrawnLabel>(drawn.copies).fill(drawn));
    } else if (this.#format === undefined) this.#unknown.add(command.slice(0, 2));
    else this.#format.push(command);
  }

  #answer(peer: DevicePeer): void {
    if (this.#faults.losesAnswers === true) return;
    if (this.#faults.talksGarbage === true) peer.send(GARBAGE);
    peer.send(
      hostStatusBytes({
        isPaperOut: this.#isPaperOut,
        isPaused: this.#isPaperOut || this.#isHeadUp,
        isHeadUp: this.#isHeadUp,
        isRibbonOut: false,
        waiting: this.#waiting.length,
      }),
    );
  }

  #work(): void {
    const { labelMs, paperOutAfterLabels, paperInAfterMs, unpluggedAfterLabels, backAfterMs } = this.#faults;
    while (!this.#isBusy && this.#isPlugged && !this.#isPaperOut && !this.#isHeadUp) {
      const label = this.#waiting.shift();
      if (label === undefined) break;
      this.#printed.push(label);
      this.#labels += 1;
      this.#sinceFaults += 1;
      if (this.#sinceFaults === paperOutAfterLabels) {
        this.#isPaperOut = true;
        if (paperInAfterMs !== undefined) this.#timers.after(paperInAfterMs, () => this.setPaper(true));
      }
      if (this.#sinceFaults === unpluggedAfterLabels) {
        this.setPlugged(false);
        if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
      }
      if (labelMs === undefined) continue;
      this.#isBusy = true;
      this.#timers.after(labelMs, () => {
        this.#isBusy = false;
        this.#work();
      });
    }
    this.#changed();
  }
}
