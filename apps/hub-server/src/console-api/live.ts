/**
 * What happens, told to whoever watches: consoles by their live sockets, devices by their poke sockets. In this process only, and only while somebody watches: a watcher asks again anyway. The last of it is kept, so that whoever was away for
 * a moment hears what came meanwhile; whoever was away for longer, or watched another process, is told that something was missed.
 */
import type { SaleView } from '../ledger/sales.ts';
import type { DeviceView } from './overview.ts';

export type LiveEvent =
  | { readonly event: 'sale'; readonly data: SaleView }
  | { readonly event: 'device'; readonly data: DeviceView }
  | { readonly event: 'publication'; readonly data: { readonly lsn: number } };

/** As it goes to a console. The first of a socket says where it begins, and whether something between that and what it had was missed. */
export type LiveMessage =
  | (LiveEvent & { readonly id: string })
  | { readonly event: 'listening'; readonly id: string; readonly hasMissed: boolean };

export interface Subscription {
  /** The last that was told before it began. */
  readonly head: string;
  /** What came since `after`; undefined: it is not known. */
  readonly missed: readonly LiveMessage[] | undefined;
  readonly unsubscribe: () => void;
}

export interface Live {
  publish(event: LiveEvent): void;
  /** `after`: the last that it was told, by its id; absent: it was told nothing, and missed nothing. */
  subscribe(listener: (message: LiveMessage) => void, after?: string): Subscription;
  readonly watchers: number;
}

const MOST_KEPT = 500;

/** `process`: no other process has it. */
export function createLive(process: string): Live {
  const listeners = new Set<(message: LiveMessage) => void>();
  let kept: LiveMessage[] = [];
  let told = 0;
  const idOf = (number: number): string => `${process}.${number}`;
  /** The last before those that are kept. */
  let before = idOf(told);

  const since = (after: string): readonly LiveMessage[] | undefined => {
    if (after === before) return kept;
    const at = kept.findIndex(({ id }) => id === after);
    return at < 0 ? undefined : kept.slice(at + 1);
  };
  /** While nobody watches nothing is told: what was before that is no beginning for anybody. */
  const begin = (): void => {
    kept = [];
    told += 1;
    before = idOf(told);
  };

  return {
    publish: (event) => {
      if (listeners.size === 0) return;
      told += 1;
      const message: LiveMessage = { ...event, id: idOf(told) };
      kept.push(message);
      if (kept.length > MOST_KEPT) before = kept.shift()?.id ?? before;
      for (const listener of listeners) listener(message);
    },
    subscribe: (listener, after) => {
      if (listeners.size === 0) begin();
      const missed = after === undefined ? [] : since(after);
      listeners.add(listener);
      return { head: kept.at(-1)?.id ?? before, missed: missed && [...missed], unsubscribe: () => void listeners.delete(listener) };
    },
    get watchers() {
      return listeners.size;
    },
  };
}
