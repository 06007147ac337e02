/** A receipt as a page and as a PDF: what stands in them, and that their codes can be read. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

import { createCanvas } from '@napi-rs/canvas';
import { expect, test } from 'vitest';

import { documentToHtml } from './document-html.ts';
import { documentToPdf } from './document-pdf.ts';
import type { PrintDocument } from './print-document.ts';

const RECEIPT: PrintDocument = {
  direction: 'rtl',
  mark: 'COPY',
  blocks: [
    { type: 'text', text: 'متجر <script>alert(1)</script>', align: 'center', isBold: true },
    { type: 'row', start: 'حليب', end: '1.19 & "2"' },
    { type: 'rule' },
    { type: 'row', start: '牛乳', end: '298', isLarge: true },
    { type: 'qr', data: 'R-1-abcd-000001' },
    { type: 'feed', lines: 1 },
    { type: 'barcode', data: '1-abcd-000001' },
  ],
};
const FACTS = { title: 'Receipt 1', language: 'ar' };

test('as a page: whole, in its language and direction, and what looks like markup is text', () => {
  const page = documentToHtml(RECEIPT, FACTS);
  expect(page).toMatch(/<html lang="ar" dir="rtl">/);
  expect(page).toContain('متجر &#60;script&#62;alert(1)&#60;/script&#62;');
  expect(documentToHtml({ direction: 'rtl', blocks: [{ type: 'row', start: 'A الضريبة 7%', end: '1.00' }] }, FACTS)).toContain(
    '<span dir="rtl">A الضريبة 7%</span>',
  );
  expect(page).toContain('<span dir="auto">1.19 &#38; &#34;2&#34;</span>');
  expect(page).toMatch(/COPY[^]*حليب[^]*牛乳[^]*aria-label="R-1-abcd-000001"[^]*aria-label="1-abcd-000001"/);
  expect(page).not.toMatch(/<script|src=|href=|url\(/);
});

interface ReadPdf {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** By its own table of objects, as a reader does it. */
function readPdf(pdf: Uint8Array): ReadPdf {
  const text = Buffer.from(pdf).toString('latin1');
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  expect(text.slice(table, table + 4)).toBe('xref');
  const offsets = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));
  offsets.forEach((offset, index) => expect(text.slice(offset).startsWith(`${index + 1} 0 obj\n`)).toBe(true));
  const image = text.indexOf('/Subtype /Image');
  const number = (name: string): number => Number(new RegExp(`/${name} (\\d+)`).exec(text.slice(image))?.[1]);
  const from = text.indexOf('stream\n', image) + 'stream\n'.length;
  return { width: number('Width'), height: number('Height'), grey: inflateSync(pdf.subarray(from, from + number('Length'))) };
}

test('as a PDF: one page of 80 mm, that a reader finds its way in', () => {
  const pdf = documentToPdf(RECEIPT, FACTS);
  const { width, height, grey } = readPdf(pdf);
  expect(grey.length).toBe(width * height);
  const [, points] = /MediaBox \[0 0 ([\d.]+) /.exec(Buffer.from(pdf).toString('latin1')) ?? [];
  expect((Number(points) / 72) * 25.4).toBeCloseTo(80, 0);
  expect(Buffer.from(pdf).toString('latin1')).toContain(
    `/Title <FEFF${'Receipt 1'.replaceAll(/./g, (letter) => letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0'))}>`,
  );
});

const hasZbar = spawnSync('zbarimg', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasZbar) process.stderr.write('not run: nothing reads codes back from a PDF, for zbarimg (Debian zbar-tools) is not installed\n');

test.skipIf(!hasZbar)('zbar reads both codes of a PDF', () => {
  const { width, height, grey } = readPdf(documentToPdf(RECEIPT, FACTS));
  const canvas = createCanvas(width, height);
  const image = canvas.getContext('2d').createImageData(width, height);
  grey.forEach((value, at) => image.data.set([value, value, value, 255], at * 4));
  canvas.getContext('2d').putImageData(image, 0, 0);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pdf-'));
  const file = join(folder, 'page.png');
  writeFileSync(file, canvas.toBuffer('image/png'));
  const { stdout } = spawnSync('zbarimg', ['--quiet', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(stdout.trim().split('\n').sort()).toEqual(['CODE-128:1-abcd-000001', 'QR-Code:R-1-abcd-000001']);
});
