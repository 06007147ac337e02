/**
 * Goods that become lines of a basket: which price they have, which line they join, what may not be sold so, and what follows when a
 * quantity, a price or the shopper changes.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import type { Item, ScheduledPrice } from '../catalog/catalog.ts';
import { unitCostOf } from '../catalog/cost.ts';
import { type DepositFollows, type DepositGoods, depositQuantity } from '../catalog/deposit.ts';
import { accountOf, OUTSIDE_TAX, taxPointOf } from '../catalog/nature.ts';
import { findRestriction, type RestrictionFacts, type Restrictions, restrictionsOf } from '../catalog/restrictions.ts';
import { netOf } from '../catalog/tare.ts';
import {
  amountOutOfRange,
  compareUnitPrices,
  isAmountInRange,
  isUnitPrice,
  lineAmountMinor,
  MAX_AMOUNT_MINOR,
  minorDigitsOf,
  quantityOfAmount,
  type UnitPrice,
} from '../money/money.ts';
import { isMeasured, isQuantityInRange, pricingStep, type Quantity, quantityOutOfRange, type Unit } from '../money/quantity.ts';
import { chooseAgain, isSameChoices, type PriceChoice } from '../pricing/pricing.ts';
import type { BasketCustomer } from '../promotions/repricing.ts';
import { exemptLine } from '../tax/exemption.ts';
import type { TaxClass } from '../tax/tax-rule.ts';
import { isSameTax, isTaxUsable, taxAtMost, type TaxedAmount } from '../tax/tax.ts';
import { isReference } from '../tender/tender.ts';
import { applyBasketEvent, applyBasketEvents } from './basket-event.ts';
import { capRefusal, isFixedReturn, withoutReceiptRefusal } from './basket-return.ts';
import { isOfSeveral } from './basket-service.ts';
import {
  type AddItem,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  basketLines,
  type BasketRefusal,
  type ChosenPrice,
  findLine,
  noSuchLine,
  type PriceOverride,
} from './basket.ts';
import { isOfLine } from './manual-discount.ts';

export const exempted = ({ exemption }: Basket, certificate: string | null): readonly BasketEvent[] =>
  exemption === certificate ? [] : [{ type: 'exempted', certificate }];

interface Goods {
  readonly sku: string;
  readonly name: string;
}

/** Refuses quantities that no line may have: 0, out of range, or so many that a person must say yes first. */
function checkQuantity(
  basket: Basket,
  goods: Goods,
  change: {
    readonly quantity: Quantity;
    readonly before: number;
    readonly entered: number;
    readonly confirmed: boolean;
    readonly packUnits?: number | undefined;
  },
): BasketRefusal | undefined {
  const { sku, name } = goods;
  const { quantity, before, entered, confirmed, packUnits = 1 } = change;
  if (quantity.value === 0) return { type: 'quantityZero', detail: { sku, name } };
  if (!isQuantityInRange(quantity.value)) return quantityOutOfRange();
  // What is asked about is a number that somebody mistyped: of packs they are counted, not what is in them.
  const limit = basket.opening.quantityAskAbove * pricingStep(quantity.unit) * packUnits;
  // Asked where one entry is that large, and where a line grows past the limit, but not at every scan after that.
  const isAsked = Math.abs(entered) > limit || (Math.abs(quantity.value) > limit && Math.abs(before) <= limit);
  if (isAsked && !confirmed) {
    return { type: 'quantityAboveLimit', detail: { sku, name, quantity: quantity.value, unit: quantity.unit, limit } };
  }
  return undefined;
}

function checkOverride(goods: Goods, override: PriceOverride): BasketRefusal | undefined {
  if (!isUnitPrice(override.unitPrice)) return amountOutOfRange();
  return override.unitPrice.amount < 0 ? { type: 'negativePrice', detail: { sku: goods.sku, name: goods.name } } : undefined;
}

/** A caller's price as JSON gives it back: two own keys, and no minus before a zero. */
const plainPrice = ({ amount, decimals }: UnitPrice): UnitPrice => ({ amount: amount + 0, decimals: decimals + 0 });

interface LinePrice extends ChosenPrice {
  readonly reason?: string;
  readonly cataloguePrice?: UnitPrice;
}

/** What the catalogue asks, where it asks something in the basket's currency. */
const askedPrice = (basket: Basket, price: ScheduledPrice | undefined): UnitPrice | undefined =>
  price !== undefined && price.currency === basket.opening.currency && isUnitPrice(price.price) && price.price.amount > 0
    ? plainPrice(price.price)
    : undefined;

type PricedGoods = Pick<AddItem, 'item' | 'price' | 'override' | 'label' | 'faceMinor' | 'unlistedPrice'>;

function linePrice(
  basket: Basket,
  { item, price, override, label, faceMinor, unlistedPrice }: PricedGoods,
): Result<LinePrice, BasketRefusal> {
  const { sku, name } = item;
  if (unlistedPrice !== undefined) {
    if (!isUnitPrice(unlistedPrice)) return err(amountOutOfRange());
    if (unlistedPrice.amount <= 0) return err({ type: 'negativePrice', detail: { sku, name } });
    return ok({ unitPrice: plainPrice(unlistedPrice), priceType: 'override' });
  }
  if (item.nature !== undefined && faceMinor !== undefined) {
    if (!isAmountInRange(faceMinor)) return err(amountOutOfRange());
    if (faceMinor <= 0) return err({ type: 'negativePrice', detail: { sku, name } });
    return ok({ unitPrice: { amount: faceMinor, decimals: minorDigitsOf(basket.opening.currency) }, priceType: 'regular' });
  }
  if (override !== undefined) {
    const refusal = checkOverride(item, override);
    if (refusal !== undefined) return err(refusal);
    const cataloguePrice = askedPrice(basket, price);
    const { reason } = override;
    const asked = cataloguePrice === undefined ? {} : { cataloguePrice };
    return ok({ unitPrice: plainPrice(override.unitPrice), priceType: 'override', reason, ...asked });
  }
  if (label !== undefined && !isMeasured(item.unit)) {
    if (!isUnitPrice(label)) return err(amountOutOfRange());
    if (label.amount < 0) return err({ type: 'negativePrice', detail: { sku, name } });
    if (label.amount === 0) return err({ type: 'notForSale', detail: { sku, name, cataloguePrice: 0 } });
    return ok({ unitPrice: plainPrice(label), priceType: 'label' });
  }
  const { currency } = basket.opening;
  if (price === undefined || price.currency !== currency) {
    return err({ type: 'noPrice', detail: { sku, name, currency, offeredCurrency: price?.currency ?? '' } });
  }
  if (!isUnitPrice(price.price)) return err(amountOutOfRange());
  if (price.price.amount < 0) return err({ type: 'negativePrice', detail: { sku, name } });
  if (price.price.amount === 0) return err({ type: 'notForSale', detail: { sku, name, cataloguePrice: 0 } });
  return ok({
    unitPrice: plainPrice(price.price),
    priceType: price.type,
    ...(price.source !== undefined && { priceSource: price.source }),
  });
}

const chosenPrice = ({ unitPrice, type, source, fromQuantity }: PriceChoice): ChosenPrice => ({
  unitPrice: plainPrice(unitPrice),
  priceType: type,
  ...(type === 'pack' && fromQuantity !== undefined && { packUnits: fromQuantity }),
  ...(source !== undefined && { priceSource: source }),
});

type UnpricedLine = Omit<BasketLine, 'amountMinor' | 'unitPrice' | 'priceType'>;

/** What a line's own choices make of its quantity and its customer; undefined where none of them holds. */
function priceByChoice(basket: Basket, choices: readonly PriceChoice[], quantity: number): ChosenPrice | undefined {
  const groups = basket.customer?.groups;
  const choice = chooseAgain(choices, { quantity, ...(groups !== undefined && { customerGroups: groups }) });
  return choice === undefined ? undefined : chosenPrice(choice);
}

/** With tax on top, a basket comes to at most so many times its lines: no rate is above 1,000 %. */
const MOST_TAXED = 11;

/** Whether the basket can still be paid, whichever of its lines are voided, when `line` (new, or changed from `before`) stands in it. */
function staysInRange(basket: Basket, before: BasketLine | undefined, line: TaxedAmount): boolean {
  let turnoverMinor = Math.abs(line.amountMinor);
  // A tax per unit knows no highest rate.
  let isPlain = line.tax.components === undefined;
  for (const row of basket.rows) {
    if (row.kind !== 'item' || row === before) continue;
    turnoverMinor += Math.abs(row.amountMinor);
    isPlain &&= row.tax.components === undefined;
  }
  if (isPlain && (basket.opening.taxInclusive || turnoverMinor * MOST_TAXED <= MAX_AMOUNT_MINOR)) return isAmountInRange(turnoverMinor);
  let taxMinor = taxAtMost(line);
  for (const row of basket.rows) if (row.kind === 'item' && row !== before) taxMinor += taxAtMost(row);
  return isAmountInRange(turnoverMinor + taxMinor);
}

/** The goods, and the deposits that come with them: all of it or nothing. */
export function addItem(basket: Basket, command: AddItem): Result<readonly BasketEvent[], BasketRefusal> {
  const { item, deposits = [] } = command;
  if (item.depositSku !== undefined && deposits.length === 0) {
    return err({ type: 'depositUnusable', detail: { sku: item.sku, name: item.name, depositSku: item.depositSku, reason: 'missing' } });
  }
  const added = addGoods(basket, command);
  if (!added.ok || deposits.length === 0) return added;
  const after = applyBasketEvents(basket, added.value);
  const line = findLine(after, after.currentLineId ?? '');
  assert(line !== undefined, 'goods that were added stand in a line');
  const followed = followDeposits(after, line, deposits);
  return followed.ok ? ok([...added.value, ...followed.value]) : followed;
}

/** Brings the deposits of a line to its quantity; those that it has not yet are made of `goods`. */
function followDeposits(basket: Basket, line: BasketLine, goods: readonly DepositGoods[]): Result<readonly BasketEvent[], BasketRefusal> {
  const quantity = depositQuantity(line.quantity);
  const held = basketLines(basket).filter((row) => row.depositOf === line.lineId);
  const steps: readonly ((after: Basket) => Result<BasketEvent, BasketRefusal>)[] =
    held.length > 0
      ? held.map((deposit) => (after) => changeQuantity(after, deposit, quantity))
      : goods.map((deposit) => (after) => addDeposit(after, line, deposit, quantity));
  const events: BasketEvent[] = [];
  let after = basket;
  for (const step of steps) {
    const event = step(after);
    if (!event.ok) return event;
    events.push(event.value);
    after = applyBasketEvent(after, event.value);
  }
  return ok(events);
}

/** Who buys, and what their own prices make of the lines that are there. */
export function setCustomer(
  basket: Basket,
  customer: BasketCustomer | null,
  certificate: string | null,
): Result<readonly BasketEvent[], BasketRefusal> {
  const events: BasketEvent[] = [{ type: 'customerSet', customer }, ...exempted(basket, certificate)];
  let after = applyBasketEvents(basket, events);
  for (const line of basketLines(after).filter(({ choices }) => choices !== undefined)) {
    const changed = changeQuantity(after, line, line.quantity);
    if (!changed.ok) return changed;
    if (changed.value.type !== 'quantityChanged' || changed.value.price === undefined) continue;
    events.push(changed.value);
    after = applyBasketEvent(after, changed.value);
  }
  return ok(events);
}

function addDeposit(
  basket: Basket,
  line: BasketLine,
  { item, price, taxClass, exemptTax }: DepositGoods,
  quantity: Quantity,
): Result<BasketEvent, BasketRefusal> {
  const { sku, name } = item;
  const priced = linePrice(basket, { item, price });
  if (!priced.ok) return priced;
  const tax = usableTax(basket, item, taxClass);
  if (!tax.ok) return tax;
  const position = basket.rowCounter + 1;
  const row: Omit<BasketLine, 'amountMinor'> = {
    kind: 'item',
    lineId: String(position),
    position,
    sku,
    name,
    quantity,
    ...priced.value,
    tax: tax.value,
    ...(exemptTax !== undefined && { exemptTax }),
    ...costOf(basket, item),
    isDeposit: true,
    depositOf: line.lineId,
  };
  return pricedRow(basket, exemptLine(row, basket.exemption !== null));
}

/** A new line with its amount (a label's, where it says one), as far as the basket can hold it. */
function pricedRow(basket: Basket, row: Omit<BasketLine, 'amountMinor'>, labelMinor?: number): Result<BasketEvent, BasketRefusal> {
  const amount =
    labelMinor === undefined
      ? lineAmountMinor(row.quantity, row.unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding)
      : ok(labelMinor);
  if (!amount.ok) return amount;
  const line: BasketLine = { ...row, amountMinor: amount.value };
  const aboveCap = line.isUnverified === true ? capRefusal(basket, [], [line]) : undefined;
  if (aboveCap !== undefined) return err(aboveCap);
  // An exemption may be taken back: what it would be taxed otherwise must fit.
  return staysInRange(basket, undefined, { ...line, tax: line.ordinaryTax ?? line.tax })
    ? ok({ type: 'rowAdded', row: line })
    : err(amountOutOfRange());
}

function usableTax(basket: Basket, item: Item, offered: TaxClass | undefined): Result<TaxClass, BasketRefusal> {
  const { sku, name, taxClass } = item;
  const found = taxOfLine(basket, item, offered);
  return found !== undefined && isTaxUsable(found, basket.opening.currency)
    ? ok(found)
    : err({ type: 'unknownTaxClass', detail: { sku, name, taxClass } });
}

interface Sold {
  readonly quantity: number;
  readonly tare?: number;
  /** What is paid for it, whatever the quantity comes to. */
  readonly labelMinor?: number;
}

/** What of the goods is sold: pieces, or the net of a weighing, or what a label's amount comes to. */
function soldQuantity(basket: Basket, command: AddItem, unitPrice: UnitPrice | undefined): Result<Sold, BasketRefusal> {
  const { item, label, quantity: entered } = command;
  const { sku, name, unit } = item;
  if (entered !== undefined && !isQuantityInRange(entered)) return err(quantityOutOfRange());
  if (label !== undefined && (!isUnitPrice(label) || label.amount < 0)) return err(amountOutOfRange());
  if (label === undefined || !isMeasured(unit)) {
    if (entered === undefined && isMeasured(unit)) return err({ type: 'weightNeeded', detail: { sku, name, unit } });
    return netOf(item, entered ?? 1, command.tare);
  }
  // One package has one label: no count stands before it, only whether it comes back.
  if (entered !== undefined && Math.abs(entered) !== 1) return err({ type: 'labelFixed', detail: { sku, name } });
  const minorDigits = minorDigitsOf(basket.opening.currency);
  const amount = lineAmountMinor({ value: entered ?? 1, unit: 'piece' }, label, minorDigits);
  if (!amount.ok) return amount;
  const quantity = unitPrice === undefined ? undefined : quantityOfAmount(amount.value, unitPrice, unit, minorDigits);
  if (quantity === undefined) return err({ type: 'quantityZero', detail: { sku, name } });
  return isQuantityInRange(quantity) ? ok({ quantity, labelMinor: amount.value }) : err(quantityOutOfRange());
}

function addGoods(basket: Basket, command: AddItem): Result<readonly BasketEvent[], BasketRefusal> {
  const { item, natureReference } = command;
  const { sku, name, unit, nature } = item;
  if (command.unit !== undefined && command.unit !== unit) {
    return err({ type: 'unitMismatch', detail: { sku, name, unit, offered: command.unit } });
  }
  const hasChoices =
    command.override === undefined &&
    command.label === undefined &&
    command.faceMinor === undefined &&
    command.unlistedPrice === undefined &&
    (command.choices ?? []).length > 0;
  const choices = hasChoices ? command.choices : undefined;
  // Whose it is comes before what it is worth: a cashier is asked for both, one after the other.
  if (nature !== undefined && (natureReference === undefined ? accountOf(nature) !== undefined : !isReference(natureReference))) {
    return err({ type: 'referenceNeeded', detail: { sku, name } });
  }
  const fixed = linePrice(basket, command);
  // Where there are choices, one of them may hold though nothing holds for a single piece.
  if (!fixed.ok && choices === undefined) {
    return nature !== undefined && fixed.error.type === 'noPrice' ? err({ type: 'worthNeeded', detail: { sku, name } }) : fixed;
  }
  const tax = usableTax(basket, item, command.taxClass);
  if (!tax.ok) return tax;
  const sold = soldQuantity(basket, command, fixed.ok ? fixed.value.unitPrice : undefined);
  if (!sold.ok) return sold;
  const { quantity: entered, tare, labelMinor } = sold.value;
  const withoutReceipt = entered < 0 ? withoutReceiptRefusal(basket, command) : undefined;
  if (withoutReceipt !== undefined) return err(withoutReceipt);
  const offered = newLine(basket, command, {
    quantity: { value: entered, unit },
    tax: tax.value,
    ...(command.exemptTax !== undefined && { exemptTax: command.exemptTax }),
    ...(choices !== undefined && { choices }),
    ...(tare !== undefined && { tare }),
    ...(labelMinor !== undefined && { isLabelled: true }),
  });
  const line = exemptLine(offered, basket.exemption !== null);
  const twin = findTwin(basket, line, fixed.ok ? fixed.value : undefined);
  const before = twin?.quantity.value ?? 0;
  const quantity: Quantity = { value: before + entered, unit };
  const refusal =
    checkQuantity(basket, item, { quantity, before, entered, confirmed: command.confirmed ?? false, packUnits: command.packUnits }) ??
    checkRestrictions(basket, item, { ...command, restrictions: item, unit, added: entered });
  if (refusal !== undefined) return err(refusal);
  if (twin !== undefined) {
    const changed = changeQuantity(basket, twin, quantity);
    return changed.ok ? ok([changed.value]) : changed;
  }
  const price = choices === undefined ? (fixed.ok ? fixed.value : undefined) : priceByChoice(basket, choices, entered);
  if (price === undefined) {
    return err({ type: 'noPrice', detail: { sku, name, currency: basket.opening.currency, offeredCurrency: '' } });
  }
  const row = pricedRow(basket, { ...line, ...price }, labelMinor);
  if (!row.ok) return row;
  return ok(basket.cut === null ? [{ type: 'cutPinned', cut: command.cut }, row.value] : [row.value]);
}

/** All of a new line but its price. */
function newLine(
  basket: Basket,
  { item, code, serial, batch, text, natureReference, unlistedPrice, unverifiedReturnOf, returnApprovedBy, approvedBy }: AddItem,
  facts: Pick<UnpricedLine, 'quantity' | 'tax' | 'exemptTax' | 'choices' | 'tare' | 'isLabelled'>,
): UnpricedLine {
  const position = basket.rowCounter + 1;
  const restrictions = restrictionsOf(item);
  const isBack = facts.quantity.value < 0;
  return {
    kind: 'item',
    lineId: String(position),
    position,
    sku: item.sku,
    name: item.name,
    ...(code !== undefined && { code }),
    ...facts,
    ...(item.category !== undefined && { category: item.category }),
    ...(item.brand !== undefined && { brand: item.brand }),
    ...(item.collections !== undefined && { collections: item.collections }),
    ...(item.minimumAgeYears !== undefined && { minimumAgeYears: item.minimumAgeYears }),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(text !== undefined && { text }),
    ...(unlistedPrice !== undefined && { isUnlisted: true }),
    ...(restrictions !== undefined && { restrictions }),
    ...(item.isDeposit === true && { isDeposit: true }),
    ...(item.nature !== undefined && { nature: item.nature }),
    ...(item.nature !== undefined && natureReference !== undefined && { natureReference }),
    ...(unverifiedReturnOf !== undefined && isBack && { returnOf: unverifiedReturnOf, isUnverified: true }),
    ...(returnApprovedBy !== undefined && isBack && { returnApprovedBy }),
    ...(approvedBy !== undefined && { approvedBy }),
    ...costOf(basket, item),
  };
}

/** Money costs nothing. */
function costOf({ opening }: Basket, { cost, nature }: Item): Pick<BasketLine, 'unitCost'> {
  const unitCost = nature === undefined ? unitCostOf(cost, opening.currency) : undefined;
  return unitCost === undefined ? {} : { unitCost };
}

/** Of goods that come on top; what comes back, or is made less, is never restricted. */
function checkRestrictions(
  basket: Basket,
  goods: Goods,
  {
    restrictions,
    added,
    ...facts
  }: RestrictionFacts & { readonly restrictions: Restrictions; readonly unit: Unit; readonly added: number },
): BasketRefusal | undefined {
  if (added <= 0 || restrictionsOf(restrictions) === undefined) return undefined;
  const sold = basketLines(basket).filter((line) => line.sku === goods.sku && line.quantity.value > 0);
  const inSale = sold.reduce((sum, line) => sum + line.quantity.value, added);
  return findRestriction(goods, restrictions, { ...facts, inSale });
}

/** A line at another quantity, at the price that its own choices give it then. */
function changeQuantity(basket: Basket, line: BasketLine, quantity: Quantity, approvedBy?: string): Result<BasketEvent, BasketRefusal> {
  const price = line.choices === undefined ? line : (priceByChoice(basket, line.choices, quantity.value) ?? line);
  const amount = lineAmountMinor(quantity, price.unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding);
  if (!amount.ok) return amount;
  const amountMinor = amount.value;
  if (!staysInRange(basket, line, { tax: line.ordinaryTax ?? line.tax, amountMinor, quantity })) return err(amountOutOfRange());
  const aboveCap = line.isUnverified === true ? capRefusal(basket, [line], [{ ...line, amountMinor }]) : undefined;
  if (aboveCap !== undefined) return err(aboveCap);
  const changed = {
    type: 'quantityChanged',
    lineId: line.lineId,
    quantity: quantity.value,
    amountMinor,
    ...(approvedBy !== undefined && { approvedBy }),
  } as const;
  const isSame = price.priceType === line.priceType && compareUnitPrices(price.unitPrice, line.unitPrice) === 0;
  if (isSame) return ok(changed);
  const { unitPrice, priceType, packUnits, priceSource } = price;
  const facts = { ...(packUnits !== undefined && { packUnits }), ...(priceSource !== undefined && { priceSource }) };
  return ok({ ...changed, price: { unitPrice, priceType, ...facts } });
}

/** The item's own, or none where its money is not taxed with this sale; undefined where the store does not have it. */
function taxOfLine({ opening }: Basket, { nature, taxClass }: Item, offered: TaxClass | undefined): TaxClass | undefined {
  if (nature !== undefined && taxPointOf(nature, opening.depositTaxPoint) !== 'sale') return OUTSIDE_TAX;
  return offered?.taxClass === taxClass ? offered : undefined;
}

/**
 * The newest line that one more of the same may be counted on: item, price, its type and reason, tax, unit, serial, batch,
 * text and sign agree. Measured goods never share a line: each weighing is one.
 */
function findTwin(basket: Basket, added: UnpricedLine, price: LinePrice | undefined): BasketLine | undefined {
  if (isMeasured(added.quantity.unit)) return undefined;
  const twin = basket.rows.findLast((row) => row.kind === 'item' && row.sku === added.sku && isTwin(row, added, price));
  return twin?.kind === 'item' ? twin : undefined;
}

const isTwin = (line: BasketLine, added: UnpricedLine, price: LinePrice | undefined): boolean =>
  isSamePrice(line, added, price) &&
  isSameTax(line.tax, added.tax) &&
  line.quantity.unit === added.quantity.unit &&
  line.serial === added.serial &&
  line.batch === added.batch &&
  line.note === added.note &&
  line.text === added.text &&
  // Of what nobody lists, another code is something else.
  line.isUnlisted === added.isUnlisted &&
  (line.isUnlisted !== true || line.code === added.code) &&
  line.natureReference === added.natureReference &&
  // What a person took off was taken off so many, not off one more.
  line.returnTaxes === undefined &&
  line.returnOf?.receiptNumber === added.returnOf?.receiptNumber &&
  line.discounts?.some(({ kind, reference }) => kind === 'manual' && isOfLine(reference)) !== true &&
  line.approvedBy === added.approvedBy &&
  line.depositOf === added.depositOf &&
  line.quantity.value > 0 === added.quantity.value > 0;

/** The same choices come to the same price, however many there are of the goods. */
const isSamePrice = (line: BasketLine, added: UnpricedLine, price: LinePrice | undefined): boolean =>
  line.choices !== undefined || added.choices !== undefined
    ? isSameChoices(line.choices, added.choices)
    : price !== undefined &&
      line.unitPrice.amount === price.unitPrice.amount &&
      line.unitPrice.decimals === price.unitPrice.decimals &&
      line.priceType === price.priceType &&
      line.reason === price.reason;

export function setQuantity(
  basket: Basket,
  command: Extract<BasketCommand, { type: 'setQuantity' }>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, command.lineId);
  if (line === undefined) return noSuchLine(command.lineId);
  if (isFixedReturn(line)) return returnFixed(command.lineId);
  const follows = findFollowed(line);
  if (follows !== undefined) return err(follows);
  const { sku, name, restrictions = {} } = line;
  if (line.isLabelled === true) return err({ type: 'labelFixed', detail: { sku, name } });
  if (isOfSeveral(line, command.quantity)) return err({ type: 'serialOfOne', detail: { sku, name } });
  const { unit, value: before } = line.quantity;
  const { quantity: entered, confirmed = false } = command;
  if (!isQuantityInRange(entered)) return err(quantityOutOfRange());
  const net = netOf({ ...line, unit }, entered, undefined);
  if (!net.ok) return net;
  const quantity: Quantity = { value: net.value.quantity, unit };
  const refusal =
    checkQuantity(basket, line, { quantity, before, entered, confirmed }) ??
    checkRestrictions(basket, line, { ...command, restrictions, unit, added: quantity.value - Math.max(before, 0) });
  if (refusal !== undefined) return err(refusal);
  const changed = changeQuantity(basket, line, quantity, command.approvedBy);
  if (!changed.ok) return changed;
  const followed = followDeposits(applyBasketEvent(basket, changed.value), { ...line, quantity }, []);
  return followed.ok ? ok([changed.value, ...followed.value]) : followed;
}

/** What a deposit's own line refuses: it is changed through the goods. */
export const findFollowed = ({ lineId, depositOf }: BasketLine): DepositFollows | undefined =>
  depositOf === undefined ? undefined : { type: 'depositFollows', detail: { lineId, depositOf } };

export function overridePrice(
  basket: Basket,
  command: Extract<BasketCommand, { type: 'overridePrice' }>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, command.lineId);
  if (line === undefined) return noSuchLine(command.lineId);
  if (isFixedReturn(line)) return returnFixed(command.lineId);
  const refusal = findFollowed(line) ?? checkOverride(line, command.override);
  if (refusal !== undefined) return err(refusal);
  const unitPrice = plainPrice(command.override.unitPrice);
  const amount = lineAmountMinor(line.quantity, unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding);
  if (!amount.ok) return amount;
  if (!staysInRange(basket, line, { tax: line.tax, amountMinor: amount.value, quantity: line.quantity })) return err(amountOutOfRange());
  const cataloguePrice = line.priceType === 'override' ? line.cataloguePrice : line.unitPrice;
  const { approvedBy } = command;
  return ok([
    {
      type: 'priceOverridden',
      lineId: line.lineId,
      unitPrice,
      reason: command.override.reason,
      amountMinor: amount.value,
      ...(cataloguePrice !== undefined && { cataloguePrice }),
      ...(approvedBy !== undefined && { approvedBy }),
    },
  ]);
}

export const returnFixed = (lineId: string): Result<never, BasketRefusal> => err({ type: 'returnFixed', detail: { lineId } });
