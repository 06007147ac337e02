/**
 * What a device says of itself to headquarters: its build, the room on the disk that its ledger lies on, and how its devices are. It goes along with a contact where something of it changed, as a short text that sync
 * carries and does not read: `["0.1.0",51000,[["printer","warning","paperLow"]]]`.
 */
export interface DeviceReport {
  readonly version: string;
  /** Of 10^6 bytes, to two digits, so that it seldom changes; null where the disk does not say. */
  readonly freeMegabytes: number | null;
  readonly devices: readonly ReportedDevice[];
}

export const REPORTED_STATES = ['ready', 'warning', 'down'] as const;

export interface ReportedDevice {
  /** `printer`, `scale`, `drawer`, `terminal` … */
  readonly device: string;
  readonly state: (typeof REPORTED_STATES)[number];
  /** A word of the till's contract. */
  readonly reason?: string;
}

export const MAX_REPORTED_DEVICES = 24;
const MAX_WORD = 40;

const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w.:+-]{1,40}$/u.test(value);
const isState = (value: unknown): value is ReportedDevice['state'] => REPORTED_STATES.some((state) => state === value);

/** What is no word is told as far as it is one: a report is short, and holds no text of a person. */
const toWord = (text: string): string => text.replaceAll(/[^\w.:+-]/gu, '').slice(0, MAX_WORD) || '-';

export function reportToText({ version, freeMegabytes, devices }: DeviceReport): string {
  const told = devices
    .slice(0, MAX_REPORTED_DEVICES)
    .map(({ device, state, reason }) => [toWord(device), state, ...(reason === undefined ? [] : [toWord(reason)])]);
  return JSON.stringify([toWord(version), freeMegabytes, told]);
}

function readDevice(value: unknown): ReportedDevice | undefined {
  if (!Array.isArray(value)) return undefined;
  const [device, state, reason] = value as readonly unknown[];
  if (!isWord(device) || !isState(state) || (reason !== undefined && !isWord(reason))) return undefined;
  return { device, state, ...(reason !== undefined && { reason }) };
}

/** Undefined: this build cannot read it. */
export function readReport(text: string): DeviceReport | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [version, free, told] = value as readonly unknown[];
  if (!isWord(version) || !Array.isArray(told) || told.length > MAX_REPORTED_DEVICES) return undefined;
  if (free !== null && !(Number.isSafeInteger(free) && Number(free) >= 0)) return undefined;
  const devices = told.map(readDevice);
  if (devices.some((device) => device === undefined)) return undefined;
  return { version, freeMegabytes: free === null ? null : Number(free), devices: devices.flatMap((device) => device ?? []) };
}
