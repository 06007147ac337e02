/** What a scan, a PLU or a key of the screen means at the basket's cut, as the command that the domain decides on. Nothing is decided here. */
import { err, ok, type Result } from '@holdfast/base';
import {
  chooseAgain,
  dateRangeOf,
  depositsOf,
  exemptTaxAt,
  findGoodsStop,
  isMeasured,
  labelFacts,
  localTimeOf,
  notGoodsKind,
  parseScan,
  pluKey,
  printableCode,
  readInStoreCode,
  recallKeysOfScan,
  saidByCode,
  taxAt,
  type AddItem,
  type DepositGoods,
  type GoodsLabel,
  type GoodsStop,
  type Item,
  type Refusal,
  type RestrictionFacts,
  type SaidByCode,
  type ScannedCode,
  type Service,
  type StoreSettings,
  type UnitPrice,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { CatalogueView, OfferedPrices } from '../catalogue/catalogue.ts';
import type { ScaleWeight } from '../devices/weigh.ts';
import type { StoreMoment } from '../store-time.ts';

export type Goods = Extract<RequestBody, { type: 'scan' | 'addPlu' | 'addItem' }>;

export const isGoods = (body: RequestBody): body is Goods => body.type === 'scan' || body.type === 'addPlu' || body.type === 'addItem';

export const codeOf = (body: Goods): string => (body.type === 'scan' ? body.code : body.type === 'addPlu' ? body.plu : body.sku);

/** An item, and what its code says beside which it is. */
interface Found {
  readonly item: Item;
  readonly code?: Pick<ScannedCode, 'text' | 'keys' | 'label'>;
  /** From a code that the store printed. */
  readonly said?: SaidByCode;
  /** Of a code that stands for a pack: how many pieces. */
  readonly units?: number;
}

/** A refusal, and the name of the goods where it is known. */
export interface RefusedGoods {
  readonly refusal: Refusal;
  readonly name?: string;
}

/** Where the command is to be decided. */
export interface GoodsPlace {
  readonly view: CatalogueView;
  readonly settings: StoreSettings;
  readonly currency: string;
  readonly cut: AddItem['cut'];
  readonly moment: StoreMoment;
  /** At the newest cut: a recall holds at once, also for a basket that sells at an older one. */
  readonly recall: CatalogueView['recall'];
  /** Of the cashier, where it is known. */
  readonly operatorAge: OperatorAge;
  /** Where it is eaten: what its tax may depend on. */
  readonly service?: Service;
  /** What lies on the scale, where the request asks for it. */
  readonly weight?: ScaleWeight;
}

export type OperatorAge = Pick<RestrictionFacts, 'operatorAgeYears' | 'operatorAgeUpToYears'>;

/** What the till knows of the moment and the cashier. */
export function restrictionFacts({
  settings,
  moment,
  operatorAge,
}: Pick<GoodsPlace, 'settings' | 'moment' | 'operatorAge'>): RestrictionFacts {
  const { atMs, clockUncertaintyMs } = moment;
  return {
    clock: { atMs, timeZone: settings.timeZone, uncertaintyMs: clockUncertaintyMs },
    ...operatorAge,
  };
}

export function addItemCommand(body: Goods, place: GoodsPlace): Result<AddItem, RefusedGoods> {
  const found = findGoods(body, place);
  if (!found.ok) return err({ refusal: found.error });
  const { item, code, said, units } = found.value;
  const stop = code === undefined ? undefined : stopOf(code, body, place);
  if (stop !== undefined) return err({ refusal: withName(stop, item), name: item.name });
  const amount = units === undefined ? amountOf(body, item, said, place.weight) : packAmount(body, item, units);
  if (!amount.ok) return err({ refusal: amount.error, name: item.name });
  const deposits = depositsOf(item, (sku) => place.view.item(sku));
  if (!deposits.ok) return err({ refusal: deposits.error, name: item.name });
  const { price, choices } = offeredPrices(body, item, amount.value, place);
  return ok({
    type: 'addItem',
    cut: place.cut,
    ...goodsAt(place, item, price),
    ...(choices.length > 0 && { choices }),
    ...(deposits.value.length > 0 && {
      deposits: deposits.value.map((deposit) =>
        goodsAt(place, deposit, place.view.priceAt(deposit.sku, place.moment.atMs, place.currency)),
      ),
    }),
    ...(code !== undefined && { code: code.text }),
    ...(said?.label !== undefined && { label: said.label }),
    ...labelFacts(units === undefined ? code?.label : labelInPack(code?.label), item.unit),
    // What a person typed, or the store's own label says, goes before what the pack says.
    ...amount.value,
    ...(body.override !== undefined && { override: body.override }),
    ...(body.confirmed !== undefined && { confirmed: body.confirmed }),
    ...(body.on !== undefined && { natureReference: body.on }),
    ...(body.worthMinor !== undefined && { faceMinor: body.worthMinor }),
    ...(body.returnOf !== undefined && { unverifiedReturnOf: { receiptNumber: body.returnOf } }),
    ...restrictionFacts(place),
    ...(body.vouched !== undefined && { vouched: body.vouched }),
  });
}

export type SellUnlisted = Extract<RequestBody, { type: 'sellUnlisted' }>;

/** What the catalogue does not list, under its department's item. */
export function unlistedCommand(body: SellUnlisted, place: GoodsPlace): Result<AddItem, Refusal> {
  const { view, cut } = place;
  const department = view.departments().find(({ name }) => name === body.department);
  const item = view.item(department?.unlistedSku ?? '');
  if (item === undefined) return err({ type: 'noDepartment', detail: { department: printableCode(body.department) } });
  return ok({
    type: 'addItem',
    cut,
    ...goodsAt(place, item, undefined),
    unlistedPrice: body.unitPrice,
    ...(body.code !== undefined && { code: printableCode(body.code) }),
    ...restrictionFacts(place),
    ...(body.confirmed !== undefined && { confirmed: body.confirmed }),
    ...(body.vouched !== undefined && { vouched: body.vouched }),
  });
}

/** What a piece (a kilogram, a litre, a metre) of it would cost, of a pack one in it: a label's own price, the best for this customer, or the catalogue's. */
export function priceOfOne(
  { item, label, price, choices = [], packUnits = 1 }: AddItem,
  customerGroups: readonly string[] | undefined,
): UnitPrice | undefined {
  if (item.unit === 'piece' && label !== undefined) return label;
  const choice = chooseAgain(choices, { quantity: packUnits, ...(customerGroups !== undefined && { customerGroups }) });
  return choice?.unitPrice ?? price?.price;
}

const withName = ({ type, detail }: GoodsStop, { sku, name }: Item): Refusal => ({ type, detail: { ...detail, sku, name } });

/** What comes back may be anything. */
function stopOf(
  { keys, label = {} }: NonNullable<Found['code']>,
  body: Goods,
  { settings, moment, recall }: GoodsPlace,
): GoodsStop | undefined {
  if (body.type !== 'scan' || (body.quantity ?? 1) < 0) return undefined;
  const { atMs, clockUncertaintyMs: uncertaintyMs } = moment;
  const called = recall(keys.flatMap((key) => recallKeysOfScan(key, label)));
  return findGoodsStop({
    label,
    today: () => dateRangeOf({ atMs, uncertaintyMs }, settings.timeZone),
    ...(called !== undefined && { recall: called }),
    isVouched: body.vouched?.includes('useBy') === true,
  });
}

/** What comes back at the lowest price has no better one for its quantity. */
function offeredPrices(
  body: Goods,
  { sku }: Item,
  amount: Pick<AddItem, 'quantity' | 'packUnits'>,
  { view, settings, currency, moment: { atMs } }: GoodsPlace,
): OfferedPrices {
  const days = lowestDaysOf(body, amount, settings);
  if (days === undefined)
    return view.pricesAt(sku, { atMs, currency, ...(amount.packUnits !== undefined && { packUnits: amount.packUnits }) });
  return { price: view.lowestPriceAt(sku, { atMs, currency, days }), choices: [] };
}

/** In how many days the lowest price is looked for: of goods without a receipt, where that is what the store pays for them. */
function lowestDaysOf(body: Goods, { quantity = 1 }: Pick<AddItem, 'quantity'>, { returns }: StoreSettings): number | undefined {
  const isBack = quantity < 0 && body.returnOf === undefined;
  return isBack && returns?.withoutReceipt === 'lowestPrice' ? returns.lowestPriceDays : undefined;
}

/** An item at its price, with the tax that holds now. */
const goodsAt = (place: GoodsPlace, item: Item, price: DepositGoods['price']): DepositGoods => ({ item, price, ...lineTaxAt(place, item) });

/** The tax that holds for an item there and now. */
export function lineTaxAt(
  { view, settings, moment: { atMs }, service }: GoodsPlace,
  item: Item,
): Pick<DepositGoods, 'taxClass' | 'exemptTax'> {
  const taxRule = view.taxRule(item.taxClass);
  if (taxRule === undefined) return { taxClass: undefined };
  const situation = { date: localTimeOf(atMs, settings.timeZone).date, ...(service !== undefined && { service }) };
  const exemptTax = exemptTaxAt(taxRule, situation);
  return { taxClass: taxAt(taxRule, situation), ...(exemptTax !== undefined && { exemptTax }) };
}

/** A scan by the store's own rules. */
export const readScan = (code: string, { ownCodes = [] }: Pick<StoreSettings, 'ownCodes'>): ReturnType<typeof parseScan> =>
  parseScan(code, { ownCodes });

const unknownCode = (code: string): Result<never, Refusal> => err({ type: 'unknownCode', detail: { code: printableCode(code) } });

function findGoods(body: Goods, { view, settings }: GoodsPlace): Result<Found, Refusal> {
  if (body.type === 'addItem') {
    const item = view.item(body.sku);
    return item === undefined ? unknownCode(body.sku) : ok({ item });
  }
  if (body.type === 'addPlu') return findListed(view, { type: 'plu', text: body.plu, keys: [pluKey(body.plu)] });
  const scanned = readScan(body.code, settings);
  if (!scanned.ok) return scanned;
  const kind = notGoodsKind(scanned.value);
  if (kind !== undefined) return err({ type: 'notGoods', detail: { code: printableCode(scanned.value.text), kind } });
  const listed = findListed(view, scanned.value);
  // A code that the catalogue lists as it stands means that item, whatever a template says.
  return listed.ok || settings.inStoreCodes === undefined ? listed : findInStore(view, scanned.value, settings.inStoreCodes);
}

function findListed(view: CatalogueView, code: ScannedCode): Result<Found, Refusal> {
  const listed = view.findCode(code);
  const item = listed === undefined ? undefined : view.item(listed.sku);
  if (listed === undefined || item === undefined) return unknownCode(code.text);
  if (listed.units === 1) return ok({ item, code });
  // Of what is weighed no number of pieces says how much it is.
  return item.unit === 'piece' ? ok({ item, code, units: listed.units }) : unknownCode(code.text);
}

function findInStore(
  view: CatalogueView,
  code: ScannedCode,
  templates: NonNullable<StoreSettings['inStoreCodes']>,
): Result<Found, Refusal> {
  const read = readInStoreCode(code.text, templates);
  if (!read.ok) return read;
  if (read.value === undefined) return unknownCode(code.text);
  const found = findListed(view, { ...code, text: read.value.itemNumber, keys: read.value.keys });
  if (!found.ok) return unknownCode(code.text);
  const said = saidByCode(read.value, found.value.item);
  return said.ok ? ok({ item: found.value.item, code, said: said.value }) : said;
}

/** In steps of the item's unit; nothing where none was said. What a label says goes before what was typed, but for its sign. */
function amountOf(
  body: Goods,
  item: Item,
  said: Found['said'],
  weight: ScaleWeight | undefined,
): Result<Pick<AddItem, 'quantity' | 'tare'>, Refusal> {
  // Goods by the piece, and what the store has weighed and labelled, need no scale.
  if (body.weigh === true && item.unit === 'gram' && said === undefined) return weighedAmount(body, item, weight);
  const quantity = inSteps(item, body.quantity, body.typedDecimals);
  if (!quantity.ok) return quantity;
  const tare = inSteps(item, body.tare, body.tareDecimals);
  if (!tare.ok) return tare;
  if (said?.label !== undefined && isMeasured(item.unit)) return ok(body.quantity === undefined ? {} : { quantity: body.quantity });
  if (said?.quantity !== undefined) {
    const typed = body.quantity ?? 1;
    // One label is one package: a count before it would be a second weight.
    if (Math.abs(typed) !== 1) return err({ type: 'labelFixed', detail: { sku: item.sku, name: item.name } });
    return ok({ ...said, quantity: typed * said.quantity });
  }
  return ok({
    ...(quantity.value !== undefined && { quantity: quantity.value }),
    ...(tare.value !== undefined && { tare: tare.value }),
  });
}

/** The serial number on a pack is its own, and of none of the goods in it. */
function labelInPack({ serial: _serial, ...label }: GoodsLabel = {}): GoodsLabel {
  return label;
}

/** What was typed counts packs; what is sold are the pieces in them. */
function packAmount(body: Goods, item: Item, units: number): Result<Pick<AddItem, 'quantity' | 'packUnits'>, Refusal> {
  const packs = inSteps(item, body.quantity, body.typedDecimals);
  return packs.ok ? ok({ quantity: (packs.value ?? 1) * units, packUnits: units }) : packs;
}

/** As it lies on the scale: what came back weighs as much as what is sold. */
function weighedAmount(body: Goods, item: Item, weight: ScaleWeight | undefined): Result<Pick<AddItem, 'quantity' | 'tare'>, Refusal> {
  if (weight === undefined) return err({ type: 'scaleUnavailable', detail: { reason: 'unknown' } });
  if (!weight.ok) return weight;
  const { grams, isNet } = weight.value;
  const tare = inSteps(item, body.tare, body.tareDecimals);
  if (!tare.ok) return tare;
  const quantity = (body.quantity ?? 1) < 0 ? -grams : grams;
  // A tare that the scale has taken off is not taken off again.
  const taken = isNet ? 0 : tare.value;
  return ok({ quantity, ...(taken !== undefined && { tare: taken }) });
}

/** A number as typed means kilograms of what is weighed, and whole pieces of the rest. */
function inSteps(
  { sku, name, unit }: Item,
  value: number | undefined,
  typedDecimals: number | undefined,
): Result<number | undefined, Refusal> {
  if (value === undefined || typedDecimals === undefined) return ok(value);
  if (isMeasured(unit)) return ok(value * 10 ** (3 - typedDecimals));
  return typedDecimals === 0 ? ok(value) : err({ type: 'unitMismatch', detail: { sku, name, unit, offered: 'fraction' } });
}
