/** Tax classes, tenders and what roles may do over HTTP: as a place has them, written under a scope after a look at what every store would read. */
import { ACTION_NAMES, isPin, MAX_AMOUNT_MINOR, MAX_RATE_BPS, MAX_VARIANTS, parseTaxVariants, SERVICES } from '@holdfast/domain';
import type { Response } from 'express';
import { z } from 'zod';

import { findPlace } from '../goods/merged-entities.ts';
import type { PasscodePorts } from '../passcodes/passcodes.ts';
import { createProofOfPerson, type ProofOfPerson } from '../passcodes/proof-of-person.ts';
import { createPermissions, scopesAt } from '../permissions/permissions.ts';
import { isPlainText } from '../plain-text.ts';
import { changeOfGrant, ROLE_RULES, rolesOfPlace } from '../rules/roles.ts';
import {
  previewRules,
  publishRules,
  type RuleError,
  type RuleJudge,
  type RuleKind,
  type RulePorts,
  rulesOfPlace,
  type RuleWish,
} from '../rules/rule-changes.ts';
import { approversAt } from '../rules/second-person.ts';
import { changeOfClass, createTaxJudge, previewTaxClasses, TAX_RULES } from '../rules/tax-classes.ts';
import { createTenderJudge, TENDER_RULES } from '../rules/tenders.ts';
import { principalAt } from '../sign-in/posts.ts';
import { ROLES, RULES, RULES_WRITTEN, TAXES_WRITTEN } from './answers/rule.ts';
import type { Api } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { sendProof } from './campaign-routes.ts';
import { mayConsole } from './judge.ts';
import { PRICE_SCOPE } from './price-routes.ts';
import { sendProblem } from './problems.ts';
import { lineOf } from './text-schemas.ts';

export type RuleRoutePorts = RulePorts & PasscodePorts;

/** A name on each line. */
const lines = z
  .string()
  .max(4_000)
  .refine((value) => isPlainText(value, 4_000), 'holds control characters');
const placeSchema = z.object({ scope: PRICE_SCOPE.default('global') });
const previewSchema = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});
const name = lineOf(64).trim().min(1);
const amount = z.int().min(0).max(MAX_AMOUNT_MINOR);
const writing = {
  scope: PRICE_SCOPE,
  /** What it is for, as the page Audit says. */
  reason: lineOf(200).trim().min(1),
  /** `lsn` of what was read: refused where one of these was changed there since. */
  basedOn: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
};
const key = z.string().regex(/^[\w-]{1,40}$/, 'is 1 to 40 letters, digits, dashes and underscores');
const MOST_WRITTEN = 200;
const each = <T extends z.ZodType>(row: T, keyOf: (value: z.output<T>) => string) =>
  z
    .array(row)
    .max(MOST_WRITTEN)
    .refine((rows) => new Set(rows.map(keyOf)).size === rows.length, 'names one of them twice');

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD');
const component = z.strictObject({
  component: z.string().min(1).max(40),
  name,
  ratePpm: z.int().min(0).optional(),
  on: z.array(z.string().max(40)).max(12).optional(),
  perUnitMinor: z.int().min(0).optional(),
  currency: z.string().max(3).optional(),
});
const period = z.strictObject({
  from: date.optional(),
  to: date.optional(),
  service: z.enum(SERVICES).optional(),
  exempt: z.literal(true).optional(),
  name: name.optional(),
  taxes: z.array(component).max(12),
});
/** What is a list of periods here is one to a lane, or it is refused with the place that is wrong. */
const periods = z
  .array(period)
  .max(MAX_VARIANTS)
  .transform((rows, context) => {
    if (rows.length === 0) return [];
    const read = parseTaxVariants(JSON.stringify(rows));
    if (read.ok) return read.value;
    context.addIssue({ code: 'custom', message: `${read.error.field} is not ${read.error.expected}` });
    return z.NEVER;
  });
const taxSchema = z.object({
  ...writing,
  classes: each(
    z.strictObject({ taxClass: key, name, rateBps: z.int().min(0).max(MAX_RATE_BPS), periods: periods.default([]) }),
    ({ taxClass }) => taxClass,
  ).default([]),
  /** Classes of which the scope says nothing any more. */
  removed: each(key, (taxClass) => taxClass).default([]),
  /** Who writes it: a key of the staff's. */
  by: lineOf(64).min(1).optional(),
  /** Another one, who may publish there, and what they sign on with: asked for where there is such a person. */
  approval: z.object({ by: lineOf(64).min(1), pin: z.string().refine(isPin, 'is 4 to 12 digits') }).optional(),
});

const tenderFields = z.strictObject({
  kind: z.string().max(20).optional(),
  name: name.nullable().optional(),
  position: z.int().nullable().optional(),
  overTender: z.string().max(20).nullable().optional(),
  refundTo: z.string().max(20).nullable().optional(),
  maximumMinor: amount.nullable().optional(),
  takesTips: z.boolean().nullable().optional(),
  cashBackMaximumMinor: amount.nullable().optional(),
  currency: z.string().max(3).nullable().optional(),
  rateAmount: z.int().nullable().optional(),
  rateDecimals: z.int().nullable().optional(),
  eligibleSkus: lines.nullable().optional(),
  eligibleTaxClasses: lines.nullable().optional(),
  keepsBalance: z.boolean().nullable().optional(),
  untaxes: z.boolean().nullable().optional(),
  isStandAlone: z.boolean().nullable().optional(),
  asksSignature: z.boolean().nullable().optional(),
});
const tenderSchema = z.object({
  ...writing,
  tenders: each(
    /** Fields that are not named stay as they are; without any, the scope says nothing of it any more. */
    z.strictObject({ tenderType: key, fields: tenderFields.nullable() }),
    ({ tenderType }) => tenderType,
  ),
});

const roleSchema = z.object({
  ...writing,
  grants: each(
    z.strictObject({
      role: z.string().regex(/^[a-z][\w-]{0,39}$/, 'is a name of small letters, digits, dashes and underscores'),
      action: z.enum(ACTION_NAMES as [(typeof ACTION_NAMES)[number], ...(typeof ACTION_NAMES)[number][]]),
      /** Null: the scope says nothing of it any more. */
      isAllowed: z.boolean().nullable(),
      limit: amount.nullable().default(null),
    }),
    ({ role, action }) => `${role} ${action}`,
  ),
});

export function addRuleRoutes(api: Api, ports: RuleRoutePorts): void {
  addTaxRoutes(api, ports);
  api.add(
    {
      method: 'get',
      path: '/api/v1/tenders',
      summary: 'What a place takes in payment, and which scope says so',
      question: placeSchema,
      answer: RULES,
    },
    async (response, { question }) => tellRules(ports, response, question.scope, TENDER_RULES),
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/tenders',
      summary: 'Writes tenders under a scope, as one publication',
      question: previewSchema,
      body: tenderSchema,
      answer: RULES_WRITTEN,
    },
    async (response, { question, body }) => {
      const changes = body.tenders.map(({ tenderType, fields }) => ({ key: tenderType, fields: fields && definedOf(fields) }));
      return write(ports, response, { ...body, changes, kind: TENDER_RULES, judge: createTenderJudge(ports.tenantNo) }, question.preview);
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/roles',
      summary: 'What each role may do at a place, and which scope says so',
      question: placeSchema,
      answer: ROLES,
    },
    async (response, { question }) => {
      const place = await findPlace(ports.database, ports.tenantNo, question.scope);
      if (place === undefined) sendNoPlace(response, question.scope);
      else response.json(await rolesOfPlace(place));
    },
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/roles',
      summary: 'Writes what roles may do under a scope, as one publication',
      question: previewSchema,
      body: roleSchema,
      answer: RULES_WRITTEN,
    },
    async (response, { question, body }) =>
      write(ports, response, { ...body, changes: body.grants.map(changeOfGrant), kind: ROLE_RULES }, question.preview),
  );
}

const definedOf = <T extends object>(fields: T): { readonly [Key in keyof T]: Exclude<T[Key], undefined> } =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

function addTaxRoutes(api: Api, ports: RuleRoutePorts): void {
  const people = createProofOfPerson(ports);
  const judge = createTaxJudge(ports);
  api.add(
    {
      method: 'get',
      path: '/api/v1/tax-classes',
      summary: 'Tax classes as a place has them, and which scope says so',
      question: placeSchema,
      answer: RULES,
    },
    async (response, { question }) => tellRules(ports, response, question.scope, TAX_RULES),
  );
  api.add(
    {
      method: 'put',
      path: '/api/v1/tax-classes',
      summary: 'Writes tax classes under a scope, as one publication; takes a second person where there is one',
      question: previewSchema,
      body: taxSchema,
      answer: TAXES_WRITTEN,
    },
    async (response, { question, body }) => {
      const { scope, by, approval } = body;
      if (!(await isPlace(ports, response, scope)) || !(await mayConsole(ports, response, 'publish', [scope]))) return undefined;
      if (by !== undefined && !(await people.isStaff(by))) return sendProof(response, { type: 'noSuchStaff' });
      const changes = [
        ...body.classes.map((written) => changeOfClass(written, scope)),
        ...body.removed.map((taxClass) => ({ key: taxClass, fields: null })),
      ];
      const wish = { scope, changes };
      const shown = await previewTaxClasses(ports, wish);
      if (!shown.ok) return sendRefusal(response, shown.error);
      const asker = askerOf(response);
      // Behind glass nobody is known: whoever it is says so.
      const named = asker.isBreakGlass === true ? by : asker.user;
      const writer = named ?? asker.user;
      const approvers = await approversAt(ports.database, ports.tenantNo, scope, writer);
      if (question.preview) return void response.json({ ...shown.value, approvers });
      if (approvers.length > 0 && !(await isApproved(ports, people, response, { scope, by: named, approval }))) return undefined;
      const who = approval === undefined || approvers.length === 0 ? writer : approval.by;
      const published = await publishRules(ports, TAX_RULES, { ...wish, reason: body.reason, basedOn: body.basedOn, by: who }, judge);
      return published.ok ? void response.json(published.value) : sendRefusal(response, published.error);
    },
  );
}

interface Approval {
  readonly scope: string;
  readonly by: string | undefined;
  readonly approval: z.output<typeof taxSchema>['approval'];
}

/** Once it is not, the answer is a problem that says why. */
async function isApproved(
  ports: RuleRoutePorts,
  people: ProofOfPerson,
  response: Response,
  { scope, by, approval }: Approval,
): Promise<boolean> {
  const refuse = (title: string): boolean => {
    sendProblem(response, { type: 'secondPersonNeeded', status: 403, title: `${title} Nothing was changed.` });
    return false;
  };
  if (by === undefined || approval === undefined)
    return refuse('Whoever writes it says who they are, and somebody else who may publish there approves it with their PIN.');
  if (approval.by === by) return refuse('Whoever writes it does not approve it.');
  const proven = await people.prove(approval.by, approval.pin);
  if (!proven.ok) {
    sendProof(response, proven.error);
    return false;
  }
  const principal = principalAt(proven.value, await scopesAt(ports.database, ports.tenantNo, scope));
  const permission = await createPermissions(ports.database, ports.tenantNo).ask(principal, 'publish', scope);
  return permission.ok || refuse(`${approval.by} may not publish at ${scope}.`);
}

async function isPlace(ports: RuleRoutePorts, response: Response, scope: string): Promise<boolean> {
  if ((await findPlace(ports.database, ports.tenantNo, scope)) !== undefined) return true;
  sendNoPlace(response, scope);
  return false;
}

async function tellRules(ports: RuleRoutePorts, response: Response, scope: string, kind: RuleKind): Promise<void> {
  const place = await findPlace(ports.database, ports.tenantNo, scope);
  if (place === undefined) sendNoPlace(response, scope);
  else response.json(await rulesOfPlace(place, kind));
}

interface Written extends RuleWish {
  readonly kind: RuleKind;
  readonly judge?: RuleJudge;
  readonly reason: string;
  readonly basedOn?: number | undefined;
}

async function write(ports: RuleRoutePorts, response: Response, written: Written, isPreview: boolean): Promise<void> {
  const { kind, judge, reason, basedOn, scope, changes } = written;
  // Grants are changed by who may publish everywhere: so a denial at a place can be undone.
  const asked = kind === ROLE_RULES ? ['global', scope] : [scope];
  if (!(await isPlace(ports, response, scope)) || !(await mayConsole(ports, response, 'publish', asked))) return;
  if (isPreview) {
    const shown = await previewRules(ports, kind, { scope, changes }, judge);
    if (shown.ok) response.json({ groups: shown.value.groups });
    else sendRefusal(response, shown.error);
    return;
  }
  const published = await publishRules(ports, kind, { scope, changes, reason, basedOn, by: askerOf(response).user }, judge);
  if (published.ok) response.json(published.value);
  else sendRefusal(response, published.error);
}

const sendNoPlace = (response: Response, scope: string): void =>
  sendProblem(response, { type: 'noSuchPlace', status: 404, title: `There is no store at ${scope}.` });

/** Of a role's grant the two parts of the key. */
const named = (ruleKey: string): string => ruleKey.replace('\u001F', ', ');

function sendRefusal(response: Response, error: RuleError): void {
  const { type } = error;
  if (type === 'nothingWritten')
    return sendProblem(response, { type, status: 422, title: 'There is nothing in it to write. Nothing was changed.' });
  if (type === 'noSuchRule')
    return sendProblem(response, { type, status: 422, title: `Nothing is said of ${named(error.key)} there. Nothing was changed.` });
  if (type === 'changedSince')
    return sendProblem(response, {
      type,
      status: 409,
      title: `Somebody changed ${named(error.key)} since you looked. Nothing was changed: look again.`,
    });
  return sendProblem(response, {
    type,
    status: 422,
    title: `${named(error.key)}, at ${error.store}: ${error.reason}. Nothing was changed.`,
  });
}
