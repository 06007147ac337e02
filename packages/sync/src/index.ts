export { bytesToBase64, base64ToBytes, bytesToHex, compareBytewise, hexToBytes } from './bytes.ts';
export { BATCH_CODEC_VERSION, BATCH_LIMITS, decodeBatch, encodeBatch, type Batch, type BatchCodec, type BatchError } from './batch.ts';
export { decodeCbor, encodeCbor, type CborError, type CborValue } from './cbor.ts';
export { mergeScopes, namedFields, type Cell, type Cut, type Position, type ScopedEntity, type TouchedEntity } from './cells.ts';
export { ENGINE_DEFAULTS, type EngineOptions } from './engine.ts';
export { judgeBatch, previousOf, type BatchVerdict, type HeldLedger } from './judge.ts';
export {
  chainEntry,
  genesisHead,
  headMessage,
  readEntry,
  signHead,
  verifyChain,
  verifyHead,
  ENTRY_MAX_BYTES,
  type EntryEnvelope,
  type ChainedEntry,
  type ChainError,
  type ChainHead,
  type EntryDraft,
  type EntryError,
  type EntryId,
  type EntryRead,
  type SignedHead,
  type Vector,
} from './ledger.ts';
export { decodeManifest, encodeManifest, MANIFEST_CONTENT_TYPE } from './manifest-bytes.ts';
export { createMemoryStore } from './memory-store.ts';
export {
  DOWN_FORM,
  manifestMessage,
  parseEnrolAnswer,
  parseEnrolRequest,
  parseLedgerAnswer,
  parseManifest,
  parseBalanceAnswer,
  parseBalanceRequest,
  parseManifestRequest,
  parsePasscodeSecretsAnswer,
  parseReturnAnswer,
  parseReturnRequest,
  PATHS,
  PROTOCOL_LIMITS,
  PROTOCOL_VERSION,
  signManifest,
  verifyManifest,
  type EnrolAnswer,
  type BalanceAnswer,
  type BalanceRequest,
  type PasscodeSecretsAnswer,
  type ReturnAnswer,
  type ReturnRequest,
  type EnrolRequest,
  type LedgerAnswer,
  type Manifest,
  type ManifestRequest,
  type ProtocolError,
  type SegmentRef,
} from './protocol.ts';
export {
  createReplica,
  type Answered,
  type Replica,
  type ReplicaOptions,
  type ReplicaPorts,
  type ReplicaStatus,
  type SegmentPart,
  type Transport,
  type TransportError,
} from './replica.ts';
export {
  createSchemas,
  decodeFields,
  encodeFields,
  UNKNOWN,
  type Column,
  type Columns,
  type EntitySchema,
  type EntrySchema,
  type Fields,
  type Scalar,
  type SchemaError,
  type Schemas,
} from './schema.ts';
export {
  encodeSegments,
  openSegment,
  SEGMENT_CODEC_VERSION,
  SEGMENT_LIMITS,
  type EncodedSegment,
  type Segment,
  type SegmentCell,
  type SegmentCodec,
  type SegmentError,
  type SegmentHeader,
  type SegmentOptions,
} from './segment.ts';
export { SUFFIX_SLACK, suffixStarts } from './suffix.ts';
export {
  originPosition,
  type ChunkId,
  type EpochParent,
  type EpochState,
  type HubClock,
  type Identity,
  type OnEntity,
  type ReplicaStore,
  type SegmentProgress,
  type StagedCut,
  type Waiting,
} from './store.ts';
export { createMemoryNeighbourStore } from './memory-neighbour-store.ts';
export { carrierOf, NEIGHBOUR_DEFAULTS, type NeighbourOptions } from './neighbour-engine.ts';
export { createNeighbours, joinAddress, type NeighbourPorts, type Neighbours, type SiblingStatus } from './neighbours.ts';
export { type Line, type Membership, type NeighbourStore, type OnSiblingEntry, type Run } from './neighbour-store.ts';
export { createMemoryDownCache, createSharing, type DownCache, type Sharing } from './sharing.ts';
export {
  certificateMessage,
  countersign,
  countersignatureMessage,
  goneOf,
  isTrusted,
  lanKeyMessage,
  parseCertificateAnswer,
  parseCertificateRequest,
  parseCountersignatures,
  parseRevocations,
  REVOCATION_REASONS,
  revocationsMessage,
  signCertificate,
  signRevocations,
  verifyCountersignature,
  verifyRevocations,
  type CertificateAnswer,
  type CertificateReader,
  type CertificateRequest,
  type CertifiedMember,
  type Countersignature,
  type Member,
  type Revocation,
  type RevocationList,
  type RevocationReason,
  type TrustedHead,
} from './trust.ts';
