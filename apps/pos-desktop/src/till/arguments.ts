/** What a till is started with. Everything that is wrong with it is said at once, in words, before anything is touched. */
import { assert, err, ok, type Result } from '@holdfast/base';
import type { DeviceEntry, DeviceKind } from '@holdfast/hardware';

export interface TillArguments {
  readonly dataFolder: string;
  /** Without a trailing slash. Needed once; the data folder remembers it. */
  readonly hubUrl?: string;
  readonly enrolmentCode?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly json: boolean;
  /** Where the other lanes of the store ask this one; 0: any free port. Needed once; the data folder remembers it. Without it the lane is by itself. */
  readonly lanPort?: number;
  /** `HOST:PORT` of other lanes, where multicast DNS does not reach. */
  readonly neighbours?: readonly string[];
  /** What stands on the lane: of each kind that is named, these and no others. The data folder remembers them. */
  readonly devices?: readonly DeviceEntry[];
  /** The lane's fiscal signer: `tcp://HOST:PORT`. */
  readonly fiscalSigner?: string;
}

export const USAGE =
  'usage: till --data DIR [--hub URL] [--plain-hub] [--enrol CODE] [--port N] [--printer MODEL@ADDRESS …] [--scale MODEL@ADDRESS] [--bagging-scale MODEL@ADDRESS] [--scanner MODEL@ADDRESS …] [--display MODEL@ADDRESS …] [--terminal PROTOCOL@ADDRESS] [--fiscal-signer ADDRESS] [--lan PORT] [--neighbour HOST:PORT …] [--json]\n' +
  '  --data DIR    the folder that holds this lane: its database, its key, its lock\n' +
  '  --hub URL     where its hub answers; needed once, or again to move; https, or on this machine\n' +
  '  --plain-hub   its hub may be an http address of another machine: its token and what it sells go over that network in clear\n' +
  '  --enrol CODE  a one-time code from the hub; needed once\n' +
  '  --port N      the loopback port for its windows; 0 (the default) or a taken one: any free one\n' +
  '  --printer M@A  its receipt printer, as epson-tm-t20iii@tcp://192.168.1.50:9100; a second one stands in for the first\n' +
  '  --scale M@A   its scale, as toledo-8217@serial:///dev/ttyUSB0\n' +
  '  --bagging-scale M@A  the scale under the bags of a kiosk, as toledo-8217@serial:///dev/ttyUSB2\n' +
  '  --scanner M@A  a scanner that is no keyboard, as serial@serial:///dev/ttyACM0 or hid-pos@hid://0c2e-0b6a\n' +
  '  --display M@A  what the shopper reads, as cd5220@serial:///dev/ttyUSB1 or epson-dm-d@tcp://192.168.1.52:9100\n' +
  '  --terminal P@A  its payment terminal, as zvt@tcp://192.168.1.61:20007 or nexo@https://192.168.1.60:8443/nexo?poi=ID&key=FILE\n' +
  '  --fiscal-signer A  its fiscal signer, as tcp://192.168.1.62:9104\n' +
  '  --lan PORT    where the other lanes of the store ask this one (0: any free port); needed once; without it the lane is by itself\n' +
  '  --neighbour H:P  where another lane of the store is; for networks without multicast DNS; may be given several times\n' +
  '  --json        one line of JSON when ready';

/** Of each kind, as many as a lane has of it. */
const DEVICE_FLAGS: Readonly<Record<string, { readonly kind: DeviceKind; readonly most: number }>> = {
  '--printer': { kind: 'receiptPrinter', most: 2 },
  '--scale': { kind: 'scale', most: 1 },
  '--bagging-scale': { kind: 'baggingScale', most: 1 },
  '--scanner': { kind: 'scanner', most: 4 },
  '--display': { kind: 'lineDisplay', most: 2 },
  '--terminal': { kind: 'paymentTerminal', most: 1 },
};
const VALUED = new Set(['--data', '--hub', '--enrol', '--port', '--fiscal-signer', '--lan', '--neighbour', ...Object.keys(DEVICE_FLAGS)]);

/** `argv` without the interpreter and the script. The error is a sentence per problem. */
export function parseArguments(argv: readonly string[]): Result<TillArguments, { type: 'badArguments'; problems: readonly string[] }> {
  const given = new Map<string, string>();
  const problems: string[] = [];
  const devices: DeviceEntry[] = [];
  const neighbours: string[] = [];
  let json = false;
  let mayBePlain = false;
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitOption(argv[i] ?? '');
    if (name === '--json') {
      json = true;
    } else if (name === '--plain-hub') {
      mayBePlain = true;
    } else if (!VALUED.has(name)) {
      problems.push(`unknown argument ${name}`);
    } else {
      const value = inline ?? argv[++i];
      if (value === undefined || value === '') problems.push(`${name} needs a value`);
      else if (name in DEVICE_FLAGS) readDevice(name, value, devices, problems);
      else if (name === '--neighbour') readNeighbour(value, neighbours, problems);
      else if (given.has(name)) problems.push(`${name} is given twice`);
      else given.set(name, value);
    }
  }
  const dataFolder = given.get('--data');
  if (dataFolder === undefined && !problems.some((problem) => problem.startsWith('--data'))) problems.push('--data DIR is missing');
  const fiscalSigner = given.get('--fiscal-signer');
  if (fiscalSigner !== undefined && !SIGNER.test(fiscalSigner)) problems.push(`--fiscal-signer ${fiscalSigner} is no tcp://HOST:PORT`);
  const port = given.get('--port') ?? '0';
  if (!isPort(port)) problems.push(`--port ${port} is no port (0 to 65535)`);
  const lan = given.get('--lan');
  if (lan !== undefined && !isPort(lan)) problems.push(`--lan ${lan} is no port (0 to 65535)`);
  const hub = given.get('--hub');
  const hubUrl = hub === undefined ? undefined : parseHubUrl(hub);
  if (hub !== undefined && hubUrl === undefined) problems.push(`--hub ${hub} is no http or https address`);
  if (hubUrl !== undefined && !mayBePlain && isPlainNetwork(hubUrl))
    problems.push(
      `--hub ${hub} goes over the network in clear, with this lane’s token and all that it sells: give an https address, or say --plain-hub`,
    );
  if (problems.length > 0) return err({ type: 'badArguments', problems });
  const enrolmentCode = given.get('--enrol');
  return ok({
    dataFolder: dataFolder ?? '',
    ...(hubUrl === undefined ? {} : { hubUrl }),
    ...(enrolmentCode === undefined ? {} : { enrolmentCode }),
    port: Number(port),
    json,
    ...(devices.length > 0 && { devices }),
    ...(fiscalSigner !== undefined && { fiscalSigner }),
    ...(lan !== undefined && { lanPort: Number(lan) }),
    ...(neighbours.length > 0 && { neighbours }),
  });
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

function readNeighbour(value: string, neighbours: string[], problems: string[]): void {
  const [, port] = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined || !isPort(port) || Number(port) === 0) problems.push(`--neighbour ${value} is no HOST:PORT`);
  else neighbours.push(value);
}

const TERMINAL = /^(nexo|zvt)@((?:https?|tcp):\/\/\S+)$/;
const SIGNER = /^tcp:\/\/[^\s/:]+:\d{1,5}$/;
const DEVICE = /^([a-z0-9-]+)@((?:tcp|serial|usb|hid):\/\/\S+)$/;

function readDevice(name: string, value: string, devices: DeviceEntry[], problems: string[]): void {
  const flag = DEVICE_FLAGS[name];
  assert(flag !== undefined, 'only known flags are read');
  const { kind, most } = flag;
  const [, model, address] = (kind === 'paymentTerminal' ? TERMINAL : DEVICE).exec(value) ?? [];
  if (model === undefined || address === undefined) problems.push(`${name} ${value} is no MODEL@ADDRESS`);
  else if (devices.filter((device) => device.kind === kind).length === most)
    problems.push(`${name} is given more than ${TIMES[most] ?? most}`);
  else devices.push({ kind, model, address });
}

const TIMES: Readonly<Record<number, string>> = { 1: 'once', 2: 'twice', 4: 'four times' };

function splitOption(argument: string): readonly [string, string?] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals < 0 ? [argument] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

/** In clear, and not within this machine. */
function isPlainNetwork(hubUrl: string): boolean {
  const { protocol, hostname } = new URL(hubUrl);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '[::1]' && !/^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function parseHubUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.href.replace(/\/+$/, '');
}
