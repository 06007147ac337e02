/** A device for tests: a real key, a real chain, real frames, and every way of sending them wrongly. */
import { generateKeyPairSync } from 'node:crypto';

import type { Signer } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeCompression, nodeHash, systemRandom } from '@holdfast/base/node';
import { LEDGER_KINDS, type AccountKind } from '@holdfast/domain';
import {
  bytesToHex,
  chainEntry,
  countersign,
  createSchemas,
  decodeManifest,
  encodeBatch,
  genesisHead,
  lanKeyMessage,
  MANIFEST_CONTENT_TYPE,
  parseManifest,
  PROOF_HEADER,
  PROOF_WANTED,
  signHead,
  type BalanceAnswer,
  type ReturnAnswer,
  type ReturnRequest,
  type ChainedEntry,
  type ChainHead,
  type Countersignature,
  type EnrolAnswer,
  type EntryDraft,
  type EntrySchema,
  type Fields,
  type HeldPosition,
  type LedgerAnswer,
  type Manifest,
  type Position,
  type SignedHead,
} from '@holdfast/sync';

import { NO_HISTORY } from '../identity.ts';
import type { TestHub } from './test-hub.ts';

export interface SoldLine {
  readonly sku: string;
  readonly quantity: number;
  readonly amountMinor: number;
}

/** A kind of a build that is yet to come. */
export const FUTURE_KIND: EntrySchema = { kind: 900, name: 'future', columns: [{ number: 1, name: 'what', type: 'text' }] };
const SCHEMAS = createSchemas([...Object.values(LEDGER_KINDS), FUTURE_KIND]);

const header = (businessDate: string): Fields => ({ businessDate, shift: 1, drawer: 'A', operator: 'op-1', training: false });

/** A sale whose sums agree; 19 % inclusive. Amounts may be below zero: a return. */
export function saleFields(number: number, lines: readonly SoldLine[], more: Fields = {}): Fields {
  const totalMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  // Of a few cents back there is no tax, and no minus nothing.
  const taxMinor = 0 + Math.sign(totalMinor) * Math.floor((Math.abs(totalMinor) * 1900 * 2 + 11_900) / (11_900 * 2));
  return {
    ...header('2026-11-21'),
    basketId: `b-${number}`,
    currency: 'EUR',
    cutHubEpoch: '0000000000000000',
    cutLsn: 1,
    lines: lines.map(({ sku, quantity, amountMinor }) => ({
      sku,
      quantity,
      unit: 'piece',
      unitPriceAmount: 100,
      unitPriceDecimals: 2,
      priceType: 'regular',
      amountMinor,
      taxClass: 'standard',
      taxRateBps: 1900,
      stockQuantity: quantity,
    })),
    totalMinor,
    receiptNumber: `1-abcd-${String(number).padStart(6, '0')}`,
    taxInclusive: true,
    taxes: lines.length === 0 ? [] : [{ taxClass: 'standard', rateBps: 1900, netMinor: totalMinor - taxMinor, taxMinor }],
    tenders: [{ tenderType: 'cash', amountMinor: totalMinor }],
    changeMinor: 0,
    ...more,
  };
}

export interface TestDevice {
  readonly signer: Signer;
  readonly enrolled: EnrolAnswer;
  readonly epoch: string;
  readonly entries: readonly ChainedEntry[];
  append(kind: number, fields: Fields, wallMs?: number): ChainedEntry;
  sell(lines: readonly SoldLine[], more?: Fields): ChainedEntry;
  adjust(sku: string, quantity: number): ChainedEntry;
  /** Of entries `from` to `to` (seqs, inclusive). */
  frame(from?: number, to?: number): Uint8Array;
  post(frame: Uint8Array): Promise<Response>;
  send(from?: number, to?: number): Promise<LedgerAnswer>;
  /** Once all that was sent is folded: what the hub says of it. */
  probe(): Promise<LedgerAnswer>;
  /** `reads`: the form of what comes down; 1 is the first release's. `held`: what it says that it holds as well, where it is asked for its proof. */
  manifest(position?: Position, reads?: number, urgentLsn?: number, held?: readonly HeldPosition[]): Promise<Manifest>;
  /** Of a gift card, where it is not said. */
  askBalance(reference: string, neededMinor: number, advance?: true, account?: AccountKind): Promise<BalanceAnswer>;
  /** Says how far its ledger reaches, sent or not. */
  askReturn(request: ReturnRequest): Promise<ReturnAnswer>;

  /** Certifies a TLS key: a new one, or the given one again. */
  certify(lanKey?: string): Promise<Response>;
  /** As a sibling that took `head` from its device. */
  countersign(head: SignedHead): Countersignature;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** The same identity with another future: what a cloned disk makes. */
  clone(upTo: number): TestDevice;
  /** A further epoch, after this one's head. */
  nextEpoch(): TestDevice;
}

/** The public half of a P-256 key, as a hub is asked to certify it. */
export const newLanKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

interface DeviceState {
  readonly enrolled: EnrolAnswer;
  readonly key: Uint8Array;
  readonly epoch: string;
  readonly parent: ChainHead | null;
  readonly entries: ChainedEntry[];
}

export const enrolRequest = async (hub: Pick<TestHub, 'url'>, body: unknown): Promise<Response> =>
  fetch(`${hub.url}/sync/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'holdfast-protocol': '1' },
    body: JSON.stringify(body),
  });

/** What a device, or somebody beside it, asks of a hub. */
type HubOfDevice = Pick<TestHub, 'url' | 'enrolmentCode' | 'json'>;

export async function enrolDevice(hub: HubOfDevice, code = hub.enrolmentCode): Promise<TestDevice> {
  const key = generateSigningKey();
  const answer = await enrolRequest(hub, { code, publicKey: bytesToHex(createSigner(key).publicKey) });
  if (!answer.ok) throw new Error(`enrolment: ${answer.status} ${await answer.text()}`);
  const enrolled = (await answer.json()) as EnrolAnswer;
  return deviceOf(hub, { enrolled, key, epoch: bytesToHex(systemRandom.bytes(8)), parent: null, entries: [] });
}

export async function enrolNextDevice(hub: TestHub, store = '1', role?: string): Promise<TestDevice> {
  const issued = (await (await hub.post('/api/v1/enrolment-codes', { store, ...(role !== undefined && { role }) })).json()) as {
    code: string;
  };
  return enrolDevice(hub, issued.code);
}

function deviceOf(hub: HubOfDevice, state: DeviceState): TestDevice {
  const { enrolled, entries, epoch } = state;
  const signer = createSigner(state.key);
  /** Manifests by the position that they lead to: what a device keeps of its last one. */
  const proofs = new Map<string, Manifest>();
  const start: ChainHead = genesisHead(enrolled.device, epoch, state.parent?.hash ?? null);
  const headAt = (seq: number): ChainHead => {
    const entry = entries[seq - 1];
    return entry === undefined ? start : { ...entry.id, hash: entry.hash };
  };
  const request = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${hub.url}${path}`, {
      ...init,
      headers: { 'holdfast-protocol': '1', authorization: `Bearer ${enrolled.token}`, ...init.headers },
    });
  const append = (kind: number, fields: Fields, wallMs = Date.parse('2026-11-21T10:00:00Z')): ChainedEntry => {
    const draft: EntryDraft = { kind, wallMs, clockUncertaintyMs: 50, hubOffsetMs: 0, fields };
    const entry = chainEntry(nodeHash, headAt(entries.length), draft, SCHEMAS);
    entries.push(entry);
    return entry;
  };
  const frame = (from = 1, to = entries.length): Uint8Array =>
    encodeBatch(
      {
        device: enrolled.device,
        epoch,
        parent: from === 1 && state.parent !== null ? state.parent : null,
        firstSeq: from,
        previousHash: headAt(from - 1).hash,
        entries: entries.slice(from - 1, to),
        head: signHead(signer, headAt(to)),
      },
      nodeCompression,
    );
  const post = async (body: Uint8Array): Promise<Response> =>
    request('/sync/v1/ledger', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(body) });
  const send = async (from?: number, to?: number): Promise<LedgerAnswer> => {
    const answer = await post(frame(from, to));
    if (!answer.ok) throw new Error(`ledger: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as LedgerAnswer;
  };
  return {
    signer,
    enrolled,
    epoch,
    entries,
    append,
    sell: (lines, more) => append(LEDGER_KINDS.sale.kind, saleFields(entries.length + 1, lines, more)),
    adjust: (sku, quantity) =>
      append(LEDGER_KINDS.stockAdjustment.kind, {
        ...header('2026-11-21'),
        reason: 'damage',
        movements: [{ sku, quantity, unit: 'piece' }],
      }),
    frame,
    post,
    send,
    probe: async () => {
      await hub.json('/api/v1/set-aside');
      return send(entries.length + 1);
    },
    askBalance: async (reference, neededMinor, advance, account = 'giftCard') => {
      const answer = await request('/sync/v1/balance', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account, reference, currency: 'EUR', neededMinor, ...(advance === true && { advance }) }),
      });
      if (!answer.ok) throw new Error(`balance: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as BalanceAnswer;
    },
    askReturn: async (wanted) => {
      const answer = await request('/sync/v1/returns', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ledger: { epoch, seq: entries.length }, ...wanted }),
      });
      if (!answer.ok) throw new Error(`return: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as ReturnAnswer;
    },
    manifest: async (position = { hubEpoch: enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY }, reads = 2, urgentLsn?, held?) => {
      const ask = async (shown: object): Promise<Response> =>
        request('/sync/v1/manifest', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ position, waitingEntries: 3, waitingSales: 2, wallMs: Date.now() - 5_000, reads, urgentLsn, ...shown }),
        });
      const proof = proofs.get(JSON.stringify(position));
      const asked = await ask(proof === undefined ? {} : { canProve: true });
      const answer = asked.headers.get(PROOF_HEADER) === PROOF_WANTED ? await ask({ canProve: true, proof, held }) : asked;
      if (!answer.ok) throw new Error(`manifest: ${answer.status} ${await answer.text()}`);
      const isJson = answer.headers.get('content-type') !== MANIFEST_CONTENT_TYPE;
      const manifest = isJson ? parseManifest(await answer.json()) : decodeManifest(new Uint8Array(await answer.arrayBuffer()), position);
      if (!manifest.ok) throw new Error(`manifest: ${JSON.stringify(manifest.error)}`);
      proofs.set(JSON.stringify(manifest.value.to), manifest.value);
      return manifest.value;
    },
    certify: async (lanKey = newLanKey()) => {
      const signature = bytesToHex(signer.sign(lanKeyMessage(enrolled.tenant, enrolled.device, lanKey)));
      return request('/sync/v1/certificate', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ lanKey, signature }),
      });
    },
    countersign: (head) => countersign(signer, enrolled.device, head),
    request,
    clone: (upTo) => deviceOf(hub, { ...state, entries: entries.slice(0, upTo) }),
    nextEpoch: () => deviceOf(hub, { ...state, epoch: bytesToHex(systemRandom.bytes(8)), parent: headAt(entries.length), entries: [] }),
  };
}
