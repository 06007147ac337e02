/**
 * Who signs in to the console: invited, locked, brought in anew. Where somebody works and in which roles is the staff's; whoever changes that, or how they sign in, may do so at each place
 * where they are and where they come to be, so that nobody makes themselves, or another, more than they are.
 */
import { assert } from '@holdfast/base';
import { ENTITY_TYPES, parseRoles } from '@holdfast/domain';
import type { Response } from 'express';
import type { Request } from 'express';
import { z } from 'zod';

import { type EntityChange, isScope } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import { listStaff } from '../passcodes/staff.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { listEvents, noteEvent, type SignInEvent } from '../sign-in/events.ts';
import { postsOf, type Post } from '../sign-in/posts.ts';
import { endSessions } from '../sign-in/sessions.ts';
import { invite, listSignIns, removeSignIn, setLocked } from '../sign-in/sign-ins.ts';
import { DONE } from './answers/parts.ts';
import { INVITED, POSTS, SIGN_INS, SIGN_IN_EVENT_ROWS } from './answers/sign-in.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { visitorOf } from './console-session.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import type { SignInRoutePorts } from './sign-in-routes.ts';
import { wordOf } from './text-schemas.ts';

export interface AccountRoutePorts extends SignInRoutePorts {
  readonly catalog: Catalog;
}

const MOST_EVENTS = 500;
const PERSON_BYTES = 8;

const person = z.string().regex(/^[\w.-]{1,64}$/, 'is a key on the staff: letters, digits, dots, dashes and underscores');
const name = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}@._+-]{2,100}$/u, 'is what they type to sign in: letters, digits and @ . _ + -');
const posts = z
  .array(
    z.object({
      scope: z
        .string()
        .regex(/^(?:global|zone:.+|store:.+)$/, 'is global, zone:Z or store:S')
        .refine(isScope, 'is global, zone:Z or store:S'),
      roles: z
        .array(z.string().max(40))
        .min(1)
        .max(20)
        .refine((roles) => parseRoles(roles.join('\n'))?.length === roles.length, 'are names of roles'),
    }),
  )
  .min(1)
  .max(50)
  .refine((all) => new Set(all.map(({ scope }) => scope)).size === all.length, 'names each place once');
const inviteSchema = z.object({
  /** Of somebody who is on the staff already; absent: somebody new. */
  person: person.optional(),
  name,
  displayName: wordOf(100).optional(),
  posts: posts.optional(),
});
const personSchema = z.object({ person });
const lockSchema = z.object({ isLocked: z.boolean() });
const postsSchema = z.object({ posts });
const eventsSchema = z.object({ limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(100) });

const noSuchPerson = (response: Response): void =>
  sendProblem(response, {
    type: 'noSuchSignIn',
    status: 404,
    title: 'Nobody of that key signs in here, or they are not yours to look after.',
  });

export function addAccountRoutes(api: Api, ports: AccountRoutePorts): void {
  const { database, tenantNo } = ports;
  api.add(
    {
      method: 'get',
      path: '/api/v1/sign-ins',
      summary: 'Who signs in to the console, and what they may where',
      sight: 'somewhere',
      answer: SIGN_INS,
    },
    async (response) => {
      const staff = Map.groupBy(await listStaff(database, tenantNo), ({ user }) => user);
      const permissions = createPermissions(database, tenantNo);
      const mine = await permissions.actionsAt(askerOf(response), [
        ...new Set(['global', ...[...staff.values()].flat().map(({ scope }) => scope)]),
      ]);
      const isMine = (own: readonly Post[]): boolean =>
        (own.length === 0 ? ['global'] : own.map(({ scope }) => scope)).every((scope) => mine.get(scope)?.has('manageAccounts') === true);
      const all = (await listSignIns(ports)).map((each) => {
        const own = staff.get(each.person) ?? [];
        const displayName = own.find((post) => post.name !== undefined)?.name;
        return { ...each, ...(displayName !== undefined && { displayName }), posts: own.map(({ scope, roles }) => ({ scope, roles })) };
      });
      response.json({
        signIns: all.filter((each) => isMine(each.posts) || askerOf(response).user === each.person),
      });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/sign-ins',
      summary: 'Invites somebody by a link that opens once',
      body: inviteSchema,
      sight: 'somewhere',
      status: 201,
      answer: INVITED,
    },
    async (response, { body }, request) => inviteSomebody(ports, response, body, request),
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/sign-ins/:person/posts',
      summary: 'Where somebody works, in which roles',
      question: personSchema,
      body: postsSchema,
      sight: 'somewhere',
      answer: POSTS,
    },
    async (response, { question, body }, request) => {
      if (
        !(await mayLookAfter(
          ports,
          response,
          question.person,
          body.posts.map(({ scope }) => scope),
        ))
      )
        return;
      await publishPosts(ports, response, question.person, body.posts);
      await note(ports, response, request, 'postsChanged', question.person);
      response.json({ posts: await postsOf(database, tenantNo, question.person) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/sign-ins/:person/lock',
      summary: 'Locks somebody out, at once, or lets them in again',
      question: personSchema,
      body: lockSchema,
      sight: 'somewhere',
      answer: DONE,
    },
    async (response, { question, body }, request) => {
      if (!(await mayLookAfter(ports, response, question.person))) return;
      if (body.isLocked && question.person === askerOf(response).user)
        return sendProblem(response, { type: 'ownSignIn', status: 409, title: 'You would lock yourself out. Somebody else can.' });
      await setLocked(ports, question.person, body.isLocked);
      await note(ports, response, request, body.isLocked ? 'locked' : 'unlocked', question.person);
      response.json({});
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/sign-ins/:person/end-sessions',
      summary: 'Signs somebody out everywhere',
      question: personSchema,
      sight: 'somewhere',
      answer: z.object({ ended: z.int() }),
    },
    async (response, { question }, request) => {
      if (!(await mayLookAfter(ports, response, question.person))) return;
      const ended = await endSessions(ports, question.person);
      await note(ports, response, request, 'sessionsEnded', question.person);
      response.json({ ended });
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/sign-ins/:person',
      summary: 'Takes somebody’s sign-in away; on the staff they stay',
      question: personSchema,
      sight: 'somewhere',
      answer: DONE,
    },
    async (response, { question }, request) => {
      if (!(await mayLookAfter(ports, response, question.person))) return;
      if (question.person === askerOf(response).user)
        return sendProblem(response, { type: 'ownSignIn', status: 409, title: 'You would lock yourself out. Somebody else can.' });
      await removeSignIn(ports, { person: question.person, by: askerOf(response).user });
      await note(ports, response, request, 'removed', question.person);
      response.json({});
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/sign-in-events',
      summary: 'Who came in, who was refused, and what was done to sign-ins',
      question: eventsSchema,
      answer: SIGN_IN_EVENT_ROWS,
    },
    async (response, { question }) => {
      if (!(await mayConsole(ports, response, 'manageAccounts', ['global']))) return;
      response.json({ events: await listEvents(ports, question.limit) });
    },
  );
}

const note = async (ports: AccountRoutePorts, response: Response, request: Request, what: SignInEvent, of: string): Promise<void> =>
  noteEvent(ports, { what, person: of, by: askerOf(response).user, address: visitorOf(request).address });

/** Whoever signs in, by whoever may at all of their places, those to come too. */
async function mayLookAfter(ports: AccountRoutePorts, response: Response, of: string, next: readonly string[] = []): Promise<boolean> {
  const { database, tenantNo } = ports;
  const known = await database.rows('SELECT 1 FROM sign_in WHERE tenant_no = $1 AND person = $2', [tenantNo, of]);
  if (known.length === 0) {
    noSuchPerson(response);
    return false;
  }
  const held = (await postsOf(database, tenantNo, of)).map(({ scope }) => scope);
  return mayConsole(ports, response, 'manageAccounts', held.length + next.length === 0 ? ['global'] : [...held, ...next]);
}

async function inviteSomebody(
  ports: AccountRoutePorts,
  response: Response,
  wish: z.infer<typeof inviteSchema>,
  request: Request,
): Promise<void> {
  const { database, tenantNo, random } = ports;
  const of = wish.person ?? `hq-${Buffer.from(random.bytes(PERSON_BYTES)).toString('hex')}`;
  const held = await postsOf(database, tenantNo, of);
  const next = wish.posts ?? [];
  if (held.length + next.length === 0) {
    const detail = 'Say where they work, and in which roles (posts).';
    return sendProblem(response, { type: 'noPosts', status: 422, title: 'They are on the staff of no place.', detail });
  }
  if (
    !(await mayConsole(
      ports,
      response,
      'manageAccounts',
      [...held, ...next].map(({ scope }) => scope),
    ))
  )
    return undefined;
  const invited = await invite(ports, { person: of, name: wish.name, by: askerOf(response).user });
  if (!invited.ok) return sendProblem(response, { type: 'nameTaken', status: 409, title: `Somebody else signs in as ${wish.name}.` });
  if (wish.posts !== undefined) await publishPosts(ports, response, of, wish.posts, wish.displayName);
  await note(ports, response, request, 'invited', of);
  const { token, untilMs } = invited.value;
  response.status(201).json({ person: of, token, untilMs });
  return undefined;
}

/** As one publication: what they held and hold no more is taken away, and their PIN there with it. */
async function publishPosts(
  { database, tenantNo, catalog }: AccountRoutePorts,
  response: Response,
  of: string,
  next: z.infer<typeof posts>,
  displayName?: string,
): Promise<void> {
  const type = ENTITY_TYPES.staff.name;
  const gone = (await postsOf(database, tenantNo, of)).filter(({ scope }) => !next.some((post) => post.scope === scope));
  const changes: readonly EntityChange[] = [
    ...next.map(({ scope, roles }) => ({
      type,
      key: of,
      scope,
      fields: { roles: roles.join('\n'), ...(displayName !== undefined && { displayName }) },
    })),
    ...gone.map(({ scope }) => ({ type, key: of, scope, removed: true as const })),
  ];
  const published = await catalog.publish('posts', changes, { by: askerOf(response).user });
  assert(published.ok, 'posts were judged as cells are');
}
