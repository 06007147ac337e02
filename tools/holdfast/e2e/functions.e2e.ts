/**
 * The functions behind `More`, by keyboard alone and by touch alone: customers, coupons, discounts, exemption, gift cards, prices and why a
 * line costs what it costs. Each panel that opens is checked by axe. Then customers: found, taken up while the hub hangs and the till is killed, and on no
 * disk by name; and each function under each condition.
 */
import { crc32, deflateSync } from 'node:zlib';

import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';

import { orderDemo, type Action } from '../src/demo-control.ts';
import { createHubApi } from '../src/hub-api.ts';
import { createHand, type LaneHand, plugDevices, prepareFunctions, runFunctions } from './conditions.ts';
import { demoInBrowser } from './demo-in-browser.ts';
import { GOODS, money, SIGNED } from './goods.ts';
import { expectProven, filesOf, holdfast } from './processes.ts';
import { askUntilThere, atRest, expectAccessible, openPage, scan } from './screens.ts';

const LANE_SIZE = { width: 1024, height: 768 };
const GIFT_CARD = '9520000091002';
/** What the demo's cashier may take off a price without asking. */
const WITHIN_LIMIT_MINOR = 5;
const [FIRST, SECOND] = [GOODS[0]!, GOODS[1]!];

const here = demoInBrowser('functions');

// A window that nobody looks at any more draws what its lane does all the same.
afterEach(async () => {
  for (const context of here.browser.contexts()) await context.close();
});

const rows = (page: Page) => page.locator('[data-testid="lines"] [data-line-id]');
const due = (page: Page) => page.getByTestId('due').textContent();

/** Answers what went wrong in the page. */
async function byKeyboard(): Promise<readonly string[]> {
  const { hub, lanes } = here.demo.ready;
  await createHubApi(hub.url, hub.consoleToken).publish([SIGNED]);
  const { page, faults } = await openPage(here.browser, here.demo.ready.lanes[0]!.url, LANE_SIZE);
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key, { delay: 40 })), Promise.resolve());
  const task = (name: string, question: string) => page.locator(`[data-task="${name}"][data-question="${question}"]`);

  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  await scan(page, '29701001');
  await expect.poll(() => page.getByTestId('customer').textContent()).toBe('gold · 1001');
  await scan(page, FIRST.gtin);
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));

  await press(...'10', 'Shift+F3');
  await task('discount', 'unit').waitFor();
  await press('1');
  await task('discount', 'reason').waitFor();
  await expectAccessible(page, 'why a line is reduced');
  await press('2');
  const reduced = FIRST.priceMinor - Math.round(FIRST.priceMinor / 10);
  await expect.poll(() => due(page)).toBe(money(reduced));

  await press('Shift+F8');
  await page.getByTestId('explanation').waitFor();
  await expectAccessible(page, 'why a line costs what it costs');
  await expect.poll(() => page.getByTestId('explanation').textContent()).toContain('Complaint');
  await press('Escape', 'Shift+F3', 'Delete');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));

  await press('Shift+F7', ...'EX-9', 'Enter');
  await page.getByTestId('exemption').waitFor();
  await press('Shift+F7', 'Delete');
  await expect.poll(() => page.getByTestId('exemption').count()).toBe(0);

  await press('Shift+F2', ...'9952000000010', 'Enter');
  await expect.poll(() => page.getByTestId('coupon').count()).toBe(1);

  await scan(page, GIFT_CARD);
  await task('goods', 'text').waitFor();
  await expectAccessible(page, 'whose gift card it is');
  await press(...'G-1', 'Enter');
  await task('goods', 'number').waitFor();
  await press(...'25', 'Enter');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor + 2_500));
  await press('F1');
  await expect.poll(() => page.getByTestId('change').textContent()).toBe('0.00');

  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-waiting')).toBe('0');
  await press('Shift+F9');
  await task('balance', 'card').waitFor();
  await press('1');
  await task('balance', 'text').waitFor();
  await askUntilThere(page.getByTestId('balance'), () => press(...'G-1', 'Enter'));
  await expect.poll(() => page.getByTestId('balance').innerText()).toContain('25.00');
  await expectAccessible(page, 'what is left on a card');
  await askUntilThere(page.getByText('too much is left on the card'), () => press('1'));
  await press('Escape', 'Escape', 'Insert');
  await scan(page, SECOND.gtin);
  await expect.poll(() => page.getByTestId('inquired').textContent()).toContain(money(SECOND.priceMinor));
  await expectAccessible(page, 'a price that was asked for');
  expect(await rows(page).count()).toBe(0);
  await press('Escape', 'Home');
  await task('drawer', 'reason').waitFor();
  await press('1');
  await expect.poll(() => page.getByTestId('tiles').count()).toBe(1);
  await press('?');
  await page.getByTestId('key-map').waitFor();
  await expectAccessible(page, 'the key map');
  const drawerKey = page.locator('[data-edits="drawer"]');
  await drawerKey.focus();
  await press('Enter', 'Pause');
  await expect.poll(() => drawerKey.textContent()).toBe('Pause');
  await press('Escape', 'Pause');
  await task('drawer', 'reason').waitFor();
  await press('Escape', '?');
  await page.locator('[data-key="keys-reset"]').focus();
  await press('Enter');
  await expect.poll(() => drawerKey.textContent()).toBe('Home');
  await press('Escape');
  const display = await shopperSees(page);
  const hand = await createHand(lanes[0]!.data);
  await shopperSigns(page, display, hand);
  hand.close();
  return faults;
}

async function byTouch(): Promise<readonly string[]> {
  const { page, faults } = await openPage(here.browser, here.demo.ready.lanes[1]!.url, LANE_SIZE, { hasTouch: true });
  const tap = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.locator(`[data-key="${key}"]`).first().tap()), Promise.resolve());

  await page.locator(`[data-department="Services"]`).tap();
  await page.locator('[data-sku="SV-125"]').tap();
  await page.locator('[data-task="goods"][data-question="number"]').waitFor();
  await tap('2', '.', '5', '0', 'ok');
  await expect.poll(() => due(page)).toBe('2.50');
  await scan(page, SECOND.gtin);
  await expect.poll(() => rows(page).count()).toBe(2);

  await tap('F9');
  const more = page.getByTestId('more');
  await expectAccessible(page, 'more keys');
  const scrolls = await more
    .locator('[role="group"]')
    .first()
    .evaluate((body) => body.scrollHeight > body.clientHeight);
  expect(scrolls, 'all keys stand on a screen of 1024 × 768').toBe(false);
  await tap('⇧F1', '1', '0', '0', '2', 'PLU');
  await expect.poll(() => page.getByTestId('customer').textContent()).toContain('silver');
  await tap('F9', '⇧Page ↑', 'letters', 'a', 'd', 'a', 'ok', ...'017655501', 'ok');
  await expect.poll(() => page.getByTestId('newcomer').textContent()).toBe('ada017655501');
  await tap('consent');
  await expect.poll(() => page.getByTestId('customer').textContent()).toBe('A');

  await tap('F9', '⇧F4', '0', '.', '0', '5', 'ok', 'amount', '1');
  await expect.poll(() => due(page)).toBe(money(250 + SECOND.priceMinor - 5));
  await tap('F9', '⇧F4', 'take-back');
  await expect.poll(() => due(page)).toBe(money(250 + SECOND.priceMinor));

  await tap('F9', '⇧F7', 'letters', 'e', 'x', '-', '9', 'ok');
  await expect.poll(() => page.getByTestId('exemption').count()).toBe(1);
  await page.getByTestId('exemption').tap();
  await tap('take-back');
  await expect.poll(() => page.getByTestId('exemption').count()).toBe(0);

  const lower = SECOND.priceMinor - WITHIN_LIMIT_MINOR;
  await tap('F9', 'F8', ...money(lower), 'ok', '1');
  await expect.poll(() => due(page)).toBe(money(250 + lower));
  await tap('F9', '⇧F8');
  await expect.poll(() => page.getByTestId('explanation').textContent()).toContain('Shelf shows another price');
  await tap('F1');
  await expect.poll(() => page.getByTestId('change').textContent()).toBe('0.00');
  await othersByTouch(page, tap);
  await everyDepartment(page, tap);
  await scan(page, FIRST.gtin);
  await expect.poll(() => rows(page).count()).toBe(1);
  await everyLanguage(page);
  return faults;
}

// Two people at two lanes, as in a shop: each waits for their own screen for most of it.
test('by keyboard alone at one lane, and by touch alone at the other', async () => {
  expect(await Promise.all([byKeyboard(), byTouch()])).toEqual([[], []]);
});

type Tap = (...keys: readonly string[]) => Promise<void>;

/** What has no task of its own in the guide: an invoice, coupons, a line's discount, a price check, goods that come back, vouchers, what is left on a card. */
async function othersByTouch(page: Page, tap: Tap): Promise<void> {
  const write = async (...letters: readonly string[]): Promise<void> => {
    if (!(await page.locator('[data-key="a"]').isVisible())) await tap('letters');
    await tap(...letters);
  };
  const task = page.getByTestId('task');
  await tap('F9', '⇧End', 'invoice');
  await write('a', 'd', 'a', 'ok');
  await expect.poll(() => task.textContent()).toContain('address');
  await write('b', '7', 'ok');
  await expect.poll(() => task.textContent()).toContain('tax');
  await write('-', 'ok');
  await task.waitFor({ state: 'detached' });

  await scan(page, FIRST.gtin);
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));
  await tap('F9', '⇧F2', ...'9952000000010', 'ok');
  await expect.poll(() => page.getByTestId('coupon').count()).toBe(1);
  await page.getByTestId('coupon').tap();
  await expect.poll(() => page.getByTestId('coupon').count()).toBe(0);
  await tap('F9', '⇧F3', '1', '0', 'ok', 'percent', '2');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor - Math.round(FIRST.priceMinor / 10)));
  await tap('F9', '⇧F3', 'take-back');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));
  await tap('C', 'F9', 'Ins');
  await scan(page, SECOND.gtin);
  await expect.poll(() => page.getByTestId('inquired').textContent()).toContain(money(SECOND.priceMinor));
  await tap('C', 'F6');
  await scan(page, SECOND.gtin);
  await expect.poll(() => rows(page).last().textContent()).toContain('comes back');
  await tap('Del');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));
  await tap('0', '.', '0', '5', '/');
  await page.locator('[data-tender="voucher"]').tap();
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor - 5));
  await tap('/');
  await page.locator('[data-give-back]').tap();
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));

  await scan(page, GIFT_CARD);
  await tap('7', '7', 'ok', '2', '5', 'ok');
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor + 2_500));
  await tap('F1');
  await expect.poll(() => page.getByTestId('change').textContent()).toBe('0.00');
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-waiting')).toBe('0');
  await tap('F9', '⇧F9', 'giftCard');
  await askUntilThere(page.getByTestId('balance'), () => tap('7', '7', 'ok'));
  await expect.poll(() => page.getByTestId('balance').innerText()).toContain('25.00');
  await tap('C');

  // A card's number may have letters: they are there to touch, too, and gone with what asked.
  await scan(page, FIRST.gtin);
  await expect.poll(() => due(page)).toBe(money(FIRST.priceMinor));
  await tap('/');
  await page.locator('[data-tender="giftCard"]').tap();
  await write('q', '7');
  await expectAccessible(page, 'letters for the number of a gift card');
  expect(await page.getByTestId('entry').inputValue()).toBe('q7');
  await tap('Esc', 'letters');
  await page.locator('[data-key="PLU"]').waitFor();
  await tap('7', '7', 'ok');
  await page.getByTestId('completed').waitFor();
}

/** Where not all departments stand on the screen, it shows that there are more, and each is reached by touch and by keyboard. */
async function everyDepartment(page: Page, tap: Tap): Promise<void> {
  const tabs = page.locator('[data-department]');
  const names = await tabs.evaluateAll((all) => all.map((tab) => tab.getAttribute('data-department') ?? ''));
  const shown = (): Promise<readonly string[]> =>
    tabs.evaluateAll((all) =>
      all.flatMap((tab) => {
        const [at, strip] = [tab.getBoundingClientRect(), tab.closest('[role="group"]')?.getBoundingClientRect()];
        const isWhole = strip !== undefined && at.left >= strip.left - 1 && at.right <= strip.right + 1;
        return isWhole ? [tab.getAttribute('data-department') ?? ''] : [];
      }),
    );
  const turn = (side: 'before' | 'after') => page.locator(`[data-turn="${side}"]`);
  for (const width of [1024, 1366]) {
    await page.setViewportSize({ width, height: 768 });
    await tabs.first().tap();
    await atRest(page);
    for (const side of ['after', 'before'] as const) {
      const seen = new Set(await shown());
      expect(seen.size, `${width}`).toBeLessThan(names.length);
      for (let touches = 0; touches < names.length && (await turn(side).isEnabled()); touches += 1) {
        await turn(side).tap();
        await atRest(page);
        for (const name of await shown()) seen.add(name);
      }
      expect([...seen].toSorted(), `${side}, ${width}`).toEqual(names.toSorted());
    }
    // Behind the first comes the last.
    await page.keyboard.press('PageUp');
    await expect.poll(() => tabs.last().getAttribute('aria-pressed')).toBe('true');
    await expect.poll(shown).toContain(names.at(-1));
  }
  await page.setViewportSize(LANE_SIZE);
  await tap('C');
}

/** The shopper's screen, beside the lane's: the sale as it comes, what is to pay, and the change. */
async function shopperSees(page: Page): Promise<Page> {
  const display = await page.context().newPage();
  await display.goto(`${new URL(page.url()).origin}/#display`);
  await display.getByTestId('display-completed').waitFor();
  await page.bringToFront();
  await scan(page, FIRST.gtin);
  await scan(page, '4006381333931');
  await scan(page, SECOND.gtin);
  const lines = display.getByTestId('display-line');
  await expect.poll(() => lines.count()).toBe(2);
  expect(await lines.nth(1).textContent()).toContain(SECOND.name);
  await expect.poll(() => display.getByTestId('display-due').textContent()).toBe(money(FIRST.priceMinor + SECOND.priceMinor));
  await expectAccessible(display, 'the display, with a sale');
  await page.keyboard.press('Escape');
  await page.keyboard.press('F2');
  await display.getByTestId('display-completed').waitFor();
  const change = (await page.getByTestId('change').textContent()) ?? '?';
  expect(await display.getByTestId('display-completed').textContent()).toContain(change);
  await expectAccessible(display, 'the display, paid');
  await shopperAnswers(page, display);
  return display;
}

/** On their own screen: the number that the lane would have typed. */
async function shopperAnswers(page: Page, display: Page): Promise<void> {
  await page.keyboard.press('Shift+F1');
  await page.locator('[data-key="ask-shopper"]').click();
  await display.getByTestId('display-question').waitFor();
  await expectAccessible(display, 'the display, asking');
  for (const answer of ['1', '0', '0', '2', 'ok']) await display.locator(`[data-answer="${answer}"]`).click();
  await expect.poll(() => page.getByTestId('customer').textContent()).toContain('silver');
  await display.getByTestId('display-question').waitFor({ state: 'detached' });
  await page.keyboard.press('Shift+F1');
  await page.keyboard.press('Delete');
  await expect.poll(() => page.getByTestId('customer').count()).toBe(0);
}

/** The shopper's hand: a wave across the pad. */
async function draw(display: Page): Promise<void> {
  const pad = await display.getByTestId('signature-pad').boundingBox();
  expect(pad).not.toBeNull();
  const { x = 0, y = 0, width = 0, height = 0 } = pad ?? {};
  await display.mouse.move(x + width * 0.2, y + height * 0.5);
  await display.mouse.down();
  for (const step of [1, 2, 3, 4, 5, 6])
    await display.mouse.move(x + width * (0.2 + step * 0.1), y + height * (step % 2 === 0 ? 0.3 : 0.7));
  await display.mouse.up();
}

async function newestSignature(hand: LaneHand): Promise<string> {
  const { journal } = await hand.take({ type: 'journal', text: 'tenderSignature', limit: 1 });
  const [entry] = (journal as { readonly entries: readonly { readonly epoch: string; readonly seq: number }[] }).entries;
  expect(entry).toBeDefined();
  const { journalEntry } = await hand.take({ type: 'journalEntry', epoch: entry?.epoch, seq: entry?.seq });
  return String(journalEntry).replaceAll(/\s/gu, '');
}

/** A tender that asks for it is signed for by hand, by a key for whoever cannot draw, on paper, and not at all; the journal has each as it was. */
async function shopperSigns(page: Page, display: Page, hand: LaneHand): Promise<void> {
  await expect.poll(async () => JSON.stringify((await hand.take({ type: 'tenderTypes' }))['tenderTypes'])).toContain(SIGNED.key);
  const asked = display.locator('[data-testid="display-question"][data-about="signature"]');
  const sign = async (how: string, act: () => Promise<void>): Promise<void> => {
    await scan(page, FIRST.gtin);
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.keyboard.press('/');
    await page.keyboard.press((await page.locator(`[data-tender="${SIGNED.key}"] kbd`).textContent()) ?? '');
    await asked.waitFor();
    await act();
    await asked.waitFor({ state: 'detached' });
    await page.getByTestId('completed').waitFor();
    await expect.poll(() => newestSignature(hand)).toContain(`"how":"${how}"`);
  };
  await sign('drawn', async () => {
    await expectAccessible(page, 'how it is signed');
    await display.bringToFront();
    await expectAccessible(display, 'the display, signing');
    const done = display.locator('[data-answer="sign"]');
    expect(await done.isDisabled()).toBe(true);
    await draw(display);
    await display.locator('[data-answer="again"]').click();
    await expect.poll(() => done.isDisabled()).toBe(true);
    await draw(display);
    await done.click();
    await page.bringToFront();
  });
  await sign('confirmed', async () => display.locator('[data-answer="confirm"]').click());
  await sign('onPaper', async () => page.keyboard.press('1'));
  await sign('declined', async () => page.keyboard.press('2'));
}

/** On the smallest screen: nothing is cut, nothing scrolls that should not, and axe has nothing to say. */
async function everyLanguage(page: Page): Promise<void> {
  const tap = (key: string): Promise<void> => page.locator(`[data-key="${key}"]`).first().tap();
  for (const [language, direction] of [
    ['de', 'ltr'],
    ['ar', 'rtl'],
    ['ja', 'ltr'],
    ['es', 'ltr'],
    ['fr', 'ltr'],
    ['en', 'ltr'],
  ] as const) {
    await tap('F9');
    await tap('⇧F12');
    await tap(language);
    await expect
      .poll(() => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]))
      .toEqual([language, direction]);
    await expectAccessible(page, `settings, ${language}`);
    await tap('F9');
    await expectAccessible(page, `more keys, ${language}`);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('[data-testid="more"] [role="group"], [data-key] > span')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 3)
        .map((element) => element.textContent),
    );
    expect(cut, language).toEqual([]);
    await tap('F9');
  }
}

test('a manager arranges the keys: a page by keyboard, another by touch, and a scan meanwhile sells', async () => {
  const link = await holdfast('demo', 'link', '2', '--data', here.path);
  const { page, faults } = await openPage(here.browser, link.stdout.trim(), LANE_SIZE);
  const keys = page.getByTestId('arranged-keys').locator('button');
  const write = async (label: string, text: string): Promise<void> => {
    await page.getByLabel(label, { exact: true }).focus();
    await page.keyboard.type(text, { delay: 120 });
  };
  await page.getByTestId('tiles').waitFor();
  await page.keyboard.press('Shift+F11');
  await page.locator('[data-way="keyPages"]').click();
  await page.getByTestId('key-arranger').waitFor();
  await expectAccessible(page, 'the keys that are arranged');

  await write('New page', 'Morning');
  await page.keyboard.press('Enter');
  await expect.poll(() => keys.count()).toBe(0);
  await write('Find goods by name, brand or code', 'bread');
  const found = page.locator('[data-results-of="bread"] [data-found]');
  await found.nth(2).waitFor();
  const [first, second] = await Promise.all([0, 1].map((at) => found.nth(at).getAttribute('data-found')));
  for (const at of [0, 1, 2]) {
    await found.nth(at).focus();
    await page.keyboard.press('Enter');
  }
  await keys.nth(2).focus();
  await page.keyboard.press('Delete');
  await keys.nth(1).focus();
  await page.keyboard.press('Alt+ArrowLeft');
  await page.locator('select').selectOption({ index: 0 });
  await page.getByText('Save', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-page="Morning"][data-arranged]').waitFor();
  await expectAccessible(page, 'a page of keys that is saved');
  // A scanner writes into no field, and what it read is sold.
  await page.getByLabel('New page', { exact: true }).focus();
  await scan(page, FIRST.gtin);
  await expect.poll(() => rows(page).count()).toBe(1);
  expect(await page.getByLabel('New page', { exact: true }).inputValue()).toBe('');
  await page.keyboard.press('Escape');
  await page.getByTestId('key-arranger').waitFor({ state: 'detached' });

  await page.locator('[data-department="Morning"]').click();
  await expect
    .poll(() => page.getByTestId('tile').evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('data-sku'))))
    .toEqual([second, first]);
  await page.getByTestId('tile').first().click();
  await expect.poll(() => rows(page).count()).toBe(2);

  await page.keyboard.press('Shift+F11');
  await page.locator('[data-way="keyPages"]').click();
  await page.locator('[data-page="Morning"]').click();
  await page.getByText('Take the page away', { exact: true }).click();
  await page.locator('[data-page="Morning"]').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
});

/** A photograph of one colour, larger than any key. */
function pngOf(side: number): Buffer {
  const chunk = (kind: string, content: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(kind), content]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(content.length, 0);
    ends.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(side * 3, Buffer.from([0xb9, 0x77, 0x2e]))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('headquarters arrange keys with the same editor, and give goods a picture: a lane shows it beside the words, also without the hub and after it was killed', async () => {
  const [console, lane] = await Promise.all(
    ['hub', '1'].map(async (part) => (await holdfast('demo', 'link', part, '--data', here.path)).stdout.trim()),
  );
  const hq = await openPage(here.browser, console ?? '', { width: 1440, height: 900 });
  await hq.page.getByRole('link', { name: 'Keys', exact: true }).click();
  const write = async (label: string, text: string): Promise<void> => {
    await hq.page.getByLabel(label, { exact: true }).focus();
    await hq.page.keyboard.type(text);
  };
  await hq.page.getByTestId('key-arranger').waitFor();
  await expectAccessible(hq.page, 'the keys of all stores');
  await write('New page', 'Evening');
  await hq.page.keyboard.press('Enter');
  await write('Find goods by name, brand or code', 'bread');
  await hq.page.locator('[data-results-of="bread"] [data-found]').first().focus();
  await hq.page.keyboard.press('Enter');
  await hq.page.getByText('Save', { exact: true }).focus();
  await hq.page.keyboard.press('Enter');
  await hq.page.locator('[data-page="Evening"][data-arranged]').waitFor();

  const { hub, lanes } = here.demo.ready;
  await createHubApi(hub.url, hub.consoleToken).publish([
    { type: 'setting', key: 'displayPage', scope: 'global', fields: { value: 'Evening' } },
  ]);
  const key = hq.page.getByTestId('arranged-keys').locator('button');
  const file = hq.page.getByTestId('picture-file');
  await file.setInputFiles({
    name: 'x.png',
    mimeType: 'image/png',
    buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  });
  await expect.poll(() => hq.page.getByTestId('key-arranger').getByRole('status').textContent()).toContain('no picture');
  await file.setInputFiles({ name: 'bread.png', mimeType: 'image/png', buffer: pngOf(640) });
  const widthOf = async (image: ReturnType<Page['locator']>): Promise<number> =>
    (await image.count()) === 1 ? image.evaluate((shown: HTMLImageElement) => shown.naturalWidth) : 0;
  await expect.poll(() => widthOf(key.locator('img'))).toBe(256);
  await expectAccessible(hq.page, 'a key with its picture');
  expect(hq.faults).toEqual([]);

  const { page, faults } = await openPage(here.browser, lane ?? '', LANE_SIZE);
  const tile = page.getByTestId('tile');
  const picture = tile.getByTestId('picture');
  const open = async (): Promise<number> => {
    if ((await picture.count()) === 0) {
      await page.reload();
      await page.getByTestId('tiles').waitFor();
      const tab = page.locator('[data-department="Evening"]');
      if ((await tab.count()) > 0) await tab.click();
      await picture.waitFor({ timeout: 3_000 }).catch(() => {});
    }
    return widthOf(picture);
  };
  await expect.poll(open, { timeout: 90_000 }).toBe(256);
  expect(await tile.textContent()).toContain((await key.locator('b').textContent()) ?? '');
  await expectAccessible(page, 'keys with pictures');

  // Nobody buys: what was paid last stands on the display until the next sale begins.
  const hand = await createHand(lanes[0]!.data);
  await hand.take({ type: 'scan', code: FIRST.gtin });
  await hand.abandon();
  hand.close();
  process.kill(hub.pid, 'SIGSTOP');
  try {
    process.kill(lanes[0]!.pid, 'SIGKILL');
    await page.getByTestId('status-till').waitFor();
    expect(await holdfast('demo', 'start', '1', '--data', here.path)).toMatchObject({ code: 0 });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    await page.reload();
    await expect.poll(open, { timeout: 90_000 }).toBe(256);
    const display = await page.context().newPage();
    await display.setViewportSize(LANE_SIZE);
    await display.goto(`${new URL(page.url()).origin}/#display`);
    await expect.poll(() => widthOf(display.getByTestId('display-goods').locator('img'))).toBe(256);
    await expectAccessible(display, 'goods while nobody buys');
    await display.close();
  } finally {
    process.kill(hub.pid, 'SIGCONT');
  }
  await hq.page.getByText('Remove the picture', { exact: true }).click();
  await expect.poll(() => key.locator('img').count()).toBe(0);
  await hq.page.getByText('Take the page away', { exact: true }).click();
  await hq.page.locator('[data-page="Evening"]').waitFor({ state: 'detached' });

  // The same on the article's own page: chosen, refused, and pasted.
  await hq.page.getByRole('link', { name: 'Catalogue', exact: true }).click();
  await hq.page.getByTestId('product-row').first().getByRole('link').click();
  await hq.page.getByRole('tab', { name: 'Picture' }).click();
  const shown = hq.page.getByTestId('shown-picture');
  const chosen = hq.page.getByTestId('picture-input');
  await chosen.setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: pngOf(640).subarray(0, 200) });
  await hq.page.getByRole('alert').getByText('damaged').waitFor();
  await expectAccessible(hq.page, 'a picture that is none');
  await chosen.setInputFiles({ name: 'bread.png', mimeType: 'image/png', buffer: pngOf(640) });
  await expect.poll(() => widthOf(shown)).toBe(256);
  await expectAccessible(hq.page, 'the picture of an article');
  await hq.page.getByTestId('remove-picture').click();
  await shown.waitFor({ state: 'detached' });
  await hq.page.locator('[data-testid="picture-desk"][aria-busy="false"]').waitFor();
  await hq.page.evaluate((base64) => {
    const held = new DataTransfer();
    held.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0)], 'x.png', { type: 'image/png' }));
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: held, bubbles: true, cancelable: true }));
  }, pngOf(320).toString('base64'));
  await expect.poll(() => widthOf(shown)).toBe(256);
  expect(hq.faults).toEqual([]);
  expect(faults).toEqual([]);
});

/** What lies on disk of the demo: databases, their logs, and whatever its processes wrote. */
const namesAtRest = (names: readonly string[]): readonly string[] => {
  const held = [...filesOf(here.path).values()];
  return names.filter((name) => held.some((bytes) => bytes.includes(name)));
};

test('customers: by phone and by name, taken up while the hub hangs, theirs when it is back, and named by nothing on any disk', async () => {
  const { hub, store } = here.demo.ready;
  const tell = async (path: string, body: object): Promise<{ readonly status: number; readonly text: string }> => {
    const headers = { authorization: `Bearer ${hub.consoleToken}`, 'content-type': 'application/json' };
    const response = await fetch(hub.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  const erika = { name: 'Erika Zzmüller', phone: '01761234567', cards: ['KARTE-100'], language: 'de' };
  expect((await tell('/api/v1/customers', { store: store.store, person: erika, rights: { groups: ['gold'] } })).status).toBe(201);

  const link = await holdfast('demo', 'link', '1', '--data', here.path);
  const { page, faults } = await openPage(here.browser, link.stdout.trim(), LANE_SIZE);
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key, { delay: 40 })), Promise.resolve());
  const chip = page.getByTestId('customer');
  /** The panel closes with the till's answer, a moment behind what everybody is told. */
  const gone = async (): Promise<void> => {
    await expect.poll(() => chip.count()).toBe(0);
    await page.getByTestId('task').waitFor({ state: 'detached' });
  };
  const question = (name: string, asked: string) => page.locator(`[data-task="${name}"][data-question="${asked}"]`);
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  // Her cells may be a moment behind the answer.
  await askUntilThere(chip, () => press('Escape', 'Escape', 'Shift+F1', ...'01761234567', 'Enter'));
  await expect.poll(() => chip.textContent()).toBe('gold · EZ');
  await press('Shift+F1');
  await expect.poll(() => page.getByTestId('buyer').textContent()).toContain('Deutsch');
  await expectAccessible(page, 'who buys');
  await press('Delete');
  await gone();

  await askUntilThere(question('customer', 'person'), () => press('Escape', 'Escape', 'Shift+F1', ...'erika zzm', 'Enter'));
  await expect.poll(() => question('customer', 'person').textContent()).toContain('Erika Zzmüller');
  await expectAccessible(page, 'who is called so');
  await press('1');
  await expect.poll(() => chip.textContent()).toBe('gold · EZ');
  await press('Shift+F1', 'Delete');
  await gone();

  process.kill(hub.pid, 'SIGSTOP');
  try {
    await press('Shift+F1', ...'erika', 'Enter');
    await expect.poll(() => page.getByTestId('notice').last().textContent()).toContain('The hub does not answer');
    await press('Escape', 'Escape', 'Shift+PageUp', ...'Anne Zzdroste', 'Enter', ...'01517654321', 'Enter');
    await question('newCustomer', 'word').waitFor();
    await expectAccessible(page, 'whether they agree');
    await press('1');
    await expect.poll(() => chip.textContent()).toBe('AZ');
    await orderDemo(here.path, { action: 'kill', part: '1' });
    await page.getByTestId('status-till').waitFor();
    expect(await holdfast('demo', 'start', '1', '--data', here.path)).toMatchObject({ code: 0 });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    await expect.poll(() => chip.textContent()).toBe('AZ');
  } finally {
    process.kill(hub.pid, 'SIGCONT');
  }
  const found = async (): Promise<string> => (await tell('/api/v1/customers/search', { text: 'zzdroste' })).text;
  await expect.poll(found).toContain('Anne Zzdroste');
  await press('Shift+F1', 'Delete');
  await gone();
  await askUntilThere(chip, () => press('Escape', 'Escape', 'Shift+F1', ...'01517654321', 'Enter'));
  await expect.poll(() => chip.textContent()).toBe('AZ');
  await press('Shift+F1', 'Delete');
  await gone();
  // Three letters stand in many a picture by chance.
  const names = ['Zzmüller', 'zzmuller', 'Zzdroste', 'Erika', '01761234567', '1761234567', '01517654321', 'KARTE-100'];
  expect(namesAtRest(names)).toEqual([]);
  expect(faults).toEqual([]);
});

test(
  'each function: online, without the hub, without the neighbour, with devices that are dead, and killed in its middle',
  { timeout: 900_000 },
  async () => {
    const { hub, lanes } = here.demo.ready;
    const [first, second] = [lanes[0]!, lanes[1]!];
    const order = async (action: Action, part: string): Promise<unknown> => orderDemo(here.path, { action, part });
    const link = await holdfast('demo', 'link', '1', '--data', here.path);
    const { page, faults } = await openPage(here.browser, link.stdout.trim(), LANE_SIZE);
    const hands = [await createHand(first.data), await createHand(second.data)] as const;
    const [hand] = hands;
    await prepareFunctions(hub, hands);
    const wrong: string[] = [];
    /** The window sees the same sale again, whatever it saw meanwhile. */
    const seesTheSale = async (): Promise<void> => {
      const { lines } = await hand.head();
      await expect.poll(() => rows(page).allInnerTexts()).toHaveLength(lines.length);
    };
    const runAll = async (condition: string): Promise<void> => {
      wrong.push(...(await runFunctions(condition, hand)));
      await seesTheSale();
    };
    await runAll('online');
    await order('cut', '1');
    await runAll('hub away');
    await order('kill', '2');
    await runAll('neighbour away');
    await order('start', '2');
    await hands[1].reconnect();
    await order('join', '1');
    await plugDevices(first, false);
    await runAll('devices dead');
    await plugDevices(first, true);

    // Both lanes at once: every other function on each.
    await Promise.all(
      hands.map(async (by, lane) => {
        const kill = async (): Promise<void> => {
          await order('kill', String(lane + 1));
          await order('start', String(lane + 1));
          await by.reconnect();
          if (lane === 0) await seesTheSale();
        };
        wrong.push(...(await runFunctions('killed', by, kill, (index) => index % hands.length === lane)));
      }),
    );
    expect(wrong).toEqual([]);
    const waiting = async (): Promise<readonly number[]> =>
      Promise.all(hands.map(async (each) => (await each.take({ type: 'open', version: 1 })).state?.status.waitingEntries ?? -1));
    await expect.poll(waiting).toEqual([0, 0]);
    for (const each of hands) each.close();
    await expectProven('demo', 'verify', '--data', here.path);
    expect(faults).toEqual([]);
  },
);
