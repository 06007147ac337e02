/** Webhooks over HTTP: which programs are told of what, what each was told, and a message once more. */
import type { Response } from 'express';
import { z } from 'zod';

import { isPlainText } from '../plain-text.ts';
import { listMessages, tellAgain, tellWebhooks } from '../webhooks/messages.ts';
import { type HostRules, secretText, urlProblem } from '../webhooks/post.ts';
import {
  changeWebhook,
  createWebhook,
  listWebhooks,
  MESSAGE_STATES,
  removeWebhook,
  rotateSecret,
  WEBHOOK_EVENTS,
  type WebhookPorts,
} from '../webhooks/webhooks.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface WebhookRoutePorts extends JudgePorts, WebhookPorts, HostRules {
  /** A message waits to be sent. */
  readonly onMessageDue: () => void;
}

const MOST_WEBHOOKS = 50;
const event = z.enum(WEBHOOK_EVENTS);
const events = z
  .array(event)
  .min(1)
  .max(WEBHOOK_EVENTS.length)
  .refine((all) => new Set(all).size === all.length, 'names each event once');
const note = z
  .string()
  .trim()
  .max(200)
  .refine((text) => isPlainText(text, 200) && !text.includes('\n'), 'holds control characters');
const url = z.string().max(1_000);
const wishSchema = z.object({
  url,
  events,
  /** Whose it is, for people. */
  note: note.default(''),
});
const patchSchema = z.object({ url: url.optional(), events: events.optional(), note: note.optional(), isPaused: z.boolean().optional() });
const webhook = z.string().regex(/^wh-[0-9a-f]{16}$/, 'is a webhook');
const webhookName = z.object({ webhook });
const messageName = z.object({ message: z.string().regex(/^[\w.-]{1,300}$/, 'is a message') });
const listSchema = z.object({
  webhook: webhook.optional(),
  state: z.enum(MESSAGE_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(1_000).optional(),
});
const cursorSchema = z.tuple([z.int(), z.string().max(300)]);

const webhookView = z.object({
  webhook: z.string(),
  url: z.string(),
  events: z.array(event),
  note: z.string(),
  isPaused: z.boolean(),
  createdAtMs: z.int(),
  createdBy: z.string(),
  waiting: z.int(),
  failed: z.int(),
  lastSentAtMs: z.int().nullable(),
  formerSecretUntilMs: z.int().nullable(),
});
const messageView = z.object({
  message: z.string(),
  webhook: z.string(),
  event: z.string(),
  atMs: z.int(),
  state: z.enum(MESSAGE_STATES),
  attempts: z.int(),
  nextAtMs: z.int().nullable(),
  doneAtMs: z.int().nullable(),
  detail: z.string().nullable(),
  content: z.object({ type: z.string(), timestamp: z.string(), data: z.record(z.string(), z.unknown()) }),
});
const secretView = z.object({ webhook: z.string(), secret: z.string() });
const DONE = z.object({});

const noSuchWebhook = (response: Response): void =>
  sendProblem(response, { type: 'noSuchWebhook', status: 404, title: 'There is no such webhook.' });

const cursorOf = (atMs: number, message: string): string => Buffer.from(JSON.stringify([atMs, message])).toString('base64url');

function parseCursor(text: string): readonly [number, string] | undefined {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
    return parsed?.[1].includes('\u0000') === false ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function addWebhookRoutes(api: Api, ports: WebhookRoutePorts): void {
  const { database, tenantNo, clock } = ports;
  /** They carry what the company does out of it: that is for who says who comes in. */
  const may = async (response: Response): Promise<boolean> => mayConsole(ports, response, 'manageAccounts', ['global']);
  const isUrl = (response: Response, text: string): boolean => {
    const problem = urlProblem(text, ports);
    if (problem === undefined) return true;
    sendProblem(response, { type: 'badUrl', status: 422, title: `The address ${problem}. Nothing was changed.` });
    return false;
  };
  api.add(
    {
      method: 'get',
      path: '/api/v1/webhooks',
      summary: 'Which programs are told of what',
      answer: z.object({ webhooks: z.array(webhookView) }),
    },
    async (response) => void response.json({ webhooks: await listWebhooks(ports) }),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/webhooks',
      summary: 'Tells one more program; its secret is shown this once',
      body: wishSchema,
      status: 201,
      answer: secretView,
      sight: 'somewhere',
    },
    async (response, { body }) => {
      if (!(await may(response)) || !isUrl(response, body.url)) return undefined;
      if ((await listWebhooks(ports)).length >= MOST_WEBHOOKS)
        return sendProblem(response, { type: 'tooMany', status: 409, title: `There are ${MOST_WEBHOOKS} webhooks already.` });
      const made = await createWebhook(ports, body, askerOf(response).user);
      return response.status(201).json({ webhook: made.webhook, secret: secretText(made.secret) });
    },
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/webhooks/:webhook',
      summary: 'Another address or other events; pauses it, or lets it go on',
      question: webhookName,
      body: patchSchema,
      answer: DONE,
      sight: 'somewhere',
    },
    async (response, { question, body }) => {
      if (!(await may(response)) || (body.url !== undefined && !isUrl(response, body.url))) return undefined;
      if (!(await changeWebhook(ports, question.webhook, body))) return noSuchWebhook(response);
      ports.onMessageDue();
      return response.json({});
    },
  );
  api.add(
    {
      method: 'delete',
      path: '/api/v1/webhooks/:webhook',
      summary: 'Tells a program no more, and forgets what it was told',
      question: webhookName,
      answer: DONE,
      sight: 'somewhere',
    },
    async (response, { question }) => {
      if (!(await may(response))) return undefined;
      return (await removeWebhook(ports, question.webhook)) ? response.json({}) : noSuchWebhook(response);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/webhooks/:webhook/secret',
      summary: 'Another secret, shown this once; for a day the former one signs beside it',
      question: webhookName,
      answer: secretView,
      sight: 'somewhere',
    },
    async (response, { question }) => {
      if (!(await may(response))) return undefined;
      const secret = await rotateSecret(ports, question.webhook);
      return secret === undefined ? noSuchWebhook(response) : response.json({ webhook: question.webhook, secret: secretText(secret) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/webhooks/:webhook/ping',
      summary: 'Sends a message for a try',
      question: webhookName,
      status: 202,
      answer: DONE,
      sight: 'somewhere',
    },
    async (response, { question }) => {
      if (!(await may(response))) return undefined;
      if (!(await listWebhooks(ports)).some((each) => each.webhook === question.webhook)) return noSuchWebhook(response);
      const nowMs = clock.nowMs();
      const ping = { event: 'ping', subject: `ping.${Buffer.from(ports.random.bytes(8)).toString('hex')}`, atMs: nowMs, data: {} } as const;
      await tellWebhooks(database, tenantNo, [ping], { nowMs, only: question.webhook });
      ports.onMessageDue();
      return response.status(202).json({});
    },
  );
  addMessageRoutes(api, ports, may);
}

function addMessageRoutes(
  api: Api,
  { database, tenantNo, clock, onMessageDue }: WebhookRoutePorts,
  may: (response: Response) => Promise<boolean>,
): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/webhook-messages',
      summary: 'What webhooks were told, and what became of each, newest first',
      question: listSchema,
      answer: z.object({ messages: z.array(messageView), next: z.string().nullable() }),
    },
    async (response, { question: { cursor, limit, ...of } }) => {
      const after = cursor === undefined ? undefined : parseCursor(cursor);
      if (cursor !== undefined && after === undefined)
        return sendProblem(response, { type: 'badRequest', status: 400, title: '`cursor` is no answer’s `next`.' });
      const rows = await listMessages(database, { ...of, tenantNo, limit: limit + 1, after });
      const messages = rows.slice(0, limit);
      const last = messages.at(-1);
      return response.json({ messages, next: rows.length > limit && last !== undefined ? cursorOf(last.atMs, last.message) : null });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/webhook-messages/:message/again',
      summary: 'A message that arrived or failed is sent once more',
      question: messageName,
      answer: DONE,
      sight: 'somewhere',
    },
    async (response, { question }) => {
      if (!(await may(response))) return undefined;
      if (!(await tellAgain(database, tenantNo, question.message, clock.nowMs())))
        return sendProblem(response, { type: 'noSuchMessage', status: 404, title: 'There is no such message that is done.' });
      onMessageDue();
      return response.json({});
    },
  );
}
