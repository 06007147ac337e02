/**
 *   node packages/sync/src/adapters/train-dictionary.ts NUMBER
 *
 * Trains a dictionary and writes it beside the others, named by number and hash. What it learns from may be shipped: the demo's catalogue, and generated sales. A dictionary that was
 * issued is never written again: a better one takes the next number.
 *
 * The samples are bodies of frames as they are before compression. A segment of the dictionary is worth the sequences of eight bytes that it holds,
 * each by the number of samples that have it and once only; the best segment of each stretch of the samples is taken, the most useful ones last,
 * where references to them are shortest (after Liao, Petri, Moffat, Wirth: Effective Construction of Relative Lempel-Ziv Dictionaries, 2016).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { assert, type Compression } from '@holdfast/base';

import { encodeSegments, type SegmentCell } from '../down/segment.ts';
import { chainEntry, headOf, type ChainedEntry, type ChainHead } from '../replica/ledger.ts';
import { batchOfEntries, PORTS, START } from '../testing/fixtures.ts';
import { generatedSales, SALE_SCHEMAS } from '../testing/sales.ts';
import { encodeBatch } from '../wire/batch.ts';
import { bytesToBase64, bytesToHex } from '../wire/bytes.ts';

const SIZE = 16 * 1024;
const SEGMENT = 96;
const SEQUENCE = 8;
const LINE = 120;

/** Keeps what it is given, and compresses nothing. */
function createRecorder(): { readonly compression: Compression; readonly samples: Uint8Array[] } {
  const samples: Uint8Array[] = [];
  const compress = (bytes: Uint8Array): Uint8Array => {
    samples.push(bytes);
    return bytes;
  };
  return { samples, compression: { compress, decompress: (bytes) => bytes } };
}

/** Batches of every size, for the small ones are what a dictionary helps. */
function ledgerSamples(): readonly Uint8Array[] {
  const { compression, samples } = createRecorder();
  for (let seed = 1; seed <= 60; seed += 1) {
    let head: ChainHead = START;
    const entries: ChainedEntry[] = generatedSales(64, seed).map((draft) => {
      const entry = chainEntry(PORTS.hash, head, draft, SALE_SCHEMAS);
      head = headOf(entry);
      return entry;
    });
    for (let from = 0, count = 1; from + count <= entries.length; from += count, count = (count % 12) + 1) {
      encodeBatch(batchOfEntries(entries.slice(from, from + count)), compression);
    }
  }
  return samples;
}

const CATALOGUE = new URL('../../../../tools/holdfast/demo-catalog/catalog.csv', import.meta.url);

/** The demo's catalogue as cells, as its import would have them; whole, and as the few that a day changes. */
function catalogueSamples(): readonly Uint8Array[] {
  const [head = '', ...lines] = readFileSync(CATALOGUE, 'utf8').trim().split('\n');
  const names = head.split(',');
  const column = (row: readonly string[], name: string): string => row[names.indexOf(name)] ?? '';
  const entities: (readonly SegmentCell[])[] = [];
  for (const line of lines) {
    const row = [...line.matchAll(/(?<=^|,)(?:"([^"]*)"|([^,"]*))(?=,|$)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const sku = column(row, 'sku');
    const cells = (type: number, key: string, fields: readonly (readonly [number, string | number])[]): readonly SegmentCell[] => [
      { type, key, scope: 'global', generation: 1, field: 0, value: true },
      ...fields.map(([field, value]) => ({ type, key, scope: 'global', generation: 1, field, value })),
    ];
    entities.push(
      cells(1, sku, [
        [1, column(row, 'name')],
        [4, column(row, 'tax_class')],
        [5, column(row, 'unit')],
      ]),
    );
    entities.push(cells(2, column(row, 'gtin') || sku, [[1, sku]]));
    const minor = Math.round(Number(column(row, 'price')) * 100);
    entities.push(
      cells(3, `${sku}\u001Fregular\u001F`, [
        [1, minor],
        [2, 2],
        [3, 'EUR'],
      ]),
    );
  }
  const { compression, samples } = createRecorder();
  const header = { tenant: 'default', scopes: ['global'], from: POSITION, to: { ...POSITION, lsn: 9 } };
  const encode = (some: readonly (readonly SegmentCell[])[]): void => {
    for (const type of [1, 2, 3, 0]) {
      const cells = some.flat().filter((cell) => type === 0 || cell.type === type);
      for (const segment of encodeSegments(header, cells, { compression, hash: PORTS.hash })) assert(segment.frame.length > 0, 'a frame');
    }
    const prices = some.flat().filter((cell) => cell.type === 3 && cell.field === 1);
    for (const segment of encodeSegments(header, prices, { compression, hash: PORTS.hash })) assert(segment.frame.length > 0, 'a frame');
  };
  encode(entities);
  for (let step = 2; step < 40; step += 3) encode(entities.filter((_, index) => index % step < 3));
  return samples;
}

const POSITION = { hubEpoch: '00112233445566aa', lsn: 4, historyHash: 'ab'.repeat(32) };

function train(samples: readonly Uint8Array[]): Uint8Array {
  const text = samples.map((bytes) => Buffer.from(bytes).toString('latin1'));
  const samplesBySequence = new Map<string, number>();
  for (const sample of text) {
    const own = new Set<string>();
    for (let at = 0; at + SEQUENCE <= sample.length; at += 1) own.add(sample.slice(at, at + SEQUENCE));
    for (const sequence of own) samplesBySequence.set(sequence, (samplesBySequence.get(sequence) ?? 0) + 1);
  }
  const all = text.join('');
  const stretch = Math.max(SEGMENT, Math.floor(all.length / (SIZE / SEGMENT)));
  const taken = new Set<string>();
  const segments: { readonly worth: number; readonly text: string }[] = [];
  for (let start = 0; start < all.length; start += stretch) {
    const best = bestSegment(all.slice(start, start + stretch), samplesBySequence, taken);
    if (best === null) continue;
    segments.push(best);
    for (let at = 0; at + SEQUENCE <= best.text.length; at += 1) taken.add(best.text.slice(at, at + SEQUENCE));
  }
  segments.sort((left, right) => right.worth - left.worth);
  const kept: string[] = [];
  let length = 0;
  for (const segment of segments) {
    if (length + segment.text.length > SIZE) break;
    kept.unshift(segment.text);
    length += segment.text.length;
  }
  return new Uint8Array(Buffer.from(kept.join(''), 'latin1'));
}

/** Null where nothing in the stretch is in two samples and not taken yet. */
function bestSegment(
  stretch: string,
  samplesBySequence: ReadonlyMap<string, number>,
  taken: ReadonlySet<string>,
): { readonly worth: number; readonly text: string } | null {
  let best: { readonly worth: number; readonly text: string } | null = null;
  for (let start = 0; start + SEQUENCE <= stretch.length; start += SEQUENCE / 2) {
    const text = stretch.slice(start, start + SEGMENT);
    const own = new Set<string>();
    let worth = 0;
    for (let at = 0; at + SEQUENCE <= text.length; at += 1) {
      const sequence = text.slice(at, at + SEQUENCE);
      const samples = samplesBySequence.get(sequence) ?? 0;
      if (samples < 2 || own.has(sequence) || taken.has(sequence)) continue;
      own.add(sequence);
      worth += samples;
    }
    if (worth > (best?.worth ?? 0)) best = { worth, text };
  }
  return best;
}

const number = Number(process.argv[2]);
assert(Number.isInteger(number) && number >= 1, 'which number the dictionary takes');
const dictionary = train([...ledgerSamples(), ...catalogueSamples()]);
const name = `${number}-${bytesToHex(PORTS.hash.sha256(dictionary)).slice(0, 16)}`;
const file = new URL(`../dictionaries/${name}.ts`, import.meta.url);
assert(!existsSync(file), `${name} is there already`);
const lines = bytesToBase64(dictionary).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
writeFileSync(
  file,
  `/** ${dictionary.length} bytes, base64; trained by \`train-dictionary.ts\`. Never edited: frames that were made with it stay readable. */\n` +
    `export const DICTIONARY_${number}: readonly string[] = [\n${lines.map((line) => `  '${line}',`).join('\n')}\n];\n`,
);
process.stdout.write(`${name}: ${dictionary.length} bytes\n`);
