/**
 * `pnpm holdfast <command>`: starts Holdfast's processes and works with them. Each command is one file under `commands/`,
 * loaded only when it is asked for.
 */
import module from 'node:module';
import { fileURLToPath } from 'node:url';

import { nearestWord } from '@holdfast/base';

import { CommandFailed, EXIT, manualPage, readArguments, UsageError, type Command, type Streams } from './command.ts';

const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<{ command: Command }> }>> = {
  demo: {
    summary: 'A hub, a store with two lanes and the console, with a catalogue to sell from.',
    load: () => import('./commands/demo.ts'),
  },
  dev: { summary: 'The demo in watch mode: a saved file is running a moment later.', load: () => import('./commands/dev.ts') },
  backup: {
    summary: 'A copy of a hub’s Postgres in a folder, while the hub works.',
    load: () => import('./commands/backup.ts'),
  },
  build: { summary: 'Build the windows and the console, where their sources have changed.', load: () => import('./commands/build.ts') },
  hub: { summary: 'Start a hub.', load: () => import('./commands/hub.ts') },
  move: {
    summary: 'Bring a hub’s data from its folder into a Postgres.',
    load: () => import('./commands/move.ts'),
  },
  till: { summary: 'Start a till.', load: () => import('./commands/till.ts') },
  enrol: { summary: 'Mint a code with which one lane joins a hub.', load: () => import('./commands/enrol.ts') },
  import: { summary: 'Take a file of goods, prices, promotions, taxes or people into a hub.', load: () => import('./commands/import.ts') },
  seed: {
    summary: 'Give a hub the demo catalogue, its taxes, departments and scheduled prices.',
    load: () => import('./commands/seed.ts'),
  },
  journal: {
    summary: 'Export the journal of a lane: JSON that proves itself, CSV, or XML in POSLog’s words.',
    load: () => import('./commands/journal.ts'),
  },
  person: {
    summary: 'Erase a person: whatever was sealed for them means nothing any more.',
    load: () => import('./commands/person.ts'),
  },
  snapshot: {
    summary: 'Carry the first catalogue of a store’s lanes on a stick.',
    load: () => import('./commands/snapshot.ts'),
  },
  store: { summary: 'The zones that stores stand in; move a store to another one.', load: () => import('./commands/store.ts') },
  wipe: { summary: 'Have a device hand over what it has, and erase itself.', load: () => import('./commands/wipe.ts') },
  verify: {
    summary: 'Prove that a hub holds every sale of its lanes exactly once, or that an exported journal is whole.',
    load: () => import('./commands/verify.ts'),
  },
  replay: {
    summary: 'Sell a year of real invoices through a real till, and compare to the penny.',
    load: () => import('./commands/replay.ts'),
  },
  device: {
    summary: 'Start a virtual device that speaks the real bytes, with a web page.',
    load: () => import('./commands/device.ts'),
  },
  devices: {
    summary: 'What is plugged in, what stands on a lane, and what is wrong with it.',
    load: () => import('./commands/devices.ts'),
  },
  receipt: {
    summary: 'Set a receipt for a printer model: its bytes, and the paper as a picture.',
    load: () => import('./commands/receipt.ts'),
  },
  logo: {
    summary: 'The retailer’s logo on every receipt.',
    load: () => import('./commands/logo.ts'),
  },
  label: {
    summary: 'Shelf labels of goods, or of all whose price changes on a day.',
    load: () => import('./commands/label.ts'),
  },
  decode: {
    summary: 'Read one scan as a till would, and say what it is or why it is refused.',
    load: () => import('./commands/decode.ts'),
  },
  sim: {
    summary: 'Run the sync engine under seeded faults, and print the shortest trace that fails.',
    load: () => import('./commands/sim.ts'),
  },
  scenario: {
    summary: 'Run text tables of a shop through the engine, and print what differs.',
    load: () => import('./commands/scenario.ts'),
  },
};

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'pnpm holdfast <command> [flags]',
    '',
    'Commands:',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'pnpm holdfast <command> --help prints the manual of one.',
    'Exit codes: 0 done, 1 it did not work, 2 the command line was wrong.',
    '',
  ].join('\n');
}

/** Runs one command line; the answer is the exit code. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  // `pnpm holdfast -- demo`: older runners hand the dashes on.
  const [name, ...rest] = args[0] === '--' ? args.slice(1) : args;
  if (name === undefined || name === '--help' || name === 'help' || name === '-h') {
    (name === undefined ? streams.err : streams.out)(overview());
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const meant = nearestWord(name, Object.keys(COMMANDS));
    streams.err(`There is no command "${name}". ${meant === undefined ? 'See: pnpm holdfast --help' : `Did you mean "${meant}"?`}\n`);
    return EXIT.usage;
  }
  const { command } = await entry.load();
  try {
    const input = readArguments(command, rest, streams);
    if (input.isSet('help')) {
      streams.out(manualPage(command));
      return EXIT.done;
    }
    return await command.run(input);
  } catch (error) {
    if (error instanceof UsageError) {
      streams.err(`${error.message}\nSee: pnpm holdfast ${command.name} --help\n`);
      return EXIT.usage;
    }
    if (error instanceof CommandFailed) {
      streams.err(`${error.message}\n`);
      return EXIT.failed;
    }
    throw error;
  }
}

if (import.meta.main) {
  // What a command loads is compiled once: half of its start is nothing else.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/commands', import.meta.url)));
  // `pnpm holdfast … | head` closes the pipe early: that is the reader's wish, not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
  const code = await runCommandLine(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY,
  });
  for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => void stream.write('', () => resolve()));
  // Left to itself, Node waits for its handles once more while it comes apart, and was seen to spin there for ever after a demo.
  process.exit(code);
}
