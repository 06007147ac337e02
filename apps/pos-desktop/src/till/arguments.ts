/** What a till is started with. Everything that is wrong with it is said at once, in words, before anything is touched. */
import { err, ok, type Result } from '@holdfast/base';

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
  /** The lane's receipt printer, and the one that stands in for it. */
  readonly printers?: readonly PrinterArgument[];
  /** The lane's payment terminal, as `openTerminal` of the hardware takes it. */
  readonly terminal?: string;
}

export interface PrinterArgument {
  readonly model: string;
  readonly address: string;
}

export const USAGE =
  'usage: till --data DIR [--hub URL] [--enrol CODE] [--port N] [--printer MODEL@ADDRESS …] [--terminal PROTOCOL@ADDRESS] [--lan PORT] [--neighbour HOST:PORT …] [--json]\n' +
  '  --data DIR    the folder that holds this lane: its database, its key, its lock\n' +
  '  --hub URL     where its hub answers; needed once, or again to move\n' +
  '  --enrol CODE  a one-time code from the hub; needed once\n' +
  '  --port N      the loopback port for its windows; 0 (the default) or a taken one: any free one\n' +
  '  --printer M@A  its receipt printer, as epson-tm-t20iii@tcp://192.168.1.50:9100; a second one stands in for the first\n' +
  '  --terminal P@A  its payment terminal, as zvt@tcp://192.168.1.61:20007 or nexo@https://192.168.1.60:8443/nexo?poi=ID&key=FILE\n' +
  '  --lan PORT    where the other lanes of the store ask this one (0: any free port); needed once; without it the lane is by itself\n' +
  '  --neighbour H:P  where another lane of the store is; for networks without multicast DNS; may be given several times\n' +
  '  --json        one line of JSON when ready';

const VALUED = new Set(['--data', '--hub', '--enrol', '--port', '--printer', '--terminal', '--lan', '--neighbour']);

/** `argv` without the interpreter and the script. The error is a sentence per problem. */
export function parseArguments(argv: readonly string[]): Result<TillArguments, { type: 'badArguments'; problems: readonly string[] }> {
  const given = new Map<string, string>();
  const problems: string[] = [];
  const printers: PrinterArgument[] = [];
  const neighbours: string[] = [];
  let json = false;
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = splitOption(argv[i] ?? '');
    if (name === '--json') {
      json = true;
    } else if (!VALUED.has(name)) {
      problems.push(`unknown argument ${name}`);
    } else {
      const value = inline ?? argv[++i];
      if (value === undefined || value === '') problems.push(`${name} needs a value`);
      else if (name === '--printer') readPrinter(value, printers, problems);
      else if (name === '--neighbour') readNeighbour(value, neighbours, problems);
      else if (given.has(name)) problems.push(`${name} is given twice`);
      else given.set(name, value);
    }
  }
  const dataFolder = given.get('--data');
  if (dataFolder === undefined && !problems.some((problem) => problem.startsWith('--data'))) problems.push('--data DIR is missing');
  const terminal = given.get('--terminal');
  if (terminal !== undefined && !TERMINAL.test(terminal)) problems.push(`--terminal ${terminal} is no PROTOCOL@ADDRESS`);
  const port = given.get('--port') ?? '0';
  if (!isPort(port)) problems.push(`--port ${port} is no port (0 to 65535)`);
  const lan = given.get('--lan');
  if (lan !== undefined && !isPort(lan)) problems.push(`--lan ${lan} is no port (0 to 65535)`);
  const hub = given.get('--hub');
  const hubUrl = hub === undefined ? undefined : parseHubUrl(hub);
  if (hub !== undefined && hubUrl === undefined) problems.push(`--hub ${hub} is no http or https address`);
  if (problems.length > 0) return err({ type: 'badArguments', problems });
  const enrolmentCode = given.get('--enrol');
  return ok({
    dataFolder: dataFolder ?? '',
    ...(hubUrl === undefined ? {} : { hubUrl }),
    ...(enrolmentCode === undefined ? {} : { enrolmentCode }),
    port: Number(port),
    json,
    ...(printers.length > 0 && { printers }),
    ...(terminal !== undefined && { terminal }),
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

const TERMINAL = /^(?:nexo@https?|zvt@tcp):\/\/\S+$/;
const MAX_PRINTERS = 2;
const PRINTER = /^([a-z0-9-]+)@((?:tcp|serial):\/\/\S+)$/;

function readPrinter(value: string, printers: PrinterArgument[], problems: string[]): void {
  const [, model, address] = PRINTER.exec(value) ?? [];
  if (model === undefined || address === undefined) problems.push(`--printer ${value} is no MODEL@ADDRESS`);
  else if (printers.length === MAX_PRINTERS) problems.push('--printer is given more than twice');
  else printers.push({ model, address });
}

function splitOption(argument: string): readonly [string, string?] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals < 0 ? [argument] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function parseHubUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.href.replace(/\/+$/, '');
}
