import { systemTimers } from '@holdfast/base/node';
import { isPrinterModelId, PRINTER_MODEL_IDS } from '@holdfast/hardware';
import {
  createVirtualPrinter,
  createVirtualTerminal,
  parseFaults,
  parseTerminalFaults,
  serveDevice,
  servePanel,
  serveTerminal,
  serveTerminalPanel,
  TERMINAL_PROTOCOLS,
} from '@holdfast/hardware/virtual';

import { CommandFailed, EXIT, UsageError, type Command, type CommandInput } from '../command.ts';

const DEFAULT_MODEL = 'epson-tm-t20iii';
const PRINTER_PORT = 9_100;
const TERMINAL_PORTS = { nexo: 8_443, zvt: 20_007 } as const;

export const command: Command = {
  name: 'device',
  usage: 'printer|terminal [--port N] [--panel N] [--model MODEL] [--protocol nexo|zvt] [--script FAULTS]',
  about: [
    'Starts a virtual device that speaks the real bytes on a TCP port of this machine, with a web panel that shows what it does. Point a lane at it:',
    'pnpm holdfast till … --printer epson-tm-t20iii@tcp://127.0.0.1:9100 --terminal zvt@tcp://127.0.0.1:20007. It runs until it is stopped.',
  ].join('\n'),
  flags: {
    port: {
      type: 'string',
      value: 'N',
      about: `Where the device listens: a printer at ${PRINTER_PORT}, a terminal at ${TERMINAL_PORTS.nexo} (nexo) or ${TERMINAL_PORTS.zvt} (ZVT) where absent; 0 for any free port.`,
    },
    panel: { type: 'string', value: 'N', about: 'Where its web panel is; any free port where absent.' },
    model: { type: 'string', value: 'MODEL', about: `The printer that it is; ${DEFAULT_MODEL} where absent.` },
    protocol: { type: 'string', value: 'NAME', about: `What a terminal speaks: ${TERMINAL_PROTOCOLS.join(' or ')}; nexo where absent.` },
    script: {
      type: 'string',
      value: 'FAULTS',
      about: 'What goes wrong (docs/DEVICES.md): "paper-out after 12 lines, paper-in after 5 s", "approve after 300 ms, answer lost".',
    },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast device printer',
    'pnpm holdfast device printer --model star-tsp100iv --script "answer lost"',
    'pnpm holdfast device terminal --protocol zvt --script "approve after 300 ms"',
  ],
  run: startDevice,
};

interface Started {
  readonly name: string;
  readonly address: string;
  readonly panelUrl: string;
  /** For `--json`, beside address and panel. */
  readonly facts: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

const STARTERS: Readonly<Record<string, (input: CommandInput) => Promise<Started>>> = {
  printer: startPrinter,
  terminal: startTerminal,
};

async function startDevice(input: CommandInput): Promise<number> {
  const [kind = ''] = input.positionals;
  const start = STARTERS[kind];
  if (start === undefined) throw new UsageError(`There is no virtual device "${kind}". Known: ${Object.keys(STARTERS).join(', ')}.`);
  const { name, address, panelUrl, facts, close } = await start(input);
  if (input.json) input.out(`${JSON.stringify({ type: 'device', device: kind, ...facts, address, panel: panelUrl })}\n`);
  else input.out(`${name} (virtual) at ${address}\nIts panel: ${panelUrl}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await close();
  return EXIT.done;
}

const portOf = (input: CommandInput, fallback: number): number => input.whole('port', 0, 65_535) ?? fallback;
const panelPortOf = (input: CommandInput): number => input.whole('panel', 0, 65_535) ?? 0;

const badScript = ({ word, expected }: { readonly word: string; readonly expected: string }): UsageError =>
  new UsageError(`--script does not know "${word}". It knows: ${expected}.`);

async function startPrinter(input: CommandInput): Promise<Started> {
  const model = input.text('model') ?? DEFAULT_MODEL;
  if (!isPrinterModelId(model)) throw new UsageError(`There is no printer model "${model}". Models: ${PRINTER_MODEL_IDS.join(', ')}.`);
  const faults = parseFaults(input.text('script') ?? '');
  if (!faults.ok) throw badScript(faults.error);
  const printer = createVirtualPrinter({ model, timers: systemTimers, faults: faults.value });
  const device = await listening(serveDevice(portOf(input, PRINTER_PORT), (peer) => printer.connect(peer)));
  const panel = await listening(servePanel(printer, panelPortOf(input)));
  return {
    name: printer.model.name,
    address: `tcp://127.0.0.1:${device.port}`,
    panelUrl: panel.url,
    facts: { model },
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}

async function startTerminal(input: CommandInput): Promise<Started> {
  const wanted = input.text('protocol') ?? 'nexo';
  const protocol = TERMINAL_PROTOCOLS.find((known) => known === wanted);
  if (protocol === undefined) throw new UsageError(`No terminal speaks "${wanted}". Known: ${TERMINAL_PROTOCOLS.join(', ')}.`);
  const faults = parseTerminalFaults(input.text('script') ?? '');
  if (!faults.ok) throw badScript(faults.error);
  const terminal = createVirtualTerminal({ timers: systemTimers, faults: faults.value });
  const device = await listening(serveTerminal(terminal, protocol, { port: portOf(input, TERMINAL_PORTS[protocol]) }));
  const panel = await listening(serveTerminalPanel(terminal, panelPortOf(input)));
  return {
    name: 'Payment terminal',
    address: device.address,
    panelUrl: panel.url,
    facts: { protocol },
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}

async function listening<T>(server: Promise<T>): Promise<T> {
  try {
    return await server;
  } catch (error) {
    throw new CommandFailed(`The device cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
