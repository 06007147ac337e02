/**
 * A lane is set up on its own screen, by touch and by keyboard: a printer, a scale and a scanner on real ports are added, tried, saved, unplugged
 * and found again; who may not change them asks for leave.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import {
  createVirtualPrinter,
  createVirtualScale,
  createVirtualScanner,
  serveDevice,
  type DevicePort,
  type VirtualPrinter,
  type VirtualScale,
  type VirtualScanner,
} from '@holdfast/hardware/virtual';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { GOODS } from './goods.ts';
import { nothingRuns, scratchFolder, startDemo, type DemoProcess } from './processes.ts';
import { expectAccessible, openBrowser, openPage, scan } from './screens.ts';

const LANE_SIZE = { width: 1366, height: 768 };
const MILK = GOODS[0]!;

interface Plugged {
  readonly printer: VirtualPrinter;
  readonly scale: VirtualScale;
  readonly scanner: VirtualScanner;
  readonly ports: Readonly<Record<'printer' | 'scale' | 'scanner', number>>;
  close(): Promise<void>;
}

async function plugIn(): Promise<Plugged> {
  const printer = createVirtualPrinter({ model: 'epson-tm-t88vi', timers: systemTimers });
  const scale = createVirtualScale({ protocol: 'toledo-8217', clock: systemClock, timers: systemTimers });
  const scanner = createVirtualScanner({ model: 'serial', timers: systemTimers });
  const served: readonly DevicePort[] = [
    await serveDevice(0, (peer) => printer.connect(peer)),
    await serveDevice(0, (peer) => scale.connect(peer)),
    await serveDevice(0, (peer) => scanner.connect(peer)),
  ];
  const [first, second, third] = served;
  assert(first !== undefined && second !== undefined && third !== undefined, 'all three are served');
  return {
    printer,
    scale,
    scanner,
    ports: { printer: first.port, scale: second.port, scanner: third.port },
    close: async () => {
      await Promise.all(served.map((port) => port.close()));
    },
  };
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let demo: DemoProcess;
let browser: Browser;
let plugged: Plugged;

beforeAll(async () => {
  folder = await scratchFolder('devices');
  [demo, browser, plugged] = await Promise.all([startDemo(folder.path), openBrowser(), plugIn()]);
});

afterAll(async () => {
  await browser?.close();
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  await plugged?.close();
  await nothingRuns(folder.path);
  await folder.remove();
});

const setup = (page: Page) => page.getByTestId('setup');
const outcome = (page: Page) => page.getByTestId('setup-outcome');
const fault = (page: Page) => page.getByTestId('setup-fault');
const row = (page: Page, kind: string, model: string) =>
  page.locator(`[data-testid="setup"] [data-device="${kind}"][data-model="${model}"]`);

test('by touch alone: the demo’s printer makes room for another one, which is tried before it is saved', async () => {
  const { page, faults } = await openPage(browser, demo.ready.lanes[0]!.url, LANE_SIZE, { hasTouch: true });
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  await page.locator('[data-key="F9"]').tap();
  await page.locator('[data-key="F12"]').tap();
  await setup(page).waitFor();
  await expect.poll(() => row(page, 'receiptPrinter', 'epson-tm-t20iii').getAttribute('data-state')).toBe('online');
  await expectAccessible(page, 'devices of a lane');

  await row(page, 'receiptPrinter', 'epson-tm-t20iii').tap();
  await setup(page).locator('[data-way="remove"]').tap();
  await setup(page).locator('[data-add="receiptPrinter"]').tap();
  await expectAccessible(page, 'the models of a printer');
  await page.locator(`[data-testid="setup-question"] [data-model="epson-tm-t88vi"]`).tap();
  for (const key of `127.0.0.1:${plugged.ports.printer}`) await setup(page).locator(`[data-pad="${key}"]`).tap();
  await expectAccessible(page, 'the address of a device');
  await setup(page).locator('[data-pad="take"]').tap();

  await setup(page).locator('[data-test="print"]').tap();
  await expect.poll(() => outcome(page).getAttribute('data-state')).toBe('done');
  expect(plugged.printer.text()).toContain('Epson TM-T88VI');
  await setup(page).locator('[data-way="save"]').tap();
  await expect.poll(() => row(page, 'receiptPrinter', 'epson-tm-t88vi').getAttribute('data-state')).toBe('online');

  plugged.printer.takePaperAway();
  await expect
    .poll(() =>
      fault(page)
        .textContent()
        .catch(() => null),
    )
    .toContain('Its paper is out');
  await expectAccessible(page, 'a printer without paper');
  plugged.printer.loadPaper();
  await expect.poll(() => row(page, 'receiptPrinter', 'epson-tm-t88vi').getAttribute('data-state')).toBe('online');

  await setup(page).locator('[data-test="openDrawer"]').tap();
  await expect.poll(() => plugged.printer.state().isDrawerOpen).toBe(true);
  await setup(page).locator('[data-way="close"]').tap();
  await expect.poll(() => setup(page).count()).toBe(0);
  expect(faults).toEqual([]);
  await page.context().close();
});

test('by keyboard alone: a scale and a scanner are added, tried, unplugged and found again, and the lane sells by them', async () => {
  const { page, faults } = await openPage(browser, demo.ready.lanes[1]!.url, LANE_SIZE);
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key, { delay: 60 });
  };
  const typeSlowly = async (text: string): Promise<void> => page.keyboard.type(text, { delay: 90 });
  const focusOn = async (selector: string): Promise<void> => {
    for (let step = 0; step < 60; step += 1) {
      await press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
    }
    expect.fail(`Tab never came to ${selector}`);
  };
  const add = async (kind: string, model: string, port: number): Promise<void> => {
    await focusOn(`[data-add="${kind}"]`);
    await press('Enter');
    await typeSlowly(model);
    await press('Enter');
    await typeSlowly(`127.0.0.1:${port}`);
    await press('Enter');
    await expect.poll(() => page.getByTestId('setup-card').getAttribute('data-device')).toBe(kind);
  };
  await press('F12');
  await expect.poll(() => row(page, 'scale', 'toledo-8217').getAttribute('data-state')).toBe('online');

  for (const kind of ['scale', 'scanner']) {
    await focusOn(`[data-device="${kind}"]`);
    await press('Enter');
    await focusOn('[data-way="remove"]');
    await press('Enter');
  }
  await add('scale', 'toledo-8217', plugged.ports.scale);
  plugged.scale.put(842);
  await focusOn('[data-test="weigh"]');
  await press('Enter');
  await expect.poll(() => outcome(page).textContent()).toMatch(/0\.842\skg/u);

  await add('scanner', 'serial', plugged.ports.scanner);
  await focusOn('[data-test="scan"]');
  await press('Enter');
  await expect.poll(() => outcome(page).getAttribute('data-state')).toBe('running');
  await expect.poll(() => plugged.scanner.state().isConnected).toBe(true);
  await expect
    .poll(async () => {
      plugged.scanner.scan(MILK.gtin);
      return await outcome(page).textContent();
    })
    .toContain(MILK.gtin);

  await focusOn('[data-way="save"]');
  await press('Enter');
  for (const [kind, model] of [
    ['scale', 'toledo-8217'],
    ['scanner', 'serial'],
  ] as const)
    await expect.poll(() => row(page, kind, model).getAttribute('data-state')).toBe('online');

  plugged.scanner.setPlugged(false);
  await expect
    .poll(() =>
      fault(page)
        .textContent()
        .catch(() => null),
    )
    .not.toBeNull();
  plugged.scanner.setPlugged(true);
  await expect.poll(() => row(page, 'scanner', 'serial').getAttribute('data-state')).toBe('online');

  // Nothing of it was sold; behind the screen everything is as it was.
  await scan(page, MILK.gtin);
  await expect.poll(() => page.getByTestId('setup-scanned').textContent()).toContain(MILK.gtin);
  await press('Escape');
  await expect.poll(() => setup(page).count()).toBe(0);
  expect(await page.locator('[data-testid="lines"] [data-line-id]').count()).toBe(0);
  plugged.scanner.scan(MILK.gtin);
  await expect.poll(() => page.locator('[data-testid="lines"] [data-line-id]').count()).toBe(1);
  expect(faults).toEqual([]);
  await page.context().close();
});

/** A film of one code, as Chromium takes it for a camera: luminance alone, black bars on white. */
function filmOf(gtin: string): Buffer {
  const [width, height, barPx, frames] = [640, 480, 5, 2];
  const scanned = Buffer.alloc(width, 235);
  const bars = ean13(gtin);
  const start = (width - bars.length * barPx) / 2;
  for (const [index, bar] of [...bars].entries())
    if (bar === '1') scanned.fill(16, Math.floor(start) + index * barPx, Math.floor(start) + (index + 1) * barPx);
  const white = Buffer.alloc(width * 100, 235);
  const picture = Buffer.concat([
    white,
    ...Array.from({ length: height - 200 }, () => scanned),
    white,
    Buffer.alloc((width * height) / 2, 128),
  ]);
  const film = Array.from({ length: frames }, () => [Buffer.from('FRAME\n'), picture]).flat();
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420mpeg2\n`), ...film]);
}

const ODD = ['0001101', '0011001', '0010011', '0111101', '0100011', '0110001', '0101111', '0111011', '0110111', '0001011'];
const PARITIES = ['000000', '001011', '001101', '001110', '010011', '011001', '011100', '010101', '010110', '011010'];

/** ISO/IEC 15420: the first digit stands in the parities of the next six. */
function ean13(gtin: string): string {
  const turned = (bars: string): string => [...bars].map((bar) => (bar === '1' ? '0' : '1')).join('');
  const digits = [...gtin].map(Number);
  const left = digits.slice(1, 7).map((digit, index) => {
    const odd = ODD[digit] ?? '';
    return PARITIES[digits[0] ?? 0]?.[index] === '1' ? [...turned(odd)].toReversed().join('') : odd;
  });
  return ['101', ...left, '01010', ...digits.slice(7).map((digit) => turned(ODD[digit] ?? '')), '101'].join('');
}

test('a camera is tried: its page reads what is held before it, and has it no longer than it is shown', async () => {
  const film = join(folder.path, 'code.y4m');
  await writeFile(film, filmOf(MILK.gtin.slice(-13)));
  const filming = await openBrowser([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ]);
  const { data, url } = demo.ready.lanes[0]!;
  const { secret } = JSON.parse(await readFile(join(data, 'till.json'), 'utf8')) as { readonly secret: string };
  const minted = await fetch(new URL('/tokens', url), { method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  const { token } = (await minted.json()) as { readonly token: string };
  const { page, faults } = await openPage(filming, `${new URL(url).origin}/?token=${token}`, LANE_SIZE);
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
  await page.keyboard.press('F12', { delay: 60 });
  await setup(page).locator('[data-camera]').click();
  await expect.poll(() => page.getByTestId('setup-scanned').textContent()).toContain(MILK.gtin.slice(-13));
  await expectAccessible(page, 'the camera');
  expect(new URL(page.url()).hash).toBe('#camera');
  await page.keyboard.press('Escape', { delay: 60 });
  await expect.poll(() => page.getByTestId('setup-camera').count()).toBe(0);
  expect(new URL(page.url()).hash).toBe('');
  expect(faults).toEqual([]);
  await filming.close();
});
