/** One end of a peer, as a process: `peer-process.ts PEER shop|lane ITEMS SALES`. It is asked over the channel of its parent, and answers with what it was asked for. */
import { assert } from '@holdfast/base';

import { PEERS, type PeerLane, type PeerShop } from './peer.ts';
import { createPeerWorkload, saleKey, type PeerWorkload } from './workload.ts';

export interface PeerQuestion {
  readonly type: 'open' | ShopAct | LaneAct;
  /** With `connect`. */
  readonly url?: string;
  readonly code?: string;
  /** With `reprice`, `hasPrices` and `countPrices`: which of the workload's rounds. */
  readonly round?: number;
}
type ShopAct = 'reprice' | 'hasSales' | 'countSales';
type LaneAct = 'connect' | 'disconnect' | 'sell' | 'hasItems' | 'hasUrgent' | 'hasPrices' | 'countPrices';
type Acts = Readonly<Partial<Record<PeerQuestion['type'], (question: PeerQuestion) => Promise<unknown>>>>;

const LOOK_MS = 20;
const [name = '', role = '', items = '', sales = ''] = process.argv.slice(2);
const load = PEERS[name];
assert(load !== undefined && process.send !== undefined, 'started by the benchmark');
const peer = await load();
const workload = createPeerWorkload(Number(items), Number(sales));

async function until(isThere: () => Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** Of what was sold, how much is not there, and how much is there more than once. */
function counted(keys: readonly string[], expected: PeerWorkload['sales']): { readonly lost: number; readonly doubled: number } {
  const there = new Set(keys);
  return { lost: Math.max(0, new Set(expected.map(saleKey)).size - there.size), doubled: keys.length - there.size };
}

const shopActs = (shop: PeerShop): Acts => ({
  reprice: async ({ round = 0 }) => {
    const { rounds, urgent } = workload;
    await shop.reprice(rounds[round] ?? new Map(), false);
    if (round === rounds.length - 1) await shop.reprice(new Map([[urgent.sku, urgent.cents]]), true);
  },
  hasSales: () => until(async () => (await shop.saleKeys()).length >= workload.sales.length),
  countSales: async () => counted(await shop.saleKeys(), workload.sales),
});

/** Some at a time: what is there already is not looked at again. */
const CHUNK = 500;

function laneActs(lane: PeerLane): Acts {
  const { items: goods, rounds, urgent } = workload;
  const holds = async (wanted: readonly (readonly [string, number])[]): Promise<boolean> => {
    const prices = await lane.pricesOf(wanted.map(([sku]) => sku));
    return wanted.every(([, cents], at) => prices[at] === cents);
  };
  return {
    connect: ({ url = '', code = '' }) => lane.connect(url, code),
    disconnect: () => lane.disconnect(),
    sell: () => lane.sell(),
    hasItems: () => until(async () => (await lane.itemCount()) >= goods.length),
    hasUrgent: () => until(() => holds([[urgent.sku, urgent.cents]])),
    hasPrices: async ({ round = 0 }) => {
      const wanted = [...(rounds[round] ?? [])];
      for (let at = 0; at < wanted.length; at += CHUNK) await until(() => holds(wanted.slice(at, at + CHUNK)));
    },
    countPrices: async ({ round = -1 }) => {
      const prices = await lane.pricesOf(goods.map(({ sku }) => sku));
      const expected = new Map(goods.map(({ sku, cents }) => [sku, cents] as const));
      for (const repriced of rounds.slice(0, round + 1)) for (const [sku, cents] of repriced) expected.set(sku, cents);
      if (round === rounds.length - 1) expected.set(urgent.sku, urgent.cents);
      return {
        lost: prices.filter((price) => price === undefined).length,
        doubled: Math.max(0, (await lane.itemCount()) - goods.length),
        divergent: goods.filter(({ sku }, at) => prices[at] !== undefined && prices[at] !== expected.get(sku)).length,
      };
    },
  };
}

const shop = role === 'shop' ? await peer.openShop(workload) : null;
const acts = shop === null ? laneActs(await peer.openLane(workload)) : shopActs(shop);

async function answer(question: PeerQuestion): Promise<unknown> {
  if (question.type === 'open')
    return { port: shop?.port ?? 0, code: shop?.code ?? '', pid: shop?.pid ?? process.pid, setting: peer.setting };
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
