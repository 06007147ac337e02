import { EXIT, type Command } from '../command.ts';
import { roleOf } from '../device-role.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'enrol',
  usage: '--hub URL --token T [--store S] [--lane N] [--name TEXT] [--role R]',
  about: 'Mints a code at a hub with which one lane joins one store, once. Give it to the till: pnpm holdfast till --enrol CODE.',
  flags: {
    ...HUB_FLAGS,
    store: { type: 'string', value: 'S', about: 'The store that the lane stands in. Default: 1.' },
    lane: { type: 'string', value: 'N', about: 'The lane’s number. Default: the next free one.' },
    name: { type: 'string', value: 'TEXT', about: 'What the console calls the lane.' },
    role: {
      type: 'string',
      value: 'R',
      about: 'What it is for: lane, kiosk or office. Of what is published it holds what its role may see. Default: lane.',
    },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast enrol --hub http://localhost:7400 --token T',
    'pnpm holdfast enrol --hub http://localhost:7400 --token T --store 1 --lane 3 --json',
  ],
  run: async ({ need, text, whole, json, out }) => {
    const lane = whole('lane', 1, 9_999);
    const name = text('name');
    const role = roleOf(text('role'));
    const hub = createHubApi(need('hub'), need('token'));
    const code = await hub.mintEnrolmentCode({
      store: text('store') ?? '1',
      ...(lane === undefined ? {} : { lane }),
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
    });
    out(json ? `${JSON.stringify({ type: 'enrolmentCode', ...code })}\n` : `${code.code}\n`);
    return EXIT.done;
  },
};
