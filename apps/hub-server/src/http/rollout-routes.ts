/** Roll-outs: started, taken on, paused, completed and rolled back from headquarters. */
import type { Response } from 'express';
import { z } from 'zod';

import type { RolloutError, Rollouts } from '../catalog/rollout.ts';
import { isPlainText } from '../plain-text.ts';
import { atMs } from './answers/parts.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole, type JudgePorts } from './judge.ts';
import { sendProblem } from './problems.ts';

export interface RolloutRoutePorts extends JudgePorts {
  readonly rollouts: Rollouts;
}

const MAX_NAME_LENGTH = 200;
const plain = z
  .string()
  .max(MAX_NAME_LENGTH)
  .refine((text) => isPlainText(text, MAX_NAME_LENGTH), 'holds control characters');
const startSchema = z.object({
  name: plain.min(1),
  waves: z
    .array(z.array(z.string().min(1).max(64)).min(1).max(1_000))
    .min(1)
    .max(50),
  cells: z
    .array(
      z.object({
        type: z.union([z.string(), z.int()]),
        key: z.string(),
        fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      }),
    )
    .min(1)
    .max(2_000),
});
const stepSchema = z.object({
  rollout: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  step: z.enum(['advance', 'pause', 'resume', 'complete', 'rollBack']),
});
const reasonSchema = z.object({ reason: plain.optional() }).prefault({});

const ROLLOUT = z.object({
  rollout: z.int(),
  name: z.string(),
  /** The stores of each. */
  waves: z.array(z.array(z.string())),
  /** Waves that were published. */
  reached: z.int(),
  state: z.enum(['running', 'paused', 'completed', 'rolledBack']),
  reason: z.string().nullable(),
  changedAtMs: atMs,
});

export function addRolloutRoutes(api: Api, ports: RolloutRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/rollouts',
      summary: 'Roll-outs, and which stores each has reached',
      answer: z.object({ rollouts: z.array(ROLLOUT) }),
    },
    async (response) => {
      response.json({ rollouts: await ports.rollouts.list() });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/rollouts',
      sight: 'somewhere',
      summary: 'Begins a roll-out with its first wave of stores',
      body: startSchema,
      status: 201,
      answer: ROLLOUT,
    },
    async (response, { body: wanted }) => {
      const scopes = ['global', ...wanted.waves.flat().map((store) => `store:${store}`)];
      if (!(await mayConsole(ports, response, 'publish', scopes))) return;
      const started = await ports.rollouts.start({
        name: wanted.name,
        waves: wanted.waves,
        changes: wanted.cells,
        by: askerOf(response).user,
      });
      if (started.ok) response.status(201).json(started.value);
      else sendRefusal(response, started.error);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/rollouts/:rollout/:step',
      sight: 'somewhere',
      summary: 'Takes a roll-out on, pauses, completes it or rolls it back',
      question: stepSchema,
      body: reasonSchema,
      answer: ROLLOUT,
    },
    async (response, { question, body }) => {
      const { rollout, step } = question;
      if (!(await mayConsole(ports, response, 'publish', await ports.rollouts.scopesOf(rollout)))) return;
      const taken = await ports.rollouts.take(rollout, { step, by: askerOf(response).user, reason: body.reason });
      if (taken.ok) response.json(taken.value);
      else sendRefusal(response, taken.error);
    },
  );
}

function sendRefusal(response: Response, error: RolloutError): void {
  if (error.type === 'badChange')
    return sendProblem(response, { type: 'badChange', status: 422, title: `${error.reason}. Nothing was published.` });
  if (error.type === 'noSuchStore')
    return sendProblem(response, { type: 'noSuchStore', status: 404, title: `There is no store ${error.store}.` });
  if (error.type === 'noSuchRollout')
    return sendProblem(response, { type: 'noSuchRollout', status: 404, title: 'There is no roll-out of that number.' });
  return sendProblem(response, {
    type: 'notNow',
    status: 409,
    title: `The roll-out is ${error.state}, or has reached all of its waves. Nothing was changed.`,
  });
}
