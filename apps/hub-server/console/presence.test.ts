import { expect, test } from 'vitest';

import { createPresence } from './presence.ts';

/** Events of a page that were made by a person, and by a script. */
function pageOf() {
  const listeners = new Map<string, (event: Event) => void>();
  const page = { addEventListener: (type: string, listener: unknown) => void listeners.set(type, listener as (event: Event) => void) };
  const happens = (type: string, isTrusted: boolean): void => listeners.get(type)?.({ type, isTrusted } as Event);
  return { page, happens };
}

test('what somebody did is told with the next request; those that the page sends by itself say so', () => {
  const { page, happens } = pageOf();
  const { headersOf } = createPresence(page);
  const background = { 'Holdfast-Background': '1' };
  expect([headersOf(), headersOf(), headersOf()]).toEqual([{}, background, background]);
  for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove']) {
    happens(type, true);
    expect([headersOf(), headersOf()], type).toEqual([{}, background]);
  }
  happens('keydown', false);
  happens('focus', true);
  expect(headersOf()).toEqual(background);
});
