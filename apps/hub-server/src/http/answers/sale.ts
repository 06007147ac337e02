/** Sales as they are answered: rows of lists, a sale whole, and what of them a person should look at. */
import { z } from 'zod';

import { MISSING_KINDS } from '../../ledger/missing-references.ts';
import { atMs, currency, entryPlace, minorDigits } from './parts.ts';

const unit = z.enum(['piece', 'gram', 'millilitre', 'millimetre']);

const saleRow = z.object({
  device: z.string(),
  epoch: z.string(),
  seq: z.int(),
  store: z.string(),
  lane: z.int(),
  receiptNumber: z.string(),
  atMs,
  businessDate: z.string(),
  currency,
  minorDigits,
  totalMinor: z.int(),
  lineCount: z.int(),
  kind: z.string(),
  /** Practice: it counts nowhere. */
  training: z.boolean(),
  /** It stands on a second history of its device, and counts. */
  branch: z.boolean(),
  externalReference: z.string().nullable(),
  receivedAtMs: atMs,
});

const line = z.object({
  sku: z.string(),
  name: z.string(),
  code: z.string().nullish(),
  quantity: z.int(),
  unit,
  unitPrice: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }),
  priceType: z.string(),
  /** Priced by the pack: how many pieces are in one, and what it cost. */
  pack: z.object({ units: z.int(), priceMinor: z.int() }).nullish(),
  reason: z.string().nullish(),
  amountMinor: z.int(),
  taxClass: z.string(),
  taxRateBps: z.int(),
  /** What left the store with this line; negative: came back. */
  stockQuantity: z.int().nullish(),
  ageCheckedYears: z.int().nullish(),
  /** By a `document`, or by their `appearance`. */
  ageMethod: z.string().nullish(),
  discounts: z
    .array(
      z.object({
        kind: z.string(),
        reference: z.string(),
        amountMinor: z.int(),
        name: z.string().nullish(),
        coupon: z.string().nullish(),
        funding: z.string().nullish(),
        reason: z.string().nullish(),
        approvedBy: z.string().nullish(),
      }),
    )
    .nullish(),
  cataloguePrice: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }).nullish(),
  approvedBy: z.string().nullish(),
  serial: z.string().nullish(),
  batch: z.string().nullish(),
  nature: z.string().nullish(),
  natureReference: z.string().nullish(),
  /** In steps of the unit; the quantity is net of it. */
  tare: z.int().nullish(),
  /** Of a deposit: where its goods stand among the lines, from 0. */
  depositOf: z.int().nullish(),
  untaxedMinor: z.int().nullish(),
  /** Absent too where headquarters may not see it. */
  costMinor: z.int().nullish(),
  returnOf: z.looseObject({ receiptNumber: z.string(), line: z.int().nullish(), store: z.string().nullish() }).nullish(),
  isUnverified: z.boolean().nullish(),
  isDefective: z.boolean().nullish(),
  returnApprovedBy: z.string().nullish(),
});

const linkedSale = entryPlace.extend({ receiptNumber: z.string(), store: z.string(), atMs });

export const SALE = saleRow.extend({
  lines: z.array(line),
  taxes: z.array(
    z.object({
      taxClass: z.string(),
      rateBps: z.int(),
      netMinor: z.int(),
      taxMinor: z.int(),
      /** One of several taxes of its class. */
      component: z.object({ component: z.string(), ratePpm: z.int().optional(), baseMinor: z.int().optional() }).optional(),
    }),
  ),
  taxInclusive: z.boolean().nullish(),
  tenders: z.array(
    // What a terminal said of it, and what it paid for, stand beside this, as the ledger has them.
    z.looseObject({
      tenderType: z.string(),
      name: z.string().optional(),
      amountMinor: z.int(),
      tipMinor: z.int().optional(),
      cashBackMinor: z.int().optional(),
      forfeitedMinor: z.int().optional(),
      reference: z.string().optional(),
      points: z.int().optional(),
      /** Of a sale that undoes another one: the tender type of the card in whose place it went out of the drawer. */
      inPlaceOf: z.string().optional(),
      foreign: z
        .object({
          currency: z.string(),
          minorDigits,
          amountMinor: z.int(),
          rate: z.object({ amount: z.int(), decimals: z.int().min(0).max(12) }),
        })
        .optional(),
    }),
  ),
  changeMinor: z.int(),
  roundingMinor: z.int().nullish(),
  claims: z.array(z.looseObject({ code: z.string(), amountMinor: z.int() })).nullish(),
  customer: z.string().nullish(),
  exemption: z.string().nullish(),
  approvals: z.array(z.looseObject({ action: z.string(), approver: z.string(), line: z.int().nullish() })).nullish(),
  points: z.int().nullish(),
  pointsTaken: z.array(z.looseObject({ customer: z.string(), points: z.int() })).nullish(),
  promotions: z.array(z.object({ promotionId: z.string(), version: z.string(), name: z.string().optional(), uses: z.int() })),
  rewards: z
    .array(
      z.object({
        promotionId: z.string(),
        name: z.string().nullish(),
        times: z.int(),
        item: z.string().nullish(),
        reward: z.discriminatedUnion('type', [
          z.object({ type: z.literal('points'), points: z.int() }),
          z.object({ type: z.literal('gift'), sku: z.string(), pieces: z.int() }),
          z.object({ type: z.literal('nextCoupon'), code: z.string() }),
          z.object({ type: z.literal('rebate'), amountMinor: z.int() }),
        ]),
      }),
    )
    .nullish(),
  postVoidOf: z.string().nullish(),
  origins: z.array(linkedSale),
  returns: z.array(linkedSale),
  operator: z.string(),
  shift: z.int(),
  drawer: z.string(),
  /** The position of the catalogue that the sale was priced by. */
  cut: z.object({ hubEpoch: z.string(), lsn: z.int() }),
  hash: z.string(),
});

export const SALES = z.object({ sales: z.array(saleRow), next: z.string().nullable() });
export const FOUND_SALES = z.object({ by: z.enum(['receipt', 'content']).nullable(), sales: z.array(saleRow) });

/** Goods that came back in a way that a person should look at. */
const returnException = z.object({
  type: z.enum(['returnedTwice', 'unverified', 'unknownReceipt']),
  store: z.string(),
  receiptNumber: z.string(),
  sku: z.string(),
  unit,
  sold: z.int(),
  returned: z.int(),
  lastAtMs: atMs,
  /** Null where no store has printed that receipt, or its lane has not sent it yet. */
  sale: entryPlace.nullable(),
  lastReturn: entryPlace,
});
export const RETURN_EXCEPTIONS = z.object({ exceptions: z.array(returnException) });

/** A code that lanes sold under a department because no catalogue lists it. */
const unlistedCode = z.object({
  code: z.string(),
  pieces: z.int(),
  sales: z.int(),
  stores: z.array(z.string()),
  firstAtMs: atMs,
  lastAtMs: atMs,
  last: entryPlace.extend({
    sku: z.string(),
    name: z.string().nullable(),
    quantity: z.int(),
    amountMinor: z.int(),
    currency,
    minorDigits,
    unitMinor: z.int().nullable(),
    department: z.string().nullable(),
    taxClass: z.string().nullable(),
  }),
});
export const UNLISTED_CODES = z.object({ codes: z.array(unlistedCode) });

/** Limits that lanes keep by what they know, and what may be given beyond them while lanes are cut off. */
export const EXPOSURE = z.object({
  devices: z.int(),
  cutOffDevices: z.int(),
  promotions: z.array(
    z.object({
      promotionId: z.string(),
      name: z.string(),
      uses: z.number(),
      currency: z.string().nullable(),
      minorDigits,
      budget: z.object({ limitMinor: z.int(), usedMinor: z.number(), worstOverspendMinor: z.int() }).nullable(),
      perCustomer: z.object({ limit: z.int(), customersAtLimit: z.int(), worstOverspend: z.int() }).nullable(),
    }),
  ),
  balances: z.array(
    z.object({
      scope: z.string(),
      currency: z.string().nullable(),
      minorDigits,
      limitMinor: z.int(),
      cutOffDevices: z.int(),
      worstOverspendMinor: z.int(),
    }),
  ),
});

/** What entries and cells name and the hub does not hold. */
const missingReference = z.object({
  kind: z.enum(MISSING_KINDS),
  name: z.string(),
  /** Null: from headquarters. */
  store: z.string().nullable(),
  names: z.int(),
  sinceMs: atMs.nullable(),
  /** The entry, or the key of the cell, that names it. */
  entry: entryPlace.nullable(),
  cell: z.string().nullable(),
});
export const MISSING_REFERENCES = z.object({ missing: z.array(missingReference) });

/** Entries that could not be applied, and received runs that could not be read at all. */
export const SET_ASIDE = z.object({
  entries: z.array(entryPlace.extend({ kind: z.int(), store: z.string(), reason: z.string(), sinceMs: atMs })),
  runs: z.array(
    z.object({
      device: z.string(),
      epoch: z.string(),
      firstSeq: z.int(),
      entries: z.int(),
      store: z.string(),
      reason: z.string(),
      receivedAtMs: atMs,
    }),
  ),
});
