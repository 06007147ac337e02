import { runApp } from '../app-process.ts';
import { userPath, type Command } from '../command.ts';
import { watchLaunchers } from '../launchers.ts';
import { buildStale } from './build.ts';

export const command: Command = {
  name: 'hub',
  usage: '--data DIR [--port N] [--json] [--no-build] [--seal-keys]',
  about: [
    'Starts a hub on a data folder and keeps it in the foreground. It says where it answers, with a link that opens the console',
    'once, and a code with which one lane joins it. A fresh folder gets a store "1". With DATABASE_URL in the environment the',
    'hub works on that Postgres; without it on PGlite inside the folder, which one process at a time may open.',
    'Ctrl-C or SIGTERM stops it; so does the end of whoever started it.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The hub’s data folder; it is made where there is none.' },
    port: { type: 'string', value: 'N', about: 'The port to answer on; one that is taken, or 0, gets another one. Default: 0.' },
    'seal-keys': {
      type: 'boolean',
      about: 'Seal the private keys that a database of an older build holds as they are. No hub of such a build works on it from then on.',
    },
    'no-build': { type: 'boolean', about: 'Do not look whether the console must be built first.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast hub --data ./hub --port 7400',
    'DATABASE_URL=postgres://localhost/holdfast pnpm holdfast hub --data ./hub --json',
  ],
  run: async ({ need, whole, json, isSet, err }) => {
    const data = userPath(need('data'));
    const port = whole('port', 0, 65_535) ?? 0;
    if (!isSet('no-build')) await buildStale(err, { only: ['console'] });
    const more = [...(json ? ['--json'] : []), ...(isSet('seal-keys') ? ['--seal-keys'] : [])];
    return runApp('hub', ['--data', data, '--port', String(port), ...more], watchLaunchers);
  },
};
