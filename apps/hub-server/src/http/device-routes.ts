import type { Clock } from '@holdfast/base';
import { ACCOUNT_KINDS, isPersonId, isReference, personOf } from '@holdfast/domain';
import {
  AUDIT_HEADER,
  bytesToHex,
  decodeDocumentsRequest,
  DOCUMENTS_CONTENT_TYPE,
  DOCUMENTS_HEADER,
  DOCUMENTS_MAX_BYTES,
  encodeDocumentsAnswer,
  encodeManifest,
  enrolLanKeyMessage,
  MANIFEST_CONTENT_TYPE,
  parseAuditQuestion,
  parseAuditReport,
  parseBalanceRequest,
  parseCertificateRequest,
  parseCountersignatures,
  parseCustomersQuestion,
  parseEnrolRequest,
  parseManifestRequest,
  parseNewCustomer,
  parseReturnRequest,
  parseRevocations,
  parseWipeReport,
  PATHS,
  PROOF_HEADER,
  PROOF_MAX_BYTES,
  PROOF_WANTED,
  REVOCATIONS_HEADER,
  scopesOfPlace,
  segmentKeysToJson,
  URGENT_HEADER,
  WIPE_HEADER,
  type CertificateRequest,
  type NewCustomerAnswer,
  type PasscodeSecretsAnswer,
} from '@holdfast/sync';
/** What devices call: enrolment, ledgers up, manifests and segments down. */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';

import { holdBalance } from '../accounts/holds.ts';
import { answerAudit } from '../audit/compare.ts';
import { isAuditWanted, keepReport } from '../audit/device-audit.ts';
import type { Catalog } from '../catalog/publish.ts';
import { type CustomerPorts, takeFromLane } from '../customers/customers.ts';
import { findForLane } from '../customers/find-customers.ts';
import { openPersonalSafe } from '../customers/personal-key.ts';
import { shelfDigest } from '../documents/document-shelf.ts';
import type { Documents } from '../documents/documents.ts';
import { noteSettled, unsettledDevices } from '../down/hub-epoch.ts';
import type { Down } from '../down/manifest.ts';
import { keysOfScopes, type SegmentKeyPorts } from '../down/segment-keys.ts';
import { certify, revocationList, revocationNumber, takeShownRevocations } from '../enrolment/certificates.ts';
import type { ContactLog } from '../enrolment/contact-log.ts';
import { keepDeviceReport } from '../enrolment/device-page.ts';
import {
  clockOffsetOf,
  enrol,
  findDeviceByName,
  noteContact,
  noteCourse,
  type EnrolledDevice,
  type EnrolmentPorts,
} from '../enrolment/enrol.ts';
import type { TokenLookup } from '../enrolment/token-lookup.ts';
import { takeWipeReport, wipeOrderOf } from '../enrolment/wipes.ts';
import { readPicture } from '../goods/pictures.ts';
import { takeCountersignatures } from '../ledger/countersignatures.ts';
import type { Folder } from '../ledger/folder.ts';
import type { OpenPorts } from '../ledger/open-batch.ts';
import { grantReturn } from '../ledger/return-holds.ts';
import { loadPasscodeSecrets } from '../passcodes/passcodes.ts';
import { isPlainText } from '../plain-text.ts';
import { readBearer } from './console-session.ts';
import { speaksProtocol, UNKNOWN_DEVICE, UNKNOWN_PROTOCOL } from './ledger-route.ts';
import { createPace, type Pace, PACES, sendTooFast } from './pace.ts';
import { sendPicture } from './picture-routes.ts';
import { sendProblem } from './problems.ts';
import { readFrame } from './read-frame.ts';
import { nameRefused } from './refused-requests.ts';
import { limitFailures, type FailureGuard } from './security.ts';
import { sendDense } from './send-dense.ts';

export interface DeviceRoutePorts extends EnrolmentPorts, OpenPorts, SegmentKeyPorts {
  readonly down: Down;
  readonly findDevice: TokenLookup;
  readonly documents: Documents;
  readonly catalog: Catalog;
  readonly folder: Folder;
  readonly onContact: (device: string) => void;
  /** Whose tokens nobody knows: counted together with those that come with ledgers. */
  readonly failures: FailureGuard;
  readonly onRevoked: () => void;
  readonly contacts: ContactLog;
}

/** The `DOWN_FORM` from which a manifest is bytes. */
const MANIFEST_BYTES_FORM = 3;
const MAX_PLACE_LENGTH = 200;
/** As lanes hand each other at most. */
const REVOCATIONS_MAX_BYTES = 8 * 1024 * 1024;
const ENROL_FAILURES_PER_MINUTE = 30;

export function createDeviceRoutes(ports: DeviceRoutePorts): Router {
  const router = express.Router();
  const json = express.json({ limit: '64kb' });
  const authenticate = authenticateDevice(ports, createPace(ports.clock, PACES.device));
  const { failures } = ports;
  const underWay = { audits: 0 };
  router.use('/sync/', requireProtocol);
  router.post(
    PATHS.enrol,
    limitFailures(ports.clock, { perMinute: ENROL_FAILURES_PER_MINUTE, counts: (status) => status === 403, alsoUnderWay: true }),
    json,
    async (request, response) => {
      await answerEnrol(ports, request, response);
    },
  );
  router.post(PATHS.manifest, failures, authenticate, express.json({ limit: PROOF_MAX_BYTES + 64 * 1024 }), async (request, response) => {
    await answerManifest(ports, request, response);
  });
  router.post(PATHS.balance, failures, authenticate, json, async (request, response) => {
    await answerBalance(ports, request, response);
  });
  router.post(PATHS.returns, failures, authenticate, json, async (request, response) => {
    await answerReturn(ports, request, response);
  });
  router.get(PATHS.passcodeSecrets, failures, authenticate, async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    sendDense(request, response, await passcodeSecrets(ports));
  });
  const askedTooOften = limitCustomerQuestions(ports.clock);
  router.post(PATHS.findCustomers, failures, authenticate, json, async (request, response) => {
    const parsed = parseCustomersQuestion(request.body);
    if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
    const { device } = deviceOf(response);
    if (askedTooOften(device)) {
      response.setHeader('Retry-After', '60');
      return sendProblem(response, { type: 'later', status: 429, title: 'This device asks for more customers than buy at one lane.' });
    }
    response.setHeader('Cache-Control', 'no-store');
    response.json(await findForLane(customerPorts(ports), device, parsed.value));
  });
  router.post(PATHS.customers, failures, authenticate, json, async (request, response) => {
    await answerNewCustomer(ports, request, response);
  });
  router.get(PATHS.segmentKeys, failures, authenticate, async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    sendDense(request, response, segmentKeysToJson(await keysOfScopes(ports.database, ports, scopesOfPlace(deviceOf(response)))));
  });
  router.get(PATHS.wipe, failures, authenticate, (_request, response) => {
    const order = wipeOrderOf(ports, deviceOf(response));
    if (order !== undefined) response.json(order);
    else sendProblem(response, { type: 'notOrdered', status: 404, title: 'Nobody ordered this device to erase itself.' });
  });
  router.post(PATHS.wipe, failures, authenticate, express.json({ limit: '2mb' }), async (request, response) => {
    await answerWipeReport(ports, request, response);
  });
  router.post(PATHS.certificate, failures, authenticate, json, async (request, response) => {
    await answerCertificate(ports, request, response);
  });
  router.get(PATHS.revocations, failures, authenticate, async (request, response) => {
    response.setHeader('Vary', 'Accept-Encoding');
    sendDense(request, response, await revocationList(ports));
  });
  router.post(PATHS.revocations, failures, authenticate, express.json({ limit: REVOCATIONS_MAX_BYTES }), async (request, response) => {
    await answerShownRevocations(ports, request, response);
  });
  router.post(PATHS.countersignatures, failures, authenticate, express.json({ limit: '1mb' }), async (request, response) => {
    const parsed = parseCountersignatures(request.body);
    if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
    await takeCountersignatures(ports, deviceOf(response), parsed.value);
    ports.folder.nudge();
    response.status(204).end();
  });
  router.post(PATHS.documents, failures, authenticate, readFrame(DOCUMENTS_MAX_BYTES), async (request, response) => {
    await answerDocuments(ports, request, response);
  });
  router.post(PATHS.audit, failures, authenticate, express.json({ limit: '2mb' }), async (request, response) => {
    await answerAuditQuestion(ports, underWay, request, response);
  });
  router.post(PATHS.auditReport, failures, authenticate, json, async (request, response) => {
    const parsed = parseAuditReport(request.body);
    if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
    await keepReport(ports.database, deviceOf(response), parsed.value, ports.clock.nowMs());
    response.status(204).end();
    return ports.onContact(deviceOf(response).device);
  });
  router.get(`${PATHS.segments}/:hash`, failures, authenticate, async (request, response) => {
    await answerSegment(ports, request, response);
  });
  router.get(`${PATHS.pictures}/:hash`, failures, authenticate, async (request, response) => {
    const hash = String(request.params['hash']);
    sendPicture(response, hash, await readPicture({ ...ports, tenantNo: ports.identity.tenantNo }, hash));
  });
  return router;
}

const requireProtocol: RequestHandler = (request, response, next) => {
  if (speaksProtocol(request)) return next();
  return sendProblem(response, UNKNOWN_PROTOCOL);
};

const authenticateDevice =
  ({ findDevice, contacts }: Pick<DeviceRoutePorts, 'findDevice' | 'contacts'>, pace: Pace): RequestHandler =>
  async (request, response, next) => {
    const token = readBearer(request.headers.authorization);
    const device = token === undefined ? undefined : await findDevice(token);
    if (device === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      return sendProblem(response, UNKNOWN_DEVICE);
    }
    nameRefused(response, { kind: 'device', who: device.device });
    contacts.follow(device.device, request, response);
    if (device.wipeOrderedAtMs !== null) response.setHeader(WIPE_HEADER, 'ordered');
    if (device.gone !== null && request.path !== PATHS.wipe) {
      return sendProblem(response, { type: 'deviceGone', status: 403, title: `This device was ${device.gone}: it is served no more.` });
    }
    const isDownload = [PATHS.segments, PATHS.pictures].some((path) => request.path.startsWith(`${path}/`));
    const waitS = isDownload ? 0 : pace.waitS(device.device);
    if (waitS > 0) return sendTooFast(response, waitS);
    if (!isDownload) pace.take(device.device);
    response.locals['device'] = device;
    return next();
  };

const deviceOf = (response: Response): EnrolledDevice => response.locals['device'] as EnrolledDevice;

/** More than buy at a busy lane, and far too few to copy a company's customers. */
const CUSTOMER_QUESTIONS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;

function limitCustomerQuestions(clock: Pick<Clock, 'monotonicMs'>): (device: string) => boolean {
  const asked = new Map<string, number>();
  let sinceMs = clock.monotonicMs();
  return (device) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - sinceMs >= MINUTE_MS) {
      asked.clear();
      sinceMs = nowMs;
    }
    const times = (asked.get(device) ?? 0) + 1;
    asked.set(device, times);
    return times > CUSTOMER_QUESTIONS_PER_MINUTE;
  };
}

const customerPorts = (ports: DeviceRoutePorts): CustomerPorts => ({ ...ports, tenantNo: ports.identity.tenantNo });

/** What a lane sealed is a person as the lane has it: one that cannot be read is told apart, so that the lane sends it no more. */
async function answerNewCustomer(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseNewCustomer(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const { customer, keyNumber, sealed } = parsed.value;
  const safe = await openPersonalSafe(customerPorts(ports));
  const bytes = /^(?:[0-9a-f]{2})+$/.test(sealed) ? new Uint8Array(Buffer.from(sealed, 'hex')) : new Uint8Array();
  const said = isPersonId(customer) ? safe.open(bytes, keyNumber) : undefined;
  const person = said === undefined ? undefined : personOf(said);
  if (person?.ok !== true) {
    return sendProblem(response, { type: 'notAPerson', status: 422, title: 'This was sealed to another key, or is no person.' });
  }
  const answer = { customer: await takeFromLane(customerPorts(ports), deviceOf(response), { customer, person: person.value }) };
  response.json(answer satisfies NewCustomerAnswer);
}

async function answerEnrol(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseEnrolRequest(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const enrolled = await enrol(ports, parsed.value);
  if (!enrolled.ok) {
    return sendProblem(response, {
      type: 'codeRefused',
      status: 403,
      title: 'This enrolment code is unknown, used or expired. The hub prints a fresh one at its start, and the console makes them.',
    });
  }
  const { equip } = parsed.value;
  const equipment = equip === undefined ? undefined : await equipmentOf(ports, enrolled.value.device, parsed.value.code, equip.lan);
  response.setHeader('Cache-Control', 'no-store');
  sendDense(request, response, { ...enrolled.value, ...(equipment !== undefined && { equipment }) });
  ports.onContact(enrolled.value.device);
}

/** As `Equipment` reads it. No key that cannot be certified is a reason not to be enrolled: whoever asks for it by its own path is told why. A device that counts no more is told nothing. */
async function equipmentOf(
  ports: DeviceRoutePorts,
  name: string,
  code: string,
  lan: CertificateRequest | undefined,
): Promise<object | undefined> {
  const device = await findDeviceByName(ports.database, ports.identity, name);
  if (device === undefined || device.gone !== null) return undefined;
  const certified = lan === undefined ? undefined : await certify(ports, device, lan, enrolLanKeyMessage(code, lan.lanKey));
  return {
    ...(certified?.ok === true && { certificate: certified.value }),
    segmentKeys: segmentKeysToJson(await keysOfScopes(ports.database, ports, scopesOfPlace(device))),
    passcodeSecrets: await passcodeSecrets(ports),
  };
}

async function passcodeSecrets(ports: DeviceRoutePorts): Promise<PasscodeSecretsAnswer> {
  const secrets = await loadPasscodeSecrets(ports);
  return { secrets: secrets.map(({ number, secret }) => ({ number, secret: bytesToHex(secret) })) };
}

const badRequest = (response: Response, detail: string): void =>
  sendProblem(response, { type: 'badRequest', status: 400, title: 'The request is not what this path takes.', detail });

async function answerManifest(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseManifestRequest(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const device = deviceOf(response);
  const { waitingEntries, waitingSales, wallMs, report } = parsed.value;
  const atMs = ports.clock.nowMs();
  const clockOffsetMs = clockOffsetOf(atMs, wallMs);
  await noteContact(ports.database, device.device, { atMs, waitingEntries, waitingSales, clockOffsetMs });
  if (report !== undefined) await keepDeviceReport(ports.database, device, report, atMs);
  const [manifest, revocations, documents, isAudited] = await Promise.all([
    ports.down.manifest(device, parsed.value),
    revocationNumber(ports.database, device.tenantNo),
    shelfDigest(ports.database, device),
    isAuditWanted(ports.database, device),
  ]);
  if (isAudited) response.setHeader(AUDIT_HEADER, 'wanted');
  if (manifest === 'proofWanted') {
    response.setHeader(PROOF_HEADER, PROOF_WANTED);
    return sendProblem(response, { type: 'proofWanted', status: 409, title: 'The hub does not hold this position, and asks who told it.' });
  }
  await noteCourse(ports.database, device.device, { heldLsn: manifest.from.lsn, toldLsn: manifest.to.lsn, atMs });
  if (documents !== undefined) response.setHeader(DOCUMENTS_HEADER, documents);
  if (revocations > 0) response.setHeader(REVOCATIONS_HEADER, String(revocations));
  if (waitingEntries === 0 && !manifest.rebase && parsed.value.position.hubEpoch === ports.identity.hubEpoch)
    await noteSettled(ports.database, ports.identity, device.device);
  if ((parsed.value.reads ?? 1) >= MANIFEST_BYTES_FORM) {
    response.setHeader('Content-Type', MANIFEST_CONTENT_TYPE);
    response.end(encodeManifest(manifest, parsed.value.position));
  } else response.json(manifest);
  ports.onContact(device.device);
}

/** What may be spent or returned follows from all that was received before the question (U-21): else patience is asked. */
async function isSettled(ports: DeviceRoutePorts, response: Response): Promise<boolean> {
  const isFolded = await ports.folder.settle();
  if (isFolded && (await unsettledDevices(ports.database, ports.identity.tenantNo)).length === 0) return true;
  response.setHeader('Retry-After', isFolded ? '15' : '1');
  const title = isFolded
    ? 'The hub was set back, and grants nothing before it has heard of every device that may hold what it granted.'
    : 'The hub has not looked through all that it received.';
  sendProblem(response, { type: isFolded ? 'unsettled' : 'later', status: 503, title });
  return false;
}

/** A question may have the database hash a hundred thousand entries: few at a time, so that nobody who sells notices. */
const AUDITS_UNDER_WAY = 2;

async function answerAuditQuestion(
  ports: DeviceRoutePorts,
  underWay: { audits: number },
  request: Request,
  response: Response,
): Promise<void> {
  const parsed = parseAuditQuestion(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const isBusy = underWay.audits >= AUDITS_UNDER_WAY;
  if (isBusy || !(await ports.folder.settle())) {
    response.setHeader('Retry-After', '5');
    return sendProblem(response, {
      type: 'later',
      status: 503,
      title: 'The hub compares others, or has not looked through all that it received.',
    });
  }
  underWay.audits += 1;
  try {
    response.json(await answerAudit(ports, deviceOf(response), parsed.value));
  } finally {
    underWay.audits -= 1;
  }
  return undefined;
}

async function answerBalance(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseBalanceRequest(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const { account: kind, reference, currency, neededMinor, advance = false } = parsed.value;
  const account = ACCOUNT_KINDS.find((known) => known === kind);
  if (account === undefined || !isReference(reference)) return badRequest(response, 'there is no such balance');
  if (!(await isSettled(ports, response))) return undefined;
  const name = { account, reference, currency };
  const answer = await holdBalance(ports, deviceOf(response), name, { neededMinor, advance, nowMs: ports.clock.nowMs() });
  response.setHeader('Cache-Control', 'no-store');
  response.json(answer);
  return undefined;
}

async function answerReturn(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const askedAtMs = ports.clock.nowMs();
  const parsed = parseReturnRequest(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  // No database keeps such a text: there is no such receipt.
  const { receiptNumber, store = '' } = parsed.value;
  if (!isPlainText(receiptNumber, MAX_PLACE_LENGTH) || !isPlainText(store, MAX_PLACE_LENGTH))
    return badRequest(response, 'there is no such receipt');
  if (!(await isSettled(ports, response))) return undefined;
  const answer = await grantReturn(ports.database, deviceOf(response), parsed.value, askedAtMs);
  response.setHeader('Cache-Control', 'no-store');
  response.json(answer);
  return undefined;
}

async function answerCertificate(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseCertificateRequest(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const certified = await certify(ports, deviceOf(response), parsed.value);
  if (!certified.ok) {
    const title = certified.error.type === 'badKey' ? 'This is no key that can be certified.' : 'The device has not signed this key.';
    return sendProblem(response, { type: certified.error.type, status: 422, title });
  }
  response.setHeader('Cache-Control', 'no-store');
  sendDense(request, response, certified.value);
}

async function answerShownRevocations(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseRevocations(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const taken = await takeShownRevocations(ports, deviceOf(response), parsed.value);
  if (!taken.ok) {
    return sendProblem(response, { type: taken.error.type, status: 422, title: 'This hub has not signed this list of revocations.' });
  }
  if (taken.value) ports.onRevoked();
  response.status(204).end();
  return undefined;
}

async function answerWipeReport(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = parseWipeReport(request.body);
  if (!parsed.ok) return badRequest(response, `${parsed.error.at || 'the body'} is missing or wrong`);
  const device = deviceOf(response);
  const taken = await takeWipeReport(ports, device, parsed.value);
  if (!taken.ok) {
    const title =
      taken.error.type === 'notOrdered'
        ? 'This device was not ordered to erase itself, or by another order.'
        : 'The hub does not hold all that the device had: it is to hand that over first.';
    return sendProblem(response, { type: taken.error.type, status: 409, title });
  }
  ports.onRevoked();
  response.status(204).end();
  return ports.onContact(device.device);
}

async function answerDocuments(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const parsed = request.body instanceof Uint8Array ? decodeDocumentsRequest(new Uint8Array(request.body)) : undefined;
  if (parsed?.ok !== true) return badRequest(response, parsed === undefined ? 'there is no body' : parsed.error.reason);
  const answer = await ports.documents.exchange(deviceOf(response), parsed.value);
  if (!answer.ok) return badRequest(response, answer.error.reason);
  response.setHeader('Content-Type', DOCUMENTS_CONTENT_TYPE);
  response.end(encodeDocumentsAnswer(answer.value));
}

/** Immutable: its name is its content. One range, so that a torn download goes on where it ended. */
async function answerSegment(ports: DeviceRoutePorts, request: Request, response: Response): Promise<void> {
  const { hash } = request.params;
  const frame = typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) ? await ports.down.segment(deviceOf(response), hash) : undefined;
  if (frame === undefined) {
    return sendProblem(response, {
      type: 'noSuchSegment',
      status: 404,
      title: 'No such segment is held for this device. Ask for a manifest again.',
    });
  }
  const urgentLsn = await ports.down.lastUrgent(deviceOf(response));
  if (urgentLsn !== undefined) response.setHeader(URGENT_HEADER, String(urgentLsn));
  response.setHeader('ETag', `"${String(hash)}"`);
  response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
  response.setHeader('Accept-Ranges', 'bytes');
  response.type('application/octet-stream');
  if (request.headers['if-none-match'] === `"${String(hash)}"`) {
    response.status(304).end();
    return;
  }
  const range = /^bytes=(\d{1,12})-(\d{0,12})$/.exec(request.headers.range ?? '');
  if (range === null) {
    response.end(frame);
    return;
  }
  const start = Number(range[1]);
  const end = Math.min(range[2] === '' ? frame.length - 1 : Number(range[2]), frame.length - 1);
  if (start > end) {
    response.status(416).setHeader('Content-Range', `bytes */${frame.length}`);
    response.end();
    return;
  }
  response.status(206).setHeader('Content-Range', `bytes ${start}-${end}/${frame.length}`);
  response.end(frame.subarray(start, end + 1));
}
