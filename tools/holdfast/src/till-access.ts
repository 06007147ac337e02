/**
 * A running till, as programs of its own machine reach it: by its data folder, whose `till.json` only the folder's owner can
 * read. And its windows' WebSocket, over which a program sells exactly as a window does.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { UNITS } from '@holdfast/domain';
import { WebSocket } from 'ws';
import { z } from 'zod';

import { CommandFailed } from './command.ts';
import { believe } from './hub-api.ts';

const tillFileSchema = z.object({ url: z.string(), secret: z.string(), pid: z.int() }).loose();

const tillVerificationSchema = z
  .object({
    device: z.string().nullable(),
    epochs: z.array(
      z
        .object({
          epoch: z.string(),
          seq: z.int(),
          headHash: z.string(),
          sales: z.int(),
          totalsByCurrency: z.array(z.object({ currency: z.string(), totalMinor: z.int() }).loose()),
          chainWhole: z.boolean(),
          /** Absent: an older build's. */
          runs: z.array(z.object({ from: z.int(), to: z.int(), hash: z.string() })).optional(),
        })
        .loose(),
    ),
    waitingEntries: z.int(),
    waitingSales: z.int(),
    position: z.object({ hubEpoch: z.string(), lsn: z.int() }).loose(),
    items: z.int(),
  })
  .loose();
export type TillVerification = z.infer<typeof tillVerificationSchema>;

const unitPriceSchema = z.object({ amount: z.int(), decimals: z.int() });
const labelAnswerSchema = z.object({
  labels: z.array(
    z.object({
      sku: z.string(),
      name: z.string(),
      brand: z.string().optional(),
      gtin: z.string().optional(),
      plu: z.string().optional(),
      currency: z.string(),
      unit: z.enum(UNITS),
      price: unitPriceSchema,
      regular: unitPriceSchema.optional(),
      measure: z.object({ unit: z.enum(['gram', 'millilitre', 'millimetre']), price: unitPriceSchema }).optional(),
      validFrom: z.string().optional(),
      validTo: z.string().optional(),
    }),
  ),
  missing: z.array(z.string()),
  locale: z.string(),
});
export type LabelAnswer = z.infer<typeof labelAnswerSchema>;

export interface TillAccess {
  readonly data: string;
  readonly pid: number;
  verify(): Promise<TillVerification>;
  /** Its journal as a file, piece by piece; `query` as `GET /journal` takes it. */
  journal(query: URLSearchParams): Promise<ReadableStream<Uint8Array>>;
  /** Hex: what its journal is verified with. */
  publicKey(): Promise<string>;
  /** What stands on the lane, with the health and the counts of each. */
  devices(): Promise<unknown>;
  /** Shelf labels, as `GET /labels` gives them. */
  labels(wish: { readonly codes: readonly string[]; readonly on?: string | undefined }): Promise<LabelAnswer>;
  /** A link that opens one window, once. */
  windowUrl(): Promise<string>;
  connect(): Promise<TillConnection>;
}

/** Throws CommandFailed where no till runs on the folder. */
export async function accessTill(data: string): Promise<TillAccess> {
  const { url, secret, pid } = await readTillFile(data);
  const base = new URL(url).origin;
  const ask = async (method: string, path: string): Promise<Response> => {
    const response = await fetch(base + path, { method, headers: { authorization: `Bearer ${secret}` } }).catch(() => undefined);
    if (response?.ok !== true) {
      throw new CommandFailed(
        `The till of ${data} does not answer${response === undefined ? '' : ` (${response.status})`}. Start it and ask again.`,
      );
    }
    return response;
  };
  const call = async (method: string, path: string): Promise<unknown> => (await ask(method, path)).json();
  const mintToken = async (): Promise<string> =>
    believe(z.object({ token: z.string() }), 'POST /tokens', await call('POST', '/tokens')).token;
  return {
    data,
    pid,
    verify: async () => believe(tillVerificationSchema, `${base}/verify`, await call('GET', '/verify')),
    journal: async (query) => {
      const { body } = await ask('GET', `/journal?${query}`);
      assert(body !== null, 'an answer has a body');
      return body;
    },
    publicKey: async () => believe(z.object({ publicKey: z.string() }), `${base}/journal/key`, await call('GET', '/journal/key')).publicKey,
    devices: async () => believe(z.object({ devices: z.unknown() }), `${base}/devices`, await call('GET', '/devices')).devices,
    labels: async ({ codes, on }) => {
      const query = new URLSearchParams([...codes.map((code) => ['code', code]), ...(on === undefined ? [] : [['on', on]])]);
      return believe(labelAnswerSchema, `${base}/labels`, await call('GET', `/labels?${query}`));
    },
    windowUrl: async () => `${base}/?token=${await mintToken()}`,
    connect: async () => connectTill(`${base.replace(/^http/, 'ws')}/till?token=${await mintToken()}`),
  };
}

async function readTillFile(data: string): Promise<z.infer<typeof tillFileSchema>> {
  try {
    return tillFileSchema.parse(JSON.parse(await readFile(join(data, 'till.json'), 'utf8')));
  } catch {
    throw new CommandFailed(`No till runs on ${data}. Start it: pnpm holdfast till --data ${data}`);
  }
}

const replySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('reply'),
    id: z.string(),
    value: z
      .object({
        completed: z.object({ receiptNumber: z.string(), totalMinor: z.int(), changeMinor: z.int() }).loose().optional(),
        state: z
          .object({ lines: z.array(z.unknown()), status: z.object({ hub: z.string(), waitingEntries: z.int(), items: z.int() }).loose() })
          .loose()
          .optional(),
      })
      .loose(),
  }),
  z.object({
    type: z.literal('refused'),
    id: z.string(),
    refusal: z.object({ type: z.string(), detail: z.record(z.string(), z.unknown()) }),
  }),
]);
export type TillReply = z.infer<typeof replySchema>;

export interface TillConnection {
  /** Sends without waiting for the requests before it; the till answers in order. Rejects when the connection breaks. */
  request(body: Readonly<Record<string, unknown>>): Promise<TillReply>;
  close(): void;
}

async function connectTill(url: string): Promise<TillConnection> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  const waiting = new Map<string, { readonly resolve: (reply: TillReply) => void; readonly reject: (error: Error) => void }>();
  // A till remembers the ids it has answered, over its own restarts: each connection needs ids of its own.
  const connectionId = randomUUID();
  let sent = 0;
  socket.on('message', (data) => {
    const text = (data as Buffer).toString('utf8');
    // A window draws what changed; a program that only sells has no use for it.
    if (text.startsWith('{"type":"basket"') || text.startsWith('{"type":"status"')) return;
    const message: unknown = JSON.parse(text);
    if (!isReply(message)) return;
    const reply = believe(replySchema, 'the till', message);
    const entry = waiting.get(reply.id);
    assert(entry !== undefined, 'a till answers only what it was asked');
    waiting.delete(reply.id);
    entry.resolve(reply);
  });
  const broken = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new CommandFailed(`The till broke the connection: ${why}`));
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', (error) => reject(new CommandFailed(`The till does not open its WebSocket: ${error.message}`)));
  });
  socket.on('error', (error) => broken(error.message));
  socket.on('close', (code, reason) => broken(`${code} ${reason.toString()}`.trim()));
  return {
    request: (body) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) {
          reject(new CommandFailed('The connection to the till is closed.'));
          return;
        }
        sent += 1;
        const id = `${connectionId}-${sent}`;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, atMs: Date.now(), body }));
      }),
    close: () => socket.close(),
  };
}

function isReply(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && (message.type === 'reply' || message.type === 'refused');
}
