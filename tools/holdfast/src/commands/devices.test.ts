import { expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';
import { startVirtualDevice } from '../virtual-devices.ts';

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['devices', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('asks devices on real ports, and says in words what is wrong with one', async () => {
  const scale = await startVirtualDevice('scale', { port: 0 });
  const printer = await startVirtualDevice('printer', { port: 0 });
  try {
    const well = await run('--scale', scale.argument, '--printer', printer.argument, '--json');
    expect(JSON.parse(well.out)).toMatchObject({
      isWell: true,
      devices: [
        { kind: 'receiptPrinter', address: printer.address, health: { power: 'online', statistics: { connectCount: 1 } } },
        { kind: 'scale', model: 'toledo-8217', health: { power: 'online' } },
      ],
    });
    expect(well.code).toBe(EXIT.done);
    await fetch(`${printer.panelUrl}do/take-paper`, { method: 'POST' });
    const out = await run('--printer', printer.argument);
    expect(out).toMatchObject({ code: EXIT.failed });
    expect(out.out).toContain('The paper is out.');
    const wrong = await run('--scale', `dialog-06@${scale.address}`);
    expect(wrong).toMatchObject({ code: EXIT.failed });
    expect(wrong.out).toContain('Is the model right');
  } finally {
    await Promise.all([scale.close(), printer.close()]);
  }
  const gone = await run('--scale', scale.argument);
  expect(gone).toMatchObject({ code: EXIT.failed });
  expect(gone.out).toContain('Nobody answers at this address');
});

test('a model that nobody knows is a wrong command line, and all of them are listed', async () => {
  expect(await run('--scale', 'kitchen@tcp://127.0.0.1:1')).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('dialog-06') });
  expect(await run('--scale', 'dialog-06')).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('no MODEL@ADDRESS') });
  expect((await run('--models')).out).toMatch(/scanner: serial, hid-pos/);
});

test('what a terminal is opened with is not said, whether it answers or not', async () => {
  for (const format of [[], ['--json']]) {
    const { out } = await run('--terminal', 'zvt@tcp://127.0.0.1:1?password=918273', ...format);
    expect(out).toContain('password=******');
    expect(out).not.toContain('918273');
  }
});
