import { join } from 'node:path';

import { nodeHash } from '@holdfast/base/node';
import { bytesToHex, parseManifest } from '@holdfast/sync';
import { copySnapshot, createDownCache, segmentsOf, type CopiedSnapshot, type StickError } from '@holdfast/sync/snapshot-stick';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { roleOf } from '../device-role.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'snapshot',
  usage: 'export DIR --hub URL --token T [--store S] [--role R] | import DIR --data LANE',
  about: [
    'Carries the first catalogue of a store’s lanes by hand, where its line is thin: `export` writes it to a folder, on a stick say, and `import` puts it into the data folder of a lane',
    'whose till does not run. The lane still enrols with its hub, which gives it the keys: what lies on the stick is sealed, and whoever finds it reads nothing. What has changed',
    'since then comes over the line.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    store: { type: 'string', value: 'S', about: 'The store whose lanes it is for. Default: 1.' },
    role: { type: 'string', value: 'R', about: 'The devices that it is for: lane, kiosk or office. Default: lane.' },
    data: { type: 'string', value: 'LANE', about: 'The data folder of the lane that takes it.' },
  },
  positionals: { min: 2, max: 2 },
  examples: [
    'pnpm holdfast snapshot export /media/stick --hub http://localhost:7400 --token T --store 7',
    'pnpm holdfast snapshot import /media/stick --data ./lane1',
  ],
  run: async (input) => {
    const [what, folder] = input.positionals;
    if (folder === undefined || (what !== 'export' && what !== 'import'))
      throw new UsageError('A snapshot is exported to a folder, or imported from one.');
    const copied = what === 'export' ? await exportTo(input, userPath(folder)) : importFrom(userPath(folder), userPath(input.need('data')));
    return tell(input, what, copied);
  },
};

async function exportTo(input: CommandInput, folder: string): Promise<CopiedSnapshot> {
  const hub = createHubApi(input.need('hub'), input.need('token'));
  const store = input.text('store') ?? '1';
  const role = roleOf(input.text('role'));
  const manifest = parseManifest(await hub.snapshot(store, role));
  if (!manifest.ok) throw new CommandFailed(`The hub’s answer is no manifest: ${manifest.error.at}`);
  const stick = createDownCache({ folder, hash: nodeHash });
  let bytes = 0;
  const names = segmentsOf(manifest.value);
  for (const name of names) {
    const frame = await hub.segment(store, name, role);
    if (bytesToHex(nodeHash.sha256(frame)) !== name) throw new CommandFailed(`Segment ${name} came damaged. Export again.`);
    stick.keepFrame(name, frame);
    bytes += frame.length;
  }
  // Last: what was ended before its time is no snapshot.
  stick.keepManifest(manifest.value);
  return { lsn: manifest.value.to.lsn, segments: names.length, bytes };
}

function importFrom(folder: string, lane: string): CopiedSnapshot {
  const copied = copySnapshot(folder, join(lane, 'down'), { hash: nodeHash });
  if (!copied.ok) throw new CommandFailed(refusalOf(folder, copied.error));
  return copied.value;
}

const refusalOf = (folder: string, error: StickError): string =>
  error.type === 'nothingThere'
    ? `${folder} holds no snapshot. Make one: pnpm holdfast snapshot export`
    : `${folder} is not whole: segment ${error.hash} is missing or damaged. Nothing was taken. Export again.`;

function tell({ json, out }: CommandInput, what: string, { lsn, segments, bytes }: CopiedSnapshot): number {
  if (json) out(`${JSON.stringify({ type: 'snapshot', what, lsn, segments, bytes })}\n`);
  else out(`${what === 'export' ? 'Exported' : 'Imported'} publication ${lsn}: ${segments} segments, ${bytes} bytes.\n`);
  return EXIT.done;
}
