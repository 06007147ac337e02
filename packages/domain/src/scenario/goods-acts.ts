/** Acts with goods: sold by their name or by a code, under a department, eaten in or taken away, and brought back without their sale at hand. */
import { ok, type Result } from '@holdfast/base';

import { notGoodsKind, parseScan, printableCode, type ScannedCode } from '../barcode/barcode.ts';
import { labelFacts } from '../barcode/goods-label.ts';
import { findGoodsStop, type GoodsStop, recallKeysOfScan } from '../barcode/goods-stop.ts';
import { dateRangeOf } from '../barcode/gs1-date.ts';
import { readInStoreCode, saidByCode } from '../barcode/in-store-code.ts';
import { basketLines, type PriceOverride } from '../basket/basket.ts';
import { isCouponValid, type Item, type ScheduledPrice } from '../catalog/catalog.ts';
import { type DepositGoods, depositsOf } from '../catalog/deposit.ts';
import type { RestrictionFacts } from '../catalog/restrictions.ts';
import type { UnitPrice } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import { choosePrice, type PriceChoice, priceChoices, type PriceQuestion } from '../pricing/pricing.ts';
import type { Refusal } from '../refusal.ts';
import { DEFAULT_RETURN_POLICY, lowestPrice, type ReturnPolicy } from '../returns/return-terms.ts';
import { localTimeOf } from '../shift/business-day.ts';
import { exemptTaxAt, type Service, taxAt } from '../tax/tax-rule.ts';
import { type Act, type ActText, confirmedOf, factsOf, readOverride, serviceOf, vouchedOf } from './act-text.ts';
import { readAmount, readPrice, readQuantity } from './cells.ts';
import { cutOf, does, type Lane } from './lane.ts';
import { mistake, type Mistake, unknownWord } from './mistake.ts';
import { readReceipt, returnOfReceipt, type ReturnText } from './return-acts.ts';
import type { Shop } from './shop.ts';

/** `milk`, `2 x milk`, `0.842 kg x bananas`. */
export function readGoods(
  text: string,
  { itemsByName, unusable }: Shop,
): Result<{ readonly name: string; readonly item?: Item; readonly quantity?: Quantity }, Mistake> {
  const match = /^(-?\d\S*(?: [a-z]{1,2})?) x (.+)$/.exec(text);
  const name = match?.[2] ?? text;
  const item = itemsByName.get(name);
  if (item === undefined && !unusable.has(name)) return unknownWord('goods', name, itemsByName.keys());
  const goods = { name, ...(item !== undefined && { item }) };
  if (match === null) return ok(goods);
  const quantity = readQuantity(match[1] ?? '');
  if (!quantity.ok) return quantity;
  return quantity.value.value < 0
    ? mistake('A quantity is not negative here: goods that come back are "return 2 x milk", or "stock in 2 x milk".')
    : ok({ ...goods, quantity: quantity.value });
}

const unknownCode = (code: string): Refusal => ({ type: 'unknownCode', detail: { code: printableCode(code) } });

interface Sold extends RestrictionFacts {
  readonly tare?: number;
  readonly label?: UnitPrice;
  /** Where it is eaten: what its tax may depend on. */
  readonly service?: Service;
  readonly quantity?: number;
  readonly packUnits?: number;
  readonly unit?: Quantity['unit'];
  readonly override?: PriceOverride;
  readonly unlistedPrice?: UnitPrice;
  readonly confirmed?: true;
  readonly code?: string;
  readonly serial?: string;
  readonly batch?: string;
  readonly text?: string;
  readonly faceMinor?: number;
  readonly natureReference?: string;
  readonly unverifiedReturnOf?: { readonly receiptNumber: string };
  readonly returnApprovedBy?: string;
}

/** What the catalogue says of an item now. */
function goodsOf(
  lane: Lane,
  item: Item,
  { service, isReturn = false, packUnits }: Pick<Sold, 'service' | 'packUnits'> & { readonly isReturn?: boolean } = {},
): DepositGoods & { readonly choices: readonly PriceChoice[] } {
  const { prices, scopes, settings, taxClasses } = lane.shop;
  const offered = prices.filter((price) => price.sku === item.sku);
  const taxRule = taxClasses.get(item.taxClass);
  const { date } = localTimeOf(lane.atMs, settings.timeZone);
  const question = { atMs: lane.atMs, scopes, currency: settings.currency, ...(packUnits !== undefined && { packUnits }) };
  const situation = { date, ...(service !== undefined && { service }) };
  const exemptTax = taxRule === undefined ? undefined : exemptTaxAt(taxRule, situation);
  return {
    item,
    // What nobody can sell in the basket's currency still says which one it was offered in.
    price:
      (isReturn ? priceOfReturn(lane, offered, question) : choosePrice(offered, question)) ??
      offered.find((price) => price.currency !== settings.currency),
    choices: isReturn && returnPolicyOf(lane).withoutReceipt === 'lowestPrice' ? [] : priceChoices(offered, question),
    taxClass: taxRule === undefined ? undefined : taxAt(taxRule, situation),
    ...(exemptTax !== undefined && { exemptTax }),
  };
}

/** Lines that stand are taxed as the catalogue says there. */
export function serve(lane: Lane, service: Service): Refusal | undefined {
  const { basket } = lane.shopper;
  const taxes = basketLines(basket).flatMap(({ lineId, sku, returnTaxes }) => {
    const item = returnTaxes === undefined ? lane.shop.itemsBySku.get(sku) : undefined;
    const { taxClass, exemptTax } = item === undefined ? {} : goodsOf(lane, item, { service });
    return taxClass === undefined ? [] : [{ lineId, taxClass, ...(exemptTax !== undefined && { exemptTax }) }];
  });
  return does(lane, { type: 'setService', service, taxes });
}

function sell(lane: Lane, item: Item, { service = lane.shopper.basket.service, ...sold }: Sold): Refusal | undefined {
  const deposits = depositsOf(item, (sku) => lane.shop.itemsBySku.get(sku));
  if (!deposits.ok) return deposits.error;
  return does(lane, {
    type: 'addItem',
    cut: cutOf(lane),
    ...goodsOf(lane, item, {
      ...(service !== undefined && { service }),
      ...(sold.packUnits !== undefined && { packUnits: sold.packUnits }),
      isReturn: isBack(sold),
    }),
    deposits: deposits.value.map((deposit) => goodsOf(lane, deposit, { ...(service !== undefined && { service }) })),
    ...factsOf(lane),
    ...sold,
  });
}

const isBack = ({ quantity = 1, unverifiedReturnOf }: Omit<Sold, 'service'>): boolean => quantity < 0 && unverifiedReturnOf === undefined;

const returnPolicyOf = (lane: Lane): ReturnPolicy => lane.shop.settings.returns ?? DEFAULT_RETURN_POLICY;

/** What the store's policy pays for goods without a receipt. */
function priceOfReturn(lane: Lane, offered: readonly ScheduledPrice[], question: PriceQuestion): ScheduledPrice | undefined {
  const { withoutReceipt, lowestPriceDays } = returnPolicyOf(lane);
  return withoutReceipt === 'lowestPrice' ? lowestPrice(offered, question, lowestPriceDays) : choosePrice(offered, question);
}

/** `2 x milk` without a receipt; `2 x milk of receipt 1`, `line 2 of receipt 1`, `all of receipt 1` with one. */
export function readReturnAct(text: ActText): Result<Act, Mistake> {
  const match = /^(.+) of (receipt \d{1,4})$/.exec(text.body);
  const receipt = match === null ? undefined : readReceipt(match[2] ?? '');
  if (match === null || receipt?.ok !== true) return readGoodsAct(text, -1);
  const [, what = ''] = match;
  const [isDefective, isUnverified] = [text.detail('defective') !== undefined, text.detail('from a copy') !== undefined];
  if (text.detail('unverified') !== undefined) {
    const act = (lane: Lane): string => lane.sales[receipt.value - 1]?.sale.receiptNumber ?? `elsewhere-${receipt.value}`;
    return readGoodsAct({ ...text, body: what }, -1, (lane) => ({ unverifiedReturnOf: { receiptNumber: act(lane) } }));
  }
  const whole = /^(?:all|line (\d{1,4}))$/.exec(what);
  if (whole !== null) {
    const line = whole[1] === undefined ? {} : { line: Number(whole[1]) };
    return ok((lane) => returnOfReceipt(lane, { receipt: receipt.value, ...line, isDefective, isUnverified }));
  }
  const goods = readGoods(what, text.shop);
  if (!goods.ok) return goods;
  const { name, item, quantity } = goods.value;
  const wanted: ReturnText = { receipt: receipt.value, goods: { name, sku: item?.sku ?? name, quantity }, isDefective, isUnverified };
  return ok((lane) => returnOfReceipt(lane, wanted));
}

/** `sign` −1 brings goods back; without a quantity it is one piece. */
export function readGoodsAct(
  text: ActText,
  sign: 1 | -1,
  besides: (lane: Lane) => Pick<Sold, 'unverifiedReturnOf'> = () => ({}),
): Result<Act, Mistake> {
  const goods = readGoods(text.body, text.shop);
  if (!goods.ok) return goods;
  const override = readOverride(text);
  if (!override.ok) return override;
  const { name, item, quantity } = goods.value;
  const [serial, batch, lineText] = [text.detail('serial'), text.detail('batch'), text.detail('text')];
  const worth = text.detail('worth');
  const face = worth === undefined ? undefined : readAmount(worth, text.shop.minorDigits);
  if (face?.ok === false) return face;
  const on = text.detail('on');
  const isOneBack = sign === -1 && item?.unit === 'piece';
  const tareText = text.detail('tare');
  const tare = tareText === undefined ? undefined : readQuantity(tareText);
  if (tare?.ok === false) return tare;
  const pack = readPack(text);
  if (!pack.ok) return pack;
  const packUnits = pack.value;
  const amount = quantity === undefined ? isOneBack && { quantity: -1 } : { quantity: sign * quantity.value + 0, unit: quantity.unit };
  const sold: Sold = {
    ...(tare !== undefined && { tare: tare.value.value }),
    ...vouchedOf(text),
    ...(packUnits === undefined ? amount : { quantity: sign * (quantity?.value ?? 1) * packUnits, packUnits }),
    ...override.value,
    ...serviceOf(text),
    ...confirmedOf(text),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(lineText !== undefined && { text: lineText }),
    ...(face !== undefined && { faceMinor: face.value }),
    ...(on !== undefined && { natureReference: on }),
    ...(text.detail('approved by') !== undefined && { returnApprovedBy: text.detail('approved by') ?? '' }),
  };
  return ok((lane) => (item === undefined ? unknownCode(name) : sell(lane, item, { ...sold, ...besides(lane) })));
}

/** `pack 6`: what was scanned is a pack of so many, and the quantity counts packs. */
function readPack({ detail }: ActText): Result<number | undefined, Mistake> {
  const text = detail('pack');
  if (text === undefined) return ok(undefined);
  return /^[1-9]\d{0,3}$/.test(text) ? ok(Number(text)) : mistake('How many pieces are in the pack: "scan 2 x water, pack 6".');
}

/** `2 x 4003994155486 as sundries, at 2.50`; without a code it is `sundries, at 2.50`. */
export function readUnlistedAct(text: ActText): Result<Act, Mistake> {
  const match = /^(?:(\d{1,9}) x )?(?:(\S+) as )?(.+)$/.exec(text.body);
  const [, pieces, code, name = ''] = match ?? [];
  const item = text.shop.itemsByName.get(name);
  if (item === undefined) return unknownWord('goods', name, text.shop.itemsByName.keys());
  const unlistedPrice = readPrice(text.detail('at') ?? '');
  if (!unlistedPrice.ok) return unlistedPrice;
  const said = { ...vouchedOf(text), ...confirmedOf(text), ...(pieces !== undefined && { quantity: Number(pieces) }) };
  return ok((lane) => {
    const read = code === undefined ? undefined : parseScan(code, {});
    const isListed = read?.ok === true && findItem(lane, read.value.keys, read.value.text) !== undefined;
    // What is listed has its own price, whatever was typed.
    if (code !== undefined && (isListed || read?.ok === false)) return scanCode(lane, code, said);
    return sell(lane, item, { ...said, unlistedPrice: unlistedPrice.value, ...(code !== undefined && { code }) });
  });
}

/** `<GS>` is the separator of element strings, `<U+0007>` any other character that no keyboard has. */
export const withControlCharacters = (text: string): string =>
  text
    .replaceAll('<GS>', '\u001D')
    .replaceAll(/<U\+([0-9A-F]{4})>/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** A code that cannot be read, or that nobody knows, stays as a red row. */
export function scanCode(lane: Lane, scanned: string, sold: Sold): Refusal | undefined {
  const keepRed = (refusal: Refusal): Refusal => does(lane, { type: 'addRefused', code: printableCode(scanned), refusal }) ?? refusal;
  const { settings } = lane.shop;
  const read = parseScan(scanned, { ownCodes: settings.ownCodes ?? [] });
  if (!read.ok) return keepRed(read.error);
  const { text, label } = read.value;
  const kind = notGoodsKind(read.value);
  if (kind !== undefined && !lane.shop.coupons.has(text)) return keepRed({ type: 'notGoods', detail: { code: text, kind } });
  const listed = findItem(lane, read.value.keys, text);
  const inStore = listed === undefined ? readInStoreCode(text, settings.inStoreCodes ?? []) : ok(undefined);
  if (!inStore.ok) return keepRed(inStore.error);
  const item = inStore.value === undefined ? listed : findItem(lane, inStore.value.keys, inStore.value.itemNumber);
  if (item === undefined) return lane.shop.coupons.has(text) ? handOver(lane, text) : keepRed(unknownCode(text));
  const stop = findStop(lane, read.value, sold.vouched?.includes('useBy') === true);
  if (stop !== undefined) return keepRed(stop);
  const said = inStore.value === undefined ? ok({}) : saidByCode(inStore.value, item);
  return said.ok ? sell(lane, item, { ...labelFacts(label, item.unit), ...sold, code: text, ...said.value }) : keepRed(said.error);
}

function findStop(lane: Lane, { keys, label = {} }: ScannedCode, isVouched: boolean): GoodsStop | undefined {
  const { recalls, settings, clockUncertaintyMs: uncertaintyMs } = lane.shop;
  const key = keys.flatMap((gtin) => recallKeysOfScan(gtin, label)).find((candidate) => recalls.has(candidate));
  const today = () => dateRangeOf({ atMs: lane.atMs, uncertaintyMs }, settings.timeZone);
  return findGoodsStop({ label, today, isVouched, ...(key !== undefined && { recall: { reason: recalls.get(key) ?? '' } }) });
}

function findItem({ shop: { skusByCode, itemsBySku } }: Lane, keys: readonly string[], text: string): Item | undefined {
  const key = keys.find((candidate) => skusByCode.has(candidate));
  return itemsBySku.get(key === undefined ? text : (skusByCode.get(key) ?? text));
}

/** A coupon by its code, as the catalogue knows it. */
export function handOver(lane: Lane, code: string): Refusal | undefined {
  const coupon = lane.shop.coupons.get(code);
  if (coupon === undefined) return { type: 'unknownCoupon', detail: { code } };
  if (!isCouponValid(coupon, lane.atMs)) return { type: 'couponNotValid', detail: { code } };
  return does(lane, { type: 'addCoupon', coupon: { code, name: coupon.name } });
}
