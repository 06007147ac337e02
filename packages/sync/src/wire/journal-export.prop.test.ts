/** Tampering: whatever is edited, deleted, reordered, repeated or cut in an exported journal is found, and named. */
import { assert, unreachable } from '@holdfast/base';
import { createSigner, generateSigningKey } from '@holdfast/base/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { chainEntry, genesisHead, headOf, signBegin, type ChainedEntry } from '../replica/ledger.ts';
import { createSchemas } from '../schema.ts';
import { DEVICE, EPOCH, NEXT_EPOCH, PORTS, saleDraft, SCHEMAS, SIGNER, voidDraft } from '../testing/fixtures.ts';
import { bytesToHex } from './bytes.ts';
import { journalEntryLine, journalHeadLine, journalText, verifyJournal, type JournalHead, type JournalProblem } from './journal-export.ts';

const chain = (epoch: string, parent: Uint8Array | null, count: number): readonly ChainedEntry[] => {
  let head = genesisHead(DEVICE, epoch, parent);
  return Array.from({ length: count }, (_, index) => {
    const entry = chainEntry(PORTS.hash, head, index % 3 === 2 ? voidDraft(index) : saleDraft(index, 1 + (index % 2)), SCHEMAS);
    head = headOf(entry);
    return entry;
  });
};
const FIRST = chain(EPOCH, null, 7);
const SECOND = chain(NEXT_EPOCH, FIRST.at(-1)?.hash ?? null, 5);

const rangeOf = (entries: readonly ChainedEntry[]): JournalHead['ranges'][number] => {
  const [first, last] = [entries[0], entries.at(-1)];
  assert(first !== undefined && last !== undefined, 'a range has entries');
  return {
    epoch: first.id.epoch,
    firstSeq: first.id.seq,
    previousHash: bytesToHex(first.previousHash),
    lastSeq: last.id.seq,
    lastHash: bytesToHex(last.hash),
  };
};
const headOfJournal = (ranges: readonly (readonly ChainedEntry[])[]): JournalHead => ({
  device: DEVICE,
  store: '1',
  lane: 3,
  exportedAtMs: 1_764_000_000_000,
  kinds: [...SCHEMAS.values()],
  ranges: ranges.map(rangeOf),
});
/** The second half of the first epoch, and the one behind it. */
const EXPORTED = [FIRST.slice(2), SECOND] as const;
const LINES = [journalHeadLine(headOfJournal(EXPORTED), SIGNER), ...EXPORTED.flat().map((entry) => journalEntryLine(entry, SCHEMAS))];
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const TEXT = textOf(LINES);
const verify = (text: string) => verifyJournal(text, SIGNER.publicKey, PORTS);

test('what nobody touched has no problem, also where it begins in the middle of a ledger', () => {
  expect(LINES).toHaveLength(11);
  expect(verify(TEXT)).toMatchObject({ entries: 10, problems: [], head: { lane: 3 } });
});

test('a journal is verified by the columns that stand in it, whatever the verifier knows', () => {
  const later = createSchemas([
    {
      kind: 900,
      name: 'future',
      columns: [
        { number: 1, name: 'what', type: 'text' },
        { number: 2, name: 'raw', type: 'bytes' },
      ],
    },
  ]);
  const draft = { kind: 900, wallMs: 1, clockUncertaintyMs: 0, hubOffsetMs: null, fields: { what: 'a "thing"', raw: Uint8Array.of(1, 2) } };
  const entry = chainEntry(PORTS.hash, genesisHead(DEVICE, EPOCH, null), draft, later);
  const head = { ...headOfJournal([[entry]]), kinds: [...later.values()] };
  const line = journalEntryLine(entry, later);
  expect(JSON.parse(line)).toMatchObject({ kind: 'future', says: { what: 'a "thing"', raw: '0102' } });
  expect(verify(textOf([journalHeadLine(head, SIGNER), line])).problems).toEqual([]);
  // Whose kinds are not described shows them by number.
  expect(JSON.parse(journalEntryLine(entry, createSchemas([])))).toMatchObject({ kind: '900', says: { 1: 'a "thing"', 2: '0102' } });
});

test('U-23: where a ledger begins behind what was forgotten, its device signed that entry, too', () => {
  const head = headOfJournal(EXPORTED);
  const [first, second] = head.ranges;
  const before = FIRST[1];
  assert(first !== undefined && second !== undefined && before !== undefined, 'two ranges');
  const begin = bytesToHex(signBegin(SIGNER, headOf(before)).signature);
  const beginning = (range: JournalHead['ranges'][number]) =>
    verify(textOf([journalHeadLine({ ...head, ranges: [range, second] }, SIGNER), ...LINES.slice(1)])).problems;
  expect(beginning({ ...first, begin })).toEqual([]);
  const other = bytesToHex(signBegin(createSigner(generateSigningKey()), headOf(before)).signature);
  const elsewhere = bytesToHex(signBegin(SIGNER, headOf(FIRST[2] ?? before)).signature);
  for (const forged of [other, elsewhere, 'ab'.repeat(64), 'no signature'])
    expect(beginning({ ...first, begin: forged })).toMatchObject([{ type: 'notSigned', line: 1 }]);
  // The first line's own signature covers it as well.
  const signed = textOf([journalHeadLine({ ...head, ranges: [{ ...first, begin }, second] }, SIGNER), ...LINES.slice(1)]);
  expect(verify(signed.replace(`,"begin":"${begin}"`, '')).problems).toMatchObject([{ type: 'notSigned' }]);
});

test('L-9: another key, and a head that another device signed', () => {
  const other = createSigner(generateSigningKey());
  expect(verifyJournal(TEXT, other.publicKey, PORTS).problems).toMatchObject([{ type: 'notSigned' }]);
  const forged = textOf([journalHeadLine(headOfJournal(EXPORTED), other), ...LINES.slice(1)]);
  expect(verify(forged).problems).toMatchObject([{ type: 'notSigned' }]);
});

test('a tail that is cut is named, and so is one whose head was signed anew by somebody else', () => {
  expect(verify(textOf(LINES.slice(0, -2))).problems).toEqual([{ type: 'missing', epoch: NEXT_EPOCH, from: 4, to: 5, isTail: true }]);
  const shorter = [FIRST.slice(2), SECOND.slice(0, 3)];
  const forged = JSON.stringify({ ...(JSON.parse(journalHeadLine(headOfJournal(shorter), SIGNER)) as object), signature: 'ab'.repeat(64) });
  expect(verify(textOf([forged, ...LINES.slice(1, -2)])).problems).toMatchObject([{ type: 'notSigned' }]);
});

test('an entry that is made anew, hash and words and all, is named by the one behind it', () => {
  const [, , , ...rest] = FIRST;
  const before = FIRST[2];
  assert(before !== undefined, 'there are entries');
  const forged = chainEntry(PORTS.hash, headOf(before), saleDraft(99, 1), SCHEMAS);
  const lines = LINES.with(2, journalEntryLine(forged, SCHEMAS));
  expect(rest[0]?.id.seq).toBe(4);
  expect(verify(textOf(lines)).problems).toMatchObject([{ type: 'altered', epoch: EPOCH, seq: 4, line: 3 }]);
});

test('what is no journal says so', () => {
  for (const text of [
    '',
    '{}',
    'sales,total',
    '{"format":"holdfast journal","version":2}',
    LINES[1] ?? '',
    '{"format":"holdfast journal","version":1}',
  ])
    expect(verify(text).problems.map(({ type }) => type)).toContain('notAJournal');
  expect(journalText(Uint8Array.of(0xff, 0xfe))).toMatchObject({ ok: false });
});

/** The entries that a problem names, by their line of the journal. */
const namedLines = (problems: readonly JournalProblem[]): ReadonlySet<number> => {
  const lineOf = (epoch: string, seq: number): number => (epoch === EPOCH ? seq - 2 + 1 : seq + 6);
  return new Set(
    problems.flatMap((problem): readonly number[] => {
      if (problem.type === 'missing') {
        return Array.from({ length: problem.to - problem.from + 1 }, (_, index) => lineOf(problem.epoch, problem.from + index));
      }
      if (problem.type === 'altered' || problem.type === 'moved') return [problem.line, lineOf(problem.epoch, problem.seq)];
      return [problem.line];
    }),
  );
};

const at = fc.integer({ min: 1, max: LINES.length - 1 });
const TAMPERING = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('edit' as const), byte: fc.nat(), to: fc.integer({ min: 0, max: 255 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), line: at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('swap' as const), line: at, other: at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('move' as const), line: at, to: at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('repeat' as const), line: at, to: at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cut' as const), bytes: fc.integer({ min: 1, max: 4_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('add' as const), byte: fc.nat(), what: fc.constantFrom(' ', '\n', '0', '"', '{}') }),
  },
);
type Tampering = typeof TAMPERING extends fc.Arbitrary<infer Each> ? Each : never;
const BYTES = Buffer.from(TEXT);

const RUNS = 10_000;

test('L-9: every tampering is found and named', { timeout: 600_000 }, () => {
  const seen = new Set<JournalProblem['type']>();
  fc.assert(
    fc.property(TAMPERING, (tampering) => {
      const [bytes, touched] = tamper(tampering);
      fc.pre(Buffer.compare(bytes, BYTES) !== 0);
      const text = journalText(bytes);
      const problems = text.ok ? verify(text.value).problems : [text.error];
      assert(problems.length > 0, 'nothing was found');
      for (const { type } of problems) seen.add(type);
      const named = namedLines(problems);
      // A head that cannot be believed names nothing else.
      const isNamed = !text.ok || named.has(1) || touched.some((line) => named.has(line));
      assert(isNamed, 'it is named at its place');
    }),
    { numRuns: RUNS },
  );
  expect([...seen].toSorted()).toEqual(['altered', 'foreign', 'missing', 'moved', 'notAJournal', 'notSigned']);
});

/** The file as it is then, and the lines that it is about, counted from 1. */
function tamper(tampering: Tampering): readonly [Buffer, readonly number[]] {
  const lineAt = (byte: number): number => BYTES.subarray(0, byte).toString('latin1').split('\n').length;
  const linesOf = (lines: readonly string[], ...touched: readonly number[]) =>
    [Buffer.from(textOf(lines)), touched.map((line) => line + 1)] as const;
  switch (tampering.type) {
    case 'edit': {
      const byte = tampering.byte % BYTES.length;
      const edited = Buffer.from(BYTES);
      edited[byte] = tampering.to;
      return [edited, [lineAt(byte), lineAt(byte) + 1]];
    }
    case 'add': {
      const byte = tampering.byte % BYTES.length;
      return [
        Buffer.concat([BYTES.subarray(0, byte), Buffer.from(tampering.what), BYTES.subarray(byte)]),
        [lineAt(byte), lineAt(byte) + 1],
      ];
    }
    case 'delete':
      return linesOf(LINES.toSpliced(tampering.line, 1), tampering.line);
    case 'swap': {
      const { line, other } = tampering;
      return linesOf(LINES.with(line, LINES[other] ?? '').with(other, LINES[line] ?? ''), line, other);
    }
    case 'move': {
      const { line, to } = tampering;
      const [from, until] = [Math.min(line, to), Math.max(line, to)];
      const between = Array.from({ length: until - from + 1 }, (_, index) => from + index);
      return linesOf(LINES.toSpliced(line, 1).toSpliced(to, 0, LINES[line] ?? ''), ...between);
    }
    case 'repeat':
      return linesOf(LINES.toSpliced(tampering.to, 0, LINES[tampering.line] ?? ''), tampering.line, tampering.to, tampering.to + 1);
    case 'cut': {
      const left = BYTES.subarray(0, Math.max(BYTES.length - tampering.bytes, 0));
      const from = lineAt(left.length);
      return [Buffer.from(left), Array.from({ length: LINES.length - from + 1 }, (_, index) => from + index)];
    }
    default:
      return unreachable(tampering, 'tamper');
  }
}
