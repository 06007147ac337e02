/**
 * What every device is to a lane, in UnifiedPOS' words. A device is opened with its link, then claimed (the connection is this process's
 * alone, made and made again) and enabled (data events flow); closing it undoes all of it. Its state of power is what its line tells:
 * `offline` is lost, and looked for again without anybody's help.
 *
 * Duties of who writes one: each call ends within its own deadline, an error says whether it may be sent again, and nothing throws.
 */
import type { Result } from '@holdfast/base';

import type { LinkFault } from '../link/link.ts';

export const DEVICE_KINDS = [
  'receiptPrinter',
  'scale',
  'baggingScale',
  'scanner',
  'lineDisplay',
  'labelPrinter',
  'paymentTerminal',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** `unknown`: nobody has tried yet. */
export type PowerState = 'unknown' | 'online' | 'offline';

/**
 * Of the line or of what the device said. Windows and the command line put words to them (`plainWords`).
 * `unknown`: no driver, or no such address. `busy`: another driver of this process has claimed the address.
 */
export const DEVICE_FAULT_REASONS = [
  'unknown',
  'busy',
  'unreachable',
  'noSuchDevice',
  'noAnswer',
  'lost',
  'garbled',
  'paperOut',
  'coverOpen',
  'cutter',
  'offline',
  'fault',
] as const;
export type DeviceFaultReason = (typeof DEVICE_FAULT_REASONS)[number];

export interface DeviceFault {
  readonly type: 'deviceFailed';
  readonly reason: DeviceFaultReason;
  /** For the log and the setup screen. */
  readonly detail: string;
  /** `safe`: nothing of it was done. `mayDuplicate`: some or all of it may have been. */
  readonly retry: 'safe' | 'mayDuplicate';
}

/** Since the device was opened; UnifiedPOS' statistics where it has a name for one. */
export type DeviceStatistics = Readonly<Record<string, number>>;

export interface DeviceHealth {
  readonly power: PowerState;
  /** Why it is not as it should be; absent where nothing is wrong. */
  readonly reason?: DeviceFaultReason;
  /** Works, but somebody should look at it: the paper is low. */
  readonly isWarning?: boolean;
  readonly statistics: DeviceStatistics;
}

export interface Device {
  readonly kind: DeviceKind;
  readonly model: string;
  readonly address: string;
  health(): DeviceHealth;
  /** Asks the device itself, now: is it there, does it answer. Never does anything that a shopper could notice. */
  checkHealth(): Promise<Result<void, DeviceFault>>;
  close(): void;
}

export const deviceFault = (reason: DeviceFaultReason, retry: DeviceFault['retry'], detail = ''): DeviceFault => ({
  type: 'deviceFailed',
  reason,
  detail,
  retry,
});

const REASONS: Readonly<Record<LinkFault['reason'], DeviceFaultReason>> = {
  refused: 'unreachable',
  unreachable: 'unreachable',
  timeout: 'unreachable',
  closed: 'lost',
  noSuchDevice: 'noSuchDevice',
};

export const fromLinkFault = ({ reason, detail, retry }: LinkFault): DeviceFault => deviceFault(REASONS[reason], retry, detail);
