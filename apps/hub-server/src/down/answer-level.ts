/** Whether a device at rest would be told anything by a manifest: asked over its line for pokes, in a fortieth of the bytes (SPEC: D-21). */
import type { Clock, Hash } from '@holdfast/base';
import { decodeLevelQuestion, encodeLevelAnswer, levelMark, originPosition } from '@holdfast/sync';

import { isAuditWanted } from '../audit/device-audit.ts';
import type { Database } from '../db/database.ts';
import { shelfDigest } from '../documents/document-shelf.ts';
import { revocationNumber } from '../enrolment/certificates.ts';
import type { ContactLog } from '../enrolment/contact-log.ts';
import { clockOffsetOf, noteLevel } from '../enrolment/enrol.ts';
import type { TokenLookup } from '../enrolment/token-lookup.ts';
import type { HubIdentity } from '../identity.ts';
import { placePosition } from './hub-epoch.ts';

export interface LevelPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly findDevice: TokenLookup;
  readonly contacts: Pick<ContactLog, 'count'>;
  readonly onContact: (device: string) => void;
}

/** What a frame of a WebSocket takes beside its message (RFC 6455, 5.2), as a device sends it and as the hub does. */
const FRAME_BYTES = { up: 6, down: 2 };

/** Who is told "no", also for a question that is none, asks for a manifest, and is told by that what is the matter. */
export async function answerLevel(ports: LevelPorts, token: string, question: Uint8Array): Promise<Uint8Array> {
  const { database, identity, clock } = ports;
  const no = encodeLevelAnswer(null);
  const asked = decodeLevelQuestion(question);
  const device = await ports.findDevice(token);
  if (asked === null || device === undefined || device.gone !== null || device.wipeOrderedAtMs !== null) return no;
  const [{ head }, revocations, documents, isAudited] = await Promise.all([
    placePosition(database, identity, originPosition(identity.hubEpoch)),
    revocationNumber(database, device.tenantNo),
    shelfDigest(database, device),
    isAuditWanted(database, device),
  ]);
  const mark = levelMark(ports.hash, { position: head, revocations, documents });
  if (isAudited || !Buffer.from(mark).equals(asked.mark)) return no;
  const atMs = clock.nowMs();
  await noteLevel(database, device.device, { atMs, clockOffsetMs: clockOffsetOf(atMs, asked.wallMs), lsn: head.lsn });
  const answer = encodeLevelAnswer(atMs);
  ports.contacts.count(device.device, question.length + FRAME_BYTES.up, answer.length + FRAME_BYTES.down);
  ports.onContact(device.device);
  return answer;
}
