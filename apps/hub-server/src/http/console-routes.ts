/** What the console and the command line call. JSON, judged by zod; refusals are problems. */
import { assert } from '@holdfast/base';
import {
  ACCOUNT_KINDS,
  businessDateOf,
  currencyOf,
  ENTITY_TYPES,
  type EntityType,
  isBadge,
  isPin,
  isReference,
  isTimeZone,
  isWeakPin,
  minorDigitsOf,
} from '@holdfast/domain';
import { qrSvg } from '@holdfast/paper/symbols';
import { splitScope } from '@holdfast/sync';
import express, { type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';

import { listAccountMovements, listAccounts } from '../accounts/accounts.ts';
import { isScope } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import { readOverview, readSold, readStock, type OverviewPorts } from '../console-api/overview.ts';
import { readWeek, type WeekPorts } from '../console-api/week.ts';
import { DEVICE_ROLES, issueCode, type CodeError } from '../enrolment/enrol.ts';
import { createStore, listStores } from '../enrolment/stores.ts';
import { readSuccessors } from '../enrolment/successors.ts';
import type { PicturePorts } from '../goods/pictures.ts';
import { runImport, type Importer, type ImportQuestion } from '../import/importer.ts';
import { IMPORTERS } from '../import/importers.ts';
import { findSales } from '../ledger/find-sales.ts';
import type { Folder } from '../ledger/folder.ts';
import { createMissingReferences } from '../ledger/missing-references.ts';
import { listReturnExceptions } from '../ledger/returns.ts';
import { findSale, listSales, parseSalesCursor } from '../ledger/sales.ts';
import { listSetAside, retrySetAside } from '../ledger/set-aside.ts';
import { listUnlistedCodes } from '../ledger/unlisted-codes.ts';
import { verifyLedger, type VerifyPorts } from '../ledger/verify.ts';
import { createSealer, listPasscodeSecrets, mintPasscodeSecret } from '../passcodes/passcodes.ts';
import { listStaff, type StaffView } from '../passcodes/staff.ts';
import { createPermissions, type Permissions } from '../permissions/permissions.ts';
import { isPlainText } from '../plain-text.ts';
import { placesOfSignIns } from '../sign-in/sign-ins.ts';
import { readExposure } from '../standings/exposure.ts';
import { addAccountRoutes, type AccountRoutePorts } from './account-routes.ts';
import { answerOnce, type AnswerOncePorts } from './answer-once.ts';
import { ACCOUNT, ACCOUNTS } from './answers/account.ts';
import { OVERVIEW, WEEK } from './answers/overview.ts';
import { atMs, PUBLISHED } from './answers/parts.ts';
import { VERIFICATION } from './answers/proof.ts';
import { EXPOSURE, FOUND_SALES, MISSING_REFERENCES, RETURN_EXCEPTIONS, SALE, SALES, SET_ASIDE, UNLISTED_CODES } from './answers/sale.ts';
import { STAFF } from './answers/sign-in.ts';
import { LISTED_STORE, STORE } from './answers/store.ts';
import { createApi, type Api, type ApiPath } from './api-paths.ts';
import { addApiTokenRoutes } from './api-token-routes.ts';
import { askerOf, type Asker } from './asker.ts';
import { addAttendanceRoutes } from './attendance-routes.ts';
import { addAttributeRoutes } from './attribute-routes.ts';
import { addAuditRoutes, type AuditRoutePorts } from './audit-routes.ts';
import { addAuthorityRoutes } from './authority-routes.ts';
import { addBulkRoutes } from './bulk-routes.ts';
import { addCampaignRoutes } from './campaign-routes.ts';
import { addCardRoutes } from './card-routes.ts';
import { addChangeRoutes } from './change-routes.ts';
import { addCollectionRoutes } from './collection-routes.ts';
import { addCustomerRoutes } from './customer-routes.ts';
import { addDevicePageRoutes, type DevicePageRoutePorts } from './device-page-routes.ts';
import { addDocumentRoutes, type DocumentRoutePorts } from './document-routes.ts';
import { createFieldGuard, placesOfCostsWritten } from './field-guard.ts';
import { addFilingRoutes } from './filing-routes.ts';
import { addGoodsRoutes } from './goods-routes.ts';
import { addInvoiceRoutes } from './invoice-routes.ts';
import { mayConsole, mayWriteAlone } from './judge.ts';
import { addLiveRoute, type LiveRoutePorts } from './live-route.ts';
import { addMailRoutes, type MailRoutePorts } from './mail-routes.ts';
import { addDocumentOfApi } from './openapi-routes.ts';
import { createApiPace } from './pace.ts';
import { addPersonRoutes, type PersonRoutePorts } from './person-routes.ts';
import { addPictureRoutes } from './picture-routes.ts';
import { addPriceRoutes } from './price-routes.ts';
import { NO_SUCH_PATH, sendProblem } from './problems.ts';
import { addProductRoutes } from './product-routes.ts';
import { addProviderRoutes, type ProviderRoutePorts } from './provider-routes.ts';
import { addReceiptRoutes } from './receipt-routes.ts';
import { addRefusalRoutes, type RefusalRoutePorts } from './refusal-routes.ts';
import { addRevocationRoutes, type RevocationRoutePorts } from './revocation-routes.ts';
import { addRolloutRoutes, type RolloutRoutePorts } from './rollout-routes.ts';
import { addRuleRoutes } from './rule-routes.ts';
import { limitFailures } from './security.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addSettingRoutes } from './setting-routes.ts';
import { createNarrowly, createSight, type NarrowlyPorts } from './sight.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import { addSimulationRoutes } from './simulation-routes.ts';
import { addSnapshotRoutes, type SnapshotRoutePorts } from './snapshot-routes.ts';
import { addStoreDayRoutes } from './store-day-routes.ts';
import { addStyleRoutes } from './style-routes.ts';
import { addSuccessorRoutes } from './successor-routes.ts';
import { wordOf } from './text-schemas.ts';
import { addWebhookRoutes, type WebhookRoutePorts } from './webhook-routes.ts';

export interface ConsoleRoutePorts
  extends
    RevocationRoutePorts,
    VerifyPorts,
    OverviewPorts,
    WeekPorts,
    RolloutRoutePorts,
    DocumentRoutePorts,
    AuditRoutePorts,
    RefusalRoutePorts,
    SnapshotRoutePorts,
    PersonRoutePorts,
    MailRoutePorts,
    PicturePorts,
    AccountRoutePorts,
    ProviderRoutePorts,
    WebhookRoutePorts,
    DevicePageRoutePorts,
    NarrowlyPorts,
    LiveRoutePorts,
    AnswerOncePorts {
  readonly catalog: Catalog;
  readonly folder: Folder;
  /** Entries that were set aside are applied. */
  readonly onApplied: () => void;
  readonly logger: Logger;
}

const FAILURES_PER_MINUTE = 300;
/** What is read out of folds. */
const FOLDED_PATHS = [
  'overview',
  'devices',
  'sales',
  'returns',
  'accounts',
  'grants',
  'return-rights',
  'exposure',
  'sold',
  'stock',
  'stock-questions',
  'verify',
  'set-aside',
  'missing-references',
  'exceptions',
  'unlisted-codes',
  'conflicts',
  'card-cases',
  'store-days',
  'attendance',
  'invoices',
  'customers',
  'receipt-mails',
  'price-simulations',
].map((name) => `/api/v1/${name}`);

const storeName = wordOf(64).regex(/^[\w.-]+$/, 'is made of letters, digits, dots, dashes and underscores');
const currency = z.string().refine((text) => currencyOf(text) !== undefined, 'is a currency (ISO 4217) that this build knows');

const storeSchema = z.object({
  store: storeName,
  name: wordOf(200),
  zone: storeName.default('1'),
  currency,
  timeZone: z.string().refine(isTimeZone, 'is an IANA time zone'),
  taxInclusive: z.boolean(),
  address: z
    .string()
    .max(500)
    .refine((text) => isPlainText(text, 500), 'holds control characters')
    .default(''),
});

const codeSchema = z.object({
  store: storeName,
  lane: z.int().min(1).max(9_999).optional(),
  name: wordOf(200).optional(),
  role: z.enum(DEVICE_ROLES).optional(),
  /** Where the device reaches the hub: with it the answer has the command that enrols it, and that as a QR code. */
  hub: z
    .string()
    .max(200)
    .regex(/^https?:\/\/[\w.:[\]-]+$/, 'is a hub’s address: https://NAME or https://NAME:PORT')
    .optional(),
});

const publicationSchema = z.object({
  cells: z
    .array(
      z.object({
        type: z.union([z.string(), z.int()]),
        key: z.string(),
        scope: z.string(),
        fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
        removed: z.literal(true).optional(),
      }),
    )
    .max(50_000),
  /** Lanes show it before whatever else is on its way to them. */
  urgent: z.boolean().optional(),
  /** The lowest version of till that understands it; those below keep what they have, and say so. */
  minReader: z.int().min(1).max(1_000_000).optional(),
});

const salesSchema = z.object({
  date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD')
    .optional(),
  store: wordOf(64).optional(),
  device: wordOf(64).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.string().max(500).optional(),
});

const MOST_SEARCHED_MS = 30 * 86_400_000;
const businessDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is YYYY-MM-DD')
  .refine((day) => !Number.isNaN(Date.parse(`${day}T00:00:00Z`)), 'is a date');
const salesSearchSchema = z
  .object({
    q: wordOf(200),
    /** Business dates, both included; a receipt’s number is found on any day. */
    from: businessDate,
    to: businessDate,
    store: wordOf(64).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MOST_SEARCHED_MS, 'are at most 31 days');
const saleSchema = z.object({
  device: wordOf(64),
  epoch: z.string().regex(/^[0-9a-f]{16}$/),
  seq: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});
const userSchema = z.object({ user: wordOf(64) });
/** `null` takes one away. What is sent is sealed, and kept nowhere as it came. */
const passcodesSchema = z
  .object({
    scope: z.string().refine(isScope, 'is global, zone:Z or store:S').default('global'),
    pin: z
      .string()
      .refine(isPin, 'is 4 to 12 digits')
      .refine((pin) => !isWeakPin(pin), 'is guessed first: one digit over and over, or a run')
      .nullable()
      .optional(),
    badge: z.string().refine(isBadge, 'is 6 to 128 printable characters').nullable().optional(),
  })
  .refine(({ pin, badge }) => pin !== undefined || badge !== undefined, 'has a pin or a badge');
const MAX_ACCOUNTS = 500;
const accountKind = z.enum(ACCOUNT_KINDS);
const reference = z.string().refine(isReference, 'is a reference');
/** Strict: whoever asks for one balance asks in a body (`/open`), and is not told of all. */
const accountsSchema = z.strictObject({
  account: accountKind.optional(),
  overdrawn: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  limit: z.coerce.number().int().min(1).max(MAX_ACCOUNTS).default(100),
});
const accountSchema = z.object({ account: accountKind, reference });
const returnExceptionsSchema = z.object({
  receiptNumber: wordOf(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const setAsideSchema = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) });
const unlistedCodesSchema = setAsideSchema.extend({
  /** As the catalogue would name it: this one alone. */
  code: wordOf(400).optional(),
});
const storeQuestionSchema = z.object({ store: wordOf(64).optional() });

/** `others`: what stands outside of `/api/`, for the document. */
export function createConsoleRoutes(ports: ConsoleRoutePorts, others: readonly ApiPath[] = []): Router {
  const router = express.Router();
  const api = createApi(router, {
    once: (path) => answerOnce(ports, path),
    keepsPace: createApiPace(ports.clock),
    maySee: createSight(ports),
    narrowly: createNarrowly(ports),
    fields: createFieldGuard(ports),
  });
  router.use(
    '/api/',
    limitFailures(ports.clock, { perMinute: FAILURES_PER_MINUTE, counts: (status) => status === 401 }),
    (_request, response, next) => {
      response.setHeader('Cache-Control', 'no-store');
      next();
    },
  );
  // They stand before the guard: nobody is signed in yet.
  addSignInRoutes(api, ports);
  addProviderRoutes(api, ports);
  router.use('/api/', ports.sessions.guard);
  // What was received before the question is in the answer, or folding is behind by more than a person should wait.
  router.use([...FOLDED_PATHS], async (_request, _response, next) => {
    await ports.folder.settle();
    next();
  });
  addSessionRoutes(api, ports);
  addAccountRoutes(api, ports);
  addApiTokenRoutes(api, ports);
  addStoreRoutes(api, ports);
  addSuccessorRoutes(api, ports);
  addDevicePageRoutes(api, ports);
  addRevocationRoutes(api, ports);
  addAuditRoutes(api, ports);
  addRefusalRoutes(api, ports);
  addStaffRoutes(api, ports);
  addSaleRoutes(api, ports);
  addSetAsideRoutes(api, ports);
  addBalanceRoutes(api, ports);
  addAuthorityRoutes(api, ports);
  addCatalogRoutes(api, ports);
  addChangeRoutes(api, ports);
  addRolloutRoutes(api, ports);
  addGoodsRoutes(api, ports);
  addPictureRoutes(api, ports);
  addProductRoutes(api, ports);
  addPriceRoutes(api, ports);
  addCollectionRoutes(api, ports);
  addBulkRoutes(api, ports);
  addStyleRoutes(api, ports);
  addAttributeRoutes(api, ports);
  addFilingRoutes(api, ports);
  addCampaignRoutes(api, ports);
  addSettingRoutes(api, ports);
  addReceiptRoutes(api, ports);
  addRuleRoutes(api, ports);
  addSimulationRoutes(api, ports);
  addAttendanceRoutes(api, ports);
  addStoreDayRoutes(api, ports);
  addInvoiceRoutes(api, ports);
  addCustomerRoutes(api, ports);
  addMailRoutes(api, ports);
  addCardRoutes(api, ports);
  addDocumentRoutes(api, ports);
  addPersonRoutes(api, ports);
  addSnapshotRoutes(api, ports);
  addWebhookRoutes(api, ports);
  addLiveRoute(api, ports);
  addDocumentOfApi(api, others);
  router.use('/api/', (_request, response) => sendProblem(response, NO_SUCH_PATH));
  return router;
}

/** Undefined: all. */
async function storesSeen({ database, tenantNo }: ConsoleRoutePorts, response: Response): Promise<ReadonlySet<string> | undefined> {
  const asker = askerOf(response);
  return asker.isBreakGlass === true ? undefined : createPermissions(database, tenantNo).storesFor(asker, 'useConsole');
}

/** At places that the asker sees. */
async function staffSeen({ database, tenantNo }: ConsoleRoutePorts, response: Response): Promise<readonly StaffView[]> {
  const [asker, staff] = [askerOf(response), await listStaff(database, tenantNo)];
  if (asker.isBreakGlass === true) return staff;
  const scopes = [...new Set(staff.map(({ scope }) => splitScope(scope).scope))];
  const may = await createPermissions(database, tenantNo).actionsAt(asker, scopes);
  return staff.filter(({ scope }) => may.get(splitScope(scope).scope)?.has('useConsole') === true);
}

const isSeen = async (permissions: Permissions, asker: Asker, store: string): Promise<boolean> =>
  asker.isBreakGlass === true || (await permissions.askOf(asker, 'useConsole', `store:${store}`)).ok;

function addStoreRoutes(api: Api, ports: ConsoleRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/clock',
      sight: 'anyone',
      summary: 'What time it is at the hub, and that it answers you',
      answer: z.object({ asOfMs: atMs }),
    },
    (response) => response.json({ asOfMs: ports.clock.nowMs() }),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/overview/week',
      summary: 'Today beside the same weekday of last week, by store, hour and department',
      answer: WEEK,
    },
    async (response) => response.json(await readWeek(ports)),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/overview',
      sight: 'somewhere',
      summary: 'Today’s sales, stores and devices at a glance',
      answer: OVERVIEW,
    },
    async (response) => {
      response.json(await readOverview(ports, await storesSeen(ports, response)));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/stores',
      sight: 'somewhere',
      summary: 'All stores',
      answer: z.object({ stores: z.array(LISTED_STORE) }),
    },
    async (response) => {
      const seen = await storesSeen(ports, response);
      const stores = await listStores(ports.database, ports.tenantNo);
      const successors = await readSuccessors(ports.database, ports.tenantNo);
      const nowMs = ports.clock.nowMs();
      response.json({
        stores: stores
          .filter(({ store }) => seen?.has(store) !== false)
          .map((store) => ({
            ...store,
            successor: successors.get(store.store),
            minorDigits: minorDigitsOf(store.currency),
            businessDate: businessDateOf(nowMs, store.timeZone, store.dayRollsAtHour),
          })),
      });
    },
  );
  api.add(
    { method: 'post', path: '/api/v1/stores', sight: 'somewhere', summary: 'Opens a store', body: storeSchema, status: 201, answer: STORE },
    async (response, { body: store }) => {
      if (!(await mayConsole(ports, response, 'openStore', ['global']))) return;
      const at = { tenantNo: ports.tenantNo, nowMs: ports.clock.nowMs(), by: askerOf(response).user };
      const created = await createStore(ports.database, ports.catalog, at, store);
      if (!created.ok)
        return sendProblem(response, { type: 'storeExists', status: 409, title: `There is a store ${store.store} already.` });
      ports.catalog.announce({ lsn: created.value.lsn, changed: 1 });
      response.status(201).json(store);
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/enrolment-codes',
      sight: 'somewhere',
      summary: 'A code by which one device joins a store, once',
      body: codeSchema,
      status: 201,
      answer: z.object({ code: z.string(), expiresAtMs: atMs, command: z.string().optional(), picture: z.string().optional() }),
    },
    async (response, { body: wanted }) => {
      if (!(await mayConsole(ports, response, 'enrolDevice', [`store:${wanted.store}`]))) return;
      const issued = await issueCode(ports, wanted);
      if (!issued.ok) return sendNoCode(response, wanted.store, issued.error);
      const { code, expiresAtMs } = issued.value;
      response.status(201).json({ code, expiresAtMs, ...(wanted.hub !== undefined && enrolmentWay(wanted.hub, code)) });
    },
  );
}

function sendNoCode(response: Response, store: string, error: CodeError): void {
  if (error.type === 'noSuchStore') return sendProblem(response, { type: error.type, status: 404, title: `There is no store ${store}.` });
  return sendProblem(response, {
    type: error.type,
    status: 409,
    title: `Store ${store} was merged into store ${error.successor}: enrol the device there.`,
  });
}

/** A folder of its own per device: the command refuses to start a second till on one. The picture is for a scanner that types what it reads. */
function enrolmentWay(hub: string, code: string): { readonly command: string; readonly picture: string } {
  const command = `pnpm holdfast till --data ./till-${code.toLowerCase().slice(0, 4)} --hub ${hub} --enrol ${code}`;
  return { command, picture: qrSvg(command) };
}

function addStaffRoutes(api: Api, ports: ConsoleRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/passcode-secrets',
      summary: 'The secrets under which passcodes are sealed: their numbers and ages',
      answer: z.object({ secrets: z.array(z.object({ number: z.int(), sealed: z.int() })) }),
    },
    async (response) => {
      response.json({ secrets: await listPasscodeSecrets(ports) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/passcode-secrets',
      sight: 'somewhere',
      summary: 'Makes a new secret; lanes fetch it',
      status: 201,
      answer: z.object({ number: z.int() }),
    },
    async (response) => {
      if (!(await mayConsole(ports, response, 'publish', ['global']))) return;
      const number = await mintPasscodeSecret(ports);
      // Lanes hear that there is a newer one, and fetch it.
      const told = { type: ENTITY_TYPES.setting.name, key: 'passcodeSecretNo', scope: 'global', fields: { value: String(number) } };
      const published = await ports.catalog.publish('passcode secret', [told], { by: askerOf(response).user });
      assert(published.ok, 'the number of a secret is a setting');
      response.status(201).json({ number });
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/staff', sight: 'somewhere', summary: 'Who works where, in which role', answer: STAFF },
    async (response) => {
      response.json({ staff: await staffSeen(ports, response) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/staff/:user/passcodes',
      sight: 'somewhere',
      summary: 'Sets or takes away somebody’s PIN or badge',
      question: userSchema,
      body: passcodesSchema,
      answer: PUBLISHED,
    },
    async (response, { question, body }) => {
      const { user } = question;
      const { scope, pin, badge } = body;
      if (!(await mayConsole(ports, response, 'publish', [splitScope(scope).scope]))) return;
      const seal = await createSealer(ports);
      const fields = {
        ...(pin !== undefined && { pin: pin === null ? null : await seal({ user, text: pin }) }),
        ...(badge !== undefined && { badge: badge === null ? null : await seal({ user: '', text: badge }) }),
      };
      const held = await ports.database.rows(
        'SELECT 1 FROM entity WHERE tenant_no = $1 AND type = $2 AND key = $3 AND scope = $4 AND alive',
        [ports.tenantNo, ENTITY_TYPES.staff.type, user, scope],
      );
      if (held.length === 0)
        return sendProblem(response, { type: 'noSuchStaff', status: 404, title: `Nobody of that key is on the staff of ${scope}.` });
      const published = await ports.catalog.publish('passcode', [{ type: ENTITY_TYPES.staff.name, key: user, scope, fields }], {
        by: askerOf(response).user,
      });
      assert(published.ok, 'a sealed passcode is a field of staff');
      response.json(published.value);
    },
  );
}

function addBalanceRoutes(api: Api, { database, tenantNo }: ConsoleRoutePorts): void {
  api.add(
    {
      method: 'get',
      path: '/api/v1/accounts',
      summary: 'Balances: gift cards, points, credit',
      question: accountsSchema,
      answer: ACCOUNTS,
    },
    async (response, { question }) => {
      response.json({ accounts: await listAccounts(database, { ...question, tenantNo }) });
    },
  );
  api.add(
    {
      method: 'post',
      path: '/api/v1/accounts/open',
      summary: 'A balance, and what moved on it: numbers of gift cards stand in no address',
      onlyReads: true,
      body: accountSchema,
      answer: ACCOUNT,
    },
    async (response, { body: name }) => {
      const accounts = await listAccounts(database, { ...name, tenantNo, overdrawn: false, limit: MAX_ACCOUNTS });
      if (accounts.length === 0) return sendProblem(response, { type: 'noSuchAccount', status: 404, title: 'Nothing ever moved on it.' });
      response.json({ accounts, movements: await listAccountMovements(database, tenantNo, name, MAX_ACCOUNTS) });
    },
  );
}

function addSaleRoutes(api: Api, ports: ConsoleRoutePorts): void {
  api.add(
    { method: 'get', path: '/api/v1/sales', sight: 'place', summary: 'Sales, newest first', question: salesSchema, answer: SALES },
    async (response, { question }) => {
      const before = question.before === undefined ? undefined : parseSalesCursor(question.before);
      if (question.before !== undefined && before === undefined) {
        return sendProblem(response, { type: 'badRequest', status: 400, title: '`before` is no answer’s `next`.' });
      }
      response.json(await listSales(ports.database, { ...question, before, tenantNo: ports.tenantNo }));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/sales/search',
      sight: 'place',
      summary: 'Sales by the number of their receipt, what they came to, another system’s number, or goods in them; newest first',
      question: salesSearchSchema,
      answer: FOUND_SALES,
    },
    async (response, { question }) => response.json(await findSales(ports.database, { ...question, tenantNo: ports.tenantNo })),
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/sales/:device/:epoch/:seq',
      sight: 'somewhere',
      summary: 'A sale whole',
      question: saleSchema,
      answer: SALE,
    },
    async (response, { question: place }) => {
      const permissions = createPermissions(ports.database, ports.tenantNo);
      const asker = askerOf(response);
      const sale = await findSale(ports.database, { tenantNo: ports.tenantNo, place });
      if (sale === undefined || !(await isSeen(permissions, asker, sale.store)))
        return sendProblem(response, { type: 'noSuchSale', status: 404, title: 'The hub holds no such sale.' });
      response.json(sale);
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/exposure', summary: 'What may be given beyond limits while lanes are cut off', answer: EXPOSURE },
    async (response) => {
      response.json(await readExposure(ports));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/returns/exceptions',
      summary: 'Goods that came back in a way that somebody should look at',
      question: returnExceptionsSchema,
      answer: RETURN_EXCEPTIONS,
    },
    async (response, { question }) => {
      response.json({ exceptions: await listReturnExceptions(ports.database, { ...question, tenantNo: ports.tenantNo }) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/unlisted-codes',
      summary: 'Codes that lanes sold and no catalogue lists',
      question: unlistedCodesSchema,
      answer: UNLISTED_CODES,
    },
    async (response, { question }) => {
      response.json({ codes: await listUnlistedCodes(ports.database, ports.tenantNo, question) });
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/verify',
      isCostly: true,
      summary: 'Recomputes every fold from the ledgers, and says where they differ',
      answer: VERIFICATION,
    },
    async (response) => {
      response.json(await verifyLedger(ports, ports.tenantNo));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/sold',
      sight: 'place',
      summary: 'What was sold, by store and SKU',
      question: storeQuestionSchema,
      gives: NDJSON,
    },
    async (response, { question }) => {
      sendLines(response, await readSold(ports.database, ports.tenantNo, question.store));
    },
  );
  api.add(
    {
      method: 'get',
      path: '/api/v1/stock',
      sight: 'place',
      summary: 'Goods on hand, by store and SKU: the last count and what moved since',
      question: storeQuestionSchema,
      gives: NDJSON,
    },
    async (response, { question }) => {
      sendLines(response, await readStock(ports.database, ports.tenantNo, question.store));
    },
  );
}

function addSetAsideRoutes(api: Api, { database, tenantNo, folder, clock, onApplied }: ConsoleRoutePorts): void {
  const references = createMissingReferences({ database, tenantNo });
  api.add(
    {
      method: 'get',
      path: '/api/v1/missing-references',
      summary: 'What entries and the catalogue name and the hub does not hold, until it comes',
      question: setAsideSchema,
      answer: MISSING_REFERENCES,
    },
    async (response, { question }) => {
      response.json({ missing: await references.list(question.limit) });
    },
  );
  api.add(
    { method: 'get', path: '/api/v1/set-aside', summary: 'Entries that could not be applied', question: setAsideSchema, answer: SET_ASIDE },
    async (response, { question }) => {
      response.json(await listSetAside(database, tenantNo, question.limit));
    },
  );
  api.add(
    { method: 'post', path: '/api/v1/set-aside/retry', summary: 'Tries all of them again', answer: z.object({ applied: z.int() }) },
    async (response) => {
      const applied = await retrySetAside(database, tenantNo, clock.nowMs());
      folder.nudge();
      if (applied > 0) onApplied();
      response.json({ applied });
    },
  );
}

const NDJSON = 'application/x-ndjson; charset=utf-8';

function sendLines(response: Response, rows: readonly object[]): void {
  response.type(NDJSON).send(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

function addCatalogRoutes(api: Api, ports: ConsoleRoutePorts): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/publications',
      sight: 'somewhere',
      summary: 'Publishes cells of the catalogue, all at once',
      body: publicationSchema,
      answer: PUBLISHED,
    },
    async (response, { body }) => {
      const changes = body.cells.map(({ type, key, scope: where, fields, removed }) => ({
        type,
        key,
        scope: where,
        ...(fields === undefined ? {} : { fields }),
        ...(removed === undefined ? {} : { removed }),
      }));
      // A malformed scope is judged with its cell. Grants are changed by who may publish everywhere: so a denial at a place can be undone.
      const isGrant = ({ type }: (typeof changes)[number]): boolean =>
        type === ENTITY_TYPES.roleGrant.name || type === ENTITY_TYPES.roleGrant.type;
      const scopes = changes.flatMap((change) =>
        isGrant(change) ? ['global'] : isScope(change.scope) ? [splitScope(change.scope).scope] : [],
      );
      if (!(await mayConsole(ports, response, 'publish', scopes))) return;
      const placesOf = (of: EntityType) =>
        changes.flatMap(({ type, key, scope }) =>
          (type === of.name || type === of.type) && isScope(scope) ? [{ key, scope: splitScope(scope).scope }] : [],
        );
      const accounts = await placesOfSignIns(ports, placesOf(ENTITY_TYPES.staff));
      if (!(await mayConsole(ports, response, 'manageAccounts', accounts))) return;
      if (!(await mayWriteAlone(ports, response, placesOf(ENTITY_TYPES.tax)))) return;
      const published = await ports.catalog.publish('publication', changes, {
        urgent: body.urgent === true,
        minReader: body.minReader,
        by: askerOf(response).user,
      });
      if (!published.ok) {
        const { index, reason } = published.error;
        return sendProblem(response, { type: 'badChange', status: 422, title: `cells[${index}]: ${reason}. Nothing was published.` });
      }
      response.json(published.value);
    },
  );
  let importing = false;
  const importFile = async (importer: Importer<unknown>, question: ImportQuestion, request: Request, response: Response): Promise<void> => {
    if (importing)
      return sendProblem(response, { type: 'importRunning', status: 409, title: 'Another import is running. Try again when it is done.' });
    importing = true;
    try {
      await answerImport(ports, importer, question, request, response);
    } finally {
      importing = false;
    }
  };
  for (const [what, importer, path] of importPaths())
    api.add(
      {
        method: 'post',
        path,
        isCostly: true,
        summary: `Brings a file of ${what}; its progress and its report come line by line`,
        question: importer.question,
        takes: { type: 'text/csv' },
        gives: NDJSON,
      },
      async (response, { question }, request) => importFile(importer, question, request, response),
    );
}

/** The catalogue's has its older name beside it. */
const importPaths = () =>
  [...IMPORTERS].flatMap(([what, importer]) =>
    (what === 'catalog' ? ['/api/v1/import/catalog', '/api/v1/catalog/import'] : [`/api/v1/import/${what}`]).map(
      (path) => [what, importer, path] as const,
    ),
  );

/** The answer begins with the first progress: whatever is found wrong before that is a problem, and afterwards a line of type `error`. */
async function answerImport(
  ports: ConsoleRoutePorts,
  importer: Importer<unknown>,
  question: ImportQuestion,
  request: Request,
  response: Response,
): Promise<void> {
  // A row may name its own place: who imports does so everywhere.
  if (!(await mayConsole(ports, response, 'importFile', ['global']))) {
    request.resume();
    return;
  }
  const write = (line: object): void => {
    if (!response.headersSent) response.type(NDJSON);
    response.write(`${JSON.stringify(line)}\n`);
  };
  const asker = askerOf(response);
  const maySeeCost = await placesOfCostsWritten(ports, asker);
  const imported = await runImport({ ...ports, by: asker.user, maySeeCost }, importer, { upload: request, question }, (progress) =>
    write({ type: 'progress', ...progress }),
  );
  if (imported.ok) {
    write({ type: 'report', ...imported.value });
    response.end();
  } else if (response.headersSent) {
    write({ type: 'error', problem: imported.error.type, title: imported.error.reason });
    response.end();
  } else {
    // What of the upload was not read is not waited for.
    response.setHeader('Connection', 'close');
    sendProblem(response, { type: imported.error.type, status: 422, title: imported.error.reason, detail: 'Nothing was published.' });
  }
}
