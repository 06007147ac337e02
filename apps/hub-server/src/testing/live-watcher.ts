/** Watches a hub as a console does, and keeps what it is told. */
import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { LiveMessage } from '../console-api/live.ts';

export interface LiveWatcher {
  readonly socket: WebSocket;
  readonly heard: readonly LiveMessage[];
}

export async function watch(hub: { readonly url: string; readonly consoleToken: string }, after?: string): Promise<LiveWatcher> {
  const url = new URL('/api/v1/live', hub.url.replace('http', 'ws'));
  if (after !== undefined) url.searchParams.set('after', after);
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${hub.consoleToken}` } });
  const heard: LiveMessage[] = [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a hub's own words
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString('utf8')) as LiveMessage));
  await once(socket, 'open');
  return { socket, heard };
}
