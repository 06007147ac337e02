/** What happens, told to whoever watches: consoles by Server-Sent Events, devices by their poke sockets. In this process only: a watcher asks again anyway. */
import type { SaleView } from '../ledger/sales.ts';
import type { DeviceView } from './overview.ts';

export type LiveEvent =
  | { readonly event: 'sale'; readonly data: SaleView }
  | { readonly event: 'device'; readonly data: DeviceView }
  | { readonly event: 'publication'; readonly data: { readonly lsn: number } };

export interface Live {
  publish(event: LiveEvent): void;
  /** The answer ends it. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
  readonly watchers: number;
}

export function createLive(): Live {
  const listeners = new Set<(event: LiveEvent) => void>();
  return {
    publish: (event) => {
      for (const listener of listeners) listener(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get watchers() {
      return listeners.size;
    },
  };
}
