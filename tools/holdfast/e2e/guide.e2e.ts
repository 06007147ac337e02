/** Every screen of the lane, by keyboard alone, as the cashier's guide shows them (`guide-walk.ts`). */
import { randomBytes } from 'node:crypto';

import { attributeValueKey } from '@holdfast/domain';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { createHubApi } from '../src/hub-api.ts';
import { createHand } from './conditions.ts';
import { demoInBrowser } from './demo-in-browser.ts';
import { GOODS, SIGNED } from './goods.ts';
import { createWalk, guideStops, type Walk, type WalkLog } from './guide-walk.ts';
import { holdfast } from './processes.ts';
import { askUntilThere, openPage } from './screens.ts';
import { terminalPage, type TerminalPage } from './terminals.ts';

const LANE_SIZE = { width: 1024, height: 768 };
const NOBODY_LISTS = '4003994155486';
const GIFT_CARD = '9520000091002';
const [FIRST, SECOND, THIRD] = [GOODS[0]!, GOODS[1]!, GOODS[2]!];

const here = demoInBrowser('guide');
let walk: Walk;

const task = (name: string, question: string): string => `[data-task="${name}"][data-question="${question}"]`;
const id = (testId: string): string => `[data-testid="${testId}"]`;
const cash = (type: string): string => `[data-testid="cash"][data-task="${type}"]`;
const people = (asking: string): string => `[data-testid="people"][data-asking="${asking}"]`;
const terminal = (state: string): string => `[data-testid="terminal"][data-state="${state}"]`;
const notice = (type: string): string => `[data-notice="${type}"]`;
const gone = async (selector: string): Promise<void> => walk.page.locator(selector).first().waitFor({ state: 'detached' });
const there = async (selector: string): Promise<void> => walk.page.locator(selector).first().waitFor();
const log: WalkLog = { seen: [], faults: [] };

const cardTerminal = (): TerminalPage => terminalPage(here.demo.ready.lanes[1]!);

async function openLane(lane: 0 | 1): Promise<{ readonly walk: Walk; readonly faults: readonly string[] }> {
  const { page, faults } = await openPage(here.browser, here.demo.ready.lanes[lane]!.url, LANE_SIZE);
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  return { walk: createWalk(page, log), faults };
}

/** The shopper's screen, in front as long as it is looked at: what is behind another page draws nothing. */
async function openDisplay(): Promise<Page> {
  const display = await walk.page.context().newPage();
  await display.goto(`${new URL(walk.page.url()).origin}/#display`);
  return display;
}

async function displayStop(name: string, selector: string): Promise<void> {
  const display = await openDisplay();
  await walk.stop(name, selector, display);
  await display.close();
  await walk.page.bringToFront();
}

/** The lane asks, and the shopper's screen shows it. */
async function askedStop(about: string): Promise<void> {
  const display = await openDisplay();
  await walk.page.bringToFront();
  await walk.focusOn('[data-key="ask-shopper"]');
  await walk.press('Enter');
  await display.bringToFront();
  await walk.stop(`display-${about}`, `[data-testid="display-question"][data-about="${about}"]`, display);
  await display.close();
  await walk.page.bringToFront();
}

async function sellScreens({ press, stop }: Walk): Promise<void> {
  await displayStop('display-idle', id('display-idle'));
  await stop('sell-items', id('tiles'));
  await walk.scan(FIRST.gtin);
  await press('3', '*');
  await walk.scan(SECOND.gtin);
  await walk.scan('29701001');
  await there(id('customer'));
  await stop('sell-lines', id('customer'));
  await displayStop('display-sale', id('display-due'));
  await walk.scan(NOBODY_LISTS);
  await stop('sell-refused', '[data-kind="refused"]');
  await press('End');
  await stop('task-unlisted-number', task('unlisted', 'number'));
  await press('2', '.', '5', '0', 'Enter');
  await stop('task-unlisted-department', task('unlisted', 'department'));
  await press('Escape', 'Escape');
  await gone('[data-kind="refused"]');
  await press('b', 'r', 'e', 'a', 'd');
  await stop('sell-search', id('result'));
  await press('Escape', 'F9');
  await stop('sell-more', id('more'));
  await press('F9', 'Shift+F12');
  await stop('sell-settings', id('settings'));
  await press('Escape', '?');
  await stop('sell-keyMap', id('key-map'));
  await press('Escape', 'Insert');
  await walk.scan(THIRD.gtin);
  await stop('sell-inquiry', id('inquired-attributes'));
  await press('Escape', 'Shift+F8');
  await stop('sell-explanation', id('explanation'));
  await press('Escape', 'Shift+Delete');
  await stop('sell-ask', notice('askVoidSale'));
  await press('Escape', 'F5');
  await gone('[data-line-id]');
  await press('F5');
  await stop('sell-suspended', '[data-basket-id]');
  await press('1');
  await there('[data-line-id]');
}

/** What the functions ask, one after another. */
async function taskScreens({ page, press, stop }: Walk): Promise<void> {
  await press('Shift+F3');
  await stop('task-discount-number', task('discount', 'number'));
  await press('1', '0', 'Enter');
  await stop('task-discount-unit', task('discount', 'unit'));
  await press('1');
  await stop('task-discount-reason', task('discount', 'reason'));
  await press('2', 'F8');
  await stop('task-price-number', task('price', 'number'));
  await press('1', 'Enter');
  await stop('task-price-reason', task('price', 'reason'));
  await askUntilThere(page.locator(task('customer', 'person')), () => press('Escape', 'Escape', 'Shift+F1', ...'muster', 'Enter'));
  await stop('task-customer-person', task('customer', 'person'));
  await press('Escape', 'Shift+PageUp');
  await stop('task-newCustomer-text', task('newCustomer', 'text'));
  await press(...'Anne Droste', 'Enter', ...'01517654321', 'Enter');
  await stop('task-newCustomer-word', task('newCustomer', 'word'));
  await askedStop('consent');
  for (const [key, name] of [
    ['Shift+F1', 'customer'],
    ['Shift+F2', 'coupon'],
    ['Shift+F7', 'exemption'],
  ] as const) {
    await press('Escape', key);
    await stop(`task-${name}-text`, task(name, 'text'));
    if (name === 'customer') await askedStop('loyalty');
  }
  await press('Escape', 'Home');
  await stop('task-drawer-reason', task('drawer', 'reason'));
  await press('Escape', 'Shift+F9');
  await stop('task-balance-card', task('balance', 'card'));
  await press('1');
  await stop('task-balance-text', task('balance', 'text'));
  await press('Escape');
  await walk.scan(GIFT_CARD);
  await stop('task-goods-text', task('goods', 'text'));
  await press(...'G-7', 'Enter');
  await stop('task-goods-number', task('goods', 'number'));
  await press(...'25', 'Enter', 'Shift+F10');
  await stop('task-describe-word', task('describe', 'word'));
  await press('1');
  await stop('task-describe-text', task('describe', 'text'));
  await press('Escape', 'Shift+End');
  await stop('task-slip-word', task('slip', 'word'));
  await press('Escape');
}

/** A card that is declined, one whose terminal falls silent, and the rest in cash. */
async function paymentScreens({ press, stop }: Walk): Promise<void> {
  await press(...'vodka');
  // Not what its first letters found.
  await there(`[data-results-of="vodka"] ${id('result')}`);
  await press('Enter');
  await there('[data-key="F10"]');
  await press('F1');
  await stop('sell-age', notice('refusal'));
  await press('F10');
  await stop('task-age-word', task('age', 'word'));
  await press('1', '/');
  await stop('sell-tenders', '[data-tender]');
  await askedStop('tip');
  await there(`[data-tender="${SIGNED.key}"]`);
  await press((await walk.page.locator(`[data-tender="${SIGNED.key}"] kbd`).textContent()) ?? '');
  await there('[data-tender="onPaper"]');
  await stop('sell-tenders-signature', id('tenders'));
  await askedStop('signature');
  await press('Escape', ...'200', '/', '1');
  await stop('sell-tenders-excess', '[data-tender="tip"]');
  await press('Escape', '5', '/', '3');
  await stop('sell-tenders-reference', id('tenders'));
  await press('Escape');
  await cardTerminal().script('');
  await press('/', '1');
  await stop('terminal-waiting', terminal('waiting'));
  await cardTerminal().asked();
  await cardTerminal().press('decline');
  await stop('terminal-declined', terminal('declined'));
  await cardTerminal().script('request lost');
  await press('2', '/', '1');
  await stop('terminal-notCharged', terminal('notCharged'));
  await cardTerminal().script('');
  await press('2', '/', '1');
  await there(terminal('waiting'));
  await cardTerminal().asked();
  await cardTerminal().press('unplug');
  await stop('terminal-unknown', terminal('unknown'));
  await press('2');
  await stop('terminal-left', terminal('left'));
  await press('1', ...'500', 'F4');
  await stop('sell-completed', id('completed'));
  await displayStop('display-completed', id('display-completed'));
}

async function receiptScreens({ page, press, stop }: Walk): Promise<void> {
  const receiptNumber = (await page.getByTestId('receipt-number').textContent()) ?? '';
  await press('Shift+End', '4');
  await stop('task-mail-text', task('mail', 'text'));
  await press('Escape', 'Shift+End', '3');
  await stop('task-invoice-text', task('invoice', 'text'));
  await press('Escape', 'Shift+F6');
  await stop('sell-receipts', '[data-receipt]');
  await press('1');
  await stop('sell-receipts-chosen', id('receipt-chosen'));
  await press('3');
  await stop('sell-receipts-undo', id('receipt-undo'));
  await press('Escape');
  await press('Escape', 'Escape');
  await walk.scan(receiptNumber);
  await stop('sell-returns', '[data-key="return-all"]');
  await press('Escape', 'Escape', 'Escape');
  await press('Shift+F9', '1');
  await there(task('balance', 'text'));
  const told = page.locator(task('balance', 'told'));
  await askUntilThere(told, () => press(...'G-7', 'Enter'));
  await stop('task-balance-told', task('balance', 'told'));
  await press('Escape');
}

async function peopleScreens({ page, press, stop }: Walk, neighbour: Walk): Promise<void> {
  await press('F11');
  await stop('people-switch', people('switch'));
  await press('F2');
  await stop('people-clock', people('switch'));
  await press('2', 'Enter', ...'1379', 'Enter');
  await stop('people-clocked', id('clocked'));
  await press('F6');
  await stop('people-pin', people('switch'));
  await press('Escape', 'Escape');
  await walk.scan(FIRST.gtin);
  await there('[data-line-id]');
  await press('F11', '2', 'Enter');
  await stop('people-passcode', people('switch'));
  await press(...'1379', 'Enter');
  await expect.poll(() => page.getByTestId('operator').getAttribute('data-user')).toBe('2');
  await press('F8', ...'0.01', 'Enter', '1');
  await stop('people-leave', people('leave'));
  await press('F4');
  await there('[data-asked="1"]');
  await neighbour.page.getByTestId('status-wish').waitFor();
  await neighbour.press('F11', 'F4');
  await neighbour.stop('people-wish', people('wish'));
  await neighbour.press('F5');
  await neighbour.page.locator(people('wish')).waitFor({ state: 'detached' });
  await page.bringToFront();
  await press('Escape');
  await press('Escape', 'Shift+Delete', 'y');
  await gone('[data-line-id]');
  await press('F11');
  await there(people('switch'));
  await press('F8');
  await stop('people-signOn', people('signOn'));
  await walk.scan('HF-BADGE-ROBIN');
  await gone(people('signOn'));
}

/** The drawer, the safe, card payments, who was at work, the journal. */
async function cashScreens({ press, stop }: Walk): Promise<void> {
  await press('Shift+F11');
  await stop('cash-menu', cash('menu'));
  await press('1');
  await stop('cash-count', cash('count'));
  await press('2', 'Enter', 'Enter');
  await there('[data-way="closeShift"]');
  await press('2');
  await stop('cash-move', cash('move'));
  await press('5', 'Enter');
  await stop('cash-move-reason', '[data-reason="1"]');
  await press('1');
  await there(cash('menu'));
  await press('7');
  await stop('cash-safe', cash('safe'));
  await press('1');
  await stop('cash-bank', cash('bank'));
  await press('5', 'Enter');
  await stop('cash-bank-bag', cash('bank'));
  await press('Escape', 'Escape', '8');
  await stop('cash-cards', '[data-case]');
  await press('Enter');
  await stop('cash-card', cash('card'));
  await press('1');
  await stop('cash-card-how', cash('card'));
  await press('Escape', 'Escape');
  await cardTerminal().press('plug');
  await press('0');
  await stop('cash-settle', cash('settle'));
  await press('Enter');
  await stop('cash-settled', cash('settled'));
  await press('Escape', 'Escape', '9');
  await stop('cash-attendance', '[data-person]');
  await press('Enter');
  await stop('cash-missing', cash('missing'));
  await press('Escape', 'Escape', 'a');
  await stop('cash-journal', '[data-seq]');
  await press('Enter');
  await stop('cash-journal-entry', id('journal-entry'));
  await press('Escape', 'Escape', 'b');
  await stop('sell-training', id('training'));
  await press('Shift+F11', 'b');
  await gone(id('training'));
  await press('Shift+F11', 'c');
  await stop('sell-keyPages', id('key-arranger'));
  await press('Escape', 'Shift+F11', '1');
  await there(cash('count'));
  await press('Enter');
  await stop('cash-count-reason', '[data-problem="overShort"]');
  await press('1');
  await stop('cash-closed', cash('closed'));
  await press('Escape');
}

async function setupScreens({ press, stop, focusOn }: Walk): Promise<void> {
  const question = (name: string): string => `[data-testid="setup-question"][data-question="${name}"]`;
  await press('F12');
  await stop('setup', id('setup-card'));
  await focusOn('[data-camera]');
  await press('Enter');
  await stop('setup-camera', id('setup-camera'));
  await press('Escape');
  await focusOn('[data-add="scale"]');
  await press('Enter');
  await stop('setup-model', question('model'));
  await press(...'nci', 'Enter');
  await stop('setup-address', question('address'));
  await press(...'127.0.0.1:9', 'Enter');
  await there('[data-device="scale"][data-model="nci"]');
  await press('Escape');
  await stop('setup-leave', question('leave'));
  await focusOn('[data-way="leave"]');
  await press('Enter');
  await gone(id('setup'));
}

async function diedScreens(): Promise<void> {
  await holdfast('demo', 'kill', '2', '--data', here.path);
  await walk.stop('sell-away', id('status-till'));
}

let lane: Awaited<ReturnType<typeof openLane>>;
let neighbour: Awaited<ReturnType<typeof openLane>>;

/** What a price check shows below the price. */
const SAID_OF_THIRD = [
  ['origin', { name: 'Origin', type: 'text' }, 'Murcia, Spain'],
  ['organic', { name: 'Organic', type: 'yesNo' }, 'yes'],
  ['keep', { name: 'Keep at most at', type: 'number', unit: '°C', decimals: 1 }, '6.5'],
  ['sort', { name: 'Sort', type: 'choice', choices: 'Class I\nClass II' }, 'Class I'],
].flatMap(([code, fields, value]) => [
  { type: 'attribute', key: code as string, scope: 'global', fields: fields as Readonly<Record<string, string | number>> },
  { type: 'attributeValue', key: attributeValueKey(THIRD.sku, code as string), scope: 'global', fields: { value: value as string } },
]);

/** Somebody who is called so, goods of which something is said, a company that sends receipts by mail, and a tender that is signed for: what the demo has not. */
async function prepareHub(): Promise<void> {
  const { hub, store } = here.demo.ready;
  const headers = { authorization: `Bearer ${hub.consoleToken}`, 'content-type': 'application/json' };
  for (const [name, phone] of [
    ['Erika Muster', '01761234567'],
    ['Max Muster', '01711111222'],
  ]) {
    const body = JSON.stringify({ store: store.store, person: { name, phone }, rights: { groups: ['gold'] } });
    expect((await fetch(`${hub.url}/api/v1/customers`, { method: 'POST', headers, body })).status).toBe(201);
  }
  // Nobody opens what would be sealed to it.
  const value = `guide ${randomBytes(32).toString('hex')}`;
  await createHubApi(hub.url, hub.consoleToken).publish([
    { type: 'setting', key: 'receiptMailKey', scope: 'global', fields: { value } },
    SIGNED,
    ...SAID_OF_THIRD,
  ]);
  // A sale keeps the tenders of the catalogue that it began with.
  const hand = await createHand(here.demo.ready.lanes[1]!.data);
  const names = async (): Promise<string> => JSON.stringify((await hand.take({ type: 'tenderTypes' }))['tenderTypes']);
  await expect.poll(names, { timeout: 60_000 }).toContain(SIGNED.key);
  hand.close();
}

test('the lane is open', async () => {
  await prepareHub();
  [lane, neighbour] = [await openLane(1), await openLane(0)];
  ({ walk } = lane);
  expect([...lane.faults, ...neighbour.faults]).toEqual([]);
});

test.each<[string, () => Promise<void>]>([
  ['selling', async () => sellScreens(walk)],
  ['what functions ask', async () => taskScreens(walk)],
  ['paying', async () => paymentScreens(walk)],
  ['receipts', async () => receiptScreens(walk)],
  ['people', async () => peopleScreens(walk, neighbour.walk)],
  ['cash', async () => cashScreens(walk)],
  ['devices', async () => setupScreens(walk)],
  ['the till dies, and says so', diedScreens],
])('%s: nothing is cut, too small, too pale, or against WCAG 2.2 AA', async (_, go) => {
  await go();
  expect(log.faults.splice(0)).toEqual([]);
});

test('each picture of the guide was taken', () => {
  expect(log.seen.toSorted()).toEqual(guideStops().toSorted());
  expect([...lane.faults, ...neighbour.faults]).toEqual([]);
});
