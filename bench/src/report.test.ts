import { expect, test } from 'vitest';

import { atMost, figure, renderReport } from './report.ts';

test('a report says what was measured, what cannot be, and which targets hold', () => {
  const text = renderReport({
    name: 'b',
    against: 'a floor',
    setting: 'here',
    figures: [figure('sent', 1_234.567, 'bytes', '> 10 min, so far')],
    unsupported: [{ name: 'Peer W5', why: 'by a server only' }],
    targets: [atMost('holds', 1, 1.00004, '×'), atMost('does not', 3, 2, 's')],
  });
  expect(text.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    'b',
    ' here',
    ' against: a floor',
    ' sent 1235 bytes (> 10 min, so far)',
    ' Peer W5 unsupported (by a server only)',
    ' ✓ holds 1 × (≤ 1)',
    ' ✗ does not 3 s (≤ 2)',
    '',
  ]);
});
