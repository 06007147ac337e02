/** Goods come into the basket, by whatever names them, and what is said of a line or of the shopper. */
import { assert } from '@holdfast/base';
import {
  applyBasketCommand,
  applyBasketEvents,
  applyPermittedCommand,
  type BasketCommand,
  type BasketEvent,
  basketLines,
  type GuardedScan,
  guardScan,
  isCouponValid,
  type LineTax,
  printableCode,
  type Refusal,
  type ScanSighting,
  type Service,
  type StoreSettings,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import {
  addItemCommand,
  codeOf,
  type Goods,
  type GoodsPlace,
  lineTaxAt,
  readScan,
  restrictionFacts,
  type SellUnlisted,
  unlistedCommand,
} from '../selling/goods.ts';
import { cardNumberOf } from './customer-acts.ts';
import type { Done, OpenSale, Register } from './register.ts';

/** Refusals that ask: the person at the till answers and the window asks again. Everything else stays as a red row. */
const QUESTIONS: ReadonlySet<string> = new Set([
  'quantityAboveLimit',
  'weightNeeded',
  'noWeight',
  'scaleUnavailable',
  'saleHoursUnsure',
  'cashierAgeUnknown',
  'noCatalogue',
  'approvalNeeded',
  'notAllowed',
  'referenceNeeded',
  'worthNeeded',
  'rightsOver',
  'basketElsewhere',
]);

export class GoodsActs {
  readonly #register: Register;
  readonly #attachCard: (card: string) => Done;
  /** Of a scanner, for the basket that it came into: the next shopper's goods are other ones. A till that starts again has seen nothing yet. */
  #lastSighting: { readonly basketId: string; readonly scan: ScanSighting } | undefined;

  constructor(register: Register, attachCard: (card: string) => Done) {
    this.#register = register;
    this.#attachCard = attachCard;
  }

  /** What failed was not sold, so that scanning it once more is no repetition. */
  forgetSighting(): void {
    this.#lastSighting = undefined;
  }

  /** `rowId`: the red row that it stands for, which goes where anything changes. */
  addGoods(body: Goods, rowId?: string): Done {
    const opened = this.#register.open();
    if ('type' in opened) return this.#register.refuse(opened);
    const { open, cleared } = withoutRow(opened, rowId);
    const refused = (refusal: Refusal, name?: string): Done => {
      if (QUESTIONS.has(refusal.type)) return this.#register.refuse(refusal);
      const code = printableCode(codeOf(body));
      const row: BasketCommand = { type: 'addRefused', code, ...(name !== undefined && { name }), refusal };
      const events = applyBasketCommand(open.basket, row, open.promotions);
      assert(events.ok, 'a red row can always be added');
      const done = this.#register.record(opened.basket, [...cleared, ...events.value], null);
      return { ...done, answer: { refusal: refusal } };
    };
    const command = addItemCommand(body, this.goodsPlace(open));
    if (!command.ok) {
      const { refusal, name } = command.error;
      const isCode = refusal.type === 'unknownCode' || refusal.type === 'notGoods';
      const card = body.type === 'scan' && refusal.detail['kind'] === 'loyalty' ? cardNumberOf(body.code, open.settings) : undefined;
      if (card !== undefined) return this.#attachCard(card);
      const coupon = body.type === 'scan' && isCode ? open.view.coupon(String(refusal.detail['code'])) : undefined;
      return coupon === undefined ? refused(refusal, name) : this.addCoupon(coupon.code);
    }
    const guarded = this.#guard(body, open.settings);
    if (guarded?.repeat !== undefined) {
      this.#saw(guarded.last);
      return this.#register.unchanged({ value: { repeated: guarded.repeat } });
    }
    const events = applyPermittedCommand(open.basket, command.value, open.authority, open.promotions);
    if (!events.ok) return refused(this.#register.denialOf(events.error, open), command.value.item.name);
    // Only what was sold can be sold twice.
    if (guarded !== undefined) this.#saw(guarded.last);
    return this.#register.record(opened.basket, [...cleared, ...events.value], open.cut);
  }

  sellUnlisted(body: SellUnlisted): Done {
    const opened = this.#register.open();
    if ('type' in opened) return this.#register.refuse(opened);
    const { open, cleared } = withoutRow(opened, body.rowId);
    const place = this.goodsPlace(open);
    const { code } = body;
    const listed = code === undefined ? undefined : addItemCommand({ type: 'scan', code }, place);
    const isKnown = listed !== undefined && (listed.ok || listed.error.refusal.type !== 'unknownCode');
    // What is listed, called back, misread or a coupon is what it is, whatever was typed.
    if (code !== undefined && (isKnown || open.view.coupon(code) !== undefined)) return this.addGoods({ type: 'scan', code }, body.rowId);
    const command = unlistedCommand(body, place);
    if (!command.ok) return this.#register.refuse(command.error);
    const events = applyPermittedCommand(open.basket, command.value, open.authority, open.promotions);
    if (!events.ok) return this.#register.refuse(this.#register.denialOf(events.error, open));
    return this.#register.record(opened.basket, [...cleared, ...events.value], open.cut);
  }

  goodsPlace(open: OpenSale, service = open.basket.service): GoodsPlace {
    const { hubEpoch, lsn } = open.cut.position;
    const { currency } = open.basket.opening;
    const newest = this.#register.catalogue()?.view(open.cut.at);
    const recall = (keys: readonly string[]) => newest?.recall(keys);
    const moment = this.#register.now();
    const operatorAge = this.#register.operatorAge(open, moment);
    const weight = this.#register.hub?.weight;
    const place = { ...open, currency, cut: { hubEpoch, lsn }, moment, recall, operatorAge, ...(weight !== undefined && { weight }) };
    return { ...place, ...(service !== undefined && { service }) };
  }

  #saw(scan: ScanSighting): void {
    this.#lastSighting = { basketId: this.#register.live.basketId, scan };
  }

  #guard(body: Goods, settings: StoreSettings): GuardedScan | undefined {
    if (body.type !== 'scan' || body.scannedAtMs === undefined) return undefined;
    const code = readScan(body.code, settings);
    if (!code.ok) return undefined;
    const { keys, label } = code.value;
    const { basketId } = this.#register.live;
    const last = this.#lastSighting?.basketId === basketId ? this.#lastSighting.scan : undefined;
    return guardScan(last, { text: body.code, key: keys[0] ?? '', isLabelled: label !== undefined, atMs: body.scannedAtMs });
  }

  setQuantity({ lineId, quantity, confirmed = false, vouched = [] }: Extract<RequestBody, { type: 'setQuantity' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const moment = this.#register.now();
    const operatorAge = this.#register.operatorAge(open, moment);
    const facts = restrictionFacts({ settings: open.settings, moment, operatorAge });
    return this.#register.change({ type: 'setQuantity', lineId, quantity, confirmed, ...facts, vouched });
  }

  /** Lines that stand are taxed as the catalogue says there, at the basket's own cut. */
  setService(service: Service): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const place = this.goodsPlace(open, service);
    const taxes = basketLines(open.basket).flatMap(({ lineId, sku }): readonly LineTax[] => {
      const item = open.view.item(sku);
      const { taxClass, exemptTax } = item === undefined ? {} : lineTaxAt(place, item);
      return taxClass === undefined ? [] : [{ lineId, taxClass, ...(exemptTax !== undefined && { exemptTax }) }];
    });
    return this.#register.change({ type: 'setService', service, taxes });
  }

  addCoupon(code: string): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const coupon = open.view.coupon(code);
    if (coupon === undefined) return this.#register.refuse({ type: 'unknownCoupon', detail: { code: printableCode(code) } });
    if (!isCouponValid(coupon, this.#register.now().atMs)) return this.#register.refuse({ type: 'couponNotValid', detail: { code } });
    return this.#register.change({ type: 'addCoupon', coupon: { code, name: coupon.name } });
  }
}

/** The sale without a red row; as it was where there is none such. */
function withoutRow(open: OpenSale, rowId: string | undefined): { readonly open: OpenSale; readonly cleared: readonly BasketEvent[] } {
  const cleared = rowId === undefined ? undefined : applyBasketCommand(open.basket, { type: 'clearRefused', lineId: rowId });
  if (cleared?.ok !== true) return { open, cleared: [] };
  return { open: { ...open, basket: applyBasketEvents(open.basket, cleared.value) }, cleared: cleared.value };
}
