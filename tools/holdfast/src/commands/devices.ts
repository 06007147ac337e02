import { randomBytes } from 'node:crypto';

import { systemClock, systemTimers } from '@holdfast/base/node';
import {
  DEVICE_KINDS,
  deviceModels,
  entryFault,
  findAttached,
  findNetworked,
  openRegistry,
  withoutSecret,
  type AttachedDevice,
  type DeviceEntry,
  type DeviceFaultReason,
  type DeviceHealth,
  type DeviceKind,
} from '@holdfast/hardware';
import { z } from 'zod';

import { EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { textTable } from '../text-table.ts';
import { accessTill } from '../till-access.ts';

const FLAGS: Readonly<Record<string, DeviceKind>> = {
  printer: 'receiptPrinter',
  scale: 'scale',
  'bagging-scale': 'baggingScale',
  scanner: 'scanner',
  display: 'lineDisplay',
  label: 'labelPrinter',
  terminal: 'paymentTerminal',
};

export const command: Command = {
  name: 'devices',
  usage:
    '[--data DIR] [--printer|--scale|--bagging-scale|--scanner|--display|--label|--terminal MODEL@ADDRESS …] [--network] [--models] [--json]',
  about: [
    'Without a flag: what is plugged into this machine and could stand on a lane. With --data: what stands on that lane, how each device is, and what',
    'it counted since the till started. With a device: asks it now and says in words what is wrong; nothing is printed or opened. A device that a',
    'running till holds cannot be asked a second time: ask that till. Exit code 1 where one of them is not as it should be.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The data folder of a running till.' },
    printer: { type: 'string', value: 'MODEL@ADDRESS', about: 'A receipt printer to ask.', multiple: true },
    scale: { type: 'string', value: 'MODEL@ADDRESS', about: 'A scale to ask.', multiple: true },
    'bagging-scale': { type: 'string', value: 'MODEL@ADDRESS', about: 'A scale under bags to ask.', multiple: true },
    scanner: { type: 'string', value: 'MODEL@ADDRESS', about: 'A scanner whose line is to be opened.', multiple: true },
    display: { type: 'string', value: 'MODEL@ADDRESS', about: 'A customer display whose line is to be opened.', multiple: true },
    label: { type: 'string', value: 'MODEL@ADDRESS', about: 'A label printer to ask.', multiple: true },
    terminal: { type: 'string', value: 'PROTOCOL@ADDRESS', about: 'A payment terminal to ask; nothing is charged.', multiple: true },
    network: {
      type: 'boolean',
      about: 'And what listens as printers do (port 9100) at the private addresses around this machine; nothing is sent to them.',
    },
    models: { type: 'boolean', about: 'List the models of each kind.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast devices',
    'pnpm holdfast devices --data ./lane1',
    'pnpm holdfast devices --scale dialog-06@serial:///dev/ttyUSB0',
  ],
  run: async (input) => {
    if (input.isSet('models')) return listModels(input);
    const data = input.text('data');
    if (data !== undefined) return report(input, await devicesOfTill(userPath(data)));
    const entries = Object.entries(FLAGS).flatMap(([flag, kind]) => input.texts(flag).map((text) => entryOf(flag, kind, text)));
    if (entries.length > 0) return report(input, await askDevices(entries));
    const networked = input.isSet('network') ? await findNetworked() : [];
    return listAttached(input, [...(await findAttached()), ...networked]);
  },
};

/** What is wrong, and what to do about it. */
const WORDS: Readonly<Record<DeviceFaultReason, string>> = {
  unknown: 'There is no driver for it, or no such address.',
  busy: 'Another device of this lane has the same address.',
  unreachable: 'Nobody answers at this address. Is it switched on, and on the same network? Is another program using it?',
  noSuchDevice: 'Nothing is plugged in there. Look at the cable, and at the name of the port.',
  noAnswer: 'The line is open, and it says nothing. Is the model right, and the speed and parity of the line?',
  lost: 'The connection ended. Look at the cable; it is looked for again by itself.',
  garbled: 'It talks, and is not understood. Is the model right, and the speed and parity of the line?',
  paperOut: 'The paper is out.',
  coverOpen: 'Its cover is open.',
  cutter: 'Its cutter is stuck: open the cover, and take the paper out of it.',
  offline: 'It is switched off line, with a key of its own.',
  fault: 'It says that it is broken.',
};

interface Reported extends DeviceEntry {
  readonly health: DeviceHealth;
}

function entryOf(flag: string, kind: DeviceKind, text: string): DeviceEntry {
  const [, model, address] = /^([a-z0-9-]+)@(\S+)$/.exec(text) ?? [];
  if (model === undefined || address === undefined) throw new UsageError(`--${flag} ${text} is no MODEL@ADDRESS.`);
  const entry = { kind, model, address };
  const fault = entryFault(entry);
  if (fault !== undefined) throw new UsageError(`--${flag} ${text}: the ${fault.problem} is not known. Known: ${fault.expected}.`);
  return entry;
}

/** Terminals answer whoever has a name. */
const ASKER = { saleId: () => 'holdfast-devices', newId: () => randomBytes(5).toString('hex').toUpperCase() };

async function askDevices(entries: readonly DeviceEntry[]): Promise<readonly Reported[]> {
  const registry = openRegistry(entries, { clock: systemClock, timers: systemTimers, terminalNames: ASKER });
  try {
    // A line that is still opening is asked once more, when it is open or has failed.
    await registry.checkHealth();
    const checked = await registry.checkHealth();
    return checked.map(({ entry, health, check }) => ({
      ...withoutSecret(entry),
      health: check.ok ? health : { ...health, power: 'offline', reason: health.reason ?? check.error.reason },
    }));
  } finally {
    registry.close();
  }
}

const toldSchema = z.array(
  z
    .object({
      kind: z.enum(DEVICE_KINDS),
      model: z.string(),
      address: z.string(),
      power: z.enum(['unknown', 'online', 'offline']),
      reason: z.string().optional(),
      statistics: z.record(z.string(), z.number()),
    })
    .loose(),
);

async function devicesOfTill(data: string): Promise<readonly Reported[]> {
  const told = toldSchema.parse(await (await accessTill(data)).devices());
  return told.map(({ kind, model, address, power, reason, statistics }) => ({
    kind,
    model,
    address,
    health: { power, ...(reason !== undefined && { reason: reason as DeviceFaultReason }), statistics },
  }));
}

function report({ out, json }: CommandInput, devices: readonly Reported[]): number {
  const isWell = devices.every(({ health }) => health.reason === undefined);
  if (json) out(`${JSON.stringify({ type: 'devices', isWell, devices })}\n`);
  else if (devices.length === 0) out('Nothing stands on this lane.\n');
  else out(devices.map(described).join('\n'));
  return isWell ? EXIT.done : EXIT.failed;
}

function described({ kind, model, address, health }: Reported): string {
  const { power, reason, statistics } = health;
  const state = reason === undefined ? (power === 'unknown' ? 'not asked yet' : 'well') : (WORDS[reason] ?? reason);
  const counts = Object.entries(statistics)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return [`${kind}  ${model}@${address}`, `  ${state}`, ...(counts.length === 0 ? [] : [`  ${counts.join(', ')}`]), ''].join('\n');
}

function listAttached({ out, json }: CommandInput, attached: readonly AttachedDevice[]): number {
  if (json) out(`${JSON.stringify({ type: 'attached', attached })}\n`);
  else if (attached.length === 0)
    out(
      'Nothing that says what it is is plugged into this machine. Printers on the network are named by their address, or found by --network.\n',
    );
  else
    out(
      `${textTable(
        ['Address', 'Name', 'Is'],
        attached.map(({ address, name, kind = '', model = '' }) => [address, name, `${kind} ${model}`.trim()]),
      )}\n`,
    );
  return EXIT.done;
}

function listModels({ out, json }: CommandInput): number {
  const models = Object.fromEntries(DEVICE_KINDS.map((kind) => [kind, deviceModels(kind)]));
  if (json) out(`${JSON.stringify({ type: 'models', models })}\n`);
  else
    out(
      Object.entries(models)
        .map(([kind, ids]) => `${kind}: ${ids.join(', ')}\n`)
        .join(''),
    );
  return EXIT.done;
}
