import { systemTimers } from '@holdfast/base/node';
import { isPrinterModelId, PRINTER_MODEL_IDS } from '@holdfast/hardware';
import { createVirtualPrinter, parseFaults, serveDevice, servePanel } from '@holdfast/hardware/virtual';

import { CommandFailed, EXIT, UsageError, type Command, type CommandInput } from '../command.ts';

const DEFAULT_MODEL = 'epson-tm-t20iii';
const PRINTER_PORT = 9_100;

export const command: Command = {
  name: 'device',
  usage: 'printer [--port N] [--panel N] [--model MODEL] [--script FAULTS]',
  about: [
    'Starts a virtual device that speaks the real bytes on a TCP port of this machine, with a web panel that shows what it does. Point a lane at it:',
    'pnpm holdfast till … --printer epson-tm-t20iii@tcp://127.0.0.1:9100. It runs until it is stopped.',
  ].join('\n'),
  flags: {
    port: { type: 'string', value: 'N', about: `Where the device listens; ${PRINTER_PORT} where absent, 0 for any free port.` },
    panel: { type: 'string', value: 'N', about: 'Where its web panel is; any free port where absent.' },
    model: { type: 'string', value: 'MODEL', about: `The printer that it is; ${DEFAULT_MODEL} where absent.` },
    script: {
      type: 'string',
      value: 'FAULTS',
      about: 'What goes wrong (docs/DEVICES.md): "paper-out after 12 lines, paper-in after 5 s".',
    },
  },
  positionals: { min: 1, max: 1 },
  examples: ['pnpm holdfast device printer', 'pnpm holdfast device printer --model star-tsp100iv --script "answer lost"'],
  run: startDevice,
};

async function startDevice(input: CommandInput): Promise<number> {
  const [kind = ''] = input.positionals;
  if (kind !== 'printer') throw new UsageError(`There is no virtual device "${kind}". Known: printer.`);
  const model = input.text('model') ?? DEFAULT_MODEL;
  if (!isPrinterModelId(model)) throw new UsageError(`There is no printer model "${model}". Models: ${PRINTER_MODEL_IDS.join(', ')}.`);
  const faults = parseFaults(input.text('script') ?? '');
  if (!faults.ok) throw new UsageError(`--script does not know "${faults.error.word}". It knows: ${faults.error.expected}.`);
  const printer = createVirtualPrinter({ model, timers: systemTimers, faults: faults.value });
  const device = await listening(serveDevice(input.whole('port', 0, 65_535) ?? PRINTER_PORT, (peer) => printer.connect(peer)));
  const panel = await listening(servePanel(printer, input.whole('panel', 0, 65_535) ?? 0));
  const address = `tcp://127.0.0.1:${device.port}`;
  if (input.json) input.out(`${JSON.stringify({ type: 'device', device: kind, model, address, panel: panel.url })}\n`);
  else input.out(`${printer.model.name} (virtual) at ${address}\nIts paper: ${panel.url}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await panel.close();
  await device.close();
  return EXIT.done;
}

async function listening<T>(server: Promise<T>): Promise<T> {
  try {
    return await server;
  } catch (error) {
    throw new CommandFailed(`The device cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
