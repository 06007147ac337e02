/** Questions of windows: they change nothing and need no turn. */
import { assert, unreachable } from '@holdfast/base';
import {
  basketTotals,
  canSignOn,
  CASH,
  ENTITY_TYPES,
  explainLine,
  findLine,
  type KeyTab,
  keyTabs,
  lineAmountMinor,
  minorDigitsOf,
  priceChanges,
  type Refusal,
  sortVariants,
} from '@holdfast/domain';

import {
  CONTRACT_VERSION,
  type ExplanationView,
  type ReceiptView,
  type ReplyValue,
  type RequestBody,
  type Status,
  type Tile,
  type TillMessage,
} from '../../shared/till-contract.ts';
import { journalEntryText, searchJournal } from '../books/journal.ts';
import { type CatalogueView } from '../catalogue/catalogue.ts';
import type { Search } from '../catalogue/search.ts';
import { styleRows } from '../catalogue/style-rows.ts';
import { DEVICES_REQUESTS, type DevicesRequest } from '../devices/device-requests.ts';
import { toReturnableView } from '../returns/returns.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { addItemCommand, type Goods, priceOfOne } from '../selling/goods.ts';
import { toLimitViews } from '../selling/promotion-use.ts';
import { toAttributeView, toExplanation, toStorePrice, toTenderTypeView, toTile } from '../views.ts';
import type { AttendanceActs } from './attendance-acts.ts';
import type { BackOfficeActs } from './back-office-acts.ts';
import type { BasketMessages } from './basket-messages.ts';
import type { CustomerActs } from './customer-acts.ts';
import type { DrawerActs } from './drawer-acts.ts';
import type { GoodsActs } from './goods-acts.ts';
import { accountOfBalance } from './payment-acts.ts';
import type { Register } from './register.ts';
import { noSuchReceipt, type ReturnActs } from './return-acts.ts';
import type { SetAsideActs } from './set-aside-acts.ts';
import type { SheetActs } from './sheet-acts.ts';
import type { TerminalActs } from './terminal-acts.ts';

const STORE_PRICES_LISTED = 200;
const TILES_PER_DEPARTMENT = 120;
const MAX_DEPARTMENTS = 60;
/** Of one style: nobody chooses from more on a screen. */
const MAX_LISTED_VARIANTS = 200;

export type Question = Extract<
  RequestBody,
  {
    type:
      | 'open'
      | 'search'
      | 'tiles'
      | 'keyPages'
      | 'pictures'
      | 'displayGoods'
      | 'suspended'
      | 'explain'
      | 'receipt'
      | 'receipts'
      | 'returnable'
      | 'tenderTypes'
      | 'balance'
      | 'findCustomers'
      | 'storePrices'
      | 'people'
      | 'inquire'
      | 'shift'
      | 'attendance'
      | 'sheets'
      | 'sheet'
      | 'cardCases'
      | 'journal'
      | 'journalEntry'
      | DevicesRequest['type'];
  }
>;

const QUESTION_TYPES: ReadonlySet<string> = new Set<Question['type']>([
  ...DEVICES_REQUESTS,
  'people',
  'shift',
  'attendance',
  'sheets',
  'sheet',
  'journal',
  'journalEntry',
  'open',
  'search',
  'tiles',
  'keyPages',
  'pictures',
  'displayGoods',
  'suspended',
  'explain',
  'receipt',
  'receipts',
  'returnable',
  'tenderTypes',
  'storePrices',
  'balance',
  'findCustomers',
  'inquire',
  'cardCases',
]);

export const isQuestion = (body: RequestBody): body is Question => QUESTION_TYPES.has(body.type);

/** What else of the till is asked. */
export interface AskedParts {
  readonly search: Search;
  readonly messages: BasketMessages;
  readonly goods: GoodsActs;
  readonly returns: ReturnActs;
  readonly setAside: SetAsideActs;
  readonly drawer: DrawerActs;
  readonly attendance: AttendanceActs;
  readonly backOffice: BackOfficeActs;
  readonly sheets: SheetActs;
  readonly terminals: TerminalActs;
  readonly receiptOf: (receiptNumber: string) => ReceiptView | undefined;
  readonly customers: CustomerActs;
}

/** The item of the store's setting, where it is a donation. */
function roundUpOf(view: CatalogueView): Pick<ReplyValue, 'roundUp'> {
  const settings = view.settings();
  const item = settings.ok ? view.item(settings.value.roundUpSku ?? '') : undefined;
  return item?.nature === 'donation' ? { roundUp: { sku: item.sku, name: item.name } } : {};
}

export class Questions {
  readonly #register: Register;
  readonly #parts: AskedParts;

  constructor(register: Register, parts: AskedParts) {
    this.#register = register;
    this.#parts = parts;
  }

  answer(id: string, body: Question, status: () => Status): TillMessage {
    const reply = (value: ReplyValue): TillMessage => ({ type: 'reply', id, ok: true, value });
    switch (body.type) {
      case 'open': {
        const [head, lines] = [this.#parts.messages.head(), [...this.#register.lines()]];
        return reply({ state: { version: CONTRACT_VERSION, revision: this.#parts.messages.revision(), head, lines, status: status() } });
      }
      case 'search': {
        const view = this.#register.view();
        if (view === undefined) return reply({ tiles: [] });
        if (body.style !== undefined) return reply({ tiles: this.#variants(view, body.style).slice(0, body.limit) });
        const found = this.#parts.search.find(view, body.text, body.limit);
        return reply({ tiles: body.byStyle === true ? this.#foundByStyle(view, found, body.limit) : this.#tiles(view, found, body.limit) });
      }
      case 'tiles': {
        const view = this.#register.view();
        if (view === undefined) return reply(body.department === undefined ? { departments: [] } : { tiles: [] });
        if (body.department === undefined) {
          const departments = view.departments();
          const unlisted = departments.filter(({ unlistedSku = '' }) => view.item(unlistedSku) !== undefined).map(({ name }) => name);
          return reply({
            departments: this.#tabs(view).map(({ name }) => name),
            ...(unlisted.length > 0 && { unlistedDepartments: unlisted }),
            ...roundUpOf(view),
          });
        }
        const { department } = body;
        const page = view.keyPages().find(({ name }) => name === department);
        const tiles = this.#keysOf(view, { name: department, skus: page?.skus });
        return reply({ tiles, ...this.#nextPrices(view, tiles) });
      }
      case 'keyPages': {
        const view = this.#register.newestView();
        if (view === undefined) return reply({ keyPages: [] });
        return reply({
          keyPages: this.#tabs(view).map((tab) => ({
            name: tab.name,
            position: tab.position,
            isArranged: tab.skus !== undefined,
            keys: this.#keysOf(view, tab),
            ...(tab.skus?.some((sku) => view.item(sku) === undefined) === true && { skus: [...tab.skus] }),
          })),
        });
      }
      case 'displayGoods': {
        const view = this.#register.newestView();
        return reply({ tiles: view === undefined ? [] : this.#displayGoods(view) });
      }
      case 'pictures': {
        const { picture } = this.#register.ports;
        return reply({
          pictures: body.names.flatMap((name) => {
            const bytes = picture?.(name);
            return bytes === undefined ? [] : [{ name, data: Buffer.from(bytes).toString('base64') }];
          }),
        });
      }
      case 'sheets':
      case 'sheet': {
        const value = this.#parts.sheets.answer(body.type);
        return value === undefined ? { type: 'refused', id, refusal: { type: 'noSuchSheet', detail: {} } } : reply(value);
      }
      case 'suspended': {
        return reply({ suspended: this.#parts.setAside.suspended() });
      }
      case 'journal': {
        const { entries, next } = searchJournal(this.#register.ports.store, LEDGER_SCHEMAS, body);
        return reply({ journal: { entries: [...entries], next } });
      }
      case 'journalEntry': {
        const journalEntry = journalEntryText(this.#register.ports.store, LEDGER_SCHEMAS, body);
        if (journalEntry !== undefined) return reply({ journalEntry });
        return { type: 'refused', id, refusal: { type: 'noSuchEntry', detail: { seq: body.seq } } };
      }
      case 'shift': {
        const shift = this.#parts.drawer.shiftView();
        if ('type' in shift) return { type: 'refused', id, refusal: shift };
        const otherShifts = this.#parts.drawer.otherShifts();
        return reply({ shift, ...(otherShifts.length > 0 && { otherShifts: [...otherShifts] }) });
      }
      case 'attendance': {
        const attendance = this.#parts.attendance.list();
        return 'type' in attendance ? { type: 'refused', id, refusal: attendance } : reply({ attendance: [...attendance] });
      }
      case 'cardCases':
        return reply({ cardCases: [...this.#parts.terminals.cases()] });
      case 'people': {
        const people = (this.#register.newestView()?.people() ?? []).filter(canSignOn);
        return reply({
          people: people.map(({ user, displayName, pin, badge }) => ({
            user,
            name: displayName ?? user,
            hasPin: pin !== undefined,
            hasBadge: badge !== undefined,
          })),
        });
      }
      case 'explain': {
        const explanation = this.#explain(body.lineId);
        if (explanation !== undefined) return reply({ explanation });
        return { type: 'refused', id, refusal: { type: 'noSuchLine', detail: { lineId: body.lineId } } };
      }
      case 'receipts': {
        const receipts = this.#register.journal
          .recentCompleted(body.limit, this.#register.live.isTraining)
          .map(({ basket, closing, receiptNumber }) => ({
            receiptNumber,
            atMs: closing.atMs,
            totalMinor: basketTotals(basket).totalMinor,
            ...(this.#register.returns.undoing(receiptNumber) !== undefined && { undone: true }),
          }));
        return reply({ receipts });
      }
      case 'tenderTypes': {
        const types = this.#register.view()?.tenderTypes() ?? [];
        const views = types
          .filter(({ kind }) => kind !== CASH.kind)
          .map((type) => ({ ...toTenderTypeView(type), ...(this.#parts.terminals.isTaken(type) && { onTerminal: true }) }));
        return reply({ tenderTypes: views });
      }
      case 'inquire': {
        const tile = this.#inquire(body.of);
        return 'type' in tile ? { type: 'refused', id, refusal: tile } : reply({ tiles: [tile] });
      }
      case 'balance': {
        const { account, reference } = body;
        const name = accountOfBalance(body, this.#register.view());
        const amountMinor =
          name === undefined ? undefined : this.#register.balances.leftMinor(this.#register.live.basket, name, this.#register.hub?.balance);
        if (amountMinor === undefined) return { type: 'refused', id, refusal: { type: 'balanceUnknown', detail: { account, reference } } };
        return reply({ balance: { account, reference, amountMinor } });
      }
      case 'findCustomers': {
        const customers = this.#parts.customers.search();
        return 'type' in customers ? { type: 'refused', id, refusal: customers } : reply({ customers });
      }
      case 'devices':
      case 'testDevice':
      case 'zeroScale':
      case 'setDevices': {
        const refusal = this.deviceRefusal(body);
        const answer = this.#register.hub?.devices;
        if (refusal !== undefined || answer === undefined)
          return { type: 'refused', id, refusal: refusal ?? { type: 'deviceFailed', detail: { reason: 'unknown' } } };
        if (answer.ok && body.type === 'testDevice' && body.act === 'openDrawer') this.#parts.drawer.noteTried();
        return answer.ok ? reply(answer.value) : { type: 'refused', id, refusal: answer.error };
      }
      case 'storePrices': {
        const wishes = this.#register.layer.wishes(ENTITY_TYPES.price.type, this.#register.cut().at, STORE_PRICES_LISTED);
        return reply({ storePrices: wishes.map((wish) => toStorePrice(wish, (sku) => this.#register.view()?.item(sku)?.name)) });
      }
      case 'returnable': {
        const sold = this.#parts.returns.findReturnable(body.receiptNumber);
        if ('type' in sold) return { type: 'refused', id, refusal: sold };
        return reply({ returnable: toReturnableView(sold, this.#register.itemLines(), (sku) => this.#register.view()?.item(sku)?.name) });
      }
      case 'receipt': {
        const receipt = this.#parts.receiptOf(body.receiptNumber);
        if (receipt !== undefined) return reply({ receipt });
        return { type: 'refused', id, refusal: noSuchReceipt(body.receiptNumber) };
      }
      default:
        return unreachable(body, 'Questions.answer');
    }
  }

  /** Why nobody may ask this of the devices now. While a card is paying, its terminal stays as it is. */
  deviceRefusal(body: DevicesRequest): Refusal | undefined {
    if (body.type !== 'devices' && this.#parts.terminals.isWaiting()) return { type: 'paymentOpen', detail: {} };
    return this.#parts.backOffice.deviceRefusal(body);
  }

  /** Undefined where the open basket has no such line. */
  #explain(lineId: string): ExplanationView | undefined {
    const { basket } = this.#register.live;
    const line = basket === null ? undefined : findLine(basket, lineId);
    const view = this.#register.view();
    const settings = view?.settings();
    if (basket === null || line === undefined || view === undefined || settings?.ok !== true) return undefined;
    const { atMs } = this.#register.now();
    const promotions = this.#register.promotions(view, settings.value);
    const explained = explainLine(basket, lineId, {
      prices: view.scheduledPrices(line.sku),
      question: { atMs, scopes: view.scopes, currency: basket.opening.currency },
      promotions,
    });
    assert(explained !== undefined, 'the line stands in the basket');
    const limits = toLimitViews(explained, promotions, { customer: basket.customer, told: this.#register.newestView()?.promotionUses() });
    return toExplanation(
      { line, currency: basket.opening.currency },
      explained,
      (promotionId) => promotions.prepared.rule(promotionId).name,
      limits,
    );
  }

  /** Pages of keys and the departments that have none, in the order of their tabs; of a catalogue with neither, the categories that items name. */
  #tabs(view: CatalogueView): readonly KeyTab[] {
    const [pages, departments] = [view.keyPages(), view.departments()];
    const named =
      departments.length > 0 ? departments : this.#parts.search.categories(MAX_DEPARTMENTS).map((name) => ({ name, position: 1 }));
    return keyTabs(pages, named);
  }

  #keysOf(view: CatalogueView, { name, skus }: Pick<KeyTab, 'name' | 'skus'>): NonNullable<ReplyValue['tiles']> {
    return this.#tiles(view, skus ?? this.#parts.search.inDepartment(name, TILES_PER_DEPARTMENT), TILES_PER_DEPARTMENT);
  }

  /** When the first of their prices becomes another, as far as the catalogue has it already. */
  #nextPrices(view: CatalogueView, tiles: NonNullable<ReplyValue['tiles']>): Pick<ReplyValue, 'pricesInMs'> {
    const settings = view.settings();
    if (!settings.ok) return {};
    const { atMs } = this.#register.now();
    const span = { fromMs: atMs, scopes: view.scopes, currency: settings.value.currency };
    const soonestMs = Math.min(...tiles.map(({ sku }) => priceChanges(view.scheduledPrices(sku), span)[0]?.atMs ?? Infinity));
    return Number.isFinite(soonestMs) ? { pricesInMs: soonestMs - atMs } : {};
  }

  #displayGoods(view: CatalogueView): NonNullable<ReplyValue['tiles']> {
    const settings = view.settings();
    const tab = settings.ok ? this.#tabs(view).find(({ name }) => name === settings.value.displayPage) : undefined;
    return tab === undefined ? [] : this.#keysOf(view, tab).filter(({ picture }) => picture !== undefined);
  }

  /** In the order in which a shop lays them out. */
  #variants(view: CatalogueView, style: string): NonNullable<ReplyValue['tiles']> {
    const items = this.#parts.search.ofStyle(style, MAX_LISTED_VARIANTS).flatMap((sku) => view.item(sku) ?? []);
    const variants = sortVariants(items.filter((item) => item.style === style));
    return this.#tiles(
      view,
      variants.map(({ sku }) => sku),
      variants.length,
    );
  }

  #foundByStyle(view: CatalogueView, skus: readonly string[], limit: number): NonNullable<ReplyValue['tiles']> {
    const tiles: NonNullable<ReplyValue['tiles']> = [];
    for (const { style, skus: found } of styleRows(this.#parts.search.withStyles(skus))) {
      if (tiles.length >= limit) break;
      const [tile] = this.#tiles(view, found, 1);
      if (tile === undefined) continue;
      const { unitPrice: _ofOne, plu: _itsOwn, ...face } = tile;
      tiles.push(
        style === undefined ? tile : { ...face, name: style, variants: this.#parts.search.ofStyle(style, MAX_LISTED_VARIANTS).length },
      );
    }
    return tiles;
  }

  /** Of `skus`, the first `limit` that exist at the view's cut. */
  #tiles(view: CatalogueView, skus: readonly string[], limit: number): NonNullable<ReplyValue['tiles']> {
    const { atMs } = this.#register.now();
    const tiles: NonNullable<ReplyValue['tiles']> = [];
    for (const sku of skus) {
      if (tiles.length >= limit) break;
      const tile = toTile(view, sku, atMs);
      if (tile !== undefined) tiles.push(tile);
    }
    return tiles;
  }

  /** As it would be added, without its quantity: what a label says, a choice of prices, the catalogue's price. */
  #inquire(of: Goods): Tile | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const command = addItemCommand(of, this.#parts.goods.goodsPlace(open));
    if (!command.ok) return command.error.refusal;
    const { item, packUnits, code } = command.value;
    const face = toTile(open.view, item.sku, this.#register.now().atMs);
    assert(face !== undefined, 'what was found is there');
    const attributes = open.view.attributesOf(item.sku).map(toAttributeView);
    const tile = { ...face, ...(attributes.length > 0 && { attributes }) };
    const unitPrice = priceOfOne(command.value, open.basket.customer?.groups);
    if (unitPrice !== undefined && packUnits !== undefined && code !== undefined) {
      const { currency, lineRounding } = open.basket.opening;
      const amount = lineAmountMinor({ value: packUnits, unit: item.unit }, unitPrice, minorDigitsOf(currency), lineRounding);
      return amount.ok ? { ...tile, unitPrice, pack: { code, units: packUnits, amountMinor: amount.value } } : amount.error;
    }
    if (unitPrice !== undefined) return { ...tile, unitPrice };
    return item.nature === undefined ? { type: 'noPrice', detail: { sku: item.sku, name: item.name } } : tile;
  }
}
