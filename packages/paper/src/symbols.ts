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

/** White that scanners want around it, in squares. */
const QUIET = 4;

/** As a picture of its own, black on white. */
export function qrSvg(data: string): string {
  const { size, modules } = qrSquares(data);
  const black = modules.flatMap((module, at) => (module === 1 ? [`M${(at % size) + QUIET} ${Math.trunc(at / size) + QUIET}h1v1h-1z`] : []));
  const side = size + 2 * QUIET;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${black.join('')}"/></svg>`;
}

/** Widths of bars and gaps in turn, in modules. */
export const code128Bars = (data: string): readonly number[] => draw({ bcid: 'code128', text: data })[0]?.sbs ?? [];
