/**
 * A hub in a few lines, for a till's tests: one store, one lane, everything in memory, the real frames on the wire. It judges
 * nothing and keeps what it gets.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { assert } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeCompression, nodeHash } from '@holdfast/base/node';
import { ENTITY_TYPES } from '@holdfast/domain';
import {
  decodeBatch,
  encodeSegments,
  PATHS,
  signManifest,
  type ChainedEntry,
  type ManifestRequest,
  type Position,
  type ReturnAnswer,
  type ReturnRequest,
  type SegmentCell,
} from '@holdfast/sync';
import { WebSocketServer, type WebSocket } from 'ws';

import { HUB_EPOCH, IDENTITY, type PublishedEntity } from './test-lane.ts';

export interface TestHub {
  readonly url: string;
  readonly port: number;
  readonly entries: readonly ChainedEntry[];
  /** What it says of returns, by receipt number; of others nothing. Who asked is noted in `askedReturns`. */
  readonly returns: Map<string, ReturnAnswer>;
  readonly askedReturns: ReturnRequest[];
  /** What its lane said that waits, contact by contact. */
  readonly waiting: Pick<ManifestRequest, 'waitingEntries' | 'waitingSales'>[];
  /** What its lane said of itself, each time that it had something else to say. */
  readonly reports: string[];
  /** Told with the enrolment to who asks for it; absent: a hub of before. */
  equipment: object | undefined;
  /** Ledgers are asked for patience, and all else is answered. */
  isBusy: boolean;
  /** Another one: it was set back, to what its lane holds of it. */
  epoch: string;
  /** One publication; whoever is connected is poked. */
  publish(entities: readonly PublishedEntity[]): void;
  /** The port stays free for the same hub to come back. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
}

const ports = { compression: nodeCompression, hash: nodeHash };

export async function startTestHub(code: string): Promise<TestHub> {
  const signer = createSigner(generateSigningKey());
  const publications: (readonly SegmentCell[])[] = [];
  const frames = new Map<string, Uint8Array>();
  const entries: ChainedEntry[] = [];
  const returns = new Map<string, ReturnAnswer>();
  const askedReturns: ReturnRequest[] = [];
  const waiting: TestHub['waiting'] = [];
  const reports: string[] = [];
  const positionAt = (lsn: number, hubEpoch: string): Position => ({ hubEpoch, lsn, historyHash: String(lsn).padStart(64, '0') });

  const manifestFrom = ({ lsn, hubEpoch }: Position): unknown => {
    const header = {
      tenant: IDENTITY.tenant,
      scopes: ['global', 'zone:1', 'store:1'],
      from: positionAt(lsn, hubEpoch),
      to: positionAt(publications.length, hub.epoch),
    };
    const segments = [...encodeSegments(header, conflate(publications.slice(lsn)), ports)];
    for (const { ref, frame } of segments) frames.set(ref.hash, frame);
    return signManifest(signer, IDENTITY.tenant, {
      from: header.from,
      to: header.to,
      rebase: false,
      segments: segments.map(({ ref }) => ref),
    });
  };
  const takeBatch = (frame: Uint8Array): unknown => {
    const batch = decodeBatch(frame, ports);
    assert(batch.ok, 'a till sends whole batches');
    for (const entry of batch.value.entries) if (entry.id.seq > entries.length) entries.push(entry);
    const last = entries.at(-1);
    const vector = last === undefined ? {} : { [last.id.epoch]: last.id.seq };
    const heads = last === undefined ? {} : { [last.id.epoch]: Buffer.from(last.hash).toString('hex') };
    return { received: vector, safe: {}, heads, setAside: 0 };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('Holdfast-Time', Date.now());
    const body = await readBody(request);
    const path = request.url ?? '';
    if (path === PATHS.enrol) {
      const asked = JSON.parse(body.toString('utf8')) as { code: string; equip?: object };
      if (asked.code !== code) return void response.writeHead(403).end();
      const hubPublicKey = Buffer.from(signer.publicKey).toString('hex');
      response.end(JSON.stringify({ ...IDENTITY, hubPublicKey, ...(asked.equip !== undefined && { equipment: hub.equipment }) }));
    } else if (request.headers.authorization !== `Bearer ${IDENTITY.token}`) {
      response.writeHead(401).end();
    } else if (path === PATHS.ledger && request.method === 'GET') {
      // As an older hub does, which keeps nothing of a torn batch.
      response.writeHead(404).end();
    } else if (path === PATHS.ledger && hub.isBusy) {
      response.writeHead(503, { 'Retry-After': '1' }).end();
    } else if (path === PATHS.ledger) {
      response.end(JSON.stringify(takeBatch(new Uint8Array(body))));
    } else if (path === PATHS.manifest) {
      const asked = JSON.parse(body.toString('utf8')) as ManifestRequest;
      waiting.push({ waitingEntries: asked.waitingEntries, waitingSales: asked.waitingSales });
      if (asked.report !== undefined) reports.push(asked.report);
      response.end(JSON.stringify(manifestFrom(asked.position)));
    } else if (path === PATHS.returns) {
      const asked = JSON.parse(body.toString('utf8')) as ReturnRequest;
      askedReturns.push(asked);
      response.end(JSON.stringify(returns.get(asked.receiptNumber) ?? { returns: [], granted: false }));
    } else {
      const frame = frames.get(path.slice(PATHS.segments.length + 1));
      if (frame === undefined) response.writeHead(404).end();
      else response.end(frame);
    }
  };

  let sockets = new Set<WebSocket>();
  const create = () => {
    const server = createServer((request, response) => void answer(request, response));
    const webSockets = new WebSocketServer({ server, path: PATHS.poke });
    sockets = webSockets.clients;
    return server;
  };
  let server = create();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hub: TestHub = {
    url: `http://127.0.0.1:${port}`,
    port,
    entries,
    returns,
    askedReturns,
    waiting,
    reports,
    equipment: undefined,
    isBusy: false,
    epoch: HUB_EPOCH,
    publish(entities) {
      publications.push(entities.flatMap(toCells));
      for (const socket of sockets) socket.send('poke');
    },
    async unplug() {
      for (const socket of sockets) socket.terminate();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async plugIn() {
      server = create();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
  return hub;
}

function toCells({ type, key, scope = 'global', fields }: PublishedEntity): SegmentCell[] {
  const { type: number, columns } = ENTITY_TYPES[type];
  const base = { type: number, key, scope, generation: 1 };
  const known: readonly { readonly name: string; readonly number: number }[] = columns;
  return [
    { ...base, field: 0, value: fields !== undefined },
    ...Object.entries(fields ?? {}).map(([name, value]) => {
      const column = known.find((candidate) => candidate.name === name);
      assert(column !== undefined, `${type} has a column ${name}`);
      return { ...base, field: column.number, value };
    }),
  ];
}

/** The newest value of each cell, an entity's cells together. */
function conflate(publications: readonly (readonly SegmentCell[])[]): readonly SegmentCell[] {
  const newest = new Map<string, SegmentCell>();
  for (const cells of publications) {
    for (const cell of cells) newest.set(JSON.stringify([cell.type, cell.key, cell.scope, String(cell.field).padStart(3, '0')]), cell);
  }
  return [...newest].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, cell]) => cell);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
