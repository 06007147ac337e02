import { runApp } from '../app-process.ts';
import { UsageError, userPath, type Command } from '../command.ts';
import { watchLaunchers } from '../launchers.ts';

export const command: Command = {
  name: 'backup',
  usage: '--data DIR [--json]',
  about: [
    'Brings a copy of the Postgres of DATABASE_URL into an empty folder, as it is at one moment, while its hub works on. Each table is counted and hashed in both; the folder holds all of it or',
    'nothing. `holdfast move` brings it into another, empty Postgres again. The copy holds the hub’s key: keep it as you keep the database.',
  ].join('\n'),
  flags: { data: { type: 'string', value: 'DIR', about: 'Where the copy goes; it is made where it is missing.' } },
  positionals: { min: 0, max: 0 },
  examples: ['DATABASE_URL=postgres://holdfast@db/holdfast pnpm holdfast backup --data ./backups/2026-11-26'],
  run: async ({ need, json }) => {
    const data = userPath(need('data'));
    if ((process.env['DATABASE_URL'] ?? '') === '') throw new UsageError('DATABASE_URL names the Postgres that is copied: it is not set.');
    return runApp('hub', ['--data', data, '--backup', ...(json ? ['--json'] : [])], watchLaunchers);
  },
};
