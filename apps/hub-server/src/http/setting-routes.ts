/** Settings over HTTP: what a place has and where each value comes from, written under a scope after a look at what every store would read. */
import type { Response } from 'express';
import { z } from 'zod';

import { findPlace } from '../goods/merged-entities.ts';
import { isPlainText } from '../plain-text.ts';
import { previewSettings, publishSettings, settingsOfPlace, type SettingError, type SettingPorts } from '../settings/settings.ts';
import { RULES_WRITTEN, SETTINGS } from './answers/rule.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole } from './judge.ts';
import { PRICE_SCOPE } from './price-routes.ts';
import { sendProblem } from './problems.ts';

const MAX_VALUE = 4_000;
const placeSchema = z.object({ scope: PRICE_SCOPE.default('global') });
const previewSchema = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});
export const SETTING_VALUE = z
  .string()
  .max(MAX_VALUE)
  .refine((text) => isPlainText(text, MAX_VALUE), 'holds control characters');
const writeSchema = z.object({
  scope: PRICE_SCOPE,
  /** By key; null: the scope says nothing of it any more, and what is broader holds. */
  values: z
    .record(z.string().min(1).max(64), SETTING_VALUE.nullable())
    .refine((values) => Object.keys(values).length > 0, 'names no setting'),
  /** What it is for, as the page Audit says. */
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => isPlainText(text, 200) && !text.includes('\n'), 'holds control characters')
    .default('settings changed'),
  /** `lsn` of what was read: refused where one of these settings was changed there since. */
  basedOn: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});

export function addSettingRoutes(api: Api, ports: SettingPorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/settings',
      sight: 'place',
      summary: 'All settings of a place, and which scope each value comes from',
      question: placeSchema,
      answer: SETTINGS,
    },
    async (response, { question }) => {
      const place = await findPlace(ports.database, ports.tenantNo, question.scope);
      if (place === undefined) sendNoPlace(response, question.scope);
      else response.json(await settingsOfPlace(place));
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/settings',
      sight: 'somewhere',
      summary: 'Writes settings of a scope, as one publication',
      question: previewSchema,
      body: writeSchema,
      answer: RULES_WRITTEN,
    },
    async (response, { question, body }) => {
      if ((await findPlace(ports.database, ports.tenantNo, body.scope)) === undefined) return sendNoPlace(response, body.scope);
      if (!(await mayConsole(ports, response, 'publish', [body.scope]))) return undefined;
      if (question.preview) {
        const shown = await previewSettings(ports, body);
        return shown.ok ? void response.json({ groups: shown.value }) : sendRefusal(response, shown.error);
      }
      const published = await publishSettings(ports, { ...body, by: askerOf(response).user });
      return published.ok ? void response.json(published.value) : sendRefusal(response, published.error);
    },
  );
}

const sendNoPlace = (response: Response, scope: string): void =>
  sendProblem(response, { type: 'noSuchPlace', status: 404, title: `There is no store at ${scope}.` });

function sendRefusal(response: Response, error: SettingError): void {
  const { type, key } = error;
  if (type === 'unknownSetting')
    return sendProblem(response, { type, status: 422, title: `There is no setting ${key} that is written here. Nothing was changed.` });
  if (type === 'changedSince')
    return sendProblem(response, {
      type,
      status: 409,
      title: `Somebody changed ${key} since you looked. Nothing was changed: look again.`,
    });
  return sendProblem(response, {
    type,
    status: 422,
    title: `${key} would mean nothing at ${error.store}: it is ${error.expected}. Nothing was changed.`,
  });
}
