/** Before the suite: what it opens is built from today's sources. */
import { buildAll } from '../../src/build.ts';

export default async function setup(): Promise<void> {
  const built = await buildAll({ only: ['window', 'main', 'preload', 'till'] });
  if (!built.ok) throw new Error(`the build of ${built.error.target} failed:\n${built.error.output}`);
}
