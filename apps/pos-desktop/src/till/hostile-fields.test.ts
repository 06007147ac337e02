/**
 * Whatever stands in any field of any request, a window is answered in words it knows, the sale that is open stays, and the lane sells on. Fields are
 * found in the contract itself: one that is new is tried, too.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { NAUGHTY_STRINGS } from '../shared/testing/naughty-strings.ts';
import { requestBodySchema, type TillMessage, tillMessageSchema } from '../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, MILK, silentLogger, type TestLane } from './testing/test-lane.ts';
import { createWindows } from './windows.ts';

const NUMBERS: readonly number[] = [0, -1, 0.5, 1e9, 1e9 + 1, 1e12, 1e12 + 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1e300];

/** What stands in the other fields, so that a request comes as far as it can. */
const USUAL: Readonly<Record<string, unknown>> = {
  code: MILK,
  plu: '4409',
  sku: 'MILK',
  lineId: '1',
  department: 'Dairy',
  reason: 'Damaged',
  tenderType: 'card',
  receiptNumber: '1-abcd-000001',
  amountMinor: 100,
  version: 1,
  time: '08:15',
  document: 'a'.repeat(32),
  skus: ['MILK'],
  limit: 5,
  faceMinor: 100,
  count: 1,
  name: 'Kim',
  address: '1 High Street',
  user: 'kim',
};

/** As zod describes a schema. */
interface Described {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Described>>;
    readonly innerType?: Described;
    readonly element?: Described;
    readonly options?: readonly Described[];
    readonly values?: readonly unknown[];
    readonly entries?: Readonly<Record<string, string>>;
  };
}
type Path = readonly (string | number)[];
interface Field {
  readonly path: Path;
  readonly type: 'string' | 'number';
}

function fieldsOf({ def }: Described, path: Path = []): readonly Field[] {
  if (def.type === 'string' || def.type === 'number') return [{ path, type: def.type }];
  if (def.innerType !== undefined) return fieldsOf(def.innerType, path);
  if (def.element !== undefined) return fieldsOf(def.element, [...path, 0]);
  if (def.options !== undefined) return def.options.flatMap((option) => fieldsOf(option, path));
  return Object.entries(def.shape ?? {}).flatMap(([name, field]) => fieldsOf(field, [...path, name]));
}

/** Something that may stand there. `wanted`: the field that is tried, which must be there. */
function usual({ def }: Described, name: string, path: Path, wanted: Path): unknown {
  const isOnTheWay = path.every((step, index) => wanted[index] === step);
  if (def.type === 'optional') return isOnTheWay && def.innerType !== undefined ? usual(def.innerType, name, path, wanted) : undefined;
  if (def.type === 'literal') return def.values?.[0];
  if (def.type === 'enum') return Object.values(def.entries ?? {})[0];
  if (def.type === 'array')
    return isOnTheWay && def.element !== undefined ? [usual(def.element, name, [...path, 0], wanted)] : (USUAL[name] ?? []);
  if (def.options !== undefined) {
    const chosen = def.options.find((option) => fieldsOf(option, path).some((field) => field.path.join() === wanted.join()));
    return usual(chosen ?? def.options[0]!, name, path, wanted);
  }
  if (def.shape !== undefined) {
    return Object.fromEntries(Object.entries(def.shape).map(([key, field]) => [key, usual(field, key, [...path, key], wanted)] as const));
  }
  if (def.type === 'boolean') return false;
  return USUAL[name] ?? (def.type === 'number' ? 1 : 'x');
}

function put(into: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (Array.isArray(into)) return into.map((each: unknown, index) => (index === first ? put(each, rest, value) : each));
  const fields = into as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: put(fields[String(first)], rest, value) };
}

const REQUESTS: readonly Described[] = requestBodySchema.options;
const nameOf = (request: Described): string => String(request.def.shape?.['type']?.def.values?.[0]);
const TRIED = REQUESTS.map((request) => ({ request, name: nameOf(request), fields: fieldsOf(request) })).filter(
  ({ fields }) => fields.length > 0,
);

let lane: TestLane;
const heard: TillMessage[] = [];
let send: (body: unknown) => TillMessage | undefined;

beforeAll(() => {
  lane = createTestLane([...ASSORTMENT, { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } }]);
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 119 });
  const windows = createWindows((request) => lane.till.handle(request), silentLogger);
  let id = 0;
  const window = windows.attach({
    send: (...texts) => heard.push(...texts.map((text) => tillMessageSchema.parse(JSON.parse(text)))),
  });
  send = (body) => {
    heard.length = 0;
    id += 1;
    window.receive(JSON.stringify({ id: `n${id}`, atMs: lane.clock.nowMs, body }));
    return heard.find((message) => (message.type === 'reply' || message.type === 'refused') && message.id === `n${id}`);
  };
});
afterAll(() => lane.close());

/** They change or end the very line that is looked at. */
const ENDING: ReadonlySet<string> = new Set(['voidLine', 'setQuantity']);

/** What went wrong, in words; undefined where nothing did. */
function fault(name: string, body: unknown): string | undefined {
  if (!isHeld && send({ type: 'scan', code: MILK })?.type !== 'reply') return 'sells no more';
  const answer = send(body);
  const [error] = lane.errors.splice(0);
  if (error !== undefined) return String((error as { readonly error?: unknown }).error);
  if (answer?.type !== 'reply' && answer?.type !== 'refused') return 'no answer';
  const { head, lines } = lane.state();
  isHeld = lines.some(({ sku }) => sku === 'MILK');
  const isLost = head.basketId === basketId && !isHeld && !ENDING.has(name);
  basketId = head.basketId;
  return isLost ? 'the line is lost' : undefined;
}
let isHeld = false;
let basketId = '';

test.each(TRIED.map((tried) => [tried.name, tried] as const))('%s', (name, { request, fields }) => {
  const faults: string[] = [];
  for (const { path, type } of fields) {
    const body = usual(request, '', [], path);
    for (const [what, value] of type === 'string'
      ? Object.entries(NAUGHTY_STRINGS)
      : NUMBERS.map((number) => [String(number), number] as const)) {
      const found = fault(name, put(body, path, value));
      if (found !== undefined) faults.push(`${path.join('.')}: ${what}: ${found}`);
    }
  }
  expect(faults).toEqual([]);
});

test('and then it sells as ever, and what was said of a line is printed', () => {
  lane.take({ type: 'voidSale' });
  lane.take({ type: 'scan', code: MILK });
  const [line] = lane.lines();
  for (const text of Object.values(NAUGHTY_STRINGS)) send({ type: 'describeLine', lineId: line?.lineId, serial: text.slice(0, 64) });
  const { completed } = lane.take({ type: 'payCash', amountMinor: 119 });
  const receiptNumber = completed?.receiptNumber ?? '';
  expect(lane.take({ type: 'receipt', receiptNumber }).receipt).toBeDefined();
  lane.reopen();
  expect(lane.take({ type: 'receipts', limit: 1 }).receipts).toMatchObject([{ receiptNumber }]);
});
