/** Tokens of programs over HTTP: made by a person, shown once, revoked by them or by who looks after them, and what each was used for. */
import { ACTION_NAMES } from '@holdfast/domain';
import type { Response } from 'express';
import { z } from 'zod';

import { isScope } from '../catalog/changes.ts';
import { createPermissions } from '../permissions/permissions.ts';
import { type ApiTokenView, listApiTokenActs, listApiTokens, makeApiToken, revokeApiToken } from '../sign-in/api-tokens.ts';
import { noteEvent } from '../sign-in/events.ts';
import { postsOf } from '../sign-in/posts.ts';
import { atMs, DONE } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { visitorOf } from './console-session.ts';
import { mayConsole } from './judge.ts';
import { sendProblem } from './problems.ts';
import { isJustProven, type SignInRoutePorts } from './sign-in-routes.ts';
import { wordOf } from './text-schemas.ts';

const MOST_TOKENS = 50;
const MOST_DAYS = 365;
const DAY_MS = 24 * 60 * 60_000;

const differs = (all: readonly string[]): boolean => new Set(all).size === all.length;
const action = z.enum(ACTION_NAMES as [(typeof ACTION_NAMES)[number], ...(typeof ACTION_NAMES)[number][]]);
const place = z
  .string()
  .max(100)
  .regex(/^(?:global|zone:.+|store:.+)$/, 'is global, zone:Z or store:S')
  .refine(isScope, 'is global, zone:Z or store:S');
const wishSchema = z.object({
  /** Which program has it. */
  name: wordOf(100),
  /** What it may beyond reading. */
  actions: z.array(action).max(ACTION_NAMES.length).refine(differs, 'names each action once'),
  places: z.array(place).min(1).max(50).refine(differs, 'names each place once'),
  expiresInDays: z.int().min(1).max(MOST_DAYS),
});
const tokenName = z.object({ token: z.string().regex(/^tok-[0-9a-f]{16}$/, 'is a token’s name') });
const actsSchema = tokenName.extend({ limit: z.coerce.number().int().min(1).max(500).default(100) });

const view = z.object({
  token: z.string(),
  maker: z.string(),
  name: z.string(),
  actions: z.array(z.string()),
  places: z.array(z.string()),
  madeAtMs: atMs,
  untilMs: atMs,
  usedAtMs: atMs.nullable(),
  usedAddress: z.string().nullable(),
  revokedAtMs: atMs.nullable(),
  revokedBy: z.string().nullable(),
});
const made = z.object({ token: z.string(), secret: z.string(), untilMs: atMs });
const acts = z.object({
  acts: z.array(z.object({ atMs, method: z.string(), path: z.string(), status: z.int(), requestId: z.string(), address: z.string() })),
});

const noSuchToken = (response: Response): void =>
  sendProblem(response, { type: 'noSuchToken', status: 404, title: 'There is no such token, or it is not yours to see.' });

export function addApiTokenRoutes(api: Api, ports: SignInRoutePorts): void {
  const find = async (response: Response, token: string): Promise<ApiTokenView | undefined> => {
    const found = (await seenTokens(ports, response)).find((each) => each.token === token);
    if (found === undefined) noSuchToken(response);
    return found;
  };
  api.add(
    {
      method: 'get',
      path: '/api/v1/api-tokens',
      summary: 'Tokens of programs: yours, and those of people whom you look after',
      sight: 'anyone',
      answer: z.object({ tokens: z.array(view) }),
    },
    async (response) => void response.json({ tokens: await seenTokens(ports, response) }),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/api-tokens',
      summary: 'Makes a token for a program; it is shown this once',
      body: wishSchema,
      sight: 'anyone',
      status: 201,
      answer: made,
    },
    async (response, { body: { expiresInDays, ...wish } }, request) => {
      const { user, session } = askerOf(response);
      if (session === undefined)
        return sendProblem(response, {
          type: 'noPerson',
          status: 409,
          title: 'A token has the rights of whoever makes it: sign in as yourself to make one.',
        });
      if (!isJustProven(ports.clock, response)) return;
      for (const asked of ['useConsole', ...wish.actions] as const) if (!(await mayConsole(ports, response, asked, wish.places))) return;
      const nowMs = ports.clock.nowMs();
      const open = (await listApiTokens(ports, user)).filter(({ revokedAtMs, untilMs }) => revokedAtMs === null && untilMs > nowMs);
      if (open.length >= MOST_TOKENS)
        return sendProblem(response, { type: 'tooMany', status: 409, title: `You have ${MOST_TOKENS} tokens already. Revoke one first.` });
      const untilMs = nowMs + expiresInDays * DAY_MS;
      const { token, secret } = await makeApiToken(ports, user, { ...wish, untilMs });
      await noteEvent(ports, { what: 'tokenMade', person: user, by: user, address: visitorOf(request).address });
      response.status(201).json({ token, secret, untilMs });
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/api-tokens/:token',
      summary: 'Revokes a token, at once',
      question: tokenName,
      sight: 'anyone',
      answer: DONE,
    },
    async (response, { question }, request) => {
      const found = await find(response, question.token);
      if (found === undefined) return;
      const { user } = askerOf(response);
      if (!(await revokeApiToken(ports, found.token, user))) return noSuchToken(response);
      await noteEvent(ports, { what: 'tokenRevoked', person: found.maker, by: user, address: visitorOf(request).address });
      response.json({});
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/api-tokens/:token/acts',
      summary: 'What was asked to be changed by a token, newest first',
      question: actsSchema,
      sight: 'anyone',
      answer: acts,
    },
    async (response, { question: { token, limit } }) => {
      const found = await find(response, token);
      if (found !== undefined) response.json({ acts: await listApiTokenActs(ports, found.token, limit) });
    },
  );
}

/** One's own, and those of people whom one may look after at each of their places; a program's own alone. */
async function seenTokens(ports: SignInRoutePorts, response: Response): Promise<readonly ApiTokenView[]> {
  const { database, tenantNo } = ports;
  const asker = askerOf(response);
  const all = await listApiTokens(ports);
  if (asker.token !== undefined) return all.filter(({ token }) => token === asker.token?.token);
  const permissions = createPermissions(database, tenantNo);
  const seen = new Set([asker.user]);
  for (const maker of new Set(all.map((each) => each.maker))) {
    const posts = await postsOf(database, tenantNo, maker);
    const scopes = posts.length === 0 ? ['global'] : posts.map(({ scope }) => scope);
    const at = await permissions.actionsAt(asker, scopes);
    if (scopes.every((scope) => at.get(scope)?.has('manageAccounts') === true)) seen.add(maker);
  }
  return all.filter(({ maker }) => seen.has(maker));
}
