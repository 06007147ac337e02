/** A new authenticator as it is shown, once: as a picture to be taken, and as text to be typed. */
import { qrSvg } from '@holdfast/paper/symbols';

import { base32, seedAddress } from './authenticator.ts';

export interface SeedView {
  /** Base 32. */
  readonly seed: string;
  readonly address: string;
  /** An SVG of the address. */
  readonly picture: string;
}

export function seedView(seed: Uint8Array, name: string): SeedView {
  const address = seedAddress(seed, name);
  return { seed: base32(seed), address, picture: qrSvg(address) };
}
