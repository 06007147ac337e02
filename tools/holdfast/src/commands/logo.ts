import { readFile } from 'node:fs/promises';

import { readGreyPicture } from '@holdfast/paper';
import { decodeLogo, encodeLogo, LOGO_MAX } from '@holdfast/paper/logo';

import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { createHubApi } from '../hub-api.ts';
import { HUB_FLAGS } from '../hub-flags.ts';

export const command: Command = {
  name: 'logo',
  usage: 'PICTURE|none [--scope SCOPE] --hub URL --token T',
  about: [
    'Puts a picture (PNG, JPEG, WebP, AVIF) above every receipt, on paper and by mail, from the lanes’ next contact with the hub on; "none" takes it away again.',
    `It becomes grey and at most ${LOGO_MAX.width} × ${LOGO_MAX.height} dots; printers print it in black and white, and no wider than their paper.`,
    'Dark lines on white do best.',
  ].join('\n'),
  flags: {
    ...HUB_FLAGS,
    scope: { type: 'string', value: 'SCOPE', about: 'Whose receipts: global, zone:Z or store:S; global where absent.' },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    'pnpm holdfast logo logo.png --hub http://localhost:7400 --token T',
    'pnpm holdfast logo none --scope store:7 --hub http://localhost:7400 --token T',
  ],
  run: setLogo,
};

async function setLogo({ positionals: [file = ''], need, text, json, out }: CommandInput): Promise<number> {
  const scope = text('scope') ?? 'global';
  const hub = createHubApi(need('hub'), need('token'));
  const cell = { type: 'setting', key: 'receiptLogo', scope };
  if (file === 'none') {
    const lsn = await hub.publish([{ ...cell, removed: true }]);
    out(json ? `${JSON.stringify({ type: 'logo', scope, lsn })}\n` : `Receipts of ${scope} have no logo of their own.\n`);
    return EXIT.done;
  }
  const png = await logoOf(file);
  const logo = decodeLogo(png);
  if (!logo.ok) throw new CommandFailed(`${file} did not become a logo (${logo.error.reason}).`);
  const { width, height } = logo.value;
  const lsn = await hub.publish([{ ...cell, fields: { value: Buffer.from(png).toString('base64') } }]);
  if (json) out(`${JSON.stringify({ type: 'logo', scope, lsn, width, height, bytes: png.length })}\n`);
  else out(`Receipts of ${scope} begin with it: ${width} × ${height} dots, ${png.length} bytes. Lanes have it with their next contact.\n`);
  return EXIT.done;
}

async function logoOf(file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(userPath(file));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const picture = await readGreyPicture(bytes);
  if (!picture.ok) throw new CommandFailed(`${file} is no picture that can be read: ${picture.error.detail}`);
  const logo = encodeLogo(picture.value);
  if (!logo.ok)
    throw new CommandFailed(
      `${file} has too much in it for a receipt, even small: fewer shades and less noise take fewer bytes (${logo.error.reason}).`,
    );
  return logo.value;
}
