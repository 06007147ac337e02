/**
 * What stands on a lane, as it is written down: `MODEL@ADDRESS` for each device of a kind. The first receipt printer prints and has the drawer,
 * the second stands in for it.
 */
import { err, type Result } from '@holdfast/base';

import { DISPLAY_PROTOCOL_IDS, displayProtocol, isDisplayProtocolId } from '../displays/display-protocols.ts';
import { LABEL_MODEL_IDS } from '../labels/zpl.ts';
import type { Link } from '../link/link.ts';
import { parseAddress } from '../link/parse-address.ts';
import { PRINTER_MODEL_IDS } from '../printers/models.ts';
import { BAGGING_PROTOCOL_IDS, isScaleProtocolId, SCALE_PROTOCOL_IDS, scaleProtocol } from '../scales/protocols.ts';
import { SCANNER_MODELS } from '../scanners/scan-readers.ts';
import { openTerminal, TERMINAL_PROTOCOL_IDS } from '../terminals/open-terminal.ts';
import type { DeviceKind } from './device.ts';

export interface DeviceEntry {
  readonly kind: DeviceKind;
  readonly model: string;
  readonly address: string;
}

export interface BadEntry {
  readonly type: 'badEntry';
  readonly problem: 'model' | 'address';
  readonly expected: string;
}

const scaleLine = (id: string): string => (isScaleProtocolId(id) ? scaleProtocol(id).line : '');

/** By kind: which models there are, and how a serial line to one is usually set. */
const MODELS: Readonly<Partial<Record<DeviceKind, { readonly ids: readonly string[]; readonly line?: (id: string) => string }>>> = {
  receiptPrinter: { ids: PRINTER_MODEL_IDS },
  scale: { ids: SCALE_PROTOCOL_IDS, line: scaleLine },
  baggingScale: { ids: BAGGING_PROTOCOL_IDS, line: scaleLine },
  scanner: { ids: SCANNER_MODELS },
  labelPrinter: { ids: LABEL_MODEL_IDS },
  lineDisplay: { ids: DISPLAY_PROTOCOL_IDS, line: (id) => (isDisplayProtocolId(id) ? displayProtocol(id).line : '') },
};

export const deviceModels = (kind: DeviceKind): readonly string[] =>
  kind === 'paymentTerminal' ? TERMINAL_PROTOCOL_IDS : (MODELS[kind]?.ids ?? []);

/** The link of an entry whose model is known. */
export function linkOf({ kind, model, address }: DeviceEntry): Result<Link, BadEntry> {
  const models = MODELS[kind];
  if (models?.ids.includes(model) !== true) return err({ type: 'badEntry', problem: 'model', expected: deviceModels(kind).join(', ') });
  const link = parseAddress(address, models.line?.(model));
  return link.ok ? link : err({ type: 'badEntry', problem: 'address', expected: link.error.expected });
}

/** What is wrong with an entry as it is written down; undefined where it can stand on a lane. A terminal has no link: its driver connects for each order. */
export function entryFault(entry: DeviceEntry): BadEntry | undefined {
  const { kind, model, address } = entry;
  if (kind !== 'paymentTerminal') {
    const link = linkOf(entry);
    return link.ok ? undefined : link.error;
  }
  if (!deviceModels(kind).includes(model)) return { type: 'badEntry', problem: 'model', expected: deviceModels(kind).join(', ') };
  const opened = openTerminal(`${model}@${address}`, { saleId: 'entry' });
  return opened.ok ? undefined : { type: 'badEntry', problem: 'address', expected: opened.error.expected };
}

/** What two entries may not both have: the line, without how it is set or what its driver is told. */
export function lineOf(entry: DeviceEntry): string | undefined {
  if (entry.kind === 'paymentTerminal') return entry.address.replace(/\?.*$/, '');
  const link = linkOf(entry);
  return link.ok ? link.value.address : undefined;
}

const SECRET = /([?&]password=)[^&]*/u;
const HIDDEN = '******';

/** What a terminal is opened with is told to nobody. */
export const withoutSecret = <E extends DeviceEntry>(entry: E): E => ({ ...entry, address: entry.address.replace(SECRET, `$1${HIDDEN}`) });

/** An entry as it was told, with what was left out of it as it stands among the `known` ones. */
export const withSecret = (entry: DeviceEntry, known: readonly DeviceEntry[]): DeviceEntry =>
  known.find((other) => other.kind === entry.kind && other.model === entry.model && withoutSecret(other).address === entry.address) ??
  entry;
