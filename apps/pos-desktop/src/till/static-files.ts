/** The built window, from memory: read once, served with its right type. Nothing outside of the folder can be named. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.txt': 'text/plain; charset=utf-8',
};

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
}

export interface StaticFiles {
  /** By the path of a URL, e.g. `/assets/index-1a2b.js`. */
  find(path: string): StaticFile | undefined;
}

/** Source maps stay on the disk. A folder that is not there yet is looked for again at the next question. */
export function createStaticFiles(folder: string): StaticFiles {
  let files = new Map<string, StaticFile>();
  let readAtMs = -1;
  const refresh = (): void => {
    const index = join(folder, 'index.html');
    const changedAtMs = existsSync(index) ? statSync(index).mtimeMs : -1;
    if (changedAtMs === readAtMs) return;
    readAtMs = changedAtMs;
    files = readFolder(folder);
  };
  return {
    find(path) {
      if (path === '/index.html' || files.size === 0) refresh();
      return files.get(path);
    },
  };
}

function readFolder(folder: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const type = MIME_TYPES[extname(entry.name)];
    if (entry.isFile() && type !== undefined)
      files.set(`/${relative(folder, path).split(sep).join('/')}`, { body: readFileSync(path), type });
  }
  return files;
}
