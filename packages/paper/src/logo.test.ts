import { deflateSync } from 'node:zlib';

import { assert } from '@holdfast/base';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readGreyPicture } from './logo-file.ts';
import { decodeLogo, ditherGrey, encodeLogo, type GreyPicture, LOGO_MAX, readLogo, scaleGrey } from './logo.ts';

const picture = (width: number, height: number, shade: (x: number, y: number) => number): GreyPicture => ({
  width,
  height,
  grey: Uint8Array.from({ length: width * height }, (_, at) => shade(at % width, Math.floor(at / width))),
});
const encoded = (of: GreyPicture): Uint8Array => {
  const png = encodeLogo(of);
  assert(png.ok, 'it fits');
  return png.value;
};
const noise = (x: number, y: number): number => (x * 7_919 + y * 104_729 + x * y * 31) % 256;

describe('in its one form', () => {
  test('what was encoded comes back in sixteen shades, and any reader of pictures sees the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }), fc.integer(), async (width, height, seed) => {
        const png = encoded(picture(width, height, (x, y) => (noise(x, y) + seed) & 255));
        const read = decodeLogo(png);
        assert(read.ok, 'it is one');
        expect([read.value.width, read.value.height]).toEqual([width, height]);
        read.value.grey.forEach((shade, at) => {
          const was = (noise(at % width, Math.floor(at / width)) + seed) & 255;
          expect(Math.abs(shade - was)).toBeLessThanOrEqual(9);
        });
        const canvas = createCanvas(width, height).getContext('2d');
        canvas.drawImage(await loadImage(png), 0, 0);
        const { data } = canvas.getImageData(0, 0, width, height);
        expect(Uint8Array.from({ length: width * height }, (_, at) => data[at * 4] ?? 0)).toEqual(read.value.grey);
      }),
      { numRuns: 20 },
    );
  });

  test('what is too large becomes smaller, until a setting holds it', () => {
    const flat = decodeLogo(encoded(picture(900, 300, (x) => (x < 450 ? 0 : 255))));
    expect(flat.ok && [flat.value.width, flat.value.height]).toEqual([576, 192]);
    const high = decodeLogo(encoded(picture(300, 900, () => 0)));
    expect(high.ok && high.value.height).toBeLessThanOrEqual(LOGO_MAX.height);
    const noisy = encoded(picture(576, 256, noise));
    expect(noisy.length).toBeLessThanOrEqual(LOGO_MAX.bytes);
    const small = decodeLogo(noisy);
    expect(small.ok && small.value.width).toBeLessThan(576);
  });

  test('a picture of nothing is none', () => {
    expect(encodeLogo({ width: 0, height: 5, grey: new Uint8Array(0) })).toMatchObject({ ok: false, error: { reason: 'empty' } });
    expect(encodeLogo(picture(1, 2_000, () => 0))).toMatchObject({ ok: false, error: { reason: 'tooLarge' } });
  });
});

describe('what is none', () => {
  const logo = encoded(picture(48, 16, noise));
  const reasonOf = (png: Uint8Array): string => {
    const read = decodeLogo(png);
    return read.ok ? '' : read.error.reason;
  };

  test('one that was cut off anywhere, or changed in any byte', () => {
    for (let length = 0; length < logo.length; length += 1) expect(reasonOf(logo.subarray(0, length))).not.toBe('');
    for (let at = 0; at < logo.length; at += 1) {
      const changed = logo.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(reasonOf(changed), String(at)).not.toBe('');
    }
    expect(reasonOf(Uint8Array.of(...logo, 0))).toBe('notThisForm');
  });

  test('pictures in other forms: with colours, with filters, with text beside', async () => {
    const coloured = createCanvas(8, 8).toBuffer('image/png');
    expect(reasonOf(coloured)).toBe('notThisForm');
    expect(reasonOf(new Uint8Array(LOGO_MAX.bytes + 1))).toBe('tooLarge');
  });

  test('one that would be more than it says when it is inflated is not inflated', () => {
    expect(reasonOf(withParts(48, 16, deflateSync(new Uint8Array(5_000_000))))).toBe('damaged');
    expect(reasonOf(withParts(48, 16, deflateSync(new Uint8Array(10))))).toBe('damaged');
    expect(reasonOf(withParts(48, 16, Uint8Array.of(1, 2, 3)))).toBe('damaged');
    expect(reasonOf(withParts(4_000_000_000, 4_000_000_000, deflateSync(new Uint8Array(10))))).toBe('tooLarge');
    expect(reasonOf(withParts(0, 16, deflateSync(new Uint8Array(10))))).toBe('empty');
    expect(reasonOf(withParts(2, 1, deflateSync(Uint8Array.of(1, 0))))).toBe('notThisForm');
  });

  test('letters that are none of base64, which a page would hold as they are', () => {
    const text = Buffer.from(logo).toString('base64');
    expect(readLogo(text)).toMatchObject({ width: 48, height: 16 });
    expect(readLogo(`${text}"><script>`)).toBeUndefined();
    expect(readLogo('')).toBeUndefined();
    expect(readLogo(undefined)).toBeUndefined();
  });
});

test('smaller, each dot is the mean of what it covers; it is never larger', () => {
  expect([
    ...scaleGrey(
      picture(6, 2, (x) => x * 10),
      3,
    ).grey,
  ]).toEqual([5, 25, 45]);
  expect([
    ...scaleGrey(
      picture(3, 3, (x) => [0, 90, 180][x] ?? 0),
      2,
    ).grey,
  ]).toEqual([30, 150, 30, 150]);
  const as = picture(5, 5, noise);
  expect(scaleGrey(as, 50)).toEqual(as);
});

test('in black and white it is as dark as it was; what is black or white stays so', () => {
  const sharp = picture(40, 10, (x, y) => (((x >> 2) + y) % 2 === 0 ? 0 : 255));
  expect([...ditherGrey(sharp)]).toEqual([...sharp.grey].map((shade) => (shade === 0 ? 1 : 0)));
  for (const shade of [17, 85, 128, 204]) {
    const black = ditherGrey(picture(64, 64, () => shade)).reduce((sum, dot) => sum + dot, 0);
    expect(Math.abs(black - (64 * 64 * (255 - shade)) / 255)).toBeLessThan(64);
  }
});

test('any picture of a person becomes one: white where it is transparent; what is no picture says so', async () => {
  const canvas = createCanvas(1_200, 300);
  canvas.getContext('2d').fillStyle = '#000';
  canvas.getContext('2d').fillRect(0, 0, 600, 300);
  const read = await readGreyPicture(canvas.toBuffer('image/png'));
  expect(read).toMatchObject({ ok: true, value: { width: 576, height: 144 } });
  expect(read.ok && [read.value.grey[0], read.value.grey[575]]).toEqual([0, 255]);
  expect(await readGreyPicture(Buffer.from('no picture'))).toMatchObject({ ok: false, error: { type: 'noPicture' } });
});

/** The right frame and sums around these sizes and this data. */
function withParts(width: number, height: number, data: Uint8Array): Uint8Array {
  const whole = encoded(picture(2, 1, () => 0));
  const head = whole.slice(0, 33);
  const view = new DataView(head.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, sumOf(head.subarray(12, 29)));
  const chunk = new Uint8Array(12 + data.length);
  const parts = new DataView(chunk.buffer);
  parts.setUint32(0, data.length);
  chunk.set(Buffer.from('IDAT'), 4);
  chunk.set(data, 8);
  parts.setUint32(8 + data.length, sumOf(chunk.subarray(4, 8 + data.length)));
  return Uint8Array.of(...head, ...chunk, ...whole.subarray(-12));
}

/** CRC-32 of ISO 3309, bit by bit. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ ((sum & 1) === 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
