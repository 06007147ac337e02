import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-receipt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = join(folder, 'receipt.json');
writeFileSync(
  FILE,
  JSON.stringify({
    receiptNumber: '1-abcd-000001',
    currency: 'EUR',
    minorDigits: 2,
    blocks: [
      { type: 'heading', text: 'Corner Shop' },
      { type: 'amount', label: 'Total', amountMinor: 1893, emphasis: true },
    ],
  }),
);

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(args, {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('the text lines of the paper, where nothing else is asked for', async () => {
  const { code, out } = await run('receipt', FILE, '--printer', 'epson-tm-t20iii', '--mark', 'COPY');
  expect(code).toBe(EXIT.done);
  expect(
    out
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ).toEqual(['COPY', 'Corner Shop', 'Total             €18.93']);
});

test('bytes and a picture', async () => {
  const [bytes, png] = [join(folder, 'receipt.bin'), join(folder, 'receipt.png')];
  const { code, out } = await run('receipt', FILE, '--printer', 'star-mpop', '--locale', 'de-DE', '--out', bytes, '--png', png, '--json');
  expect(code).toBe(EXIT.done);
  expect(JSON.parse(out)).toMatchObject({
    type: 'receipt',
    model: 'star-mpop',
    bytes: readFileSync(bytes).length,
    cuts: 1,
    unknownCommands: [],
  });
  expect(readFileSync(png).subarray(1, 4).toString()).toBe('PNG');
});

test('a page and a PDF, without any printer', async () => {
  const [html, pdf] = [join(folder, 'receipt.html'), join(folder, 'receipt.pdf')];
  expect(await run('receipt', FILE, '--locale', 'ar', '--html', html, '--pdf', pdf)).toMatchObject({ code: EXIT.done, out: '' });
  expect(readFileSync(html, 'utf8')).toMatch(/<html lang="ar" dir="rtl">[^]*Corner Shop/);
  expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
  expect(await run('receipt', FILE, '--html', html, '--png', join(folder, 'no.png'))).toMatchObject({ code: EXIT.usage });
  expect(await run('receipt', FILE)).toMatchObject({ code: EXIT.usage });
});

test('what is wrong is said in words', async () => {
  expect(await run('receipt', FILE, '--printer', 'laser')).toMatchObject({ code: EXIT.usage });
  expect(await run('receipt', FILE, '--printer', 'star-mpop', '--locale', '!')).toMatchObject({ code: EXIT.usage });
  writeFileSync(join(folder, 'no.json'), '{"receiptNumber":1}');
  const { code, err } = await run('receipt', join(folder, 'no.json'), '--printer', 'star-mpop');
  expect(code).toBe(EXIT.failed);
  expect(err).toContain('This is no receipt: receiptNumber');
  expect((await run('device', 'toaster')).code).toBe(EXIT.usage);
  expect((await run('device', 'printer', '--script', 'on fire')).err).toContain('on fire');
});
