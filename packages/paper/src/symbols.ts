/** The squares of a QR code and the bars of a bar code, for papers that no printer sets. */
import bwipjs from 'bwip-js';

export interface Squares {
  readonly size: number;
  /** Row by row: 1 is black. */
  readonly modules: readonly number[];
}

interface Drawn {
  readonly pixs?: readonly number[];
  readonly pixx?: number;
  readonly sbs?: readonly number[];
}

/** bwip-js's types know neither the encoders' own options nor what comes of them. */
const draw = bwipjs.raw as unknown as (options: Readonly<Record<string, string>>) => readonly Drawn[];

export function qrSquares(data: string): Squares {
  const [{ pixs = [], pixx = 0 } = {}] = draw({ bcid: 'qrcode', text: data, eclevel: 'M' });
  return { size: pixx, modules: pixs };
}

/** Widths of bars and gaps in turn, in modules. */
export const code128Bars = (data: string): readonly number[] => draw({ bcid: 'code128', text: data })[0]?.sbs ?? [];
