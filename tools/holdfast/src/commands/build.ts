import { buildAll } from '../build.ts';
import { CommandFailed, EXIT, type Command } from '../command.ts';

/** Builds what is stale, with a line on stderr for each target that takes time. Throws CommandFailed with the builder's own words. */
export async function buildStale(
  err: (text: string) => void,
  options: { readonly force?: boolean; readonly only?: readonly string[] } = {},
) {
  const result = await buildAll({ ...options, onBuild: (name) => err(`building ${name} …\n`) });
  if (!result.ok)
    throw new CommandFailed(`The build of ${result.error.target} failed; its last good output was kept.\n${result.error.output}`);
  return result.value;
}

export const command: Command = {
  name: 'build',
  usage: '[--force]',
  about: 'Builds the lane’s window, Electron’s main and preload, and the hub’s console, where their sources have changed since.',
  flags: { force: { type: 'boolean', about: 'Build also what has not changed.' } },
  positionals: { min: 0, max: 0 },
  examples: ['pnpm holdfast build', 'pnpm holdfast build --force --json'],
  run: async ({ err, out, json, isSet }) => {
    const report = await buildStale(err, { force: isSet('force') });
    if (json) out(`${JSON.stringify({ type: 'built', ...report })}\n`);
    else out(report.built.length === 0 ? 'Nothing has changed.\n' : `Built ${report.built.join(', ')} in ${report.durationMs} ms.\n`);
    return EXIT.done;
  },
};
