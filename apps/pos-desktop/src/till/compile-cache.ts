/**
 * Compiled code, kept from one start to the next: reading the sources again is most of a cold start, and the reader of
 * TypeScript alone takes 20 MB in each thread. From source the cache lies among the workspace's own installed files (whoever
 * can write there can change the code itself); of a bundle, in the lane's folder. Where it cannot be kept, a start is slower.
 */
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');
const SOURCE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/till', import.meta.url));

/** In which folder the cache of a till on `dataFolder` lies. */
export const compileCacheFolder = (dataFolder: string): string => (isSource ? SOURCE_CACHE : join(dataFolder, 'compiled'));

/** Before anything large is imported. A thread gets the same folder as NODE_COMPILE_CACHE, so that even its first module comes from there. */
export function enableCompileCache(dataFolder: string): void {
  module.enableCompileCache(compileCacheFolder(dataFolder));
}
