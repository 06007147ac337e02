/**
 * `POST` of ledgers, and what is held of one that was torn, answered before the application sees it: a lane that sells brings each sale by itself, hundreds of lanes at once, and what a router and its middleware do for one request
 * would cost as much as the sale. All other paths are the application's.
 *
 * In this order, so that whoever has to wait, or is nobody, costs little: the protocol, the token, the budget of device and store, the body, the intake.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '@holdfast/base';
import {
  BATCH_LIMITS,
  BEHIND_HEADER,
  deviceOfBatch,
  entriesOfBatch,
  PATHS,
  PROTOCOL_VERSION,
  traceIdOf,
  type TornBatch,
} from '@holdfast/sync';
import type { Logger } from 'pino';

import type { Database } from '../db/database.ts';
import type { ContactLog } from '../enrolment/contact-log.ts';
import { findSibling, type EnrolledDevice } from '../enrolment/enrol.ts';
import type { TokenLookup } from '../enrolment/token-lookup.ts';
import type { Intake } from '../ledger/intake.ts';
import type { OpenError } from '../ledger/open-batch.ts';
import type { Traces } from '../tracing/traces.ts';
import { readBearer } from './console-session.ts';
import { createLedgerBudget, MAX_WAITING, MAX_WAITING_BYTES, SHORT_BODY_BYTES } from './ledger-budget.ts';
import { sendFailure, sendProblem, type Problem } from './problems.ts';
import { readBytes } from './read-frame.ts';
import { nameRefused } from './refused-requests.ts';
import { beginDeviceAnswer, PROTOCOL_HEADER, type FailureGuard } from './security.ts';
import { createTornBodies, type TornBodies } from './torn-bodies.ts';

export interface LedgerRoutePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly findDevice: TokenLookup;
  readonly intake: Intake;
  readonly onContact: (device: string) => void;
  readonly failures: FailureGuard;
  readonly contacts: Pick<ContactLog, 'follow'>;
  /** Absent: nobody looks. */
  readonly traces?: Pick<Traces, 'ledger'> | undefined;
}

/** False where it is another's to answer. */
export type LedgerRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

export const UNKNOWN_PROTOCOL: Problem = {
  type: 'unknownProtocol',
  status: 400,
  title: `This hub speaks version ${PROTOCOL_VERSION} of the sync protocol; the request names none, or another.`,
};
export const UNKNOWN_DEVICE: Problem = { type: 'unknownDevice', status: 401, title: 'This hub does not know the device’s token.' };

export const speaksProtocol = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers[PROTOCOL_HEADER] === String(PROTOCOL_VERSION);

export function createLedgerRoute(ports: LedgerRoutePorts): LedgerRoute {
  const { clock, failures, logger } = ports;
  const budget = createLedgerBudget(clock);
  const torn = createTornBodies(clock);
  const take = async (request: IncomingMessage, response: ServerResponse, { fail, onCommitted }: Told): Promise<void> => {
    const sender = await authenticate(ports, request, response);
    // Whoever went away meanwhile is not told of again: its place would be nobody's to give back.
    if (sender === undefined || response.closed || request.destroyed) return undefined;
    ports.contacts.follow(sender.device, request, response);
    const admission = budget.admit(sender.device, sender.store, isShort(request), () => request.destroy());
    if (admission.type === 'later') return askPatience(response, LATER[admission.status], admission.retryAfterS);
    response.once('close', admission.done);
    // All of it came while its token was looked up, as what a lane sends as it sells does; a question waits behind what the device has in the queue.
    if (request.method === 'GET' || request.complete) admission.whole();
    if (request.method === 'GET') return answerJson(response, await tornOf(torn, sender, ports.intake));
    return readBatch(torn, sender, request, response, (frame) => {
      admission.whole();
      answerLedger(ports, sender, frame, { response, onCommitted }).catch(fail);
    });
  };
  return (request, response) => {
    if (request.url !== PATHS.ledger || (request.method !== 'POST' && request.method !== 'GET')) return false;
    beginDeviceAnswer(clock, request, response);
    const onCommitted = tellWhenAnswered(ports, request, response);
    const fail = (error: unknown): void => {
      logger.error({ err: error, requestId: response.getHeader('Request-Id') }, 'request failed');
      sendFailure(response, error);
    };
    failures(request, response, () => {
      if (!speaksProtocol(request)) return sendProblem(response, UNKNOWN_PROTOCOL);
      const { waiting, waitingBytes } = ports.intake;
      if (waiting >= MAX_WAITING || (waitingBytes >= MAX_WAITING_BYTES && !isShort(request)))
        return askPatience(response, LATER.hub, 1 + (waiting % SPREAD_S));
      return void take(request, response, { fail, onCommitted }).catch(fail);
    });
    return true;
  };
}

/** By what it says: what it brings is no longer than that, unless it goes on with what came before (SPEC: U-24). A question brings nothing. */
const isShort = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' || (Number(headers['content-length']) <= SHORT_BODY_BYTES && headers[BEHIND_HEADER.toLowerCase()] === undefined);

/** Whoever is told to wait comes again within so many seconds, not all in the same one. */
const SPREAD_S = 3;

const later = (status: 429 | 503, title: string): Problem => ({ type: 'later', status, title });
const LATER = {
  429: later(429, 'This device sends faster than the hub takes from one.'),
  503: later(503, 'The hub has enough of this store under way.'),
  hub: later(503, 'The hub has enough under way.'),
} as const;

function askPatience(response: ServerResponse, problem: Problem, retryAfterS: number): void {
  response.setHeader('Retry-After', String(retryAfterS));
  sendProblem(response, problem);
}

/** Undefined where it is answered. What a device sold is taken although it counts no more. */
async function authenticate(
  { findDevice }: LedgerRoutePorts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<EnrolledDevice | undefined> {
  const token = readBearer(request.headers.authorization);
  const device = token === undefined ? undefined : await findDevice(token);
  if (device !== undefined) return device;
  response.setHeader('WWW-Authenticate', 'Bearer');
  sendProblem(response, UNKNOWN_DEVICE);
  return undefined;
}

interface Commit {
  readonly device: string;
  readonly head: Uint8Array;
  readonly startMs: number;
  readonly endMs: number;
}

interface Told {
  readonly fail: (error: unknown) => void;
  readonly onCommitted: (commit: Commit) => void;
}

async function answerLedger(
  ports: LedgerRoutePorts,
  sender: EnrolledDevice,
  frame: Buffer,
  { response, onCommitted }: { readonly response: ServerResponse } & Pick<Told, 'onCommitted'>,
): Promise<void> {
  const startMs = ports.clock.nowMs();
  const named = deviceOfBatch(frame) ?? sender.device;
  // Any device of the same store may carry it: it is judged by who signed it (SPEC: N-12).
  const device = named === sender.device ? sender : await findSibling(ports.database, sender, named);
  const received = await ports.intake.receive(device ?? sender, frame);
  if (!received.ok) {
    nameRefused(response, { kind: 'device', who: sender.device });
    return sendProblem(response, refusalOf(received.error));
  }
  const { answer, head } = received.value;
  if (head !== undefined) onCommitted({ device: named, head, startMs, endMs: ports.clock.nowMs() });
  answerJson(response, answer);
  return ports.onContact(named);
}

function answerJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

const NOT_HELD: Problem = { type: 'badRequest', status: 416, title: 'What this continues is not there any more: all of it is to be sent.' };

/** With what came before of a batch that was torn on its way, where the sender says that it goes on with that (SPEC: U-24). */
function readBatch(
  torn: TornBodies,
  { device }: EnrolledDevice,
  request: IncomingMessage,
  response: ServerResponse,
  onRead: (frame: Buffer) => void,
): void {
  const said = request.headers[BEHIND_HEADER.toLowerCase()];
  const behind = said === undefined ? 0 : Number(said);
  const body = Number.isSafeInteger(behind) && behind >= 0 ? torn.begin(device, behind) : undefined;
  if (body === undefined) {
    // Nothing of the body is read: the connection ends with the answer.
    response.setHeader('Connection', 'close');
    return sendProblem(response, NOT_HELD);
  }
  // Of a body that is answered in its middle the request is never said to close; of one whose answer's turn never comes, the response.
  for (const each of [request, response]) each.once('close', body.close);
  return readBytes(request, response, BATCH_LIMITS.frameBytes - behind, { came: body.came, onEnd: () => onRead(body.whole()) });
}

/** Where nothing was torn it may have arrived whole, and its answer not. */
async function tornOf(torn: TornBodies, sender: EnrolledDevice, intake: Intake): Promise<TornBatch> {
  const held = torn.held(sender.device);
  const told = { bytes: held.length, hash: createHash('sha256').update(held).digest('hex') };
  if (held.length === 0) return { ...told, ledger: await intake.holds(sender) };
  const entries = entriesOfBatch(held);
  return { ...told, ...(entries !== null && { entries }) };
}

function refusalOf(error: OpenError): Problem {
  if (error.type === 'badBatch')
    return { type: 'badRequest', status: 400, title: 'The request is not what this path takes.', detail: error.reason };
  return {
    type: error.reason,
    status: 422,
    title: error.reason === 'wrong-device' ? 'The ledger is no device’s of this store.' : 'The ledger’s head is not signed by its device.',
  };
}

/** To the log, and to whoever follows a sale: what was asked, how long it took, and what came of it. */
function tellWhenAnswered(
  { clock, logger, traces }: LedgerRoutePorts,
  request: IncomingMessage,
  response: ServerResponse,
): Told['onCommitted'] {
  let commit: Commit | undefined;
  const isLogged = logger.isLevelEnabled('info');
  if (isLogged || traces !== undefined) {
    const [startedMs, startMs] = [clock.monotonicMs(), clock.nowMs()];
    response.on('finish', () => {
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      const { method, url: path } = request;
      const { statusCode: status } = response;
      const requestId = response.getHeader('Request-Id');
      const traceId = commit === undefined ? undefined : traceIdOf(commit.head);
      if (isLogged) logger.info({ requestId, traceId, method, path, status, durationMs }, 'request');
      if (commit === undefined) return;
      const { head, device, startMs: bodyMs, endMs: committedMs } = commit;
      traces?.ledger({
        head,
        device,
        requestId: String(requestId),
        path: PATHS.ledger,
        status,
        startMs,
        endMs: startMs + durationMs,
        commit: { startMs: bodyMs, endMs: committedMs },
      });
    });
  }
  return (committed) => {
    commit = committed;
  };
}
