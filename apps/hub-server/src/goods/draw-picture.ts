/**
 * Pictures that people bring, read at the hub and drawn anew: nothing of a file but what is seen goes on to anybody, neither where it was taken (EXIF, XMP) nor a second file behind the
 * first. Only PNG, JPEG and WebP are opened, told by their first bytes; every other reader of the library is shut. A file says how large it is before anything of it is decoded.
 *
 * One at a time: what a picture takes (169 MB was seen for an interlaced PNG of 50 million points, 150 for a progressive JPEG, 38 and less for others) is taken once, whoever brings how many.
 */
import { assert, err, InvariantError, ok, type Result } from '@holdfast/base';
import type { Sharp, SharpOptions } from 'sharp';

import { readPictureForm } from './picture-form.ts';

/** What a camera makes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_FILE_POINTS = 64_000_000;
export const FILE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

export type DrawFault = { readonly type: 'badPicture'; readonly reason: string } | { readonly type: 'busy' };
type Drawn<T> = Promise<Result<T, DrawFault>>;

export interface GreyPoints {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0 (black) to 255 (white). */
  readonly grey: Uint8Array;
}

export interface PictureDrawer {
  /** As lanes show pictures of goods (`readPictureForm`): all of it is seen, in the middle, on white. */
  thumbnail(file: Uint8Array): Drawn<Uint8Array>;
  /** Without colours, on white, within so many points; never larger than it is. */
  grey(file: Uint8Array, most: { readonly width: number; readonly height: number }): Drawn<GreyPoints>;
}

/** The largest sides, the best qualities first: a key shows 36 to 58 points, twice as many on a dense screen, and a customer display a few hundred. */
const ATTEMPTS = [
  [256, 80],
  [256, 65],
  [256, 50],
  [192, 60],
  [160, 50],
  [128, 40],
  [96, 20],
] as const;
const WHITE = '#ffffff';
/** Whoever comes behind them is told to come again: each holds a file in memory. */
const MOST_WAITING = 8;
const MOST_SECONDS = 30;
const OPENED = ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer', 'VipsForeignLoadWebpBuffer'] as const;

const bad = (reason: string): Result<never, DrawFault> => err({ type: 'badPicture', reason });

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];
const startsWith = (bytes: Uint8Array, start: readonly number[], at = 0): boolean =>
  start.every((byte, index) => bytes[at + index] === byte);
const ascii = (text: string): readonly number[] => [...text].map((letter) => letter.codePointAt(0) ?? 0);

/** By its first bytes, whatever it is called. */
function isPictureFile(bytes: Uint8Array): boolean {
  if (startsWith(bytes, PNG) || startsWith(bytes, JPEG)) return true;
  return startsWith(bytes, ascii('RIFF')) && startsWith(bytes, ascii('WEBP'), 8);
}

type Open = (file: Uint8Array) => Sharp;

/** Loaded with the first picture: a hub that is brought none does without it. */
async function loadReader(): Promise<Open> {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: [...OPENED] });
  sharp.cache(false);
  sharp.concurrency(1);
  const options: SharpOptions = { limitInputPixels: MAX_FILE_POINTS, failOn: 'error', sequentialRead: true };
  return (file) => sharp(file, options);
}

export function createPictureDrawer(): PictureDrawer {
  let reader: Promise<Open> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const inTurn = async <T>(file: Uint8Array, draw: (open: Open) => Drawn<T>): Drawn<T> => {
    if (!isPictureFile(file)) return bad('it is no PNG, JPEG or WebP file');
    if (waiting >= MOST_WAITING) return err({ type: 'busy' });
    waiting += 1;
    const turn = last.then(async (): Drawn<T> => {
      reader ??= loadReader();
      const open = await reader;
      try {
        const { width, height } = await open(file).metadata();
        if (width * height > MAX_FILE_POINTS) return bad(tooLarge(width, height));
        return await draw(open);
      } catch (error) {
        if (error instanceof InvariantError) throw error;
        return bad(reasonOf(error));
      }
    });
    last = turn.catch(() => undefined).finally(() => (waiting -= 1));
    return turn;
  };

  return {
    thumbnail: async (file) =>
      inTurn(file, async (open) => {
        // Read once, at the largest size that is tried.
        const [largest] = ATTEMPTS[0];
        const square = await onWhite(open(file))
          .resize(largest, largest, { fit: 'contain', background: WHITE })
          .png({ compressionLevel: 0 })
          .toBuffer();
        for (const [side, quality] of ATTEMPTS) {
          const webp = new Uint8Array(await open(square).resize(side, side).webp({ quality, effort: 5 }).toBuffer());
          if (!readPictureForm(webp).ok) continue;
          return ok(webp);
        }
        return bad('it has too much in it to be made small enough for lanes');
      }),
    grey: async (file, most) =>
      inTurn(file, async (open) => {
        const { data, info } = await onWhite(open(file))
          .resize(most.width, most.height, { fit: 'inside', withoutEnlargement: true })
          .greyscale()
          .raw()
          .toBuffer({ resolveWithObject: true });
        assert(data.length === info.width * info.height, 'grey has one byte a point');
        return ok({ width: info.width, height: info.height, grey: new Uint8Array(data) });
      }),
  };
}

/** Upright, in the colours that everybody shows. */
const onWhite = (image: Sharp): Sharp =>
  image.timeout({ seconds: MOST_SECONDS }).autoOrient().toColourspace('srgb').flatten({ background: WHITE });

const tooLarge = (width: number, height: number): string =>
  `it is ${width} × ${height} points, and has more than ${MAX_FILE_POINTS / 1_000_000} million`;

/** The library's words are for programmers, and of many lines. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(text)) return `it has more than ${MAX_FILE_POINTS / 1_000_000} million points`;
  if (/timeout/i.test(text)) return `it takes more than ${MOST_SECONDS} seconds to read`;
  return 'it is damaged, or ends before its end';
}
