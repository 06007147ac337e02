/** Goods come into the sale by a scan, a number or a key, and what the till asks about them is asked here. */
import type { LineView, Refusal, Status, Tile } from '../../../shared/till-contract.ts';
import { amountOf, parseWeight, toggleReturning } from '../../entry.ts';
import type { TillReply } from '../../till-client.ts';
import { answerTo, isAsking } from '../asking.ts';
import type { SellCore } from '../sell-core.ts';
import {
  type AmountBody,
  type AnyRefusal,
  type Notice,
  type NoticeBody,
  type QuantityBody,
  type SellState,
  textOf,
  type Vouched,
} from '../sell-state.ts';
import { inquire } from './inquiry-acts.ts';
import { openStyle } from './panel-acts.ts';
import { beginTask } from './task-acts.ts';

/** Refusals that the person at the till can answer, and what they vouch for by that. */
const VOUCHED_BY_REFUSAL: ReadonlyMap<AnyRefusal['type'], Vouched> = new Map<AnyRefusal['type'], Vouched>([
  ['saleHoursUnsure', 'saleHours'],
  ['cashierAgeUnknown', 'cashierAge'],
]);

/** Longer digits are codes, not PLUs. */
const MAX_PLU_DIGITS = 5;

/** So many, as typed. */
export interface TypedAmount {
  readonly quantity?: number;
  readonly typedDecimals?: number;
}

export interface GoodsActs {
  /** Sends what adds or changes goods. The till's own red row speaks for itself; what brought no row gets one here. */
  readonly sell: (body: QuantityBody, subject: string) => void;
  /** The same as a red row stands for, with a yes to what it asks. */
  readonly sellRow: (lineId: string) => void;
  readonly forgetRows: () => void;
  readonly sendItem: (sku: string, name: string, amount: TypedAmount) => void;
  /** A PLU, or a code typed by hand. */
  readonly sendCode: (text: string, amount: TypedAmount) => void;
  readonly pressItem: (tile: Tile) => void;
  /** As much of what is to be weighed as lies on the scale. */
  readonly weigh: () => void;
  /** What stands on the scale is nothing from now on. */
  readonly zeroScale: () => void;
  /** What is due becomes a whole amount, by a donation. */
  readonly roundUp: () => void;
}

/** How it stood when goods were sent. */
interface Before {
  /** The red ones. */
  readonly rows: ReadonlySet<string>;
  readonly entry: string;
}

const askQuantity = (body: QuantityBody, refusal: Refusal): NoticeBody => {
  const value = refusal.detail['quantity'];
  const limit = refusal.detail['limit'];
  return {
    type: 'askQuantity',
    body,
    name: textOf(refusal.detail['name']),
    quantity: typeof value === 'number' ? { value, unit: (refusal.detail['unit'] ?? 'piece') as Tile['unit'] } : undefined,
    limit: typeof limit === 'number' ? limit : 0,
  };
};

const isOfGoods = (body: QuantityBody): body is AmountBody => body.type !== 'setQuantity' && body.type !== 'sellUnlisted';

/** A lane has one, whether or not it answers now. */
export const hasScale = (status: Status | undefined): boolean => status?.devices.some(({ device }) => device === 'scale') ?? false;

const isOfScale = (notice: Notice): boolean =>
  notice.type === 'refusal' && (notice.refusal.type === 'noWeight' || notice.refusal.type === 'scaleUnavailable');

export const createGoodsActs = (core: SellCore): GoodsActs => {
  const { client, tone, state, set, entry, ask, notify } = core;
  /** What a red row that asks stands for, so that yes can send it again. */
  const askedBodies = new Map<string, QuantityBody>();

  const askWeight = (goods: NonNullable<SellState['weighing']>, typed = entry().returning ? toggleReturning('') : ''): void => {
    set({ weighing: { sku: goods.sku, name: goods.name, unit: goods.unit }, entry: typed });
    if (hasScale(client.view().status)) weigh();
  };

  const weigh = (): void => {
    const { weighing, isOnScale } = state();
    if (weighing === undefined || isOnScale) return;
    const { sku, name } = weighing;
    set({ isOnScale: true });
    const back = entry().returning ? { quantity: -1 } : {};
    void ask(ofUnverifiedReceipt({ type: 'addItem', sku, weigh: true, ...back }), (reply) => {
      set({ isOnScale: false });
      if (!reply.ok) {
        core.refuse({ type: 'refusal', refusal: reply.refusal, subject: name });
        return;
      }
      tone('ok');
      set({ weighing: undefined, entry: '', notices: state().notices.filter((notice) => !isOfScale(notice)), ...leavingSearch() });
    });
  };

  /** While something is weighed the scale is not asked for anything else. */
  const zeroScale = (): void => {
    if (state().isOnScale || !hasScale(client.view().status)) {
      tone('error');
      return;
    }
    set({ isOnScale: true });
    void ask({ type: 'zeroScale' }, (reply) => {
      set({ isOnScale: false, notices: state().notices.filter((notice) => !isOfScale(notice)) });
      if (reply.ok) tone('ok');
      else core.refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
    });
  };

  const ofUnverifiedReceipt = (body: QuantityBody): QuantityBody => {
    const { unverifiedReceipt } = state();
    const isBack = 'quantity' in body && body.type !== 'setQuantity' && (body.quantity ?? 0) < 0 && unverifiedReceipt !== undefined;
    return isBack ? { ...body, returnOf: unverifiedReceipt } : body;
  };

  const refusedLineIds = (): ReadonlySet<string> =>
    new Set(client.view().lines.flatMap((line) => (line.kind === 'refused' ? [line.lineId] : [])));

  const sell = (wanted: QuantityBody, subject: string): void => {
    const before = { rows: refusedLineIds(), entry: state().entry };
    const body = ofUnverifiedReceipt(wanted);
    void ask(body, (reply) => {
      tone(reply.ok ? 'ok' : 'error');
      if (!reply.ok) tellRefused(body, reply, subject, before);
    });
  };

  const tellRefused = (body: QuantityBody, { refusal }: TillReply & { ok: false }, subject: string, before: Before): void => {
    const row = client.view().lines.findLast((line) => line.kind === 'refused' && !before.rows.has(line.lineId));
    // Whoever knows what will be asked is faster than the answer that asks it.
    const { entry: text } = state();
    const typed = text.startsWith(before.entry) ? text.slice(before.entry.length) : '';
    const name = textOf(refusal.detail['name']);
    const sku = refusal.detail['sku'];
    if (refusal.type === 'weightNeeded' && typeof sku === 'string') {
      if (row !== undefined) void client.request({ type: 'clearRefused', lineId: row.lineId });
      const goods = { sku, name, unit: (refusal.detail['unit'] ?? 'gram') as Tile['unit'] };
      if (typed === '') askWeight(goods);
      else askWeight(goods, typed);
      return;
    }
    if (row !== undefined) {
      if (isAsking(refusal)) askedBodies.set(row.lineId, body);
      return;
    }
    if ((refusal.type === 'referenceNeeded' || refusal.type === 'worthNeeded') && isOfGoods(body)) {
      const { scannedAtMs: _seen, ...again } = { scannedAtMs: undefined, ...body };
      const needs = refusal.type === 'referenceNeeded' ? 'reference' : 'worth';
      beginTask(core, { name: 'goods', subject: name || subject, body: again, needs });
      set({ entry: typed });
      return;
    }
    const vouched = VOUCHED_BY_REFUSAL.get(refusal.type);
    if (vouched !== undefined) notify({ type: 'askVouch', body, refusal, vouched });
    else if (refusal.type === 'quantityAboveLimit') notify(askQuantity(body, refusal));
    else {
      const said = { type: 'refusal', refusal, subject: name || subject } as const;
      // Goods with a red row of their own are seen already.
      notify(isOfGoods(body) || (body.type === 'sellUnlisted' && body.rowId === undefined) ? { ...said, isOfGoods: true } : said);
    }
  };

  const sendItem = (sku: string, name: string, amount: TypedAmount): void => {
    // What lies on the scale is on its way already: one of them counts.
    if (state().isOnScale) {
      tone('error');
      return;
    }
    set({ entry: '', weighing: undefined, ...leavingSearch() });
    sell({ type: 'addItem', sku, ...amount }, name);
  };

  const leavingSearch = (): Partial<SellState> => (state().panel === 'search' ? { panel: 'items', lettersShown: false } : {});

  return {
    sell,
    weigh,
    zeroScale,
    sellRow: (lineId) => {
      const line = client.view().lines.find((other) => other.lineId === lineId);
      if (line === undefined) return;
      const body = askedBodies.get(lineId) ?? bodyOfRow(line);
      askedBodies.delete(lineId);
      void client.request({ type: 'clearRefused', lineId });
      if (body !== undefined) sell({ ...body, ...answerTo(line.refusal) }, line.name);
    },
    forgetRows: () => askedBodies.clear(),
    sendItem,
    sendCode: (text, amount) => {
      const isPlu = /^\d+$/u.test(text) && text.length <= MAX_PLU_DIGITS;
      if (state().panel === 'inquiry') {
        inquire(core, isPlu ? { type: 'addPlu', plu: text } : { type: 'scan', code: text }, text);
        return;
      }
      set({ entry: '', weighing: undefined, ...leavingSearch() });
      sell(isPlu ? { type: 'addPlu', plu: text, ...amount } : { type: 'scan', code: text, ...amount }, text);
    },
    roundUp: () => {
      const { head } = client.view();
      const goods = state().roundUp;
      const worthMinor = goods === undefined || head === undefined ? 0 : toWholeMinor(head.totals.dueMinor, head.minorDigits);
      if (goods === undefined || worthMinor === 0) tone('error');
      else sell({ type: 'addItem', sku: goods.sku, worthMinor }, goods.name);
    },
    pressItem: (tile) => {
      const { panel } = state();
      if (tile.variants !== undefined) {
        openStyle(core, tile.name);
        return;
      }
      if (panel === 'inquiry') {
        inquire(core, { type: 'addItem', sku: tile.sku }, tile.name);
        return;
      }
      const typed = entry();
      const weighed = typed.quantity === undefined && typed.kind === 'number' && panel !== 'search' ? parseWeight(typed.body) : typed;
      const amount = amountOf({ ...typed, quantity: weighed.quantity, tare: weighed.tare });
      if (tile.unit !== 'piece' && weighed.quantity === undefined) askWeight(tile);
      else sendItem(tile.sku, tile.name, amount);
    },
  };
};

/** Where a currency has no decimals, a hundred is its round amount. */
const ROUND_WITHOUT_DECIMALS = 100;

/** What is missing to the next whole amount; 0 where nothing is, or nothing is due. */
export const toWholeMinor = (dueMinor: number, minorDigits: number): number => {
  const wholeMinor = minorDigits === 0 ? ROUND_WITHOUT_DECIMALS : 10 ** minorDigits;
  const aboveMinor = dueMinor % wholeMinor;
  return dueMinor <= 0 || aboveMinor === 0 ? 0 : wholeMinor - aboveMinor;
};

/** What a red row stands for when this window did not send it (it was opened anew since). */
const bodyOfRow = (line: LineView): QuantityBody | undefined => {
  const detail = line.refusal?.detail ?? {};
  const sku = line.sku ?? textOf(detail['sku']);
  const quantity = line.quantity?.value ?? (typeof detail['quantity'] === 'number' ? detail['quantity'] : undefined);
  const amount = quantity === undefined ? {} : { quantity };
  if (sku !== '') return { type: 'addItem', sku, ...amount };
  return line.code === undefined ? undefined : { type: 'scan', code: line.code, ...amount };
};
