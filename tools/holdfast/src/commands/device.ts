import { systemClock, systemTimers } from '@holdfast/base/node';
import {
  createVirtualSigner,
  createVirtualTerminal,
  parseSignerFaults,
  parseTerminalFaults,
  serveTerminal,
  serveDevice,
  servePanel,
  serveTerminalPanel,
  signerPanel,
  TERMINAL_PROTOCOLS,
} from '@holdfast/hardware/virtual';

import { CommandFailed, EXIT, UsageError, type Command, type CommandInput } from '../command.ts';
import { startVirtualDevice, VIRTUAL_KINDS, type VirtualDevice } from '../virtual-devices.ts';

const SIGNER_PORT = 9_104;
const TERMINAL_PORTS = { nexo: 8_443, zvt: 20_007 } as const;

export const command: Command = {
  name: 'device',
  usage:
    'printer|scale|scanner|display|label|terminal|signer [--port N] [--panel N] [--model MODEL] [--protocol nexo|zvt] [--script FAULTS]',
  about: [
    'Starts a virtual device that speaks the real bytes on a TCP port of this machine, with a web panel: paper that comes out, a scale with a slider,',
    'a scanner to type or drop pictures of codes into, what the shopper reads, a terminal with cards to tap. Point a lane at it: pnpm holdfast till …',
    '--printer epson-tm-t20iii@tcp://127.0.0.1:9100 --scale toledo-8217@tcp://127.0.0.1:9101 --scanner serial@tcp://127.0.0.1:9102',
    '--display cd5220@tcp://127.0.0.1:9103 --terminal zvt@tcp://127.0.0.1:20007 --fiscal-signer tcp://127.0.0.1:9104. It runs until it is stopped.',
  ].join('\n'),
  flags: {
    port: {
      type: 'string',
      value: 'N',
      about: `Where the device listens: 9100 printer, 9101 scale, 9102 scanner, 9103 display, 9105 label, ${TERMINAL_PORTS.nexo} or ${TERMINAL_PORTS.zvt} terminal (nexo, ZVT), ${SIGNER_PORT} signer where absent; 0 for any free port.`,
    },
    panel: { type: 'string', value: 'N', about: 'Where its web panel is; any free port where absent.' },
    model: { type: 'string', value: 'MODEL', about: 'What it is: epson-tm-t20iii, toledo-8217, serial, cd5220, zpl-203 where absent.' },
    protocol: { type: 'string', value: 'NAME', about: `What a terminal speaks: ${TERMINAL_PROTOCOLS.join(' or ')}; nexo where absent.` },
    script: {
      type: 'string',
      value: 'FAULTS',
      about:
        'What goes wrong (docs/DEVICES.md): "paper-out after 12 lines", "unstable for 3 s", "reads twice", "approve after 300 ms, answer lost".',
    },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast device printer --model star-tsp100iv --script "answer lost"',
    'pnpm holdfast device scale --model dialog-06 --script "unstable for 3 s"',
    'pnpm holdfast device scanner',
    'pnpm holdfast device terminal --protocol zvt --script "approve after 300 ms"',
    'pnpm holdfast device signer --script "slow 500 ms"',
  ],
  run: runDevice,
};

interface Started extends Pick<VirtualDevice, 'name' | 'address' | 'panelUrl' | 'close'> {
  /** For `--json`, beside address and panel. */
  readonly facts: Readonly<Record<string, string>>;
}

async function runDevice(input: CommandInput): Promise<number> {
  const [name = ''] = input.positionals;
  const kind = VIRTUAL_KINDS.find((known) => known === name);
  const own = OWN_KINDS.get(name);
  if (kind === undefined && own === undefined)
    throw new UsageError(`There is no virtual device "${name}". Known: ${[...VIRTUAL_KINDS, ...OWN_KINDS.keys()].join(', ')}.`);
  const device = kind === undefined ? await (own ?? startTerminal)(input) : await startPlain(kind, input);
  const { address, panelUrl, facts } = device;
  if (input.json) input.out(`${JSON.stringify({ type: 'device', device: name, ...facts, address, panel: panelUrl })}\n`);
  else input.out(`${device.name} at ${address}\nIts panel: ${panelUrl}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await device.close();
  return EXIT.done;
}

async function startPlain(kind: (typeof VIRTUAL_KINDS)[number], input: CommandInput): Promise<Started> {
  const [model, script] = [input.text('model'), input.text('script')];
  const [port, panelPort] = [input.whole('port', 0, 65_535), input.whole('panel', 0, 65_535)];
  const device = await listening(
    startVirtualDevice(kind, {
      ...(model !== undefined && { model }),
      ...(script !== undefined && { script }),
      ...(port !== undefined && { port }),
      ...(panelPort !== undefined && { panelPort }),
    }),
  );
  return { ...device, facts: { model: device.model } };
}

async function startTerminal(input: CommandInput): Promise<Started> {
  const wanted = input.text('protocol') ?? 'nexo';
  const protocol = TERMINAL_PROTOCOLS.find((known) => known === wanted);
  if (protocol === undefined) throw new UsageError(`No terminal speaks "${wanted}". Known: ${TERMINAL_PROTOCOLS.join(', ')}.`);
  const faults = parseTerminalFaults(input.text('script') ?? '');
  if (!faults.ok) throw new UsageError(`--script does not know "${faults.error.word}". It knows: ${faults.error.expected}.`);
  const terminal = createVirtualTerminal({ timers: systemTimers, faults: faults.value });
  const port = input.whole('port', 0, 65_535) ?? TERMINAL_PORTS[protocol];
  const device = await listening(serveTerminal(terminal, protocol, { port }));
  const panel = await listening(serveTerminalPanel(terminal, input.whole('panel', 0, 65_535) ?? 0));
  return {
    name: 'Payment terminal (virtual)',
    address: device.address,
    panelUrl: panel.url,
    facts: { protocol },
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}

async function startSigner(input: CommandInput): Promise<Started> {
  const faults = parseSignerFaults(input.text('script') ?? '');
  if (!faults.ok) throw new UsageError(`--script does not know "${faults.error.word}". It knows: ${faults.error.expected}.`);
  const signer = createVirtualSigner({ clock: systemClock, timers: systemTimers });
  signer.setFaults(faults.value);
  const device = await listening(serveDevice(input.whole('port', 0, 65_535) ?? SIGNER_PORT, (peer) => signer.connect(peer)));
  const panel = await listening(servePanel(signerPanel(signer), input.whole('panel', 0, 65_535) ?? 0));
  return {
    name: 'Fiscal signer (virtual)',
    address: `tcp://127.0.0.1:${device.port}`,
    panelUrl: panel.url,
    facts: { serial: signer.serial },
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}

const OWN_KINDS: ReadonlyMap<string, (input: CommandInput) => Promise<Started>> = new Map([
  ['terminal', startTerminal],
  ['signer', startSigner],
]);

async function listening<T>(device: Promise<T>): Promise<T> {
  try {
    return await device;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CommandFailed(`The device cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
