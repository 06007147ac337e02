/** Coming in: by name, password and a code, or by an invitation. The only paths of the API that ask nobody who they are; whatever is wrong, they say no more than that it is. */
import type { Response } from 'express';
import { z } from 'zod';

import { seedView } from '../sign-in/seed-view.ts';
import { findInvite, join, MOST_PASSWORD, signIn, type SignInPorts } from '../sign-in/sign-ins.ts';
import { INVITATION, JOINED, SIGNED_IN } from './answers/sign-in.ts';
import type { Api } from './api-paths.ts';
import { type ConsoleSessions, isOwnPage, sendForeign, visitorOf } from './console-session.ts';
import { sendProblem } from './problems.ts';

export interface SignInRoutePorts extends SignInPorts {
  readonly sessions: ConsoleSessions;
}

export const password = z.string().min(1).max(MOST_PASSWORD);
export const code = z.string().min(1).max(40);
const invitation = z.string().regex(/^[\w-]{43}$/, 'is what the link of an invitation ends with');

const signInSchema = z.object({ name: z.string().min(1).max(100), password, code });
const lookSchema = z.object({ token: invitation });
const acceptSchema = z.object({ token: invitation, password, code });

export const WEAK = {
  tooShort: 'A password has 12 characters or more.',
  tooPlain: 'That password is one of the first that anybody would try.',
  holdsName: 'A password does not hold the name that it goes with.',
} as const;

const noSuchInvite = (response: Response): void =>
  sendProblem(response, {
    type: 'noSuchInvitation',
    status: 404,
    title: 'This invitation was used, has run out, or never was.',
    detail: 'Ask whoever sent it for another one.',
  });

export function sendWait(response: Response, seconds: number): void {
  response.setHeader('Retry-After', String(seconds));
  sendProblem(response, {
    type: 'tooManyAttempts',
    status: 429,
    title: `Too many attempts. Nobody is listened to under this name, or from this address, for ${seconds} s.`,
  });
}

export const sendWrongSignIn = (response: Response): void =>
  sendProblem(response, { type: 'wrongSignIn', status: 403, title: 'Name, password and code do not go together.' });

export function addSignInRoutes(api: Api, ports: SignInRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/sign-in',
      summary: 'Signs a person in: name, password and a code',
      body: signInSchema,
      sight: 'everyone',
      answer: SIGNED_IN,
    },
    async (response, { body }, request) => {
      // Nobody is signed in as somebody else by another page.
      if (!isOwnPage(request)) return sendForeign(response);
      const signed = await signIn(ports, body, visitorOf(request));
      if (signed.ok) {
        await ports.sessions.give(request, response, signed.value.token);
        return response.json({ user: signed.value.person });
      }
      return signed.error.type === 'wrongSignIn' ? sendWrongSignIn(response) : sendWait(response, signed.error.retryAfterSeconds);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invitation',
      summary: 'Whom an invitation is for, and the authenticator that they set up',
      body: lookSchema,
      sight: 'everyone',
      answer: INVITATION,
    },
    async (response, { body }) => {
      const invited = await findInvite(ports, body.token);
      if (invited === undefined) return noSuchInvite(response);
      return response.json({ name: invited.name, authenticator: seedView(invited.seed, invited.name) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/invitation/accept',
      summary: 'Takes an invitation up: a password, and a first code of the authenticator',
      body: acceptSchema,
      sight: 'everyone',
      answer: JOINED,
    },
    async (response, { body }, request) => {
      if (!isOwnPage(request)) return sendForeign(response);
      const joined = await join(ports, body, visitorOf(request));
      if (joined.ok) {
        const { person, recoveryCodes, token } = joined.value;
        await ports.sessions.give(request, response, token);
        return response.json({ user: person, recoveryCodes });
      }
      if (joined.error.type === 'noSuchInvite') return noSuchInvite(response);
      if (joined.error.type === 'wrongCode')
        return sendProblem(response, { type: 'wrongCode', status: 422, title: 'That is no code of the authenticator that was shown.' });
      return sendProblem(response, { type: 'weakPassword', status: 422, title: WEAK[joined.error.problem] });
    },
  );
}
