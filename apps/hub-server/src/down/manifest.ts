/**
 * What a device is told when it shows its position: how it gets from there to the head, each scope of its store by itself, so that all
 * lanes of a chain share the segments of `global` (SPEC: D-9, D-10).
 *
 * - Little that is new rides in the manifest itself, exact: the tail.
 * - Else the cursor is rounded down to the start of a suffix, which holds at most a quarter more than what the cursor lacks. A suffix that was sealed at an earlier head is taken
 *   as it is, as long as the tail can carry what came after it.
 * - Who has nothing gets the base, which stays as it is until a quarter of it has changed, and from its end goes on like everybody.
 *
 * The highest stamp wins, so that any such row of segments joins rightly.
 */
import { assert, type Verifier } from '@holdfast/base';
import { ENTITY_TYPES, ZONE_SETTING } from '@holdfast/domain';
import {
  bytesToBase64,
  bytesToHex,
  DOWN_FORM,
  encodeSegments,
  originPosition,
  scopesOfPlace,
  splitScope,
  SEGMENT_CODEC_VERSION,
  signManifest,
  SUFFIX_SLACK,
  suffixStarts,
  verifyManifest,
  type Manifest,
  type ManifestRequest,
  type Position,
  type SegmentCell,
  type SegmentRef,
} from '@holdfast/sync';
import type { Logger } from 'pino';

import type { Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { readCells } from './cells.ts';
import { forkFrom, newestCommon, placePosition, type HubEpochPorts } from './hub-epoch.ts';
import { codecOf, createRuns, originOf, SEALED, type RunCodec, type Build, type Run, type RunPorts, type Runs, type Span } from './runs.ts';
import { createSegmentSealer } from './segment-keys.ts';
import type { Urgent } from './urgent.ts';

export interface DownPorts extends RunPorts, HubEpochPorts {
  readonly urgent: Urgent;
  readonly verifier: Verifier;
  readonly logger: Pick<Logger, 'warn'>;
}

export interface Down {
  /** `proofWanted`: the position that the device shows is not held here; the device says that it can prove it, and shows then what else it holds. */
  manifest(device: EnrolledDevice, request: ManifestRequest): Promise<Manifest | 'proofWanted'>;
  /** What a lane of this store that holds nothing is told, for whoever carries it there (SPEC: D-17). */
  snapshot(audience: Audience): Promise<Manifest>;
  /** Undefined where no such segment is held, or not for this store's scopes. */
  segment(audience: Audience, hash: string): Promise<Uint8Array | undefined>;
  /** The last urgent publication for this store, whatever it holds. */
  lastUrgent(audience: Audience): Promise<number | undefined>;
}

export type Audience = Pick<EnrolledDevice, 'zone' | 'store'> & { readonly role?: string };

/** What rides in the manifest: all scopes together. More of it would cost each lane of a store what a segment costs it once. */
const TAIL = { entities: 64, bytes: 4_096 } as const;
/** The form of what comes down that has tails (`DOWN_FORM`). */
const SECOND_FORM = 2;
/** A frame that is shorter than what asking for it takes rides along in each manifest that names it, from this form on. */
const SHORT_FRAMES_FORM = 3;
const RIDES_ALONG_BYTES = 1_024;
/** What is fetched by address is sealed. */
const SEALED_FORM = 4;
/** What rides in the manifest is, too. */
const SEALED_TAIL_FORM = 5;
/** Reads what is urgent beside the rest. */
const URGENT_FORM = 3;

const FRAME_CACHE_BYTES = 64 * 1024 * 1024;

export function createDown(ports: DownPorts): Down {
  const frames = createFrameCache();
  const runs = createRuns(ports);
  const find = async (hash: string): Promise<Frame | undefined> => {
    const cached = frames.get(hash);
    const found = cached ?? (await findFrame(ports, hash));
    if (cached === undefined && found !== undefined) frames.set(hash, found);
    return found;
  };
  const answer = async (audience: Audience, request: ManifestRequest): Promise<Manifest> => {
    const builds: Build[] = [];
    // One snapshot for head and cells: a segment never misses what a publication behind the head has just moved away.
    const manifest = await ports.database.transaction(
      async (tx): Promise<Omit<Manifest, 'signature'>> => {
        const { standing, head: to } = await placePosition(tx, ports.identity, request.position);
        const rebase = standing !== 'held';
        // What this hub's history does not hold is answered from what it shares with the device, or from the beginning.
        const common = rebase ? await newestCommon(tx, ports.identity.tenantNo, request.held ?? []) : undefined;
        const from = rebase ? { ...originOf(to), ...common } : request.position;
        if (from.lsn === to.lsn) return { from, to, rebase, segments: [] };
        const reads = request.reads ?? 1;
        const place = await placeOf(tx, ports.identity.tenantNo, audience);
        const isSecond = reads >= SECOND_FORM;
        const codec = reads >= SEALED_FORM ? SEALED : reads >= SEGMENT_CODEC_VERSION ? SEGMENT_CODEC_VERSION : isSecond ? 2 : 1;
        const question: Question = {
          ports,
          runs,
          tx,
          from,
          to,
          builds,
          scopes: scopesOfPlace(place),
          newFrom: (scope) => (splitScope(scope).scope === `zone:${place.zone}` && from.lsn < place.sinceLsn ? 0 : from.lsn),
          codec,
          sealsTail: reads >= SEALED_TAIL_FORM,
        };
        const tail = isSecond ? TAIL.entities : 0;
        const segments = (await findPath(question, tail)) ?? (await findPath(question, 0));
        assert(segments !== null, 'without a tail there is always a path');
        const isWaiting = reads >= URGENT_FORM && !rebase && from.lsn > 0 && segments.some(({ frame }) => frame === undefined);
        const urgent = isWaiting
          ? await ports.urgent.find(tx, question.scopes, Math.max(from.lsn, request.urgentLsn ?? 0), to.lsn, codec === SEALED)
          : undefined;
        const minReader = reads >= URGENT_FORM ? await minReaderOf(ports, tx, from.lsn, to.lsn) : null;
        return { from, to, rebase, segments, ...(urgent && { urgent }), ...(minReader !== null && { minReader }) };
      },
      { readSnapshot: true },
    );
    for (const started of builds) await started.store();
    const { segments, urgent } = manifest;
    const carried =
      (request.reads ?? 1) < SHORT_FRAMES_FORM
        ? manifest
        : {
            ...manifest,
            segments: await withShortFrames(segments, RIDES_ALONG_BYTES, find),
            ...(urgent && { urgent: { ...urgent, segments: await withShortFrames(urgent.segments, TAIL.bytes, find) } }),
          };
    return signManifest(ports.identity.signer, ports.identity.tenant, carried);
  };
  return {
    manifest: async (device, request) => {
      const shown = await placePosition(ports.database, ports.identity, request.position);
      if (shown.standing !== 'held' && request.canProve === true && request.proof === undefined) return 'proofWanted';
      if (shown.standing === 'lost') {
        if (isProven(ports, request)) await forkFrom(ports, ports.logger, device, request);
        else
          ports.logger.warn(
            { device: device.device, shown: request.position.lsn },
            'a device shows a position that it cannot prove: it starts again',
          );
      }
      return answer(device, request);
    },
    snapshot: async (audience) => {
      const { head } = await placePosition(ports.database, ports.identity, originPosition(ports.identity.hubEpoch));
      return answer(audience, {
        position: originOf(head),
        waitingEntries: 0,
        waitingSales: 0,
        wallMs: ports.clock.nowMs(),
        reads: DOWN_FORM,
      });
    },
    segment: async (audience, hash) => {
      const found = await find(hash);
      return found !== undefined && scopesOfPlace(audience).includes(found.scope) ? found.frame : undefined;
    },
    lastUrgent: async (audience) => ports.urgent.last(ports.database, scopesOfPlace(audience)),
  };
}

/** Where the store stands now, and since which publication; 0: since it is there. In one snapshot with what is told. */
async function placeOf(tx: Queries, tenantNo: number, audience: Audience): Promise<Audience & { readonly sinceLsn: number }> {
  const [row] = await tx.rows<{ zone: string; sinceLsn: number | null }>(
    `SELECT s.zone, e.lsn AS "sinceLsn" FROM store s LEFT JOIN entity e ON e.tenant_no = s.tenant_no AND e.type = ${ENTITY_TYPES.setting.type}
       AND e.key = '${ZONE_SETTING}' AND e.scope = 'store:' || s.store WHERE s.tenant_no = $1 AND s.store = $2`,
    [tenantNo, audience.store],
  );
  assert(row !== undefined, 'whoever asks is of a store');
  return { ...audience, zone: row.zone, sinceLsn: row.sinceLsn ?? 0 };
}

/** Only what this hub signed proves that it was set back: anybody can claim a number. */
function isProven({ identity, verifier }: DownPorts, { position, proof }: ManifestRequest): boolean {
  if (proof === undefined) return false;
  const { lsn, hubEpoch, historyHash } = proof.to;
  const isOfIt = lsn === position.lsn && hubEpoch === position.hubEpoch && historyHash === position.historyHash;
  return isOfIt && verifyManifest(verifier, bytesToHex(identity.signer.publicKey), identity.tenant, proof);
}

async function withShortFrames(
  refs: readonly SegmentRef[],
  maxBytes: number,
  find: (hash: string) => Promise<Frame | undefined>,
): Promise<readonly SegmentRef[]> {
  const carried: SegmentRef[] = [];
  for (const ref of refs) {
    const short = ref.frame === undefined && ref.bytes <= maxBytes ? await find(ref.hash) : undefined;
    carried.push(short === undefined ? ref : { ...ref, frame: bytesToBase64(short.frame) });
  }
  return carried;
}

/** What a reader has to understand of what was published in (fromLsn, toLsn]; null: nothing more than the first one does. */
async function minReaderOf(ports: DownPorts, tx: Queries, fromLsn: number, toLsn: number): Promise<number | null> {
  const [row] = await tx.rows<{ minReader: number | null }>(
    'SELECT max(min_reader) AS "minReader" FROM publication WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3',
    [ports.identity.tenantNo, fromLsn, toLsn],
  );
  return row?.minReader ?? null;
}

interface Question {
  readonly ports: DownPorts;
  readonly runs: Runs;
  readonly tx: Queries;
  readonly from: Position;
  readonly to: Position;
  readonly scopes: readonly string[];
  /** From where on a scope is told: all of it, where the store came to that zone behind the position that was shown. */
  readonly newFrom: (scope: string) => number;
  readonly codec: RunCodec;
  /** What rides along is sealed. */
  readonly sealsTail: boolean;
  /** What has to be stored before the manifest goes out. */
  readonly builds: Build[];
}

/** Null where the tail became too long. `tailEntities`: what it may hold. */
async function findPath(question: Question, tailEntities: number): Promise<readonly SegmentRef[] | null> {
  const { to } = question;
  const spans = question.scopes.map((scope): Span => ({ scope, fromLsn: question.newFrom(scope), to, codec: question.codec }));
  const changed = await countAll(question, spans);
  const total = changed.reduce((sum, count) => sum + count, 0);
  const walk: Walk = { ...question, left: tailEntities, taken: [], tail: [] };
  for (const [index, span] of spans.entries()) {
    const count = changed[index] ?? 0;
    if (count === 0) continue;
    if (total <= tailEntities) takeTail(walk, span, count);
    else if (span.fromLsn === 0) await goFromNothing(walk, span, count);
    else await goFrom(walk, span, count);
  }
  const tail = await encodeTail(question, walk.tail);
  return tail && [...walk.taken.flatMap((run) => run.refs), ...tail];
}

interface Walk extends Question {
  /** Entities that the tail still takes. */
  left: number;
  readonly taken: Run[];
  readonly tail: Span[];
}

function takeTail(walk: Walk, span: Span, entities: number): void {
  walk.tail.push(span);
  walk.left -= entities;
}

/** The base, and from there on; or a new base, where it would carry too much that is no longer so. */
async function goFromNothing(walk: Walk, span: Span, entities: number): Promise<void> {
  const base = await walk.runs.findBase(walk.tx, span);
  const rest = base && { ...span, fromLsn: base.toLsn };
  const changed = rest === undefined ? Infinity : await countChanged(walk, rest);
  if (base === undefined || rest === undefined || changed > entities * SUFFIX_SLACK) {
    return build(walk, { ...span, fromLsn: 0 });
  }
  walk.taken.push(base);
  if (changed > walk.left) return goFrom(walk, rest, changed);
  if (changed > 0) takeTail(walk, rest, changed);
}

/** A suffix that somebody asked for before, with a tail; or one that is sealed now. `entities`: what changed in the span. */
async function goFrom(walk: Walk, span: Span, entities: number): Promise<void> {
  const slack = Math.floor(entities * SUFFIX_SLACK);
  for (const run of await walk.runs.find(walk.tx, span, entities + slack)) {
    const rest = { ...span, fromLsn: run.toLsn };
    const changed = await countChanged(walk, rest);
    if (changed > walk.left) continue;
    walk.taken.push(run);
    if (changed > 0) takeTail(walk, rest, changed);
    return;
  }
  const fromLsn = await roundDown(walk, span, slack);
  return fromLsn === 0 ? goFromNothing(walk, span, entities + slack) : build(walk, { ...span, fromLsn });
}

/** One after the other: a transaction has one connection. */
async function build(walk: Walk, span: Span): Promise<void> {
  const started = walk.runs.build(walk.tx, span);
  walk.builds.push(started);
  walk.taken.push(await started.run);
}

/** The lowest start of a suffix by which no more than `slack` entities come that the cursor does not need. */
async function roundDown(walk: Walk, { scope, fromLsn, to }: Span, slack: number): Promise<number> {
  const starts = suffixStarts(fromLsn, to.lsn);
  const lowest = starts[0] ?? fromLsn;
  if (lowest === fromLsn) return fromLsn;
  // The last change that must stay outside: `slack` others lie between it and the cursor.
  const [outside] = await walk.tx.rows<{ lsn: number }>(
    'SELECT lsn FROM entity WHERE tenant_no = $1 AND scope = $2 AND lsn > $3 AND lsn <= $4 ORDER BY lsn DESC OFFSET $5 LIMIT 1',
    [walk.ports.identity.tenantNo, scope, lowest, fromLsn, slack],
  );
  return outside === undefined ? lowest : (starts.find((start) => start >= outside.lsn) ?? fromLsn);
}

async function countChanged(question: Pick<Question, 'ports' | 'tx'>, { scope, fromLsn, to }: Span): Promise<number> {
  if (fromLsn === to.lsn) return 0;
  const [count] = await question.tx.rows<{ entities: number }>(
    'SELECT count(*) AS entities FROM entity WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3 AND scope = $4',
    [question.ports.identity.tenantNo, fromLsn, to.lsn, scope],
  );
  return count?.entities ?? 0;
}

/** Of each of these scopes, in one question: a store's lanes read six, of which most say nothing. */
async function countAll({ ports, tx, from, to, scopes }: Question, spans: readonly Span[]): Promise<readonly number[]> {
  const rows = await tx.rows<{ scope: string; entities: number }>(
    'SELECT scope, count(*) AS entities FROM entity WHERE tenant_no = $1 AND lsn > $2 AND lsn <= $3 AND scope = ANY ($4) GROUP BY scope',
    [ports.identity.tenantNo, from.lsn, to.lsn, scopes],
  );
  const byScope = new Map(rows.map(({ scope, entities }) => [scope, entities]));
  const counts: number[] = [];
  for (const span of spans)
    counts.push(span.fromLsn === from.lsn ? (byScope.get(span.scope) ?? 0) : await countChanged({ ports, tx }, span));
  return counts;
}

/** One frame for all scopes, with its bytes, sealed with the key that only those have who read all of them; none where there is nothing, null where it is too long to ride along. */
async function encodeTail(
  { ports, tx, from, to, codec, scopes, sealsTail }: Question,
  spans: readonly Span[],
): Promise<readonly SegmentRef[] | null> {
  const cells: SegmentCell[] = [];
  for (const { scope, fromLsn } of spans) {
    cells.push(...(await readCells(tx, { tenantNo: ports.identity.tenantNo, scope, fromLsn, toLsn: to.lsn })));
  }
  const header = { tenant: ports.identity.tenant, scopes: spans.map(({ scope }) => scope), from, to };
  const plain = [...encodeSegments(header, cells, ports, { codec: codecOf(codec) })];
  const encoded = sealsTail && plain.length > 0 ? plain.map(await createSegmentSealer(tx, ports, scopes.at(-1) ?? 'global')) : plain;
  if (encoded.reduce((sum, { frame }) => sum + frame.length, 0) > TAIL.bytes) return null;
  return encoded.map(({ ref, frame }) => ({ ...ref, frame: bytesToBase64(frame) }));
}

interface Frame {
  readonly scope: string;
  readonly frame: Uint8Array;
}

async function findFrame(ports: DownPorts, hash: string): Promise<Frame | undefined> {
  const rows = await ports.database.rows<Frame>('SELECT scope, frame FROM segment WHERE tenant_no = $1 AND hash = $2', [
    ports.identity.tenantNo,
    hash,
  ]);
  return rows[0];
}

/** The frames last asked for: a chain's lanes ask for the same ones at the same time. */
function createFrameCache(): { get(hash: string): Frame | undefined; set(hash: string, frame: Frame): void } {
  const byHash = new Map<string, Frame>();
  let bytes = 0;
  return {
    get: (hash) => {
      const found = byHash.get(hash);
      if (found !== undefined) {
        byHash.delete(hash);
        byHash.set(hash, found);
      }
      return found;
    },
    set: (hash, frame) => {
      if (byHash.has(hash)) return;
      byHash.set(hash, frame);
      bytes += frame.frame.length;
      for (const [oldest, { frame: old }] of byHash) {
        if (bytes <= FRAME_CACHE_BYTES) break;
        byHash.delete(oldest);
        bytes -= old.length;
      }
    },
  };
}
