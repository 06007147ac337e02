import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { PORTS, seeded } from '../testing/fixtures.ts';
import { bytesToHex, ByteWriter } from '../wire/bytes.ts';
import type { Cell } from './cells.ts';
import {
  encodeSegments,
  openSegment,
  SEGMENT_LIMITS,
  type EncodedSegment,
  type Segment,
  type SegmentCell,
  type SegmentCodec,
  type SegmentHeader,
} from './segment.ts';

const HEADER: SegmentHeader = {
  tenant: 'default',
  scopes: ['global', 'zone:1', 'store:1'],
  from: { hubEpoch: '00112233445566aa', lsn: 3, historyHash: '1'.repeat(64) },
  to: { hubEpoch: '00112233445566aa', lsn: 9, historyHash: '2'.repeat(64) },
};

/** Items, their codes and prices, as a catalogue would have them; some removed, some added again. */
function catalogueCells(items: number, seed = 1): readonly SegmentCell[] {
  const next = seeded(seed);
  const cells: SegmentCell[] = [];
  for (let index = 0; index < items; index += 1) {
    const key = `S${String(index).padStart(6, '0')}`;
    const removed = next() < 0.05;
    const generation = next() < 0.05 ? 2 : 1;
    const item = { type: 1, key, scope: 'global', generation };
    cells.push({ ...item, field: 0, value: !removed });
    if (!removed) {
      cells.push({ ...item, field: 1, value: `Biscuits no. ${Math.floor(next() * 900)}` }, { ...item, field: 4, value: 'standard' });
      if (next() < 0.3) cells.push({ ...item, field: 6, value: next() < 0.5 ? 18 : null });
    }
    const scope = next() < 0.1 ? 'store:1' : 'global';
    cells.push({ type: 3, key: `${key}\u001fregular\u001f`, scope, generation: 1, field: 0, value: true });
    cells.push({ type: 3, key: `${key}\u001fregular\u001f`, scope, generation: 1, field: 1, value: 99 + Math.floor(next() * 5_000) });
  }
  return cells;
}

const cellName = (cell: SegmentCell): string => JSON.stringify([cell.type, cell.key, cell.scope, cell.field, cell.generation, cell.value]);

/** Copies: what an entity is told by is used again for the next one. */
function entitiesOf(segment: Segment, index: number): readonly (readonly Cell[])[] {
  const entities = segment.entities(index);
  assert(entities.ok, 'a chunk opens');
  const told: (readonly Cell[])[] = [];
  entities.value((cells) => told.push(cells.map((cell) => ({ ...cell }))));
  return told;
}

function decodeAll(segments: readonly EncodedSegment[]): readonly Cell[] {
  return segments.flatMap(({ ref, frame }) => {
    const opened = openSegment(frame, ref.hash, PORTS);
    assert(opened.ok, 'a segment opens');
    const chunks = Array.from({ length: opened.value.chunkCount }, (_, index) => {
      const chunk = opened.value.chunk(index);
      assert(chunk.ok, 'a chunk opens');
      expect(entitiesOf(opened.value, index).flat()).toEqual(chunk.value);
      return chunk.value;
    });
    expect(chunks.flat().length).toBe(ref.cells);
    return chunks.flat();
  });
}

const CODECS: readonly SegmentCodec[] = [1, 2, 3];

test.each(CODECS)('D-1: the cells come back, each once, stamped with the end of the segment, in codec %i', (codec) => {
  const cells = catalogueCells(700);
  const segments = [...encodeSegments(HEADER, cells, PORTS, { frameBytes: 2_000, codec })];
  expect(segments.length).toBeGreaterThan(1);
  const decoded = decodeAll(segments);
  expect(decoded.map(cellName).sort()).toEqual(cells.map(cellName).sort());
  expect(new Set(decoded.map((cell) => cell.stamp))).toEqual(new Set([9]));
  expect(segments.reduce((sum, { ref }) => sum + ref.entities, 0)).toBe(1_400);
});

test.each([1, 2] as const)(
  'D-1, D-7: a frame of codec %i that counts its cells wrongly is not opened, a chunk that does is an error',
  (codec) => {
    const cells = catalogueCells(5);
    const [segment] = [...encodeSegments(HEADER, cells, PORTS, { codec })];
    assert(segment !== undefined, 'a segment');
    const { frame } = segment;
    const names = [HEADER.tenant, ...HEADER.scopes].reduce((sum, name) => sum + 1 + name.length, 1);
    const countAt = 4 + 2 + names + 2 * (8 + 1 + 32);
    const chunkAt = countAt + 3;
    expect([frame[countAt], frame[chunkAt]]).toEqual([cells.length, cells.length]);
    const changed = (...places: readonly number[]) => {
      const forged = places.reduce((bytes, place) => bytes.with(place, cells.length + 1), frame);
      return openSegment(forged, bytesToHex(PORTS.hash.sha256(forged)), PORTS);
    };
    expect(changed(countAt)).toMatchObject({ ok: false, error: { reason: 'count of cells' } });
    const opened = changed(countAt, chunkAt);
    assert(opened.ok, 'as its parts say');
    expect(opened.value.chunk(0)).toMatchObject({ ok: false, error: { reason: 'count of cells' } });
  },
);

test('D-1: equal cells give equal bytes, and the address is their hash', () => {
  const encode = (): readonly EncodedSegment[] => [...encodeSegments(HEADER, catalogueCells(50), PORTS)];
  expect(encode()).toEqual(encode());
  for (const { ref, frame } of encode()) {
    expect(ref.hash).toBe(bytesToHex(PORTS.hash.sha256(frame)));
    expect(ref.bytes).toBe(frame.length);
    const opened = openSegment(frame, ref.hash, PORTS);
    expect(opened.ok && opened.value.header).toEqual(HEADER);
  }
  expect([...encodeSegments(HEADER, [], PORTS)]).toEqual([]);
});

test.each(CODECS)('D-2: chunks stay small, keep an entity together, and are read one by one, in codec %i', (codec) => {
  const [segment] = [...encodeSegments(HEADER, catalogueCells(700), PORTS, { chunkCells: 100, codec })];
  assert(segment !== undefined, 'a segment');
  const opened = openSegment(segment.frame, segment.ref.hash, PORTS);
  assert(opened.ok, 'opens');
  const names = new Set<string>();
  for (let index = opened.value.chunkCount - 1; index >= 0; index -= 1) {
    const chunk = opened.value.chunk(index);
    assert(chunk.ok, 'a chunk opens');
    expect(chunk.value.length).toBeLessThan(110);
    const own = new Set(chunk.value.map((cell) => `${cell.type} ${cell.key} ${cell.scope}`));
    expect(entitiesOf(opened.value, index).length).toBe(own.size);
    for (const name of own) expect(names.has(name)).toBe(false);
    for (const name of own) names.add(name);
  }
});

test('D-2: long texts are spread over chunks', () => {
  const cells: SegmentCell[] = Array.from({ length: 40 }, (_, index) => ({
    type: 1,
    key: `K${index}`,
    scope: 'global',
    generation: 1,
    field: 1,
    value: 'x'.repeat(30_000),
  }));
  const segments = [...encodeSegments(HEADER, cells, PORTS)];
  expect(decodeAll(segments).map(cellName).sort()).toEqual(cells.map(cellName).sort());
});

test('D-7: a frame whose hash is not its address is not opened', () => {
  const [segment] = [...encodeSegments(HEADER, catalogueCells(5), PORTS)];
  assert(segment !== undefined, 'a segment');
  expect(openSegment(segment.frame, 'f'.repeat(64), PORTS)).toEqual({
    ok: false,
    error: { type: 'bad-segment', reason: 'hash differs from address' },
  });
});

const WORDS = ['Brötchen', 'Butter', 'Käse', 'Milch', 'Müsli', 'Nüsse', 'Salz', 'Zucker'];

/** Codes said by their items, in other dress and here and there by themselves; names that compression sees in one piece; a price of an article that has no code. */
function articleCells(articles: number): readonly SegmentCell[] {
  const next = seeded(9);
  const cells: SegmentCell[] = [];
  for (let index = 0; index < articles; index += 1) {
    const gtin = gtinOf(40_000_000_000 + index * 7);
    const scope = 'global';
    cells.push({ type: 1, key: gtin, scope, generation: 1, field: 0, value: true });
    cells.push({
      type: 1,
      key: gtin,
      scope,
      generation: 1,
      field: 1,
      value: `${WORDS[Math.floor(next() * 8)]} mit ${WORDS[Math.floor(next() * 8)]} ${index % 97} g`,
    });
    const key = `${gtin}\u001fregular\u001f`;
    cells.push({ type: 3, key, scope, generation: 1, field: 0, value: true });
    cells.push({ type: 3, key, scope, generation: 1, field: 1, value: 99 + Math.floor(next() * 500) });
    if (index % 5 === 4) continue;
    cells.push({ type: 2, key: index % 50 === 0 ? `alias ${index}` : `0${gtin}`, scope, generation: 1, field: 1, value: gtin });
  }
  return cells;
}

function gtinOf(number: number): string {
  const digits = String(number).padStart(12, '0');
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return digits + String((10 - (sum % 10)) % 10);
}

test('D-2: in codec 3 a code costs next to nothing beside its item, and a name less than by itself', () => {
  const cells = articleCells(2_000);
  const bytes = (codec: SegmentCodec, some: readonly SegmentCell[]): number =>
    [...encodeSegments(HEADER, some, PORTS, { codec })].reduce((sum, { frame }) => sum + frame.length, 0);
  const segments = [...encodeSegments(HEADER, cells, PORTS)];
  expect(decodeAll(segments).map(cellName).sort()).toEqual(cells.map(cellName).sort());
  const withoutCodes = cells.filter(({ type }) => type !== 2);
  expect(bytes(3, cells) - bytes(3, withoutCodes)).toBeLessThan(600);
  expect(bytes(3, cells) * 3).toBeLessThan(bytes(2, cells) * 2);
});

test.each(CODECS)(
  'D-7: with any byte changed or missing, and an address to match, it is refused or read: never worse, in codec %i',
  (codec) => {
    const [segment] = [...encodeSegments(HEADER, catalogueCells(12), PORTS, { chunkCells: 20, codec })];
    assert(segment !== undefined, 'a segment');
    const tryFrame = (frame: Uint8Array): void => {
      const opened = openSegment(frame, bytesToHex(PORTS.hash.sha256(frame)), PORTS);
      if (!opened.ok) return;
      for (let index = 0; index < opened.value.chunkCount; index += 1) {
        opened.value.chunk(index);
        const entities = opened.value.entities(index);
        if (entities.ok) entities.value(() => undefined);
      }
    };
    for (let at = 0; at < segment.frame.length; at += 1) {
      tryFrame(segment.frame.with(at, (segment.frame[at] ?? 0) ^ (1 << (at % 8))));
      tryFrame(segment.frame.subarray(0, at));
    }
  },
);

const PLAIN = { hash: PORTS.hash, compression: { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes } };

test('D-7: with any byte of its tables changed, a body of codec 3 is refused or read: never worse', () => {
  const [segment] = [...encodeSegments(HEADER, articleCells(40), PLAIN, { chunkCells: 20 })];
  assert(segment !== undefined, 'a segment');
  let refused = 0;
  for (let at = 0; at < segment.frame.length; at += 1) {
    for (const bit of [1, 16, 128]) {
      const frame = segment.frame.with(at, (segment.frame[at] ?? 0) ^ bit);
      const opened = openSegment(frame, bytesToHex(PORTS.hash.sha256(frame)), PLAIN);
      if (!opened.ok || !opened.value.chunk(0).ok) refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(segment.frame.length / 2);
});

test('D-7: one bad chunk leaves the others readable, in the codecs whose chunks are frames of their own', () => {
  const [segment] = [...encodeSegments(HEADER, catalogueCells(60), PORTS, { chunkCells: 50, codec: 2 })];
  assert(segment !== undefined, 'a segment');
  // The last bytes belong to the last chunk.
  const at = segment.frame.length - 9;
  const frame = segment.frame.with(at, (segment.frame[at] ?? 0) ^ 255);
  const opened = openSegment(frame, bytesToHex(PORTS.hash.sha256(frame)), PORTS);
  assert(opened.ok, 'the frame itself is whole');
  const last = opened.value.chunkCount - 1;
  expect(last).toBeGreaterThan(2);
  expect(opened.value.chunk(last).ok).toBe(false);
  for (let index = 0; index < last; index += 1) expect(opened.value.chunk(index).ok).toBe(true);
});

test('D-7: a chunk that claims a million rows is refused before room is made for them', () => {
  const body = new ByteWriter();
  for (const value of [1, 1, 1_000_000]) body.varint(value);
  const [segment] = [...encodeSegments(HEADER, catalogueCells(1), PORTS, { codec: 1 })];
  assert(segment !== undefined, 'a segment');
  const honest = segment.frame;
  const chunk = PORTS.compression.compress(body.done());
  const writer = new ByteWriter();
  const header = new ByteWriter();
  // Everything up to the counts is the same; then one chunk of one cell with the forged bytes.
  header.raw(honest.subarray(0, 4 + 2 + 8 + 1 + 7 + 7 + 8 + 2 * (8 + 1 + 32)));
  writer.raw(header.done());
  for (const value of [1, 1, 1, 1, chunk.length]) writer.varint(value);
  writer.raw(chunk);
  const frame = writer.done();
  const opened = openSegment(frame, bytesToHex(PORTS.hash.sha256(frame)), PORTS);
  assert(opened.ok, `the frame opens: ${JSON.stringify(opened)}`);
  expect(opened.value.chunk(0)).toEqual({ ok: false, error: { type: 'bad-segment', reason: `number above ${SEGMENT_LIMITS.chunkCells}` } });
});

test('D-7: texts that nothing shortens are in frames that readers take, and no entity in two', () => {
  const next = seeded(5);
  const letters = (): string => Array.from({ length: 4_000 }, () => String.fromCharCode(33 + Math.floor(next() * 94))).join('');
  const cells = Array.from({ length: 560 }, (_, index): readonly SegmentCell[] => {
    const item = { type: 1, key: `S${index}`, scope: 'global', generation: 1 };
    return [
      { ...item, field: 0, value: true },
      { ...item, field: 1, value: letters() },
      { ...item, field: 4, value: 'standard' },
    ];
  }).flat();
  const segments = [...encodeSegments(HEADER, cells, PORTS)];
  expect(segments.map(({ frame }) => frame.length <= SEGMENT_LIMITS.frameBytes)).toEqual(segments.map(() => true));
  expect(segments.reduce((sum, { ref }) => sum + ref.entities, 0)).toBe(560);
  expect(decodeAll(segments).map(cellName)).toEqual(cells.map(cellName));
});

/** How many cells come back, read chunk by chunk, each compared with what went in. */
function readBack(segments: Iterable<EncodedSegment>, cells: readonly SegmentCell[]): number {
  let count = 0;
  for (const { ref, frame } of segments) {
    const opened = openSegment(frame, ref.hash, PORTS);
    assert(opened.ok, 'a segment opens');
    for (let chunk = 0; chunk < opened.value.chunkCount; chunk += 1) {
      const told = opened.value.chunk(chunk);
      assert(told.ok, `a chunk opens: ${JSON.stringify(told)}`);
      for (const cell of told.value) {
        assert(cellName(cell) === cellName(cells[count] ?? cell), `cell ${count}`);
        count += 1;
      }
    }
  }
  return count;
}

test('D-7: one field out of eighty of each of many entities is in frames whose tables readers take', () => {
  const cells = Array.from({ length: 60_000 }, (_, index): SegmentCell => {
    return { type: 1, key: `S${index}`, scope: 'global', generation: 1, field: 1 + (index % 80), value: index };
  });
  expect(readBack(encodeSegments(HEADER, cells, PORTS), cells)).toBe(cells.length);
});

test('D-7: one entity with many fields behind very many with one is in frames whose tables readers take', () => {
  const cells = Array.from({ length: 200_000 }, (_, index): readonly SegmentCell[] => {
    const fields = Array.from({ length: index === 180_000 ? 25 : 1 }, (__, field) => field + 1);
    return fields.map((field) => ({ type: 1, key: `S${index}`, scope: 'global', generation: 1, field, value: field * index }));
  }).flat();
  expect(readBack(encodeSegments(HEADER, cells, PORTS), cells)).toBe(cells.length);
});

test('D-7: long scopes of very many entities are in frames whose texts readers take', () => {
  const cells = Array.from({ length: 100_000 }, (_, index): SegmentCell => {
    const scope = `store:${'of a street with a long name '.repeat(3)}${String(index).padStart(6, '0')}`;
    return { type: 1, key: `S${index}`, scope, generation: 1, field: 1, value: index };
  });
  expect(readBack(encodeSegments(HEADER, cells, PORTS), cells)).toBe(cells.length);
});

test('D-2: many cells are written without a dictionary, in frames that hold a catalogue of some 15,000 goods', () => {
  const cells = catalogueCells(15_000);
  const [whole, ...others] = [...encodeSegments(HEADER, cells, PORTS)];
  assert(whole !== undefined && others.length === 0, 'one segment');
  // Behind the magic: codec, dictionary.
  expect([...whole.frame.subarray(4, 6)]).toEqual([3, 0]);
  const [few] = [...encodeSegments(HEADER, cells.slice(0, 400), PORTS)];
  expect([...(few?.frame.subarray(4, 6) ?? [])]).toEqual([3, 1]);
});
