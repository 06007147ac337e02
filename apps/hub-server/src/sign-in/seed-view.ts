/** A new authenticator as it is shown, once: as a picture to be taken, and as text to be typed. */
import { qrSquares } from '@holdfast/paper/symbols';

import { base32, seedAddress } from './authenticator.ts';

export interface SeedView {
  /** Base 32. */
  readonly seed: string;
  readonly address: string;
  /** An SVG of the address. */
  readonly picture: string;
}

const QUIET = 4;

export function seedView(seed: Uint8Array, name: string): SeedView {
  const address = seedAddress(seed, name);
  return { seed: base32(seed), address, picture: squaresToSvg(qrSquares(address)) };
}

function squaresToSvg({ size, modules }: ReturnType<typeof qrSquares>): string {
  const black = modules.flatMap((module, at) => (module === 1 ? [`M${(at % size) + QUIET} ${Math.trunc(at / size) + QUIET}h1v1h-1z`] : []));
  const side = size + 2 * QUIET;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${black.join('')}"/></svg>`;
}
