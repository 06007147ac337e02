/**
 * A till as a whole: lock, database, core, sync worker, loopback server, put together on one data folder. Starting does no
 * work that grows with the catalogue or the ledger.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assert, err, ok, type Logger, type Result } from '@holdfast/base';
import { lockFolder, type FolderHeld, type FolderLock } from '@holdfast/base/folder-lock';
import { nodeHash, nodeVerifier, systemClock, systemRandom, systemTimers } from '@holdfast/base/node';
import type { DeviceEntry, FiscalSigner, PaymentTerminal } from '@holdfast/hardware';
import { createHttpTransport, type HttpTransport } from '@holdfast/sync/http';
import { createLineFetch } from '@holdfast/sync/line-fetch';
import { createSqliteDocumentStore, createSqliteStore } from '@holdfast/sync/sqlite';

import type { TillMessage } from '../shared/till-contract.ts';
import { createSecret } from './access.ts';
import type { TillArguments } from './arguments.ts';
import { exportJournal } from './books/journal.ts';
import { summariseLedger } from './books/ledger-summary.ts';
import { createUncountedSales } from './books/uncounted-sales.ts';
import { ASK_WITHIN_MS, askBalance, type AskPorts } from './customers/ask-balance.ts';
import { findCustomer, type FindCustomerPorts } from './customers/find-customer.ts';
import { isBusy, isDiskFull } from './database/connection.ts';
import { openLane } from './database/open-lane.ts';
import { markDamaged } from './database/rebuild-lane.ts';
import { createLaneDevices, type LaneDevices } from './devices/lane-devices.ts';
import { createPrintJobs } from './devices/print-jobs.ts';
import { createLaneFiscal, type LaneFiscal } from './fiscal/lane-fiscal.ts';
import { askHandover, askSeller, askStations } from './lan/ask-siblings.ts';
import { createLaneMemory } from './lane-memory.ts';
import { openNameSafe } from './name-safe.ts';
import { createIdentifier } from './people/identify.ts';
import { LEAVE_QUESTION } from './people/leave-wishes.ts';
import { createSecretFetch, openPasscodeSecrets, secretNumbersOf } from './people/passcode-secrets.ts';
import { openPictureShelf } from './pictures/picture-shelf.ts';
import { askReturn, type AskReturnPorts, type HubReturn, type ReturnQuestion } from './returns/ask-return.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { startServer } from './server.ts';
import { copiesStatus, describeSurroundings, SILENT } from './surroundings.ts';
import { createCarriedSales } from './sync/carried-sales.ts';
import { moveLongLog } from './sync/checkpoints.ts';
import { eraseMarked, hasOpenBasket, isStillAll, markWiped } from './sync/lane-wipe.ts';
import { createLogSync } from './sync/log-sync.ts';
import { withSeenCut } from './sync/seen-cut.ts';
import { loadSigner, writePrivateFile } from './sync/signing-key.ts';
import { startSyncThread } from './sync/sync-thread.ts';
import { openLaneTerminal, type LaneTerminal } from './terminal/lane-terminal.ts';
import type { ReceiptToPrint, TerminalPort } from './till-ports.ts';
import { createTill, type Till } from './till.ts';
import { createTransactions } from './transactions.ts';
import { createWindows, type Windows } from './windows.ts';
import { createMainTurn, createWriteTurnMemory } from './write-turn.ts';

export interface RunningTill {
  readonly windows: Windows;
  /** `http://localhost:PORT` */
  readonly url: string;
  readonly dataFolder: string;
  /** A code was given, and this is a lane already: it was not used. */
  readonly unusedCodeOf?: { readonly store: string; readonly lane: number };
  mintToken(): string;
  /** Everything that was answered is on disk before; this only ends politely. */
  stop(): Promise<void>;
}

/** Never used before, as terminals want it: 40 bits of chance. */
const newTerminalId = (): string => Buffer.from(systemRandom.bytes(5)).toString('hex').toUpperCase();

/** With which codes of customers are hashed, whatever passcodes are sealed with since. */
const CUSTOMER_SECRET = 1;
/** However fast the catalogue comes in, windows hear of it at most this often. */
const STATUS_EVERY_MS = 200;
/** How late a lane may notice that nobody touches it. */
const IDLE_LOOK_MS = 5_000;

/** The built window: beside the sources, or beside the bundle. */
const RENDERER_FOLDER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/renderer' : '../renderer', import.meta.url));

/** Another program, such as a backup, has the lane's database: nothing was changed. */
interface DatabaseBusy {
  readonly type: 'databaseBusy';
}

/** The data folder cannot be made or written to: nothing was changed. */
interface FolderUnusable {
  readonly type: 'folderUnusable';
  /** What the disk said. */
  readonly cause: string;
}

/** Nothing can be written to the folder's disk any more: nothing was changed. */
interface DiskFull {
  readonly type: 'diskFull';
}

export type NotStarted = FolderHeld | FolderUnusable | DatabaseBusy | DiskFull;

function takeFolder(folder: string): Result<FolderLock, FolderHeld | FolderUnusable | DiskFull> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return lockFolder(folder, 'till');
  } catch (error) {
    if (isDiskFull(error)) return err({ type: 'diskFull' });
    return err({ type: 'folderUnusable', cause: error instanceof Error ? error.message : String(error) });
  }
}

/**
 * `onDamage`: the database is damaged, and marked so that the next start rebuilds it. `onWiped`: headquarters had it erased, and nothing of it is left; the next start is a
 * new lane's. Throws what is wrong with a damaged database where that shows before the till runs: whoever catches it marks the folder (`markDamaged`). After `diskFull` the process ends.
 */
export async function startTill(
  given: TillArguments,
  logger: Logger,
  onDamage: () => void = () => {},
  onWiped: () => void = () => {},
): Promise<Result<RunningTill, NotStarted>> {
  const folder = resolve(given.dataFolder);
  const lock = takeFolder(folder);
  if (!lock.ok) return err(lock.error);
  try {
    return ok(await startOn(folder, lock.value, { given, logger, onDamage, onWiped }));
  } catch (error) {
    if (!isBusy(error) && !isDiskFull(error)) throw error;
    lock.value.release();
    return err({ type: isBusy(error) ? 'databaseBusy' : 'diskFull' });
  }
}

interface StartPorts {
  readonly given: TillArguments;
  readonly logger: Logger;
  readonly onDamage: () => void;
  readonly onWiped: () => void;
}

async function startOn(folder: string, lock: FolderLock, { given, logger, onDamage, onWiped }: StartPorts): Promise<RunningTill> {
  eraseMarked(folder);
  const signer = loadSigner(folder);
  const db = openLane(folder, { clock: systemClock, random: systemRandom, logger });
  try {
    if (moveLongLog(db)) logger.info('the log of lanes that were killed was moved into the database');
  } catch (error) {
    // A full disk, say: it sells on behind a long log.
    logger.warn('a long log was not moved into the database', { error });
  }
  const lane = createLaneMemory(db);
  const turnMemory = createWriteTurnMemory();
  const turn = createMainTurn(turnMemory);
  const store = withSeenCut(createSqliteStore(db, { schemas: LEDGER_SCHEMAS, hash: nodeHash }), () => turn.workerWrites());
  const enrolledAs = store.identity();
  lane.remember({
    ...(given.hubUrl !== undefined && { hubUrl: given.hubUrl }),
    ...(given.enrolmentCode !== undefined && enrolledAs === null && { enrolmentCode: given.enrolmentCode }),
  });
  lane.rememberLan({
    ...(given.lanPort !== undefined && { port: given.lanPort }),
    ...(given.neighbours !== undefined && { neighbours: given.neighbours }),
  });
  let replica = SILENT;
  let stopAll: (() => Promise<void>) | null = null;
  let isDamaged = false;
  /** Where no basket would be lost, and somebody is there of whom the catalogue comes back: until then the lane sells on. */
  const endDamaged = (): void => {
    if (!isDamaged || stopAll === null || !(replica.connected || clocksAheadMs.length > 0) || hasOpenBasket(db)) return;
    isDamaged = false;
    markDamaged(folder);
    stopAll().then(onDamage, onDamage);
  };
  let clocksAheadMs: readonly number[] = [];
  let copies: readonly string[] = [];
  const profile = profileOf(lane.devices(), given.devices ?? []);
  lane.rememberDevices(profile);
  const devices: LaneDevices = createLaneDevices(profile, {
    clock: systemClock,
    timers: systemTimers,
    logger,
    onChange: () => statusLine.run(),
    onScan: (code) => windows.tellActive({ type: 'scanned', ...(code !== undefined && { code }) }),
    onDrawerOpened: () => {
      for (const message of till.drawerOpened()) windows.broadcast(message);
    },
    onPrinting: (jobNo) => transactions.kept(() => printJobs.begin(jobNo)),
    onPrinted: (jobNo) => transactions.kept(() => printJobs.forget(jobNo)),
    onProfile: (next) => lane.rememberDevices(next),
    waitingPrints: () => till.waitingPrints(),
    terminalNames: { saleId: () => store.identity()?.device, newId: newTerminalId },
    onTerminal: (driver) => {
      terminal?.close();
      terminal = driver === undefined ? undefined : openTerminal(driver);
      statusLine.run();
    },
    shop: () => till.shop(),
  });
  const printJobs = createPrintJobs(db, () => devices.hasPrinter());
  let terminal: LaneTerminal | undefined;
  let fiscal: LaneFiscal | undefined;
  const terminalPort: TerminalPort = {
    onWork: () => void setImmediate(() => terminal?.onWork()),
    abort: (paymentId) => terminal?.abort(paymentId),
    ask: (paymentId) => terminal?.ask(paymentId),
  };
  const openTerminal = (driver: PaymentTerminal): LaneTerminal =>
    openLaneTerminal(() => ok(driver), {
      clock: systemClock,
      timers: systemTimers,
      logger,
      saleId: () => store.identity()?.device,
      newId: newTerminalId,
      onChange: () => statusLine.run(),
      hasCases: () => till.hasCardCases(),
      work: () => till.terminalWork(),
      heard: (paymentId, event) => {
        const { messages, state } = till.terminalHeard(paymentId, event);
        for (const message of messages) windows.broadcast(message);
        return state;
      },
    });
  const logSync = createLogSync(`${db.name}-wal`, logger, systemTimers);
  const transactions = createTransactions(db, turn, logSync);
  /** Who gets change does not wait for a signature; what is printed does, and not for long. */
  const printWhenSigned = (print: ReceiptToPrint): void => {
    if (fiscal === undefined || !till.isFiscalDue(print.receiptNumber)) return devices.printReceipt(print);
    if (print.opensDrawer) devices.openDrawer();
    void fiscal.settled(print.receiptNumber).then(() => devices.printReceipt({ ...print, opensDrawer: false }));
  };
  const pictures = openPictureShelf(folder, nodeHash);
  const till: Till = createTill({
    db,
    store,
    transactions,
    clock: systemClock,
    clocksAheadMs: () => clocksAheadMs,
    random: systemRandom,
    hash: nodeHash,
    names: openNameSafe(folder, systemRandom),
    signer,
    verifier: nodeVerifier,
    logger,
    leaves: {
      sign: (message) => signer.sign(message),
      tell: (question, value, device) => void sync.ask(question, value, device),
    },
    picture: (name) => pictures.read(name),
    sheets: { documents: createSqliteDocumentStore(db), signer, onWritten: () => sync.documentWritten() },
    status: (facts) =>
      describeSurroundings(store, replica, facts, [
        ...copiesStatus(copies),
        ...devices.status(),
        ...(terminal?.status() ?? []),
        ...(fiscal?.status() ?? []),
      ]),
    onDrawer: () => void setImmediate(() => devices.openDrawer()),
    printJobs,
    // The answer to who paid goes first.
    onReceipt: (print) => void setImmediate(() => printWhenSigned(print)),
    ...(given.fiscalSigner !== undefined && { fiscal: { onWork: () => void setImmediate(() => fiscal?.onWork()) } }),
    get terminal() {
      return devices.hasTerminal() ? terminalPort : undefined;
    },
    // Waking the worker takes some of the time that the answer takes.
    onAppended: () => void setImmediate(() => sync.appended()),
    onDamage: () => {
      markDamaged(folder);
      onDamage();
    },
  });
  const passcodes = openPasscodeSecrets(folder);
  const identifier = createIdentifier({
    db,
    transactions,
    clock: systemClock,
    people: () => till.people().people,
    rules: () => till.people().rules,
    findSecret: (number) => passcodes.find(number),
    currentSecret: () => passcodes.current(till.people().rules.secretNo),
    // Only a lane where people sign on loads what seals.
    seal: async (passcode, secret) => (await import('@holdfast/base/passcode')).sealPasscode(passcode, secret),
  });
  const asking: AskPorts &
    AskReturnPorts & { readonly transport: Pick<HttpTransport, 'fetchPasscodeSecrets' | 'findCustomers' | 'sendCustomer'> } = {
    transport: createHttpTransport({
      fetch: createLineFetch(),
      hubUrl: () => lane.hubUrl() ?? 'http://localhost:0',
      timeoutMs: ASK_WITHIN_MS,
    }),
    token: () => (replica.connected ? store.identity()?.token : undefined),
    ledger: () => {
      const epochs = store.epochs();
      const last = epochs.findLast(({ headSeq }) => headSeq > 0) ?? epochs.at(-1);
      return last && { epoch: last.epoch, seq: last.headSeq };
    },
  };
  const finding: FindCustomerPorts = {
    ...asking,
    secret: () => passcodes.find(CUSTOMER_SECRET),
    hash: async (code, secret) => (await import('@holdfast/base/passcode')).hashCustomerCode(code, secret),
    isKnown: (hash) => till.isCustomerKnown(hash),
  };
  const windows = createWindows(
    (request) => till.handle(request),
    logger,
    (request) => {
      const shown = till.identityToProve(request);
      if (shown !== undefined) return identifier.identify(shown).then((identified) => () => till.handle(request, { identified }));
      const buyer = till.customerToFind(request);
      if (buyer !== undefined) return findCustomer(finding, buyer).then((customer) => () => till.handle(request, { customer }));
      const sheet = till.sheetToAsk(request);
      if (sheet !== undefined) return sync.askSheet(sheet).then((told) => () => till.handle(request, { sheet: told }));
      if (till.wantsWeight(request)) return devices.weigh().then((weight) => () => till.handle(request, { weight }));
      const asked = till.devicesToAsk(request);
      if (asked !== undefined) return devices.answer(asked).then((answer) => () => till.handle(request, { devices: answer }));
      const wish = till.leaveToAsk(request);
      if (wish !== undefined) return askStations(sync, wish).then((stations) => () => till.handle(request, { stations }));
      const other = till.handoverToAsk(request);
      if (other !== undefined) return askHandover(sync, other).then((handover) => () => till.handle(request, { handover }));
      const settled = till.terminalToSettle(request);
      if (settled !== undefined)
        return (terminal?.settle(settled) ?? Promise.resolve(undefined)).then((totals) => () => till.handle(request, { settled: totals }));
      const unsigned = till.receiptToAwait(request);
      if (unsigned !== undefined && fiscal !== undefined) return fiscal.settled(unsigned).then(() => () => till.handle(request));
      const [spent, cards, back] = [till.balanceToAsk(request), till.cardsToAsk(request), till.returnToAsk(request)];
      if (spent === undefined && cards.length === 0 && back === undefined) return undefined;
      const askSellerToo = async (of: ReturnQuestion): Promise<HubReturn | undefined> => {
        const told = await askReturn(asking, of);
        return told?.sold === undefined ? ((await askSeller(sync, till, of)) ?? told) : told;
      };
      return Promise.all([
        spent && askBalance(asking, spent),
        Promise.all(cards.map(async (card) => askBalance(asking, card))),
        back && askSellerToo(back),
      ]).then(([balance, said, returned]) => {
        const cardsBack = said.filter((each) => each !== undefined);
        return () => till.handle(request, { balance, returned, cardsBack });
      });
    },
    (message) => devices.told(message),
  );
  const fetchSecrets = createSecretFetch({
    isNeeded: () => {
      const { people, rules } = till.people();
      const numbers = [...people.flatMap(secretNumbersOf), ...(people.length > 0 && rules.secretNo !== undefined ? [rules.secretNo] : [])];
      if (till.needsCustomerSecret()) numbers.push(CUSTOMER_SECRET);
      return numbers.some((number) => passcodes.find(number) === undefined);
    },
    fetch: async () => {
      const token = asking.token();
      const answer = token === undefined ? undefined : await asking.transport.fetchPasscodeSecrets(token);
      if (answer?.ok === true) passcodes.keep(answer.value.value);
    },
  });
  const sendCustomers = createSecretFetch({
    isNeeded: () => till.customersWaiting().length > 0,
    fetch: async () => {
      for (const waiting of till.customersWaiting()) {
        const token = asking.token();
        if (token === undefined) return;
        const sealed = Buffer.from(waiting.sealed).toString('hex');
        const { customer, keyNumber } = waiting;
        const sent = await asking.transport.sendCustomer(token, { customer, keyNumber, sealed });
        if (sent.ok) till.customerSent(customer, sent.value.value.customer);
        else if (sent.error.type === 'refused') till.customerSent(customer, undefined);
        else return;
      }
    },
  });
  const statusLine = throttled(() => {
    const status = till.status();
    windows.broadcast({ type: 'status', status });
    sync.devices(status.devices.map(({ device, state, reason }) => ({ device, state, ...(reason !== undefined && { reason }) })));
  });
  const sync = startSyncThread({
    workerData: { folder, turnMemory },
    clock: systemClock,
    timers: systemTimers,
    logger,
    onStatus: (status) => {
      replica = status;
      if (status.connected) {
        till.hubHeard();
        fetchSecrets.run();
        sendCustomers.run();
      }
      statusLine.run();
    },
    onCut: () => {
      for (const message of till.cutMoved()) windows.broadcast(message);
      // Whoever came with this cut may have been sealed with what is not here yet.
      if (replica.connected) fetchSecrets.run();
      statusLine.run();
    },
    onPasscodeSecrets: (secrets) => {
      try {
        passcodes.keep(secrets);
      } catch (error) {
        logger.warn('what passcodes are sealed with was not kept: it is asked for', { error });
      }
    },
    onAsked: (from, question, value) => {
      if (question === LEAVE_QUESTION) {
        const { isTaken, messages } = till.leaveHeard(from, value);
        for (const message of messages) windows.broadcast(message);
        return { isTaken };
      }
      const answer = till.answerSibling(from.device, question, value);
      statusLine.run();
      return answer;
    },
    onSiblings: (aheadMs, copiesAt) => {
      clocksAheadMs = aheadMs;
      if (copiesAt.join() === copies.join()) return;
      copies = copiesAt;
      statusLine.run();
    },
    onWipe: (wipe) => {
      // Before all of it runs, the next contact says it again.
      if (stopAll === null || !isStillAll(db, store, wipe)) return;
      markWiped(folder);
      logger.warn('headquarters has this lane erased: all that it had is at the hub', {});
      const gone = (): void => {
        eraseMarked(folder);
        onWiped();
      };
      stopAll().then(gone, gone);
    },
    onDamage: () => {
      if (!isDamaged)
        logger.error('the database is damaged: it is rebuilt as soon as no basket is open, and the catalogue can come back', {});
      isDamaged = true;
      endDamaged();
    },
    onSiblingEntries: () => {
      for (const message of till.siblingsMoved()) windows.broadcast(message);
    },
    onDeath: () => {
      clocksAheadMs = [];
      copies = [];
      statusLine.run();
      turn.releaseDead();
    },
  });
  for (const message of till.basketNow()) devices.told(message);
  void devices.start();
  if (given.fiscalSigner !== undefined) {
    const say = (messages: readonly TillMessage[]): void => messages.forEach((message) => windows.broadcast(message));
    fiscal = createLaneFiscal(await loadSignerDriver(given.fiscalSigner), {
      timers: systemTimers,
      logger,
      work: () => till.fiscalWork(),
      heard: (work, answer) => say(till.fiscalHeard(work, answer)),
      leave: (reason) => say(till.fiscalLeave(reason)),
      isDue: (receiptNumber) => till.isFiscalDue(receiptNumber),
      hasUnsigned: () => till.hasUnsigned(),
      onChange: () => statusLine.run(),
    });
    fiscal.onWork();
  }
  const stopWatching = every(IDLE_LOOK_MS, () => {
    for (const message of till.look()) windows.broadcast(message);
    endDamaged();
  });
  stopAll = async () => {
    stopWatching();
    await server.close();
    await sync.stop();
    devices.close();
    terminal?.close();
    fiscal?.close();
    statusLine.stop();
    await logSync.stop();
    db.close();
  };
  const secret = readSecret(folder) ?? createSecret();
  const server = await startServer({
    windows,
    devices: () => devices.list().map(({ entry, health }) => ({ ...entry, ...health })),
    labels: (wish) => till.shelfLabels(wish),
    verify: async () => ({
      ...(await summariseLedger({
        store,
        carried: createCarriedSales(db),
        uncounted: createUncountedSales(db),
        hash: nodeHash,
        schemas: LEDGER_SCHEMAS,
      })),
      items: till.itemCount(),
    }),
    journal: {
      publicKey: Buffer.from(signer.publicKey).toString('hex'),
      read: (wanted) => exportJournal({ store, schemas: LEDGER_SCHEMAS, signer }, { ...wanted, exportedAtMs: systemClock.nowMs() }),
    },
    port: given.port,
    secret,
    rendererFolder: RENDERER_FOLDER,
    logger,
  });
  writePrivateFile(join(folder, 'till.json'), `${JSON.stringify({ url: server.url, secret, pid: process.pid })}\n`);
  return {
    windows,
    url: server.url,
    dataFolder: folder,
    ...(given.enrolmentCode !== undefined && enrolledAs !== null && { unusedCodeOf: { store: enrolledAs.store, lane: enrolledAs.lane } }),
    mintToken: () => server.mintToken(),
    async stop() {
      await stopAll?.();
      lock.release();
    },
  };
}

async function loadSignerDriver(address: string): Promise<FiscalSigner> {
  const { openFiscalSigner } = await import('@holdfast/hardware');
  const opened = openFiscalSigner(address, systemTimers);
  assert(opened.ok, 'the command line was read');
  return opened.value;
}

/** Of each kind that is named now, what is named now; of the others, what the data folder remembers. */
function profileOf(remembered: readonly DeviceEntry[], named: readonly DeviceEntry[]): readonly DeviceEntry[] {
  const kinds = new Set(named.map(({ kind }) => kind));
  return [...remembered.filter(({ kind }) => !kinds.has(kind)), ...named];
}

/** Kept over restarts, so that a window's cookie is: it finds its till again after a crash. */
function readSecret(folder: string): string | undefined {
  try {
    const { secret } = JSON.parse(readFileSync(join(folder, 'till.json'), 'utf8')) as { secret?: unknown };
    return typeof secret === 'string' && secret.length >= 32 ? secret : undefined;
  } catch {
    return undefined;
  }
}

/** Until it is stopped. */
function every(periodMs: number, look: () => void): () => void {
  let cancel = (): void => undefined;
  const rest = (): void => {
    cancel = systemTimers.after(periodMs, () => {
      look();
      rest();
    });
  };
  rest();
  return () => cancel();
}

/** At once, and then at most every STATUS_EVERY_MS; the last state is always said, until the end. */
function throttled(say: () => void): { run(): void; stop(): void } {
  let isDue = false;
  let cancel: (() => void) | undefined;
  const rest = (): void => {
    cancel = systemTimers.after(STATUS_EVERY_MS, () => {
      cancel = undefined;
      if (!isDue) return;
      isDue = false;
      say();
      rest();
    });
  };
  return {
    run() {
      isDue = cancel !== undefined;
      if (isDue) return;
      say();
      rest();
    },
    stop: () => cancel?.(),
  };
}
