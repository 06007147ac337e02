/**
 * The hub's HTTP API as the command line uses it. Every answer is checked before it is believed; a refusal or a hub that is
 * not there ends the command with what happened (CommandFailed).
 */
import type { Readable } from 'node:stream';

import { z } from 'zod';

import { CommandFailed } from './command.ts';
import type { DeviceRole } from './device-role.ts';
import { jsonOrUndefined } from './json-or-undefined.ts';

const totalsByCurrency = z.array(z.object({ currency: z.string(), totalMinor: z.int() }).loose());

const epochSchema = z
  .object({
    epoch: z.string(),
    seq: z.int(),
    headHash: z.string(),
    chainWhole: z.boolean(),
    headSigned: z.boolean(),
    sales: z.int(),
    totalsByCurrency,
    gaps: z.array(z.unknown()),
    /** A hub of an earlier build does not say: then it counts as not held. */
    continues: z.object({ epoch: z.string(), seq: z.int(), hash: z.string(), isHeld: z.boolean() }).nullable().default(null),
  })
  .loose();

const hubVerificationSchema = z
  .object({
    devices: z.array(
      z
        .object({
          device: z.string(),
          store: z.string(),
          lane: z.int(),
          epochs: z.array(epochSchema),
          setAside: z.int(),
          branches: z.int(),
        })
        .loose(),
    ),
    totals: z.object({ sales: z.int(), byCurrency: totalsByCurrency }).loose(),
    projectionsEqualLedger: z.boolean(),
    problems: z.array(z.unknown()),
  })
  .loose();
export type HubVerification = z.infer<typeof hubVerificationSchema>;

const soldSchema = z
  .object({ sku: z.string(), unit: z.string(), quantity: z.int(), amountMinor: z.int(), currency: z.string(), lines: z.int() })
  .loose();
const stockSchema = z.object({ sku: z.string(), unit: z.string(), onHand: z.int() }).loose();

const refusedRowSchema = z.object({ row: z.int(), reason: z.string(), value: z.string().optional() }).loose();
const importReportSchema = z
  .object({
    type: z.literal('report'),
    rows: z.int(),
    created: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    /** Rows that joined what an earlier row was about. */
    duplicates: z.int(),
    /** Rows about something else than what was asked for. */
    ignored: z.int().default(0),
    refused: z.int(),
    lsn: z.int().nullable(),
    refusals: z.array(refusedRowSchema),
    durationMs: z.number(),
  })
  .loose();
export type ImportReport = z.infer<typeof importReportSchema>;
const importLineSchema = z.union([
  z.object({ type: z.literal('progress'), rows: z.int() }).loose(),
  importReportSchema,
  z.object({ type: z.literal('error') }).loose(),
]);

const publicationSchema = z.object({ lsn: z.int().nullable() }).loose();
const reachSchema = z.object({ stores: z.array(z.object({ store: z.string(), isReached: z.boolean() }).loose()) }).loose();
const enrolmentSchema = z.object({ code: z.string(), expiresAtMs: z.number() }).loose();
const storesSchema = z.object({ stores: z.array(z.object({ store: z.string(), currency: z.string(), zone: z.string() }).loose()) }).loose();
const productsSchema = z.object({ products: z.array(z.object({ sku: z.string() }).loose()) }).loose();
const problemSchema = z.object({ title: z.string().optional(), detail: z.string().optional() }).loose();

export type CellWrite =
  | {
      readonly type: string;
      readonly key: string;
      readonly scope: string;
      readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
    }
  | { readonly type: string; readonly key: string; readonly scope: string; readonly removed: true };

export interface NewStore {
  readonly store: string;
  readonly name: string;
  readonly zone?: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly taxInclusive: boolean;
}

const checkpointSchema = z
  .object({
    store: z.string(),
    number: z.int(),
    atMs: z.int(),
    heads: z.array(z.object({ device: z.string(), epoch: z.string(), seq: z.int(), hash: z.string() })),
    signature: z.string(),
  })
  .loose();
/** A file of them, as it is saved and checked. */
export const checkpointsSchema = z.object({ tenant: z.string(), checkpoints: z.array(checkpointSchema) }).loose();
export type Checkpoints = z.infer<typeof checkpointsSchema>;
const checkedSchema = z.object({ signed: z.boolean(), heads: z.int(), lost: checkpointSchema.shape.heads }).loose();

export type HeadNamed = Checkpoints['checkpoints'][number]['heads'][number];
const heldSchema = z
  .object({
    entries: z.array(z.object({ on: z.enum(['mainLine', 'branch', 'none']), from: z.int().nullable(), isLast: z.boolean() }).loose()),
  })
  .loose();
/** Where the hub holds an entry: `from` is the first of its branch, `isLast`: nothing goes on from it there. */
export type HeldEntry = z.infer<typeof heldSchema>['entries'][number];

const wipeSchema = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  name: z.string(),
  orderedAtMs: z.int(),
  handedOverAtMs: z.int().nullable(),
});

export interface HubApi {
  readonly url: string;
  /** Of each store the newest one, signed now where something came since. */
  checkpoints(): Promise<Checkpoints>;
  checkCheckpoint(checkpoint: Checkpoints['checkpoints'][number]): Promise<z.infer<typeof checkedSchema>>;
  /** In the order asked. */
  heldEntries(entries: readonly HeadNamed[]): Promise<readonly HeldEntry[]>;
  /** What a lane of this store that holds nothing is told; not checked. */
  snapshot(store: string, role?: DeviceRole): Promise<unknown>;
  segment(store: string, hash: string, role?: DeviceRole): Promise<Uint8Array>;
  orderWipe(device: string): Promise<{ readonly orderedAtMs: number }>;
  wipes(): Promise<readonly z.infer<typeof wipeSchema>[]>;
  /** False: it was done before. */
  erasePerson(person: string): Promise<{ readonly erased: boolean }>;
  verify(): Promise<HubVerification>;
  mintEnrolmentCode(body: {
    readonly store: string;
    readonly lane?: number;
    readonly name?: string;
    readonly role?: DeviceRole;
  }): Promise<z.infer<typeof enrolmentSchema>>;
  stores(): Promise<readonly { readonly store: string; readonly currency: string; readonly zone: string }[]>;
  createStore(store: NewStore): Promise<void>;
  hasProduct(sku: string): Promise<boolean>;
  /** One LSN; null where nothing was new. */
  publish(cells: readonly CellWrite[], how?: { readonly urgent?: boolean }): Promise<number | null>;
  /** `onRows` hears how many rows the hub has read so far. */
  importFile(what: string, body: Readable, query: Readonly<Record<string, string>>, onRows: (rows: number) => void): Promise<ImportReport>;
  /** Whether headquarters knows of all devices of a publication's stores that they have it. */
  isReached(lsn: number): Promise<boolean>;
  sold(store: string): Promise<readonly z.infer<typeof soldSchema>[]>;
  stock(store: string): Promise<readonly z.infer<typeof stockSchema>[]>;
}

const forRole = (role: DeviceRole | undefined): string => (role === undefined ? '' : `?role=${role}`);

export function createHubApi(url: string, token: string): HubApi {
  const base = url.replace(/\/+$/, '');
  const call = (method: string, path: string, body?: RequestInit): Promise<Response> =>
    callHub(base, path, { ...body, method, headers: { ...body?.headers, authorization: `Bearer ${token}` } });
  const post = async <T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> =>
    believe(
      schema,
      path,
      await (await call('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })).json(),
    );
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => believe(schema, path, await (await call('GET', path)).json());
  const rows = async <T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> => {
    const found: T[] = [];
    for await (const line of linesOf(await call('GET', path))) found.push(believe(schema, path, JSON.parse(line)));
    return found;
  };
  return {
    url: base,
    checkpoints: () => get('/api/v1/checkpoints', checkpointsSchema),
    checkCheckpoint: (checkpoint) => post('/api/v1/checkpoints/check', checkpoint, checkedSchema),
    heldEntries: async (entries) => (entries.length === 0 ? [] : (await post('/api/v1/entries/held', { entries }, heldSchema)).entries),
    snapshot: (store, role) => get(`/api/v1/stores/${encodeURIComponent(store)}/snapshot${forRole(role)}`, z.unknown()),
    segment: async (store, hash, role) =>
      new Uint8Array(
        await (await call('GET', `/api/v1/stores/${encodeURIComponent(store)}/segments/${hash}${forRole(role)}`)).arrayBuffer(),
      ),
    orderWipe: (device) => post(`/api/v1/devices/${encodeURIComponent(device)}/wipe`, {}, z.object({ orderedAtMs: z.int() })),
    wipes: async () => (await get('/api/v1/wipes', z.object({ wipes: z.array(wipeSchema) }))).wipes,
    erasePerson: (person) => post(`/api/v1/persons/${person}/erase`, {}, z.object({ erased: z.boolean() })),
    verify: () => get('/api/v1/verify', hubVerificationSchema),
    mintEnrolmentCode: (body) => post('/api/v1/enrolment-codes', body, enrolmentSchema),
    stores: async () => (await get('/api/v1/stores', storesSchema)).stores,
    createStore: async (store) => void (await post('/api/v1/stores', store, z.unknown())),
    hasProduct: async (sku) => {
      const asked = new URLSearchParams({ q: sku, limit: '1', fields: 'sku' });
      return (await get(`/api/v1/product?${asked.toString()}`, productsSchema)).products.some((found) => found.sku === sku);
    },
    publish: async (cells, how = {}) => (await post('/api/v1/publications', { cells, ...how }, publicationSchema)).lsn,
    importFile: async (what, body, query, onRows) => {
      const path = `/api/v1/import/${what}?${new URLSearchParams(query).toString()}`;
      // Node's fetch takes any async iterable as a streamed body, and wants to be told that the body may outlast the answer's start.
      const request = { body: body as unknown as ReadableStream, duplex: 'half', headers: { 'content-type': 'text/csv' } } as RequestInit;
      for await (const line of linesOf(await call('POST', path, request))) {
        const parsed = believe(importLineSchema, path, JSON.parse(line));
        if (parsed.type === 'report') return parsed;
        if (parsed.type === 'error') throw new CommandFailed(`The hub gave the import up; nothing of it was taken: ${line}`);
        onRows(parsed.rows);
      }
      throw new CommandFailed('The hub ended the import without a report. Run it again: what was taken already changes nothing.');
    },
    isReached: async (lsn) => (await get(`/api/v1/publications/${lsn}/reach`, reachSchema)).stores.every((store) => store.isReached),
    sold: (store) => rows(`/api/v1/sold?store=${encodeURIComponent(store)}`, soldSchema),
    stock: (store) => rows(`/api/v1/stock?store=${encodeURIComponent(store)}`, stockSchema),
  };
}

const sentence = (text: string): string => (/[.!?]$/u.test(text) ? text : `${text}.`);

async function callHub(base: string, path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandFailed(`The hub at ${base} does not answer (${cause}). Is it running? Start one: pnpm holdfast hub --data DIR`);
  }
  if (response.ok) return response;
  const text = await response.text();
  const problem = problemSchema.safeParse(jsonOrUndefined(text));
  const said = problem.success
    ? [problem.data.title, problem.data.detail].flatMap((part) => (part === undefined ? [] : [sentence(part)])).join(' ')
    : text.slice(0, 200);
  const hint = response.status === 401 ? ' The token is minted anew whenever a hub starts.' : '';
  throw new CommandFailed(`The hub refused ${path.split('?')[0]} (${response.status}): ${said}${hint}`);
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunksOf(response)) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      if (line.trim() !== '') yield line;
    }
  }
  if (text.trim() !== '') yield text;
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandFailed(`The hub’s answer broke off (${why}). Ask again: what it has done already is not done twice.`);
  }
}

export function believe<T>(schema: z.ZodType<T>, what: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CommandFailed(
    `${what.split('?')[0]} answered in another shape than this version knows: ${issue?.path.join('.')} ${issue?.message}`,
  );
}
