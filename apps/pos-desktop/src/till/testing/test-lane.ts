/** A lane for tests: the real core over a real database in a folder of its own, with a catalogue published by hand. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert, type Clock, type Logger } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeHash, nodeVerifier, systemRandom } from '@holdfast/base/node';
import { ENTITY_TYPES, gtinKey, pluKey, priceKey, type PriceType } from '@holdfast/domain';
import { signHead, type Cell, type ReplicaStore } from '@holdfast/sync';
import { createSqliteNeighbourStore } from '@holdfast/sync/lan';
import { createSqliteDocumentStore, createSqliteStore } from '@holdfast/sync/sqlite';

import type { LineView, ReplyValue, Request, RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { scopesAt } from '../catalogue/catalogue.ts';
import { createSearchIndexer } from '../catalogue/search.ts';
import { DATABASE_FILE, openConnection, type Connection } from '../database/connection.ts';
import { migrate } from '../database/migrations.ts';
import { createPrintJobs } from '../devices/print-jobs.ts';
import { createSiblingFolds } from '../lan/sibling-folds.ts';
import { createNameSafe } from '../name-safe.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createStock } from '../sheets/stock.ts';
import { describeSurroundings, SILENT } from '../surroundings.ts';
import type { HubAnswer, TillPorts } from '../till-ports.ts';
import { createTill, type Till } from '../till.ts';
import { createTransactions } from '../transactions.ts';
import type { Outcome } from '../windows.ts';
import { createMainTurn, createWriteTurnMemory } from '../write-turn.ts';

export const HUB_EPOCH = '00000000000000aa';
export const LANE_EPOCH = 'abcd000000000001';
/** 2026-11-20T12:00:00Z: a Friday noon in Berlin. */
export const NOON_MS = 1_795_176_000_000;

/** The hub's, for what it signs. */
export const HUB_SIGNER = createSigner(generateSigningKey());

export const IDENTITY = {
  tenant: 'default',
  device: 'lane-1',
  token: 'token',
  store: '1',
  zone: '1',
  lane: 1,
  hubEpoch: HUB_EPOCH,
  hubPublicKey: Buffer.from(HUB_SIGNER.publicKey).toString('hex'),
};

export interface PublishedEntity {
  readonly type: keyof typeof ENTITY_TYPES;
  readonly key: string;
  readonly scope?: string;
  /** Absent: the entity is removed. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

export interface TestGoods {
  readonly sku: string;
  readonly name: string;
  /** In cents; absent: no price. */
  readonly cents?: number;
  readonly gtin?: string;
  readonly plu?: string;
  readonly brand?: string;
  readonly category?: string;
  readonly unit?: string;
  readonly taxClass?: string;
  readonly minimumAgeYears?: number;
  readonly nature?: string;
  readonly style?: string;
  readonly options?: string;
}

/** The cells of a publication, as one chunk of one segment. */
export function publish(store: ReplicaStore, entities: readonly PublishedEntity[]): void {
  const from = store.cut().position;
  const lsn = from.lsn + 1;
  const cells: Cell[] = entities.flatMap(({ type, key, scope = 'global', fields }) => {
    const { type: number, columns } = ENTITY_TYPES[type];
    const base = { type: number, key, scope, generation: 1, stamp: lsn };
    const existence: Cell = { ...base, field: 0, value: fields !== undefined };
    const known: readonly { readonly name: string; readonly number: number }[] = columns;
    const values = Object.entries(fields ?? {}).map(([name, value]): Cell => {
      const column = known.find((candidate) => candidate.name === name);
      assert(column !== undefined, `${type} has a column ${name}`);
      return { ...base, field: column.number, value };
    });
    return [existence, ...values];
  });
  const hash = String(lsn).padStart(64, '0');
  store.stage({
    from,
    to: { hubEpoch: HUB_EPOCH, lsn, historyHash: hash },
    rebase: false,
    segments: [{ hash, bytes: 1, cells: cells.length, entities: entities.length }],
    signature: hash + hash,
  });
  store.applyChunk({ segment: hash, chunk: 0, chunkCount: 1 }, cells);
  store.expose();
}

export const setting = (key: string, value: string): PublishedEntity => ({ type: 'setting', key, scope: 'store:1', fields: { value } });

export const SHOP: readonly PublishedEntity[] = [
  setting('currency', 'EUR'),
  setting('taxInclusive', 'true'),
  setting('timeZone', 'Europe/Berlin'),
  setting('storeName', 'Corner Shop'),
  { type: 'tax', key: 'standard', fields: { name: 'VAT', rateBps: 1_900 } },
  { type: 'tax', key: 'reduced', fields: { name: 'Reduced', rateBps: 700 } },
];

export const priceOf = (sku: string, cents: number, type: PriceType = 'regular'): PublishedEntity => ({
  type: 'price',
  key: priceKey(sku, type),
  fields: { amount: cents, decimals: 2, currency: 'EUR' },
});

export function goods({
  sku,
  name,
  cents,
  gtin,
  plu,
  unit = 'piece',
  taxClass = 'reduced',
  ...rest
}: TestGoods): readonly PublishedEntity[] {
  return [
    { type: 'item', key: sku, fields: { name, unit, taxClass, ...(plu !== undefined && { plu }), ...rest } },
    ...(cents === undefined ? [] : [priceOf(sku, cents)]),
    ...(gtin === undefined ? [] : [{ type: 'code', key: gtinKey(gtin), fields: { sku } } as const]),
    ...(plu === undefined ? [] : [{ type: 'code', key: pluKey(plu), fields: { sku } } as const]),
  ];
}

/** Real GTINs, so that check digits are right. */
export const MILK = '4008400404127';
export const BEER = '4002103000013';

export const ASSORTMENT: readonly PublishedEntity[] = [
  ...SHOP,
  ...goods({ sku: 'MILK', name: 'Milk 1 l', cents: 119, gtin: MILK, brand: 'Dairy & Sons', category: 'Dairy' }),
  ...goods({ sku: 'BEER', name: 'Beer', cents: 99, gtin: BEER, taxClass: 'standard', minimumAgeYears: 16, category: 'Drinks' }),
  ...goods({ sku: 'APPLE', name: 'Apples', cents: 299, plu: '4011', unit: 'gram', category: 'Produce' }),
  ...goods({ sku: 'PEAR', name: 'Pear', cents: 59, plu: '4409', category: 'Produce' }),
  ...goods({ sku: 'GIFT', name: 'Gift without a price' }),
  ...goods({ sku: 'FREE', name: 'Flyer', cents: 0 }),
  ...goods({ sku: '85123A', name: 'White hanging heart T-light holder', cents: 255, taxClass: 'standard' }),
  ...goods({ sku: 'ODD', name: 'Of an unknown tax class', cents: 100, taxClass: 'luxury' }),
];

/** In memory where the machine offers that: these tests are about what is written, not about how long a disk takes. */
export const fastFolder = (): string => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-lane-'));

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export interface TestLane {
  readonly folder: string;
  readonly clock: { nowMs: number };
  /** Time that passed beside the test's own. */
  readonly monotonic: { addedMs: number };
  readonly errors: unknown[];
  /** What was told to other lanes, oldest first. */
  readonly told: { readonly question: string; readonly value: unknown; readonly device: string | undefined }[];
  /** Of what this lane signs for others. */
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
  db: Connection;
  store: ReplicaStore;
  till: Till;
  /** Sends a request with an id of its own. */
  ask(body: RequestBody, id?: string, hub?: HubAnswer): Outcome;
  /** The value of the reply; throws where it was refused. */
  take(body: RequestBody): ReplyValue;
  /** The type of the refusal; throws where it was not refused. */
  refusal(body: RequestBody): string;
  lines(): readonly LineView[];
  state(): NonNullable<ReplyValue['state']>;
  /** The lane's stock, level with its ledger, by SKU. */
  foldedStock(): readonly unknown[];
  /** Closes the database and opens it again, as after a kill. */
  reopen(): void;
  close(): void;
}

/** Of each catalogue and lane number that this process made a lane of: its database. Migrating and publishing are most of what a new one costs. */
const firstDatabases = new WeakMap<readonly PublishedEntity[], Map<number, Buffer>>();

export function createTestLane(
  entities: readonly PublishedEntity[] = ASSORTMENT,
  folder = fastFolder(),
  onReceipt?: TillPorts['onReceipt'],
  onDrawer?: TillPorts['onDrawer'],
  number: number = IDENTITY.lane,
  terminal?: TillPorts['terminal'],
  fiscal?: TillPorts['fiscal'],
): TestLane {
  const clock = { nowMs: NOON_MS };
  const monotonic = { addedMs: 0 };
  const errors: unknown[] = [];
  const told: TestLane['told'] = [];
  const signer = createSigner(generateSigningKey());
  const identity = { ...IDENTITY, lane: number, device: `lane-${number}` };
  let asked = 0;
  const open = (): Pick<TestLane, 'db' | 'store' | 'till'> => {
    const file = join(folder, DATABASE_FILE);
    const first = firstDatabases.get(entities)?.get(number);
    if (first !== undefined && !existsSync(file)) writeFileSync(file, first);
    const db = openConnection(folder);
    const ports: Clock = { nowMs: () => clock.nowMs, monotonicMs: () => performance.now() + monotonic.addedMs };
    migrate(db, ports);
    const store: ReplicaStore = createSqliteStore(db, {
      schemas: LEDGER_SCHEMAS,
      hash: nodeHash,
      onEntity: createSearchIndexer(
        db,
        () => store,
        () => scopesAt(store, identity, store.cut().at),
      ),
    });
    if (store.identity() === null) {
      store.enrol(identity, number === IDENTITY.lane ? LANE_EPOCH : laneEpoch(number));
      if (entities.length > 0) publish(store, entities);
      firstDatabases.set(entities, (firstDatabases.get(entities) ?? new Map<number, Buffer>()).set(number, db.serialize()));
    }
    const till = createTill({
      db,
      store,
      transactions: createTransactions(db, createMainTurn(createWriteTurnMemory()), { ask: () => {}, covered: () => {} }),
      clock: ports,
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      hash: nodeHash,
      names: createNameSafe(new Uint8Array(32).fill(7), systemRandom),
      verifier: nodeVerifier,
      signer,
      logger: { ...silentLogger, error: (message, fields) => errors.push({ message, ...fields }) },
      sheets: { documents: createSqliteDocumentStore(db), signer: HUB_SIGNER, onWritten: () => {} },
      leaves: { sign: (message) => signer.sign(message), tell: (question, value, device) => told.push({ question, value, device }) },
      status: (facts) => describeSurroundings(store, SILENT, facts),
      onAppended: () => {},
      ...(onReceipt !== undefined && { onReceipt, printJobs: createPrintJobs(db, () => true) }),
      ...(onDrawer !== undefined && { onDrawer }),
      ...(terminal !== undefined && { terminal }),
      ...(fiscal !== undefined && { fiscal }),
    });
    return { db, store, till };
  };
  const lane: TestLane = {
    folder,
    clock,
    monotonic,
    errors,
    told,
    publicKey: signer.publicKey,
    sign: (message) => signer.sign(message),
    ...open(),
    ask(body, id = `test-${process.pid}-${folder}-${(asked += 1)}`.slice(-64), hub?: HubAnswer) {
      const request: Request = { id, atMs: clock.nowMs, body };
      return lane.till.handle(request, hub);
    },
    take(body) {
      const { reply } = lane.ask(body);
      assert(reply.type === 'reply', `${body.type} was answered, not refused: ${JSON.stringify(reply)} ${JSON.stringify(errors)}`);
      return reply.value;
    },
    refusal(body) {
      const { reply } = lane.ask(body);
      assert(reply.type === 'refused', `${body.type} was refused, not answered: ${JSON.stringify(reply)}`);
      return reply.refusal.type;
    },
    lines: () => lane.state().lines,
    state() {
      const { state } = lane.take({ type: 'open', version: 1 });
      assert(state !== undefined, 'open is answered with all of the state');
      return state;
    },
    foldedStock() {
      const stock = createStock({ db: lane.db, store: lane.store, logger: silentLogger, withTurn: (write) => write() });
      while (stock.foldNext());
      return lane.db.prepare('SELECT * FROM stock ORDER BY sku').all();
    },
    reopen() {
      lane.db.close();
      Object.assign(lane, open());
    },
    close() {
      lane.db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return lane;
}

const laneEpoch = (number: number): string => number.toString(16).padStart(4, '0').padEnd(16, '0');

/** Takes what a sibling has in its ledger, as over the store's network: what this lane has already is passed over. */
export function hearSibling(lane: TestLane, sibling: TestLane): void {
  const folds = createSiblingFolds(lane.db, { device: () => lane.store.identity()?.device, cut: () => lane.store.cut() });
  const [epoch] = sibling.store.epochs();
  assert(epoch !== undefined, 'a lane has its epoch');
  const entries = sibling.store.entriesAfter(epoch.epoch, 0, 1_000, 10_000_000);
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return;
  const { device } = first.id;
  const head = signHead(HUB_SIGNER, { device, epoch: epoch.epoch, seq: last.id.seq, hash: last.hash });
  const batch = { device, epoch: epoch.epoch, parent: null, firstSeq: first.id.seq, previousHash: first.previousHash, entries, head };
  createSqliteNeighbourStore(lane.db, folds).take(batch, null, epoch.begin ?? undefined);
  lane.till.siblingsMoved();
}

/** As the sync worker does while nobody sells: what siblings keep no longer goes here, too (SPEC: N-16). */
export function forgetWithSiblings(lane: TestLane): void {
  const folds = createSiblingFolds(lane.db, { device: () => lane.store.identity()?.device, cut: () => lane.store.cut() });
  const neighbours = createSqliteNeighbourStore(lane.db, folds);
  while (neighbours.forgetNext(10)) lane.till.siblingsMoved();
}

/** What a window shows after these messages: the contract's fold, written independently of any window. */
export interface Fold {
  revision: number;
  lines: Map<string, LineView>;
  head: NonNullable<ReplyValue['state']>['head'];
}

export function foldMessages(fold: Fold, messages: readonly TillMessage[]): void {
  for (const message of messages) {
    if (message.type !== 'basket') continue;
    assert(message.revision === fold.revision + 1, `revision ${message.revision} follows ${fold.revision}`);
    fold.revision = message.revision;
    if (message.reset) fold.lines.clear();
    for (const lineId of message.removedLineIds) fold.lines.delete(lineId);
    for (const line of message.upserted) fold.lines.set(line.lineId, line);
    fold.head = message.head;
  }
}
