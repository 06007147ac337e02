/**
 * A link carries bytes to one device and back: TCP, a serial line, or a peer in memory. Drivers know links, never sockets.
 *
 * Duties of who uses one: set `onBytes` once, right after `open`; what came before is kept for it. Every call has a deadline, so that no
 * device can hold up its caller; after a failed write nothing is known of what arrived, and the connection is closed.
 */
import type { Result } from '@holdfast/base';

export interface LinkFault {
  readonly type: 'linkFailed';
  readonly reason: 'refused' | 'unreachable' | 'timeout' | 'closed' | 'noSuchDevice';
  /** For the log and the setup screen: what the system said. */
  readonly detail: string;
  /** `safe`: nothing was sent. `mayDuplicate`: some of it may have arrived. */
  readonly retry: 'safe' | 'mayDuplicate';
}

export interface LinkConnection {
  write(bytes: Uint8Array, deadlineMs: number): Promise<Result<void, LinkFault>>;
  readonly onBytes: (listener: (bytes: Uint8Array) => void) => void;
  /** Resolves once, whoever ended it. */
  readonly closed: Promise<void>;
  readonly close: () => void;
}

export interface Link {
  /** `tcp://192.168.1.50:9100`, `serial:///dev/ttyUSB0?baud=38400`. */
  readonly address: string;
  open(deadlineMs: number): Promise<Result<LinkConnection, LinkFault>>;
}

export const linkFault = (reason: LinkFault['reason'], detail: string, retry: LinkFault['retry']): LinkFault => ({
  type: 'linkFailed',
  reason,
  detail,
  retry,
});

/** Holds bytes until somebody listens. */
export interface Inbox {
  readonly push: (bytes: Uint8Array) => void;
  readonly onBytes: (listener: (bytes: Uint8Array) => void) => void;
}

export function createInbox(): Inbox {
  const held: Uint8Array[] = [];
  let listener: ((bytes: Uint8Array) => void) | undefined;
  return {
    push(bytes) {
      if (listener === undefined) held.push(bytes);
      else listener(bytes);
    },
    onBytes(next) {
      listener = next;
      for (const bytes of held.splice(0)) next(bytes);
    },
  };
}
