/** What stands on a line of the basket, and why it costs what it costs, as rows. */
import { unreachable } from '@holdfast/base';

import type { BasketLine } from '../basket/basket.ts';
import { explainLine } from '../basket/explain-line.ts';
import type { LineDiscount } from '../basket/line-discount.ts';
import { lineCostMinor } from '../catalog/cost.ts';
import type { Reward } from '../promotions/rule.ts';
import { priceText, quantityWords, spaced } from './cells.ts';
import { type Got, money, NONE } from './expected-cells.ts';
import { type Lane, termsOf } from './lane.ts';
import { goodsName, sumOrNone } from './written-rows.ts';

/** Each time; as the table `promotion` says it. */
export function rewardText(lane: Lane, reward: Reward): string {
  switch (reward.type) {
    case 'points':
      return `${reward.points} points`;
    case 'gift':
      return `${reward.pieces} x ${goodsName(lane, reward.sku)}`;
    case 'nextCoupon':
      return `coupon ${reward.code}`;
    case 'rebate':
      return `rebate ${money(lane, reward.amountMinor)}`;
    default:
      return unreachable(reward, 'rewardText');
  }
}

/** Each line's prices, what a person set, what was taken off it and what not, and its taxes. */
export function whyRows(lane: Lane, { lineId, sku }: BasketLine): readonly Got[] {
  const { prices, scopes, settings, minorDigits, promotions } = lane.shop;
  const explained = explainLine(lane.shopper.basket, lineId, {
    prices: prices.filter((scheduled) => scheduled.sku === sku),
    question: { atMs: lane.atMs, scopes, currency: settings.currency },
    promotions: termsOf(lane),
  });
  if (explained === undefined) return [];
  const nameOf = (promotionId: string): string => promotions.rule(promotionId).name;
  return [
    ...explained.prices.map(({ price: scheduled, reason }) => ({
      cells: [
        lineId,
        'price',
        `${scheduled.type} ${priceText(scheduled.price, minorDigits)} ${scheduled.scope}`,
        reason === undefined ? 'holds' : spaced(reason),
      ],
    })),
    ...(explained.isChangedSince ? [{ cells: [lineId, 'changed since', priceText(explained.unitPrice, minorDigits), 'kept'] }] : []),
    ...(explained.setBecause === undefined
      ? []
      : [{ cells: [lineId, 'set', priceText(explained.unitPrice, minorDigits), explained.setBecause] }]),
    ...explained.discounts.map(({ name, reason, reference, amountMinor }) => ({
      cells: [lineId, 'taken', name ?? reason ?? reference, money(lane, amountMinor)],
    })),
    ...explained.helped.map(({ name }) => ({ cells: [lineId, 'helped', name, money(lane, 0)] })),
    ...explained.notTaken.map(({ name, reason, by }) => ({
      cells: [lineId, 'not taken', name, spaced(reason)],
      details: [`by ${by === undefined ? NONE : nameOf(by)}`],
    })),
    ...explained.taxes.map(({ taxClass, taxMinor, component }) => ({
      cells: [lineId, 'tax', component?.component ?? taxClass, money(lane, taxMinor)],
    })),
  ];
}

export const discountDetails = ({ kind, coupon, funding, reason, approvedBy }: LineDiscount): readonly string[] => [
  `kind ${kind}`,
  `coupon ${coupon ?? NONE}`,
  `funding ${funding === undefined ? 'store' : spaced(funding)}`,
  `because ${reason ?? NONE}`,
  `approved by ${approvedBy ?? NONE}`,
];

export const lineDetails = (line: BasketLine, { minorDigits, settings }: Lane['shop']): readonly string[] => [
  `number ${line.lineId}`,
  `type ${spaced(line.priceType)}`,
  `because ${line.reason ?? NONE}`,
  `source ${line.priceSource ?? NONE}`,
  `serial ${line.serial ?? NONE}`,
  `batch ${line.batch ?? NONE}`,
  `note ${line.note ?? NONE}`,
  `code ${line.code ?? NONE}`,
  `age ${line.minimumAgeYears ?? NONE}`,
  `tax ${line.tax.taxClass}`,
  `goods ${line.name}`,
  `nature ${line.nature === undefined ? NONE : spaced(line.nature)}`,
  `on ${line.natureReference ?? NONE}`,
  `of receipt ${line.returnOf === undefined ? NONE : `${line.returnOf.receiptNumber}${line.returnOf.line === undefined ? '' : ` line ${line.returnOf.line}`}`}`,
  `defective ${line.isDefective === true ? 'yes' : 'no'}`,
  `unlisted ${line.isUnlisted === true ? 'yes' : 'no'}`,
  `verified ${line.isUnverified === true ? 'no' : 'yes'}`,
  `approved by ${line.approvedBy ?? line.returnApprovedBy ?? NONE}`,
  `asked ${line.cataloguePrice === undefined ? NONE : priceText(line.cataloguePrice, minorDigits)}`,
  `tare ${line.tare === undefined ? NONE : quantityWords({ value: line.tare, unit: line.quantity.unit })}`,
  `deposit of ${line.depositOf ?? NONE}`,
  `untaxed ${sumOrNone(line.untaxedMinor, minorDigits)}`,
  `cost ${sumOrNone(lineCostMinor(line, settings.currency), minorDigits)}`,
];
