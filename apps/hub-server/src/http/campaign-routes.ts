/** Price campaigns over HTTP: written together, reviewed by somebody else, published as one. */
import { ok } from '@holdfast/base';
import { isPin } from '@holdfast/domain';
import type { Response } from 'express';
import { z } from 'zod';

import type { PasscodePorts } from '../passcodes/passcodes.ts';
import { createProofOfPerson, type ProofError, type ProofOfPerson, type ProvenPerson } from '../passcodes/proof-of-person.ts';
import { createPermissions, scopesAt } from '../permissions/permissions.ts';
import {
  CAMPAIGN_STEPS,
  findCampaign,
  listCampaigns,
  MOST_LINES,
  openCampaign,
  previewCampaign,
  scopesOfCampaign,
  takeCampaign,
  writeCampaign,
  type CampaignError,
  type CampaignPorts,
  type CampaignStep,
  type WholeCampaign,
} from '../prices/campaigns.ts';
import { principalAt } from '../sign-in/posts.ts';
import { CAMPAIGN, CAMPAIGNS, PRICE_PREVIEW } from './answers/price.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { mayConsole } from './judge.ts';
import { priceLineSchema, sendPriceError } from './price-routes.ts';
import { sendProblem } from './problems.ts';
import { lineOf } from './text-schemas.ts';

export type CampaignRoutePorts = CampaignPorts & PasscodePorts;

/** The key of a `staff` entity: who does it, behind glass; whoever signed in is who they are. */
const person = lineOf(64).min(1);
const name = lineOf(200).trim().min(1);
const version = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const lineName = z.string().regex(/^[\w-]{1,64}$/, 'is made of letters, digits, dashes and underscores');
const campaignNo = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const campaignName = z.object({ campaign: campaignNo });
const openSchema = z.object({ name, by: person.optional() });
const writeSchema = z.object({
  by: person.optional(),
  name: name.optional(),
  lines: z
    .array(z.object({ line: lineName, content: priceLineSchema.nullable(), basedOn: version.default(0) }))
    .max(MOST_LINES)
    .refine((lines) => new Set(lines.map(({ line }) => line)).size === lines.length, 'names a line twice')
    .default([]),
  /** Lines of which what was overtaken has been seen. */
  cleared: z.array(lineName).max(MOST_LINES).default([]),
});
const stepName = campaignName.extend({ step: z.enum(CAMPAIGN_STEPS) });
const stepSchema = z.object({
  by: person.optional(),
  /** Of `submit` and `approve` behind glass: what `by` signs on with. */
  pin: z.string().refine(isPin, 'is 4 to 12 digits').optional(),
  version,
  note: lineOf(500).optional(),
  basedOn: version.optional(),
  urgent: z.boolean().optional(),
});
/** Who asks for a review and who approves says so in person. */
const PROVEN: ReadonlySet<CampaignStep> = new Set(['submit', 'approve']);

export function addCampaignRoutes(api: Api, ports: CampaignRoutePorts): void {
  const people = createProofOfPerson(ports);
  api.add(
    { method: 'get', path: '/api/v1/price-campaigns', summary: 'Price campaigns, newest first', answer: CAMPAIGNS },
    async (response) => void response.json({ campaigns: await listCampaigns(ports) }),
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/price-campaigns',
      summary: 'Begins a price campaign',
      body: openSchema,
      status: 201,
      answer: CAMPAIGN,
    },
    async (response, { body }) => {
      const by = await doerOf(people, response, body.by);
      if (by !== undefined) response.status(201).json(await openCampaign(ports, { ...body, by }));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/price-campaigns/:campaign',
      summary: 'A price campaign with its lines',
      question: campaignName,
      answer: CAMPAIGN,
    },
    async (response, { question }) => {
      const campaign = await findCampaign(ports.database, ports, question.campaign);
      if (campaign === undefined) sendRefusal(response, { type: 'noSuchCampaign' });
      else response.json(campaign);
    },
  );
  api.add(
    {
      method: 'patch',
      path: '/api/v1/price-campaigns/:campaign',
      summary: 'Joins lines that somebody wrote with what others wrote in the meantime',
      question: campaignName,
      body: writeSchema,
      answer: CAMPAIGN,
    },
    async (response, { question, body }) => {
      const by = await doerOf(people, response, body.by);
      if (by === undefined) return;
      const written = await writeCampaign(ports, question.campaign, { ...body, by });
      if (written.ok) response.json(written.value);
      else sendRefusal(response, written.error);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/price-campaigns/:campaign/preview',
      summary: 'What each store would get of a price campaign as it stands',
      question: campaignName,
      answer: PRICE_PREVIEW,
    },
    async (response, { question }) => {
      const shown = await previewCampaign(ports, question.campaign);
      if (shown.ok) response.json(shown.value);
      else sendRefusal(response, shown.error);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/price-campaigns/:campaign/:step',
      summary: 'Asks for a review, approves, sends back, publishes or drops a price campaign',
      question: stepName,
      body: stepSchema,
      answer: CAMPAIGN,
    },
    async (response, { question, body }) => {
      const held = await findCampaign(ports.database, ports, question.campaign);
      if (held === undefined) return sendRefusal(response, { type: 'noSuchCampaign' });
      const by = await doerOf(people, response, body.by);
      if (by === undefined || !(await mayTake(ports, people, response, { held, step: question.step, by, pin: body.pin }))) return undefined;
      const taken = await takeCampaign(ports, question.campaign, question.step, { ...body, by });
      return taken.ok ? void response.json(taken.value.campaign) : sendRefusal(response, taken.error);
    },
  );
}

/** Undefined once it was refused. */
async function doerOf(people: ProofOfPerson, response: Response, by: string | undefined): Promise<string | undefined> {
  const asker = askerOf(response);
  if (asker.isBreakGlass !== true) {
    if (by === undefined || by === asker.user) return asker.user;
    sendProblem(response, { type: 'notYou', status: 403, title: 'You are signed in as somebody else. Nothing was changed.' });
    return undefined;
  }
  if (by === undefined)
    sendProblem(response, {
      type: 'badRequest',
      status: 400,
      title: 'The request is not what this path takes.',
      detail: 'by: says who does it, where nobody signed in',
    });
  else if (await people.isStaff(by)) return by;
  else sendProof(response, { type: 'noSuchStaff' });
  return undefined;
}

interface Wanted {
  readonly held: WholeCampaign;
  readonly step: CampaignStep;
  readonly by: string;
  readonly pin: string | undefined;
}

async function mayTake(
  ports: CampaignRoutePorts,
  people: ProofOfPerson,
  response: Response,
  { held, step, by, pin }: Wanted,
): Promise<boolean> {
  if (step === 'publish' && !(await mayConsole(ports, response, 'publish', scopesOfCampaign(held)))) return false;
  if (!PROVEN.has(step)) return true;
  const asker = askerOf(response);
  // Whoever signed in has proven who they are.
  const proven = asker.isBreakGlass === true ? await people.prove(by, pin ?? '') : ok<ProvenPerson>(asker);
  if (!proven.ok) {
    sendProof(response, proven.error);
    return false;
  }
  if (step === 'submit') return true;
  // Prices that it cannot be judged by are refused before it is approved.
  const shown = await previewCampaign(ports, held.campaign);
  if (!shown.ok) {
    sendRefusal(response, shown.error);
    return false;
  }
  return mayPublish(ports, response, proven.value, scopesOfCampaign(held));
}

async function mayPublish(ports: CampaignRoutePorts, response: Response, who: ProvenPerson, scopes: readonly string[]): Promise<boolean> {
  const permissions = createPermissions(ports.database, ports.tenantNo);
  for (const scope of scopes) {
    const principal = principalAt(who, await scopesAt(ports.database, ports.tenantNo, scope));
    const permission = await permissions.ask(principal, 'publish', scope);
    if (permission.ok) continue;
    const title = `${who.user} may not publish at ${scope}. Nothing was changed.`;
    sendProblem(response, { type: permission.error.type, status: 403, title });
    return false;
  }
  return true;
}

/** Why somebody is not who they say. */
export function sendProof(response: Response, error: ProofError): void {
  if (error.type === 'noSuchStaff')
    return sendProblem(response, { type: error.type, status: 404, title: 'Nobody of that key is on the staff. Nothing was changed.' });
  if (error.type === 'wrongPin')
    return sendProblem(response, { type: error.type, status: 403, title: 'That is not the PIN of that person. Nothing was changed.' });
  response.setHeader('Retry-After', String(error.retryAfterSeconds));
  return sendProblem(response, {
    type: error.type,
    status: 429,
    title: 'Too many wrong PINs of that person. Wait a few minutes. Nothing was changed.',
  });
}

function sendRefusal(response: Response, error: CampaignError): void {
  const { type } = error;
  if (type === 'badPrice') return sendPriceError(response, error);
  if (type === 'noSuchCampaign') return sendProblem(response, { type, status: 404, title: 'There is no such campaign.' });
  if (type === 'notNow') return sendProblem(response, { type, status: 409, title: `The campaign is ${error.state}. Nothing was changed.` });
  if (type === 'noLines') return sendProblem(response, { type, status: 422, title: 'The campaign has no prices. Nothing was changed.' });
  if (type === 'tooManyLines')
    return sendProblem(response, { type, status: 422, title: `A campaign has at most ${MOST_LINES} prices. Nothing was changed.` });
  if (type === 'ownWork')
    return sendProblem(response, {
      type,
      status: 403,
      title: `${error.by} wrote of this campaign, or asked for its review: somebody else approves it. Nothing was changed.`,
    });
  if ('what' in error) return sendPriceError(response, error);
  return sendProblem(response, {
    type,
    status: 409,
    title: 'Somebody changed the campaign since you looked. Nothing was changed: look again.',
  });
}
