import { request } from 'node:http';
import { brotliDecompressSync, inflateSync } from 'node:zlib';

import { parseCertificateAnswer, parseRevocations, parseSegmentKeysAnswer } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { enrolDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

// Real engines on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
let device: TestDevice;
beforeAll(async () => {
  hub = await startTestHub();
  device = await enrolDevice(hub);
});
afterAll(async () => hub.close());

/** The bytes of an answer as they came. */
async function bytesOf(path: string, encodings?: string): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'holdfast-protocol': '1',
      authorization: `Bearer ${device.enrolled.token}`,
      ...(encodings !== undefined && { 'accept-encoding': encodings }),
    };
    const asked = request(new URL(path, hub.url), { headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(pieces) }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

const KEYS = '/sync/v1/segment-keys';

test('S-2: keys come packed to who says that it reads that, and plain to anybody else; they say the same', async () => {
  const packed = await bytesOf(KEYS, 'gzip, deflate');
  expect(packed.encoding).toBe('deflate');
  const plain = [undefined, 'identity', 'gzip', 'deflate;q=0'];
  for (const encodings of plain) {
    const { encoding, body } = await bytesOf(KEYS, encodings);
    expect(encoding).toBeUndefined();
    expect(body.toString()).toBe(inflateSync(packed.body).toString());
    expect(packed.body.length).toBeLessThan(body.length * 0.7);
  }
  expect(parseSegmentKeysAnswer(JSON.parse(inflateSync(packed.body).toString()))).toMatchObject({ ok: true });
});

test('S-2: who reads Brotli is told the same in fewer bytes', async () => {
  const [packed, deflated] = [await bytesOf(KEYS, 'br, gzip, deflate'), await bytesOf(KEYS, 'br;q=0, deflate')];
  expect([packed.encoding, deflated.encoding]).toEqual(['br', 'deflate']);
  expect(brotliDecompressSync(packed.body).toString()).toBe(inflateSync(deflated.body).toString());
  expect(packed.body.length).toBeLessThan(deflated.body.length);
});

test('N-2, N-3: a lane reads its certificate and the list of revocations as they come to it', async () => {
  const certified = await device.certify();
  expect(certified.headers.get('content-encoding')).toBe('deflate');
  expect(Number(certified.headers.get('content-length'))).toBeLessThan(1_050);
  expect(parseCertificateAnswer(await certified.json())).toMatchObject({ ok: true });
  const list = await device.request('/sync/v1/revocations');
  expect(list.headers.get('vary')).toContain('Accept-Encoding');
  expect(parseRevocations(await list.json())).toMatchObject({ ok: true });
});

test('what packing would not shorten comes as it is', async () => {
  const { encoding, body } = await bytesOf('/sync/v1/passcode-secrets', 'deflate');
  expect([encoding, JSON.parse(body.toString())]).toMatchObject([undefined, { secrets: [{ number: 1 }] }]);
});
