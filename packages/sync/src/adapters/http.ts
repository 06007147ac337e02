/** `Transport` over HTTP with an injected `fetch`: `line-fetch.ts` in a till. */
import { err, gatherBytes, ok, type Result } from '@holdfast/base';

import { DOCUMENTS_MAX_BYTES } from '../documents/document-exchange.ts';
import {
  decodeDocumentsAnswer,
  DOCUMENTS_CONTENT_TYPE,
  encodeDocumentsRequest,
  type DocumentsAnswer,
  type DocumentsRequest,
} from '../documents/document-frame.ts';
import { decodeManifest, MANIFEST_CONTENT_TYPE } from '../down/manifest-bytes.ts';
import { parseSegmentKeysAnswer, type SegmentKeysAnswer } from '../down/sealed-frame.ts';
import {
  parseCertificateAnswer,
  parseRevocations,
  type CertificateAnswer,
  type CertificateRequest,
  type Countersignature,
  type RevocationList,
} from '../lan/trust.ts';
import { parseAuditAnswer, type AuditAnswer, type AuditQuestion, type AuditReport } from '../replica/audit.ts';
import type { Answered, SegmentPart, Transport, TransportError } from '../replica/replica.ts';
import { parseWipeOrder, WIPE_HEADER, type WipeOrder, type WipeReport } from '../replica/wipe.ts';
import { parseJson } from '../wire/json-checks.ts';
import {
  parseBalanceAnswer,
  parseEnrolAnswer,
  parseLedgerAnswer,
  parseManifest,
  parseCustomersAnswer,
  parseNewCustomerAnswer,
  parsePasscodeSecretsAnswer,
  parseReturnAnswer,
  parseTornBatch,
  MAX_PICTURE_BYTES,
  PATHS,
  PROOF_HEADER,
  PROOF_WANTED,
  PROTOCOL_VERSION,
  AUDIT_HEADER,
  BEHIND_HEADER,
  DOCUMENTS_HEADER,
  REVOCATIONS_HEADER,
  URGENT_HEADER,
  type BalanceAnswer,
  type BalanceRequest,
  type CustomersAnswer,
  type CustomersQuestion,
  type NewCustomer,
  type NewCustomerAnswer,
  type PasscodeSecretsAnswer,
  type ProtocolError,
  type ReturnAnswer,
  type ReturnRequest,
} from '../wire/protocol.ts';

/** As much of `fetch` as is used here. */
export type Fetching = (
  url: URL,
  request: {
    readonly method: 'GET' | 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    readonly duplex?: 'half';
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

export interface HttpTransportOptions {
  readonly fetch: Fetching;
  /** Of the hub, without a path. Read for each request, so that a till can be moved. */
  readonly hubUrl: () => string;
  /** Silence for longer counts as no answer; a slow one, as long as bytes of it come, may take its time. Default 30,000. */
  readonly timeoutMs?: number;
  /** Absent: by the process's timer. */
  readonly rest?: (ms: number) => Promise<void>;
}

const restByTimer = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Longer than any manifest of this protocol version. */
const JSON_MAX_BYTES = 32 * 1024 * 1024;

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string;
  readonly contentType?: string;
  /** Its answer is keys and certificates, which hubs pack by what is named. `fetch` by itself names Brotli behind TLS alone. */
  readonly isDense?: true;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** The first byte wanted. */
  readonly from?: number;
  /** So many bytes of the body are there already. */
  readonly behind?: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Goes off after `ms` without a sign of life. */
interface Patience {
  readonly signal: AbortSignal;
  readonly sign: () => void;
  readonly end: () => void;
}

function createPatience(ms: number): Patience {
  const controller = new AbortController();
  const give = (): ReturnType<typeof setTimeout> => setTimeout(() => controller.abort(new Error(`nothing came for ${ms} ms`)), ms);
  let timer = give();
  return {
    signal: controller.signal,
    sign: () => {
      clearTimeout(timer);
      timer = give();
    },
    end: () => clearTimeout(timer),
  };
}

/** What a lane asks outside of sync, while a shopper waits. */
export interface HttpTransport extends Transport {
  askBalance(token: string, request: BalanceRequest): Promise<Result<Answered<BalanceAnswer>, TransportError>>;
  askReturn(token: string, request: ReturnRequest): Promise<Result<Answered<ReturnAnswer>, TransportError>>;
  findCustomers(token: string, question: CustomersQuestion): Promise<Result<Answered<CustomersAnswer>, TransportError>>;
  /** While nobody waits. */
  sendCustomer(token: string, customer: NewCustomer): Promise<Result<Answered<NewCustomerAnswer>, TransportError>>;
  fetchSegmentKeys(token: string): Promise<Result<Answered<SegmentKeysAnswer>, TransportError>>;
  /** By its name: believed for its hash, which the caller compares. */
  fetchPicture(token: string, name: string): Promise<Result<Uint8Array, TransportError>>;
  fetchWipeOrder(token: string): Promise<Result<Answered<WipeOrder>, TransportError>>;
  reportWipe(token: string, report: WipeReport): Promise<Result<Answered<null>, TransportError>>;
  fetchPasscodeSecrets(token: string): Promise<Result<Answered<PasscodeSecretsAnswer>, TransportError>>;
  exchangeDocuments(token: string, request: DocumentsRequest): Promise<Result<DocumentsAnswer, TransportError>>;
  certify(token: string, request: CertificateRequest): Promise<Result<Answered<CertificateAnswer>, TransportError>>;
  askAudit(token: string, question: AuditQuestion): Promise<Result<Answered<AuditAnswer>, TransportError>>;
  reportAudit(token: string, report: AuditReport): Promise<Result<Answered<null>, TransportError>>;
  fetchRevocations(token: string): Promise<Result<Answered<RevocationList>, TransportError>>;
  /** One that this hub signed, and has lost. Older hubs refuse. */
  showRevocations(token: string, list: RevocationList): Promise<Result<Answered<null>, TransportError>>;
  sendCountersignatures(token: string, countersignatures: readonly Countersignature[]): Promise<Result<Answered<null>, TransportError>>;
}

export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { timeoutMs = 30_000, rest = restByTimer } = options;

  async function send<T>(
    request: Request,
    read: (response: Response, sign: () => void) => Promise<Result<T, TransportError>>,
  ): Promise<Result<T, TransportError>> {
    const patience = createPatience(timeoutMs);
    try {
      const response = await options.fetch(new URL(request.path, options.hubUrl()), {
        method: request.method,
        headers: {
          'Holdfast-Protocol': String(PROTOCOL_VERSION),
          ...(request.token === undefined ? {} : { Authorization: `Bearer ${request.token}` }),
          ...(request.contentType === undefined ? {} : { 'Content-Type': request.contentType }),
          ...(request.isDense && { 'Accept-Encoding': 'br, gzip, deflate' }),
          ...(request.from === undefined || request.from === 0 ? {} : { Range: `bytes=${request.from}-` }),
          ...(request.behind === undefined ? {} : { [BEHIND_HEADER]: String(request.behind) }),
        },
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.body instanceof ReadableStream && { duplex: 'half' }),
        redirect: 'error',
        signal: request.signal === undefined ? patience.signal : AbortSignal.any([patience.signal, request.signal]),
      });
      patience.sign();
      return response.ok ? await read(response, patience.sign) : err(await refusalOf(response));
    } catch (error) {
      return err({ type: 'unreachable', reason: reasonOf(error), ...(!wasNeverThere(error) && { isTorn: true }) });
    } finally {
      patience.end();
    }
  }

  const sendJson = <T>(
    request: Request,
    parse: (value: unknown) => Result<T, ProtocolError>,
  ): Promise<Result<Answered<T>, TransportError>> =>
    send(request, async (response, sign) => answeredOf(response, parse(await readJson(response, JSON_MAX_BYTES, sign))));

  const json = 'application/json';
  /** A proxy before the hub may take no body that does not say first how long it is, and has many words for that. */
  let takesPieces = true;
  return {
    enrol: (request) =>
      sendJson({ method: 'POST', path: PATHS.enrol, contentType: json, isDense: true, body: JSON.stringify(request) }, parseEnrolAnswer),
    sendLedger: async (token, frame, from = 0, msPerByte = 0) => {
      const bytes = new Uint8Array(frame.subarray(from));
      const post = (body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>) =>
        sendJson(
          { method: 'POST', path: PATHS.ledger, token, contentType: 'application/octet-stream', body, ...(from > 0 && { behind: from }) },
          parseLedgerAnswer,
        );
      if (!takesPieces || bytes.length * msPerByte < LONG_MS) return post(bytes);
      const answered = await post(inPieces(bytes, msPerByte, rest));
      if (answered.ok || !refusesPieces(answered.error)) return answered;
      const whole = await post(bytes);
      takesPieces = !whole.ok;
      return whole;
    },
    askTorn: async (token) => {
      const answered = await sendJson({ method: 'GET', path: PATHS.ledger, token }, parseTornBatch);
      return answered.ok ? ok(answered.value.value) : answered;
    },
    fetchManifest: (token, request) =>
      send({ method: 'POST', path: PATHS.manifest, token, contentType: json, body: JSON.stringify(request) }, async (response, sign) => {
        const isBytes = response.headers.get('Content-Type') === MANIFEST_CONTENT_TYPE;
        const parsed = isBytes
          ? decodeManifest(await readWhole(response, JSON_MAX_BYTES, sign), request.position)
          : parseManifest(await readJson(response, JSON_MAX_BYTES, sign));
        return answeredOf(response, parsed);
      }),
    askBalance: (token, request) =>
      sendJson({ method: 'POST', path: PATHS.balance, token, contentType: json, body: JSON.stringify(request) }, parseBalanceAnswer),
    askReturn: (token, request) =>
      sendJson({ method: 'POST', path: PATHS.returns, token, contentType: json, body: JSON.stringify(request) }, parseReturnAnswer),
    findCustomers: (token, question) =>
      sendJson(
        { method: 'POST', path: PATHS.findCustomers, token, contentType: json, body: JSON.stringify(question) },
        parseCustomersAnswer,
      ),
    sendCustomer: (token, customer) =>
      sendJson({ method: 'POST', path: PATHS.customers, token, contentType: json, body: JSON.stringify(customer) }, parseNewCustomerAnswer),
    fetchSegmentKeys: (token) => sendJson({ method: 'GET', path: PATHS.segmentKeys, token, isDense: true }, parseSegmentKeysAnswer),
    fetchPicture: (token, name) =>
      send({ method: 'GET', path: `${PATHS.pictures}/${name}`, token }, async (response, sign) =>
        ok(await readWhole(response, MAX_PICTURE_BYTES, sign)),
      ),
    fetchWipeOrder: (token) => sendJson({ method: 'GET', path: PATHS.wipe, token }, parseWipeOrder),
    reportWipe: (token, report) =>
      send({ method: 'POST', path: PATHS.wipe, token, contentType: json, body: JSON.stringify(report) }, async () =>
        ok({ value: null, hubTimeMs: null }),
      ),
    fetchPasscodeSecrets: (token) =>
      sendJson({ method: 'GET', path: PATHS.passcodeSecrets, token, isDense: true }, parsePasscodeSecretsAnswer),
    exchangeDocuments: (token, request) =>
      send(
        {
          method: 'POST',
          path: PATHS.documents,
          token,
          contentType: DOCUMENTS_CONTENT_TYPE,
          body: new Uint8Array(encodeDocumentsRequest(request)),
        },
        async (response, sign) => {
          const answer = decodeDocumentsAnswer(await readWhole(response, DOCUMENTS_MAX_BYTES, sign));
          return answer.ok ? answer : err({ type: 'malformed', reason: answer.error.reason });
        },
      ),
    certify: (token, request) =>
      sendJson(
        { method: 'POST', path: PATHS.certificate, token, contentType: json, isDense: true, body: JSON.stringify(request) },
        parseCertificateAnswer,
      ),
    askAudit: (token, question) =>
      sendJson({ method: 'POST', path: PATHS.audit, token, contentType: json, body: JSON.stringify(question) }, parseAuditAnswer),
    reportAudit: (token, report) =>
      send({ method: 'POST', path: PATHS.auditReport, token, contentType: json, body: JSON.stringify(report) }, async () =>
        ok({ value: null, hubTimeMs: null }),
      ),
    fetchRevocations: (token) => sendJson({ method: 'GET', path: PATHS.revocations, token, isDense: true }, parseRevocations),
    showRevocations: (token, list) =>
      send({ method: 'POST', path: PATHS.revocations, token, contentType: json, body: JSON.stringify(list) }, async () =>
        ok({ value: null, hubTimeMs: null }),
      ),
    sendCountersignatures: (token, countersignatures) =>
      send(
        { method: 'POST', path: PATHS.countersignatures, token, contentType: json, body: JSON.stringify({ countersignatures }) },
        async () => ok({ value: null, hubTimeMs: null }),
      ),
    fetchSegment: (token, hash, from, maxBytes, signal, came) =>
      send({ method: 'GET', path: `${PATHS.segments}/${hash}`, token, from, signal }, async (response, sign) =>
        readPart(response, { from, maxBytes, sign, came }),
      ),
  };
}

/** What goes out sooner is in nobody's way. */
const LONG_MS = 500;
const PIECE_BYTES = 4_096;
/** As long as a batch is to take the line at most: what a hub that was busy took for those before is not the line's. */
const MOST_SENDING_MS = 4_000;
/** A quarter quicker than the line was: where it is quicker by now, that shows. */
const PACE = 0.8;

/** What a proxy may say of a body that does not say how long it is. A hub that is away behind it (502, 504), or has lost what came of it before (416), says nothing of that. */
const REFUSES_PIECES = /^(?:400|403|411|413|501)\b/;
const refusesPieces = (error: TransportError): boolean =>
  error.type !== 'unreachable' && REFUSES_PIECES.test(error.reason) && !('isWipeOrdered' in error);

/** Each behind the one before when the line should be nearly done with that: what is handed over at once is sent at once, in front of all that is asked later. */
function inPieces(bytes: Uint8Array, msPerByte: number, rest: (ms: number) => Promise<void>): ReadableStream<Uint8Array> {
  const pieceMs = PIECE_BYTES * Math.min(msPerByte, MOST_SENDING_MS / bytes.length) * PACE;
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (at > 0) await rest(pieceMs);
        const piece = bytes.subarray(at, at + PIECE_BYTES);
        at += piece.length;
        controller.enqueue(piece);
        if (at >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function answeredOf<T>(response: Response, parsed: Result<T, ProtocolError>): Result<Answered<T>, TransportError> {
  if (!parsed.ok) return err({ type: 'malformed', reason: `${parsed.error.what}: ${parsed.error.at}` });
  const revocations = /^\d{1,9}$/.exec(response.headers.get(REVOCATIONS_HEADER) ?? '')?.[0];
  const requestId = /^[\w-]{1,64}$/.exec(response.headers.get('Request-Id') ?? '')?.[0];
  const isAuditWanted = response.headers.has(AUDIT_HEADER);
  const documents = /^[0-9a-f]{16}$/.exec(response.headers.get(DOCUMENTS_HEADER) ?? '')?.[0];
  return ok({
    value: parsed.value,
    hubTimeMs: hubTimeOf(response),
    ...(requestId !== undefined && { requestId }),
    ...(documents !== undefined && { documents }),
    ...(response.headers.has(WIPE_HEADER) && { isWipeOrdered: true as const }),
    ...(isAuditWanted && { isAuditWanted: true as const }),
    ...(revocations !== undefined && { revocations: Number(revocations) }),
  });
}

interface PartWanted {
  readonly from: number;
  readonly maxBytes: number;
  readonly sign: () => void;
  readonly came: ((bytes: Uint8Array) => void) | undefined;
}

/** Whoever does not know ranges sends the whole: what is held of it already is passed over. */
async function readPart(response: Response, { from, maxBytes, sign, came }: PartWanted): Promise<Result<SegmentPart, TransportError>> {
  const start = response.status === 206 ? /^bytes (\d{1,12})-/.exec(response.headers.get('Content-Range') ?? '')?.[1] : '0';
  if (start === undefined || Number(start) > from) {
    // What nobody reads holds its connection.
    await response.body?.cancel();
    return err({ type: 'malformed', reason: 'another range than was asked for' });
  }
  let passed = Number(start);
  const read = await readBody(response, maxBytes - Number(start), (bytes) => {
    sign();
    const wanted = bytes.subarray(Math.max(0, from - passed));
    passed += bytes.length;
    if (wanted.length > 0) came?.(wanted);
  });
  if (read === null) return err({ type: 'malformed', reason: 'a segment longer than its manifest says' });
  const torn: TransportError | null = read.torn === null ? null : { type: 'unreachable', reason: reasonOf(read.torn) };
  const urgentLsn = countHeader(response, URGENT_HEADER);
  return ok({ bytes: read.bytes.subarray(from - Number(start)), torn, ...(urgentLsn !== null && { urgentLsn }) });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}

/** Codes of a connection that did not come about. */
const NEVER_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function wasNeverThere(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && NEVER_THERE.has(code);
}

const hubTimeOf = (response: Response): number | null => countHeader(response, 'Holdfast-Time');

function countHeader(response: Response, name: string): number | null {
  const header = response.headers.get(name);
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

interface Body {
  readonly bytes: Uint8Array;
  /** What ended it before its end. */
  readonly torn: unknown;
}

/** Null past `maxBytes`; what comes after that is not even read. */
async function readBody(response: Response, maxBytes: number, came: (bytes: Uint8Array) => void): Promise<Body | null> {
  if (response.body === null) return { bytes: new Uint8Array(), torn: null };
  const body = gatherBytes();
  let torn: unknown = null;
  try {
    for await (const part of response.body) {
      if (body.length + part.length > maxBytes) return null;
      body.add(part);
      came(part);
    }
  } catch (error) {
    torn = error;
  }
  return { bytes: body.bytes(), torn };
}

/** Nothing where it is longer than `maxBytes`. A body that is torn throws. */
async function readWhole(response: Response, maxBytes: number, sign: () => void): Promise<Uint8Array> {
  const body = await readBody(response, maxBytes, sign);
  if (body === null) return new Uint8Array();
  if (body.torn !== null) throw body.torn;
  return body.bytes;
}

/** Undefined where the body is no JSON: no parser takes that for an answer. */
async function readJson(response: Response, maxBytes: number, sign: () => void): Promise<unknown> {
  return parseJson(await readWhole(response, maxBytes, sign));
}

const PROBLEM_MAX_BYTES = 64 * 1024;

async function refusalOf(response: Response): Promise<TransportError> {
  const { status } = response;
  const problem = await readJson(response, PROBLEM_MAX_BYTES, () => {});
  const reason = `${status} ${problemText(problem) ?? response.statusText}`.trim();
  const wantsProof = response.headers.get(PROOF_HEADER) === PROOF_WANTED;
  const retryAfterMs = retryAfterOf(response);
  const wait = retryAfterMs === null ? {} : { retryAfterMs };
  if (status === 429 || status === 503) return { type: 'busy', reason, ...wait };
  if (status === 401 || status === 403)
    return { type: 'unauthorised', reason, ...wait, ...(response.headers.has(WIPE_HEADER) && { isWipeOrdered: true as const }) };
  if (status === 413) return { type: 'refused', reason, ...wait, isTooLong: true };
  return { type: status < 500 ? 'refused' : 'failed', reason, ...wait, ...(wantsProof && { wantsProof }) };
}

/** RFC 9110 §5.6.7: the form that is written since 1994. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Seconds, or a moment, as proxies say it (RFC 9110 §10.2.3): by the answer's own clock, for this device's may be years off. Null where it is neither. */
function retryAfterOf({ headers }: Response): number | null {
  const after = headers.get('Retry-After') ?? '';
  if (/^\d{1,12}$/.test(after)) return Number(after) * 1_000;
  const date = headers.get('Date') ?? '';
  if (!HTTP_DATE.test(after) || !HTTP_DATE.test(date)) return null;
  const waitMs = Date.parse(after) - Date.parse(date);
  return waitMs > 0 ? waitMs : null;
}

/** The title or detail of an RFC 9457 problem. */
function problemText(problem: unknown): string | null {
  if (typeof problem !== 'object' || problem === null) return null;
  const { detail, title } = problem as Readonly<Record<string, unknown>>;
  const text = typeof detail === 'string' ? detail : title;
  return typeof text === 'string' ? text.slice(0, 300) : null;
}
