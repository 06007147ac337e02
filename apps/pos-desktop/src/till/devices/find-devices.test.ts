import { expect, test } from 'vitest';

import { createDeviceFinder } from './find-devices.ts';

const LINE = { address: 'serial:///dev/ttyUSB0', name: 'FTDI' };
const [KNOWN, NEW] = ['192.168.1.50', '192.168.1.51'].map((host) => ({ address: `tcp://${host}:9100`, name: host }));

test('the network is searched only where somebody wants it, once for all who ask, and told again afterwards', async () => {
  let searches = 0;
  const finder = createDeviceFinder({
    findAttached: async () => [LINE],
    findNetworked: async () => {
      searches += 1;
      await new Promise(setImmediate);
      return [KNOWN!, NEW!];
    },
  });
  expect(await finder.find([], false)).toEqual([LINE]);
  expect(searches).toBe(0);
  const both = await Promise.all([finder.find([], true), finder.find([], true)]);
  expect(both).toEqual([
    [LINE, KNOWN, NEW],
    [LINE, KNOWN, NEW],
  ]);
  expect(searches).toBe(1);
  // As it is written on a lane, with and without its port.
  for (const address of ['tcp://192.168.1.50', 'tcp://192.168.1.50:9100'])
    expect(await finder.find([{ kind: 'receiptPrinter', model: 'pos-5890', address }], false)).toEqual([LINE, NEW]);
  expect(searches).toBe(1);
});
