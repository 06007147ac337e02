/**
 * Pictures of goods as this window shows them, by their names. What stands on the screen is asked for a few at a time; what the lane has not got yet is asked for again now and then. Until
 * it comes, and where it is none, what stands without it stands.
 */
import { MAX_PICTURES } from '../shared/till-contract.ts';
import type { TillClient } from './till-client.ts';

export interface Pictures {
  /** Called when one came, or may have come. Returns what stops it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** A `data:` address; undefined: it is not here yet, and is asked for. */
  readonly find: (name: string) => string | undefined;
  /** A browser could not show it. */
  readonly failed: (name: string) => void;
}

export interface PicturePorts {
  readonly client: Pick<TillClient, 'request'>;
  readonly delay: (task: () => void, delayMs: number) => () => void;
}

/** 20 MiB of the largest. */
const MOST_KEPT = 2_000;
const SOON_MS = 60;
const AGAIN_MS = 15_000;

export function createPictures({ client, delay }: PicturePorts): Pictures {
  const kept = new Map<string, string>();
  const wanted = new Set<string>();
  /** Asked for, and not here. */
  const missing = new Set<string>();
  const broken = new Set<string>();
  const listeners = new Set<() => void>();
  let isDue = false;
  let isAskedAgain = false;

  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const askSoon = (): void => {
    if (isDue) return;
    isDue = true;
    delay(() => {
      isDue = false;
      void ask();
    }, SOON_MS);
  };
  /** Only what is still on the screen asks for itself anew. */
  const askAgain = (): void => {
    if (isAskedAgain || missing.size === 0) return;
    isAskedAgain = true;
    delay(() => {
      isAskedAgain = false;
      missing.clear();
      tell();
    }, AGAIN_MS);
  };

  function keep(name: string, address: string): void {
    const oldest = kept.size < MOST_KEPT ? undefined : kept.keys().next().value;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(name, address);
  }

  async function ask(): Promise<void> {
    const names = [...wanted].slice(0, MAX_PICTURES);
    if (names.length === 0) return;
    for (const name of names) {
      wanted.delete(name);
      missing.add(name);
    }
    const reply = await client.request({ type: 'pictures', names });
    const came = reply.ok ? (reply.value.pictures ?? []) : [];
    for (const { name, data } of came) {
      missing.delete(name);
      keep(name, `data:image/webp;base64,${data}`);
    }
    if (came.length > 0) tell();
    if (wanted.size > 0) askSoon();
    askAgain();
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    find: (name) => {
      const address = kept.get(name);
      if (address === undefined && !missing.has(name) && !broken.has(name)) {
        wanted.add(name);
        askSoon();
      }
      return address;
    },
    failed: (name) => {
      broken.add(name);
      kept.delete(name);
      tell();
    },
  };
}
