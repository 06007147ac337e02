import { runApp } from '../app-process.ts';
import { UsageError, userPath, type Command } from '../command.ts';
import { watchLaunchers } from '../launchers.ts';

export const command: Command = {
  name: 'move',
  usage: '--data DIR [--json]',
  about: [
    'Brings all that a hub has in its folder (PGlite) into the empty Postgres of DATABASE_URL: the same hub, with its key and its epoch, so that lanes go on as if nothing had happened.',
    'Stop the hub before. Each table is counted and hashed in both; the Postgres holds all of it or nothing, so a move that was interrupted is begun again. The folder is left as it was,',
    'with a note of where its hub is now: no hub starts on it any more. Then start the hub with DATABASE_URL.',
  ].join('\n'),
  flags: { data: { type: 'string', value: 'DIR', about: 'The data folder of the hub, which must not run.' } },
  positionals: { min: 0, max: 0 },
  examples: ['DATABASE_URL=postgres://holdfast@db/holdfast pnpm holdfast move --data ./hub'],
  run: async ({ need, json }) => {
    const data = userPath(need('data'));
    if ((process.env['DATABASE_URL'] ?? '') === '')
      throw new UsageError('DATABASE_URL names the Postgres that the data goes to: it is not set.');
    return runApp('hub', ['--data', data, '--move', ...(json ? ['--json'] : [])], watchLaunchers);
  },
};
