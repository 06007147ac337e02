/** A link in memory: the peer at its other end is whoever holds `DevicePeer`. */
import { err, ok } from '@holdfast/base';

import { createInbox, linkFault, type Link, type LinkConnection } from './link.ts';

/** The device's end of a connection. */
export interface DevicePeer {
  readonly send: (bytes: Uint8Array) => void;
  readonly onBytes: (listener: (bytes: Uint8Array) => void) => void;
  readonly closed: Promise<void>;
  readonly close: () => void;
}

/** `accept` is called with the device's end of each connection; answering false refuses it. */
export function memoryLink(address: string, accept: (peer: DevicePeer) => boolean): Link {
  return {
    address,
    open: async () => {
      const [toHost, toDevice] = [createInbox(), createInbox()];
      let isClosed = false;
      let resolveClosed = (): void => {};
      const closed = new Promise<void>((resolve) => {
        resolveClosed = resolve;
      });
      const close = (): void => {
        isClosed = true;
        resolveClosed();
      };
      const peer: DevicePeer = {
        closed,
        close,
        onBytes: toDevice.onBytes,
        send: (bytes) => {
          if (!isClosed) toHost.push(bytes);
        },
      };
      const connection: LinkConnection = {
        closed,
        close,
        onBytes: toHost.onBytes,
        write: async (bytes) => {
          if (isClosed) return err(linkFault('closed', 'the device has hung up', 'safe'));
          toDevice.push(bytes);
          return ok(undefined);
        },
      };
      return accept(peer) ? ok(connection) : err(linkFault('refused', `${address} refuses`, 'safe'));
    },
  };
}
