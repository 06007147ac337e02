import { runApp } from '../app-process.ts';
import { userPath, type Command } from '../command.ts';
import { watchLaunchers } from '../launchers.ts';
import { buildStale } from './build.ts';

export const command: Command = {
  name: 'till',
  usage:
    '--data DIR [--hub URL --enrol CODE] [--port N] [--DEVICE MODEL@ADDRESS …] [--terminal PROTOCOL@ADDRESS] [--fiscal-signer ADDRESS] [--json] [--no-build]',
  about: [
    'Starts one lane’s till on its data folder and keeps it in the foreground. It prints a link that opens its window once.',
    'The first time it needs the hub and a code of `pnpm holdfast enrol`; from then on it knows both, sells with or without the',
    'hub, and hands over what it sold as soon as the hub answers. Whatever was in a basket when it was stopped is there again.',
    'Ctrl-C or SIGTERM stops it; so does the end of whoever started it.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The lane’s data folder; it is made where there is none. One till at a time.' },
    hub: { type: 'string', value: 'URL', about: 'The hub, for enrolment, or where it has moved to.' },
    'plain-hub': { type: 'boolean', about: 'The hub may be an http address of another machine: what goes there goes in clear.' },
    enrol: { type: 'string', value: 'CODE', about: 'The code with which this lane joins the hub.' },
    port: { type: 'string', value: 'N', about: 'The port for the window; one that is taken, or 0, gets another one. Default: 0.' },
    printer: {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about:
        'The receipt printer: epson-tm-t20iii@tcp://192.168.1.50:9100, star-mpop@serial:///dev/ttyUSB0?baud=38400. A second one stands in for it.',
      multiple: true,
    },
    scale: {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about: 'Its scale: toledo-8217@serial:///dev/ttyUSB0, dialog-06@tcp://192.168.1.51:4001.',
      multiple: true,
    },
    'bagging-scale': {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about: 'The scale under the bags of a kiosk: toledo-8217@serial:///dev/ttyUSB2.',
      multiple: true,
    },
    scanner: {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about: 'A scanner that is no keyboard: serial@serial:///dev/ttyACM0, hid-pos@hid://0c2e-0b6a.',
      multiple: true,
    },
    display: {
      type: 'string',
      value: 'MODEL@ADDRESS',
      about:
        'What the shopper reads, two rows of 20: cd5220@serial:///dev/ttyUSB1, epson-dm-d@tcp://192.168.1.52:9100. May be given twice.',
      multiple: true,
    },
    'fiscal-signer': { type: 'string', value: 'ADDRESS', about: 'The fiscal signer: tcp://192.168.1.62:9104.' },
    terminal: {
      type: 'string',
      value: 'PROTOCOL@ADDRESS',
      about: 'The payment terminal: zvt@tcp://192.168.1.61:20007?password=123456, nexo@https://192.168.1.60:8443/nexo?poi=ID&key=FILE.',
    },
    lan: {
      type: 'string',
      value: 'PORT',
      about: 'Where the store’s other lanes ask this one; 0: any free port. Without it the lane is by itself. Needed once.',
    },
    neighbour: {
      type: 'string',
      value: 'HOST:PORT',
      about: 'Where another lane of the store is, on a network without multicast DNS.',
      multiple: true,
    },
    'no-build': { type: 'boolean', about: 'Do not look whether the window must be built first.' },
  },
  positionals: { min: 0, max: 0 },
  examples: ['pnpm holdfast till --data ./lane1 --hub http://localhost:7400 --enrol CODE', 'pnpm holdfast till --data ./lane1'],
  run: async ({ need, text, texts, whole, json, isSet, err }) => {
    const data = userPath(need('data'));
    const [hub, code] = [text('hub'), text('enrol')];
    const port = whole('port', 0, 65_535) ?? 0;
    if (!isSet('no-build')) await buildStale(err, { only: ['window'] });
    const args = ['--data', data, '--port', String(port)];
    if (hub !== undefined) args.push('--hub', hub);
    if (isSet('plain-hub')) args.push('--plain-hub');
    if (code !== undefined) args.push('--enrol', code);
    const lan = whole('lan', 0, 65_535);
    if (lan !== undefined) args.push('--lan', String(lan));
    for (const neighbour of texts('neighbour')) args.push('--neighbour', neighbour);
    for (const kind of ['printer', 'scale', 'bagging-scale', 'scanner', 'display'])
      for (const device of texts(kind)) args.push(`--${kind}`, device);
    const terminal = text('terminal');
    if (terminal !== undefined) args.push('--terminal', terminal);
    const fiscalSigner = text('fiscal-signer');
    if (fiscalSigner !== undefined) args.push('--fiscal-signer', fiscalSigner);
    if (json) args.push('--json');
    return runApp('till', args, watchLaunchers);
  },
};
