import { EXIT, UsageError, type Command } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'wipe',
  usage: '[DEVICE] --hub URL --token T',
  about: [
    'Has a device erase itself: with its next contact it hands over what it has not sent, waits for an open basket to end, and erases its data folder, keys first. From then on it',
    'counts no more. A device that was reported as stolen waits for no basket. The order cannot be taken back. Without a device: which were ordered, and what came of it.',
  ].join('\n'),
  flags: HUB_FLAGS,
  positionals: { min: 0, max: 1 },
  examples: [
    'pnpm holdfast wipe d-0123456789abcdef --hub http://localhost:7400 --token T',
    'pnpm holdfast wipe --hub http://localhost:7400 --token T --json',
  ],
  run: async ({ positionals: [device], need, json, out }) => {
    if (device !== undefined && !/^[!-~]{1,64}$/.test(device)) throw new UsageError('A device is named as the console names it: d-…');
    const hub = createHubApi(need('hub'), need('token'));
    if (device !== undefined) {
      const { orderedAtMs } = await hub.orderWipe(device);
      out(
        json
          ? `${JSON.stringify({ type: 'wipeOrdered', device, orderedAtMs })}\n`
          : `Ordered. ${device} hands over what it has, and erases itself, with its next contact.\n`,
      );
      return EXIT.done;
    }
    const wipes = await hub.wipes();
    if (json) out(`${JSON.stringify({ type: 'wipes', wipes })}\n`);
    else if (wipes.length === 0) out('No device was ordered to erase itself.\n');
    for (const { device: name, store, lane, handedOverAtMs } of json ? [] : wipes)
      out(`${name}  store ${store}, lane ${lane}: ${handedOverAtMs === null ? 'not heard of since' : 'all handed over, erased'}\n`);
    return EXIT.done;
  },
};
