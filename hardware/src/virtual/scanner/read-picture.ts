/** Codes in a picture (PNG, JPEG), with the symbology identifiers that a scanner would send. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type * as Zxing from 'zxing-wasm/reader';

export interface PictureCode {
  readonly text: string;
  readonly aim: string;
}

let ready: Promise<typeof Zxing> | undefined;

/** The program comes with the package; by itself the module would fetch it from the network. */
async function loadReader(): Promise<typeof Zxing> {
  const [reader, wasmBinary] = await Promise.all([
    import('zxing-wasm/reader'),
    readFile(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))),
  ]);
  await reader.prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(wasmBinary).buffer }, fireImmediately: true });
  return reader;
}

/** In no particular order; none where the picture holds none, or is none. */
export async function readPicture(bytes: Uint8Array): Promise<readonly PictureCode[]> {
  ready ??= loadReader();
  const { readBarcodes } = await ready;
  const found = await readBarcodes(Uint8Array.from(bytes), { tryHarder: true, textMode: 'Plain' }).catch(() => []);
  return found.flatMap(({ isValid, text, symbologyIdentifier: aim }) => (isValid ? [{ text, aim }] : []));
}
