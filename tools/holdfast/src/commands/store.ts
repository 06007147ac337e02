import { CommandFailed, EXIT, UsageError, type Command } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

const ZONE = /^[A-Za-z0-9._-]{1,64}$/;

export const command: Command = {
  name: 'store',
  usage: '[move STORE ZONE] --hub URL --token T',
  about: [
    'Moves a store to another zone, by one publication: each of its lanes reads the prices, promotions and taxes of the zone that it comes to from one moment on, whole. Baskets that',
    'are open stay at what they began with. The console’s page Audit shows who moved it, and takes it back. Without `move`: all stores, and the zone that each stands in.',
  ].join('\n'),
  flags: HUB_FLAGS,
  positionals: { min: 0, max: 3 },
  examples: [
    'pnpm holdfast store --hub http://localhost:7400 --token T',
    'pnpm holdfast store move 2 south --hub http://localhost:7400 --token T',
  ],
  run: async ({ positionals, need, json, out }) => {
    const [what, store, zone] = positionals;
    const isMove = what === 'move' && store !== undefined && zone !== undefined;
    if (what !== undefined && !isMove)
      throw new UsageError('A store is moved by its number, to the zone that it is to stand in: store move STORE ZONE.');
    if (zone !== undefined && !ZONE.test(zone))
      throw new UsageError('A zone is named by letters, digits, dots, dashes and underscores, 64 at most.');
    const hub = createHubApi(need('hub'), need('token'));
    const stores = await hub.stores();
    if (store === undefined || zone === undefined) {
      if (json) out(`${JSON.stringify({ type: 'stores', stores: stores.map((each) => ({ store: each.store, zone: each.zone })) })}\n`);
      else for (const each of stores) out(`${each.store}  zone ${each.zone}\n`);
      return EXIT.done;
    }
    const before = stores.find((each) => each.store === store)?.zone;
    if (before === undefined) throw new CommandFailed(`The hub knows no store ${store}: ${stores.map((each) => each.store).join(', ')}.`);
    const lsn =
      before === zone ? null : await hub.publish([{ type: 'setting', key: 'zone', scope: `store:${store}`, fields: { value: zone } }]);
    if (json) out(`${JSON.stringify({ type: 'storeMoved', store, from: before, to: zone, lsn })}\n`);
    else
      out(
        before === zone
          ? `Store ${store} stands in zone ${zone} already.\n`
          : `Store ${store} moves from zone ${before} to zone ${zone}, with publication ${lsn}.\n`,
      );
    return EXIT.done;
  },
};
