import { expect, test } from 'vitest';

import { parseConfig } from './config.ts';

test('a full command line', () => {
  const config = parseConfig(['--data', '/d', '--port', '8080', '--json'], {
    DATABASE_URL: 'postgres://u@h/db',
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
      databaseUrl: 'postgres://u@h/db',
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
  const named = { DATABASE_URL: 'postgres://u@h/db' };
  expect(reasons(['--move'], named)).toEqual([true, false]);
  expect(reasons(['--backup'], named)).toEqual([false, true]);
  expect(reasons(['--move'])).toEqual(['DATABASE_URL is needed with --move and --backup']);
  expect(reasons(['--move', '--backup'], named)).toEqual(['--backup and --move are not done at once']);
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
      databaseUrl: undefined,
      webhookHosts: [],
      logLevel: 'warn',
    },
  });
});

test('mail goes out where a server and a sender are named', () => {
  const environment = { SMTP_URL: 'smtps://kim:secret@mail.example', MAIL_FROM: 'Corner Shop <receipts@shop.example>' };
  const config = parseConfig(['--data', 'd'], environment);
  expect(config.ok && config.value.mail).toEqual({ url: environment.SMTP_URL, from: environment.MAIL_FROM });
  expect(parseConfig(['--data', 'd'], {})).toMatchObject({ ok: true, value: { mail: undefined } });
});

test('people sign in by an identity provider where one is named, with a secret of its own or a file that holds it', () => {
  const environment = { OIDC_ISSUER: 'https://login.example', OIDC_CLIENT_ID: 'holdfast', OIDC_CLIENT_SECRET_FILE: '/run/secret' };
  const config = parseConfig(['--data', 'd'], { ...environment, OIDC_HUB_URL: 'https://hub.example' });
  expect(config.ok && config.value.provider).toEqual({
    issuer: 'https://login.example',
    clientId: 'holdfast',
    clientSecret: undefined,
    clientSecretFile: '/run/secret',
    hubUrl: 'https://hub.example',
  });
});

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
  [['--data', 'd'], { METRICS_TOKEN: 'too-short' }, [/METRICS_TOKEN is 16 to 200/]],
  [['--data', 'd'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, [/OTEL_EXPORTER_OTLP_ENDPOINT is a URL/]],
  [['--data', 'd'], { ARCHIVE_AFTER_DAYS: '91' }, ['ARCHIVE_AFTER_DAYS is a number of days from 92 to 36500']],
  [['--data', 'd'], { ARCHIVE_AFTER_DAYS: 'a year' }, ['ARCHIVE_AFTER_DAYS is a number of days from 92 to 36500']],
  [['--data', 'd'], { WEBHOOK_PRIVATE_HOSTS: 'http://books' }, [/WEBHOOK_PRIVATE_HOSTS is names or addresses/]],
  [['--data', 'd'], { OIDC_ISSUER: 'https://login.example' }, ['OIDC_CLIENT_ID is needed with OIDC_ISSUER', /OIDC_CLIENT_SECRET or/]],
  [['--data', 'd'], { OIDC_CLIENT_ID: 'holdfast' }, [/OIDC_ISSUER is needed/]],
  [
    ['--data', 'd'],
    { OIDC_ISSUER: 'http://login.example', OIDC_HUB_URL: 'https://hub.example/console', OIDC_CLIENT_ID: 'h', OIDC_CLIENT_SECRET: 's' },
    [/OIDC_ISSUER is a URL that begins with https/, /OIDC_HUB_URL is https:\/\/HOST/],
  ],
  [
    ['--data', 'd'],
    { OIDC_ISSUER: 'http://localhost:9', OIDC_CLIENT_ID: 'h', OIDC_CLIENT_SECRET: 's', OIDC_CLIENT_SECRET_FILE: 'f' },
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
