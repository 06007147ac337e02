/**
 * Whether what is sold is eaten here or taken away, for the whole basket: lines that stand are taxed anew, as their catalogue says at the basket's
 * cut; what comes back keeps the taxes of its sale. And what a person says of one line: its serial number, its batch, a note of the store's list.
 */
import { err, ok, type Result } from '@holdfast/base';

import { amountOutOfRange, isAmountInRange } from '../money/money.ts';
import { exemptLine } from '../tax/exemption.ts';
import type { Service, TaxClass } from '../tax/tax-rule.ts';
import { isSameTax, isTaxUsable, taxAtMost } from '../tax/tax.ts';
import { isReference } from '../tender/tender.ts';
import { isFixedReturn } from './basket-return.ts';
import { type Basket, type BasketEvent, type BasketLine, basketLines, type BasketRefusal, findLine, noSuchLine } from './basket.ts';

/** What a line is taxed there: an answer of `taxAt` and of `exemptTaxAt`. */
export interface LineTax {
  readonly lineId: string;
  readonly taxClass: TaxClass;
  readonly exemptTax?: TaxClass;
}

export interface SetService {
  readonly type: 'setService';
  readonly service: Service;
  /** Of all lines but those that come back; what is not named here keeps its tax. */
  readonly taxes: readonly LineTax[];
}

export interface ServiceSet {
  readonly type: 'serviceSet';
  readonly service: Service;
  readonly taxes: readonly LineTax[];
}

export function setService(basket: Basket, { service, taxes }: SetService): Result<readonly BasketEvent[], BasketRefusal> {
  const unusable = taxes.find(({ taxClass }) => !isTaxUsable(taxClass, basket.opening.currency));
  if (unusable !== undefined) {
    const { sku = '', name = '' } = findLine(basket, unusable.lineId) ?? {};
    return err({ type: 'unknownTaxClass', detail: { sku, name, taxClass: unusable.taxClass.taxClass } });
  }
  const changed = taxes.filter((tax) => {
    const line = findLine(basket, tax.lineId);
    return line !== undefined && !isFixedReturn(line) && !isSameTax(line.ordinaryTax ?? line.tax, tax.taxClass);
  });
  if (basket.service === service && changed.length === 0) return ok([]);
  const event: ServiceSet = { type: 'serviceSet', service, taxes: changed };
  const turnoverMinor = basketLines(withService(basket, event)).reduce(
    (sum, line) => sum + Math.abs(line.amountMinor) + taxAtMost(line),
    0,
  );
  return isAmountInRange(turnoverMinor) ? ok([event]) : err(amountOutOfRange());
}

export function withService(basket: Basket, { service, taxes }: ServiceSet): Basket {
  const byLine = new Map(taxes.map((tax) => [tax.lineId, tax]));
  const rows = basket.rows.map((row) => {
    const tax = byLine.get(row.lineId);
    return row.kind !== 'item' || tax === undefined ? row : taxed(row, tax, basket.exemption !== null);
  });
  return { ...basket, rows, service };
}

function taxed(line: BasketLine, { taxClass, exemptTax }: LineTax, isExempt: boolean): BasketLine {
  const { exemptTax: _exempt, ordinaryTax: _ordinary, ...kept } = line;
  return exemptLine({ ...kept, tax: taxClass, ...(exemptTax !== undefined && { exemptTax }) }, isExempt);
}

/** What a person says of a line; an empty text takes it back, and what is absent stays. */
export interface LineDescription {
  readonly serial?: string;
  readonly batch?: string;
  /** Of the store's list: ledgers hold no free text. */
  readonly note?: string;
}

const DESCRIBED = ['serial', 'batch', 'note'] as const;

export function describeLine(
  basket: Basket,
  { lineId, ...said }: { readonly lineId: string } & LineDescription,
): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, lineId);
  if (line === undefined) return noSuchLine(lineId);
  if (isFixedReturn(line)) return err({ type: 'returnFixed', detail: { lineId } });
  const { sku, name, quantity } = line;
  const texts = DESCRIBED.flatMap((what) => said[what] ?? []);
  if (texts.some((text) => text !== '' && !isReference(text))) return err({ type: 'referenceNeeded', detail: { sku, name } });
  if (isOfSeveral(said, quantity.value)) return err({ type: 'serialOfOne', detail: { sku, name } });
  const news = DESCRIBED.filter((what) => said[what] !== undefined && said[what] !== (line[what] ?? ''));
  if (news.length === 0) return ok([]);
  return ok([{ type: 'lineDescribed', lineId, ...Object.fromEntries(news.map((what) => [what, said[what]])) }]);
}

/** A serial number is that of one piece. */
export const isOfSeveral = ({ serial = '' }: LineDescription, quantity: number): boolean => serial !== '' && Math.abs(quantity) !== 1;

export function described(line: BasketLine, said: LineDescription): BasketLine {
  const { serial: _serial, batch: _batch, note: _note, ...kept } = line;
  const texts = DESCRIBED.flatMap((what): (readonly [string, string])[] => {
    const text = said[what] ?? line[what] ?? '';
    return text === '' ? [] : [[what, text]];
  });
  return { ...kept, ...Object.fromEntries(texts) };
}
