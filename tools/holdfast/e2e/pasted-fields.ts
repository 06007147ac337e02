/**
 * What somebody pastes, by the machine's own clipboard, into each field of the lane's window: it stands there or a row says why not, and it is never
 * written into what lies behind. Of a lane that somebody is signed on to, with one line in its basket.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import { atRest } from './screens.ts';

const MEGABYTE = 1_048_576;
const LONG = 'm'.repeat(MEGABYTE);
const TURNED = '\u202e00.1\u2066 👩‍👩‍👧‍👦\u2069<img src=x onerror=alert(1)>';
const PASTED: Readonly<Record<string, string>> = { 'a thousand million': '1000000000', 'turned around': TURNED, megabyte: LONG };

interface Field {
  readonly name: string;
  /** From the sale, and back to it. */
  readonly keys: readonly string[];
  readonly back: readonly string[];
  /** Where it stands that it was taken, or why not. */
  readonly says: string;
}

const PER_FIELD = 2;
const ROW = '[data-testid="notice"], [data-kind="refused"]';
const SALE: readonly Field[] = (
  [
    ['a code', []],
    ['a search', ['F7']],
    ['a price', ['F8']],
    ['a discount', ['Shift+F3']],
    ['a coupon', ['Shift+F2']],
    ['a customer', ['Shift+F1']],
    ['somebody new', ['Shift+PageUp']],
    ['a certificate', ['Shift+F7']],
  ] as const
).map(([name, keys]) => ({ name, keys, back: ['Escape', 'Escape', 'Escape'], says: ROW }));

const SHEETS: readonly Field[] = [
  { name: 'somebody’s number', keys: ['F11'], back: ['Escape', 'Escape'], says: '[data-testid="people"]' },
  { name: 'a PIN', keys: ['F11', '2', 'Enter'], back: ['Escape', 'Escape', 'Escape'], says: '[data-testid="people"]' },
  ...(
    [
      ['an amount', ['3']],
      ['a count', ['1']],
      ['what goes to the bank', ['7', '1']],
      ['the number of a bag', ['7', '1', '5', 'Enter']],
      ['a search of the journal', ['a']],
    ] as const
  ).map(([name, keys]) => ({
    name,
    keys: ['Shift+F11', ...keys],
    back: ['Escape', 'Escape', 'Escape', 'Escape'],
    says: '[data-testid="cash"]',
  })),
];

const press = async (page: Page, keys: readonly string[]): Promise<void> => {
  for (const key of keys) {
    await page.keyboard.press(key, { delay: 40 });
    await atRest(page);
  }
};
const entryOf = async (page: Page): Promise<string> => page.getByTestId('entry').inputValue();

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(async (copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press('Control+v');
  await atRest(page);
}

/** What went wrong, in words. */
export async function pasteIntoFields(page: Page): Promise<readonly string[]> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const faults: string[] = [];
  const lines = page.locator('[data-testid="lines"] [data-kind="item"]');
  for (const [at, { name, keys, back, says }] of [...SALE, ...SHEETS].entries()) {
    const all = Object.entries(PASTED);
    // The next field has the next ones: each string comes to several fields, each field to some, and all to all in the tests beside the code.
    for (const [what, text] of [...all, ...all].slice(at % all.length).slice(0, says === ROW ? 1 : PER_FIELD)) {
      await press(page, keys);
      const isSale = says === ROW;
      const before = isSale ? await page.locator(says).count() : await page.locator(says).innerText();
      await paste(page, text);
      const entry = await entryOf(page);
      const after = isSale ? await page.locator(says).count() : await page.locator(says).innerText();
      if (after === before && (!isSale || entry === '')) faults.push(`${name}, ${what}: nothing is seen of it`);
      if (!isSale && entry !== '') faults.push(`${name}, ${what}: “${entry.slice(0, 20)}” is written behind it`);
      await press(page, back);
      if ((await entryOf(page)) !== '') await press(page, ['Escape', 'Escape']);
    }
    expect(await lines.count(), `${name}: the line stays`).toBe(1);
  }
  return faults;
}

/** An address of the network is pasted from somewhere else: that is what a field of devices is for. */
export async function pasteAddress(page: Page): Promise<void> {
  await press(page, ['F12']);
  await page.locator('[data-add="scale"]:not([disabled])').focus();
  await press(page, ['Enter', ...'nci', 'Enter']);
  const typed = page.getByTestId('setup-typed');
  for (const text of [LONG, TURNED]) {
    await paste(page, text);
    await page.locator('[data-testid="setup"] [data-problem]').waitFor();
  }
  await paste(page, ' 192.168.1.50\n');
  await expect.poll(() => typed.textContent()).toBe('192.168.1.50');
  await press(page, ['Enter']);
  await page.locator('[data-device="scale"][data-state="unsaved"]').waitFor();
  await press(page, ['Escape']);
  await page.locator('[data-way="leave"]').click();
  await page.getByTestId('setup').waitFor({ state: 'detached' });
}
