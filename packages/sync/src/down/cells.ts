/**
 * Cells: one field of one entity under one scope; the highest stamp (LSN) wins (SPEC: C rules). A position names a prefix
 * of the hub's publications; a cut is the position that a lane exposes.
 *
 * A device may see several hub epochs in its life. It numbers them (eras, from 1), and keeps stamps as `at` = era × 2^40 + LSN, so that one
 * integer orders everything it ever held. An era forks off the one before at an LSN: what stood above that LSN is not part of its history. Which `at`s
 * a cut can see is a `View`. Versions below the oldest pinned cut are dropped by `pruneCells`; until then, a basket reads on at its own cut.
 */
import { assert, type Result } from '@holdfast/base';

import type { Column, Scalar } from '../schema.ts';
import { ByteWriter, reading, sameBytes, type ByteReader } from '../wire/bytes.ts';
import { encodeCbor, readCbor, writeCbor } from '../wire/cbor.ts';

export interface Position {
  /** 16 hex digits; minted by the hub after a failover or restore. */
  readonly hubEpoch: string;
  /** 0: nothing yet. */
  readonly lsn: number;
  /** 32 bytes as hex: SHA-256 chained over the publications up to `lsn`; 64 zeros at lsn 0. */
  readonly historyHash: string;
}

export interface Cell {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  /** Column number; 0 is existence: true, or false for a removed entity. */
  readonly field: number;
  /** Starts at 1; re-adding a removed entity takes the next one, and fields of other generations are hidden. */
  readonly generation: number;
  /** LSN. */
  readonly stamp: number;
  readonly value: Scalar;
}

/**
 * What a lane exposes, whole. A basket stores `at` (a plain integer that orders all cuts this device ever had, across hub
 * epochs) and reads with it; a sale names `position`.
 */
export interface Cut {
  readonly position: Position;
  readonly at: number;
}

/** An entity under one scope, as a cut shows it. Only entities that exist there are shown. */
export interface ScopedEntity {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  /** Column number → value; never 0. */
  readonly fields: ReadonlyMap<number, Scalar>;
}

export interface TouchedEntity {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
}

/** Where the next entity begins behind `cells[index]`; an entity's cells stand together. */
export function entityEnd(cells: readonly Cell[], index: number): number {
  const first = cells[index];
  if (first === undefined) return cells.length;
  let end = index + 1;
  for (let cell = cells[end]; cell?.key === first.key && cell.type === first.type && cell.scope === first.scope; cell = cells[end])
    end += 1;
  return end;
}

/** Tells of entities one after the other, each as its cells, which are that entity's only until the next one is told of. */
export type EachEntity = (visit: (cells: readonly Cell[]) => void) => void;

export const eachEntityOf =
  (cells: readonly Cell[]): EachEntity =>
  (visit) => {
    for (let start = 0; start < cells.length;) {
      const end = entityEnd(cells, start);
      visit(cells.slice(start, end));
      start = end;
    }
  };

// ---- eras and views ----

/** A hub epoch as this device numbers it. */
export interface Era {
  /** From 1. */
  readonly era: number;
  readonly hubEpoch: string;
  /** The LSN at which it forked off the era before; 0: it shares nothing with it. */
  readonly forkLsn: number;
  /** Holds what was urgent, ahead of all that lies before it. No era forks off this one: what follows forks off the one before. */
  readonly urgent?: true;
  /** That it forked off, for between them may be one that was staged and never exposed. Absent, in eras of before this was noted: the last one before it. */
  readonly parent?: number;
}

/** The last era that is not one of urgent publications, at or before `era`; of an urgent one, that it lies over. */
export function baseEra(eras: readonly Era[], era = Infinity): Era | null {
  const parent = eras.find((candidate) => candidate.era === era && candidate.urgent === true)?.parent;
  if (parent !== undefined) return eras.find((candidate) => candidate.era === parent) ?? null;
  return eras.findLast((candidate) => candidate.era <= era && candidate.urgent !== true) ?? null;
}

/** The era that another went on from. */
export const forkedOff = (eras: readonly Era[], { era, parent }: Era): Era | null =>
  parent === undefined ? baseEra(eras, era - 1) : (eras.find((candidate) => candidate.era === parent) ?? null);

const ERA_SPAN = 2 ** 40;
const MAX_ERA = 2 ** 12;

export function toAt(era: number, lsn: number): number {
  // No templates: for each cell that comes they would be two texts that nobody reads.
  assert(Number.isSafeInteger(era) && era >= 0 && era < MAX_ERA, 'an era within its bounds');
  assert(Number.isSafeInteger(lsn) && lsn >= 0 && lsn < ERA_SPAN, 'an LSN within its bounds');
  return era * ERA_SPAN + lsn;
}

/** Within its era. */
export const lsnOf = (at: number): number => at % ERA_SPAN;

export const eraOf = (at: number): number => Math.floor(at / ERA_SPAN);

/** Inclusive ranges of `at`, newest first. */
export type View = readonly (readonly [lowest: number, highest: number])[];

/** What a cut can see, or what is seen where an era forks off, which may lie beneath its parent's own fork. `eras` in order, at least up to the cut's own. */
export function viewAt(at: number, eras: readonly Era[]): View {
  const view: [number, number][] = [[toAt(eraOf(at), 0), at]];
  const own = eras.find((candidate) => candidate.era === eraOf(at));
  let limit = Math.min(own?.forkLsn ?? 0, lsnOf(at));
  for (let era = own ?? null; era !== null && limit > 0;) {
    era = forkedOff(eras, era);
    if (era === null) break;
    view.push([toAt(era.era, 0), toAt(era.era, limit)]);
    limit = Math.min(limit, era.forkLsn);
  }
  return view;
}

function isVisible(at: number, view: View): boolean {
  for (const [lowest, highest] of view) if (at >= lowest) return at <= highest;
  return false;
}

// ---- versions and their join ----

export interface Version {
  readonly at: number;
  readonly generation: number;
  readonly value: Scalar;
}

/** All that is held of one entity under one scope: field → its versions, newest first, one per `at`. */
export type EntityCells = Map<number, readonly Version[]>;

export const EXISTENCE = 0;

/**
 * The join of the versions of one field: a set union by `at`, so idempotent, commutative and associative. Two versions with one `at` are equal where the hub keeps
 * its word; where not, a total order over them still makes every device choose the same.
 */
export function joinVersion(versions: readonly Version[], version: Version): readonly Version[] {
  const index = versions.findIndex((held) => held.at <= version.at);
  if (index === -1) return [...versions, version];
  const held = versions[index];
  if (held === undefined || held.at !== version.at) return versions.toSpliced(index, 0, version);
  return compareVersions(held, version) >= 0 ? versions : versions.with(index, version);
}

function compareVersions(left: Version, right: Version): number {
  if (left.generation !== right.generation) return left.generation - right.generation;
  if (left.value === right.value) return 0;
  const [a, b] = [encodeCbor(left.value), encodeCbor(right.value)];
  if (sameBytes(a, b)) return 0;
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Joins one cell into `cells`; how many versions the field now holds. */
export function joinCell(cells: EntityCells, field: number, version: Version): number {
  const joined = joinVersion(cells.get(field) ?? [], version);
  cells.set(field, joined);
  return joined.length;
}

const visibleVersion = (versions: readonly Version[] | undefined, view: View): Version | undefined =>
  versions?.find((version) => isVisible(version.at, view));

/** The fields of an entity as a cut shows it; null where it does not exist there. */
export function viewCells(cells: EntityCells, view: View): ReadonlyMap<number, Scalar> | null {
  const existence = visibleVersion(cells.get(EXISTENCE), view);
  if (existence?.value !== true) return null;
  const fields = new Map<number, Scalar>();
  for (const [field, versions] of cells) {
    if (field === EXISTENCE) continue;
    const version = visibleVersion(versions, view);
    if (version !== undefined && version.generation === existence.generation) fields.set(field, version.value);
  }
  return fields;
}

/**
 * What cuts above `floor`, and those of `views`, can still see: newer versions, and the ones that these see. A removed entity keeps its existence cell, so
 * that an older segment cannot bring it back; fields of older generations go.
 */
export function pruneCells(cells: EntityCells, floor: number, views: readonly View[]): EntityCells {
  const existences = views.map((view) => visibleVersion(cells.get(EXISTENCE), view));
  const pruned: EntityCells = new Map();
  for (const [field, versions] of cells) {
    const seen = new Set<Version>();
    for (const [index, view] of views.entries()) {
      const version = visibleVersion(versions, view);
      const existence = existences[index];
      const hidden = field !== EXISTENCE && existence !== undefined && version !== undefined && isHidden(version, existence);
      if (version !== undefined && !hidden) seen.add(version);
    }
    const kept = versions.filter((version) => version.at > floor || seen.has(version));
    if (kept.length > 0) pruned.set(field, kept);
  }
  return pruned;
}

const isHidden = (field: Version, existence: Version): boolean => existence.value !== true || field.generation < existence.generation;

// ---- as bytes, for a store's row ----

/** newest `at`, then per field ascending: number, count of versions, and per version: newest − at, generation, value as CBOR. */
export function encodeCells(cells: EntityCells): Uint8Array {
  const writer = new ByteWriter(192);
  const newest = newestAt(cells);
  writer.varint(newest);
  for (const [field, versions] of [...cells].sort(([left], [right]) => left - right)) {
    writer.varint(field);
    writer.varint(versions.length);
    for (const version of versions) {
      writer.varint(newest - version.at);
      writer.varint(version.generation);
      writeCbor(writer, version.value);
    }
  }
  return writer.done();
}

/**
 * The same bytes for an entity of which nothing is held, straight from its cells, which came with one stamp: there is nothing to join. Null where they are not
 * each of another field, in the order of these. The writer's own bytes, until it writes again.
 */
export function encodeNewCells(writer: ByteWriter, cells: readonly Cell[], at: number): Uint8Array | null {
  writer.reset();
  writer.varint(at);
  let last = -1;
  const stamp = cells[0]?.stamp;
  for (const cell of cells) {
    if (cell.field <= last || cell.stamp !== stamp) return null;
    last = cell.field;
    writer.varint(cell.field);
    writer.varint(1);
    writer.varint(0);
    writer.varint(cell.generation);
    writeCbor(writer, cell.value);
  }
  return writer.view();
}

function newestAt(cells: EntityCells): number {
  let newest = 0;
  for (const versions of cells.values()) newest = Math.max(newest, versions[0]?.at ?? 0);
  return newest;
}

function readScalar(reader: ByteReader): Scalar {
  const value = readCbor(reader);
  return Array.isArray(value) || value instanceof Map ? reader.fail('cell is no scalar') : (value as Scalar);
}

function readCells(reader: ByteReader): EntityCells {
  const cells: EntityCells = new Map();
  const newest = reader.varint();
  while (reader.left > 0) {
    const field = reader.varint();
    const count = reader.varint(reader.left);
    const versions: Version[] = [];
    for (let index = 0; index < count; index += 1) {
      versions.push({ at: newest - reader.varint(newest), generation: reader.varint(), value: readScalar(reader) });
    }
    cells.set(field, versions);
  }
  return cells;
}

/** Asserts: these are a store's own bytes. */
export function decodeCells(bytes: Uint8Array): EntityCells {
  const read: Result<EntityCells, unknown> = reading(bytes, readCells);
  assert(read.ok, 'a row of cells reads back');
  return read.value;
}

/** The answer of a store for one row of its own; null where the cut does not show it. */
export function viewRow(row: TouchedEntity & { readonly cells: EntityCells }, view: View): ScopedEntity | null {
  const fields = viewCells(row.cells, view);
  return fields === null ? null : { type: row.type, key: row.key, scope: row.scope, fields };
}

// ---- reading across scopes ----

/**
 * One entity out of its scopes: of `scopes`, listed from the widest to the narrowest, the narrowest that holds a field gives
 * its value; one that was cleared there is not held. Null where none of them shows the entity.
 */
export function mergeScopes(entities: readonly ScopedEntity[], scopes: readonly string[]): ReadonlyMap<number, Scalar> | null {
  let merged: Map<number, Scalar> | null = null;
  for (const scope of scopes) {
    const entity = entities.find((candidate) => candidate.scope === scope);
    if (entity === undefined) continue;
    merged ??= new Map();
    for (const [field, value] of entity.fields) if (value !== null) merged.set(field, value);
  }
  return merged;
}

/** By the names of `columns`; fields that the schema does not know are left out. */
export function namedFields(columns: readonly Column[], fields: ReadonlyMap<number, Scalar>): Readonly<Record<string, Scalar>> {
  const named: Record<string, Scalar> = {};
  for (const column of columns) {
    const value = fields.get(column.number);
    if (value !== undefined) named[column.name] = value;
  }
  return named;
}
