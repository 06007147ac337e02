import { expect, test } from 'vitest';

import { parseConfig } from './config.ts';

test('a full command line', () => {
  const config = parseConfig(['--data', '/d', '--port', '8080', '--json'], {
    DATABASE_URL: 'postgres://u@localhost/db',
    HOLDFAST_LOG_LEVEL: 'info',
  });
  expect(config).toEqual({
    ok: true,
    value: {
      data: '/d',
      port: 8080,
      host: '127.0.0.1',
      json: true,
      move: false,
      backup: false,
      sealKeys: false,
      databaseUrl: 'postgres://u@localhost/db',
      webhookHosts: [],
      logLevel: 'info',
    },
  });
});

test('data is moved and backed up by the database that is named, one of them at once', () => {
  const reasons = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): unknown => {
    const parsed = parseConfig(['--data', 'd', ...args], environment);
    return parsed.ok ? [parsed.value.move, parsed.value.backup] : parsed.error.reasons;
  };
  const named = { DATABASE_URL: 'postgres://u@localhost/db' };
  expect(reasons(['--move'], named)).toEqual([true, false]);
  expect(reasons(['--backup'], named)).toEqual([false, true]);
  expect(reasons(['--move'])).toEqual(['DATABASE_URL is needed with --move and --backup']);
  expect(reasons(['--move', '--backup'], named)).toEqual(['--backup and --move are not done at once']);
});

test('keys are sealed when somebody says so', () => {
  expect(parseConfig(['--data', 'd', '--seal-keys'], {})).toMatchObject({ ok: true, value: { sealKeys: true } });
});

test('what may be left out has a default, and an empty variable is none', () => {
  expect(parseConfig(['--data', 'd'], { DATABASE_URL: '' })).toEqual({
    ok: true,
    value: {
      data: 'd',
      port: 0,
      host: '127.0.0.1',
      json: false,
      move: false,
      backup: false,
      sealKeys: false,
      databaseUrl: undefined,
      webhookHosts: [],
      logLevel: 'warn',
    },
  });
});

const VERIFIED = 'postgres://u@db.example/h?sslmode=verify-full';
test.each([
  ['postgres://u@localhost/h', {}, true],
  ['postgres://u@127.0.0.2:5433/h', {}, true],
  ['postgres://u@[::1]/h', {}, true],
  ['postgres:///h', {}, true],
  ['postgres:///h?host=/var/run/postgresql', {}, true],
  ['postgres://u@%2Fvar%2Frun/h', {}, true],
  [VERIFIED, {}, true],
  ['postgres://u@db.example/h', { PLAIN_HOSTS: 'collector,DB.example' }, true],
  ['postgres://u@[fd00::5]/h', { PLAIN_HOSTS: 'fd00::5' }, true],
  ['postgres://u@db.example/h', {}, 'db.example'],
  ['postgres://u@db.example/h', { PLAIN_HOSTS: 'example' }, 'db.example'],
  ['postgres://u@db.example/h?sslmode=require', {}, 'db.example'],
  ['postgres://u@db.example/h?sslmode=no-verify', {}, 'db.example'],
  ['postgres://u@db.example/h?sslmode=verify-full&sslmode=disable', {}, 'db.example'],
  ['postgres://u@localhost/h?host=db.example', {}, 'db.example'],
  ['postgres:///h', { PGHOST: 'db.example' }, 'db.example'],
  ['postgres://u@localhost.db.example/h', {}, 'localhost.db.example'],
])('a database over the network goes by TLS that is looked at, or is named: %s, %j', (url, environment, expected) => {
  const parsed = parseConfig(['--data', 'd'], { DATABASE_URL: url, ...environment });
  const [reason = ''] = parsed.ok ? [] : parsed.error.reasons;
  expect(
    parsed.ok ||
      /^DATABASE_URL would send what it sends to (\S+) in clear .*sslmode=verify-full, or name that host in PLAIN_HOSTS$/.exec(reason)?.[1],
  ).toBe(expected);
});

test('traces go over the network by TLS, or to a host that is named', () => {
  const goes = (url: string, plain = ''): boolean =>
    parseConfig(['--data', 'd'], { OTEL_EXPORTER_OTLP_ENDPOINT: url, PLAIN_HOSTS: plain }).ok;
  expect([goes('https://collector:4318'), goes('http://127.0.0.1:4318'), goes('http://collector:4318', 'collector')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([goes('http://collector:4318'), goes('http://collector:4318', 'db')]).toEqual([false, false]);
});

test('webhooks go to whatever is public, or to what is named alone', () => {
  const hosts = (environment: Readonly<Record<string, string>>): unknown => {
    const parsed = parseConfig(['--data', 'd'], environment);
    return parsed.ok && [parsed.value.webhookHosts, parsed.value.webhooksOnlyTo];
  };
  expect(hosts({})).toEqual([[], undefined]);
  expect(hosts({ WEBHOOK_PRIVATE_HOSTS: '10.0.0.7,Books', WEBHOOK_HOSTS: 'Hooks.example,.tax.example' })).toEqual([
    ['10.0.0.7', 'books'],
    ['hooks.example', '.tax.example'],
  ]);
});

test('mail goes out where a server and a sender are named', () => {
  const environment = { SMTP_URL: 'smtps://kim:secret@mail.example', MAIL_FROM: 'Corner Shop <receipts@shop.example>' };
  const config = parseConfig(['--data', 'd'], environment);
  expect(config.ok && config.value.mail).toEqual({ url: environment.SMTP_URL, from: environment.MAIL_FROM });
  expect(parseConfig(['--data', 'd'], {})).toMatchObject({ ok: true, value: { mail: undefined } });
});

test('whose word about where a request comes from is taken is said in numbers or by name', () => {
  const trusted = (TRUST_PROXY: string): unknown => {
    const config = parseConfig(['--data', 'd'], { TRUST_PROXY });
    return config.ok && config.value.trustProxy;
  };
  expect([trusted('1'), trusted('10.0.0.5, fd00::/8'), trusted('')]).toEqual([1, ['10.0.0.5', 'fd00::/8'], undefined]);
});

test('people sign in by an identity provider where one is named, with a secret of its own or a file that holds it', () => {
  const environment = { OIDC_ISSUER: 'https://login.example', OIDC_CLIENT_ID: 'holdfast', OIDC_CLIENT_SECRET_FILE: '/run/secret' };
  const asked = { OIDC_REQUIRED_AMR: 'mfa,hwk', OIDC_REQUIRED_ACR: 'urn:example:two,3', OIDC_MAX_AGE: '900' };
  const config = parseConfig(['--data', 'd'], { ...environment, ...asked, OIDC_HUB_URL: 'https://hub.example' });
  expect(config.ok && config.value.provider).toEqual({
    issuer: 'https://login.example',
    clientId: 'holdfast',
    clientSecret: undefined,
    clientSecretFile: '/run/secret',
    hubUrl: 'https://hub.example',
    amr: ['mfa', 'hwk'],
    acr: ['urn:example:two', '3'],
    maxAgeSeconds: 900,
  });
  // What it does not say is taken on trust where somebody says so, and nowhere else.
  const unsaid = parseConfig(['--data', 'd'], { ...environment, OIDC_UNSAID_FACTORS: '1' });
  expect(unsaid.ok && [unsaid.value.provider?.amr, unsaid.value.provider?.acr]).toEqual([undefined, undefined]);
  expect(parseConfig(['--data', 'd'], environment)).toMatchObject({
    ok: false,
    error: { reasons: [expect.stringMatching(/^OIDC_REQUIRED_AMR or OIDC_REQUIRED_ACR is needed .*OIDC_UNSAID_FACTORS=1$/)] },
  });
});

const PROVIDER = { OIDC_ISSUER: 'http://localhost:9', OIDC_CLIENT_ID: 'h', OIDC_CLIENT_SECRET: 's', OIDC_REQUIRED_AMR: 'mfa' };

test.each([
  [[], {}, ['--data is needed: the hub’s data folder']],
  [['--data', 'd', '--port', '65536'], {}, ['--port is a number from 0 to 65535']],
  [['--data', 'd', '--port', '0x50'], {}, ['--port is a number from 0 to 65535']],
  [['--port', '-1'], { DATABASE_URL: 'mysql://h/db', HOLDFAST_LOG_LEVEL: 'loud' }, [/--port/]],
  [
    ['--port=-1'],
    { DATABASE_URL: 'mysql://h/db', HOLDFAST_LOG_LEVEL: 'loud' },
    [/--data is needed/, /--port/, /DATABASE_URL .*postgres/, /HOLDFAST_LOG_LEVEL .*silent/],
  ],
  [['--data', 'd', '--dtaa', 'e'], {}, [/--dtaa/]],
  [['--data', 'd'], { DATABASE_URL: 'the big one' }, [/DATABASE_URL is a URL/]],
  [['--data', 'd'], { PLAIN_HOSTS: 'http://db' }, [/PLAIN_HOSTS is names or addresses/]],
  [['--data', 'd'], { METRICS_TOKEN: 'too-short' }, [/METRICS_TOKEN is 16 to 200/]],
  [['--data', 'd'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, [/OTEL_EXPORTER_OTLP_ENDPOINT is a URL/]],
  [['--data', 'd'], { ARCHIVE_AFTER_DAYS: '91' }, ['ARCHIVE_AFTER_DAYS is a number of days from 92 to 36500']],
  [['--data', 'd'], { ARCHIVE_AFTER_DAYS: 'a year' }, ['ARCHIVE_AFTER_DAYS is a number of days from 92 to 36500']],
  [['--data', 'd'], { WEBHOOK_PRIVATE_HOSTS: 'http://books' }, [/WEBHOOK_PRIVATE_HOSTS is names or addresses/]],
  [['--data', 'd'], { WEBHOOK_HOSTS: 'books.example, tax.example' }, [/WEBHOOK_HOSTS is names or addresses/]],
  [['--data', 'd'], { WEBHOOK_HOSTS: '..example' }, [/WEBHOOK_HOSTS is names or addresses/]],
  [['--data', 'd'], { TLS_CERT: '/etc/hub.pem' }, ['TLS_KEY is needed with TLS_CERT']],
  [['--data', 'd'], { TLS_KEY: '/etc/hub.key' }, ['TLS_CERT is needed with TLS_KEY']],
  [['--data', 'd'], { TRUST_PROXY: 'yes' }, [/TRUST_PROXY is how many proxies there are/]],
  [['--data', 'd'], { TRUST_PROXY: '10.0.0.0/40' }, [/TRUST_PROXY is how many proxies there are/]],
  [
    ['--data', 'd'],
    { OIDC_ISSUER: 'https://login.example' },
    ['OIDC_CLIENT_ID is needed with OIDC_ISSUER', /OIDC_CLIENT_SECRET or/, /OIDC_REQUIRED_AMR or/],
  ],
  [['--data', 'd'], { OIDC_CLIENT_ID: 'holdfast' }, [/OIDC_ISSUER is needed/]],
  [['--data', 'd'], { OIDC_MAX_AGE: '900' }, [/OIDC_ISSUER is needed/]],
  [['--data', 'd'], { ...PROVIDER, OIDC_MAX_AGE: '59' }, ['OIDC_MAX_AGE is a number of seconds from 60 to 43200']],
  [['--data', 'd'], { ...PROVIDER, OIDC_REQUIRED_AMR: 'mfa, hwk' }, [/OIDC_REQUIRED_AMR is ways of proof/]],
  [['--data', 'd'], { ...PROVIDER, OIDC_REQUIRED_ACR: 'one two' }, [/OIDC_REQUIRED_ACR is classes of proof/]],
  [['--data', 'd'], { ...PROVIDER, OIDC_UNSAID_FACTORS: 'yes' }, [/OIDC_UNSAID_FACTORS is 1/]],
  [['--data', 'd'], { ...PROVIDER, OIDC_UNSAID_FACTORS: '1' }, [/OIDC_UNSAID_FACTORS and what the provider must say/]],
  [
    ['--data', 'd'],
    { ...PROVIDER, OIDC_ISSUER: 'http://login.example', OIDC_HUB_URL: 'https://hub.example/console' },
    [/OIDC_ISSUER is a URL that begins with https/, /OIDC_HUB_URL is https:\/\/HOST/],
  ],
  [
    ['--data', 'd'],
    { ...PROVIDER, OIDC_CLIENT_SECRET_FILE: 'f' },
    [/OIDC_CLIENT_SECRET_FILE and OIDC_CLIENT_SECRET are not given at once/],
  ],
  [['--data', 'd'], { SMTP_URL: 'smtp://mail.example' }, ['MAIL_FROM is needed with SMTP_URL']],
  [['--data', 'd'], { MAIL_FROM: 'shop@shop.example' }, ['SMTP_URL is needed with MAIL_FROM']],
  [['--data', 'd'], { SMTP_URL: 'https://mail.example', MAIL_FROM: 'Shop' }, [/SMTP_URL .*smtps/, /MAIL_FROM is an address/]],
  [['--data', 'd'], { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'Shop <a@b.co>, <c@d.co>' }, [/MAIL_FROM is an address/]],
])('every wrong value of %j is named', (argv, environment, expected) => {
  const config = parseConfig(argv, environment);
  if (config.ok) throw new Error('was taken');
  expect(config.error.reasons).toHaveLength(expected.length);
  expected.forEach((reason, index) => expect(config.error.reasons[index]).toMatch(reason));
});
