/**
 * What a command of `pnpm holdfast` is, how its arguments are read and how its manual is printed.
 *
 * Exit codes: 0 done; 1 it did not work, or what was to be proven is not so; 2 the command line itself was wrong.
 * Answers go to stdout, everything else (progress, errors) to stderr.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { nearestWord } from '@holdfast/base';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the manual: `URL`, `DIR`. */
  readonly value?: string;
  readonly about: string;
  readonly multiple?: true;
}

export interface Command {
  readonly name: string;
  /** The arguments after the name, as the manual shows them: `FILE --hub URL --token T`. */
  readonly usage: string;
  readonly about: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** How many positionals may stand there. */
  readonly positionals: { readonly min: number; readonly max: number };
  readonly examples: readonly string[];
  run(input: CommandInput): Promise<number>;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person watches stderr: progress may be drawn there. */
  readonly interactive: boolean;
}

export interface CommandInput extends Streams {
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly text: (flag: string) => string | undefined;
  readonly texts: (flag: string) => readonly string[];
  readonly isSet: (flag: string) => boolean;
  /** The flag's value; without one the command line is wrong. */
  readonly need: (flag: string) => string;
  /** A whole number in [min, max]; undefined where the flag is absent. */
  readonly whole: (flag: string, min: number, max: number) => number | undefined;
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command cannot reach its end; `message` says what happened, what was kept and what to do: exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  json: { type: 'boolean', about: 'Answer for machines: one line of JSON on stdout.' },
  help: { type: 'boolean', about: 'Print this manual page.' },
};

/** Throws UsageError for an unknown flag, a missing value and a wrong number of positionals. */
export function readArguments(command: Command, args: readonly string[], streams: Streams): CommandInput {
  const flags = { ...command.flags, ...COMMON_FLAGS };
  const parsed = parseOrExplain(command, flags, args);
  const values: Readonly<Record<string, unknown>> = parsed.values;
  const help = values['help'] === true;
  if (!help && parsed.positionals.length < command.positionals.min) {
    throw new UsageError(`Something is missing: pnpm holdfast ${command.name} ${command.usage}`);
  }
  if (parsed.positionals.length > command.positionals.max) {
    throw new UsageError(`Too many words: "${parsed.positionals.slice(command.positionals.max).join(' ')}".`);
  }
  for (const [name, flag] of Object.entries(flags)) {
    const value = values[name];
    if (flag.value === 'URL' && typeof value === 'string' && !isWebAddress(value)) {
      throw new UsageError(`--${name} is an http or https address, not "${value}".`);
    }
  }
  const text = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    ...streams,
    positionals: parsed.positionals,
    json: values['json'] === true,
    text,
    texts: (flag) => (Array.isArray(values[flag]) ? values[flag].filter((value) => typeof value === 'string') : []),
    isSet: (flag) => values[flag] !== undefined && values[flag] !== false,
    need: (flag) => {
      const value = text(flag);
      if (value === undefined) throw new UsageError(`--${flag} ${flags[flag]?.value ?? ''} is needed.`.replace('  ', ' '));
      return value;
    },
    whole: (flag, min, max) => {
      const value = text(flag);
      if (value === undefined) return undefined;
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) throw new UsageError(`--${flag} is a whole number from ${min} to ${max}, not "${value}".`);
      return number;
    },
  };
}

const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol);

function parseOrExplain(command: Command, flags: Readonly<Record<string, Flag>>, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { type: flag.type, ...(flag.multiple ? { multiple: true } : {}) }]),
  );
  try {
    return parseArgs({ args: joinValues(flags, args), options, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs' own words are for programmers; the first word that it does not know is what a person needs.
    const unknown = args.find(
      (word) => word.startsWith('-') && word !== '--' && !Object.hasOwn(flags, word.replace(/^--/, '').replace(/=.*/s, '')),
    );
    if (unknown !== undefined) {
      const name = unknown.replace(/^-+/, '').split('=')[0] ?? '';
      const meant = nearestWord(name, Object.keys(flags));
      throw new UsageError(`${command.name} has no flag "${unknown}".${meant === undefined ? '' : ` Did you mean --${meant}?`}`);
    }
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A value may begin with a dash (every 64th token does): joined to its flag, it cannot be taken for one. */
function joinValues(flags: Readonly<Record<string, Flag>>, args: readonly string[]): string[] {
  const isFlag = (word: string): boolean => word.startsWith('--') && Object.hasOwn(flags, word.slice(2).replace(/=.*/s, ''));
  const joined: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [word = '', next] = [args[index], args[index + 1]];
    const takesNext = word.startsWith('--') && flags[word.slice(2)]?.type === 'string' && next !== undefined && !isFlag(next);
    joined.push(takesNext ? `${word}=${next}` : word);
    if (takesNext) index += 1;
  }
  return joined;
}

/** The manual page of one command. */
export function manualPage(command: Command): string {
  const flags = Object.entries({ ...command.flags, ...COMMON_FLAGS }).map(([name, flag]) => ({
    head: `--${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`,
    about: flag.multiple ? `${flag.about} May be given several times.` : flag.about,
  }));
  const width = Math.max(...flags.map((flag) => flag.head.length));
  return [
    `pnpm holdfast ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.about,
    '',
    'Flags:',
    ...flags.map((flag) => `  ${flag.head.padEnd(width)}  ${wrap(flag.about, 112 - width).join(`\n${' '.repeat(width + 4)}`)}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
    'Exit codes: 0 done, 1 it did not work, 2 the command line was wrong.',
    '',
  ].join('\n');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A path as the person typed it: pnpm runs scripts in the repository's root and leaves the caller's folder in INIT_CWD. */
export function userPath(path: string, environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(environment['INIT_CWD'] ?? process.cwd(), path);
}
