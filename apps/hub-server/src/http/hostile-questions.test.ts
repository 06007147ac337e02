/**
 * What devices ask, in JSON that is wrong at one place on purpose: each leaf of a question that is in order is in turn each thing that a database, a sum or a key may choke on. Answered, or refused with a reason of a closed set: never
 * the hub's own fault.
 */
import { systemClock } from '@holdfast/base/node';
import { PATHS } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { enrolNextDevice, newLanKey, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

let hub: TestHub;
let device: TestDevice;
/** By how much the hub's clock is on: each question comes a minute later, and nobody asks too often. */
let passedMs = 0;
beforeAll(async () => {
  hub = await startTestHub(undefined, {
    clock: { nowMs: () => systemClock.nowMs(), monotonicMs: () => systemClock.monotonicMs() + passedMs },
  });
  device = await enrolNextDevice(hub);
  device.sell([{ sku: 'hostile', quantity: 1, amountMinor: 100 }]);
  await device.send();
});
afterAll(async () => hub.close());

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** As JSON has it: some are no value of JavaScript. */
const NAUGHTY: readonly string[] = [
  String.raw`"\u0000"`,
  String.raw`"a\u0000b"`,
  String.raw`"\ud800"`,
  '""',
  '"%"',
  String.raw`"\\"`,
  '"__proto__"',
  `"${'\u{1F9C2}'.repeat(30)}"`,
  '0',
  '-1',
  '2147483648',
  '9007199254740991',
  '-9007199254740991',
  '1e400',
  '0.5',
  'null',
  'true',
  '[]',
  '{}',
  '{"__proto__":1}',
];

const MARK = '"\u{E000}"';
/** The question with each leaf of it in turn left open. */
function* opened(question: Json): Generator<string> {
  const write = (value: Json, open: readonly string[] | undefined): string => {
    if (open?.length === 0) return MARK;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const [first, ...rest] = open ?? [];
    const parts = Object.entries(value).map(([name, held]) => [name, write(held, name === first ? rest : undefined)] as const);
    if (Array.isArray(value)) return `[${parts.map(([, held]) => held).join()}]`;
    return `{${parts.map(([name, held]) => `${JSON.stringify(name)}:${held}`).join()}}`;
  };
  const leaves = function* (value: Json, at: readonly string[]): Generator<readonly string[]> {
    if (at.length > 0) yield at;
    if (typeof value === 'object' && value !== null) for (const [name, held] of Object.entries(value)) yield* leaves(held, [...at, name]);
  };
  for (const at of leaves(question, [])) yield write(question, at);
}

const questions = (): readonly (readonly [path: string, question: Json])[] => {
  const position = { hubEpoch: device.enrolled.hubEpoch, lsn: 1, historyHash: '0'.repeat(64) };
  const { epoch } = device;
  const hash = '0'.repeat(64);
  const signature = '0'.repeat(128);
  return [
    [
      PATHS.manifest,
      { position, waitingEntries: 1, waitingSales: 1, wallMs: 1, report: '{"a":1}', reads: 3, urgentLsn: 1, held: [position] },
    ],
    [PATHS.balance, { account: 'giftCard', reference: 'GC-1', currency: 'EUR', neededMinor: 1, advance: true }],
    [PATHS.returns, { receiptNumber: '1-abcd-000001', store: '1', take: true, ledger: { epoch, seq: 1, hash } }],
    [PATHS.findCustomers, { codes: ['C-1'], name: 'Ann' }],
    [PATHS.customers, { customer: '0123456789abcdef', keyNumber: 1, sealed: 'ab'.repeat(40) }],
    [PATHS.certificate, { lanKey: newLanKey(), signature }],
    [PATHS.wipe, { orderedAtMs: 1, heads: [{ epoch, seq: 1, hash, signature }] }],
    [
      PATHS.revocations,
      { number: 1, revocations: [{ device: 'a', serial: '0a', reason: 'stolen', heads: [{ epoch, seq: 1, hash }] }], signature },
    ],
    [
      PATHS.countersignatures,
      { countersignatures: [{ epoch, seq: 1, hash, headSignature: signature, device: 'a', witness: 'b', signature }] },
    ],
    [
      PATHS.audit,
      {
        position,
        ledger: [{ epoch, from: 1, to: 1, fingerprint: hash }],
        cells: [{ type: 1, after: 'a', upTo: 'b', fingerprint: hash }],
        checkpoint: { store: '1', number: 1, atMs: 1, heads: [{ device: device.enrolled.device, epoch, seq: 1, hash }], signature },
      },
    ],
    [
      PATHS.auditReport,
      {
        position,
        entries: 1,
        entities: 1,
        differences: [
          { what: 'cells', type: 1, after: 'a', upTo: 'b' },
          { what: 'entries', epoch, from: 1, to: 1 },
        ],
        checkpoint: 1,
      },
    ],
    [PATHS.enrol, { code: 'none', publicKey: hash, name: 'Till', equip: { lan: { lanKey: newLanKey(), signature } } }],
  ];
};

/** Of the question in order: what is behind the reading of it is reached. */
const IN_ORDER: Readonly<Record<string, number>> = {
  [PATHS.manifest]: 200,
  [PATHS.balance]: 200,
  [PATHS.returns]: 200,
  [PATHS.findCustomers]: 200,
  [PATHS.customers]: 422,
  [PATHS.certificate]: 422,
  [PATHS.wipe]: 409,
  [PATHS.revocations]: 422,
  [PATHS.countersignatures]: 204,
  [PATHS.audit]: 200,
  [PATHS.auditReport]: 204,
  [PATHS.enrol]: 403,
};
const REASONS: ReadonlySet<string> = new Set(
  ['badRequest', 'badKey', 'badSignature', 'codeRefused', 'notAPerson', 'notOrdered'].map((name) => `urn:holdfast:problem:${name}`),
);

const ask = async (path: string, body: string): Promise<Response> => {
  passedMs += 60_000;
  return device.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};

test('U-3: what a device asks with one thing wrong in it is answered, or refused with a reason, and is never the hub’s own fault', async () => {
  // What is asked of sales waits for no folding.
  const unfolded = async (): Promise<unknown> => hub.database.rows('SELECT run_no FROM ledger_run');
  await expect.poll(unfolded, { timeout: 60_000 }).toEqual([]);
  const wrong: string[] = [];
  for (const [path, question] of questions()) {
    const inOrder = await ask(path, JSON.stringify(question));
    await inOrder.arrayBuffer();
    expect([path, inOrder.status]).toEqual([path, IN_ORDER[path]]);
    for (const body of opened(question))
      for (const naughty of NAUGHTY) {
        const asked = body.replace(MARK, () => naughty);
        const answer = await ask(path, asked);
        const said = answer.ok ? '' : ((await answer.json()) as { readonly type: string }).type;
        if (answer.ok) await answer.arrayBuffer();
        else if (answer.status >= 500 || !REASONS.has(said)) wrong.push(`${path} ${answer.status} ${said}: ${asked.slice(0, 500)}`);
      }
  }
  expect(wrong).toEqual([]);
  device.sell([{ sku: 'honest', quantity: 1, amountMinor: 100 }]);
  expect(await device.send()).toMatchObject({ received: { [device.epoch]: 2 } });
}, 120_000);
