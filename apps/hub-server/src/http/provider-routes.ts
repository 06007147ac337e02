/**
 * Coming in by the company's identity provider. What the browser takes there and back, sealed and for ten minutes, stands in a cookie of its own: it is sent along when the provider sends the browser
 * back, which the session's own, being `Strict`, is not; so the session is given with the answer, and first shown by the page that this leads to.
 */
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';

import { noteEvent } from '../sign-in/events.ts';
import { signInByProvider } from '../sign-in/provider-sign-in.ts';
import { type Flow, flowSchema, type IdentityProvider, RETURN_PATH } from '../sign-in/provider.ts';
import { countAttempt, forgiveAttempt } from '../sign-in/waits.ts';
import type { Api } from './api-paths.ts';
import { isOwnPage, sendForeign, visitorOf } from './console-session.ts';
import { sendProblem } from './problems.ts';
import { sendWait, type SignInRoutePorts } from './sign-in-routes.ts';

export interface ProviderRoutePorts extends SignInRoutePorts {
  /** Absent: the company has none. */
  readonly provider?: IdentityProvider | undefined;
  readonly logger: Logger;
}

const FLOW_MS = 10 * 60_000;
const FLOW_PLACE = 'sign-in under way at the provider';
const WAYS = z.object({ provider: z.object({ name: z.string() }).nullable() });
const BEGUN = z.object({ goTo: z.string() });
/** What comes back is read whole by the provider's own client. */
const returned = z.object({ state: z.string().max(2_000).optional() });
/** As the page that it leads to reads it. */
const failedAt = (why: 'notKnown' | 'refused' | 'tooWeak' | 'unreachable' | 'wait'): string => `/#sign-in-failed=${why}`;

export function addProviderRoutes(api: Api, ports: ProviderRoutePorts): void {
  const { provider, sessions, clock, logger } = ports;
  api.add(
    { method: 'get', path: '/api/v1/sign-in', summary: 'By what people sign in here', sight: 'everyone', answer: WAYS },
    (response) => void response.json({ provider: provider === undefined ? null : { name: provider.name } }),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/sign-in/provider',
      summary: 'Begins to sign somebody in at the company’s identity provider: where their browser goes',
      sight: 'everyone',
      answer: BEGUN,
    },
    async (response, _asked, request) => {
      if (!isOwnPage(request)) return sendForeign(response);
      if (provider === undefined)
        return sendProblem(response, { type: 'noProvider', status: 404, title: 'This hub has no identity provider. Sign in by name.' });
      const seconds = await countAttempt(ports, 'address', visitorOf(request).address);
      if (seconds !== undefined) return sendWait(response, seconds);
      const begun = await provider.begin();
      if (!begun.ok) {
        logger.warn({ err: begun.error.cause }, 'the identity provider does not answer');
        return sendProblem(response, {
          type: 'providerUnreachable',
          status: 409,
          title: `${provider.name} does not answer. Sign in by name, password and code, or try again.`,
        });
      }
      const { goTo, flow } = begun.value;
      const held: Flow = { ...flow, untilMs: clock.nowMs() + FLOW_MS };
      const sealed = ports.vault.seal(FLOW_PLACE, new TextEncoder().encode(JSON.stringify(held)));
      sessions.giveFlow(response, Buffer.from(sealed).toString('base64url'));
      response.json({ goTo });
    },
  );
  api.add(
    {
      method: 'get',
      path: RETURN_PATH,
      summary: 'Where the identity provider sends a browser back to',
      question: returned,
      sight: 'everyone',
      status: 303,
      gives: 'text/html',
    },
    async (response, _asked, request) => response.redirect(303, await finish(ports, request, response)),
  );
}

/** Where the browser goes next. */
async function finish(ports: ProviderRoutePorts, request: Request, response: Response): Promise<string> {
  const { provider, sessions, logger } = ports;
  const visitor = visitorOf(request);
  const flow = openFlow(ports, sessions.takeFlow(request, response));
  if (provider === undefined || flow === undefined) return failedAt('refused');
  if ((await countAttempt(ports, 'address', visitor.address)) !== undefined) return failedAt('wait');
  const at = request.originalUrl.indexOf('?');
  const finished = await provider.finish(flow, at < 0 ? '' : request.originalUrl.slice(at));
  if (!finished.ok) {
    logger.warn({ err: finished.error.cause, type: finished.error.type }, 'nobody was signed in by the identity provider');
    if (finished.error.type !== 'unreachable')
      await noteEvent(ports, { what: 'providerRefused', person: '', by: '', address: visitor.address });
    return failedAt(finished.error.type);
  }
  const signed = await signInByProvider(ports, finished.value, visitor);
  if (!signed.ok) return failedAt(signed.error.type);
  // That it began was counted, too.
  for (let counted = 0; counted < 2; counted += 1) await forgiveAttempt(ports, 'address', visitor.address);
  await sessions.give(request, response, signed.value.token);
  return '/';
}

/** Undefined: there is none, it is not ours, or it took too long. */
function openFlow({ vault, clock }: ProviderRoutePorts, value: string | undefined): Flow | undefined {
  const opened = value === undefined ? undefined : vault.open(FLOW_PLACE, new Uint8Array(Buffer.from(value, 'base64url')));
  if (opened === undefined) return undefined;
  const flow = flowSchema.parse(JSON.parse(new TextDecoder().decode(opened)));
  return flow.untilMs > clock.nowMs() ? flow : undefined;
}
