import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';

import { ApiFailure } from './ask.ts';
import { NoRows } from './table-parts.tsx';

const drawn = (data: unknown, error: unknown): string =>
  renderToStaticMarkup(
    <NoRows asked={{ data, error }} none="No customers yet">
      Lanes take customers up.
    </NoRows>,
  ).replaceAll(/ class="[^"]*"/gu, '');

const AWAY = new ApiFailure({ type: 'unreachable' });

test('what a place without rows is for is said when the hub told of none, and not while it is asked or does not answer', () => {
  expect(drawn([], null)).toBe('<div><b>No customers yet</b><p>Lanes take customers up.</p></div>');
  expect(drawn(undefined, null)).toBe('<div><b>Asking the hub…</b></div>');
  expect(drawn(undefined, AWAY)).toMatch(/^<div><b>[^<]+<\/b><\/div>$/u);
  expect(drawn([], AWAY)).not.toContain('Lanes take customers up.');
});
