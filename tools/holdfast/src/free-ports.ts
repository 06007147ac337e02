/**
 * Where the ports of a demo begin. Several demos may run on one machine, and each must find its own ports again after a part was killed: a port that the system gives away for the asking may be
 * anybody's by then, so the whole set is moved to where all of it is free.
 */
import { createServer } from 'node:net';

const isFree = async (port: number): Promise<boolean> =>
  await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // On all interfaces: lanes listen to each other there.
    server.listen(port, () => server.close(() => resolve(true)));
  });

/** The first of `firstPort`, `firstPort + step`, … at which all of `offsets` are free; `firstPort` where none is. */
export async function freeBase(
  firstPort: number,
  { offsets, step, tries }: { readonly offsets: readonly number[]; readonly step: number; readonly tries: number },
): Promise<number> {
  for (let base = firstPort; base < firstPort + step * tries; base += step) {
    const free = await Promise.all(offsets.map(async (offset) => await isFree(base + offset)));
    if (!free.includes(false)) return base;
  }
  return firstPort;
}
