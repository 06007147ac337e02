/** One end of a peer, as a process: `peer-process.ts PEER shop|lane OPTIONS`. It is asked over the channel of its parent, and answers with what it was asked for. */
import { assert } from '@holdfast/base';
import type { EntryDraft } from '@holdfast/sync';
import { z } from 'zod';

import { PEERS, type HeldItem, type PeerLane, type PeerShop } from './peer.ts';
import { createPeerWorkload, goodsAfter, skusOf, type Item } from './workload.ts';

export interface PeerQuestion {
  readonly type: 'open' | ShopAct | LaneAct;
  /** With `connect`. */
  readonly urls?: readonly string[];
  readonly code?: string;
  /** With `play`, `hasItems`, `hasGoods`, `hasUrgent` and `countGoods`: up to which of the workload's changes; −1: before all of them. */
  readonly change?: number;
  /** With `sell`. */
  readonly sales?: readonly EntryDraft[];
  /** With `hasSales`: how many there are, or which ones. */
  readonly count?: number;
  readonly keys?: readonly string[];
}
type ShopAct = 'admit' | 'play' | 'hasSales' | 'saleKeys';
type LaneAct = 'connect' | 'disconnect' | 'sell' | 'hasItems' | 'hasUrgent' | 'hasGoods' | 'countGoods' | 'serve' | 'hasSales' | 'saleKeys';
type Acts = Readonly<Partial<Record<PeerQuestion['type'], (question: PeerQuestion) => Promise<unknown>>>>;

/** What a process is started with, as JSON. */
export const peerOptionsSchema = z.object({
  items: z.int(),
  script: z.enum(['plain', 'hard']),
  days: z.int(),
  disk: z.object({ folder: z.string(), code: z.string() }).optional(),
  /** How much its clock is ahead. */
  aheadMs: z.int().optional(),
});
export type PeerOptions = z.infer<typeof peerOptionsSchema>;

const LOOK_MS = 20;
const [name = '', role = '', json = ''] = process.argv.slice(2);
const load = PEERS[name];
assert(load !== undefined && process.send !== undefined, 'started by the benchmark');
const options = peerOptionsSchema.parse(JSON.parse(json));
if (options.aheadMs !== undefined) setClockAhead(options.aheadMs);
const peer = await load();
const workload = createPeerWorkload(options);

/** For all that asks in this process, whatever it is. */
function setClockAhead(ms: number): void {
  globalThis.Date = new Proxy(Date, {
    construct: (real, given, target) => Reflect.construct(real, given.length === 0 ? [real.now() + ms] : given, target) as Date,
    get: (real, property) => (property === 'now' ? () => real.now() + ms : (Reflect.get(real, property) as unknown)),
  });
}

async function until(isThere: () => Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

const salesActs = (saleKeys: () => Promise<readonly string[]>): Acts => ({
  hasSales: ({ count = 0, keys = [] }) =>
    until(async () => {
      const there = await saleKeys();
      if (there.length < count) return false;
      const known = new Set(there);
      return keys.every((key) => known.has(key));
    }),
  saleKeys,
});

const shopActs = (shop: PeerShop): Acts => ({
  admit: async () => (await shop.admit?.()) ?? '',
  play: async ({ change = 0 }) => {
    for (const { removed = [], put = [], prices, isUrgent } of workload.changes[change] ?? []) {
      if (removed.length > 0) await shop.remove(removed);
      if (put.length > 0) await shop.put(put);
      if (prices !== undefined) await shop.reprice(prices, isUrgent === true);
    }
  },
  ...salesActs(() => shop.saleKeys()),
});

/** Some at a time: what is there already is not looked at again. */
const CHUNK = 500;

const isAs = (held: HeldItem | undefined, item: Item | undefined): boolean =>
  held === undefined || item === undefined
    ? held === item
    : held.cents === item.cents && (item.maximumPerSale === undefined || held.maximumPerSale === item.maximumPerSale);

function laneActs(lane: PeerLane): Acts {
  const holds = async (skus: readonly string[], goods: ReadonlyMap<string, Item>): Promise<boolean> => {
    const held = await lane.goodsOf(skus);
    return skus.every((sku, at) => isAs(held[at], goods.get(sku)));
  };
  const untilHeld = async (skus: readonly string[], change: number): Promise<void> => {
    const goods = goodsAfter(workload, change);
    for (let at = 0; at < skus.length; at += CHUNK) await until(() => holds(skus.slice(at, at + CHUNK), goods));
  };
  return {
    connect: ({ urls = [], code = '' }) => lane.connect(urls, code),
    disconnect: () => lane.disconnect(),
    sell: ({ sales = [] }) => lane.sell(sales),
    hasItems: ({ change = -1 }) => {
      const { size } = goodsAfter(workload, change);
      return until(async () => (await lane.itemCount()) >= size);
    },
    hasGoods: ({ change = -1 }) => untilHeld(skusOf(workload.changes[change] ?? []), change),
    hasUrgent: ({ change = -1 }) => untilHeld(skusOf((workload.changes[change] ?? []).filter(({ isUrgent }) => isUrgent === true)), change),
    countGoods: async ({ change = -1 }) => {
      const goods = goodsAfter(workload, change);
      const skus = workload.items.map(({ sku }) => sku);
      const held = await lane.goodsOf(skus);
      const there = held.filter((each) => each !== undefined).length;
      return {
        lost: skus.filter((sku, at) => goods.has(sku) && held[at] === undefined).length,
        doubled: Math.max(0, (await lane.itemCount()) - there),
        divergent: skus.filter((sku, at) => held[at] !== undefined && !isAs(held[at], goods.get(sku))).length,
      };
    },
    ...(lane.serve !== undefined && { serve: () => lane.serve?.() ?? Promise.reject(new Error('it serves nobody')) }),
    ...salesActs(async () => (await lane.saleKeys?.()) ?? []),
  };
}

const shop = role === 'shop' ? await peer.openShop(workload) : null;
const acts = shop === null ? laneActs(await peer.openLane(workload, options.disk)) : shopActs(shop);

async function answer(question: PeerQuestion): Promise<unknown> {
  if (question.type === 'open')
    return {
      port: shop?.port ?? 0,
      pid: shop?.pid ?? process.pid,
      setting: peer.setting,
      canServe: acts.serve !== undefined,
      ...(peer.withoutDisk !== undefined && { withoutDisk: peer.withoutDisk }),
    };
  const act = acts[question.type];
  assert(act !== undefined, `a ${role} is not asked to ${question.type}`);
  return act(question);
}

process.on('message', ({ id, question }: { readonly id: number; readonly question: PeerQuestion }) => {
  answer(question).then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send({ id: 0, value: 'open' });
