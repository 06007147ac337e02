/** Webhooks, from what happens to a real server that takes them, refuses, hangs and sends elsewhere: told once, signed, tried again, and never where they should not go. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { assert } from '@holdfast/base';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { MessageView } from './messages.ts';
import type { WebhookEvent, WebhookView } from './webhooks.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Told {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Behaviour = (response: ServerResponse) => void;

/** A program of the company's: it says what its next answers are, by the path it is asked at; where it has none it takes what comes. */
async function startReceiver(): Promise<{ url: string; told: Told[]; answers: Map<string, Behaviour[]>; close(): Promise<void> }> {
  const told: Told[] = [];
  const answers = new Map<string, Behaviour[]>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      told.push({ path, headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      const next = answers.get(path)?.shift();
      if (next === undefined) response.writeHead(204).end();
      else next(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    answers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As Standard Webhooks has it for whoever receives. */
function isSigned(secret: string, { headers, body }: Told): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

export function webhooksContract(engine: string, open: () => Promise<Database>): void {
  describe(`webhooks: ${engine}`, () => {
    let hub: TestHub;
    let device: TestDevice;
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    beforeAll(async () => {
      receiver = await startReceiver();
      hub = await startTestHub(await open(), {
        webhookHosts: ['127.0.0.1'],
        webhooksOnlyTo: ['localhost', '.books.example'],
        courierPace: { lookMs: 100, retryMs: 10, mostMs: 20, mostAttempts: 4, patienceMs: 5_000 },
      });
      device = await enrolNextDevice(hub, '1');
    });
    afterAll(async () => {
      await hub.close();
      await receiver.close();
    });

    const tell = async (path: string, events: readonly WebhookEvent[], note = ''): Promise<{ webhook: string; secret: string }> => {
      const made = await hub.post('/api/v1/webhooks', { url: `${receiver.url}${path}`, events, note });
      expect(made.status).toBe(201);
      return (await made.json()) as { webhook: string; secret: string };
    };
    const told = (path: string): readonly Told[] => receiver.told.filter((one) => one.path === path);
    const toldOnce = async (path: string, count = 1): Promise<Told> =>
      vi.waitFor(() => {
        const last = told(path).at(-1);
        assert(told(path).length >= count && last !== undefined, `${path} was told ${told(path).length} of ${count}`);
        return last;
      }, 60_000);
    const messages = async (webhook: string): Promise<readonly MessageView[]> =>
      (await hub.json<{ messages: MessageView[] }>(`/api/v1/webhook-messages?webhook=${webhook}`)).messages;
    const isDone = async (webhook: string): Promise<MessageView> =>
      vi.waitFor(async () => {
        const [message] = await messages(webhook);
        assert(message !== undefined && message.state !== 'waiting', 'it waits');
        return message;
      }, 60_000);
    const ping = async (webhook: string): Promise<void> => {
      expect((await hub.post(`/api/v1/webhooks/${webhook}/ping`, {})).status).toBe(202);
    };
    const dataOf = (one: Told): Record<string, unknown> => (JSON.parse(one.body) as { data: Record<string, unknown> }).data;

    test('a sale is told once, signed under its own name, to who wants sales and nobody else; what came before is told nobody', async () => {
      device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 119 }]);
      await device.send();
      await hub.json('/api/v1/sales');
      const sales = await tell('/sales', ['sale.completed']);
      await tell('/devices', ['device.enrolled']);
      device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 119 }]);
      await device.send();
      const one = await toldOnce('/sales');
      expect(isSigned(sales.secret, one)).toBe(true);
      expect(isSigned(`whsec_${Buffer.alloc(32).toString('base64')}`, one)).toBe(false);
      expect(JSON.parse(one.body)).toMatchObject({
        type: 'sale.completed',
        data: { device: device.enrolled.device, store: '1', kind: 'sale' },
      });
      expect(one.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(await isDone(sales.webhook)).toMatchObject({ message: one.headers['webhook-id'], state: 'sent', attempts: 1, detail: null });
      expect([told('/sales').length, told('/devices').length]).toEqual([1, 0]);
      const [listed] = (await hub.json<{ webhooks: WebhookView[] }>('/api/v1/webhooks')).webhooks;
      expect(listed).toMatchObject({ webhook: sales.webhook, waiting: 0, failed: 0 });
      expect(JSON.stringify(listed)).not.toContain('whsec_');
    });

    test('P-1: a sale that was set aside is told as that, and as a sale once it is applied', async () => {
      await hub.database
        .script(`CREATE FUNCTION refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for it'; END $$;
        CREATE TRIGGER refuse_line BEFORE INSERT ON sale_line FOR EACH ROW WHEN (NEW.sku = 'aside') EXECUTE FUNCTION refuse_line();`);
      await tell('/aside', ['sale.completed', 'entry.setAside']);
      device.sell([{ sku: 'aside', quantity: 1, amountMinor: 119 }]);
      await device.send();
      const aside = await toldOnce('/aside');
      expect(JSON.parse(aside.body)).toMatchObject({ type: 'entry.setAside' });
      await hub.database.script('DROP TRIGGER refuse_line ON sale_line; DROP FUNCTION refuse_line;');
      expect(await (await hub.post('/api/v1/set-aside/retry', {})).json()).toEqual({ applied: 1 });
      const sold = { type: 'sale.completed', data: { seq: dataOf(aside)['seq'], totalMinor: 119 } };
      await vi.waitFor(
        () =>
          expect(told('/aside').map(({ body }): unknown => JSON.parse(body))).toContainEqual(
            expect.objectContaining({ ...sold, data: expect.objectContaining(sold.data) }),
          ),
        60_000,
      );
    });

    test('goods and prices of a publication, a device that joins and a day that is closed are told', async () => {
      const all = await tell('/all', ['product.published', 'price.published', 'device.enrolled', 'day.closed']);
      const made = await hub.post('/api/v1/product', {
        sku: 'WH-1',
        fields: { name: 'Told', taxClass: 'standard', unit: 'piece' },
        codes: ['4006381333931'],
        price: { amount: '1.99', currency: 'EUR' },
      });
      expect(made.status).toBe(201);
      await enrolNextDevice(hub, '1');
      const [day] = (await hub.json<{ days: { businessDate: string }[] }>('/api/v1/store-days?store=1')).days;
      assert(day !== undefined, 'something was sold');
      expect((await hub.post(`/api/v1/store-days/1/${day.businessDate}/close`, {})).status).toBe(201);
      await vi.waitFor(() => expect(told('/all')).toHaveLength(4), 60_000);
      const byEvent = new Map(told('/all').map((one) => [(JSON.parse(one.body) as { type: string }).type, dataOf(one)]));
      expect(byEvent.get('product.published')).toMatchObject({ skus: ['WH-1'], count: 1, by: 'console' });
      expect(byEvent.get('price.published')).toMatchObject({ skus: ['WH-1'], count: 1 });
      expect(byEvent.get('device.enrolled')).toMatchObject({ store: '1', lane: expect.any(Number) as number });
      expect(byEvent.get('day.closed')).toMatchObject({ store: '1', businessDate: day.businessDate });
      const codes = [{ code: '4006381333931', units: 6 }];
      const packed = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ codes }) };
      expect((await hub.api('/api/v1/product/WH-1', packed)).status).toBe(200);
      await vi.waitFor(() => expect(told('/all')).toHaveLength(5), 60_000);
      expect(told('/all').map(dataOf).at(-1)).toMatchObject({ skus: ['WH-1'], count: 1 });
      await hub.api(`/api/v1/webhooks/${all.webhook}`, { method: 'DELETE' });
    });

    test('what fails, hangs or leads elsewhere is tried again under the same name; one that hangs holds up nobody', async () => {
      const [slow, quick] = [await tell('/slow', ['day.closed']), await tell('/quick', ['day.closed'])];
      receiver.answers.set('/slow', [
        (response) => response.writeHead(500).end('x'.repeat(100_000)),
        () => undefined,
        (response) => response.writeHead(302, { location: `${receiver.url}/elsewhere` }).end(),
      ]);
      await ping(slow.webhook);
      await toldOnce('/slow', 2);
      await ping(quick.webhook);
      await toldOnce('/quick');
      await toldOnce('/slow', 4);
      expect(new Set(told('/slow').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(await isDone(slow.webhook)).toMatchObject({ state: 'sent', attempts: 4, event: 'ping' });
      expect(told('/elsewhere')).toEqual([]);
    });

    test('what is never taken has failed, says why, and goes out again when a person says so', async () => {
      const { webhook } = await tell('/never', ['day.closed']);
      receiver.answers.set(
        '/never',
        [503, 503, 503, 503].map((status) => (response) => response.writeHead(status).end()),
      );
      await ping(webhook);
      const failed = await isDone(webhook);
      expect(failed).toMatchObject({ state: 'failed', attempts: 4, detail: 'answered 503' });
      expect((await hub.post(`/api/v1/webhook-messages/${failed.message}/again`, {})).status).toBe(200);
      expect(await isDone(webhook)).toMatchObject({ message: failed.message, state: 'sent' });
    });

    test('whoever answers that nothing is wanted any more is paused, and told what waited when it goes on', async () => {
      const { webhook } = await tell('/gone', ['day.closed']);
      receiver.answers.set('/gone', [(response) => response.writeHead(410).end()]);
      await ping(webhook);
      expect(await isDone(webhook)).toMatchObject({ state: 'failed', attempts: 1 });
      const isPaused = async (): Promise<boolean | undefined> =>
        (await hub.json<{ webhooks: WebhookView[] }>('/api/v1/webhooks')).webhooks.find((each) => each.webhook === webhook)?.isPaused;
      expect(await isPaused()).toBe(true);
      await ping(webhook);
      const change = async (isPausedNow: boolean): Promise<Response> =>
        hub.api(`/api/v1/webhooks/${webhook}`, {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ isPaused: isPausedNow }),
        });
      expect((await change(false)).status).toBe(200);
      await toldOnce('/gone', 2);
    });

    test('a new secret signs at once, the former one beside it; the database holds neither in clear', async () => {
      const { webhook, secret } = await tell('/rotated', ['day.closed']);
      const rotated = await hub.post(`/api/v1/webhooks/${webhook}/secret`, {});
      const { secret: next } = (await rotated.json()) as { secret: string };
      expect(next).not.toBe(secret);
      await ping(webhook);
      const one = await toldOnce('/rotated');
      expect([isSigned(secret, one), isSigned(next, one)]).toEqual([true, true]);
      const held = await hub.database.rows<{ secret: Uint8Array }>('SELECT secret FROM webhook WHERE webhook = $1', [webhook]);
      expect(Buffer.from(held[0]?.secret ?? []).includes(Buffer.from(next.slice(6), 'base64'))).toBe(false);
    });

    test.each([
      ['http://example.com/', 'begins with https://'],
      ['https://10.1.2.3/', 'network of its own'],
      ['https://[::1]/', 'network of its own'],
      ['https://[::ffff:169.254.169.254]/latest', 'network of its own'],
      ['https://0xa.1/', 'network of its own'],
      ['https://user:secret@example.com/', 'no user and no password'],
      ['file:///etc/passwd', 'begins with https://'],
      ['not a url', 'is a URL'],
      ['https://tax.example/', 'none of the hosts'],
      ['https://books.example.tax.example/', 'none of the hosts'],
    ])('%s is no address for a webhook', async (url, why) => {
      const refused = await hub.post('/api/v1/webhooks', { url, events: ['sale.completed'] });
      expect([refused.status, ((await refused.json()) as { title: string }).title]).toEqual([422, expect.stringContaining(why)]);
    });

    test('what was set up before its host was no longer named is told nothing, and says why', async () => {
      const made = await hub.post('/api/v1/webhooks', { url: 'https://hooks.BOOKS.example/', events: ['day.closed'] });
      expect(made.status).toBe(201);
      const { webhook } = (await made.json()) as { webhook: string };
      await hub.database.execute("UPDATE webhook SET url = 'https://8.8.8.8/' WHERE webhook = $1", [webhook]);
      await ping(webhook);
      expect(await isDone(webhook)).toMatchObject({
        state: 'failed',
        detail: 'its address leads to none of the hosts that WEBHOOK_HOSTS names',
      });
    });

    test('a name that leads into the hub’s own network is found out when it is looked up, and nothing is sent', async () => {
      const made = await hub.post('/api/v1/webhooks', { url: 'https://localhost:1/', events: ['day.closed'] });
      const { webhook } = (await made.json()) as { webhook: string };
      await ping(webhook);
      expect(await isDone(webhook)).toMatchObject({ state: 'failed', detail: 'its name leads into a network of its own' });
    });
  });
}
