/** Who is let in to a live view: who sees the whole company, from a page of the console's own or with a token, for as long as that is so. */
import type { Request, Response } from 'express';
import { z } from 'zod';

import type { Live } from '../console-api/live.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { findApiToken } from '../sign-in/api-tokens.ts';
import { type Post, postsOf } from '../sign-in/posts.ts';
import { listSessions, type SessionPorts } from '../sign-in/sessions.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { type ConsoleSessions, isOwnPage, readBearer } from './console-session.ts';
import type { LiveSockets } from './live-socket.ts';
import { sendProblem } from './problems.ts';
import { senderAddress } from './sender-address.ts';

export interface LiveRoutePorts extends SessionPorts {
  readonly live: Pick<Live, 'watchers'>;
  readonly liveSockets: Pick<LiveSockets, 'take'>;
  readonly sessions: ConsoleSessions;
}

const MAX_WATCHERS = 200;
const liveSchema = z.object({
  /** The last message that was heard, by its id. */
  after: z.string().max(100).optional(),
});

export function addLiveRoute(api: Api, ports: LiveRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/live',
      summary: 'Sales, devices and publications as they come, by a WebSocket: each message is JSON',
      question: liveSchema,
      status: 101,
      gives: 'application/json',
    },
    (response, { question: { after } }, request) => {
      // A browser sends its cookie with a handshake from whatever page there is on this host.
      if (request.headers.authorization === undefined && !isOwnPage(request))
        return sendProblem(response, { type: 'foreignOrigin', status: 403, title: 'Live views are for the console’s own pages.' });
      if (ports.live.watchers >= MAX_WATCHERS)
        return sendProblem(response, { type: 'tooManyWatchers', status: 503, title: 'Too many consoles are watching.' });
      if (ports.liveSockets.take(request, response, { after, isWelcome: welcomeOf(ports, request, response) })) return undefined;
      response.setHeader('Upgrade', 'websocket');
      return sendProblem(response, { type: 'socketWanted', status: 426, title: 'Live views come by a WebSocket: ask for one.' });
    },
  );
}

/** Asked again and again: it looks at the session, and does not go on with it, so that none is given a new name of which its browser hears nothing. */
function welcomeOf(ports: LiveRoutePorts, request: Request, response: Response): () => Promise<boolean> {
  const asker = askerOf(response);
  const seesAll = async (posts: readonly Post[]): Promise<boolean> =>
    (await createPermissions(ports.database, ports.tenantNo).askOf({ ...asker, posts }, 'useConsole', 'global')).ok;
  if (asker.token !== undefined) {
    const [secret, address] = [readBearer(request.headers.authorization) ?? '', senderAddress(request)];
    return async () => {
      const held = await findApiToken(ports, secret, address);
      return held?.type === 'open' && (await seesAll(held.posts));
    };
  }
  if (request.headers.authorization !== undefined) return async () => true;
  if (asker.isBreakGlass === true) return async () => ports.sessions.isOpen(request);
  return async () => {
    const open = await listSessions(ports, asker.user);
    if (!open.some(({ session }) => session === asker.session)) return false;
    return seesAll(await postsOf(ports.database, ports.tenantNo, asker.user));
  };
}
