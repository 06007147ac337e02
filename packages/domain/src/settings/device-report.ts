/**
 * What a device says of itself to headquarters: its build, the room on the disk that its ledger lies on, how its devices are, and what its sales come to while many of them wait to be sent. It goes along with a contact
 * where something of it changed, as a short text that sync carries and does not read: `["0.1.0",51000,[["printer","warning","paperLow"]],[["00c0ffee00c0ffee",["2026-11-21","EUR",7,912,310,482050]]]]`.
 * Builds that know nothing of sums read the first three, and are told no fourth where there is none.
 */
export interface DeviceReport {
  readonly version: string;
  /** Of 10^6 bytes, to two digits, so that it seldom changes; null where the disk does not say. */
  readonly freeMegabytes: number | null;
  readonly devices: readonly ReportedDevice[];
  /** Of each epoch from its oldest day on. What has no room in a report is not in it: the oldest. */
  readonly waitingDays: readonly ReportedDay[];
}

/** What the sales of one business day come to, in a stretch of an epoch of the device's ledger whose end no hub has confirmed: undone ones count as in any sum, training not. */
export interface ReportedDay {
  readonly epoch: string;
  readonly businessDate: string;
  readonly currency: string;
  /** The stretch: behind this entry, up to that one. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Entries: sales, returns, and what undid them. */
  readonly sales: number;
  readonly totalMinor: number;
}

const REPORTED_STATES = ['ready', 'warning', 'down'] as const;

export interface ReportedDevice {
  /** `printer`, `scale`, `drawer`, `terminal` … */
  readonly device: string;
  readonly state: (typeof REPORTED_STATES)[number];
  /** A word of the till's contract. */
  readonly reason?: string;
}

export const MAX_REPORTED_DEVICES = 24;
/** What sync carries of a report at most (SPEC: D-20). */
export const MAX_REPORT_CHARS = 2_048;
/** More than have room. */
const MAX_REPORTED_DAYS = 64;
const MAX_WORD = 40;

const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w.:+-]{1,40}$/u.test(value);
const isState = (value: unknown): value is ReportedDevice['state'] => REPORTED_STATES.some((state) => state === value);

/** What is no word is told as far as it is one: a report is short, and holds no text of a person. */
const toWord = (text: string): string => text.replaceAll(/[^\w.:+-]/gu, '').slice(0, MAX_WORD) || '-';

export function reportToText({ version, freeMegabytes, devices, waitingDays }: DeviceReport): string {
  const told = devices
    .slice(0, MAX_REPORTED_DEVICES)
    .map(({ device, state, reason }) => [toWord(device), state, ...(reason === undefined ? [] : [toWord(reason)])]);
  const toText = (days: readonly ReportedDay[]): string =>
    JSON.stringify([toWord(version), freeMegabytes, told, ...(days.length === 0 ? [] : [daysToJson(days)])]);
  let days = waitingDays.toSorted((left, right) => compare(right.businessDate, left.businessDate)).slice(0, MAX_REPORTED_DAYS);
  while (days.length > 0 && toText(days).length > MAX_REPORT_CHARS) days = days.slice(0, -1);
  return toText(waitingDays.filter((day) => days.includes(day)));
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const daysToJson = (days: readonly ReportedDay[]): unknown =>
  [...Map.groupBy(days, ({ epoch }) => epoch)].map(([epoch, own]) => [
    epoch,
    ...own.map(({ businessDate, currency, fromSeq, toSeq, sales, totalMinor }) => [
      businessDate,
      currency,
      fromSeq,
      toSeq,
      sales,
      totalMinor,
    ]),
  ]);

/** No till takes more in a day. */
const MAX_TOTAL_MINOR = 10 ** 13;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isEpoch = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/u.test(value);
const isDate = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/u.test(value);
const isCurrency = (value: unknown): value is string => typeof value === 'string' && /^[A-Z]{3}$/u.test(value);

function readDay(epoch: string, value: unknown): ReportedDay | undefined {
  if (!Array.isArray(value)) return undefined;
  const [businessDate, currency, fromSeq, toSeq, sales, totalMinor] = value as readonly unknown[];
  if (!isDate(businessDate) || !isCurrency(currency) || !isCount(fromSeq) || !isCount(toSeq) || !isCount(sales)) return undefined;
  // No entry is two sales.
  if (sales < 1 || sales > toSeq - fromSeq) return undefined;
  if (!Number.isSafeInteger(totalMinor) || Math.abs(Number(totalMinor)) > MAX_TOTAL_MINOR) return undefined;
  return { epoch, businessDate, currency, fromSeq, toSeq, sales, totalMinor: Number(totalMinor) };
}

/** Undefined: it is not as described. */
function readDays(value: unknown): readonly ReportedDay[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const read = (value as readonly unknown[]).flatMap((each): readonly (ReportedDay | undefined)[] => {
    if (!Array.isArray(each)) return [undefined];
    const [epoch, ...days] = each as readonly unknown[];
    return isEpoch(epoch) ? days.map((day) => readDay(epoch, day)) : [undefined];
  });
  const days = read.flatMap((day) => day ?? []);
  const names = new Set(days.map(({ epoch, businessDate, currency }) => [epoch, businessDate, currency].join()));
  return days.length === read.length && names.size === days.length && days.length <= MAX_REPORTED_DAYS ? days : undefined;
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
  const [version, free, told, waiting] = value as readonly unknown[];
  if (!isWord(version) || !Array.isArray(told) || told.length > MAX_REPORTED_DEVICES) return undefined;
  if (free !== null && !isCount(free)) return undefined;
  const devices = told.map(readDevice);
  const waitingDays = waiting === undefined ? [] : readDays(waiting);
  if (devices.some((device) => device === undefined) || waitingDays === undefined) return undefined;
  return { version, freeMegabytes: free, devices: devices.flatMap((device) => device ?? []), waitingDays };
}
