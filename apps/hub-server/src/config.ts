/** The hub's configuration, parsed once at the start. Every wrong value is named; nothing else reads the arguments or the environment. */
import { parseArgs } from 'node:util';

import { err, ok, type Result } from '@holdfast/base';
import { isMailAddress } from '@holdfast/domain';
import { z } from 'zod';

import { parseTrustedProxies, type TrustedProxies } from './http/sender-address.ts';
import type { MailSettings } from './mail/mailer.ts';
import { isThisMachine, plainDatabaseHost, plainServiceHost } from './plain-addresses.ts';
import type { ProviderSettings } from './sign-in/provider.ts';

export interface HubConfig {
  /** The data folder: the lock, and PGlite where no other database is named. */
  readonly data: string;
  /** 0: any. Where it is taken, another one is used. */
  readonly port: number;
  readonly host: string;
  readonly json: boolean;
  /** Brings the data of the folder into the database that is named, and ends. */
  readonly move: boolean;
  /** Brings a copy of the database that is named into the folder, and ends. */
  readonly backup: boolean;
  /** Seals private keys that a database of before holds as they are. */
  readonly sealKeys: boolean;
  readonly databaseUrl: string | undefined;
  /** Where receipts by mail go out. Undefined: none are sent, and no lane offers any. */
  readonly mail: MailSettings | undefined;
  /** Hosts that webhooks may go to although they lie in the hub's own network. */
  readonly webhookHosts: readonly string[];
  /** Beside these the only ones; `.books.example`: whatever lies beneath it. Undefined: any in public networks. */
  readonly webhooksOnlyTo: readonly string[] | undefined;
  /** Where traces go. Undefined: nowhere. */
  readonly tracesTo: string | undefined;
  /** What was received longer ago than so many days is put away, whole months at a time. Undefined: nothing is. */
  readonly archiveAfterDays: number | undefined;
  readonly trustProxy: TrustedProxies;
  /** Files of a certificate (with those that lead to its authority) and of its key, in PEM. Undefined: the hub speaks HTTP, and TLS stands before it. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Undefined: the hub's figures are for whoever may use its API. */
  readonly metricsToken: string | undefined;
  /** Undefined: people sign in by name, password and code alone. Of the secret and the file that holds it there is one. */
  readonly provider:
    | (Omit<ProviderSettings, 'clientSecret'> & {
        readonly clientSecret?: string | undefined;
        readonly clientSecretFile?: string | undefined;
      })
    | undefined;
  /** The one in use, then older ones. Undefined: the file `secrets.key` in the data folder. */
  readonly secretsKeys: readonly Uint8Array[] | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export interface ConfigError {
  readonly type: 'badConfig';
  /** One line per wrong value. */
  readonly reasons: readonly string[];
}

export const USAGE = `holdfast hub --data DIR [--port N] [--host NAME] [--json]

  --data DIR   the hub's data folder; it is made where it is missing
  --port N     0 to 65535; 0 (the default) takes any, and a taken one gives another
  --host NAME  the address to listen on (default 127.0.0.1; 0.0.0.0 for tills on other machines)
  --json       print one line of JSON when the hub is ready
  --move       bring the data of the folder into the Postgres of DATABASE_URL, which must be empty, and end
  --backup     bring a copy of the Postgres of DATABASE_URL into the folder, which must hold none, and end; a hub may run on it
  --seal-keys  seal the private keys that a database of a build before holds as they are; no such hub works on it from then on

  DATABASE_URL         a Postgres to use in place of the one in the data folder; its user owns the tables and may make roles (CREATEROLE); ?sslmode=verify-full to another machine
  PLAIN_HOSTS          hosts that DATABASE_URL and OTEL_EXPORTER_OTLP_ENDPOINT may name without TLS, with commas between; absent: none but this machine
  ARCHIVE_AFTER_DAYS   months of ledgers that were received longer ago (92 to 36500 days) are put away, compressed and signed; absent: none are
  WEBHOOK_PRIVATE_HOSTS hosts of the hub's own network that webhooks may go to, with commas between; to no others there do any go
  WEBHOOK_HOSTS        beside these the only hosts that webhooks may go to; .books.example for all beneath that; absent: any in public networks
  SMTP_URL             the server that sends receipts by mail: smtps://USER:PASSWORD@HOST or smtp://HOST:587
  MAIL_FROM            whom they are from, as "Corner Shop <receipts@shop.example>"; needed with SMTP_URL
  OIDC_ISSUER          an identity provider (OpenID Connect) by which people sign in to the console: https://login.example; needs OIDC_CLIENT_ID and a secret
  OIDC_CLIENT_ID       what the hub is called there; OIDC_CLIENT_SECRET, or OIDC_CLIENT_SECRET_FILE, which holds it: by what it proves to be itself
  OIDC_REQUIRED_AMR    ways of proof (amr, RFC 8176), with commas between, one of which the provider must name: mfa,hwk
  OIDC_REQUIRED_ACR    classes of proof (acr), likewise; it is asked for them. One of these two, or OIDC_UNSAID_FACTORS=1, is needed with OIDC_ISSUER
  OIDC_UNSAID_FACTORS  1: the provider asks everybody for a second factor, and does not say so; whoever it lets in comes in
  OIDC_MAX_AGE         seconds (60 to 43200): who proved who they are there longer ago is asked again; absent: they are not
  OIDC_HUB_URL         where browsers reach this hub, as it is registered there: https://hub.example (absent: where it listens)
  TLS_CERT, TLS_KEY    files in PEM: a certificate, those that lead to its authority behind it, and its key; with them the hub speaks HTTPS alone (absent: HTTP)
  TRUST_PROXY          proxies before the hub, whose X-Forwarded-For is believed: how many (1), or their addresses and networks with commas between; absent: none
  OTEL_EXPORTER_OTLP_ENDPOINT a collector of traces, by HTTP: http://HOST:4318; absent: no traces are told
  METRICS_TOKEN        16 or more letters, digits, dots, dashes and underscores: who shows it as a bearer reads GET /metrics, and nothing else
  HOLDFAST_SECRETS_KEY what secrets in the database are sealed with, 64 hexadecimal digits; a new one goes before the old, with a comma (absent: secrets.key in the data folder)
  HOLDFAST_LOG_LEVEL   debug, info, warn (the default), error or silent`;

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/, 'is a number from 0 to 65535')
  .transform(Number)
  .refine((port) => port <= 65_535, 'is a number from 0 to 65535');

const isPostgresUrl = (text: string): boolean => URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol);

const isSmtpUrl = (text: string): boolean =>
  URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '';

const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** What goes over a network goes by TLS. */
const isSafeUrl = (text: string): boolean =>
  isHttpUrl(text) && (new URL(text).protocol === 'https:' || isThisMachine(new URL(text).hostname));

/** An address, or a name with one. */
const isSender = (text: string): boolean => {
  const [, named] = /^[^<>@\p{Cc}]{0,100} ?<([^<>]+)>$/u.exec(text) ?? [];
  return isMailAddress(named ?? text);
};

const configSchema = z
  .object({
    '--data': z.string('is needed: the hub’s data folder').min(1, 'is needed: the hub’s data folder'),
    '--port': portSchema.default(0),
    '--host': z.string().min(1, 'is a host name or address').default('127.0.0.1'),
    '--json': z.boolean().default(false),
    '--move': z.boolean().default(false),
    '--backup': z.boolean().default(false),
    '--seal-keys': z.boolean().default(false),
    DATABASE_URL: z.string().refine(isPostgresUrl, 'is a URL that begins with postgres:// or postgresql://').optional(),
    SMTP_URL: z.string().refine(isSmtpUrl, 'is a URL that begins with smtp:// or smtps://').optional(),
    MAIL_FROM: z.string().refine(isSender, 'is an address, or a name with one: Corner Shop <receipts@shop.example>').optional(),
    METRICS_TOKEN: z
      .string()
      .regex(/^[\w.-]{16,200}$/, 'is 16 to 200 letters, digits, dots, dashes and underscores')
      .optional(),
    HOLDFAST_SECRETS_KEY: z
      .string()
      .regex(/^[0-9a-f]{64}(?:,[0-9a-f]{64})*$/, 'is 64 hexadecimal digits, or several of these with commas between, the newest first')
      .optional(),
    ARCHIVE_AFTER_DAYS: z
      .string()
      .regex(/^\d{2,5}$/, 'is a number of days from 92 to 36500')
      .transform(Number)
      .refine((days) => days >= 92 && days <= 36_500, 'is a number of days from 92 to 36500')
      .optional(),
    WEBHOOK_PRIVATE_HOSTS: z
      .string()
      .regex(/^[\w.:-]{1,253}(?:,[\w.:-]{1,253})*$/, 'is names or addresses of hosts, with commas between')
      .optional(),
    WEBHOOK_HOSTS: z
      .string()
      .regex(/^\.?[\w:][\w.:-]{0,252}(?:,\.?[\w:][\w.:-]{0,252})*$/, 'is names or addresses of hosts, with commas between')
      .optional(),
    TLS_CERT: z.string().max(4_000).optional(),
    TLS_KEY: z.string().max(4_000).optional(),
    TRUST_PROXY: z
      .string()
      .transform((text, context) => {
        const trusted = parseTrustedProxies(text);
        if (trusted !== undefined) return trusted;
        context.addIssue({
          code: 'custom',
          message: 'is how many proxies there are (1 to 10), or addresses and networks (10.0.0.0/8), with commas between',
        });
        return z.NEVER;
      })
      .optional(),
    OIDC_ISSUER: z.string().refine(isSafeUrl, 'is a URL that begins with https://, or is on this machine').optional(),
    OIDC_CLIENT_ID: z.string().max(500).optional(),
    OIDC_CLIENT_SECRET: z.string().max(2_000).optional(),
    OIDC_CLIENT_SECRET_FILE: z.string().max(4_000).optional(),
    OIDC_REQUIRED_ACR: z
      .string()
      .regex(/^[!-+\--~]{1,200}(?:,[!-+\--~]{1,200})*$/, 'is classes of proof (acr), with commas between')
      .optional(),
    OIDC_REQUIRED_AMR: z
      .string()
      .regex(/^[\w.:-]{1,100}(?:,[\w.:-]{1,100})*$/, 'is ways of proof (amr), with commas between: mfa,hwk')
      .optional(),
    OIDC_UNSAID_FACTORS: z.literal('1', 'is 1, or not set').optional(),
    OIDC_MAX_AGE: z
      .string()
      .regex(/^\d{2,5}$/, 'is a number of seconds from 60 to 43200')
      .transform(Number)
      .refine((seconds) => seconds >= 60 && seconds <= 43_200, 'is a number of seconds from 60 to 43200')
      .optional(),
    OIDC_HUB_URL: z
      .string()
      .refine((text) => isSafeUrl(text) && new URL(text).origin === text.replace(/\/$/, ''), 'is https://HOST, without a path')
      .optional(),
    PGHOST: z.string().optional(),
    PLAIN_HOSTS: z
      .string()
      .regex(/^[\w.:-]{1,253}(?:,[\w.:-]{1,253})*$/, 'is names or addresses of hosts, with commas between')
      .optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: z.string().refine(isHttpUrl, 'is a URL that begins with http:// or https://').optional(),
    HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'is debug, info, warn, error or silent').default('warn'),
  })
  .superRefine(({ '--move': move, '--backup': backup, DATABASE_URL: database }, context) => {
    if (move && backup) context.addIssue({ code: 'custom', path: ['--backup'], message: 'and --move are not done at once' });
    if ((move || backup) && database === undefined)
      context.addIssue({ code: 'custom', path: ['DATABASE_URL'], message: 'is needed with --move and --backup' });
  })
  .superRefine(({ DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: collector, PGHOST: host, PLAIN_HOSTS: named }, context) => {
    const plainHosts = new Set(named?.toLowerCase().split(','));
    const refuse = (name: string, plain: string | undefined, instead: string): void => {
      if (plain === undefined || plainHosts.has(plain.toLowerCase().replaceAll(/[[\]]/g, ''))) return;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `would send what it sends to ${plain} in clear over the network: ${instead}, or name that host in PLAIN_HOSTS`,
      });
    };
    // What is no address at all is named as such above.
    if (database !== undefined && isPostgresUrl(database))
      refuse('DATABASE_URL', plainDatabaseHost(database, host), 'give it ?sslmode=verify-full');
    if (collector !== undefined && isHttpUrl(collector))
      refuse('OTEL_EXPORTER_OTLP_ENDPOINT', plainServiceHost(collector), 'give an https address');
  })
  .superRefine((of, context) => {
    const isSecret = of.OIDC_CLIENT_SECRET !== undefined || of.OIDC_CLIENT_SECRET_FILE !== undefined;
    const say = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
    if (of.OIDC_CLIENT_SECRET !== undefined && of.OIDC_CLIENT_SECRET_FILE !== undefined)
      say('OIDC_CLIENT_SECRET_FILE', 'and OIDC_CLIENT_SECRET are not given at once');
    const isStrength = of.OIDC_REQUIRED_ACR !== undefined || of.OIDC_REQUIRED_AMR !== undefined;
    const isUnsaid = of.OIDC_UNSAID_FACTORS !== undefined;
    const isAny =
      isSecret || isStrength || isUnsaid || [of.OIDC_CLIENT_ID, of.OIDC_HUB_URL, of.OIDC_MAX_AGE].some((given) => given !== undefined);
    if (isStrength && isUnsaid) say('OIDC_UNSAID_FACTORS', 'and what the provider must say of factors are not given at once');
    if (of.OIDC_ISSUER === undefined && isAny) say('OIDC_ISSUER', 'is needed with what else is said of the identity provider');
    if (of.OIDC_ISSUER !== undefined && of.OIDC_CLIENT_ID === undefined) say('OIDC_CLIENT_ID', 'is needed with OIDC_ISSUER');
    if (of.OIDC_ISSUER !== undefined && !isSecret) say('OIDC_CLIENT_SECRET', 'or OIDC_CLIENT_SECRET_FILE is needed with OIDC_ISSUER');
    if (of.OIDC_ISSUER !== undefined && !isStrength && !isUnsaid)
      say(
        'OIDC_REQUIRED_AMR',
        'or OIDC_REQUIRED_ACR is needed with OIDC_ISSUER: what the provider must say of how somebody proved who they are (mfa). One that asks everybody for a second factor and does not say so is taken at its word with OIDC_UNSAID_FACTORS=1',
      );
  })
  .superRefine(({ TLS_CERT: certificate, TLS_KEY: key }, context) => {
    if ((certificate === undefined) === (key === undefined)) return;
    const [missing, given] = certificate === undefined ? (['TLS_CERT', 'TLS_KEY'] as const) : (['TLS_KEY', 'TLS_CERT'] as const);
    context.addIssue({ code: 'custom', path: [missing], message: `is needed with ${given}` });
  })
  .superRefine(({ SMTP_URL: url, MAIL_FROM: from }, context) => {
    if ((url === undefined) === (from === undefined)) return;
    const [missing, given] = url === undefined ? (['SMTP_URL', 'MAIL_FROM'] as const) : (['MAIL_FROM', 'SMTP_URL'] as const);
    context.addIssue({ code: 'custom', path: [missing], message: `is needed with ${given}` });
  });

export function parseConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<HubConfig, ConfigError> {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        json: { type: 'boolean' },
        move: { type: 'boolean' },
        backup: { type: 'boolean' },
        'seal-keys': { type: 'boolean' },
      },
    }));
  } catch (error) {
    return err({ type: 'badConfig', reasons: [error instanceof Error ? error.message : String(error)] });
  }
  const parsed = configSchema.safeParse({
    '--data': values['data'],
    '--port': values['port'],
    '--host': values['host'],
    '--json': values['json'],
    '--move': values['move'],
    '--backup': values['backup'],
    '--seal-keys': values['seal-keys'],
    // An empty variable is as good as none: that is how shells and service files switch one off.
    DATABASE_URL: environment['DATABASE_URL'] || undefined,
    SMTP_URL: environment['SMTP_URL'] || undefined,
    MAIL_FROM: environment['MAIL_FROM'] || undefined,
    METRICS_TOKEN: environment['METRICS_TOKEN'] || undefined,
    HOLDFAST_SECRETS_KEY: environment['HOLDFAST_SECRETS_KEY'] || undefined,
    ARCHIVE_AFTER_DAYS: environment['ARCHIVE_AFTER_DAYS'] || undefined,
    WEBHOOK_PRIVATE_HOSTS: environment['WEBHOOK_PRIVATE_HOSTS'] || undefined,
    WEBHOOK_HOSTS: environment['WEBHOOK_HOSTS'] || undefined,
    TLS_CERT: environment['TLS_CERT'] || undefined,
    TLS_KEY: environment['TLS_KEY'] || undefined,
    TRUST_PROXY: environment['TRUST_PROXY'] || undefined,
    OIDC_ISSUER: environment['OIDC_ISSUER'] || undefined,
    OIDC_CLIENT_ID: environment['OIDC_CLIENT_ID'] || undefined,
    OIDC_CLIENT_SECRET: environment['OIDC_CLIENT_SECRET'] || undefined,
    OIDC_CLIENT_SECRET_FILE: environment['OIDC_CLIENT_SECRET_FILE'] || undefined,
    OIDC_HUB_URL: environment['OIDC_HUB_URL'] || undefined,
    OIDC_REQUIRED_ACR: environment['OIDC_REQUIRED_ACR'] || undefined,
    OIDC_REQUIRED_AMR: environment['OIDC_REQUIRED_AMR'] || undefined,
    OIDC_UNSAID_FACTORS: environment['OIDC_UNSAID_FACTORS'] || undefined,
    OIDC_MAX_AGE: environment['OIDC_MAX_AGE'] || undefined,
    OTEL_EXPORTER_OTLP_ENDPOINT: environment['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined,
    PGHOST: environment['PGHOST'] || undefined,
    PLAIN_HOSTS: environment['PLAIN_HOSTS'] || undefined,
    HOLDFAST_LOG_LEVEL: environment['HOLDFAST_LOG_LEVEL'] || undefined,
  });
  if (!parsed.success) {
    return err({ type: 'badConfig', reasons: parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) });
  }
  const { data } = parsed;
  return ok({
    data: data['--data'],
    port: data['--port'],
    host: data['--host'],
    json: data['--json'],
    move: data['--move'],
    backup: data['--backup'],
    sealKeys: data['--seal-keys'],
    databaseUrl: data.DATABASE_URL,
    mail: data.SMTP_URL === undefined || data.MAIL_FROM === undefined ? undefined : { url: data.SMTP_URL, from: data.MAIL_FROM },
    provider:
      data.OIDC_ISSUER === undefined || data.OIDC_CLIENT_ID === undefined
        ? undefined
        : {
            issuer: data.OIDC_ISSUER,
            clientId: data.OIDC_CLIENT_ID,
            clientSecret: data.OIDC_CLIENT_SECRET,
            clientSecretFile: data.OIDC_CLIENT_SECRET_FILE,
            hubUrl: data.OIDC_HUB_URL,
            acr: data.OIDC_REQUIRED_ACR?.split(','),
            amr: data.OIDC_REQUIRED_AMR?.split(','),
            maxAgeSeconds: data.OIDC_MAX_AGE,
          },
    webhookHosts: data.WEBHOOK_PRIVATE_HOSTS?.toLowerCase().split(',') ?? [],
    webhooksOnlyTo: data.WEBHOOK_HOSTS?.toLowerCase().split(','),
    archiveAfterDays: data.ARCHIVE_AFTER_DAYS,
    trustProxy: data.TRUST_PROXY,
    tls: data.TLS_CERT === undefined || data.TLS_KEY === undefined ? undefined : { certificateFile: data.TLS_CERT, keyFile: data.TLS_KEY },
    tracesTo: data.OTEL_EXPORTER_OTLP_ENDPOINT,
    metricsToken: data.METRICS_TOKEN,
    secretsKeys: data.HOLDFAST_SECRETS_KEY?.split(',').map((key) => new Uint8Array(Buffer.from(key, 'hex'))),
    logLevel: data.HOLDFAST_LOG_LEVEL,
  });
}
