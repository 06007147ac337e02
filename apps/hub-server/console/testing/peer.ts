/**
 * An in-memory peer of the hub for the console: the same addresses and shapes, a day of sales made from a seed, and ways to
 * fail. It serves a built console too, under the same content security policy.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

import type { Device, Exposure, Overview, ReturnException, Sale, SaleRow, StoreInfo, UnlistedCode } from '../api.ts';

export interface PeerDay {
  overview: Overview;
  sales: Sale[];
  stores: StoreInfo[];
  exceptions?: readonly ReturnException[];
  unlistedCodes?: readonly UnlistedCode[];
  exposure?: Exposure;
}

/** `down` hangs up on every request, as a hub that is not there. */
export type PeerMode = 'up' | 'down' | 'noSession' | 'malformed' | 'failing';

export interface Peer {
  readonly url: string;
  readonly day: PeerDay;
  mode: PeerMode;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

const GOODS = [
  { sku: 'PR-4011', name: 'Bananas', code: 'plu:4011', unit: 'gram', amount: 179, taxClass: 'reduced', taxRateBps: 700 },
  { sku: 'DA-105', name: 'Whole milk 3.5 % 1 l', code: '09521148000116', unit: 'piece', amount: 119, taxClass: 'reduced', taxRateBps: 700 },
  {
    sku: 'BW-145',
    name: 'Riesling, dry 0.75 l',
    code: '09522517000119',
    unit: 'piece',
    amount: 599,
    taxClass: 'standard',
    taxRateBps: 1900,
  },
  {
    sku: 'HH-105',
    name: 'Toilet paper, 3-ply, 10 rolls',
    code: '09522739000119',
    unit: 'piece',
    amount: 395,
    taxClass: 'standard',
    taxRateBps: 1900,
  },
] as const;

const saleLine = (index: number): Sale['lines'][number] => {
  const goods = GOODS[index % GOODS.length] ?? GOODS[0];
  const quantity = goods.unit === 'gram' ? 452 + index * 7 : 1 + (index % 3);
  const gross = goods.unit === 'gram' ? Math.floor((quantity * goods.amount + 500) / 1_000) : quantity * goods.amount;
  return {
    sku: goods.sku,
    name: goods.name,
    code: goods.code,
    quantity,
    unit: goods.unit,
    unitPrice: { amount: goods.amount, decimals: 2 },
    priceType: index % 5 === 1 ? 'promotional' : index % 7 === 3 ? 'override' : 'regular',
    ...(index % 7 === 3 ? { reason: 'Packaging damaged' } : {}),
    ...(goods.sku === 'BW-145' ? { ageCheckedYears: 16 } : {}),
    amountMinor: gross,
    taxClass: goods.taxClass,
    taxRateBps: goods.taxRateBps,
    stockQuantity: quantity,
  };
};

const taxesOf = (lines: Sale['lines']): Sale['taxes'] =>
  (['reduced', 'standard'] as const).flatMap((taxClass) => {
    const rateBps = taxClass === 'reduced' ? 700 : 1900;
    const gross = lines.filter((line) => line.taxClass === taxClass).reduce((sum, line) => sum + line.amountMinor, 0);
    const taxMinor = Math.floor((gross * rateBps * 2 + (10_000 + rateBps)) / (2 * (10_000 + rateBps)));
    return gross === 0 ? [] : [{ taxClass, rateBps, netMinor: gross - taxMinor, taxMinor }];
  });

function peerSale(index: number, device: Device, store: string, atMs: number, businessDate: string): Sale {
  const lines = Array.from({ length: 1 + (index % 6) }, (_, line) => saleLine(index + line));
  const totalMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  const tenderedMinor = Math.ceil(totalMinor / 500) * 500;
  return {
    device: device.device,
    epoch: '8f3a1c90d2e4b657',
    seq: index + 1,
    store,
    lane: device.lane,
    receiptNumber: `${device.lane}-8f3a-${String(index + 1).padStart(6, '0')}`,
    atMs,
    businessDate,
    currency: 'EUR',
    minorDigits: 2,
    totalMinor,
    lineCount: lines.length,
    kind: 'sale',
    training: false,
    branch: false,
    lines,
    taxes: taxesOf(lines),
    taxInclusive: true,
    tenders: [{ tenderType: 'cash', amountMinor: tenderedMinor }],
    changeMinor: tenderedMinor - totalMinor,
    origins: [],
    returns: [],
    operator: 'cashier-1',
    shift: 3,
    drawer: 'drawer-1',
    cut: { hubEpoch: '51d0c0ffee51d0c0', lsn: 412 },
    hash: '7d5c0f1e9b3a48d6c2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9',
    receivedAtMs: atMs + 1_200,
    externalReference: null,
    promotions: [],
  };
}

export const peerDevice = (lane: number, changes: Partial<Device> = {}): Device => ({
  device: `d${String(lane).padStart(15, '0')}`,
  store: '1',
  lane,
  name: `Lane ${lane}`,
  enrolledAtMs: 0,
  lastSeenMs: null,
  waitingEntries: 0,
  waitingSales: 0,
  clockOffsetMs: 12,
  receivedEntries: 0,
  setAside: 0,
  branches: 0,
  chainWhole: true,
  ...changes,
});

/** One store in Berlin with two lanes, open since seven, at `nowMs`; `count` sales spread over the day so far. */
export function peerDay(nowMs: number, count: number): PeerDay {
  const businessDate = new Date(nowMs).toISOString().slice(0, 10);
  const openedMs = Date.parse(`${businessDate}T06:00:00Z`);
  const devices = [
    peerDevice(1, { lastSeenMs: nowMs - 2_000, receivedEntries: count }),
    peerDevice(2, { lastSeenMs: nowMs - 15 * 60_000, waitingEntries: 40, waitingSales: 37, clockOffsetMs: -4_300, receivedEntries: count }),
  ];
  const span = Math.max(HOUR_MS, nowMs - openedMs);
  const sales = Array.from({ length: count }, (_, index) => {
    const share = (index + 0.5) / count;
    const device = devices[index % 2] ?? peerDevice(1);
    return peerSale(index, device, '1', Math.floor(openedMs + span * (share - 0.08 * Math.sin(share * 9))), businessDate);
  });
  const byHour = new Map<number, { hour: number; count: number; totalMinor: number }>();
  for (const sale of sales) {
    const hour = new Date(sale.atMs).getUTCHours() + 1;
    const sum = byHour.get(hour) ?? { hour, count: 0, totalMinor: 0 };
    byHour.set(hour, { hour, count: sum.count + 1, totalMinor: sum.totalMinor + sale.totalMinor });
  }
  const totalMinor = sales.reduce((sum, sale) => sum + sale.totalMinor, 0);
  return {
    sales: sales.toSorted((left, right) => right.atMs - left.atMs),
    stores: [
      {
        store: '1',
        name: 'Store 1',
        zone: '1',
        currency: 'EUR',
        timeZone: 'Europe/Berlin',
        taxInclusive: true,
        address: '',
        minorDigits: 2,
        businessDate,
      },
    ],
    overview: {
      asOfMs: nowMs,
      businessDate,
      totals: { sales: count, returns: 0, byCurrency: count === 0 ? [] : [{ currency: 'EUR', minorDigits: 2, totalMinor }] },
      awaited: { sales: 0, byCurrency: [] },
      stores: [
        {
          store: '1',
          name: 'Store 1',
          zone: '1',
          currency: 'EUR',
          minorDigits: 2,
          salesToday: count,
          totalTodayMinor: totalMinor,
          awaitedToday: { sales: 0, totalMinor: 0 },
          devices,
        },
      ],
      salesByHour: [...byHour.values()].map((sum) => ({
        ...sum,
        byCurrency: [{ currency: 'EUR', minorDigits: 2, totalMinor: sum.totalMinor }],
      })),
    },
  };
}

const rowOf = (sale: Sale): SaleRow => ({
  device: sale.device,
  epoch: sale.epoch,
  seq: sale.seq,
  store: sale.store,
  lane: sale.lane,
  receiptNumber: sale.receiptNumber,
  atMs: sale.atMs,
  businessDate: sale.businessDate,
  currency: sale.currency,
  minorDigits: sale.minorDigits,
  totalMinor: sale.totalMinor,
  lineCount: sale.lineCount,
  kind: sale.kind,
  training: sale.training,
  branch: sale.branch,
  externalReference: sale.externalReference,
  receivedAtMs: sale.receivedAtMs,
});

function listSales(day: PeerDay, params: URLSearchParams): { sales: SaleRow[]; next: string | null } {
  const limit = Number(params.get('limit') ?? 100);
  const from = Number(params.get('before') ?? 0);
  const matching = day.sales.filter(
    (sale) =>
      (params.get('date') ?? sale.businessDate) === sale.businessDate &&
      (params.get('store') ?? sale.store) === sale.store &&
      (params.get('device') ?? sale.device) === sale.device,
  );
  return { sales: matching.slice(from, from + limit).map(rowOf), next: from + limit < matching.length ? String(from + limit) : null };
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(body));
};

function answerApi(peer: Peer, url: URL, response: ServerResponse): void {
  const { day } = peer;
  const [, , , resource = '', device, epoch, seq] = url.pathname.split('/');
  if (peer.mode === 'noSession') return sendJson(response, 401, { title: 'Not signed in' });
  if (peer.mode === 'failing') return sendJson(response, 500, { title: 'Internal error', detail: 'the disk is full' });
  if (resource === 'clock') return sendJson(response, 200, { asOfMs: day.overview.asOfMs });
  if (resource === 'overview') return sendJson(response, 200, peer.mode === 'malformed' ? { ...day.overview, totals: {} } : day.overview);
  if (resource === 'exposure')
    return sendJson(response, 200, day.exposure ?? { devices: 0, cutOffDevices: 0, promotions: [], balances: [] });
  if (resource === 'returns')
    return sendJson(response, 200, { exceptions: (day.exceptions ?? []).slice(0, Number(url.searchParams.get('limit'))) });
  if (resource === 'unlisted-codes') return sendJson(response, 200, { codes: day.unlistedCodes ?? [] });
  if (resource === 'stores') return sendJson(response, 200, { stores: day.stores });
  if (resource === 'enrolment-codes')
    return sendJson(response, 200, {
      code: 'K7QF-29XM',
      expiresAtMs: day.overview.asOfMs + HOUR_MS,
      command: 'pnpm holdfast till --enrol K7QF-29XM',
      picture: '<svg/>',
    });
  if (resource === 'sales' && device === undefined) return sendJson(response, 200, listSales(day, url.searchParams));
  const sale = day.sales.find((candidate) => candidate.device === device && candidate.epoch === epoch && candidate.seq === Number(seq));
  return sale === undefined ? sendJson(response, 404, { title: 'No such sale' }) : sendJson(response, 200, sale);
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

async function answerFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  if (path === '/') {
    const nonce = randomBytes(16).toString('base64');
    const page = (await readFile(join(dist, 'index.html'), 'utf8')).replaceAll('__CSP_NONCE__', nonce);
    const own = `'self' 'nonce-${nonce}'`;
    const policy = `default-src 'none'; script-src ${own}; style-src ${own}; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy }).end(page);
    return;
  }
  const bytes = await readFile(join(dist, normalize(path))).catch(() => null);
  if (bytes === null) response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(bytes);
}

/** Listens on a free port; `dist` is the folder of a built console, where a page is wanted. */
export async function startPeer(day: PeerDay, dist = ''): Promise<Peer> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/api/')) return answerFile(dist, url.pathname, response);
    if (peer.mode === 'down') return void request.socket.destroy();
    return answerApi(peer, url, response);
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const peer: Peer = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    day,
    mode: 'up',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return peer;
}
