/** A device on the network: raw bytes over TCP, for printers on port 9100. */
import { connect } from 'node:net';

import { err, ok, type Result } from '@holdfast/base';

import { linkFault, type Link, type LinkConnection, type LinkFault } from './link.ts';
import { streamConnection } from './stream-connection.ts';

const KEEP_ALIVE_MS = 15_000;

export function tcpLink(host: string, port: number): Link {
  return {
    address: `tcp://${host}:${port}`,
    open: async (deadlineMs) =>
      await new Promise<Result<LinkConnection, LinkFault>>((resolve) => {
        const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
        const fail = (reason: LinkFault['reason'], detail: string): void => {
          clearTimeout(timer);
          socket.destroy();
          resolve(err(linkFault(reason, detail, 'safe')));
        };
        const onError = (error: NodeJS.ErrnoException): void =>
          fail(error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable', error.message);
        const timer = setTimeout(() => fail('timeout', `no answer from ${host}:${port} within ${deadlineMs} ms`), deadlineMs);
        socket.once('error', onError);
        socket.once('connect', () => {
          clearTimeout(timer);
          socket.off('error', onError);
          resolve(ok(streamConnection(socket, () => socket.destroy())));
        });
      }),
  };
}
