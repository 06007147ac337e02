/** Asks siblings. Whoever answers is verified as whoever asks is: by the pinned authority, as a device of this very store that counts. */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';

import { err, gatherBytes, ok, type Result } from '@holdfast/base';

import { DOCUMENTS_MAX_BYTES } from '../documents/document-exchange.ts';
import {
  decodeDocumentsAnswer,
  DOCUMENTS_CONTENT_TYPE,
  encodeDocumentsRequest,
  type DocumentsAnswer,
  type DocumentsRequest,
} from '../documents/document-frame.ts';
import { helloToJson, NEIGHBOUR_LIMITS, NEIGHBOUR_PATHS, parseHelloAnswer, type SharedManifestRequest } from '../lan/neighbour-protocol.ts';
import type { NeighbourTransport } from '../lan/neighbours.ts';
import type { SegmentQuestion } from '../lan/sharing.ts';
import type { CertifiedMember } from '../lan/trust.ts';
import type { SegmentPart, TransportError } from '../replica/replica.ts';
import { parseJson } from '../wire/json-checks.ts';
import { parseManifest, type Manifest } from '../wire/protocol.ts';
import { toPem } from './lan-server.ts';
import { readCertificate } from './read-certificates.ts';

export interface LanClientOptions {
  /** PEM. */
  readonly key: string;
  /** DER, base64. */
  readonly certificate: string;
  readonly authority: string;
  readonly admits: (member: CertifiedMember) => boolean;
  /** Silence for longer counts as no answer. Default 5,000. */
  readonly timeoutMs?: number;
}

export interface LanClient extends NeighbourTransport {
  /** Undefined where the sibling has none. */
  manifest(address: string, request: SharedManifestRequest): Promise<Result<Manifest, TransportError>>;
  segment(address: string, hash: string, how: SegmentQuestion): Promise<Result<SegmentPart, TransportError>>;
  documents(address: string, request: DocumentsRequest): Promise<Result<DocumentsAnswer, TransportError>>;
  /** An app's own question to the sibling at `address`. */
  ask(address: string, question: string, value: unknown): Promise<Result<unknown, TransportError>>;
  /** Ends what is under way; nothing is asked any more. */
  close(): void;
}

interface Answered {
  readonly from: CertifiedMember;
  readonly status: number;
  readonly bytes: Uint8Array;
  /** Where the body starts within what was asked for. */
  readonly start: number;
  readonly torn: Error | null;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string | Uint8Array;
  /** JSON where it does not say. */
  readonly contentType?: string;
  readonly range?: number;
  /** Of the answer's bytes from `range` on, as they come. */
  readonly came?: ((bytes: Uint8Array) => void) | undefined;
  readonly maxBytes: number;
  /** On top of the patience for any answer. */
  readonly waitMs?: number;
}

const FRAME_MAX_BYTES = 4 * 1024 * 1024;

export function createLanClient(options: LanClientOptions): LanClient {
  const authority = new X509Certificate(Buffer.from(options.authority, 'base64'));
  const timeoutMs = options.timeoutMs ?? 5_000;
  const read = (certificate: X509Certificate | undefined): CertifiedMember | null =>
    certificate === undefined ? null : readCertificate(certificate, authority);
  // A socket hands its peer's certificate out once.
  const peers = new WeakMap<TLSSocket, CertifiedMember>();
  const peerOf = (socket: TLSSocket): CertifiedMember | null => {
    const peer = peers.get(socket) ?? read(socket.getPeerX509Certificate());
    if (peer !== null) peers.set(socket, peer);
    return peer;
  };
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    // Each connection shows its certificates again.
    maxCachedSessions: 0,
    key: options.key,
    cert: toPem(options.certificate),
    ca: toPem(options.authority),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    servername: '',
    checkServerIdentity: (_host, { raw }) => {
      const member = read(new X509Certificate(raw));
      return member !== null && options.admits(member) ? undefined : new Error('no sibling');
    },
  });

  const send = (
    address: string,
    { method, path, body, contentType = 'application/json', range = 0, came, maxBytes, waitMs = 0 }: Asked,
  ): Promise<Result<Answered, TransportError>> =>
    new Promise((resolve) => {
      const fail = (error: Error): void => resolve(err({ type: 'unreachable', reason: error.message }));
      const url = URL.parse(`https://${address}${path}`);
      if (url === null) return fail(new Error(`no address: ${address}`));
      const request = httpsRequest(url, {
        method,
        agent,
        headers: {
          ...(body !== undefined && { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
          ...(range > 0 && { Range: `bytes=${range}-` }),
        },
        timeout: timeoutMs + waitMs,
      });
      let signs = 0;
      const sign = (): void => void (signs += 1);
      // A process that was held up looks at its timers before it reads what has come meanwhile: that is read first. What is read winds the socket's timer up again.
      const onSilence = (): void => {
        const before = signs;
        setImmediate(() => {
          if (signs === before) request.destroy(new Error(`nothing came for ${timeoutMs + waitMs} ms`));
        });
      };
      request.on('socket', (socket) => {
        if (!request.reusedSocket) socket.once('secureConnect', sign);
        socket.on('timeout', onSilence);
        request.once('close', () => socket.off('timeout', onSilence));
      });
      request.on('error', fail);
      request.on('response', (response) => {
        sign();
        const from = peerOf(response.socket as TLSSocket);
        if (from === null || !options.admits(from)) {
          request.destroy(new Error('no sibling'));
          return;
        }
        const [status, start] = [response.statusCode ?? 0, startOf(response)];
        let passed = start;
        const told = (bytes: Uint8Array): void => {
          sign();
          const wanted = bytes.subarray(Math.max(0, range - passed));
          passed += bytes.length;
          if (start <= range && status < 300 && wanted.length > 0) came?.(wanted);
        };
        readBody(response, maxBytes, told).then(({ bytes, torn }) => resolve(ok({ from, status, bytes, start, torn })), fail);
      });
      request.end(body);
    });

  const post = (address: string, path: string, value: unknown, maxBytes: number, waitMs = 0): Promise<Result<Answered, TransportError>> =>
    whole(address, { method: 'POST', path, body: JSON.stringify(value), maxBytes, waitMs });

  async function whole(address: string, asked: Asked): Promise<Result<Answered, TransportError>> {
    const answered = await send(address, asked);
    if (!answered.ok) return answered;
    const { status, torn } = answered.value;
    if (torn !== null) return err({ type: 'unreachable', reason: torn.message });
    return status === 200 ? answered : err({ type: status < 500 ? 'refused' : 'failed', reason: String(status) });
  }

  return {
    hello: async (address, hello) => {
      const answered = await post(address, NEIGHBOUR_PATHS.hello, helloToJson(hello), NEIGHBOUR_LIMITS.bodyBytes);
      if (!answered.ok) return answered;
      const answer = parseHelloAnswer(parseJson(answered.value.bytes));
      if (!answer.ok) return err({ type: 'malformed', reason: `${answer.error.what}: ${answer.error.at}` });
      return ok({ from: answered.value.from, answer: answer.value });
    },
    entries: async (address, request) => {
      const answered = await post(address, NEIGHBOUR_PATHS.entries, request, FRAME_MAX_BYTES);
      return answered.ok ? ok(new Uint8Array(answered.value.bytes)) : answered;
    },
    manifest: async (address, request) => {
      const answered = await post(address, NEIGHBOUR_PATHS.manifest, request, NEIGHBOUR_LIMITS.bodyBytes, request.waitMs);
      if (!answered.ok) return answered;
      const manifest = parseManifest(parseJson(answered.value.bytes));
      return manifest.ok ? manifest : err({ type: 'malformed', reason: `${manifest.error.what}: ${manifest.error.at}` });
    },
    segment: async (address, hash, { from, maxBytes, waitMs, came }) => {
      const path = `${NEIGHBOUR_PATHS.segments}/${hash}?waitMs=${waitMs}`;
      const answered = await send(address, { method: 'GET', path, range: from, came, maxBytes, waitMs });
      if (!answered.ok) return answered;
      const { status, bytes, start, torn } = answered.value;
      if (status !== 200 && status !== 206) return err({ type: status === 503 ? 'busy' : 'refused', reason: String(status) });
      if (start > from) return err({ type: 'malformed', reason: 'another range than was asked for' });
      return ok({
        bytes: new Uint8Array(bytes.subarray(from - start)),
        torn: torn === null ? null : { type: 'unreachable', reason: torn.message },
      });
    },
    documents: async (address, request) => {
      const answered = await whole(address, {
        method: 'POST',
        path: NEIGHBOUR_PATHS.documents,
        body: encodeDocumentsRequest(request),
        contentType: DOCUMENTS_CONTENT_TYPE,
        maxBytes: DOCUMENTS_MAX_BYTES,
      });
      if (!answered.ok) return answered;
      const answer = decodeDocumentsAnswer(new Uint8Array(answered.value.bytes));
      return answer.ok ? answer : err({ type: 'malformed', reason: answer.error.reason });
    },
    ask: async (address, question, value) => {
      const answered = await post(address, `${NEIGHBOUR_PATHS.ask}/${question}`, value, NEIGHBOUR_LIMITS.askBytes);
      return answered.ok ? ok(parseJson(answered.value.bytes)) : answered;
    },
    close: () => agent.destroy(),
  };
}

const startOf = (response: IncomingMessage): number =>
  response.statusCode === 206 ? Number(/^bytes (\d{1,12})-/.exec(response.headers['content-range'] ?? '')?.[1] ?? Infinity) : 0;

/** Rejects past `maxBytes`: what is longer is no answer. `torn`: what ended it before its end. */
async function readBody(
  response: IncomingMessage,
  maxBytes: number,
  came: (bytes: Uint8Array) => void,
): Promise<{ readonly bytes: Uint8Array; readonly torn: Error | null }> {
  const body = gatherBytes();
  let isLonger = false;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      isLonger ||= body.length + part.length > maxBytes;
      if (isLonger) {
        response.destroy();
        continue;
      }
      body.add(part);
      came(part);
    }
  } catch (error) {
    if (!isLonger) return { bytes: body.bytes(), torn: error instanceof Error ? error : new Error(String(error)) };
  }
  if (isLonger) throw new Error('an answer longer than it may be');
  return { bytes: body.bytes(), torn: null };
}
