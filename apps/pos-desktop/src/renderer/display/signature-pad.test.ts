import { isSigned, SIGNATURE_MAX, signatureText, type SignatureStroke } from '@holdfast/domain';
import { expect, test } from 'vitest';

import { pathOf } from './signature-drawing.tsx';
import { drawnTo, pointAt } from './signature-pad.tsx';

const BOX = { left: 100, top: 50, width: 800, height: 320 };

test('a finger is where it stands on the grid, and at its edge where it slips off', () => {
  expect(pointAt({ clientX: 100, clientY: 50 }, BOX)).toEqual({ x: 0, y: 0 });
  expect(pointAt({ clientX: 500, clientY: 210 }, BOX)).toEqual({ x: 200, y: 80 });
  expect(pointAt({ clientX: 2_000, clientY: -5 }, BOX)).toEqual({ x: SIGNATURE_MAX.width - 1, y: 0 });
});

test('points that show no more of a line are left out; before the finger is down nothing is drawn', () => {
  const dot = [[{ x: 10, y: 10 }]];
  expect(drawnTo([], { x: 1, y: 1 })).toEqual([]);
  expect(drawnTo(dot, { x: 11, y: 11 })).toBe(dot);
  expect(drawnTo(dot, { x: 14, y: 10 })).toEqual([
    [
      { x: 10, y: 10 },
      { x: 14, y: 10 },
    ],
  ]);
});

test('whoever scribbles without end has signed when the room is full', () => {
  let strokes: readonly SignatureStroke[] = [[{ x: 0, y: 0 }]];
  for (let step = 1; step < 5_000; step += 1) strokes = drawnTo(strokes, { x: (step * 37) % 400, y: (step * 53) % 160 });
  expect(signatureText(strokes).length).toBeLessThanOrEqual(2 * SIGNATURE_MAX.bytes);
  expect(isSigned(strokes)).toBe(true);
});

test('a stroke is a line, and one of a single point a dot', () => {
  expect(
    pathOf([
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]),
  ).toBe('M1 2L3 4');
  expect(pathOf([{ x: 1, y: 2 }])).toBe('M1 2h0');
});
