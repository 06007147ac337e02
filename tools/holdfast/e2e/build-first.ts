/** Before a suite: what it opens is built from today's sources, also where no command that it starts would build. */
import { buildAll } from '../src/build.ts';

export default async function setup(): Promise<void> {
  const built = await buildAll();
  if (!built.ok) throw new Error(`the build of ${built.error.target} failed:\n${built.error.output}`);
}
