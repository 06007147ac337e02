/** Files as people and strangers bring them; what comes out is decoded by the same library, and looked at point by point. */
import { crc32 } from 'node:zlib';

import { assert } from '@holdfast/base';
import { MAX_PICTURE_BYTES } from '@holdfast/sync';
import sharp from 'sharp';
import { expect, test } from 'vitest';

import { createPictureDrawer, type DrawFault } from './draw-picture.ts';
import { readPictureForm } from './picture-form.ts';
import { HOSTILE_PICTURES } from './testing/webp-files.ts';

const drawer = createPictureDrawer();
const RED = '#ff0000';
/** The left half red, the right half blue. */
const halves = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#0000ff' } }).composite([
    { input: { create: { width: Math.ceil(width / 2), height, channels: 3, background: RED } }, left: 0, top: 0 },
  ]);

const thumbnailOf = async (file: Uint8Array): Promise<Uint8Array> => {
  const drawn = await drawer.thumbnail(file);
  assert(drawn.ok, `it is drawn: ${JSON.stringify(drawn)}`);
  expect(readPictureForm(drawn.value)).toMatchObject({ ok: true });
  return drawn.value;
};
const faultOf = async (file: Uint8Array): Promise<DrawFault | undefined> => {
  const drawn = await drawer.thumbnail(file);
  return drawn.ok ? undefined : drawn.error;
};
/** By name, so that what lossy compression does to a colour does not matter. */
const colourAt = async (webp: Uint8Array, x: number, y: number): Promise<string> => {
  const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  const names: readonly (readonly [string, readonly number[]])[] = [
    ['white', [255, 255, 255]],
    ['black', [0, 0, 0]],
    ['red', [255, 0, 0]],
    ['blue', [0, 0, 255]],
    ['green', [0, 255, 0]],
  ];
  return names.find(([, wanted]) => wanted.every((value, index) => Math.abs(value - (data[at + index] ?? 0)) < 40))?.[0] ?? 'other';
};

const chunk = (name: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};
const HEADER_LENGTH = 33;
/** A PNG that says what it likes of its size. */
const sized = (png: Buffer, width: number, height: number): Buffer => {
  const header = Buffer.from(png.subarray(16, 29));
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), png.subarray(HEADER_LENGTH)]);
};

test.each(['png', 'jpeg', 'webp'] as const)('a %s of any size stands whole in the middle of a white square', async (format) => {
  const drawn = await thumbnailOf(await halves(1_200, 600)[format]().toBuffer());
  expect(await sharp(drawn).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
  expect(await Promise.all([colourAt(drawn, 128, 20), colourAt(drawn, 40, 128), colourAt(drawn, 220, 128)])).toEqual([
    'white',
    'red',
    'blue',
  ]);
});

test('it stands upright, and nothing says where and by what it was taken', async () => {
  const taken = await halves(600, 600)
    .withExif({ IFD0: { Model: 'Camera of Ada' }, IFD3: { GPSLatitude: '51/1 30/1 0/1', GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect((await sharp(taken).metadata()).orientation).toBe(6);
  const drawn = await thumbnailOf(taken);
  // Turned to the right: what was on the left is above.
  expect(await Promise.all([colourAt(drawn, 128, 20), colourAt(drawn, 128, 230)])).toEqual(['red', 'blue']);
  expect((await sharp(drawn).metadata()).exif).toBeUndefined();
  expect(Buffer.from(drawn).toString('latin1')).not.toMatch(/Ada|Exif|GPS/);
});

test('a picture for print (CMYK) is shown in the colours of screens', async () => {
  const printed = await sharp({ create: { width: 64, height: 64, channels: 3, background: RED } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  expect((await sharp(printed).metadata()).space).toBe('cmyk');
  const { data } = await sharp(await thumbnailOf(printed))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [red = 0, green = 0, blue = 0] = data;
  expect([red > 200, green < 80, blue < 80]).toEqual([true, true, true]);
});

test('what is transparent is white; sixteen bits, one point, one line and greys are pictures', async () => {
  const clear = await sharp({ create: { width: 50, height: 50, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();
  expect(await colourAt(await thumbnailOf(clear), 128, 128)).toBe('white');
  const deep = await halves(90, 90).toColourspace('rgb16').png().toBuffer();
  expect(await colourAt(await thumbnailOf(deep), 20, 128)).toBe('red');
  for (const [width, height] of [
    [1, 1],
    [4_000, 1],
    [1, 4_000],
  ] as const)
    await thumbnailOf(await halves(width, height).png().toBuffer());
  expect(
    await colourAt(
      await thumbnailOf(
        await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000000' } })
          .greyscale()
          .png()
          .toBuffer(),
      ),
      128,
      128,
    ),
  ).toBe('black');
});

test('noise, too, becomes small enough for lanes', async () => {
  const noise = Buffer.from(Uint8Array.from({ length: 800 * 800 * 3 }, (_, at) => ((at * 2_654_435_761) >>> (at % 13)) & 255));
  const drawn = await thumbnailOf(
    await sharp(noise, { raw: { width: 800, height: 800, channels: 3 } })
      .png()
      .toBuffer(),
  );
  expect(drawn.length).toBeLessThanOrEqual(MAX_PICTURE_BYTES);
});

test('the same file is the same picture, and what was drawn once is drawn again as it is seen', async () => {
  const file = await halves(300, 300).png().toBuffer();
  const [once, again] = [await thumbnailOf(file), await thumbnailOf(file)];
  expect(once).toEqual(again);
  expect(await colourAt(await thumbnailOf(once), 40, 128)).toBe('red');
});

test('of a picture that moves the first is taken', async () => {
  const png = await halves(80, 80).png().toBuffer();
  const moving = Buffer.concat([
    png.subarray(0, HEADER_LENGTH),
    chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
    png.subarray(HEADER_LENGTH, -12),
    chunk('fdAT', Buffer.from('no data of a frame')),
    png.subarray(-12),
  ]);
  expect(await colourAt(await thumbnailOf(moving), 40, 128)).toBe('red');
  const frames = await Promise.all(
    [RED, '#0000ff'].map(async (background) =>
      sharp({ create: { width: 40, height: 40, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const animated = await sharp(frames, { join: { animated: true } })
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer();
  expect((await sharp(animated).metadata()).pages).toBe(2);
  expect(await colourAt(await thumbnailOf(animated), 128, 128)).toBe('red');
});

test('of two files in one, the picture alone goes on', async () => {
  const jpeg = await halves(64, 64).jpeg().toBuffer();
  const both = Buffer.concat([jpeg, Buffer.from('PK\u0003\u0004<script>alert(1)</script>')]);
  expect(Buffer.from(await thumbnailOf(both)).toString('latin1')).not.toContain('script');
});

test.each([
  ['50,000 × 50,000', async () => sized(await halves(8, 8).png().toBuffer(), 50_000, 50_000), /million points/],
  ['1 × 2,000,000,000', async () => sized(await halves(8, 8).png().toBuffer(), 1, 2_000_000_000), /million points|damaged/],
  ['a torn PNG', async () => (await halves(400, 400).png().toBuffer()).subarray(0, 300), /damaged/],
  ['a torn JPEG', async () => (await halves(400, 400).jpeg({ quality: 100 }).toBuffer()).subarray(0, -500), /damaged/],
  ['a torn WebP', async () => (await halves(400, 400).webp().toBuffer()).subarray(0, -60), /damaged/],
  ['a JPEG of its first bytes alone', async () => Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /damaged/],
  ['an SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /no PNG/],
  [
    'an SVG behind the first bytes of a PNG',
    async () => Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('<svg/>')]),
    /damaged/,
  ],
  ['a GIF', async () => halves(8, 8).gif().toBuffer(), /no PNG/],
  ['a TIFF', async () => halves(8, 8).tiff().toBuffer(), /no PNG/],
  ['an AVIF', async () => halves(8, 8).avif().toBuffer(), /no PNG/],
] as const)('%s is refused, in words', async (_what, make, reason) => {
  expect(await faultOf(await make())).toMatchObject({ type: 'badPicture', reason: expect.stringMatching(reason) as string });
});

test.each(Object.entries(HOSTILE_PICTURES))('%s: none', async (_what, bytes) => {
  expect(await faultOf(bytes)).toMatchObject({ type: 'badPicture' });
});

test('one at a time, and whoever comes behind eight of them is told to come again', async () => {
  const file = await halves(300, 300).png().toBuffer();
  const many = await Promise.all(Array.from({ length: 12 }, async () => drawer.thumbnail(file)));
  expect(many.map((drawn) => (drawn.ok ? 'drawn' : drawn.error.type))).toEqual([
    ...Array.from({ length: 8 }, () => 'drawn'),
    ...Array.from({ length: 4 }, () => 'busy'),
  ]);
  expect((await drawer.thumbnail(file)).ok).toBe(true);
});

test('in grey: within what there is room for, never larger than it is, on white', async () => {
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  const large = await sharp({ create: { width: 1_000, height: 250, channels: 4, background: clear } })
    .png()
    .toBuffer();
  const drawn = await drawer.grey(large, { width: 576, height: 256 });
  expect(drawn).toMatchObject({ ok: true, value: { width: 576, height: 144 } });
  assert(drawn.ok, 'it is drawn');
  expect(new Set(drawn.value.grey)).toEqual(new Set([255]));
  expect(await drawer.grey(await halves(20, 10).png().toBuffer(), { width: 576, height: 256 })).toMatchObject({
    value: { width: 20, height: 10 },
  });
});
