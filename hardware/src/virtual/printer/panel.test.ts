import { systemTimers } from '@holdfast/base/node';
import { afterEach, expect, test } from 'vitest';

import { servePanel, type Panel } from './panel.ts';
import { createVirtualPrinter, type VirtualPrinter } from './virtual-printer.ts';

let panel: Panel | undefined;
afterEach(async () => await panel?.close());

async function open(): Promise<{ readonly printer: VirtualPrinter; readonly url: string }> {
  const printer = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers });
  panel = await servePanel(printer, 0);
  return { printer, url: panel.url };
}

test('shows the paper and does what a person does to a printer', async () => {
  const { printer, url } = await open();
  expect(await (await fetch(url)).text()).toContain('Epson TM-T20III (virtual)');
  expect((await fetch(`${url}paper.png`)).headers.get('content-type')).toBe('image/png');
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
