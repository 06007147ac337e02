/**
 * `app://holdfast/`: the only origin that a window of ours ever shows, and which of its paths names which file.
 * Pure, so that the rules can be tested without Electron.
 */
import { CAMERA_HASH } from '../shared/camera.ts';
import { DISPLAY_HASH } from '../shared/display-hash.ts';

export const APP_SCHEME = 'app';
const APP_HOST = 'holdfast';
const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const START_URL = `${APP_ORIGIN}/`;
/** The same page, as the shopper's screen. */
export const DISPLAY_URL = `${START_URL}${DISPLAY_HASH}`;

const parsed = (url: string): URL | null => (URL.canParse(url) ? new URL(url) : null);

/** Node gives schemes that it does not know the origin `null`, so scheme and host are compared themselves. */
const isOurs = (url: URL): boolean =>
  url.protocol === `${APP_SCHEME}:` && url.host === APP_HOST && url.username === '' && url.password === '';

/** Something of ours: the page or one of its files. */
export const isAppUrl = (text: string): boolean => {
  const url = parsed(text);
  return url !== null && isOurs(url);
};

/** The page itself, whatever its query and fragment are. */
export const isStartUrl = (text: string): boolean => {
  const url = parsed(text);
  return url !== null && isOurs(url) && url.pathname === '/';
};

/** The page itself while its setup screen shows the camera. */
export const isCameraUrl = (text: string): boolean => isStartUrl(text) && parsed(text)?.hash === CAMERA_HASH;

/** One path segment of a built file: no empty one, no `.` or `..` at its start, nothing that a file system takes for more than a name. */
const SEGMENT = /^[A-Za-z0-9_@][A-Za-z0-9_@.-]*$/u;

/**
 * The file in the window's folder that a URL names, with forward slashes, or null where it names none: a foreign origin, a
 * path that is no plain list of names (so it cannot leave the folder), or broken percent-encoding.
 */
export const assetPathOf = (text: string): string | null => {
  const url = parsed(text);
  if (url === null || !isOurs(url)) return null;
  if (url.pathname === '/') return 'index.html';
  let path: string;
  try {
    path = decodeURIComponent(url.pathname.slice(1));
  } catch {
    return null;
  }
  return path.split('/').every((segment) => SEGMENT.test(segment)) ? path : null;
};

const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  wav: 'audio/wav',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
};

/** With `nosniff`, an unknown kind of file is shown by nobody. */
export const contentTypeOf = (path: string): string => contentTypes[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
