import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import { createCountingProxy, type LineWidth } from './counting-proxy.ts';

const ASKED = 'a question';
const ANSWER = Buffer.from(Array.from({ length: 4_000 }, (_, n) => String(n).padStart(5)).join(''));
const NARROW: LineWidth = { kilobitsPerS: 4_096, roundTripMs: 40 };
const closing: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers, and hangs up behind its answer. */
async function startServer(): Promise<number> {
  const server = createServer((socket) => socket.once('data', () => socket.end(ANSWER)));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** All that comes until the other end hangs up. */
function askOver(url: string, question: Buffer | string = ASKED): Promise<Buffer> {
  const socket: Socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const came: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => came.push(bytes));
  socket.write(question);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(came)));
  });
}

describe('a line', () => {
  test.each([
    ['as wide as the machine', undefined],
    ['that is narrow and long', NARROW],
  ])('%s carries what was sent before somebody hung up, and counts it', async (_, width) => {
    const line = await createCountingProxy(await startServer(), width);
    closing.push(() => line.close());
    expect((await askOver(line.url)).equals(ANSWER)).toBe(true);
    expect(line.take()).toEqual({ up: ASKED.length, down: ANSWER.length });
    expect(line.passed()).toBe(0);
  });

  test('that is cut ends both ends, and loses what was under way', async () => {
    const faults = { seed: 1, everyBytes: 1_000, silenceMostMs: 0 };
    const line = await createCountingProxy(await startServer(), { ...NARROW, faults });
    closing.push(() => line.close());
    // The first fault on the way up is a cut.
    expect(await askOver(line.url, ANSWER)).toHaveLength(0);
  });
});
