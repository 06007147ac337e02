/** The hub's process: reads its configuration, locks its folder, opens its database, says when it is ready, and stops when told to. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { lockFolder } from '@holdfast/base/folder-lock';
import { pino } from 'pino';

import { parseConfig, USAGE, type HubConfig } from './config.ts';
import type { Database } from './db/database.ts';
import { backUpHub, moveHub } from './db/move-folder.ts';
import { movedNotePath, whereMoved } from './db/moved-folder.ts';
import { openPglite } from './db/pglite.ts';
import { openPostgres } from './db/postgres.ts';
import { StartRefused } from './db/start-refusals.ts';
import { startHub, type RunningHub } from './hub.ts';
import { loggedError } from './logged-error.ts';
import { BadKeyFile, readOrMakeKey } from './secrets/key-file.ts';
import type { ProviderSettings } from './sign-in/provider.ts';

const STDERR = 2;

async function main(): Promise<void> {
  const parsed = parseConfig(process.argv.slice(2), process.env);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.error.reasons.join('\n')}\n\n${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const config = parsed.value;
  const data = resolve(config.data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const lock = lockFolder(data, 'hub');
  if (!lock.ok) {
    process.stderr.write(
      `The data folder ${data} is in use by another hub, process ${lock.error.pid ?? 'unknown'}. Nothing was changed.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const logger = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: loggedError } },
    pino.destination({ dest: STDERR, sync: true }),
  );
  if (config.databaseUrl !== undefined && (config.move || config.backup)) {
    process.exitCode = await (config.move ? moveHub : backUpHub)({ data, databaseUrl: config.databaseUrl, json: config.json });
    lock.value.release();
    return;
  }
  const movedTo = config.databaseUrl === undefined ? whereMoved(data) : undefined;
  if (movedTo !== undefined) {
    process.stderr.write(
      `The data of ${data} was moved to ${movedTo}: start the hub with DATABASE_URL. If the hub is to go on from this folder, and from nowhere else, delete ${movedNotePath(data)}.\n`,
    );
    process.exitCode = 1;
    lock.value.release();
    return;
  }
  const database: Database =
    config.databaseUrl === undefined
      ? await openPglite(join(data, 'pg'))
      : openPostgres(config.databaseUrl, (error) => logger.error({ err: error }, 'a database connection was lost'));
  const hub = await startHub({
    database,
    host: config.host,
    port: config.port,
    logger,
    ...(config.mail !== undefined && { mail: config.mail }),
    webhookHosts: config.webhookHosts,
    webhooksOnlyTo: config.webhooksOnlyTo,
    archiveAfterDays: config.archiveAfterDays,
    provider: providerOf(config),
    tracesTo: config.tracesTo,
    trustProxy: config.trustProxy,
    tls: config.tls === undefined ? undefined : { cert: readFileSync(config.tls.certificateFile), key: readFileSync(config.tls.keyFile) },
    metricsToken: config.metricsToken,
    onMigrations: (what, numbers) => sayMigrations(config, what, numbers),
    sealKeys: config.sealKeys,
    secretsKeys: config.secretsKeys ?? [readOrMakeKey(join(data, 'secrets.key'))],
  });
  stopWhenTold(async () => {
    await hub.stop();
    await database.close();
    lock.value.release();
  });
  sayReady(config, data, hub);
}

/** A file may end with a line’s end: most are written so. */
function providerOf({ provider }: HubConfig): ProviderSettings | undefined {
  if (provider === undefined) return undefined;
  const { clientSecret, clientSecretFile = '', ...rest } = provider;
  return { ...rest, clientSecret: clientSecret ?? readFileSync(clientSecretFile, 'utf8').trimEnd() };
}

/** Whoever started it waits on while it says so (`tools/holdfast/src/ready-wait.ts`). */
function sayMigrations({ json }: HubConfig, what: 'migrating' | 'migrated', numbers: readonly number[]): void {
  const words =
    what === 'migrating'
      ? `The database is migrated (${numbers.length} steps, up to number ${numbers.at(-1)}): with much data that takes minutes. The hub answers nobody until then.`
      : 'The database is migrated.';
  process.stdout.write(`${json ? JSON.stringify({ type: what, migrations: numbers }) : words}\n`);
}

function sayReady(config: HubConfig, data: string, hub: RunningHub): void {
  const ready = {
    type: 'ready',
    url: hub.url,
    consoleUrl: hub.consoleUrl,
    consoleToken: hub.consoleToken,
    enrolmentCode: hub.enrolmentCode,
    data,
    pid: process.pid,
  };
  process.stdout.write(
    config.json
      ? `${JSON.stringify(ready)}\n`
      : `The hub is ready at ${hub.url}
  console         ${hub.consoleUrl}
  enrolment code  ${hub.enrolmentCode}
  data            ${data}
Stop it with Ctrl+C.
`,
  );
}

/** Beyond all patience of a hub that works: what was acknowledged is committed, whoever still waits asks again. */
const STOP_WITHIN_MS = 20_000;

/** A second signal does not wait. The end of a parent that holds an IPC channel counts as one. */
function stopWhenTold(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => {
      process.stderr.write(
        `The hub did not stop within ${STOP_WITHIN_MS / 1_000} s, and was ended. Nothing that it acknowledged is lost.\n`,
      );
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The hub did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('disconnect', onSignal);
}

/** What the operating system refuses is said in one line; anything else is the hub's own fault, and where it happened helps. */
const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if ('syscall' in error || error instanceof BadKeyFile || error instanceof StartRefused) return error.message;
  const { stack, message } = loggedError(error);
  return stack ?? message;
};

main().catch((error: unknown) => {
  process.stderr.write(`The hub could not start: ${causeOf(error)}\n`);
  process.exit(1);
});
