/**
 * A print document as a PDF of one page, as long as it has to be: a picture of real shaped text, so that every script stands in it as on paper and no
 * font has to be in the file. ISO 32000-1: one image (8.9.5) on one page, compressed by Flate.
 */
import { deflateSync } from 'node:zlib';

import { unreachable } from '@holdfast/base';

import { type GreyPicture, readLogo } from './logo.ts';
import type { PrintBlock, PrintDocument } from './print-document.ts';
import { code128Bars, qrSquares } from './symbols.ts';
import { columnDots, rasterise } from './text-raster.ts';

const WIDTH_DOTS = 576;
const MARGIN_DOTS = 32;
/** 80 mm of paper, of which 576 dots are printed on 72. */
const POINTS_PER_DOT = 72 / 203.2;
const LINE_DOTS = 32;
const QR_MODULE_DOTS = 6;
const [BAR_MODULE_DOTS, BAR_DOTS] = [2, 64];
const LOGO_GAP_DOTS = 16;
const [WHITE, BLACK] = [255, 0];

/** Grey values, row by row, WIDTH_DOTS to the row. */
type Strip = Uint8Array;

export function documentToPdf(
  { direction, mark, logo, blocks }: PrintDocument,
  { title, language }: { readonly title: string; readonly language: string },
): Uint8Array {
  const marks: readonly PrintBlock[] =
    mark === undefined ? [] : [{ type: 'text', text: mark, align: 'center', isBold: true, isLarge: true }];
  const picture = readLogo(logo);
  const amounts = blocks.flatMap((block) => (block.type === 'row' && block.isAmount === true ? [block.end] : []));
  const endColumnDots = direction === 'rtl' ? columnDots(amounts) : 0;
  const stripsOfAll = (some: readonly PrintBlock[]): readonly Strip[] => some.flatMap((block) => stripsOf(block, direction, endColumnDots));
  const strips = [...stripsOfAll(marks), ...(picture === undefined ? [] : [logoStrip(picture)]), ...stripsOfAll(blocks)];
  const width = WIDTH_DOTS + 2 * MARGIN_DOTS;
  const height = strips.reduce((sum, strip) => sum + strip.length / WIDTH_DOTS, 2 * MARGIN_DOTS);
  const page = new Uint8Array(width * height).fill(WHITE);
  let top = MARGIN_DOTS;
  for (const strip of strips) {
    for (let at = 0; at < strip.length; at += WIDTH_DOTS, top += 1)
      page.set(strip.subarray(at, at + WIDTH_DOTS), top * width + MARGIN_DOTS);
  }
  return pdfOf({ width, height, grey: page, title, language });
}

function stripsOf(block: PrintBlock, direction: 'ltr' | 'rtl', endColumnDots: number): readonly Strip[] {
  switch (block.type) {
    case 'text':
      return block.text.split('\n').map((text) => greyOf(rasterise({ ...block, start: text, direction }, WIDTH_DOTS).data));
    case 'row':
      return [greyOf(rasterise({ ...block, direction, ...(block.isAmount === true && { endColumnDots }) }, WIDTH_DOTS).data)];
    case 'picture': {
      const picture = readLogo(block.png);
      return picture === undefined ? [] : [logoStrip(picture)];
    }
    case 'rule':
      return [dots(17, (x, y) => y === 8 && x % 12 < 8)];
    case 'feed':
      return [dots(block.lines * LINE_DOTS, () => false)];
    case 'qr': {
      const { size, modules } = qrSquares(block.data);
      const left = Math.floor((WIDTH_DOTS - size * QR_MODULE_DOTS) / 2);
      const isBlack = (x: number, y: number): boolean => x >= 0 && x < size && modules[y * size + x] === 1;
      return [dots(size * QR_MODULE_DOTS, (x, y) => isBlack(Math.floor((x - left) / QR_MODULE_DOTS), Math.floor(y / QR_MODULE_DOTS)))];
    }
    case 'barcode': {
      const bars = code128Bars(block.data).flatMap((width, index) => Array<boolean>(width * BAR_MODULE_DOTS).fill(index % 2 === 0));
      const left = Math.floor((WIDTH_DOTS - bars.length) / 2);
      return left < 0 ? [] : [dots(BAR_DOTS, (x) => bars[x - left] === true)];
    }
    default:
      return unreachable(block, 'documentToPdf');
  }
}

/** In the middle, as grey as it is, with a line of white under it. */
function logoStrip({ width, height, grey }: GreyPicture): Strip {
  const strip = new Uint8Array((height + LOGO_GAP_DOTS) * WIDTH_DOTS).fill(WHITE);
  const left = Math.floor((WIDTH_DOTS - width) / 2);
  for (let row = 0; row < height; row += 1) strip.set(grey.subarray(row * width, (row + 1) * width), row * WIDTH_DOTS + left);
  return strip;
}

const greyOf = (rgba: Uint8ClampedArray): Strip => Uint8Array.from({ length: rgba.length / 4 }, (_, at) => rgba[at * 4] ?? WHITE);

const dots = (rows: number, isBlack: (x: number, y: number) => boolean): Strip =>
  Uint8Array.from({ length: rows * WIDTH_DOTS }, (_, at) => (isBlack(at % WIDTH_DOTS, Math.floor(at / WIDTH_DOTS)) ? BLACK : WHITE));

function pdfOf({
  width,
  height,
  grey,
  title,
  language,
}: {
  width: number;
  height: number;
  grey: Uint8Array;
  title: string;
  language: string;
}): Uint8Array {
  const size = [width, height].map((length) => (length * POINTS_PER_DOT).toFixed(2));
  const image = deflateSync(grey, { level: 9 });
  const drawing = `q ${size[0]} 0 0 ${size[1]} 0 0 cm /Paper Do Q`;
  const objects: readonly (readonly [dictionary: string, stream?: Uint8Array])[] = [
    [`<< /Type /Catalog /Pages 2 0 R /Lang ${hexText(language)} /ViewerPreferences << /DisplayDocTitle true >> >>`],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${size.join(' ')}] /Resources << /XObject << /Paper 4 0 R >> >> /Contents 5 0 R >>`],
    [
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /Length ${image.length} >>`,
      image,
    ],
    [`<< /Length ${drawing.length} >>`, Buffer.from(drawing, 'latin1')],
    [`<< /Title ${hexText(title)} >>`],
  ];
  const parts: Uint8Array[] = [Buffer.from('%PDF-1.7\n%\xE2\xE3\xCF\xD3\n', 'latin1')];
  const offsets: number[] = [];
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  objects.forEach(([dictionary, stream], index) => {
    offsets.push(length());
    parts.push(Buffer.from(`${index + 1} 0 obj\n${dictionary}\n`, 'latin1'));
    if (stream !== undefined) parts.push(Buffer.from('stream\n'), stream, Buffer.from('\nendstream\n'));
    parts.push(Buffer.from('endobj\n'));
  });
  const from = length();
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  parts.push(
    Buffer.from(
      `xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${count} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${from}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** UTF-16 with its mark, in hexadecimal: no letter of it can end the string. */
const hexText = (text: string): string => `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`;
