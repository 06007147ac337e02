/** One hub, put together and listening: the only place that knows all of its parts. */
import { createServer, type IncomingMessage, type ServerResponse, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { assert, type Clock } from '@holdfast/base';
import { nodeCipher, nodeCompression, nodeHash, nodeVerifier, systemClock, systemRandom, systemTimers } from '@holdfast/base/node';
import type { Logger } from 'pino';

import { createRequestDesk } from './authority/requests.ts';
import { bootstrap, DEFAULT_STORE } from './bootstrap.ts';
import { createCatalog, type Catalog } from './catalog/publish.ts';
import { createRollouts } from './catalog/rollout.ts';
import { createDepartmentSums } from './console-api/department-sums.ts';
import { createLive } from './console-api/live.ts';
import { findDevice, type OverviewPorts } from './console-api/overview.ts';
import { renewPersonalKey } from './customers/renew-key.ts';
import type { Database } from './db/database.ts';
import { migrate, pendingMigrations } from './db/migrate.ts';
import { createNarrowed, type NarrowedDatabase } from './db/narrowed.ts';
import { keepLogins, type LoginPorts, secureRows } from './db/row-security.ts';
import { loginRefused, makingRoles } from './db/start-refusals.ts';
import { createDocuments } from './documents/documents.ts';
import { answerLevel } from './down/answer-level.ts';
import { createDown } from './down/manifest.ts';
import { ensureSecret } from './down/segment-keys.ts';
import { createUrgent } from './down/urgent.ts';
import { createContactLog } from './enrolment/contact-log.ts';
import { issueCode } from './enrolment/enrol.ts';
import { createTokenLookup } from './enrolment/token-lookup.ts';
import { createPictureDrawer } from './goods/draw-picture.ts';
import { warmGoods } from './goods/warm-goods.ts';
import { createWordSorter } from './goods/word-sorter.ts';
import { forgetOldAnswers } from './http/answer-once.ts';
import { createTokenGuard } from './http/api-token-guard.ts';
import { createApp } from './http/app.ts';
import { createConsoleSessions } from './http/console-session.ts';
import { createDrain, type Drain } from './http/drain.ts';
import { createLedgerRoute } from './http/ledger-route.ts';
import { createLiveSockets, type LiveSockets } from './http/live-socket.ts';
import { attachPoke, type Poke } from './http/poke.ts';
import { keepRefusals } from './http/refused-requests.ts';
import { limitFailures } from './http/security.ts';
import { createSenderOf, noteSender, type TrustedProxies } from './http/sender-address.ts';
import { loadIdentity } from './identity.ts';
import { renewInvoiceKeys } from './invoices/invoice-keys.ts';
import { archiveOld } from './ledger/archive.ts';
import { createCrew } from './ledger/crew.ts';
import { createFolder, type Folder, type FolderPorts } from './ledger/folder.ts';
import { createIntake, type Intake } from './ledger/intake.ts';
import type { OpenPorts } from './ledger/open-batch.ts';
import { createOpenedEntries } from './ledger/opened-entries.ts';
import { createSafeKeeper } from './ledger/safe.ts';
import { saleView } from './ledger/sales.ts';
import { retrySetAside } from './ledger/set-aside.ts';
import { keepMailKeys, type MailKeyPorts } from './mail/mail-keys.ts';
import { createMailer, type MailSettings } from './mail/mailer.ts';
import { createOutbox, type Outbox, type OutboxPace } from './mail/outbox.ts';
import { createPageMaker } from './mail/page-maker.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createRefusalLog, forgetRefusals } from './refusals/refusals.ts';
import { createCompanyKeys } from './secrets/company-keys.ts';
import { keepKeysSealed } from './secrets/seal-keys.ts';
import { createVault } from './secrets/vault.ts';
import { forgetApiTokens } from './sign-in/api-tokens.ts';
import { forgetEvents, noteEvent } from './sign-in/events.ts';
import { createIdentityProvider, type ProviderSettings } from './sign-in/provider.ts';
import { endSessionOf, findSession, forgetSessions, isSessionOpen } from './sign-in/sessions.ts';
import { renewSeeds } from './sign-in/sign-ins.ts';
import { forgetWaits } from './sign-in/waits.ts';
import { createStandings, STANDING_PACE, type StandingPace } from './standings/standings.ts';
import { createTail, type Tail } from './tail.ts';
import { createTracer } from './tracing/otlp.ts';
import { createTraces, type Traces } from './tracing/traces.ts';
import { createCourier, type CourierPace } from './webhooks/courier.ts';
import { forgetMessages } from './webhooks/messages.ts';
import type { HostRules } from './webhooks/post.ts';
import { renewWebhookSecrets } from './webhooks/webhooks.ts';

export interface HubOptions {
  /** Migrated and filled by `startHub`; closed by its caller. */
  readonly database: Database;
  readonly host: string;
  /** 0: any. A taken one gives another. */
  readonly port: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** When limits and tiers are told. */
  readonly standingPace?: StandingPace;
  /** Between two pings of whoever watches. */
  readonly livePingMs?: number;
  /** Where receipts by mail go out. Absent: none are sent. */
  readonly mail?: MailSettings;
  readonly outboxPace?: OutboxPace;
  /** Hosts of the hub's own network that webhooks may go to; absent: none. */
  readonly webhookHosts?: readonly string[];
  /** Beside these the only ones that webhooks may go to (`webhooks/post.ts`); absent: any in public networks. */
  readonly webhooksOnlyTo?: readonly string[] | undefined;
  readonly courierPace?: CourierPace;
  /** How long whoever asks for what follows from ledgers waits for what was received before. */
  readonly foldPatienceMs?: number;
  /** A collector of traces (OTLP over HTTP). Absent: none are told. */
  readonly tracesTo?: string | undefined;
  /** By which people sign in to the console beside their passwords. Absent: the company has none. */
  readonly provider?: ProviderSettings | undefined;
  /** In PEM. Absent: it speaks HTTP. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
  /** Whose word about where a request comes from is taken. */
  readonly trustProxy?: TrustedProxies;
  /** Who reads the hub's figures shows it. */
  readonly metricsToken?: string | undefined;
  /** What was received longer ago is put away (`ledger/archive.ts`). Absent: nothing is. */
  readonly archiveAfterDays?: number | undefined;
  /** Before migrations run, which with much data takes minutes, and when they have. Absent: nobody waits. */
  readonly onMigrations?: (what: 'migrating' | 'migrated', numbers: readonly number[]) => void;
  /** What secrets in the database are sealed with: the one in use, then older ones (`secrets/vault.ts`). */
  readonly secretsKeys: readonly Uint8Array[];
  /** Seals what a database of before holds as it is (`secrets/seal-keys.ts`). */
  readonly sealKeys?: boolean;
}

export interface RunningHub {
  readonly url: string;
  readonly consoleToken: string;
  /** Opens the console in one browser, once. */
  readonly consoleUrl: string;
  /** For the default store's next lane. */
  readonly enrolmentCode: string;
  /** Answers what has begun, then closes every connection. */
  stop(): Promise<void>;
}

const CONSOLE_FOLDER = fileURLToPath(new URL('../dist/console/', import.meta.url));
const KEEP_ALIVE_MS = 75_000;
const LIVE_PING_MS = 15_000;
/** For what is under way. */
const STOP_PATIENCE_MS = 10_000;
/** Then, for answers that are on their way. */
const LAST_WORDS_MS = 1_000;
const TOKEN_FAILURES_PER_MINUTE = 300;

export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { logger } = options;
  const clock = options.clock ?? systemClock;
  const random = systemRandom;
  const later = await migrateAloud(options);
  if (later.length > 0) logger.warn({ migrations: later }, 'a later build has migrated this database: this hub works on beside it');
  await makingRoles(options.database, async () => secureRows(options.database, { isAhead: later.length > 0 }));
  const vault = createVault(options.secretsKeys, random);
  await keepKeysSealed(options.database, vault, { seal: options.sealKeys ?? false });
  const identity = await loadIdentity(options.database, { clock, random, vault });
  const { tenantNo } = identity;
  const { database, whole, within, close } = await openOwn(options.database, { tenantNo, vault, random });
  const keys = createCompanyKeys({ database: whole, tenantNo, vault, areSealed: identity.keysAreSealed });
  if (!identity.keysAreSealed)
    logger.warn(
      'the company’s private keys lie in this database as they are, for hubs of builds before that may work on it. When none does any more, stop all hubs, and start one with --seal-keys (docs/RUNBOOK.md)',
    );
  const live = createLive(Buffer.from(random.bytes(8)).toString('hex'));
  const liveSockets = createLiveSockets({ live, pingMs: options.livePingMs ?? LIVE_PING_MS });
  const server = serverOf(options.tls);
  const drain = createDrain(systemTimers);
  // Longer than the time between two polls of a device: its connection stays open, and nothing is said twice.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const signIns = { database, tenantNo, clock, random, vault, logger };
  // Lanes must not wait for a key that was lost: they need nobody's authenticator.
  const closed = await renewSeeds(signIns);
  if (closed.length > 0)
    logger.error(
      { people: closed },
      'authenticators were sealed with another key than this hub has, and open nothing: give it that key (HOLDFAST_SECRETS_KEY, or the file secrets.key of the data folder), or invite these people anew',
    );
  const closedWebhooks = await renewWebhookSecrets(signIns);
  if (closedWebhooks > 0)
    logger.error(
      { webhooks: closedWebhooks },
      'secrets of webhooks were sealed with another key than this hub has: nothing is sent to them until they have new ones',
    );
  const sessions = createConsoleSessions({
    clock,
    random,
    portOf: () => portOf(server),
    findSession: async (token, use) => findSession(signIns, token, use),
    isSessionOpen: async (token) => isSessionOpen(signIns, token),
    endSession: async (token) => endSessionOf(signIns, token),
    askerByToken: createTokenGuard(signIns),
    onBreakGlass: (how, { address }) => {
      noteEvent(signIns, { what: 'breakGlass', person: '', by: how, address }).catch((error: unknown) =>
        logger.error({ err: error }, 'that the hub’s own token was used could not be written down'),
      );
    },
  });
  const parts: { poke?: Poke; tail?: Tail } = {};
  const overview: OverviewPorts = { database, clock, tenantNo, aliveAtMs: (device) => parts.poke?.aliveAtMs(device) };

  await ensureSecret({ keys, clock, random });
  const urgent = createUrgent({ identity, keys, clock, random, compression: nodeCompression, hash: nodeHash, cipher: nodeCipher });
  const words = createWordSorter(whole, (error) =>
    logger.error({ err: error }, 'words of changed goods were not sorted in; they are with the next ones'),
  );
  const catalog = createCatalog({
    database,
    identity,
    clock,
    urgent,
    onPublished: ({ changed }) => {
      parts.tail?.look();
      words.changed(changed);
    },
  });
  await bootstrap({ database, catalog, tenantNo, clock, keys });
  const warm = warmGoods({ database: whole, tenantNo }).catch((error: unknown) =>
    logger.warn({ err: error }, 'goods were not all read ahead: the first searches take longer'),
  );
  const relisting = keepRelisting(catalog, logger);
  const yearly = keepKeys(async () => {
    await renewInvoiceKeys({ catalog, clock, keys });
    await renewPersonalKey({ database, tenantNo, catalog, clock, keys });
  }, logger);
  const desk = createRequestDesk({ database, catalog, identity, clock }, (error) =>
    logger.error({ err: error }, 'requests of stores were not decided; they are tried again'),
  );
  const standings = createStandings({ database, catalog, identity, clock }, options.standingPace ?? STANDING_PACE, (error) =>
    logger.error({ err: error }, 'limits and tiers were not told; they are told with the next sale'),
  );

  /** Only while somebody watches: the answer to the device does not wait for it. */
  const tellDevice = (device: string): void => {
    if (live.watchers === 0) return;
    findDevice(overview, device)
      .then((data) => data !== undefined && live.publish({ event: 'device', data }))
      .catch((error: unknown) => logger.warn({ err: error, device }, 'a device could not be shown'));
  };

  const common = {
    database,
    identity,
    keys,
    clock,
    random,
    cipher: nodeCipher,
    hash: nodeHash,
    compression: nodeCompression,
    verifier: nodeVerifier,
  };
  // This build may read what an earlier one set aside.
  await retrySetAside(database, tenantNo, clock.nowMs());
  desk.call();
  const tail = createTail({
    database,
    tenantNo,
    timers: systemTimers,
    logger,
    isWatched: () => live.watchers > 0,
    onSales: (sales) => {
      for (const sale of sales) live.publish({ event: 'sale', data: saleView(sale) });
      for (const device of new Set(sales.map((sale) => sale.device))) tellDevice(device);
    },
    onPublished: (lsn, isUrgent) => {
      live.publish({ event: 'publication', data: { lsn } });
      parts.poke?.pokeAll(isUrgent);
    },
    onCalled: () => parts.poke?.pokeAll(),
  });
  parts.tail = tail;
  const mails = options.mail === undefined ? undefined : keepMailing(options, options.mail, { database, catalog, clock, tenantNo, keys });
  const hostRules: HostRules = { privateHosts: new Set(options.webhookHosts ?? []), onlyHosts: options.webhooksOnlyTo };
  const courier = createCourier({
    ...signIns,
    identity,
    timers: systemTimers,
    ...hostRules,
    onFailure: (error) => logger.error({ err: error }, 'webhooks were not told; it is tried again'),
    ...(options.courierPace !== undefined && { pace: options.courierPace }),
  });
  const traces = options.tracesTo === undefined ? undefined : keepTracing(options.tracesTo, { database, tenantNo, clock, logger });
  /** What follows from entries, behind whoever applied them. */
  const onApplied = (): void => {
    desk.call();
    standings.call();
    mails?.outbox.call();
  };
  const ledger = createLedger({
    ...common,
    logger,
    patienceMs: options.foldPatienceMs,
    onFolded: ({ after, upTo }) => {
      traces?.folded(after, upTo);
      tail.look();
      onApplied();
    },
  });
  const documents = createDocuments({ ...common, onDocuments: (store, device) => parts.poke?.pokeStore(store, device) });
  const contacts = createContactLog({ database, clock, timers: systemTimers, logger, tenantNo });
  const forgetting = keepForgetting(async () => {
    await forgetOldAnswers({ database, tenantNo, clock });
    await forgetWaits(signIns);
    await forgetSessions(signIns);
    // Logs are their owner's to forget.
    await options.database.transaction(
      async (tx) => {
        for (const forget of [forgetEvents, forgetApiTokens, forgetRefusals]) await forget(tx, tenantNo, clock.nowMs());
      },
      { seesAll: true },
    );
    await forgetMessages(signIns);
    await contacts.forget();
  }, logger);
  const archiving = keepArchiving(async () => {
    await documents.archiveQuiet();
    if (options.archiveAfterDays !== undefined) await archiveOld({ ...common, keptDays: options.archiveAfterDays });
  }, logger);
  const safe = createSafeKeeper({ database: options.database, timers: systemTimers, logger });
  const findSender = createTokenLookup(database, identity);
  const failures = limitFailures(clock, { perMinute: TOKEN_FAILURES_PER_MINUTE, counts: (status) => status === 401 });
  const answerLedger = createLedgerRoute({
    ...common,
    logger,
    intake: ledger.intake,
    findDevice: findSender,
    failures,
    contacts,
    onContact: tellDevice,
    traces,
  });
  const metrics = createMetrics({ ...overview, logger, batchesWaiting: () => ledger.intake.waiting });
  const refusals = createRefusalLog({ database, tenantNo, clock, logger });
  const writingRefusals = repeat(
    REFUSALS_MS,
    async () => refusals.write(),
    (error) => logger.error({ err: error }, 'what was refused was not written down'),
  );
  const app = createApp({
    pictures: createPictureDrawer(),
    departmentSums: createDepartmentSums({ database: whole, tenantNo, timers: systemTimers }),
    ...common,
    ...overview,
    logger,
    catalog,
    live,
    liveSockets,
    sessions,
    refusals,
    provider: options.provider === undefined ? undefined : createIdentityProvider(options.provider, () => urlOf(server)),
    vault,
    within,
    metrics,
    metricsToken: options.metricsToken,
    traces,
    consoleFolder: CONSOLE_FOLDER,
    down: createDown({ ...common, urgent, logger }),
    findDevice: findSender,
    failures,
    contacts,
    onMailDue: () => mails?.outbox.call(),
    ...hostRules,
    onMessageDue: () => courier.call(),
    rollouts: createRollouts({ database, catalog, tenantNo, clock }),
    documents,
    folder: ledger.folder,
    onApplied,
    onContact: tellDevice,
    onRevoked: () => tail.look(),
    onAuditAsked: (store) => parts.poke?.pokeStore(store, ''),
  });
  const senderOf = createSenderOf(options.trustProxy);
  server.on('request', (request, response) => {
    noteSender(request, senderOf);
    keepRefusals(refusals, request, response);
    metrics.observe(request, response);
    if (drain.turnsAway(request, response)) return;
    if (!answerLedger(request, response)) app(request, response);
  });
  const answerHandshake = (request: IncomingMessage, response: ServerResponse): void => {
    noteSender(request, senderOf);
    keepRefusals(refusals, request, response);
    if (!drain.turnsAway(request, response)) app(request, response);
  };
  parts.poke = attachPoke(server, {
    clock,
    findDevice: findSender,
    onPresence: tellDevice,
    onQuestion: async (token, question) =>
      answerLevel({ ...common, findDevice: findSender, contacts, onContact: tellDevice }, token, question),
    onOther: (request, socket, head) => liveSockets.upgrade(request, socket, head, answerHandshake),
  });
  await warm;
  await listen(server, options.host, options.port, logger);
  const code = await issueCode(common, { store: DEFAULT_STORE });
  return {
    url: urlOf(server),
    consoleToken: sessions.token,
    consoleUrl: `${urlOf(server)}/#link=${sessions.linkToken}`,
    enrolmentCode: code.ok ? code.value.code : '',
    stop: async () => {
      await stop(server, { drain, poke: parts.poke, liveSockets });
      await ledger.stop();
      await safe.stop();
      await contacts.stop();
      await desk.settled();
      await standings.stop();
      await tail.stop();
      await relisting.stop();
      await yearly.stop();
      await archiving.stop();
      await forgetting.stop();
      await writingRefusals.stop();
      await refusals.write();
      await courier.stop();
      await mails?.stop();
      await traces?.stop();
      await words.stop();
      await close();
    },
  };
}

async function migrateAloud({ database, onMigrations = () => undefined }: HubOptions): Promise<readonly number[]> {
  const pending = (await pendingMigrations(database)).map(({ number }) => number);
  if (pending.length === 0) return migrate(database);
  onMigrations('migrating', pending);
  const later = await migrate(database);
  onMigrations('migrated', pending);
  return later;
}

/** Forward secret, with authenticated encryption (RFC 9325); those of TLS 1.3 all are. */
const TLS_SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  ...['ECDSA', 'RSA'].flatMap((by) =>
    ['AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-GCM-SHA256'].map((suite) => `ECDHE-${by}-${suite}`),
  ),
].join(':');

const serverOf = (tls: HubOptions['tls']): Server =>
  tls === undefined
    ? createServer()
    : createTlsServer({ cert: Buffer.from(tls.cert), key: Buffer.from(tls.key), minVersion: 'TLSv1.2', ciphers: TLS_SUITES });

const urlOf = (server: Server): string => `${server instanceof TlsServer ? 'https' : 'http'}://localhost:${portOf(server)}`;

/** By logins that own nothing, where the database has any. */
async function openOwn(
  owners: Database,
  ports: Omit<LoginPorts, 'database'>,
): Promise<NarrowedDatabase & { readonly close: () => Promise<void> }> {
  const { as } = owners;
  if (as === undefined) return { ...createNarrowed(owners), close: async () => undefined };
  const { whole, narrow } = await makingRoles(owners, async () => keepLogins({ database: owners, ...ports }));
  const own = createNarrowed(as(whole), (storesNow) => as(narrow, storesNow));
  try {
    await own.database.rows('SELECT 1');
  } catch (cause) {
    await own.database.close();
    const [here] = await owners.rows<{ name: string }>('SELECT current_database() AS name');
    throw loginRefused([whole, narrow], here?.name ?? '', cause);
  }
  return { ...own, close: async () => own.database.close() };
}

const RELIST_MS = 5 * 60 * 1_000;
const ARCHIVE_MS = 60 * 60 * 1_000;
const REFUSALS_MS = 60 * 1_000;
const FORGET_MS = 60 * 60 * 1_000;
const KEYS_MS = 60 * 60 * 1_000;

/** Often enough for a new hour to be seen soon; the catalogue itself sees to it that it happens once. */
const keepRelisting = (catalog: Catalog, logger: Logger): Repeated =>
  repeat(
    RELIST_MS,
    () => catalog.relistSoon(),
    (error) => logger.error({ err: error }, 'the prices of the next day were not listed; it is tried again'),
  );

const keepForgetting = (forget: () => Promise<void>, logger: Logger): Repeated =>
  repeat(FORGET_MS, forget, (error) => logger.error({ err: error }, 'answers of yesterday were not forgotten; it is tried again'));

const keepArchiving = (archive: () => Promise<void>, logger: Logger): Repeated =>
  repeat(ARCHIVE_MS, archive, (error) =>
    logger.error({ err: error }, 'closed documents and old ledgers were not all put away; it is tried again'),
  );

const keepKeys = (renew: () => Promise<void>, logger: Logger): Repeated =>
  repeat(KEYS_MS, renew, (error) => logger.error({ err: error }, 'the keys of the next year were not made; it is tried again'));

/** A collector that is away is no matter of the hub's: what it does not take is gone. */
const keepTracing = (
  endpoint: string,
  { logger, ...ports }: Pick<HubOptions, 'database' | 'logger'> & { readonly tenantNo: number; readonly clock: Clock },
): Traces =>
  createTraces({
    ...ports,
    tracer: createTracer({
      endpoint,
      clock: ports.clock,
      timers: systemTimers,
      fetch,
      onDropped: (spans, reason) => logger.warn({ spans, err: reason }, 'the collector of traces did not take spans: they are gone'),
    }),
    onFailure: (error) => logger.warn({ err: error }, 'sales could not be traced'),
  });

const MAIL_KEYS_MS = 60 * 60 * 1_000;

/** Receipts by mail: their keys, and what is to be sent. */
function keepMailing(
  { logger, outboxPace }: Pick<HubOptions, 'logger' | 'outboxPace'>,
  settings: MailSettings,
  ports: MailKeyPorts,
): { readonly outbox: Outbox; stop(): Promise<void> } {
  const [mailer, pages] = [createMailer(settings), createPageMaker()];
  const keys = repeat(
    MAIL_KEYS_MS,
    () => keepMailKeys(ports),
    (error) => logger.error({ err: error }, 'keys for receipts by mail were not renewed; it is tried again'),
  );
  const outbox = createOutbox({
    ...ports,
    timers: systemTimers,
    mailer,
    pages,
    onFailure: (error) => logger.error({ err: error }, 'receipts by mail were not sent; it is tried again'),
    ...(outboxPace !== undefined && { pace: outboxPace }),
  });
  return {
    outbox,
    stop: async () => {
      await keys.stop();
      await outbox.stop();
      mailer.close();
      await pages.close();
    },
  };
}

interface Repeated {
  stop(): Promise<void>;
}

/** Now, and then every `everyMs`. */
function repeat(everyMs: number, work: () => Promise<unknown>, onFailure: (error: unknown) => void): Repeated {
  let running: Promise<unknown> = Promise.resolve();
  let cancel = (): void => undefined;
  const tick = (): void => {
    running = work().catch(onFailure);
    cancel = systemTimers.after(everyMs, tick);
  };
  tick();
  return {
    stop: async () => {
      cancel();
      await running;
    },
  };
}

interface LedgerPorts extends OpenPorts, Pick<HubOptions, 'database' | 'logger'> {
  readonly clock: Clock;
  readonly onFolded: FolderPorts['onFolded'];
  readonly patienceMs: FolderPorts['patienceMs'];
}

/** What becomes of ledgers: received, then folded. */
function createLedger(ports: LedgerPorts): { readonly intake: Intake; readonly folder: Folder; stop(): Promise<void> } {
  const crew = createCrew();
  const opened = createOpenedEntries();
  const intake: Intake = createIntake({ ...ports, crew, opened, onReceived: () => folder.nudge() });
  const folder = createFolder({
    ...ports,
    timers: systemTimers,
    crew,
    opened,
    isIntakeBusy: () => intake.waiting > 0,
  });
  return {
    intake,
    folder,
    stop: async () => {
      await folder.stop();
      await crew.close();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo | null;
  assert(address !== null, 'the server listens');
  return address.port;
}

async function listen(server: Server, host: string, port: number, logger: Logger): Promise<void> {
  const tryPort = async (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  try {
    await tryPort(port);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken || port === 0) throw error;
    logger.warn({ port }, 'the port is taken: another one is used');
    await tryPort(0);
  }
}

interface Stopping {
  readonly drain: Drain;
  readonly poke: Poke | undefined;
  readonly liveSockets: LiveSockets;
}

async function stop(server: Server, { drain, poke, liveSockets }: Stopping): Promise<void> {
  poke?.close();
  liveSockets.close();
  await drain.begin(STOP_PATIENCE_MS);
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS);
  await closed;
  clearTimeout(impatience);
}
