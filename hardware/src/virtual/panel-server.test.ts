import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import bwipjs from 'bwip-js/node';
import { afterEach, expect, test } from 'vitest';

import type { DevicePeer } from '../link/memory-link.ts';
import type { Panel } from './loopback-page.ts';
import { servePanel } from './panel-server.ts';
import { printerPanel } from './printer/panel.ts';
import { createVirtualPrinter, type VirtualPrinter } from './printer/virtual-printer.ts';
import { scalePanel } from './scale/panel.ts';
import { createVirtualScale } from './scale/virtual-scale.ts';
import { scannerPanel } from './scanner/panel.ts';
import { createVirtualScanner } from './scanner/virtual-scanner.ts';

let panel: Panel | undefined;
afterEach(async () => await panel?.close());

async function open(): Promise<{ readonly printer: VirtualPrinter; readonly url: string }> {
  const printer = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers });
  panel = await servePanel(printerPanel(printer), 0);
  return { printer, url: panel.url };
}

test('shows the paper and does what a person does to a printer', async () => {
  const { printer, url } = await open();
  expect(await (await fetch(url)).text()).toContain('Epson TM-T20III (virtual)');
  expect((await fetch(`${url}picture.png`)).headers.get('content-type')).toBe('image/png');
  expect((await fetch(`${url}do/take-paper`, { method: 'POST' })).status).toBe(204);
  expect(printer.state().paper).toBe('out');
  expect(await (await fetch(`${url}state`)).json()).toMatchObject({ paper: 'out' });
  expect((await fetch(`${url}script`, { method: 'POST', body: 'answer lost' })).status).toBe(204);
  expect(await (await fetch(`${url}script`, { method: 'POST', body: 'on fire' })).text()).toBe('Not known: on fire');
});

test('another site’s page presses no buttons', async () => {
  const { printer, url } = await open();
  const pressed = await fetch(`${url}do/take-paper`, { method: 'POST', headers: { origin: 'http://evil.example' } });
  expect(pressed.status).toBe(403);
  expect(printer.state().paper).toBe('ok');
  expect((await fetch(`${url}do/explode`, { method: 'POST' })).status).toBe(404);
});

test('tells of a change while somebody watches', async () => {
  const { printer, url } = await open();
  const changes = await fetch(`${url}changes`);
  const reader = changes.body?.getReader();
  printer.takePaperAway();
  const { value } = (await reader?.read()) ?? {};
  expect(new TextDecoder().decode(value)).toContain('data: change');
  await reader?.cancel();
});

test('what is put on a scale stands on it, and what is no weight does not', async () => {
  const scale = createVirtualScale({ protocol: 'nci', clock: systemClock, timers: systemTimers });
  panel = await servePanel(scalePanel(scale), 0);
  const put = async (body: string): Promise<string> => await (await fetch(`${panel?.url}set/load`, { method: 'POST', body })).text();
  expect(await put('842')).toBe('');
  expect(scale.state()).toMatchObject({ loadGrams: 842, shownGrams: 842 });
  expect(await put('-1')).toBe('That is no weight.');
  expect(await put('heavy')).toBe('That is no weight.');
  expect(scale.state().loadGrams).toBe(842);
});

test('a code that is typed, and codes of a picture, go to the till as a scanner sends them', async () => {
  const scanner = createVirtualScanner({ model: 'serial', timers: systemTimers });
  panel = await servePanel(scannerPanel(scanner), 0);
  const post = async (what: string, body: BodyInit): Promise<string> =>
    await (await fetch(`${panel?.url}set/${what}`, { method: 'POST', body })).text();
  expect(await post('scan', '4006381333931')).toContain('Nobody listens');
  let said = '';
  const peer: DevicePeer = {
    closed: new Promise(() => {}),
    close: () => {},
    onBytes: () => {},
    send: (bytes) => (said += new TextDecoder().decode(bytes)),
  };
  assert(scanner.connect(peer), 'it is plugged in');
  expect(await post('scan', ']C10109506000134352{GS}10ABC')).toBe('');
  expect(said).toBe(']C10109506000134352\u001d10ABC\r');
  said = '';
  const ean = await bwipjs.toBuffer({ bcid: 'ean13', text: '4006381333931', scale: 3, height: 15, backgroundcolor: 'ffffff', padding: 20 });
  expect(await post('picture', new Blob([Uint8Array.from(ean)]))).toBe('');
  expect(said).toBe(']E04006381333931\r');
  said = '';
  const link = 'https://id.gs1.org/01/09506000134352?17=261231';
  const qr = await bwipjs.toBuffer({ bcid: 'qrcode', text: link, scale: 4, backgroundcolor: 'ffffff', padding: 20 });
  expect(await post('picture', new Blob([Uint8Array.from(qr)]))).toBe('');
  expect(said).toBe(`]Q1${link}\r`);
  expect(await post('picture', 'no picture')).toBe('There is no code in this picture.');
});
