/** What the app is told by its environment: which till its window shows. */
import { err, ok, type Result } from '@holdfast/base';

export type TillSource =
  /** A till that already runs: by a link with a one-time token, or by its data folder, which also finds it again after a restart. */
  | { readonly type: 'attached'; readonly url: string; readonly dataFolder: string | null }
  /** The app's own till, as a utility process. */
  | { readonly type: 'own'; readonly dataFolder: string; readonly extraArguments: readonly string[] };

export type BadSurroundings = { readonly type: 'badSurroundings'; readonly problem: string };

/** A till is always on this machine: its address may not be anything else. */
export const isLoopbackUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
};

/**
 * - HOLDFAST_TILL_URL: attach to the till of this link (`http://localhost:P/?token=T`) in place of starting one.
 * - HOLDFAST_TILL_DATA: the till's data folder.
 * - HOLDFAST_HUB_URL, HOLDFAST_ENROL_CODE: passed to the app's own till, needed once.
 * - HOLDFAST_PLAIN_HUB: `1` where the hub is an http address of another machine all the same.
 *
 * @param defaultDataFolder where the app's own till lives unless it is told otherwise
 */
export const readSurroundings = (env: NodeJS.ProcessEnv, defaultDataFolder: string): Result<TillSource, BadSurroundings> => {
  const given = (name: string): string | null => (env[name] === undefined || env[name] === '' ? null : env[name]);
  const url = given('HOLDFAST_TILL_URL');
  const dataFolder = given('HOLDFAST_TILL_DATA');
  if (url !== null) {
    if (!isLoopbackUrl(url)) return err({ type: 'badSurroundings', problem: 'HOLDFAST_TILL_URL is no http address on localhost' });
    return ok({ type: 'attached', url, dataFolder });
  }
  const hub = given('HOLDFAST_HUB_URL');
  const code = given('HOLDFAST_ENROL_CODE');
  return ok({
    type: 'own',
    dataFolder: dataFolder ?? defaultDataFolder,
    extraArguments: [
      ...(hub === null ? [] : ['--hub', hub]),
      ...(given('HOLDFAST_PLAIN_HUB') === '1' ? ['--plain-hub'] : []),
      ...(code === null ? [] : ['--enrol', code]),
    ],
  });
};
