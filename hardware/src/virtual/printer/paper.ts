/** The paper of a virtual printer: dots, one byte each, that only ever grow downwards; and their picture. */
import { createCanvas } from '@napi-rs/canvas';

/** Of white around the dots in pictures, as on a real roll. */
const MARGIN_DOTS = 24;
const CUT_DOTS = 16;

/** Dots of one thing: 1 is black. */
export interface Dots {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export class Paper {
  readonly widthDots: number;
  #rows: Uint8Array[] = [];
  #cuts: number[] = [];

  constructor(widthDots: number) {
    this.widthDots = widthDots;
  }

  get heightDots(): number {
    return this.#rows.length;
  }

  get cuts(): number {
    return this.#cuts.length;
  }

  feed(dots: number): void {
    for (let row = 0; row < dots; row += 1) this.#rows.push(new Uint8Array(this.widthDots));
  }

  /** Prints `dots` with their left edge at `x`, below what is there. */
  print({ width, height, data }: Dots, x: number): void {
    const top = this.#rows.length;
    this.feed(height);
    for (let row = 0; row < height; row += 1) {
      const line = this.#rows[top + row] ?? new Uint8Array();
      for (let column = 0; column < width; column += 1) {
        const at = x + column;
        if (at >= 0 && at < line.length && data[row * width + column] === 1) line[at] = 1;
      }
    }
  }

  cut(): void {
    this.#cuts.push(this.#rows.length);
  }

  /** Takes the paper away. */
  tear(): void {
    this.#rows = [];
    this.#cuts = [];
  }

  /** As PNG; cuts are dashed lines. */
  toPng(): Buffer {
    const width = this.widthDots + 2 * MARGIN_DOTS;
    const height = this.#rows.length + 2 * MARGIN_DOTS;
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    image.data.fill(255);
    const blacken = (x: number, y: number, shade: number): void => {
      const at = (y * width + x) * 4;
      image.data[at] = shade;
      image.data[at + 1] = shade;
      image.data[at + 2] = shade;
    };
    this.#rows.forEach((row, y) =>
      row.forEach((dot, x) => {
        if (dot === 1) blacken(x + MARGIN_DOTS, y + MARGIN_DOTS, 0);
      }),
    );
    for (const cut of this.#cuts) {
      for (let x = 0; x < width; x += 1) if (Math.floor(x / CUT_DOTS) % 2 === 0) blacken(x, Math.min(cut + MARGIN_DOTS, height - 1), 160);
    }
    context.putImageData(image, 0, 0);
    return canvas.toBuffer('image/png');
  }
}
