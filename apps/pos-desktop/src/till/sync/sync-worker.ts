/**
 * The till's second thread: it carries the ledger to the hub and the catalogue from it, with a connection of its own. It
 * writes in short transactions, each in its turn, rests between them while someone is selling, and sends in the pauses; it
 * also moves the write-ahead log into the database, so that no sale ever pays for that.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { assert, InvariantError } from '@holdfast/base';
import { nodeCipher, nodeCompression, nodeHash, nodeVerifier, systemClock, systemRandom, systemTimers } from '@holdfast/base/node';
import type { ReportedDevice } from '@holdfast/domain';
import { createReplica, hexToBytes, NO_DOCUMENTS, type EnrolRequest, type ReplicaStore } from '@holdfast/sync';
import { createFolderParts } from '@holdfast/sync/folder-parts';
import { createHttpTransport } from '@holdfast/sync/http';
import { createLineFetch } from '@holdfast/sync/line-fetch';
import { createSqliteDocumentStore, createSqliteStore, doubtLines } from '@holdfast/sync/sqlite';

import { createDaySales } from '../books/day-sales.ts';
import { createUncountedSales } from '../books/uncounted-sales.ts';
import { scopesAt } from '../catalogue/catalogue.ts';
import { createSearchFill, createSearchIndexer } from '../catalogue/search.ts';
import { openConnection } from '../database/connection.ts';
import { hearingDamage } from '../database/hear-damage.ts';
import type { SiblingAnswer, StoreLan } from '../lan/store-lan.ts';
import { createLaneMemory } from '../lane-memory.ts';
import { createLogger } from '../logger.ts';
import { bringPictures } from '../pictures/bring-pictures.ts';
import { openPictureShelf } from '../pictures/picture-shelf.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createPacedTurn, inPause, PAUSE_MS, watchSelling } from '../selling/selling.ts';
import { seenLedgers } from '../sheets/seen-ledgers.ts';
import { createSheetBook, type SheetBook } from '../sheets/sheet-book.ts';
import { createSheetExchange } from '../sheets/sheet-exchange.ts';
import { answerSheet } from '../sheets/sheet-questions.ts';
import { loadSheetEngine } from '../sheets/stock-sheet.ts';
import { createStock } from '../sheets/stock.ts';
import { giveWayToOthers } from '../thread-priority.ts';
import { createWorkerTurn } from '../write-turn.ts';
import { createCheckpoints, lengthenLog } from './checkpoints.ts';
import { createLaneAudit } from './lane-audit.ts';
import { createWaitingDays, laneReport } from './lane-report.ts';
import { createLaneWipe } from './lane-wipe.ts';
import { createSyncedTurn } from './log-sync.ts';
import { createMuchTaken, giveMemoryBack } from './memory-back.ts';
import { readOldestPinned } from './pinned-cuts.ts';
import { keepPokeSocket, type PokeSocket } from './poke-socket.ts';
import { openSegmentKeys } from './segment-keys.ts';
import { loadSigner } from './signing-key.ts';
import { createStatusNews } from './status-news.ts';
import type { FromSyncWorker, SyncWorkerData, ToSyncWorker } from './sync-messages.ts';
import { createWitnessKeeper } from './witness.ts';

assert(parentPort !== null, 'the sync worker runs beside a till');
const main = parentPort;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
const tell = (message: FromSyncWorker): void => main.postMessage(message);

/** What a transaction may take: a scan may have to wait for one. Before the first catalogue there is nothing to scan. */
const SELLING_BUDGET_MS = 1.5;
const QUIET_BUDGET_MS = 5;

/** So much takes the processor for seconds (docs/decisions/0012), and leaves memory behind (0050). */
const MUCH_CELLS = 5_000;
/** What the disk did not take is tried again so much later. */
const FAILED_MS = 5_000;
/** A tenth of what the till and its window get where all of them want it. */
const STEPS_NICER = 10;

/** Where lanes keep what came down, and where a stick's snapshot is put. */
const CARRIED_FOLDER = 'down';
/** What has come of segments that are not applied yet. */
const PARTS_FOLDER = 'parts';

const { folder, turnMemory } = workerData as SyncWorkerData;
const logger = hearingDamage(createLogger('sync', systemClock), () => tell({ type: 'damaged' }));
const db = openConnection(folder);
const lane = createLaneMemory(db);
const workerTurn = createWorkerTurn(turnMemory);
const selling = watchSelling(workerTurn, systemClock);
const hasCatalogue = (): boolean => store.cut().at > 0;
const turn = createPacedTurn(createSyncedTurn(db, workerTurn, systemClock), selling, systemClock, hasCatalogue);
try {
  workerTurn.run(() => lengthenLog(db));
} catch (error) {
  logger.warn('the log was not lengthened: commits take longer', { error });
}
const checkpoints = createCheckpoints(db, workerTurn, selling, { timers: systemTimers, logger });
const oldestPinnedAt = readOldestPinned(db);

const signer = loadSigner(folder);
const scopes = (): readonly string[] => {
  const identity = store.identity();
  return identity === null ? [] : scopesAt(store, identity, store.cut().at);
};
const store: ReplicaStore = createSqliteStore(db, {
  schemas: LEDGER_SCHEMAS,
  hash: nodeHash,
  onEntity: createSearchIndexer(db, () => store, scopes),
  onFirst: (entity, field) => searchFill.onFirst(entity, field),
});
const searchFill = createSearchFill(db, () => store, scopes);

const counted = <T>(written: T): T => {
  checkpoints.wrote();
  return written;
};
/** What the replica and the store's network both work with. */
const ports = {
  signer,
  verifier: nodeVerifier,
  hash: nodeHash,
  compression: nodeCompression,
  clock: systemClock,
  random: systemRandom,
  timers: systemTimers,
  logger,
  withTurn: <T>(write: () => T): T => counted(turn.run(write)),
  withTurnOfPart: <T>(write: () => T): T => counted(turn.runPart(write)),
};

const documents = createSqliteDocumentStore(db);
const keys = openSegmentKeys(folder);
const shelf = openPictureShelf(folder, nodeHash);
const hub = createHttpTransport({ fetch: createLineFetch(), hubUrl: () => lane.hubUrl() ?? 'http://localhost:0' });
const parts = createFolderParts(join(folder, PARTS_FOLDER));
const asked = new Map<number, (value: unknown) => void>();
let questions = 0;
const network = lane.lan();
/** Without a port this lane is by itself. */
const lan: StoreLan | null =
  network.port === null
    ? null
    : (await import('../lan/lane-lan.ts')).openLaneLan(db, {
        folder,
        port: network.port,
        addresses: network.neighbours,
        store,
        hub,
        parts,
        ...ports,
        isConnected: () => isConnected,
        waiting: (hubEpoch) => replica.waiting(hubEpoch),
        onBeyond: () => replica.leaveEpoch(),
        onTaken: () => tell({ type: 'siblingEntries' }),
        picture: (name) => shelf.read(name),
        documents: () => sheets.digest(),
        answerDocuments: (request) => sheets.answer(request),
        onDocuments: (address, digest, ask) => sheets.heard({ name: address, ask }, digest),
        onSiblings: (siblings, copies) => {
          logger.info('lanes of this store', { siblings: siblings.map(({ device }) => device) });
          tell({ type: 'siblings', clocksAheadMs: siblings.flatMap(({ clockAheadMs }) => clockAheadMs ?? []), copies });
        },
        answer: ({ device: from, publicKey }, question, value) =>
          new Promise((resolve) => {
            const id = (questions += 1);
            asked.set(id, resolve);
            tell({ type: 'asked', id, from, key: hexToBytes(publicKey), question, value });
          }),
      });
const carried = join(folder, CARRIED_FOLDER);
const carriedTransport =
  lan === null && existsSync(carried)
    ? (await import('./carried-snapshot.ts')).withCarriedSnapshot({ folder: carried, store, hub, parts, ...ports })
    : null;
/** As the till said last. */
let devices: readonly ReportedDevice[] = [];
let isConnected = false;
let isApplying = false;
/** As the hub said last. */
let hubDocuments = NO_DOCUMENTS;
let hasGivenWay = false;
const newsOf = createStatusNews();
const hasTakenMuch = createMuchTaken(MUCH_CELLS);
let cancelEmptying = (): void => {};
const emptying = inPause(giveMemoryBack, selling, systemClock, systemTimers);
const sheets = createSheetExchange({
  ...ports,
  documents,
  identity: () => store.identity(),
  siblingKey: (device) => lan?.keyOf(device),
  hub,
  onTaken: () => tell({ type: 'documents' }),
});

/** Undefined: this lane is not enrolled. */
async function askHub<T>(ask: (token: string) => Promise<T>): Promise<T | undefined> {
  const identity = store.identity();
  return identity === null ? undefined : ask(identity.token);
}

function equipWith(enrolmentCode: string): NonNullable<EnrolRequest['equip']> {
  const key = lan?.keyToCertify(enrolmentCode);
  return key === undefined ? {} : { lan: key };
}

const uncounted = createUncountedSales(db);
const waitingDays = createWaitingDays(store, createDaySales(db));
const code = store.identity() === null ? lane.enrolmentCode() : undefined;
const replica = createReplica(
  {
    store,
    transport: lan?.transport ?? carriedTransport ?? hub,
    ...ports,
    isTurnAwaited: () => workerTurn.isAwaited(),
    writeBudgetMs: () => (!hasCatalogue() ? Infinity : selling.isSelling() ? SELLING_BUDGET_MS : QUIET_BUDGET_MS),
    oldestPinnedAt,
    prepareFirst: (begins) => searchFill.prepare(begins),
    waitingSales: () => uncounted.waitingSales(store),
    report: () => laneReport(folder, devices, waitingDays()),
    onStatus: (status) => {
      const { enrolled, connected, applying, problem, cut } = status;
      if (cut.at > 0 && (applying?.cellsTotal ?? 0) >= MUCH_CELLS) giveWay();
      if (hasTakenMuch(applying)) cancelEmptying = systemTimers.after(0, () => emptying.ask());
      if (enrolled) settleEnrolment();
      isConnected = connected;
      isApplying = applying !== null;
      if (enrolled) lan?.contact();
      if (problem !== null && problem !== lastProblem) logger.warn('sync needs a person to look', { problem });
      lastProblem = problem;
      const news = newsOf(status);
      if (news !== undefined) tell({ type: 'status', status: news });
    },
    seals: {
      cipher: nodeCipher,
      keyNamed: (name) => keys.named(name),
      onMissing: () => keys.fetch(async () => askHub((token) => hub.fetchSegmentKeys(token))),
    },
    onCut: () => {
      tell({ type: 'cut' });
      pictures.changed();
    },
    canBeCalled: () => pokes?.isOpen() === true,
    askLevel: async (question, hasMoved) => pokes?.ask(question, hasMoved) ?? null,
    onEquipped: ({ certificate, segmentKeys, passcodeSecrets }) => {
      tell({ type: 'passcodeSecrets', secrets: passcodeSecrets });
      try {
        keys.keep(segmentKeys);
        if (certificate !== undefined) lan?.certified(certificate);
      } catch (error) {
        logger.warn('what came with the enrolment was not kept: it is asked for', { error });
      }
    },
    onContact: (revocations, digest) => {
      lan?.contact(revocations);
      hubDocuments = digest ?? NO_DOCUMENTS;
      sheets.hubHeard(hubDocuments);
    },
    onOtherHub: () => (lan === null ? ports.withTurn(() => doubtLines(db)) : lan.doubtHub()),
    onWipeOrdered: (isServed) => laneWipe.ordered(isServed),
    onAuditWanted: () => laneAudit.wanted(),
    parts,
  },
  code === undefined ? {} : { enrol: { code, publicKey: Buffer.from(signer.publicKey).toString('hex'), equip: equipWith(code) } },
);

const laneWipe = createLaneWipe({
  ...ports,
  db,
  store,
  hub,
  areDocumentsLevel: () => sheets.digest() === hubDocuments,
  onWipe: (wipe) => tell({ type: 'wipe', wipe }),
});
const laneAudit = createLaneAudit({ ...ports, db, store, scopes, hub, selling });
const pictures = bringPictures({
  ...ports,
  db,
  store,
  hub,
  lan,
  shelf,
  selling,
  isConnected: () => isConnected,
  isApplying: () => isApplying,
});
const sending = inPause(() => replica.appended(), selling, systemClock, systemTimers);

const stock = createStock({ ...ports, db, store });
let cancelFolding = (): void => {};
/** One short transaction after the other, until stock is level with the ledger or somebody sells. */
function foldStock(): void {
  cancelFolding();
  try {
    if (!stock.foldNext()) return;
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    // A full disk, say: the lane sells on as long as it can, and what it sold is sent.
    logger.error('the stock was not brought level', { error });
    cancelFolding = systemTimers.after(FAILED_MS, () => folding.ask());
    return;
  }
  if (selling.quietMs() < PAUSE_MS) folding.ask();
  else cancelFolding = systemTimers.after(0, foldStock);
}
const witness = createWitnessKeeper(folder, store, () => lane.hubUrl());
/** A full disk, say, is no reason to stop: the next pause tries again. */
function keepWitness(): void {
  try {
    witness.keep();
  } catch (error) {
    logger.warn('the witness of the ledger was not written', { error });
  }
}
const witnessing = inPause(keepWitness, selling, systemClock, systemTimers);
const folding = inPause(foldStock, selling, systemClock, systemTimers);
folding.ask();
witnessing.ask();

/** Once, and for good. Not before the first catalogue, for which everybody waits, nor for the few things that come and go all day. */
function giveWay(): void {
  if (hasGivenWay) return;
  hasGivenWay = true;
  void giveWayToOthers(STEPS_NICER);
}

let lastProblem: string | null = null;
let isSettled = false;
/** Once: the code is used up, and pokes may come. */
function settleEnrolment(): void {
  if (isSettled) return;
  isSettled = true;
  if (lane.enrolmentCode() !== undefined) turn.run(() => lane.forgetEnrolmentCode());
  pokes = keepPokeSocket({
    hubUrl: () => lane.hubUrl(),
    token: () => store.identity()?.token,
    onPoke: (isUrgent) => {
      lan?.poked();
      replica.poked(isUrgent);
    },
    onLost: () => replica.lost(),
    timers: systemTimers,
    random: systemRandom,
  });
}
let pokes: PokeSocket | undefined;

async function stop(): Promise<void> {
  pokes?.close();
  sending.stop();
  folding.stop();
  witnessing.stop();
  cancelFolding();
  cancelEmptying();
  emptying.stop();
  keepWitness();
  await laneAudit.stop();
  await pictures.stop();
  await sheets.stop();
  await lan?.stop();
  await replica.stop();
  checkpoints.stop();
  db.close();
  tell({ type: 'stopped' });
  main.close();
}

function answerMain({ id, question, value, device }: Extract<ToSyncWorker, { type: 'ask' }>): void {
  const said = (answers: readonly SiblingAnswer[]): void => tell({ type: 'answered', id, answers });
  if (lan === null) return said([]);
  lan.ask(question, value, device).then(said, (error: unknown) => {
    logger.error('other lanes could not be asked', { question, error });
    said([]);
  });
}

let book: Promise<SheetBook> | undefined;
/** Whoever asks first waits for Automerge to be loaded. */
function answerSheetQuestion({ id, question }: Extract<ToSyncWorker, { type: 'askSheet' }>): void {
  book ??= loadSheetEngine(async (path) => new Uint8Array(await readFile(path))).then((engine) =>
    createSheetBook(documents, engine, () => seenLedgers(store.epochs(), lan?.lines() ?? [])),
  );
  book
    .then((held) => tell({ type: 'sheetAnswered', id, answer: answerSheet(held, question) }))
    .catch((error: unknown) => {
      logger.error('the stock-count sheets could not be read', { question: question.type, error });
      tell({ type: 'sheetAnswered', id, answer: undefined });
    });
}

main.on('message', (message: ToSyncWorker) => {
  if (message.type === 'appended') {
    lan?.appended();
    sending.ask();
    folding.ask();
    witnessing.ask();
  } else if (message.type === 'devices') devices = message.devices;
  else if (message.type === 'documentWritten') sheets.wrote();
  else if (message.type === 'told') {
    asked.get(message.id)?.(message.value);
    asked.delete(message.id);
  } else if (message.type === 'ask') answerMain(message);
  else if (message.type === 'askSheet') answerSheetQuestion(message);
  else stop().catch((error: unknown) => logger.error('the sync worker did not stop cleanly', { error }));
});
if (lane.hubUrl() !== undefined) {
  workerTurn.run(() => searchFill.open());
  replica.start();
}
