/** A connection over a Node stream: what TCP and serial lines have in common. */
import type { Duplex } from 'node:stream';

import { err, ok, type Result } from '@holdfast/base';

import { createInbox, linkFault, type LinkConnection, type LinkFault } from './link.ts';

export function streamConnection(stream: Duplex, end: () => void): LinkConnection {
  const inbox = createInbox();
  let isClosed = false;
  stream.on('data', (bytes: Buffer) => inbox.push(new Uint8Array(bytes)));
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => {
      isClosed = true;
      resolve();
    });
  });
  // An error is always followed by `close`, which is what the driver hears.
  stream.on('error', () => {});
  return {
    closed,
    onBytes: inbox.onBytes,
    close: end,
    write: async (bytes, deadlineMs) => {
      if (isClosed) return err(linkFault('closed', 'the device has hung up', 'safe'));
      return await new Promise<Result<void, LinkFault>>((resolve) => {
        const settle = (result: Result<void, LinkFault>): void => {
          clearTimeout(timer);
          resolve(result);
        };
        const timer = setTimeout(() => {
          settle(err(linkFault('timeout', `not taken within ${deadlineMs} ms`, 'mayDuplicate')));
          end();
        }, deadlineMs);
        stream.write(bytes, (error) => {
          settle(error === null || error === undefined ? ok(undefined) : err(linkFault('closed', error.message, 'mayDuplicate')));
        });
        void closed.then(() => settle(err(linkFault('closed', 'the device has hung up', 'mayDuplicate'))));
      });
    },
  };
}
