/** Lines from right to left, as they stand on paper: where their ink is. */
import { expect, test } from 'vitest';

import { columnDots, linesOnPaper, rasterise, type RasterLine } from './text-raster.ts';

const DOTS = 384;
const CELL_DOTS = 13.2;

/** The dots across the paper that have ink. */
function inkOf(line: Omit<RasterLine, 'direction'>, direction: RasterLine['direction'] = 'rtl'): readonly number[] {
  const { width, data } = rasterise({ ...line, direction }, DOTS);
  const inked = new Set<number>();
  for (let at = 0; at < data.length / 4; at += 1) if ((data[at * 4] ?? 255) < 128) inked.add(at % width);
  return [...inked].sort((one, other) => one - other);
}
const amountOf = (ink: readonly number[], columnEnd: number): number | undefined => ink.findLast((dot) => dot < columnEnd);
const inkCount = (line: Omit<RasterLine, 'direction'>): number =>
  rasterise({ ...line, direction: 'rtl' }, DOTS).data.filter((value, at) => at % 4 === 0 && value < 128).length;

test('amounts of one receipt end in one column, whatever they come to', () => {
  const ends = ['1,123.94 A', '123.94 A', '3.94 A'];
  const endColumnDots = columnDots(ends);
  const last = ends.map((end) => amountOf(inkOf({ start: 'خبز', end, endColumnDots }), endColumnDots + 1));
  expect(new Set(last).size).toBe(1);
  const alone = ends.map((end) => amountOf(inkOf({ start: 'خبز', end }), endColumnDots + 1));
  expect(new Set(alone).size).toBe(3);
});

test('a label that begins with a letter of another script runs the document’s way: its mark is at the right', () => {
  const rightmost = (line: RasterLine): readonly number[] => inkOf(line, line.direction).filter((dot) => dot > DOTS - CELL_DOTS);
  const mark = rightmost({ start: 'A', direction: 'rtl' });
  expect(mark.length).toBeGreaterThan(5);
  expect(rightmost({ start: 'A الضريبة 7%', direction: 'rtl' })).toEqual(mark);
  expect(rightmost({ start: 'A מע"מ 18%', direction: 'rtl' })).toEqual(mark);
});

test.each(['  Reduction', '  הנחה', '  خصم'])('%s is indented from the side where lines begin', (start) => {
  const indented = inkOf({ start }).at(-1) ?? 0;
  const flush = inkOf({ start: start.trimStart() }).at(-1) ?? 0;
  expect(Math.abs(flush - indented - 2 * CELL_DOTS)).toBeLessThan(2);
  expect(DOTS - 1 - indented).toBeGreaterThan(2 * CELL_DOTS - 2);
});

test.each(['المجموع', 'סך הכל', 'ยอดรวม', '合計', 'Total', 'Итого'])('%s is bold where it is to be, also without a bold font', (start) => {
  expect(inkCount({ start, isBold: true })).toBeGreaterThan(inkCount({ start }) * 1.1);
});

test('lines end where words do: Thai, which has no blanks, too; a letter keeps its marks', () => {
  const thai = 'นมสดพาสเจอร์ไรส์รสจืดไขมันต่ำสองลิตร';
  const words = [...new Intl.Segmenter('th', { granularity: 'word' }).segment(thai)].map(({ segment }) => segment);
  const lines = linesOnPaper(thai, 200);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('')).toBe(thai);
  let at = 0;
  const ends = new Set(words.map((word) => (at += word.length)));
  at = 0;
  for (const line of lines) expect(ends.has((at += line.length)), line).toBe(true);
  expect(linesOnPaper('牛乳一リットルの紙パック', 120).join('')).toBe('牛乳一リットルの紙パック');
  expect(linesOnPaper('Milk from the mountains', 160)).toEqual(['Milk from', 'the', 'mountains']);
});

test.each(['Donaudampfschifffahrtsgesellschaft', 'ဒေါင်းလုဒ်ဒေါင်းလုဒ်ဒေါင်းလုဒ်', 'مكتبةمكتبةمكتبةمكتبةمكتبة'])(
  '%s, which no line holds, goes on in the next one',
  (word) => {
    const lines = linesOnPaper(word, 100);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('')).toBe(word);
  },
);
