/**
 * The hub's answers, checked on arrival, and the ways in which asking can fail. The session is a cookie that the browser
 * keeps; the console itself never sees a token.
 *
 * Every failure is an `ApiFailure` with a `type`; asking again is safe after each of them, as all requests but the making of an enrolment code only read.
 */
import { unreachable } from '@holdfast/base';
import { z } from 'zod';

const currency = z.string().regex(/^[A-Z]{3}$/);
const minorDigits = z.int().min(0).max(4);
const atMs = z.int();
export const unit = z.enum(['piece', 'gram', 'millilitre', 'millimetre']);

export const deviceSchema = z.object({
  device: z.string(),
  lane: z.int(),
  name: z.string(),
  enrolledAtMs: atMs,
  lastSeenMs: atMs.nullable(),
  waitingEntries: z.int(),
  waitingSales: z.int(),
  /** Hub clock − device clock. */
  clockOffsetMs: z.number().nullable(),
  receivedEntries: z.int(),
  setAside: z.int(),
  branches: z.int(),
  chainWhole: z.boolean(),
});
export type Device = z.infer<typeof deviceSchema>;

export const storeSchema = z.object({
  store: z.string(),
  name: z.string(),
  zone: z.string(),
  currency,
  minorDigits,
  salesToday: z.int(),
  totalTodayMinor: z.int(),
  devices: z.array(deviceSchema),
});
export type Store = z.infer<typeof storeSchema>;

export const overviewSchema = z.object({
  asOfMs: atMs,
  businessDate: z.string(),
  totals: z.object({
    sales: z.int(),
    returns: z.int(),
    byCurrency: z.array(z.object({ currency, minorDigits, totalMinor: z.int() })),
  }),
  stores: z.array(storeSchema),
  salesByHour: z.array(z.object({ hour: z.int(), count: z.int(), totalMinor: z.int() })),
});
export type Overview = z.infer<typeof overviewSchema>;

export const saleRowSchema = z.object({
  device: z.string(),
  epoch: z.string(),
  seq: z.int(),
  store: z.string(),
  lane: z.int(),
  receiptNumber: z.string(),
  atMs,
  businessDate: z.string(),
  currency,
  minorDigits,
  totalMinor: z.int(),
  lineCount: z.int(),
  kind: z.string(),
  /** Practice: it counts nowhere. */
  training: z.boolean(),
  /** It stands on a second history of its device, and counts. */
  branch: z.boolean(),
});
export type SaleRow = z.infer<typeof saleRowSchema>;

export const salesPageSchema = z.object({
  sales: z.array(saleRowSchema),
  /** Hands the next request what comes after these; null at the end. */
  next: z.union([z.string(), z.number()]).nullable(),
});
export type SalesPage = z.infer<typeof salesPageSchema>;

export const saleLineSchema = z.object({
  sku: z.string(),
  name: z.string(),
  code: z.string().nullish(),
  quantity: z.int(),
  unit,
  unitPrice: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }),
  priceType: z.string(),
  reason: z.string().nullish(),
  amountMinor: z.int(),
  taxClass: z.string(),
  taxRateBps: z.int(),
  /** What left the store with this line; negative: came back. */
  stockQuantity: z.int().nullish(),
  ageCheckedYears: z.int().nullish(),
  ageMethod: z.string().nullish(),
  discounts: z
    .array(
      z.object({
        kind: z.string(),
        reference: z.string(),
        amountMinor: z.int(),
        name: z.string().nullish(),
        coupon: z.string().nullish(),
        funding: z.string().nullish(),
        reason: z.string().nullish(),
        approvedBy: z.string().nullish(),
      }),
    )
    .nullish(),
  cataloguePrice: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }).nullish(),
  approvedBy: z.string().nullish(),
  serial: z.string().nullish(),
  batch: z.string().nullish(),
  nature: z.string().nullish(),
  natureReference: z.string().nullish(),
  /** In steps of the unit; the quantity is net of it. */
  tare: z.int().nullish(),
  /** Of a deposit: where its goods stand among the lines, from 0. */
  depositOf: z.int().nullish(),
  untaxedMinor: z.int().nullish(),
  /** Absent too where headquarters may not see it. */
  costMinor: z.int().nullish(),
  returnOf: z.object({ receiptNumber: z.string(), line: z.int().nullish(), store: z.string().nullish() }).nullish(),
  isUnverified: z.boolean().nullish(),
  isDefective: z.boolean().nullish(),
  returnApprovedBy: z.string().nullish(),
});
export type SaleLine = z.infer<typeof saleLineSchema>;

const salePlaceSchema = z.object({ device: z.string(), epoch: z.string(), seq: z.int() });
const linkedSaleSchema = salePlaceSchema.extend({ receiptNumber: z.string(), store: z.string(), atMs });
export type LinkedSale = z.infer<typeof linkedSaleSchema>;

export const saleSchema = saleRowSchema.extend({
  lines: z.array(saleLineSchema),
  taxes: z.array(
    z.object({
      taxClass: z.string(),
      rateBps: z.int(),
      netMinor: z.int(),
      taxMinor: z.int(),
      /** One of several taxes of its class. */
      component: z.object({ component: z.string() }).nullish(),
    }),
  ),
  taxInclusive: z.boolean().nullish(),
  tenders: z.array(
    z.object({
      tenderType: z.string(),
      name: z.string().optional(),
      amountMinor: z.int(),
      tipMinor: z.int().optional(),
      cashBackMinor: z.int().optional(),
      forfeitedMinor: z.int().optional(),
      reference: z.string().optional(),
      points: z.int().optional(),
      foreign: z
        .object({
          currency: z.string(),
          minorDigits,
          amountMinor: z.int(),
          rate: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }),
        })
        .optional(),
    }),
  ),
  changeMinor: z.int(),
  roundingMinor: z.int().nullish(),
  claims: z.array(z.object({ code: z.string(), amountMinor: z.int() })).nullish(),
  customer: z.string().nullish(),
  exemption: z.string().nullish(),
  approvals: z.array(z.object({ action: z.string(), approver: z.string(), line: z.int().nullish() })).nullish(),
  points: z.int().nullish(),
  pointsTaken: z.array(z.object({ customer: z.string(), points: z.int() })).nullish(),
  promotions: z.array(z.object({ promotionId: z.string(), name: z.string().nullish(), uses: z.int() })).nullish(),
  rewards: z
    .array(
      z.object({
        promotionId: z.string(),
        name: z.string().nullish(),
        times: z.int(),
        item: z.string().nullish(),
        reward: z.discriminatedUnion('type', [
          z.object({ type: z.literal('points'), points: z.int() }),
          z.object({ type: z.literal('gift'), sku: z.string(), pieces: z.int() }),
          z.object({ type: z.literal('nextCoupon'), code: z.string() }),
          z.object({ type: z.literal('rebate'), amountMinor: z.int() }),
        ]),
      }),
    )
    .nullish(),
  postVoidOf: z.string().nullish(),
  origins: z.array(linkedSaleSchema),
  returns: z.array(linkedSaleSchema),
  operator: z.string(),
  shift: z.int(),
  drawer: z.string(),
  /** The position of the catalogue that the sale was priced by. */
  cut: z.object({ hubEpoch: z.string(), lsn: z.int() }),
  hash: z.string(),
  receivedAtMs: atMs,
  externalReference: z.string().nullish(),
});
export type Sale = z.infer<typeof saleSchema>;

export const storeInfoSchema = z.object({
  store: z.string(),
  name: z.string(),
  zone: z.string(),
  currency,
  timeZone: z.string(),
  taxInclusive: z.boolean(),
  address: z.string(),
});
const storesSchema = z.object({ stores: z.array(storeInfoSchema) });
export type StoreInfo = z.infer<typeof storeInfoSchema>;

/** Goods that came back in a way that a person should look at. */
export const returnExceptionSchema = z.object({
  type: z.enum(['returnedTwice', 'unverified', 'unknownReceipt']),
  store: z.string(),
  receiptNumber: z.string(),
  sku: z.string(),
  unit,
  sold: z.int(),
  returned: z.int(),
  lastAtMs: atMs,
  /** Null where no store has printed that receipt, or its lane has not sent it yet. */
  sale: salePlaceSchema.nullable(),
  lastReturn: salePlaceSchema,
});
export type ReturnException = z.infer<typeof returnExceptionSchema>;
const returnExceptionsSchema = z.object({ exceptions: z.array(returnExceptionSchema) });

/** A code that lanes sold under a department because no catalogue lists it. */
export const unlistedCodeSchema = z.object({
  code: z.string(),
  pieces: z.int(),
  sales: z.int(),
  stores: z.array(z.string()),
  firstAtMs: atMs,
  lastAtMs: atMs,
  last: salePlaceSchema.extend({
    sku: z.string(),
    name: z.string().nullable(),
    quantity: z.int(),
    amountMinor: z.int(),
    currency,
    minorDigits,
    unitMinor: z.int().nullable(),
    department: z.string().nullable(),
    taxClass: z.string().nullable(),
  }),
});
export type UnlistedCode = z.infer<typeof unlistedCodeSchema>;
const unlistedCodesSchema = z.object({ codes: z.array(unlistedCodeSchema) });

/** Limits that lanes keep by what they know, and what may be given beyond them while lanes are cut off. */
const exposureSchema = z.object({
  devices: z.int(),
  cutOffDevices: z.int(),
  promotions: z.array(
    z.object({
      promotionId: z.string(),
      name: z.string(),
      uses: z.number(),
      currency: z.string().nullable(),
      minorDigits,
      budget: z.object({ limitMinor: z.int(), usedMinor: z.number(), worstOverspendMinor: z.int() }).nullable(),
      perCustomer: z.object({ limit: z.int(), customersAtLimit: z.int(), worstOverspend: z.int() }).nullable(),
    }),
  ),
  balances: z.array(
    z.object({
      scope: z.string(),
      currency: z.string().nullable(),
      minorDigits,
      limitMinor: z.int(),
      cutOffDevices: z.int(),
      worstOverspendMinor: z.int(),
    }),
  ),
});
export type Exposure = z.infer<typeof exposureSchema>;

/** What the hub can prove of one lane, and what the lane found when it last compared itself. */
export const laneProofSchema = z.object({
  epochs: z.array(
    z.object({
      number: z.int(),
      epoch: z.string(),
      seq: z.int(),
      chainWhole: z.boolean(),
      headSigned: z.boolean(),
      gaps: z.array(z.object({ from: z.int(), to: z.int() })),
      checkpointSeq: z.int(),
    }),
  ),
  checkpoint: z.object({ number: z.int(), atMs, signed: z.boolean(), held: z.boolean() }).nullable(),
  audit: z
    .object({
      askedAtMs: atMs.nullable(),
      doneAtMs: atMs.nullable(),
      report: z
        .object({
          entries: z.int(),
          entities: z.int().nullable(),
          differences: z.array(
            z.object({
              what: z.string(),
              from: z.int().nullish(),
              upTo: z.string().nullish(),
              head: z.object({ seq: z.int() }).nullish(),
            }),
          ),
        })
        .nullable(),
    })
    .nullable(),
});
export type LaneProof = z.infer<typeof laneProofSchema>;

export const enrolmentSchema = z.object({ code: z.string().min(1), expiresAtMs: atMs, command: z.string(), picture: z.string() });
export type Enrolment = z.infer<typeof enrolmentSchema>;

const problemSchema = z.object({ title: z.string().optional(), detail: z.string().optional() });

export type Failure =
  /** No session, or one that the hub no longer knows. */
  | { readonly type: 'sessionLost' }
  /** No answer: the hub is down, or the network between is. */
  | { readonly type: 'unreachable' }
  | { readonly type: 'notFound' }
  | { readonly type: 'problem'; readonly status: number; readonly text: string }
  /** An answer that is not what was agreed; `at` names the field. */
  | { readonly type: 'malformed'; readonly at: string };

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failureText(failure));
    this.failure = failure;
  }
}

/** What happened, for a person, and what to do. */
export function failureText(failure: Failure): string {
  switch (failure.type) {
    case 'sessionLost':
      return 'The session has ended.';
    case 'unreachable':
      return 'The hub does not answer.';
    case 'notFound':
      return 'The hub does not know it.';
    case 'problem':
      return `The hub refused (${failure.status}): ${failure.text}`;
    case 'malformed':
      return `The hub’s answer could not be read (${failure.at}). Console and hub may be of different versions: reload the page.`;
    default:
      return unreachable(failure, 'failureText');
  }
}

export const failureOf = (error: unknown): Failure | null => (error instanceof ApiFailure ? error.failure : null);

const ANSWER_WITHIN_MS = 10_000;

async function problemText(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const problem = problemSchema.safeParse(body);
  const text = problem.success ? (problem.data.detail ?? problem.data.title) : undefined;
  return text ?? (response.statusText || 'no reason given');
}

/** What the hub says there, checked; every way in which asking can fail is an `ApiFailure`. */
export async function ask<T>(schema: z.ZodType<T>, path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      ...init,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    if (response.ok) body = await response.json();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiFailure({ type: 'unreachable' });
  }
  if (response.status === 401) throw new ApiFailure({ type: 'sessionLost' });
  if (response.status === 404) throw new ApiFailure({ type: 'notFound' });
  // A proxy says so in place of a hub that is down or starting.
  if ([502, 503, 504].includes(response.status)) throw new ApiFailure({ type: 'unreachable' });
  if (!response.ok) throw new ApiFailure({ type: 'problem', status: response.status, text: await problemText(response) });
  const checked = schema.safeParse(body);
  if (!checked.success) throw new ApiFailure({ type: 'malformed', at: checked.error.issues[0]?.path.join('.') ?? path });
  return checked.data;
}

export const fetchOverview = (signal?: AbortSignal): Promise<Overview> => ask(overviewSchema, '/api/v1/overview', {}, signal);

export interface SalesQuery {
  readonly date?: string;
  readonly store?: string;
  readonly device?: string;
  readonly limit: number;
  readonly before?: string | number;
}

/** Newest first. */
export function fetchSales(query: SalesQuery, signal?: AbortSignal): Promise<SalesPage> {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(key, String(value));
  return ask(salesPageSchema, `/api/v1/sales?${params}`, {}, signal);
}

const foundSalesSchema = z.object({ by: z.enum(['receipt', 'content']).nullable(), sales: z.array(saleRowSchema) });
export type FoundSales = z.infer<typeof foundSalesSchema>;

/** By a receipt’s number of any day; by what they came to, or goods in them, from one date to another. */
export function searchSales(
  query: { readonly q: string; readonly from: string; readonly to: string; readonly store: string },
  signal?: AbortSignal,
): Promise<FoundSales> {
  const { store, ...rest } = query;
  return ask(
    foundSalesSchema,
    `/api/v1/sales/search?${String(new URLSearchParams({ ...rest, ...(store !== '' && { store }) }))}`,
    {},
    signal,
  );
}

export function fetchSale(
  sale: { readonly device: string; readonly epoch: string; readonly seq: number },
  signal?: AbortSignal,
): Promise<Sale> {
  return ask(saleSchema, `/api/v1/sales/${encodeURIComponent(sale.device)}/${encodeURIComponent(sale.epoch)}/${sale.seq}`, {}, signal);
}

export const fetchStores = async (signal?: AbortSignal): Promise<readonly StoreInfo[]> =>
  (await ask(storesSchema, '/api/v1/stores', {}, signal)).stores;

/** Newest first, at most `limit`. */
export const fetchExposure = (signal?: AbortSignal): Promise<Exposure> => ask(exposureSchema, '/api/v1/exposure', {}, signal);

export const fetchReturnExceptions = async (limit: number, signal?: AbortSignal): Promise<readonly ReturnException[]> =>
  (await ask(returnExceptionsSchema, `/api/v1/returns/exceptions?limit=${limit}`, {}, signal)).exceptions;

/** Of a code, that one alone. */
export const fetchUnlistedCodes = async (
  asked: { readonly limit: string } | { readonly code: string },
  signal?: AbortSignal,
): Promise<readonly UnlistedCode[]> =>
  (await ask(unlistedCodesSchema, `/api/v1/unlisted-codes?${String(new URLSearchParams(asked))}`, {}, signal)).codes;

export const fetchLaneProof = (device: string, signal?: AbortSignal): Promise<LaneProof> =>
  ask(laneProofSchema, `/api/v1/devices/${encodeURIComponent(device)}/proof`, {}, signal);

export const askForAudit = (device: string): Promise<object> =>
  ask(z.object({}), `/api/v1/devices/${encodeURIComponent(device)}/audit`, { method: 'POST' });

export function createEnrolment(request: {
  readonly store: string;
  readonly name?: string;
  readonly lane?: number;
  readonly role?: string;
  readonly hub: string;
}): Promise<Enrolment> {
  return ask(enrolmentSchema, '/api/v1/enrolment-codes', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
}
