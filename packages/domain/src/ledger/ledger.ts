/**
 * The ledger kinds that a lane writes, as data for sync: column numbers are for ever; a new column is optional and takes a
 * new number. Every entry starts with the same columns (business date, shift, drawer, operator, training); identity,
 * order and clocks are sync's own and stand in its envelope.
 *
 * Names of goods are not in a sale: its cut names the catalogue version that they come from. An item sold under a free
 * text carries that text in `text`.
 */

/** A column of a ledger entry or entity, in the words of `@holdfast/sync` (structurally equal to its `Column`). */
export interface LedgerColumn {
  readonly number: number;
  readonly name: string;
  readonly type: 'int' | 'text' | 'bool' | 'bytes' | { readonly list: readonly LedgerColumn[] };
  readonly optional?: true;
}

export type Scalar = null | boolean | number | string | Uint8Array;

/** Column name → value, as sync carries it (structurally equal to its `Fields`). An absent optional column is an absent key. */
export interface Fields {
  readonly [column: string]: Scalar | readonly Fields[] | undefined;
}

/** An entry as this package hands it to the ledger, and takes it back from there. */
export interface LedgerEntry {
  readonly kind: number;
  readonly fields: Fields;
}

export interface LedgerKind {
  readonly kind: number;
  readonly name: string;
  readonly columns: readonly LedgerColumn[];
}

/** Carried by every entry of every kind. */
export interface LedgerHeader {
  /** `YYYY-MM-DD`, of the store's business day, never of the wall clock. */
  readonly businessDate: string;
  readonly shift: number;
  readonly drawer: string;
  readonly operator: string;
  readonly training: boolean;
}

const HEADER: readonly LedgerColumn[] = [
  { number: 1, name: 'businessDate', type: 'text' },
  { number: 2, name: 'shift', type: 'int' },
  { number: 3, name: 'drawer', type: 'text' },
  { number: 4, name: 'operator', type: 'text' },
  { number: 5, name: 'training', type: 'bool' },
];

/** What a basket was when it ended. Each sold line carries its stock movement: `stockQuantity` of `sku` leaves the store (negative: comes back). */
const BASKET: readonly LedgerColumn[] = [
  { number: 10, name: 'basketId', type: 'text' },
  { number: 11, name: 'currency', type: 'text' },
  { number: 12, name: 'cutHubEpoch', type: 'text' },
  { number: 13, name: 'cutLsn', type: 'int' },
  {
    number: 14,
    name: 'lines',
    type: {
      list: [
        { number: 1, name: 'sku', type: 'text' },
        { number: 2, name: 'code', type: 'text', optional: true },
        { number: 3, name: 'quantity', type: 'int' },
        { number: 4, name: 'unit', type: 'text' },
        { number: 5, name: 'unitPriceAmount', type: 'int' },
        { number: 6, name: 'unitPriceDecimals', type: 'int' },
        { number: 7, name: 'priceType', type: 'text' },
        { number: 8, name: 'reason', type: 'text', optional: true },
        { number: 9, name: 'amountMinor', type: 'int' },
        { number: 10, name: 'taxClass', type: 'text' },
        { number: 11, name: 'taxRateBps', type: 'int' },
        { number: 12, name: 'stockQuantity', type: 'int' },
        { number: 13, name: 'serial', type: 'text', optional: true },
        { number: 14, name: 'batch', type: 'text', optional: true },
        { number: 15, name: 'ageCheckedYears', type: 'int', optional: true },
        { number: 16, name: 'text', type: 'text', optional: true },
        /** What was taken off `amountMinor`, share by share; absent: nothing. */
        {
          number: 17,
          name: 'discounts',
          type: {
            list: [
              { number: 1, name: 'kind', type: 'text' },
              /** A promotion's id and version, `id@hash`; what else takes something off names itself. */
              { number: 2, name: 'reference', type: 'text' },
              { number: 3, name: 'amountMinor', type: 'int' },
              /** `thirdParty`: claimed from the coupon's issuer. Absent: the store pays. */
              { number: 4, name: 'funding', type: 'text', optional: true },
              { number: 5, name: 'coupon', type: 'text', optional: true },
              { number: 6, name: 'reason', type: 'text', optional: true },
              { number: 7, name: 'approvedBy', type: 'text', optional: true },
            ],
          },
          optional: true,
        },
        /** Of what is no goods, and the card, deposit or account that it is about. */
        { number: 22, name: 'nature', type: 'text', optional: true },
        { number: 23, name: 'natureReference', type: 'text', optional: true },
        /** Goods that come back: the receipt that they were sold with, and its line, counted from 1; of quantity 0 it takes discounts back. */
        { number: 18, name: 'returnReceipt', type: 'text', optional: true },
        { number: 19, name: 'returnLine', type: 'int', optional: true },
        /** The store that sold them, where that is another one. */
        { number: 25, name: 'returnStore', type: 'text', optional: true },
        /** Their exact part of the sale's taxes, tax by tax; within `taxes`. */
        {
          number: 26,
          name: 'returnTaxes',
          type: {
            list: [
              { number: 1, name: 'taxMinor', type: 'int' },
              { number: 2, name: 'component', type: 'text', optional: true },
              { number: 3, name: 'ratePpm', type: 'int', optional: true },
              { number: 4, name: 'baseMinor', type: 'int', optional: true },
            ],
          },
          optional: true,
        },
        /** Nobody could ask whether they had come back already. */
        { number: 27, name: 'isUnverified', type: 'bool', optional: true },
        { number: 28, name: 'isDefective', type: 'bool', optional: true },
        /** Who allowed them to come back without a receipt. */
        { number: 29, name: 'returnApprovedBy', type: 'text', optional: true },
        /** Who approved the line's price, or its return without a receipt; opaque. */
        { number: 24, name: 'approvedBy', type: 'text', optional: true },
        /** What the catalogue asked where the price was overridden; both, or none. */
        { number: 45, name: 'cataloguePriceAmount', type: 'int', optional: true },
        { number: 46, name: 'cataloguePriceDecimals', type: 'int', optional: true },
        /** Taken off what the scale showed, in steps of the unit; the quantity is net. */
        { number: 20, name: 'tare', type: 'int', optional: true },
        /** Of a deposit: where its goods stand in this list, from 0. */
        { number: 21, name: 'depositOf', type: 'int', optional: true },
        /** Of its net, what is untaxed because a benefit card paid it; of the line's sign. In `taxes` it stands in its class at rate 0. */
        { number: 30, name: 'untaxedMinor', type: 'int', optional: true },
        /** What the goods cost the store, of the quantity's sign; in sales only, and where the catalogue says it. */
        { number: 50, name: 'costMinor', type: 'int', optional: true },
        /** Not listed by the catalogue: `sku` is its department's, `code` stands on the goods, the price was typed. */
        { number: 90, name: 'isUnlisted', type: 'bool', optional: true },
        /** Of the store's list of notes: gift wrap, to be altered. */
        { number: 92, name: 'note', type: 'text', optional: true },
        /** How the age was checked: `AGE_METHODS`. */
        { number: 95, name: 'ageMethod', type: 'text', optional: true },
        /** Where the price is that of a pack: how many pieces are in one. */
        { number: 97, name: 'packUnits', type: 'int', optional: true },
      ],
    },
  },
  { number: 15, name: 'totalMinor', type: 'int' },
];

/** What is kept of a payment terminal's transaction, in columns from `first`; without `cardPayment` none went over one. */
const cardColumns = (first: number): readonly LedgerColumn[] =>
  [
    ['cardPayment', 'text'],
    ['cardAtMs', 'int'],
    ['cardTerminal', 'text'],
    ['cardTransaction', 'text'],
    ['cardAuthorisation', 'text'],
    ['cardBrand', 'text'],
    ['cardLastFour', 'text'],
    ['cardApplication', 'text'],
    ['cardEntry', 'text'],
    ['cardIsOffline', 'bool'],
    ['cardOriginal', 'text'],
  ].map(([name = '', type], place): LedgerColumn => ({
    number: first + place,
    name,
    type: type === 'int' || type === 'bool' ? type : 'text',
    optional: true,
  }));

/** Whose balance an entry is about. */
const ACCOUNT: readonly LedgerColumn[] = [
  { number: 10, name: 'account', type: 'text' },
  { number: 11, name: 'reference', type: 'text' },
  { number: 12, name: 'currency', type: 'text' },
];
/** Who approved what the operator alone might not have done; opaque. */
const APPROVED_BY: LedgerColumn = { number: 46, name: 'approvedBy', type: 'text', optional: true };

/** A sale whose goods may come back, by its receipt. */
const RETURN_RIGHT: readonly LedgerColumn[] = [
  { number: 20, name: 'receiptNumber', type: 'text' },
  /** The store that sold, where that is another one. */
  { number: 25, name: 'returnStore', type: 'text', optional: true },
];

/** The entry that set a basket aside, in the ledger of its lane. */
const SUSPENSION: readonly LedgerColumn[] = [
  { number: 51, name: 'suspendedEpoch', type: 'text' },
  { number: 52, name: 'suspendedSeq', type: 'int' },
];
/** Of a place in a device's ledger. */
const LEDGER: readonly LedgerColumn[] = [
  { number: 1, name: 'device', type: 'text' },
  { number: 2, name: 'epoch', type: 'text' },
];
/** Counted, face by face. */
const DENOMINATIONS: LedgerColumn = {
  number: 14,
  name: 'denominations',
  type: {
    list: [
      { number: 1, name: 'faceMinor', type: 'int' },
      { number: 2, name: 'count', type: 'int' },
    ],
  },
  optional: true,
};

export const LEDGER_KINDS = {
  /** A completed sale (or return, or both in one): paid, one-way, never recomputed. */
  sale: {
    kind: 1,
    name: 'sale',
    columns: [
      ...HEADER,
      ...BASKET,
      { number: 20, name: 'receiptNumber', type: 'text' },
      { number: 21, name: 'taxInclusive', type: 'bool' },
      {
        number: 22,
        name: 'taxes',
        type: {
          list: [
            { number: 1, name: 'taxClass', type: 'text' },
            { number: 2, name: 'rateBps', type: 'int' },
            { number: 3, name: 'netMinor', type: 'int' },
            { number: 4, name: 'taxMinor', type: 'int' },
            /** Of a class with several taxes: which one this is. */
            { number: 5, name: 'component', type: 'text', optional: true },
            /** Parts per million of `baseMinor`; both absent for a fixed amount per unit. */
            { number: 6, name: 'ratePpm', type: 'int', optional: true },
            { number: 7, name: 'baseMinor', type: 'int', optional: true },
          ],
        },
      },
      {
        number: 23,
        name: 'tenders',
        type: {
          list: [
            { number: 1, name: 'tenderType', type: 'text' },
            { number: 2, name: 'amountMinor', type: 'int' },
            /** On top of the amount, and no part of the sale. */
            { number: 3, name: 'tipMinor', type: 'int', optional: true },
            /** Of the amount, paid out again in the change. */
            { number: 4, name: 'cashBackMinor', type: 'int', optional: true },
            /** Of a voucher's face, lost to the shopper; beside the amount. */
            { number: 5, name: 'forfeitedMinor', type: 'int', optional: true },
            /** Foreign cash: what was handed over, and what one of its major units was worth. All four, or none. */
            { number: 6, name: 'foreignCurrency', type: 'text', optional: true },
            { number: 7, name: 'foreignAmountMinor', type: 'int', optional: true },
            { number: 8, name: 'foreignRateAmount', type: 'int', optional: true },
            { number: 9, name: 'foreignRateDecimals', type: 'int', optional: true },
            /** Which card, voucher or account; with `account` the balance that it was taken from. */
            { number: 10, name: 'reference', type: 'text', optional: true },
            { number: 11, name: 'account', type: 'text', optional: true },
            /** Burnt for the amount. */
            { number: 12, name: 'points', type: 'int', optional: true },
            /** Of a tender that may pay for some goods only: what it paid of which of `lines`, counted from 1. */
            {
              number: 13,
              name: 'paidFor',
              type: {
                list: [
                  { number: 1, name: 'line', type: 'int' },
                  { number: 2, name: 'amountMinor', type: 'int' },
                ],
              },
              optional: true,
            },
            /** Of cash that goes back where no terminal gives a card its money back: the card's tender type. */
            { number: 14, name: 'inPlaceOf', type: 'text', optional: true },
            ...cardColumns(16),
          ],
        },
      },
      { number: 24, name: 'changeMinor', type: 'int' },
      /** The number of another system's receipt that this sale replays or imports. */
      { number: 25, name: 'externalReference', type: 'text', optional: true },
      /** What was paid beside the total, because coins are coarser than the minor unit; outside every tax base. Absent: 0. */
      { number: 28, name: 'roundingMinor', type: 'int', optional: true },
      /** The versions of promotions that took something or gave a reward, and how often each was used. */
      {
        number: 29,
        name: 'promotions',
        type: {
          list: [
            { number: 1, name: 'promotionId', type: 'text' },
            /** The hash of what the promotion said. */
            { number: 2, name: 'version', type: 'text' },
            { number: 3, name: 'uses', type: 'int' },
          ],
        },
        optional: true,
      },
      /** What third parties pay of the total, one row per coupon. */
      {
        number: 30,
        name: 'claims',
        type: {
          list: [
            { number: 1, name: 'code', type: 'text' },
            { number: 2, name: 'amountMinor', type: 'int' },
          ],
        },
        optional: true,
      },
      /** The certificate of a customer who owes no tax: a number. */
      { number: 32, name: 'exemption', type: 'text', optional: true },
      /** `eatIn` or `takeAway`; absent: nobody said. */
      { number: 91, name: 'service', type: 'text', optional: true },
      /** What was approved in this basket, and by whom. */
      {
        number: 45,
        name: 'approvals',
        type: {
          list: [
            { number: 1, name: 'action', type: 'text' },
            { number: 2, name: 'approver', type: 'text' },
            /** Of `lines`, counted from 1; absent: the whole, or a line that was given up. */
            { number: 3, name: 'line', type: 'int', optional: true },
            /** In the unit of the action's limit; absent: as much as there was. */
            { number: 4, name: 'maximum', type: 'int', optional: true },
          ],
        },
        optional: true,
      },
      /** An opaque id; who it is stands in no ledger. */
      { number: 31, name: 'customer', type: 'text', optional: true },
      /** What the sale's customer earned by the store's rule; below 0 where the entry undoes such a sale. Absent: 0. */
      { number: 33, name: 'points', type: 'int', optional: true },
      /** What goods that came back took of the points that their sale had earned, from whom. */
      {
        number: 34,
        name: 'pointsTaken',
        type: {
          list: [
            { number: 1, name: 'customer', type: 'text' },
            { number: 2, name: 'points', type: 'int' },
          ],
        },
        optional: true,
      },
      /** What the shopper was given beside money off. Which further columns a row has follows from its `type`. */
      {
        number: 40,
        name: 'rewards',
        type: {
          list: [
            { number: 1, name: 'promotionId', type: 'text' },
            { number: 2, name: 'times', type: 'int' },
            { number: 3, name: 'type', type: 'text' },
            { number: 4, name: 'points', type: 'int', optional: true },
            { number: 5, name: 'sku', type: 'text', optional: true },
            { number: 6, name: 'pieces', type: 'int', optional: true },
            { number: 7, name: 'code', type: 'text', optional: true },
            { number: 8, name: 'amountMinor', type: 'int', optional: true },
          ],
        },
        optional: true,
      },
      /** The receipt of the sale that this entry undoes, whole. */
      { number: 37, name: 'postVoidOf', type: 'text', optional: true },
      /** With it: the uses of promotions that are given back. */
      {
        number: 55,
        name: 'undonePromotions',
        type: {
          list: [
            { number: 1, name: 'promotionId', type: 'text' },
            { number: 2, name: 'version', type: 'text' },
            { number: 3, name: 'uses', type: 'int' },
          ],
        },
        optional: true,
      },
    ],
  },
  /** A line, or a part of one, taken off an open basket by the cashier. */
  lineVoid: { kind: 2, name: 'lineVoid', columns: [...HEADER, ...BASKET, APPROVED_BY] },
  /** The cashier gave the basket up. */
  saleVoid: { kind: 3, name: 'saleVoid', columns: [...HEADER, ...BASKET, APPROVED_BY] },
  /** The till gave the basket up (it could not go on); `reason` says why. */
  saleAbort: { kind: 4, name: 'saleAbort', columns: [...HEADER, ...BASKET, { number: 26, name: 'reason', type: 'text' }] },
  suspend: {
    kind: 5,
    name: 'suspend',
    columns: [
      ...HEADER,
      ...BASKET,
      /** All that it takes to go on with it on another lane: its opening and its events, as JSON. */
      { number: 50, name: 'content', type: 'text', optional: true },
    ],
  },
  resume: {
    kind: 6,
    name: 'resume',
    columns: [...HEADER, { number: 10, name: 'basketId', type: 'text' }],
  },
  /** Goods that came or went without a sale: damage, count differences, losses. */
  stockAdjustment: {
    kind: 7,
    name: 'stockAdjustment',
    columns: [
      ...HEADER,
      { number: 25, name: 'externalReference', type: 'text', optional: true },
      { number: 26, name: 'reason', type: 'text' },
      {
        number: 27,
        name: 'movements',
        type: {
          list: [
            { number: 1, name: 'sku', type: 'text' },
            /** Leaves the store; negative: comes in. */
            { number: 2, name: 'quantity', type: 'int' },
            { number: 3, name: 'unit', type: 'text' },
          ],
        },
      },
    ],
  },
  /** What a closed stock-count sheet found: statements, no movements (`stock-count.ts`). */
  stockCount: {
    kind: 75,
    name: 'stockCount',
    columns: [
      ...HEADER,
      /** The sheet's name among working documents, hex. */
      { number: 10, name: 'document', type: 'text' },
      { number: 11, name: 'name', type: 'text' },
      {
        number: 12,
        name: 'lines',
        type: {
          list: [
            { number: 1, name: 'sku', type: 'text' },
            { number: 2, name: 'quantity', type: 'int' },
            { number: 3, name: 'unit', type: 'text' },
            { number: 4, name: 'atMs', type: 'int' },
            { number: 5, name: 'uncertaintyMs', type: 'int' },
            { number: 6, name: 'fromMs', type: 'int', optional: true },
            /** Of `counters`, counted from 1, and how far that ledger was. */
            { number: 7, name: 'counter', type: 'int', optional: true },
            { number: 8, name: 'seq', type: 'int', optional: true },
          ],
        },
      },
      /** How far the lane that began the sheet had each ledger. */
      { number: 13, name: 'seen', type: { list: [...LEDGER, { number: 3, name: 'seq', type: 'int' }] }, optional: true },
      { number: 14, name: 'counters', type: { list: LEDGER }, optional: true },
    ],
  },
  /** Cash for what was left on a card: `paidMinor` is what coins made of `amountMinor`. */
  accountPayout: {
    kind: 10,
    name: 'accountPayout',
    columns: [...HEADER, ...ACCOUNT, { number: 13, name: 'amountMinor', type: 'int' }, { number: 14, name: 'paidMinor', type: 'int' }],
  },
  /** A movement of a balance without money: an expiry, a goodwill, a correction. */
  accountAdjustment: {
    kind: 11,
    name: 'accountAdjustment',
    columns: [...HEADER, ...ACCOUNT, { number: 13, name: 'amountMinor', type: 'int' }, { number: 26, name: 'reason', type: 'text' }],
  },
  /** A terminal gave a tender of a sale back, so that the sale can be voided; `amountMinor` is below 0. */
  tenderReversal: {
    kind: 20,
    name: 'tenderReversal',
    columns: [
      ...HEADER,
      { number: 11, name: 'currency', type: 'text' },
      { number: 20, name: 'receiptNumber', type: 'text' },
      /** Its place in the sale, counted from 1. */
      { number: 21, name: 'tender', type: 'int' },
      { number: 22, name: 'tenderType', type: 'text' },
      { number: 23, name: 'amountMinor', type: 'int' },
      { number: 24, name: 'reference', type: 'text', optional: true },
    ],
  },
  /** A store's wish to change a cell: a request, of which the hub decides. `store-override.ts` says when. */
  storeOverride: {
    kind: 35,
    name: 'storeOverride',
    columns: [
      ...HEADER,
      { number: 10, name: 'entityType', type: 'int' },
      { number: 11, name: 'entityKey', type: 'text' },
      /** The cut that its author saw. */
      { number: 12, name: 'basedOnHubEpoch', type: 'text' },
      { number: 13, name: 'basedOnLsn', type: 'int' },
      /** Of each row one of the three values. */
      {
        number: 14,
        name: 'values',
        type: {
          list: [
            { number: 1, name: 'column', type: 'int' },
            { number: 2, name: 'int', type: 'int', optional: true },
            { number: 3, name: 'text', type: 'text', optional: true },
            { number: 4, name: 'bool', type: 'bool', optional: true },
          ],
        },
      },
      { number: 26, name: 'reason', type: 'text' },
    ],
  },
  /** A tender that stood on an open basket was given back: it paid for nothing. */
  tenderVoid: {
    kind: 45,
    name: 'tenderVoid',
    columns: [
      ...HEADER,
      { number: 10, name: 'basketId', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      { number: 20, name: 'tenderType', type: 'text' },
      /** As it had been taken, tip and cash back beside it. */
      { number: 21, name: 'amountMinor', type: 'int' },
      { number: 22, name: 'tipMinor', type: 'int', optional: true },
      { number: 23, name: 'cashBackMinor', type: 'int', optional: true },
      { number: 24, name: 'reference', type: 'text', optional: true },
      { number: 25, name: 'account', type: 'text', optional: true },
      ...cardColumns(30),
    ],
  },
  /** A terminal's transaction that stands in no sale: declined, given back, or of an outcome that nobody knows yet. */
  terminalRecord: {
    kind: 55,
    name: 'terminalRecord',
    columns: [
      ...HEADER,
      { number: 10, name: 'basketId', type: 'text', optional: true },
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'paymentId', type: 'text' },
      { number: 13, name: 'act', type: 'text' },
      { number: 14, name: 'amountMinor', type: 'int' },
      /** One of `TERMINAL_OUTCOMES`. */
      { number: 15, name: 'outcome', type: 'text' },
      { number: 27, name: 'reason', type: 'text', optional: true },
      { number: 28, name: 'tenderType', type: 'text', optional: true },
      ...cardColumns(30),
    ],
  },
  /** A terminal was settled: what it counted, beside what the lane had. */
  terminalSettlement: {
    kind: 56,
    name: 'terminalSettlement',
    columns: [
      ...HEADER,
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'terminalId', type: 'text', optional: true },
      {
        number: 13,
        name: 'brands',
        type: {
          list: [
            { number: 1, name: 'brand', type: 'text' },
            { number: 2, name: 'count', type: 'int' },
            { number: 3, name: 'amountMinor', type: 'int' },
          ],
        },
      },
      { number: 14, name: 'countedMinor', type: 'int' },
      { number: 15, name: 'ownMinor', type: 'int' },
      { number: 16, name: 'ownCount', type: 'int' },
    ],
  },
  /** Accepted by a terminal alone, and declined by its host afterwards: the sale stands, and somebody has to look. */
  cardException: {
    kind: 57,
    name: 'cardException',
    columns: [
      ...HEADER,
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'paymentId', type: 'text' },
      { number: 14, name: 'amountMinor', type: 'int' },
      { number: 20, name: 'receiptNumber', type: 'text' },
      { number: 26, name: 'reason', type: 'text' },
    ],
  },
  /** Accepted by a terminal alone, and by its host since: it counts against no limit any more. */
  cardForwarded: {
    kind: 59,
    name: 'cardForwarded',
    columns: [
      ...HEADER,
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'paymentId', type: 'text' },
      { number: 14, name: 'amountMinor', type: 'int' },
      { number: 20, name: 'receiptNumber', type: 'text' },
    ],
  },
  /** Somebody found out what became of a card's payment. */
  cardClearing: {
    kind: 58,
    name: 'cardClearing',
    columns: [
      ...HEADER,
      { number: 12, name: 'paymentId', type: 'text' },
      /** One of `CARD_CLEARINGS`. */
      { number: 13, name: 'how', type: 'text' },
      { number: 26, name: 'reason', type: 'text' },
    ],
  },
  /** Rights to spend from a balance, which the hub granted and this device holds from here on. */
  grantAcceptance: {
    kind: 36,
    name: 'grantAcceptance',
    columns: [
      ...HEADER,
      ...ACCOUNT,
      { number: 13, name: 'amountMinor', type: 'int' },
      { number: 14, name: 'grantId', type: 'text' },
      { number: 15, name: 'expiresAtMs', type: 'int' },
      /** The hub's, over all of the grant, hex: a hub that lost it knows it again by this. */
      { number: 16, name: 'signature', type: 'text' },
    ],
  },
  /** What is left of such rights returns to the hub. */
  grantRelease: {
    kind: 37,
    name: 'grantRelease',
    columns: [...HEADER, ...ACCOUNT, { number: 13, name: 'amountMinor', type: 'int' }, { number: 14, name: 'grantId', type: 'text' }],
  },
  /** The right to return of a sale goes to the device `to`, which asked for it. `return-right.ts` says how it travels. */
  returnGrant: { kind: 46, name: 'returnGrant', columns: [...HEADER, ...RETURN_RIGHT, { number: 53, name: 'to', type: 'text' }] },
  /** This device has it from here on; `from` absent: the hub gave it. */
  returnAcceptance: {
    kind: 47,
    name: 'returnAcceptance',
    columns: [...HEADER, ...RETURN_RIGHT, { number: 50, name: 'from', type: 'text', optional: true }],
  },
  /** It goes back, and nothing came back by it. */
  returnRelease: { kind: 48, name: 'returnRelease', columns: [...HEADER, ...RETURN_RIGHT] },
  /** The lane that set a basket aside gives it to another one, which asked for it. */
  handover: {
    kind: 50,
    name: 'handover',
    columns: [...HEADER, { number: 10, name: 'basketId', type: 'text' }, ...SUSPENSION, { number: 53, name: 'to', type: 'text' }],
  },
  /** A lane goes on with a basket that another one, `from`, set aside. */
  takeover: {
    kind: 51,
    name: 'takeover',
    columns: [
      ...HEADER,
      { number: 10, name: 'basketId', type: 'text' },
      { number: 50, name: 'from', type: 'text' },
      ...SUSPENSION,
      /** Whether `from` gave it; else nobody could ask. */
      { number: 54, name: 'isHandedOver', type: 'bool' },
    ],
  },
  /** A basket that two lanes go on with: both stand, and somebody should look. */
  basketTwice: {
    kind: 52,
    name: 'basketTwice',
    columns: [...HEADER, { number: 10, name: 'basketId', type: 'text' }, { number: 50, name: 'with', type: 'text' }, ...SUSPENSION],
  },
  /** A basket that lay there when its business day was over: nobody goes on with it any more. */
  suspendExpiry: { kind: 85, name: 'suspendExpiry', columns: [...HEADER, { number: 10, name: 'basketId', type: 'text' }] },
  /** A receipt was printed once more, marked as a copy. */
  reprint: { kind: 30, name: 'reprint', columns: [...HEADER, { number: 20, name: 'receiptNumber', type: 'text' }] },
  /** The drawer was opened without a sale. */
  noSale: { kind: 65, name: 'noSale', columns: [...HEADER, { number: 26, name: 'reason', type: 'text' }] },
  /** The drawer was opened, and nothing of the till had opened it: with its key, or by force. */
  drawerOpened: { kind: 40, name: 'drawerOpened', columns: HEADER },
  /** Somebody came to the lane, went, or left it locked; the header's operator is who it is about. */
  session: {
    kind: 31,
    name: 'session',
    columns: [
      ...HEADER,
      /** One of `SESSION_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      /** One of `SIGN_ON_HOWS`, where something was shown. */
      { number: 11, name: 'how', type: 'text', optional: true },
      /** Why it ended where nobody ended it: `idle`, `removed`. */
      { number: 26, name: 'reason', type: 'text', optional: true },
    ],
  },
  /** Cash that came into a drawer or went out of it without a sale; the act says which way. */
  cashMovement: {
    kind: 33,
    name: 'cashMovement',
    columns: [
      ...HEADER,
      /** One of `CASH_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      { number: 13, name: 'amountMinor', type: 'int' },
      DENOMINATIONS,
      { number: 26, name: 'reason', type: 'text', optional: true },
      APPROVED_BY,
    ],
  },
  /** The lane's clock moved against the time that passed there: it was set, or the machine slept. Entries before it were written by the clock as it was. */
  clockChange: {
    kind: 67,
    name: 'clockChange',
    columns: [
      ...HEADER,
      /** What it would have shown. */
      { number: 16, name: 'expectedMs', type: 'int' },
      { number: 17, name: 'shownMs', type: 'int' },
    ],
  },
  /** A setting of the store is another one from here on; headquarters published it. */
  settingChange: {
    kind: 68,
    name: 'settingChange',
    columns: [
      ...HEADER,
      { number: 10, name: 'key', type: 'text' },
      /** As JSON; absent: there was none, there is none. */
      { number: 11, name: 'before', type: 'text', optional: true },
      { number: 12, name: 'after', type: 'text', optional: true },
      { number: 13, name: 'lsn', type: 'int' },
    ],
  },
  /** Somebody allowed at this station what another lane asked for; that lane has the `approval`. */
  leaveGiven: {
    kind: 70,
    name: 'leaveGiven',
    columns: [
      ...HEADER,
      { number: 10, name: 'basketId', type: 'text', optional: true },
      { number: 20, name: 'reference', type: 'text', optional: true },
      { number: 11, name: 'action', type: 'text' },
      { number: 12, name: 'approver', type: 'text' },
      { number: 13, name: 'how', type: 'text' },
      { number: 14, name: 'lineId', type: 'text', optional: true },
      { number: 15, name: 'maximum', type: 'int', optional: true },
      { number: 16, name: 'expiresAtMs', type: 'int' },
      /** The lane that asked, its question, and who stood there. */
      { number: 17, name: 'device', type: 'text' },
      { number: 18, name: 'wish', type: 'text' },
      { number: 19, name: 'askedBy', type: 'text' },
    ],
  },
  /** Somebody came to work or went; or somebody else (the operator) states afterwards, with a reason, when they did. */
  attendance: {
    kind: 69,
    name: 'attendance',
    columns: [
      ...HEADER,
      /** One of `ATTENDANCE_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      /** Opaque. */
      { number: 11, name: 'person', type: 'text' },
      /** When, by store-agreed time. */
      { number: 12, name: 'atMs', type: 'int' },
      { number: 13, name: 'how', type: 'text', optional: true },
      { number: 26, name: 'reason', type: 'text', optional: true },
      APPROVED_BY,
    ],
  },
  /** Up to there, what an epoch held is kept by the hub alone from here on. What its sales came to goes on counting. */
  ledgerCut: {
    kind: 60,
    name: 'ledgerCut',
    columns: [
      ...HEADER,
      { number: 10, name: 'epoch', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'seq', type: 'int' },
      { number: 15, name: 'hash', type: 'bytes' },
      /** Of all sales up to there. */
      { number: 30, name: 'sales', type: 'int' },
      { number: 32, name: 'totalMinor', type: 'int' },
      /** Of all shifts that are closed by now. */
      { number: 33, name: 'perpetualMinor', type: 'int' },
    ],
  },
  /** The lane goes into training or comes out of it; what stands between the two in its name is training, too. */
  training: {
    kind: 71,
    name: 'training',
    columns: [
      ...HEADER,
      /** One of `TRAINING_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      APPROVED_BY,
    ],
  },
  /** Cash in training: counted, moved or closed in a drawer that there is on the screen alone. A kind of its own, so that nothing that counts cash can take it for any. */
  cashPractice: {
    kind: 93,
    name: 'cashPractice',
    columns: [
      ...HEADER,
      /** One of `CASH_PRACTICE_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      /** What was moved, or counted. */
      { number: 13, name: 'amountMinor', type: 'int' },
      DENOMINATIONS,
      { number: 20, name: 'reference', type: 'text', optional: true },
      { number: 26, name: 'reason', type: 'text', optional: true },
      APPROVED_BY,
      /** Of a close: what had to lie in the drawer. */
      { number: 43, name: 'drawerMinor', type: 'int', optional: true },
    ],
  },
  /** What the fiscal signer said of a sale. */
  fiscalSignature: {
    kind: 73,
    name: 'fiscalSignature',
    columns: [
      ...HEADER,
      { number: 10, name: 'client', type: 'text' },
      { number: 11, name: 'transaction', type: 'int' },
      { number: 12, name: 'counter', type: 'int' },
      { number: 13, name: 'startedAtMs', type: 'int' },
      { number: 14, name: 'signedAtMs', type: 'int' },
      { number: 15, name: 'signature', type: 'text' },
      { number: 16, name: 'algorithm', type: 'text' },
      { number: 17, name: 'serial', type: 'text' },
      { number: 18, name: 'publicKey', type: 'text' },
      { number: 19, name: 'type', type: 'text' },
      { number: 20, name: 'receiptNumber', type: 'text' },
      { number: 21, name: 'data', type: 'text' },
      /** Its receipt had gone out without one. */
      { number: 22, name: 'isLate', type: 'bool', optional: true },
    ],
  },
  /** Receipts went out without a signature, from here on or until here; the act says which. */
  fiscalGap: {
    kind: 74,
    name: 'fiscalGap',
    columns: [
      ...HEADER,
      /** `begin`, `end`, `refused`. */
      { number: 10, name: 'act', type: 'text' },
      { number: 20, name: 'receiptNumber', type: 'text' },
      { number: 26, name: 'reason', type: 'text', optional: true },
    ],
  },
  /** Somebody became a customer here and agreed to it. Who that is stands in no ledger: `commitment` is the SHA-256 of what was sealed and sent apart, which only whoever has that can compare. */
  customerAdded: {
    kind: 77,
    name: 'customerAdded',
    columns: [...HEADER, { number: 10, name: 'customer', type: 'text' }, { number: 15, name: 'commitment', type: 'bytes' }],
  },
  /** A sale under the number of an invoice, or what came back of one as its credit note; the buyer is sealed. */
  invoice: {
    kind: 76,
    name: 'invoice',
    columns: [
      ...HEADER,
      { number: 10, name: 'invoiceNumber', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'totalMinor', type: 'int' },
      { number: 13, name: 'creditOf', type: 'text', optional: true },
      { number: 14, name: 'keyName', type: 'text' },
      { number: 15, name: 'sealed', type: 'bytes' },
      { number: 20, name: 'receiptNumber', type: 'text' },
    ],
  },
  /** How a tender that asks for a signature came by it; what was drawn is sealed. */
  tenderSignature: {
    kind: 94,
    name: 'tenderSignature',
    columns: [
      ...HEADER,
      /** One of `SIGNATURE_HOWS`. */
      { number: 10, name: 'how', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      /** From 1, as the sale lists its tenders. */
      { number: 12, name: 'tender', type: 'int' },
      { number: 13, name: 'amountMinor', type: 'int' },
      { number: 14, name: 'keyName', type: 'text', optional: true },
      { number: 15, name: 'sealed', type: 'bytes', optional: true },
      { number: 20, name: 'receiptNumber', type: 'text' },
    ],
  },
  /** A receipt is to be sent by mail; to whom, and what, is sealed. */
  receiptMail: {
    kind: 43,
    name: 'receiptMail',
    columns: [
      ...HEADER,
      { number: 14, name: 'keyName', type: 'text' },
      { number: 15, name: 'sealed', type: 'bytes' },
      { number: 20, name: 'receiptNumber', type: 'text' },
    ],
  },
  /** Cash that came into the store's safe or left it by another way than a drawer; the act says which. */
  safeMovement: {
    kind: 66,
    name: 'safeMovement',
    columns: [
      ...HEADER,
      /** One of `SAFE_ACTS`. */
      { number: 10, name: 'act', type: 'text' },
      { number: 11, name: 'currency', type: 'text' },
      { number: 13, name: 'amountMinor', type: 'int' },
      DENOMINATIONS,
      /** The bag or the slip. */
      { number: 20, name: 'reference', type: 'text', optional: true },
      { number: 26, name: 'reason', type: 'text', optional: true },
      APPROVED_BY,
    ],
  },
  /** A shift that is closed for good: what its entries come to (`ShiftSums`), and what was counted. */
  shiftClose: {
    kind: 34,
    name: 'shiftClose',
    columns: [
      ...HEADER,
      { number: 11, name: 'currency', type: 'text' },
      { number: 12, name: 'countedMinor', type: 'int' },
      { number: 13, name: 'perpetualMinor', type: 'int' },
      DENOMINATIONS,
      { number: 26, name: 'reason', type: 'text', optional: true },
      { number: 30, name: 'sales', type: 'int' },
      { number: 31, name: 'refunds', type: 'int' },
      { number: 32, name: 'totalMinor', type: 'int' },
      { number: 33, name: 'refundedMinor', type: 'int' },
      { number: 34, name: 'discountMinor', type: 'int' },
      { number: 35, name: 'roundingMinor', type: 'int' },
      { number: 36, name: 'changeMinor', type: 'int' },
      { number: 37, name: 'float', type: 'int' },
      { number: 38, name: 'paidIn', type: 'int' },
      { number: 39, name: 'paidOut', type: 'int' },
      { number: 40, name: 'drop', type: 'int' },
      { number: 41, name: 'loan', type: 'int' },
      { number: 42, name: 'payoutMinor', type: 'int' },
      { number: 43, name: 'drawerMinor', type: 'int' },
      { number: 44, name: 'voidedLines', type: 'int' },
      { number: 45, name: 'voidedSales', type: 'int' },
      { number: 46, name: 'reprints', type: 'int' },
      { number: 47, name: 'approvals', type: 'int' },
      /** The day rolled over, and nobody counted: what must lie there is what counts as counted. */
      { number: 75, name: 'isRolled', type: 'bool', optional: true },
      /** Somebody else than the one whose drawer it is counted it. */
      { number: 105, name: 'isAnothers', type: 'bool', optional: true },
      { number: 106, name: 'approvedBy', type: 'text', optional: true },
      {
        number: 48,
        name: 'taxes',
        type: {
          list: [
            { number: 1, name: 'taxClass', type: 'text' },
            { number: 2, name: 'component', type: 'text', optional: true },
            { number: 3, name: 'ratePpm', type: 'int', optional: true },
            { number: 4, name: 'netMinor', type: 'int' },
            { number: 5, name: 'taxMinor', type: 'int' },
          ],
        },
      },
      {
        number: 49,
        name: 'tenders',
        type: {
          list: [
            { number: 1, name: 'tenderType', type: 'text' },
            { number: 2, name: 'amountMinor', type: 'int' },
            { number: 3, name: 'tipMinor', type: 'int' },
            { number: 4, name: 'count', type: 'int' },
          ],
        },
      },
      /** What went over each payment terminal, and what it counted. */
      {
        number: 120,
        name: 'terminals',
        type: {
          list: [
            { number: 1, name: 'terminalId', type: 'text' },
            { number: 2, name: 'takenMinor', type: 'int' },
            { number: 3, name: 'takenCount', type: 'int' },
            { number: 4, name: 'settlements', type: 'int' },
            { number: 5, name: 'countedMinor', type: 'int' },
            { number: 6, name: 'countedCount', type: 'int' },
            { number: 7, name: 'settledMinor', type: 'int' },
            { number: 8, name: 'settledCount', type: 'int' },
          ],
        },
        optional: true,
      },
    ],
  },
  /** Somebody else allows what the operator may not: once, there, up to that much, until then. */
  approval: {
    kind: 32,
    name: 'approval',
    columns: [
      ...HEADER,
      /** The basket that it is for, or (`reference`) the receipt; one of the two. */
      { number: 10, name: 'basketId', type: 'text', optional: true },
      { number: 20, name: 'reference', type: 'text', optional: true },
      { number: 11, name: 'action', type: 'text' },
      { number: 12, name: 'approver', type: 'text' },
      { number: 13, name: 'how', type: 'text' },
      { number: 14, name: 'lineId', type: 'text', optional: true },
      /** In the unit of the action's limit; absent: as much as there is. */
      { number: 15, name: 'maximum', type: 'int', optional: true },
      /** Store-agreed time. */
      { number: 16, name: 'expiresAtMs', type: 'int' },
      /** Given at another station of the store: which device, the question that it answered, and what it signed. All three, or none. */
      { number: 17, name: 'station', type: 'text', optional: true },
      { number: 18, name: 'wish', type: 'text', optional: true },
      { number: 19, name: 'stationSignature', type: 'bytes', optional: true },
    ],
  },
} as const satisfies Record<string, LedgerKind>;
