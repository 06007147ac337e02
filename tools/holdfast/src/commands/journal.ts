import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

import { EXIT, UsageError, userPath, type Command } from '../command.ts';
import { accessTill } from '../till-access.ts';

const FORMATS = ['json', 'csv', 'xml'];

export const command: Command = {
  name: 'journal',
  usage: '--data DIR [--format json|csv|xml] [--from DATE] [--to DATE] [--out FILE] | --data DIR --key',
  about: [
    'Exports the journal of the till that runs on a data folder, whole or from one business date to another. As JSON (one document on each line) it',
    'proves itself: `holdfast verify journal FILE --key K` finds whatever was edited, deleted, moved or cut off. CSV is for spreadsheets, XML is in',
    'the words of POSLog; both name the hash of each entry.',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The data folder of a running till.' },
    format: { type: 'string', value: 'json|csv|xml', about: 'json where nothing is said.' },
    from: { type: 'string', value: 'DATE', about: 'The first business date, YYYY-MM-DD.' },
    to: { type: 'string', value: 'DATE', about: 'The last business date.' },
    out: { type: 'string', value: 'FILE', about: 'Where to; stdout where nothing is said.' },
    key: { type: 'boolean', about: 'Print the lane’s public key, and export nothing.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast journal --data ./lane1 --from 2026-11-01 --to 2026-11-30 --out november.ndjson',
    'pnpm holdfast journal --data ./lane1 --key',
  ],
  run: async (input) => {
    const till = await accessTill(userPath(input.need('data')));
    if (input.isSet('key')) {
      input.out(`${await till.publicKey()}\n`);
      return EXIT.done;
    }
    const format = input.text('format') ?? 'json';
    if (!FORMATS.includes(format)) throw new UsageError(`--format is ${FORMATS.join(' or ')}.`);
    const query = new URLSearchParams({ format });
    for (const name of ['from', 'to']) {
      const date = input.text(name);
      if (date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new UsageError(`--${name} is YYYY-MM-DD.`);
      if (date !== undefined) query.set(name, date);
    }
    const pieces = Readable.fromWeb((await till.journal(query)) as ReadableStream<Uint8Array>);
    const file = input.text('out');
    if (file !== undefined) await pipeline(pieces, createWriteStream(userPath(file)));
    else for await (const piece of pieces) input.out(Buffer.from(piece as Uint8Array).toString('utf8'));
    return EXIT.done;
  },
};
