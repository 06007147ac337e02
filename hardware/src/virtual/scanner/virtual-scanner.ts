/** A scanner without the hardware: what it is told to read goes to the till in the bytes of its model. */
import type { Timers } from '@holdfast/base';

import type { DevicePeer } from '../../link/memory-link.ts';
import type { ScannerModel } from '../../scanners/scan-readers.ts';
import type { ScannerFaults } from './faults.ts';

export interface VirtualScannerState {
  readonly scans: number;
  readonly lastScan: string;
  readonly isPlugged: boolean;
  readonly isConnected: boolean;
}

export interface VirtualScanner {
  readonly model: ScannerModel;
  /** False where it is unplugged. */
  connect(peer: DevicePeer): boolean;
  state(): VirtualScannerState;
  /** False where nobody listens. `aim`: the symbology identifier, `]E0`. */
  scan(text: string, aim?: string): boolean;
  setPlugged(isPlugged: boolean): void;
  setFaults(faults: ScannerFaults): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualScannerOptions {
  readonly model: ScannerModel;
  readonly timers: Timers;
  readonly faults?: ScannerFaults;
}

/** Up to the byte that says whether more follows, less a spare. */
const HID_DATA_BYTES = 56;
const REPORT_BYTES = 64;
const GARBAGE = Uint8Array.of(0xff, 0x00, 0x9b, 0x0d);

/** As a scanner of the model sends it. */
export function scanBytes(model: ScannerModel, text: string, aim = ''): readonly Uint8Array[] {
  const data = new TextEncoder().encode(text);
  if (model === 'serial') return [Uint8Array.of(...new TextEncoder().encode(aim), ...data, 0x0d)];
  const reports: Uint8Array[] = [];
  for (let at = 0; at < data.length || at === 0; at += HID_DATA_BYTES) {
    const part = data.subarray(at, at + HID_DATA_BYTES);
    const report = new Uint8Array(REPORT_BYTES);
    report.set([2, part.length, ...new TextEncoder().encode(aim.padEnd(3, '\0').slice(0, 3))]);
    report.set(part, 5);
    report[63] = at + HID_DATA_BYTES < data.length ? 1 : 0;
    reports.push(report);
  }
  return reports;
}

export function createVirtualScanner({ model, timers, faults = {} }: VirtualScannerOptions): VirtualScanner {
  const listeners = new Set<() => void>();
  let [caller, isPlugged, scans, lastScan]: [DevicePeer | undefined, boolean, number, string] = [undefined, true, 0, ''];
  let wrong = faults;
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const setPlugged = (next: boolean): void => {
    isPlugged = next;
    if (!next) {
      caller?.close();
      caller = undefined;
    }
    changed();
  };
  const hangUp = async (peer: DevicePeer): Promise<void> => {
    await peer.closed;
    if (caller === peer) caller = undefined;
    changed();
  };
  const send = (peer: DevicePeer, parts: readonly Uint8Array[]): void => {
    for (const part of parts) peer.send(part);
  };
  return {
    model,
    connect(peer) {
      if (!isPlugged) return false;
      caller?.close();
      caller = peer;
      void hangUp(peer);
      changed();
      return true;
    },
    state: () => ({ scans, lastScan, isPlugged, isConnected: caller !== undefined }),
    scan(text, aim) {
      const peer = caller;
      if (peer === undefined) return false;
      scans += 1;
      lastScan = text;
      const parts = scanBytes(model, text, aim);
      if (wrong.talksGarbage === true) peer.send(GARBAGE);
      if (wrong.cutsScans === true) send(peer, [(parts[0] ?? new Uint8Array()).slice(0, 5)]);
      else if (wrong.slowMs === undefined) send(peer, parts);
      else timers.after(wrong.slowMs, () => send(peer, parts));
      if (wrong.readsTwice === true) send(peer, parts);
      if (scans === wrong.unpluggedAfterScans) {
        setPlugged(false);
        if (wrong.backAfterMs !== undefined) timers.after(wrong.backAfterMs, () => setPlugged(true));
      }
      changed();
      return true;
    },
    setPlugged,
    setFaults(next) {
      wrong = next;
      scans = 0;
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
