/** Somebody's own: what they may, where they are signed in, and what they sign in by. */
import { ACTION_NAMES } from '@holdfast/domain';
import type { Response } from 'express';
import { z } from 'zod';

import { createPermissions } from '../permissions/permissions.ts';
import { noteEvent } from '../sign-in/events.ts';
import { guessedWords, passwordProblem } from '../sign-in/password-rules.ts';
import { seedView } from '../sign-in/seed-view.ts';
import { endSession, listSessions, noteProof } from '../sign-in/sessions.ts';
import {
  changePassword,
  findOwnSignIn,
  offerSeed,
  proveAgain,
  renewRecoveryCodes,
  type SignInError,
  takeSeed,
} from '../sign-in/sign-ins.ts';
import { DONE } from './answers/parts.ts';
import { AUTHENTICATOR, RECOVERY_CODES, SESSION, SESSIONS, SIGNED_OUT } from './answers/sign-in.ts';
import type { Api } from './api-paths.ts';
import { type Asker, askerOf } from './asker.ts';
import { visitorOf } from './console-session.ts';
import { sendProblem } from './problems.ts';
import type { ProviderRoutePorts } from './provider-routes.ts';
import { code, isJustProven, password, sendWait, sendWrongSignIn, type SignInRoutePorts, WEAK } from './sign-in-routes.ts';

const passwordSchema = z.object({ password, code, next: password });
const proofSchema = z.object({ password, code });
const confirmSchema = z.object({ code });
const sessionSchema = z.object({ session: z.string().min(1).max(64) });

type Person = Asker & { readonly session: string };

/** Undefined once that was said: who came by the hub's own token has nothing of their own. */
function personOf(response: Response): Person | undefined {
  const asker = askerOf(response);
  if (asker.session !== undefined) return { ...asker, session: asker.session };
  sendProblem(response, {
    type: 'noPerson',
    status: 409,
    title: 'You came by a token: nobody’s password or sessions go with it.',
  });
  return undefined;
}

const sendNotProven = (response: Response, error: SignInError): void =>
  error.type === 'wrongSignIn' ? sendWrongSignIn(response) : sendWait(response, error.retryAfterSeconds);

export function addSessionRoutes(api: Api, ports: ProviderRoutePorts): void {
  api.add(
    { method: 'get', path: '/api/v1/session', summary: 'Who you are here, and what you may where', sight: 'anyone', answer: SESSION },
    async (response) => {
      const asker = askerOf(response);
      response.json({
        user: asker.user,
        isBreakGlass: asker.isBreakGlass === true,
        posts: asker.posts,
        ...(await rightsOf(ports, asker)),
        ...(asker.token !== undefined && { token: asker.token }),
        ...(asker.session !== undefined && { signIn: await findOwnSignIn(ports, asker.user) }),
        stores: [...(await createPermissions(ports.database, ports.tenantNo).storesFor(asker, 'useConsole'))],
      });
    },
  );
  api.add(
    { method: 'delete', path: '/api/v1/session', summary: 'Signs you out', sight: 'anyone', answer: SIGNED_OUT },
    async (response, _asked, request) => {
      const { user, session } = askerOf(response);
      const ended = session === undefined ? undefined : await endSession(ports, user, session);
      if (session !== undefined) await noteEvent(ports, { what: 'signedOut', person: user, by: user, address: visitorOf(request).address });
      ports.sessions.leave(request, response);
      const goTo = ended?.isByProvider === true ? await ports.provider?.goodbye() : undefined;
      response.json(goTo === undefined ? {} : { goTo });
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/sessions', summary: 'Where you are signed in', sight: 'anyone', answer: SESSIONS },
    async (response) => {
      const { user, session: own } = askerOf(response);
      const open = own === undefined ? [] : await listSessions(ports, user);
      response.json({ sessions: open.map((each) => ({ ...each, isThis: each.session === own })) });
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/sessions/:session',
      summary: 'Ends one of your sessions',
      question: sessionSchema,
      sight: 'anyone',
      answer: DONE,
    },
    async (response, { question: { session } }, request) => {
      const { user, session: own } = askerOf(response);
      if (session !== own && !isJustProven(ports.clock, response)) return;
      if ((await endSession(ports, user, session)) === undefined)
        return sendProblem(response, { type: 'noSuchSession', status: 404, title: 'You have no such session.' });
      await noteEvent(ports, { what: 'sessionsEnded', person: user, by: user, address: visitorOf(request).address });
      response.json({});
    },
  );
  addProofRoutes(api, ports);
}

function addProofRoutes(api: Api, ports: SignInRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/session/proof',
      summary: 'Proves once more that it is you: for a quarter of an hour you may end other sessions, and make tokens',
      body: proofSchema,
      sight: 'anyone',
      answer: DONE,
    },
    async (response, { body }, request) => {
      const person = personOf(response);
      if (person === undefined) return;
      const proven = await proveAgain(ports, person.user, body, visitorOf(request));
      if (!proven.ok) return sendNotProven(response, proven.error);
      await noteProof(ports, person.session);
      response.json({});
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/session/password',
      summary: 'Another password of yours',
      body: passwordSchema,
      sight: 'anyone',
      answer: DONE,
    },
    async (response, { body }, request) => {
      const person = personOf(response);
      if (person === undefined) return;
      const visitor = visitorOf(request);
      const proven = await proveAgain(ports, person.user, body, visitor);
      if (!proven.ok) return sendNotProven(response, proven.error);
      const words = await guessedWords(ports.database, ports.tenantNo, person.user);
      const problem = passwordProblem(body.next, { name: proven.value.name, words });
      if (problem !== undefined) return sendProblem(response, { type: 'weakPassword', status: 422, title: WEAK[problem] });
      await changePassword(ports, { person: person.user, session: person.session, next: body.next }, visitor);
      response.json({});
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/session/recovery-codes',
      summary: 'New recovery codes of yours, in place of those that are left',
      body: proofSchema,
      sight: 'anyone',
      answer: RECOVERY_CODES,
    },
    async (response, { body }, request) => {
      const person = personOf(response);
      if (person === undefined) return;
      const proven = await proveAgain(ports, person.user, body, visitorOf(request));
      if (!proven.ok) return sendNotProven(response, proven.error);
      response.json({ recoveryCodes: await renewRecoveryCodes(ports, person.user, visitorOf(request)) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/session/authenticator',
      summary: 'Shows another authenticator of yours; it counts once it gave a code',
      body: proofSchema,
      sight: 'anyone',
      answer: AUTHENTICATOR,
    },
    async (response, { body }, request) => {
      const person = personOf(response);
      if (person === undefined) return;
      const proven = await proveAgain(ports, person.user, body, visitorOf(request));
      if (!proven.ok) return sendNotProven(response, proven.error);
      const { name } = proven.value;
      response.json({ authenticator: seedView(await offerSeed(ports, person.user), name) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/session/authenticator/confirm',
      summary: 'A first code of the other authenticator: from now on it is yours, with new recovery codes',
      body: confirmSchema,
      sight: 'anyone',
      answer: RECOVERY_CODES,
    },
    async (response, { body }, request) => {
      const person = personOf(response);
      if (person === undefined) return;
      const taken = await takeSeed(ports, { person: person.user, session: person.session, code: body.code }, visitorOf(request));
      if (taken === undefined)
        return sendProblem(response, { type: 'wrongCode', status: 422, title: 'That is no code of the authenticator that was shown.' });
      response.json({ recoveryCodes: taken });
    },
  );
}

interface Rights {
  /** By action, at which places. */
  readonly may: Readonly<Record<string, readonly string[]>>;
  /** By action, at which places within these not. */
  readonly mayNot: Readonly<Record<string, readonly string[]>>;
}

async function rightsOf({ database, tenantNo }: SignInRoutePorts, asker: Asker): Promise<Rights> {
  const at = [...(await createPermissions(database, tenantNo).actionsOf(asker))];
  const placesWhere = (isSo: (actions: ReadonlySet<string>, action: string) => boolean): Record<string, readonly string[]> =>
    Object.fromEntries(
      ACTION_NAMES.map((action) => [action, at.filter(([, actions]) => isSo(actions, action)).map(([scope]) => scope)] as const).filter(
        ([, scopes]) => scopes.length > 0,
      ),
    );
  const may = placesWhere((actions, action) => actions.has(action));
  const mayNot = placesWhere((actions, action) => !actions.has(action) && may[action] !== undefined);
  return { may, mayNot };
}
