/**
 * How a lane speaks to a signer: one JSON document on each line, in UTF-8. An order carries a number, its answer the same one.
 *
 *     {"id":1,"do":"start","client":"LANE","reference":"BASKET"}
 *     {"id":1,"ok":true,"transaction":7,"startedAtMs":1764600000000}
 *     {"id":2,"do":"update","transaction":7,"type":"","data":"…"}
 *     {"id":2,"ok":true}
 *     {"id":3,"do":"finish","transaction":7,"type":"Kassenbeleg-V1","data":"Beleg^…"}
 *     {"id":3,"ok":true,"transaction":7,"counter":12,"startedAtMs":…,"signedAtMs":…,"signature":"…","algorithm":"ecdsa-plain-SHA256","serial":"…","publicKey":"…"}
 *     {"id":3,"ok":false,"reason":"unknownTransaction","detail":"…"}
 */
import { z } from 'zod';

const id = z.int().min(1);
const data = { type: z.string().max(100), data: z.string().max(10_000) };
const transaction = z.int().min(1);

export const fiscalOrderSchema = z.discriminatedUnion('do', [
  z.object({ id, do: z.literal('start'), client: z.string().min(1).max(128), reference: z.string().min(1).max(128) }),
  z.object({ id, do: z.literal('update'), transaction, ...data }),
  z.object({ id, do: z.literal('finish'), transaction, ...data }),
]);
export type FiscalOrder = z.infer<typeof fiscalOrderSchema>;

const startedSchema = z.object({ transaction, startedAtMs: z.int() });
export const fiscalAnswerSchemas = {
  start: startedSchema,
  update: z.object({}),
  finish: startedSchema.extend({
    counter: z.int().min(1),
    signedAtMs: z.int(),
    signature: z.string().min(1).max(1_000),
    algorithm: z.string().min(1).max(64),
    serial: z.string().min(1).max(256),
    publicKey: z.string().min(1).max(1_000),
  }),
} as const;

export const fiscalReplySchema = z.union([
  z.object({ id, ok: z.literal(true) }).loose(),
  z.object({ id, ok: z.literal(false), reason: z.string().max(64), detail: z.string().max(1_000) }),
]);
export type FiscalReply = z.infer<typeof fiscalReplySchema>;

const LINE_END = 0x0a;
const MAX_LINE_BYTES = 64 * 1024;

/** Lines as they come, whole; undefined where a line is longer than any order or answer. */
export function createLines(): (bytes: Uint8Array) => readonly string[] | undefined {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    const lines: string[] = [];
    for (let end = held.indexOf(LINE_END); end >= 0; end = held.indexOf(LINE_END)) {
      lines.push(held.subarray(0, end).toString('utf8'));
      held = held.subarray(end + 1);
    }
    return held.length > MAX_LINE_BYTES ? undefined : lines;
  };
}

export const toLine = (message: object): Uint8Array => new Uint8Array(Buffer.from(`${JSON.stringify(message)}\n`));

/** Undefined where it is none. */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
