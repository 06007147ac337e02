/** Reads codes off pictures, away from the page: it has the leave to compile WebAssembly that the page has not. One picture at a time. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';

import type { CameraAnswer, CameraPicture } from './camera.ts';

interface WorkerPort {
  addEventListener(type: 'message', listener: (event: MessageEvent<CameraPicture>) => void): void;
  postMessage(answer: CameraAnswer): void;
}
// The page's types stand for the worker's: this is the one place where they differ.
const port = globalThis as unknown as WorkerPort;

prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasmUrl : prefix + path) } });

const FORMATS = ['EAN-13', 'EAN-8', 'UPC-A', 'UPC-E', 'ITF', 'Code128', 'DataBar', 'DataBarExpanded', 'QRCode', 'DataMatrix'] as const;

const read = async ({ pixels, width, height }: CameraPicture): Promise<CameraAnswer> => {
  try {
    const picture = new ImageData(new Uint8ClampedArray(pixels), width, height);
    const [found] = await readBarcodes(picture, { formats: [...FORMATS], tryHarder: true, maxNumberOfSymbols: 1 });
    // As a scanner sends it: the symbology identifier, then what stands in the code.
    return found === undefined || !found.isValid
      ? { type: 'nothing' }
      : { type: 'read', code: `${found.symbologyIdentifier}${found.text}` };
  } catch (error) {
    return { type: 'failed', problem: String(error) };
  }
};

port.addEventListener('message', ({ data }) => void read(data).then((answer) => port.postMessage(answer)));
