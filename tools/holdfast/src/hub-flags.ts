import type { Flag } from './command.ts';

/** How a command reaches a hub that runs already: PGlite admits one process, so nobody opens the hub's folder beside it. */
export const HUB_FLAGS: Readonly<Record<'hub' | 'token', Flag>> = {
  hub: { type: 'string', value: 'URL', about: 'Where the hub answers, as it said when it started.' },
  token: { type: 'string', value: 'T', about: 'Its console token, minted at every start: `consoleToken` of its ready line.' },
};
