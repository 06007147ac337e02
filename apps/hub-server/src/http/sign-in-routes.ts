/** Coming in: by name, password and a code, or by an invitation. The only paths of the API that ask nobody who they are; whatever is wrong, they say no more than that it is. */
import type { Response } from 'express';
import { z } from 'zod';

import { MOST_PASSWORD, type PasswordProblem } from '../sign-in/password-rules.ts';
import { seedView } from '../sign-in/seed-view.ts';
import { PROVEN_MS } from '../sign-in/sessions.ts';
import { findInvite, join, signIn, type SignInPorts } from '../sign-in/sign-ins.ts';
import { DONE } from './answers/parts.ts';
import { INVITATION, JOINED, SIGNED_IN } from './answers/sign-in.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { type ConsoleSessions, isOwnPage, sendForeign, visitorOf } from './console-session.ts';
import { sendProblem } from './problems.ts';

export interface SignInRoutePorts extends SignInPorts {
  readonly sessions: ConsoleSessions;
}

export const password = z.string().min(1).max(MOST_PASSWORD);
export const code = z.string().min(1).max(40);
const endOf = (link: string) => z.string().regex(/^[\w-]{43}$/, `is what ${link} ends with`);
const invitation = endOf('the link of an invitation');

const signInSchema = z.object({ name: z.string().min(1).max(100), password, code });
const linkSchema = z.object({ token: endOf('the link of the hub’s start') });
const lookSchema = z.object({ token: invitation });
const acceptSchema = z.object({ token: invitation, password, code });

export const WEAK: Readonly<Record<PasswordProblem, string>> = {
  tooShort: 'A password has 12 characters or more.',
  tooPlain: 'That password is one of the first that anybody would try.',
  mostUsed: 'That password is one of those that most people have.',
  holdsName: 'A password does not hold the name that it goes with.',
  companyWords: 'Your own name, the company’s, its stores’ and Holdfast’s do not count in a password: it has 12 other characters or more.',
};

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

/** False once the answer is a problem: they proved who they are too long ago for what they ask. */
export function isJustProven(clock: SignInPorts['clock'], response: Response): boolean {
  const { provenAtMs } = askerOf(response);
  if (provenAtMs !== undefined && clock.nowMs() - provenAtMs < PROVEN_MS) return true;
  sendProblem(response, {
    type: 'proofNeeded',
    status: 403,
    title: 'Prove first that it is you. Nothing was changed.',
    detail: 'POST /api/v1/session/proof takes your password and a code; whoever comes in by the identity provider signs out and in again.',
  });
  return false;
}

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
      path: '/api/v1/sign-in/link',
      summary: 'Opens the console by the link that the hub printed when it started: in one browser, once',
      body: linkSchema,
      sight: 'everyone',
      answer: DONE,
    },
    async (response, { body }, request) => {
      if (!isOwnPage(request)) return sendForeign(response);
      // Opened again in the same browser it changes nothing.
      if (ports.sessions.openByLink(body.token, request, response) || (await ports.sessions.isOpen(request))) return response.json({});
      return sendProblem(response, {
        type: 'linkUsed',
        status: 403,
        title: 'This link is used up, or none of this hub’s.',
        detail: 'It opens one browser, once. Start the hub again for a fresh one, or use the browser that opened it first.',
      });
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
