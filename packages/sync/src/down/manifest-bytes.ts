/**
 * A manifest as bytes, for devices that read form 3 (SPEC: D-12): a CBOR map, whose members are numbered for ever and absent where they say nothing. A third of what it takes as JSON.
 *
 *   1: to · 2: from, absent where it is the position that the device showed · 3: true for a rebase · 4: segments, each [hash, bytes, cells, entities], with its frame where that rides along · 5: signature ·
 *   6: what is urgent, [LSN, segments] · 7: the lowest reader that understands it
 *
 * A position is [hub epoch, LSN, history hash]. What is signed is the same as ever (`manifestMessage`).
 */
import { err, type Result } from '@holdfast/base';

import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../wire/cbor.ts';
import { parseManifest, type Manifest, type ProtocolError, type SegmentRef } from '../wire/protocol.ts';
import type { Position } from './cells.ts';

export const MANIFEST_CONTENT_TYPE = 'application/cbor';

const MEMBER = { to: 1, from: 2, rebase: 3, segments: 4, signature: 5, urgent: 6, minReader: 7 } as const;

const positionToCbor = (at: Position): CborValue => [hexToBytes(at.hubEpoch), at.lsn, hexToBytes(at.historyHash)];

const isSame = (left: Position, right: Position): boolean =>
  left.hubEpoch === right.hubEpoch && left.lsn === right.lsn && left.historyHash === right.historyHash;

const refToCbor = ({ hash, bytes, cells, entities, frame }: SegmentRef): CborValue => [
  hexToBytes(hash),
  bytes,
  cells,
  entities,
  ...(frame === undefined ? [] : [base64ToBytes(frame)]),
];

/** `shown`: the position that the device asked with. */
export function encodeManifest(manifest: Manifest, shown: Position): Uint8Array {
  const members = new Map<number, CborValue>([[MEMBER.to, positionToCbor(manifest.to)]]);
  if (!isSame(manifest.from, shown)) members.set(MEMBER.from, positionToCbor(manifest.from));
  if (manifest.rebase) members.set(MEMBER.rebase, true);
  if (manifest.segments.length > 0) members.set(MEMBER.segments, manifest.segments.map(refToCbor));
  members.set(MEMBER.signature, hexToBytes(manifest.signature));
  if (manifest.urgent !== undefined) members.set(MEMBER.urgent, [manifest.urgent.lsn, manifest.urgent.segments.map(refToCbor)]);
  if (manifest.minReader !== undefined) members.set(MEMBER.minReader, manifest.minReader);
  return encodeCbor(members);
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const hexOf = (value: CborValue | undefined): unknown => (isBytes(value) ? bytesToHex(value) : value);
const listOf = (value: CborValue | undefined): readonly CborValue[] => (Array.isArray(value) ? (value as readonly CborValue[]) : []);

function positionToJson(value: CborValue | undefined): unknown {
  const [hubEpoch, lsn, historyHash] = listOf(value);
  return { hubEpoch: hexOf(hubEpoch), lsn, historyHash: hexOf(historyHash) };
}

function refToJson(value: CborValue): unknown {
  const [hash, bytes, cells, entities, frame] = listOf(value);
  return { hash: hexOf(hash), bytes, cells, entities, frame: isBytes(frame) ? bytesToBase64(frame) : frame };
}

/** Members that this build does not know are passed over: a later hub may say more. */
export function decodeManifest(bytes: Uint8Array, shown: Position): Result<Manifest, ProtocolError> {
  const read = decodeCbor(bytes);
  if (!read.ok || !(read.value instanceof Map)) return err({ type: 'malformed', what: 'manifest', at: '' });
  const members = read.value as ReadonlyMap<number, CborValue>;
  const from = members.get(MEMBER.from);
  const urgent = members.get(MEMBER.urgent);
  return parseManifest({
    to: positionToJson(members.get(MEMBER.to)),
    from: from === undefined ? shown : positionToJson(from),
    rebase: members.get(MEMBER.rebase) ?? false,
    segments: listOf(members.get(MEMBER.segments)).map(refToJson),
    signature: hexOf(members.get(MEMBER.signature)),
    minReader: members.get(MEMBER.minReader),
    urgent: urgent === undefined ? undefined : { lsn: listOf(urgent)[0], segments: listOf(listOf(urgent)[1]).map(refToJson) },
  });
}
