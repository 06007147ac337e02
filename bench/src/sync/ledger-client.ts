/** Lanes as the hub's ledger route sees them: an identity, a chain, frames made ahead, one connection each. As little work as possible, for hub, database and lanes share the machine. */
import { connect, type Socket } from 'node:net';

import { createSigner, generateSigningKey, nodeCompression, nodeHash, systemRandom } from '@holdfast/base/node';
import { bytesToHex, chainEntry, encodeBatch, genesisHead, signHead, type ChainHead, type EntryDraft } from '@holdfast/sync';
import { SALE_SCHEMAS } from '@holdfast/sync/generated-sales';

export const RECEIVED = 200;

export interface LedgerLane {
  readonly device: string;
  /** Batches that were made and not posted yet. */
  readonly frames: Buffer[];
  /** Makes batches of `size` of these sales, behind those made before. */
  sell(drafts: readonly EntryDraft[], size: number): void;
  /** The next batch, which stays the next one until it is received; resolves with the answer's status. One at a time. */
  post(): Promise<number>;
  close(): void;
}

interface Enrolled {
  readonly device: string;
  readonly token: string;
}

export async function enrolLane(hubUrl: string, code: string): Promise<LedgerLane> {
  const signer = createSigner(generateSigningKey());
  const response = await fetch(`${hubUrl}/sync/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'holdfast-protocol': '1' },
    body: JSON.stringify({ code, publicKey: bytesToHex(signer.publicKey) }),
  });
  if (!response.ok) throw new Error(`enrolment: ${response.status} ${await response.text()}`);
  const { device, token } = (await response.json()) as Enrolled;
  const epoch = bytesToHex(systemRandom.bytes(8));
  let head: ChainHead = genesisHead(device, epoch, null);
  const frames: Buffer[] = [];
  const { port } = new URL(hubUrl);
  const connection = createConnection(Number(port));
  const requestHead = `POST /sync/v1/ledger HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nHoldfast-Protocol: 1\r\nContent-Type: application/octet-stream\r\n`;
  return {
    device,
    frames,
    sell: (drafts, size) => {
      for (let start = 0; start < drafts.length; start += size) {
        const before = head;
        const entries = drafts.slice(start, start + size).map((draft) => {
          const entry = chainEntry(nodeHash, head, draft, SALE_SCHEMAS);
          head = { ...entry.id, hash: entry.hash };
          return entry;
        });
        const batch = {
          device,
          epoch,
          parent: null,
          firstSeq: before.seq + 1,
          previousHash: before.hash,
          entries,
          head: signHead(signer, head),
        };
        const frame = encodeBatch(batch, nodeCompression);
        frames.push(Buffer.concat([Buffer.from(`${requestHead}Content-Length: ${frame.length}\r\n\r\n`), frame]));
      }
    },
    post: async () => {
      const [frame] = frames;
      if (frame === undefined) throw new Error('there is a batch to post');
      const status = await connection.request(frame);
      if (status === RECEIVED) frames.shift();
      return status;
    },
    close: () => connection.close(),
  };
}

interface Connection {
  request(bytes: Buffer): Promise<number>;
  close(): void;
}

/** Opened with the first request; a broken one fails what is under way. */
function createConnection(port: number): Connection {
  let socket: Socket | undefined;
  let pending: { readonly resolve: (status: number) => void; readonly reject: (cause: Error) => void } | undefined;
  let heard = '';
  const open = (): Socket => {
    const opened = connect({ host: '127.0.0.1', port, noDelay: true });
    opened.setEncoding('latin1');
    opened.on('data', (text: string) => {
      heard += text;
      const status = takeAnswer();
      if (status === undefined) return;
      const answered = pending;
      pending = undefined;
      answered?.resolve(status);
    });
    const fail = (cause: Error): void => {
      socket = undefined;
      pending?.reject(cause);
      pending = undefined;
    };
    opened.on('error', fail);
    opened.on('close', () => fail(new Error('the hub closed the connection')));
    return opened;
  };
  /** Undefined until the answer is here whole. */
  const takeAnswer = (): number | undefined => {
    const end = heard.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(heard.slice(0, end))?.[1] ?? 0);
    if (heard.length < end + 4 + length) return undefined;
    const status = Number(heard.slice(9, 12));
    heard = heard.slice(end + 4 + length);
    return status;
  };
  return {
    request: async (bytes) =>
      new Promise((resolve, reject) => {
        socket ??= open();
        pending = { resolve, reject };
        socket.write(bytes);
      }),
    close: () => void socket?.destroy(),
  };
}
