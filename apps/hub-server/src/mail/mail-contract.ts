/** Receipts by mail, from a lane's entry to a real SMTP server: whole, once, later where they must, and never with an address where none belongs. */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { assert, ok } from '@holdfast/base';
import { sealTo } from '@holdfast/base/sealing';
import { receiptMailEntry, receiptMailText, type LedgerHeader } from '@holdfast/domain';
import type { PrintDocument } from '@holdfast/paper/document';
import { encodeLogo } from '@holdfast/paper/logo';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { FORGOTTEN_AFTER_MS, keepMailKeys, RENEWED_AFTER_MS } from './mail-keys.ts';
import type { ReceiptMailView } from './receipt-mails.ts';

vi.setConfig({ testTimeout: 240_000 });

const HOUR_MS = 3_600_000;

const HEADER: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'op-1', training: false };
const RECEIPT: PrintDocument = {
  direction: 'ltr',
  blocks: [
    { type: 'text', text: 'Kaufhaus Müller', align: 'center', isBold: true },
    { type: 'row', start: 'Vollmilch 1 l', end: '1,19 A' },
    { type: 'qr', data: '1-abcd-000001' },
  ],
};

interface Post {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly source: string;
}

/** A mail server on a port, which says what its next answers are; where it has none it takes the mail. */
async function startMailServer(): Promise<{ url: string; posts: Post[]; answers: number[]; close(): Promise<void> }> {
  const posts: Post[] = [];
  const answers: number[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const code = answers.shift();
      if (code === undefined) return done();
      return done(Object.assign(new Error(`<${address}> said ${code}`), { responseCode: code }));
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        assert(mailFrom !== false, 'a mail has a sender');
        posts.push({ from: mailFrom.address, to: rcptTo.map(({ address }) => address), source: Buffer.concat(parts).toString('utf8') });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  assert(typeof address === 'object' && address !== null, 'it listens');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    posts,
    answers,
    close: async () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export function mailContract(engine: string, open: () => Promise<Database>): void {
  describe(`receipts by mail: ${engine}`, () => {
    let hub: TestHub;
    let device: TestDevice;
    let server: Awaited<ReturnType<typeof startMailServer>>;
    let key: { keyName: string; publicKey: Uint8Array };
    let number = 0;

    beforeAll(async () => {
      server = await startMailServer();
      const mail = { url: server.url, from: 'Kaufhaus Müller <beleg@shop.example>' };
      hub = await startTestHub(await open(), { mail, outboxPace: { lookMs: 200, retryMs: 10, mostMs: 20, giveUpMs: 86_400_000 } });
      device = await enrolNextDevice(hub, '1');
      await vi.waitFor(async () => {
        const [made] = await hub.keys.read('mail');
        assert(made?.publicKey !== undefined, 'the hub has made a key');
        key = { keyName: made.name, publicKey: made.publicKey };
      }, 60_000);
    }, 180_000);
    afterAll(async () => {
      await hub.close();
      await server.close();
    });

    const want = async (to: string, sealedAs = key, document: unknown = RECEIPT): Promise<string> => {
      number += 1;
      const receiptNumber = `1-abcd-${String(number).padStart(6, '0')}`;
      const content = deflateRawSync(receiptMailText({ to, language: 'de-DE', document }));
      const { kind, fields } = receiptMailEntry(HEADER, {
        receiptNumber,
        keyName: sealedAs.keyName,
        sealed: sealTo(sealedAs.publicKey, content),
      });
      device.append(kind, fields);
      await device.send();
      return receiptNumber;
    };
    const mails = async (): Promise<readonly ReceiptMailView[]> =>
      (await hub.json<{ mails: ReceiptMailView[] }>('/api/v1/receipt-mails')).mails;
    const isDone = async (receiptNumber: string): Promise<ReceiptMailView> =>
      await vi.waitFor(async () => {
        const mail = (await mails()).find((one) => one.receiptNumber === receiptNumber);
        if (mail === undefined || mail.state === 'waiting') throw new Error(`${receiptNumber} waits`);
        return mail;
      }, 60_000);
    const everything = async (): Promise<string> => {
      const tables = await hub.database.rows<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
      );
      const rows = await Promise.all(tables.map(({ name }) => hub.database.rows(`SELECT * FROM "${name}"`)));
      return JSON.stringify(rows, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));
    };

    test('stores are told the key; a mail arrives as a page, as text and as a PDF, and no table says to whom it went', async () => {
      const [told] = await hub.database.rows<{ value: string }>(`SELECT fields ->> '1' AS value FROM entity WHERE key = 'receiptMailKey'`);
      expect(told?.value).toBe(`${key.keyName} ${Buffer.from(key.publicKey).toString('hex')}`);
      const receiptNumber = await want('kim.muster@example.com');
      expect(await isDone(receiptNumber)).toMatchObject({
        state: 'sent',
        attempts: 1,
        failure: null,
        lane: device.enrolled.lane,
        store: '1',
      });
      const post = server.posts.at(-1);
      expect(post).toMatchObject({ from: 'beleg@shop.example', to: ['kim.muster@example.com'] });
      const source = post?.source ?? '';
      expect(source).toMatch(new RegExp(`^Subject: Beleg ${receiptNumber}`, 'm'));
      expect(source).toMatch(/^Message-ID: <[\w.-]+@shop\.example>/m);
      expect(source).toMatch(/Content-Type: text\/plain[^]*Content-Type: text\/html[^]*Content-Type: application\/pdf/);
      expect(source).toContain(`filename=${receiptNumber}.pdf`);
      const [, pdf = ''] = /application\/pdf[^]*?\r\n\r\n([\w+/=\r\n]+)/.exec(source) ?? [];
      expect(Buffer.from(pdf, 'base64').subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
      expect(await everything()).not.toContain('kim.muster');
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('a logo that the company has stands above it, one that it has no more does not; what is no logo is never published', async () => {
      const png = encodeLogo({ width: 16, height: 8, grey: Uint8Array.from({ length: 128 }, (_, at) => (at % 3) * 100) });
      assert(png.ok, 'it is small');
      const logo = Buffer.from(png.value).toString('base64');
      const publish = async (value: string): Promise<number> =>
        (await hub.post('/api/v1/publications', { cells: [{ type: 'setting', key: 'receiptLogo', scope: 'store:1', fields: { value } }] }))
          .status;
      expect(await publish(logo.slice(4))).toBe(422);
      expect(await publish('A'.repeat(20_000))).toBe(422);
      expect(await publish(logo)).toBe(200);
      const logoHash = createHash('sha256').update(png.value).digest('hex');
      const sourceOf = async (document: PrintDocument): Promise<string> => {
        expect(await isDone(await want('logo@example.com', key, document))).toMatchObject({ state: 'sent' });
        return server.posts.at(-1)?.source ?? '';
      };
      expect((await sourceOf({ ...RECEIPT, logoHash })).replaceAll(/=\r\n/g, '')).toContain('data:image/png;base64,');
      expect(await sourceOf({ ...RECEIPT, logoHash: '0'.repeat(64) })).not.toContain('data:image');
    });

    test('a server that is busy gets it again, under the same name', async () => {
      server.answers.push(450, 421);
      const receiptNumber = await want('busy@example.com');
      expect(await isDone(receiptNumber)).toMatchObject({ state: 'sent', attempts: 3 });
      expect(server.posts.filter(({ to }) => to[0] === 'busy@example.com')).toHaveLength(1);
    });

    test('what the server will not have has failed, says why without the address, and is tried again when a person says so', async () => {
      server.answers.push(550);
      const receiptNumber = await want('nobody@example.com');
      const failed = await isDone(receiptNumber);
      expect(failed).toMatchObject({ state: 'failed', failure: 'refused', attempts: 1 });
      expect(failed.detail).toContain('said 550');
      expect(failed.detail).not.toContain('nobody');
      expect((await hub.post(`/api/v1/receipt-mails/${failed.entryNo}/again`, {})).status).toBe(200);
      expect(await isDone(receiptNumber)).toMatchObject({ state: 'sent', failure: null });
      expect((await hub.post(`/api/v1/receipt-mails/${failed.entryNo}/again`, {})).status).toBe(404);
    });

    test('what cannot be opened, or is no receipt, has failed at once, and holds nothing up', async () => {
      const unknown = await want('a@example.com', { ...key, keyName: '2001-01-01' });
      const nonsense = await want('b@example.com', key, { blocks: 'none' });
      const hostile = await want('c@example.com, d@example.com');
      const good = await want('e@example.com');
      expect(await isDone(good)).toMatchObject({ state: 'sent' });
      expect(await isDone(unknown)).toMatchObject({ failure: 'keyForgotten' });
      expect(await isDone(nonsense)).toMatchObject({ failure: 'unreadable' });
      expect(await isDone(hostile)).toMatchObject({ failure: 'unreadable' });
      expect(server.posts.flatMap(({ to }) => to)).not.toContain('c@example.com');
      expect((await hub.json<{ mails: ReceiptMailView[] }>('/api/v1/receipt-mails?state=failed&store=1')).mails).toHaveLength(3);
      expect((await hub.api('/api/v1/receipt-mails?state=lost')).status).toBe(400);
    });

    test('a month later there is another key; a season later the old one is gone, and what was sealed to it with it', async () => {
      const told: string[] = [];
      const catalog: Parameters<typeof keepMailKeys>[0]['catalog'] = {
        publish: async (_name, changes) => {
          told.push(...changes.map(({ fields }) => String(fields?.['value'])));
          return ok({ lsn: null, changed: 0 });
        },
      };
      const at = (ms: number) =>
        keepMailKeys({
          database: hub.database,
          catalog,
          clock: { nowMs: () => Date.now() + ms, monotonicMs: () => 0 },
          tenantNo: 1,
          keys: hub.keys,
        });
      const keys = async () => (await hub.keys.read('mail')).map(({ name, secret }) => ({ name, isThere: secret !== undefined }));
      // Made when these tests began.
      await at(RENEWED_AFTER_MS - HOUR_MS);
      expect([await keys(), told]).toMatchObject([[{ name: key.keyName, isThere: true }], []]);
      await at(RENEWED_AFTER_MS + 86_400_000);
      expect(await keys()).toMatchObject([{ isThere: true }, { isThere: true }]);
      expect(told).toHaveLength(1);
      await at(FORGOTTEN_AFTER_MS + 60_000);
      expect(await keys()).toMatchObject([{ name: key.keyName, isThere: false }, { isThere: true }, { isThere: true }]);
      expect(await isDone(await want('late@example.com'))).toMatchObject({ failure: 'keyForgotten' });
    });
  });
}
