/**
 * The contract between a till and its windows: JSON messages, version 1, over a MessagePort (Electron) or a loopback
 * WebSocket (browser). Both ends validate what they receive.
 *
 * - A window sends requests; each carries its own id and time, and replaying one changes nothing (the till answers it again).
 * - The till answers each request with one reply, after everything that the request changed is on disk; goods in an open basket outlive the
 *   till's process then, and a power cut some milliseconds later.
 * - Before the reply it tells every window what changed in the open basket (`basket`: a delta on the last revision) and in
 *   its surroundings (`status`). A window that sees a revision gap, or has just come, sends `open` and gets all of it.
 * - Money is integer minor units of `currency`; quantities are integers in steps of their unit. Windows format, tills count.
 */
import {
  ANSWER_STATUSES,
  ATTRIBUTE_TYPES,
  CARD_CASE_STATES,
  ATTENDANCE_ACTS,
  CARD_CLEARINGS,
  ACCOUNT_KINDS,
  ACTION_NAMES,
  AGE_METHODS,
  BUYER_LENGTHS,
  PERSON_LENGTHS,
  DISCOUNT_KINDS,
  NOT_TAKEN_REASONS,
  PRICE_REASONS,
  RECEIPT_LANGUAGES,
  isPageName,
  MAX_MAIL_ADDRESS_LENGTH,
  MAX_PAGE_KEYS,
  MAX_PAGE_POSITION,
  MAX_STYLE_LENGTH,
  REFUSAL_TYPES,
  SERVICES,
  SIGNATURE_HOWS,
  SIGNATURE_MAX,
  TENDER_KINDS,
  VOUCHED,
  type Action,
  type ReceiptLanguage,
  CARD_ACTS,
} from '@holdfast/domain';
import { z } from 'zod';

import { shopperTalkSchema } from './shopper-talk.ts';

export const CONTRACT_VERSION = 1;

/** That one request asks for. */
export const MAX_PICTURES = 16;

const count = z.int().min(-1_000_000_000).max(1_000_000_000);
const id = z.string().min(1).max(64);
/** A working document's name. */
const document = z.string().regex(/^[0-9a-f]{32}$/);
/** Opaque: a name, an address or a telephone number as it is dialled never stands in a ledger. */
export const CUSTOMER_ID = /^[\w.:-]{1,64}$/u;

export const unitSchema = z.enum(['piece', 'gram', 'millilitre', 'millimetre']);
export const quantitySchema = z.object({ value: count, unit: unitSchema });
export const unitPriceSchema = z.object({
  amount: z.int().min(-1_000_000_000_000).max(1_000_000_000_000),
  decimals: z.int().min(0).max(6),
});

/** Priced by the pack: how many pieces are in one, and what it costs; shown in place of the price of one. */
const pricedPackSchema = z.object({ units: z.int(), priceMinor: z.int() });

/** A price that replaces the catalogue's on this line only; the reason is journalled. */
const overrideSchema = z.object({ unitPrice: unitPriceSchema, reason: z.string().min(1).max(80) });

/** What the person at the till vouches for, where the till cannot know: the hour, their own age. */
const vouchedSchema = z.array(z.enum(VOUCHED)).max(VOUCHED.length);

/** How many: pieces for goods sold by the piece, grams (and so on) for the others. Absent: one piece; goods by weight ask for it. */
const amountSchema = {
  quantity: count.optional(),
  /**
   * `quantity` is as a person typed it, with this many decimals: whole pieces (0 decimals, else `unitMismatch`) for goods by the piece,
   * kg, l or m for the others; `842` with 3 is 0.842 kg, `3` with 0 is 3 kg. A window that does not know the item yet cannot say it
   * in steps. Absent: `quantity` is in steps of the item's unit.
   */
  typedDecimals: z.int().min(0).max(3).optional(),
  /** Of weighed goods: what their package weighs, read as `quantity` is. Absent: what the catalogue says; 0: none. */
  tare: count.min(0).optional(),
  tareDecimals: z.int().min(0).max(3).optional(),
  /** Of goods by weight: as much as lies on the lane's scale. Of `quantity` only the sign counts then, of other goods `weigh` does not. */
  weigh: z.boolean().optional(),
  override: overrideSchema.optional(),
  /** The person at the till has said yes to an unusually large quantity. */
  confirmed: z.boolean().optional(),
  vouched: vouchedSchema.optional(),
  /** Of what is no goods (a gift card is sold or loaded): the card, deposit or account that it is about, and what the shopper pays for it. */
  on: z.string().min(1).max(64).optional(),
  worthMinor: z.int().min(1).max(1_000_000_000_000).optional(),
  /** Of goods that come back (a quantity below 0): the receipt that nobody could look up. The line is unverified, and what it pays out is capped. */
  returnOf: z.string().min(1).max(64).optional(),
};

/** Counted, face by face. */
const denominationsSchema = z
  .array(z.object({ faceMinor: z.int().min(1).max(1_000_000_000_000), count: z.int().min(0).max(1_000_000) }))
  .max(60);

/** What somebody shows to say who they are. */
const shownSchema = {
  user: id.optional(),
  pin: z.string().max(32).optional(),
  badge: z.string().max(256).optional(),
};

/** What devices a lane can have; `cashDrawer` hangs on the first receipt printer. */
export const LANE_DEVICE_KINDS = [
  'receiptPrinter',
  'scale',
  'baggingScale',
  'scanner',
  'lineDisplay',
  'labelPrinter',
  'paymentTerminal',
] as const;
export const DEVICE_TESTS = ['check', 'print', 'weigh', 'zero', 'scan', 'openDrawer', 'show'] as const;

export const deviceEntrySchema = z.object({
  kind: z.enum(LANE_DEVICE_KINDS),
  model: z.string().min(1).max(64),
  address: z.string().min(1).max(256),
});
export type DeviceEntry = z.infer<typeof deviceEntrySchema>;

export const requestBodySchema = z.discriminatedUnion('type', [
  /** All of the state: the answer to it is followed by nothing, it holds everything. A window of another version is refused. */
  z.object({ type: z.literal('open'), version: z.literal(CONTRACT_VERSION) }),
  /** What a scanner read, as it read it. Refused codes become a red row of the basket. */
  z.object({
    type: z.literal('scan'),
    code: z.string().min(1).max(8_192),
    /**
     * A scanner read it at this moment, by the window's clock that does not jump: readings of one pack then count once. Absent: a person
     * typed it, and each time counts.
     */
    scannedAtMs: z.int().min(0).optional(),
    ...amountSchema,
  }),
  z.object({ type: z.literal('addPlu'), plu: z.string().min(1).max(32), ...amountSchema }),
  z.object({ type: z.literal('addItem'), sku: z.string().min(1).max(128), ...amountSchema }),
  /** What the catalogue does not list, at a typed price; `department` is one of those that take it. A code that is listed after all is sold as listed. */
  z.object({
    type: z.literal('sellUnlisted'),
    department: z.string().min(1).max(128),
    unitPrice: unitPriceSchema,
    /** What stands on the goods, as it was read. */
    code: z.string().min(1).max(8_192).optional(),
    /** The red row that it stands for, which goes with it. */
    rowId: id.optional(),
    confirmed: z.boolean().optional(),
    vouched: vouchedSchema.optional(),
  }),
  z.object({
    type: z.literal('setQuantity'),
    lineId: id,
    /** Of a line with tare, what the scale shows. */
    quantity: count,
    confirmed: z.boolean().optional(),
    vouched: vouchedSchema.optional(),
  }),
  z.object({ type: z.literal('overridePrice'), lineId: id, override: overrideSchema }),
  z.object({ type: z.literal('voidLine'), lineId: id }),
  /** The cashier has seen that the shopper is old enough for every line that asks, and how. */
  z.object({ type: z.literal('confirmAge'), method: z.enum(AGE_METHODS) }),
  /** Takes refused rows away: one, or (without `lineId`) all. */
  z.object({ type: z.literal('clearRefused'), lineId: id.optional() }),
  /** A coupon by its code, typed; a scanned one comes as `scan`. */
  z.object({ type: z.literal('addCoupon'), code: z.string().min(1).max(64) }),
  z.object({ type: z.literal('removeCoupon'), code: z.string().min(1).max(64) }),
  /** Who buys, by the opaque id of their card. One that the catalogue does not know belongs to no group. */
  z.object({ type: z.literal('setCustomer'), customerId: z.string().regex(CUSTOMER_ID) }),
  z.object({ type: z.literal('clearCustomer') }),
  /** A card's number or a phone's, as it was typed: the lane finds who it is by its hash, or asks the hub. */
  z.object({ type: z.literal('attachCustomer'), text: z.string().trim().min(1).max(64) }),
  /** Who is called so: through the hub, because no lane has a name. */
  z.object({ type: z.literal('findCustomers'), text: z.string().trim().min(1).max(PERSON_LENGTHS.name) }),
  /** Somebody becomes a customer, and agreed to it: with or without the hub. */
  z.object({
    type: z.literal('addCustomer'),
    name: z.string().trim().min(1).max(PERSON_LENGTHS.name),
    phone: z.string().trim().max(PERSON_LENGTHS.phone).optional(),
    card: z.string().trim().max(PERSON_LENGTHS.card).optional(),
    language: z.string().max(8).optional(),
    consent: z.literal(true),
  }),
  /** What a person takes off one line, or (without `lineId`) off all. */
  z.object({
    type: z.literal('discount'),
    lineId: id.optional(),
    off: z.discriminatedUnion('type', [
      z.object({ type: z.literal('percent'), bps: z.int().min(1).max(10_000) }),
      z.object({ type: z.literal('amount'), amountMinor: z.int().min(1).max(1_000_000_000_000) }),
    ]),
    reason: z.string().min(1).max(80),
  }),
  z.object({ type: z.literal('removeDiscount'), discountId: id }),
  /** Who buys owes no tax, by this certificate. */
  z.object({ type: z.literal('exempt'), certificate: z.string().min(1).max(64) }),
  z.object({ type: z.literal('clearExemption') }),
  /** Where all of the sale is eaten: lines that stand are taxed as the catalogue says there. */
  z.object({ type: z.literal('setService'), service: z.enum(SERVICES) }),
  /** What is said of a line; an empty text takes it back. `note` is one of the store's list: ledgers hold no free text. */
  z.object({
    type: z.literal('describeLine'),
    lineId: id,
    serial: z.string().max(64).optional(),
    batch: z.string().max(64).optional(),
    note: z.string().max(64).optional(),
  }),
  /** The shopper's language, in which the receipt is shown and printed. */
  z.object({ type: z.literal('setReceiptLanguage'), language: z.enum(RECEIPT_LANGUAGES as [ReceiptLanguage, ...ReceiptLanguage[]]) }),
  z.object({ type: z.literal('voidSale') }),
  z.object({ type: z.literal('suspend') }),
  /** `alone`: also where the lane that set it aside cannot be asked whether it still has it. */
  z.object({ type: z.literal('resume'), basketId: id, alone: z.boolean().optional() }),
  /** Cash in the hand. At or above what is due it completes the sale; for a refund it is what is paid out. */
  z.object({
    type: z.literal('payCash'),
    amountMinor: z.int().min(-1_000_000_000_000).max(1_000_000_000_000),
    externalReference: z.string().max(64).optional(),
  }),
  /**
   * One of several tenders, in any order: the one that covers what is due completes the sale, the others stand in `head.tenders`. Of foreign
   * cash the amount is in its own currency. `reference` says which card, voucher or account it is.
   */
  z.object({
    type: z.literal('tender'),
    tenderType: id,
    amountMinor: z.int().min(-1_000_000_000_000).max(1_000_000_000_000),
    tipMinor: z.int().min(0).max(1_000_000_000_000).optional(),
    cashBackMinor: z.int().min(0).max(1_000_000_000_000).optional(),
    reference: z.string().min(1).max(64).optional(),
    externalReference: z.string().max(64).optional(),
    /** Where its type asks for one: how it was signed for. `strokes` of what was drawn, as `signatureText` of the domain writes them. */
    signature: z
      .object({
        how: z.enum(SIGNATURE_HOWS),
        strokes: z
          .string()
          .max(2 * SIGNATURE_MAX.bytes)
          .optional(),
      })
      .optional(),
  }),
  /** Gives a tender back that stands. */
  z.object({ type: z.literal('voidTender'), tenderId: id }),
  /** What goods cost in this store from now on, until headquarters answers the wish. */
  z.object({
    type: z.literal('changeStorePrice'),
    sku: z.string().min(1).max(128),
    unitPrice: unitPriceSchema.refine(({ amount }) => amount >= 0),
    reason: z.string().min(1).max(80),
  }),
  /** Which goods stand on a page of keys of this store from now on, until headquarters answers the wish; without goods the page is none. */
  z.object({
    type: z.literal('arrangeKeys'),
    page: z.string().refine(isPageName),
    position: z.int().min(-MAX_PAGE_POSITION).max(MAX_PAGE_POSITION),
    skus: z
      .array(z.string().regex(/^[^\n]{1,128}$/u))
      .max(MAX_PAGE_KEYS)
      .refine((skus) => new Set(skus).size === skus.length),
  }),
  /** The prices that this store asked for at this till, newest first, and what came of it. */
  z.object({ type: z.literal('storePrices') }),
  /** What is left on a gift card, in cash: all of it, below the store's limit, by the hub's answer alone. */
  z.object({ type: z.literal('cashOut'), tenderType: id, reference: z.string().min(1).max(64) }),
  /** What is left on a card or account, by the hub's answer and what this lane did since; refused with `balanceUnknown` where it does not answer. */
  z.object({ type: z.literal('balance'), account: z.enum(ACCOUNT_KINDS), reference: z.string().min(1).max(64) }),
  /** What of a sale may still come back. Refused with `noSuchReceipt` where this till did not sell it and its hub does not answer or knows no such sale. */
  z.object({ type: z.literal('returnable'), receiptNumber: z.string().min(1).max(64) }),
  /** All that comes back of one sale; what was set for it before is replaced, none takes it away. */
  z.object({
    type: z.literal('setReturn'),
    receiptNumber: z.string().min(1).max(64),
    lines: z
      .array(z.object({ line: z.int().min(1), quantity: z.int().min(1).max(1_000_000_000), defective: z.boolean().optional() }))
      .max(2_000),
  }),
  /** All that is owed, as `head.refund` says. `byHand`: what cards get back is typed into a terminal that the lane is not connected with. */
  z.object({ type: z.literal('refund'), byHand: z.boolean().optional() }),
  /** The payment that the terminal is asked for is not wanted any more; what became of it stands in `head.terminal`. */
  z.object({ type: z.literal('abortPayment') }),
  /** What became of a payment whose answer was lost is asked now, not when its turn comes. */
  z.object({ type: z.literal('askPayment') }),
  /** The basket goes on without a payment of which nobody knows: what turns out to have been charged is given back. */
  z.object({ type: z.literal('leavePayment') }),
  /** The terminal's totals since it was settled last; it counts anew. */
  z.object({ type: z.literal('settleTerminal') }),
  /** Payments over the terminal that somebody has to look at. */
  z.object({ type: z.literal('cardCases') }),
  z.object({ type: z.literal('clearCardCase'), paymentId: id, how: z.enum(CARD_CLEARINGS), reason: z.string().min(1).max(80) }),
  /** Undoes a sale of this till, whole; its tenders by card were given back before (`reverseTender`), or go out of the drawer now: `inCash`, counted from 1, of what the terminal refuses. */
  z.object({
    type: z.literal('postVoid'),
    receiptNumber: z.string().min(1).max(64),
    inCash: z.array(z.int().min(1).max(100)).max(100).optional(),
  }),
  /** A tender of a sale is given back by the terminal; tenders are counted from 1. `reference`: it was, by hand, as a slip or another terminal says. */
  z.object({
    type: z.literal('reverseTender'),
    receiptNumber: z.string().min(1).max(64),
    tender: z.int().min(1).max(100),
    reference: z.string().max(64).optional(),
  }),
  /** Goods that came or went without a sale. */
  z.object({
    type: z.literal('adjustStock'),
    reason: z.string().min(1).max(80),
    movements: z
      .array(z.object({ sku: z.string().min(1).max(128), quantity: count, unit: unitSchema }))
      .min(1)
      .max(2_000),
    externalReference: z.string().max(64).optional(),
  }),
  /** The stock-count sheets of this store, oldest first: what several people count at once, at several lanes. */
  z.object({ type: z.literal('sheets') }),
  z.object({ type: z.literal('sheet'), document }),
  z.object({ type: z.literal('openSheet'), name: z.string().trim().min(1).max(80) }),
  /** So much was found at one place: counts of the same goods add up. In steps of the goods' unit. */
  z.object({
    type: z.literal('countGoods'),
    document,
    sku: z.string().min(1).max(128),
    quantity: count.min(0),
    place: z.string().min(1).max(80).optional(),
  }),
  z.object({ type: z.literal('takeBackCount'), document, countId: id }),
  /** What the sheet says is stated in the ledger. Again, where counts came too late: then what they changed is. */
  z.object({ type: z.literal('closeSheet'), document }),
  /** The lane's journal, newest first: entries in which all words of `text` stand. Few are looked at each time; `next` of the answer says where to go on. */
  z.object({
    type: z.literal('journal'),
    text: z.string().max(200),
    limit: z.int().min(1).max(100),
    before: z.object({ epoch: z.string().max(32), seq: z.int().min(1) }).optional(),
  }),
  /** All that one entry says. */
  z.object({ type: z.literal('journalEntry'), epoch: z.string().max(32), seq: z.int().min(1) }),
  /** What the drawer's shift comes to so far (X); nothing changes. */
  z.object({ type: z.literal('shift') }),
  /** An X on paper, where the lane has a printer. A Z is printed when its shift is closed. */
  z.object({ type: z.literal('printShift') }),
  /** A shift begins with its float, counted; its business date stands until it is closed. */
  z.object({ type: z.literal('openShift'), denominations: denominationsSchema }),
  /** Cash for no sale: paid in or out (with a reason), dropped to the safe, lent from it. */
  z.object({
    type: z.literal('moveCash'),
    act: z.enum(['paidIn', 'paidOut', 'drop', 'loan']),
    amountMinor: z.int().min(1).max(1_000_000_000_000),
    reason: z.string().min(1).max(80).optional(),
  }),
  /** Cash that leaves the store's safe for the bank, or is fetched from there; the reference is the bag's number, or the slip's. */
  z.object({
    type: z.literal('moveSafe'),
    act: z.enum(['bankDeposit', 'bankChange']),
    amountMinor: z.int().min(1).max(1_000_000_000_000),
    reference: z.string().min(1).max(64),
  }),
  /** What lies in the safe; it moves nothing. */
  z.object({ type: z.literal('countSafe'), denominations: denominationsSchema }),
  /** The drawer was counted without knowing what must lie in it: the shift is closed for good (Z). Another amount wants a reason (`overShort`). `drawer`: somebody else's, of `otherShifts`. */
  z.object({
    type: z.literal('closeShift'),
    denominations: denominationsSchema,
    reason: z.string().min(1).max(80).optional(),
    drawer: z.string().min(1).max(64).optional(),
  }),
  /** What stands on this lane, how it is, and what else this machine has; `network`: and what listens as printers do in the network around it, which takes some seconds. */
  z.object({ type: z.literal('devices'), find: z.boolean().optional(), network: z.boolean().optional() }),
  /** Tries one, as it stands in the profile or is about to: prints a test page, weighs, sets to zero, waits for a scan, opens the drawer, asks whether it is there. */
  z.object({ type: z.literal('testDevice'), device: deviceEntrySchema, act: z.enum(DEVICE_TESTS) }),
  /** What stands on the lane's scale is nothing from now on; the scale itself says whether it is little enough. */
  z.object({ type: z.literal('zeroScale') }),
  /** What stands on this lane from now on. */
  z.object({ type: z.literal('setDevices'), devices: z.array(deviceEntrySchema).max(12) }),
  /** Who works at this store and can sign on. */
  z.object({ type: z.literal('people') }),
  /** By a PIN, a badge, or both; a badge alone says whose it is. Refused as `passcodeMissing` where the store wants the other one, too. */
  z.object({ type: z.literal('signOn'), ...shownSchema }),
  /** Somebody's own PIN, by the one that they have: 4 to 12 digits, none that is guessed first (`pinTooWeak`). It holds here at once, and at their other lanes once headquarters has it. */
  z.object({ type: z.literal('changePin'), newPin: z.string().max(32), ...shownSchema }),
  /** Somebody comes to work or goes, whoever is signed on; it needs nobody to be. */
  z.object({ type: z.literal('clock'), act: z.enum(ATTENDANCE_ACTS), ...shownSchema }),
  /** Who was at work in the last days, as far as this lane knows; newest first. */
  z.object({ type: z.literal('attendance') }),
  /** What is missing of one of them, as the clock on the wall showed it: its end where `fromMs` names it, its beginning where `toMs` does. */
  z.object({
    type: z.literal('stateAttendance'),
    person: id,
    fromMs: z.int().min(0).optional(),
    toMs: z.int().min(0).optional(),
    time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/),
    reason: z.string().min(1).max(80),
  }),
  z.object({ type: z.literal('signOff') }),
  /** The same person stays, and shows again who they are. */
  z.object({ type: z.literal('lock') }),
  /**
   * A different person allows what was refused as `approvalNeeded`, in the terms of that refusal: then it is sent again. `reference`: the receipt that
   * it is about, where it is not about the open basket.
   */
  z.object({
    type: z.literal('approve'),
    action: z.enum(ACTION_NAMES as [Action, ...Action[]]),
    lineId: id.optional(),
    reference: z.string().min(1).max(64).optional(),
    /** In the unit of the action's limit; absent: as much as there is. */
    maximum: z.int().min(0).optional(),
    ...shownSchema,
  }),
  /** Asks the other stations of the store for the same leave, in the terms of that refusal; `limit`: how much the operator may. Refused as `noStation` where none is there. */
  z.object({
    type: z.literal('askLeave'),
    action: z.enum(ACTION_NAMES as [Action, ...Action[]]),
    lineId: id.optional(),
    reference: z.string().min(1).max(64).optional(),
    maximum: z.int().min(0).optional(),
    limit: z.int().min(0).optional(),
    approvers: z.string().max(400),
  }),
  /** What was asked is not wanted any more. */
  z.object({ type: z.literal('dropLeave'), wishId: id }),
  /** At the station that shows it (`status.leaveWishes`): somebody who may allows it, by who they are; or it is refused by whoever is signed on. */
  z.object({ type: z.literal('answerLeave'), wishId: id, device: id, isGiven: z.boolean(), ...shownSchema }),
  /** Between two sales: from here on nothing that is sold counts; or again everything does. */
  z.object({ type: z.literal('setTraining'), isOn: z.boolean() }),
  /** Opens the drawer without a sale; the reason is journalled. */
  z.object({ type: z.literal('openDrawer'), reason: z.string().min(1).max(80) }),
  /** What one piece (kilogram, litre, metre) would be sold for now, by a code, a PLU or a key: one tile, or why it would not be sold. Nothing is sold. */
  z.object({
    type: z.literal('inquire'),
    of: z.discriminatedUnion('type', [
      z.object({ type: z.literal('scan'), code: z.string().min(1).max(8_192) }),
      z.object({ type: z.literal('addPlu'), plu: z.string().min(1).max(32) }),
      z.object({ type: z.literal('addItem'), sku: z.string().min(1).max(128) }),
    ]),
  }),
  /** Goods by name, brand or code, as typed so far. `byStyle`: of a style with several variants among them one row, which says how many it has. `style`: all variants of it, whatever the text. */
  z.object({
    type: z.literal('search'),
    text: z.string().max(200),
    limit: z.int().min(1).max(100),
    byStyle: z.literal(true).optional(),
    style: z.string().min(1).max(MAX_STYLE_LENGTH).optional(),
  }),
  /** The keys of a department (goods with a PLU first); without one, the departments themselves. */
  z.object({ type: z.literal('tiles'), department: z.string().max(128).optional() }),
  /** The pages of keys and the departments without one, in the order of their tabs, with all that stands on each: what is arranged. */
  z.object({ type: z.literal('keyPages') }),
  /** What a customer display shows while nobody buys: goods with pictures, of the page that the store's setting names. */
  z.object({ type: z.literal('displayGoods') }),
  /** Pictures of goods, by their names: of those that the lane has. */
  z.object({
    type: z.literal('pictures'),
    names: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .min(1)
      .max(MAX_PICTURES),
  }),
  z.object({ type: z.literal('suspended') }),
  /** Why a line of the open basket costs what it costs. */
  z.object({ type: z.literal('explain'), lineId: id }),
  /** The last sales of this till, newest first. */
  z.object({ type: z.literal('receipts'), limit: z.int().min(1).max(50) }),
  /** What the store takes besides cash, in the order of their keys. */
  z.object({ type: z.literal('tenderTypes') }),
  /** Prints a completed sale's receipt once more, marked as a copy, and journals it. */
  z.object({
    type: z.literal('printReceipt'),
    receiptNumber: z.string().max(64),
    /** For whom the goods are given to: without prices, and no copy. */
    isGift: z.boolean().optional(),
    /** For the store itself: with how its tenders were signed. */
    isMerchant: z.boolean().optional(),
    /** Not the receipt, but a list of what is to be fetched for it. */
    isPickList: z.boolean().optional(),
    /** Not the receipt, but the paper of its being undone: a copy, journalled under its own number. */
    isPostVoid: z.boolean().optional(),
  }),
  /** Makes an invoice of a completed sale of this till, and prints it. What comes back of it is a credit note by itself; a copy is the receipt's. */
  z.object({
    type: z.literal('invoice'),
    receiptNumber: z.string().max(64),
    buyer: z.object({
      name: z.string().trim().min(1).max(BUYER_LENGTHS.name),
      address: z.string().trim().min(1).max(BUYER_LENGTHS.address),
      taxNumber: z.string().max(BUYER_LENGTHS.taxNumber).optional(),
    }),
  }),
  /** Sends a completed sale's receipt by mail as soon as the hub is there. The lane does not keep the address. */
  z.object({
    type: z.literal('mailReceipt'),
    receiptNumber: z.string().max(64),
    to: z.string().trim().min(1).max(MAX_MAIL_ADDRESS_LENGTH),
  }),
  /** A completed sale's receipt, as a neutral document. */
  z.object({ type: z.literal('receipt'), receiptNumber: z.string().max(64) }),
]);
export type RequestBody = z.infer<typeof requestBodySchema>;

export const requestSchema = z.object({ id: z.string().min(1).max(64), atMs: z.int(), body: requestBodySchema });
export type Request = z.infer<typeof requestSchema>;

/** Why something was not done. Windows put words to `type`; `detail` holds what the words need. */
export const refusalSchema = z.object({
  type: z.enum(REFUSAL_TYPES),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Refusal = z.infer<typeof refusalSchema>;

export const lineViewSchema = z.object({
  lineId: id,
  /** Rows stand in the order of `position`, which never changes: the newest highest. */
  position: z.int(),
  kind: z.enum(['item', 'refused']),
  sku: z.string().optional(),
  /** As scanned or typed. */
  code: z.string().optional(),
  name: z.string(),
  quantity: quantitySchema.optional(),
  unitPrice: unitPriceSchema.optional(),
  pack: pricedPackSchema.optional(),
  priceType: z.string().optional(),
  syntheticPrice: z.boolean().optional(),
  amountMinor: z.int().optional(),
  taxRateBps: z.int().optional(),
  /** What is taken off `amountMinor`, by name; the row's second line shows it. */
  discounts: z.array(z.object({ name: z.string(), amountMinor: z.int(), thirdParty: z.boolean().optional() })).optional(),
  minimumAgeYears: z.int().optional(),
  ageChecked: z.boolean().optional(),
  reason: z.string().optional(),
  /** Taken off what the scale showed; the quantity is net. */
  tare: z.int().optional(),
  /** A deposit: the line of its goods, with which it changes and goes. */
  depositOf: id.optional(),
  /** Of goods that come back: the receipt that they were sold with. */
  returnOf: z.string().optional(),
  serial: z.string().optional(),
  batch: z.string().optional(),
  note: z.string().optional(),
  /** Nobody could look that receipt up. */
  unverified: z.boolean().optional(),
  /** The catalogue does not list it: `code` stands on the goods, the price was typed. */
  unlisted: z.boolean().optional(),
  refusal: refusalSchema.optional(),
});
export type LineView = z.infer<typeof lineViewSchema>;

export const totalsSchema = z.object({
  /** Pieces, and one per weighed line; refused rows do not count. */
  itemCount: z.int(),
  subtotalMinor: z.int(),
  taxInclusive: z.boolean(),
  taxes: z.array(z.object({ name: z.string(), rateBps: z.int(), netMinor: z.int(), taxMinor: z.int() })),
  totalMinor: z.int(),
  /** What is taken off, whoever pays for it; absent where nothing is. */
  savedMinor: z.int().optional(),
  /** What third parties pay of the total for coupons; absent where they pay nothing. */
  claimedMinor: z.int().optional(),
  /** What is left to pay; negative where the store owes. */
  dueMinor: z.int(),
  /** What is left to pay in cash, where coins make it another amount than `dueMinor`. */
  cashDueMinor: z.int().optional(),
  /** Cash that a shopper is likely to hand over: above the exact amount, ascending. */
  suggestedCashMinor: z.array(z.int()),
});
export type Totals = z.infer<typeof totalsSchema>;

/** A tender under the name that the store gives it. */
export const tenderViewSchema = z.object({
  tenderType: z.string(),
  name: z.string(),
  /** Towards the sale, in its currency. */
  amountMinor: z.int(),
  tipMinor: z.int().optional(),
  cashBackMinor: z.int().optional(),
  /** Of a voucher: more than was due, and lost. */
  forfeitedMinor: z.int().optional(),
  reference: z.string().optional(),
  /** What its card says of itself: `Visa **** 1111`. */
  card: z.string().optional(),
});
export type TenderView = z.infer<typeof tenderViewSchema>;

export const completedSaleSchema = z.object({
  receiptNumber: z.string(),
  totalMinor: z.int(),
  /** What third parties pay of the total for coupons; absent where they pay nothing. */
  claimedMinor: z.int().optional(),
  /** What was taken off; absent where nothing was. */
  savedMinor: z.int().optional(),
  /** Paid in cash; 0 where all of it was paid otherwise. */
  cashMinor: z.int(),
  /** All tenders; absent where the sale was paid in cash alone. */
  tenders: z.array(tenderViewSchema).optional(),
  changeMinor: z.int(),
  /** Σ tenders − change = total + rounding; absent where it is 0. */
  roundingMinor: z.int().optional(),
  atMs: z.int(),
});
export type CompletedSale = z.infer<typeof completedSaleSchema>;

/** A receipt as blocks; windows and printers lay it out. */
export const receiptSchema = z.object({
  receiptNumber: z.string(),
  /** The retailer's, above it: a picture in base64. */
  logo: z.string().max(16_384).optional(),
  /** The shopper's; absent: the store's. */
  language: z.string().optional(),
  currency: z.string(),
  minorDigits: z.int(),
  blocks: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('heading'), text: z.string() }),
      z.object({ type: z.literal('text'), text: z.string(), align: z.enum(['start', 'center']) }),
      z.object({ type: z.literal('rule') }),
      z.object({
        type: z.literal('line'),
        name: z.string(),
        quantity: quantitySchema,
        unitPrice: unitPriceSchema,
        pack: pricedPackSchema.optional(),
        amountMinor: z.int(),
        taxMark: z.string(),
      }),
      /** What was taken off the line above it. */
      z.object({ type: z.literal('reduction'), name: z.string(), amountMinor: z.int() }),
      z.object({ type: z.literal('amount'), label: z.string(), amountMinor: z.int(), emphasis: z.boolean() }),
      z.object({ type: z.literal('tax'), mark: z.string(), name: z.string(), rateBps: z.int(), netMinor: z.int(), taxMinor: z.int() }),
      z.object({ type: z.literal('facts'), facts: z.array(z.tuple([z.string(), z.string()])) }),
      /** What somebody drew on a grid of `SIGNATURE_MAX`. */
      z.object({
        type: z.literal('signature'),
        strokes: z.array(z.array(z.object({ x: z.int(), y: z.int() })).readonly()).readonly(),
      }),
      /** A square code on paper; its text is for machines. */
      z.object({ type: z.literal('code'), text: z.string() }),
    ]),
  ),
});
export type ReceiptView = z.infer<typeof receiptSchema>;

/** Of `basketId` and `reference` one is empty; null: no end to it. */
export const leaveWishSchema = z.object({
  wishId: z.string(),
  device: z.string(),
  lane: z.string(),
  askedBy: z.string(),
  askedByName: z.string(),
  basketId: z.string(),
  reference: z.string(),
  action: z.enum(ACTION_NAMES as [Action, ...Action[]]),
  lineId: z.string(),
  maximum: z.int().nullable(),
  limit: z.int().nullable(),
  approvers: z.string(),
  itemCount: z.int(),
  totalMinor: z.int(),
  lineName: z.string(),
  isTraining: z.boolean(),
  expiresAtMs: z.int(),
});
export type LeaveWishView = z.infer<typeof leaveWishSchema>;

export const statusSchema = z.object({
  lane: z.string(),
  store: z.string(),
  /** As the store's settings have it; absent before the first catalogue. */
  storeName: z.string().optional(),
  /** IANA; every time that a window shows is the store's. Absent before the first catalogue. */
  timeZone: z.string().optional(),
  operator: z.string(),
  /** Who that is, for the screen. */
  operatorName: z.string().optional(),
  operatorRoles: z.array(z.string()).optional(),
  /** `off`: nobody here has anything to sign on with. While it is `needed` or `locked` the till does nothing but let somebody sign on. */
  signOn: z.enum(['off', 'needed', 'locked', 'on']).optional(),
  /** The hub was not heard for too long: nobody may any more what costs money. */
  rightsOver: z.boolean().optional(),
  shift: z.int(),
  /** What other lanes of the store ask leave for, oldest first. */
  leaveWishes: z.array(leaveWishSchema).optional(),
  /** What a station answered to the last question of this lane. */
  leaveAnswered: z.object({ wishId: z.string(), by: z.string(), isGiven: z.boolean() }).optional(),
  /** Nothing that is sold here counts. */
  training: z.boolean().optional(),
  /** The company sends receipts by mail. */
  mailsReceipts: z.boolean().optional(),
  /** The drawer holds more than its store wants in it: a drop is due, between sales. */
  dropDue: z.boolean().optional(),
  /** Each cashier has a till insert of their own, and whoever is signed on has not counted theirs in. */
  floatDue: z.boolean().optional(),
  /** So many baskets that this lane had set aside were gone on with here and on another lane; until `suspended` is asked. */
  basketsTwice: z.int().optional(),
  /** This lane's database was rebuilt, and the basket that was open is lost with the one before; until something is sold. */
  basketLost: z.boolean().optional(),
  /** That day rolled over by itself, and nobody has counted the drawer since. */
  rolledFrom: z.string().optional(),
  businessDate: z.string(),
  /** `connecting` until the first answer or failure after start. */
  hub: z.enum(['connected', 'offline', 'connecting', 'notEnrolled']),
  /** Since when the hub has not answered. */
  offlineSinceMs: z.int().optional(),
  /** Ledger entries that the hub has not acknowledged as received, and how many of them are sales. */
  waitingEntries: z.int(),
  waitingSales: z.int(),
  /** Entries that the hub set aside; a person must look at them. */
  setAside: z.int(),
  /** What a person should look at: a code that the hub refused, a token that it does not know, a signature that is wrong. */
  problem: z.string().optional(),
  /** The first catalogue on its way: items so far, of all. */
  catalogueProgress: z.object({ done: z.int(), total: z.int() }).optional(),
  items: z.int(),
  /** Another number whenever keys may show other goods, prices or rules: what a window shows of them is asked for again. Between two runs of a till it says nothing. */
  catalogueAt: z.int(),
  /** `detail` in English, for logs; windows put their own words to `reason`. */
  devices: z.array(
    z.object({
      device: z.string(),
      state: z.enum(['ready', 'warning', 'down']),
      detail: z.string(),
      reason: z.string().optional(),
      /** Of a printer: receipts that it has still to print. */
      waiting: z.int().optional(),
    }),
  ),
});
export type Status = z.infer<typeof statusSchema>;

/** What the payment terminal is asked for, and what came of it; the amount is above 0. */
export const terminalViewSchema = z.object({
  paymentId: z.string(),
  act: z.enum(CARD_ACTS),
  /** Of the tender. */
  name: z.string(),
  amountMinor: z.int(),
  /** `starting`: it was not sent. `waiting`: for the shopper. `unknown`: its answer was lost. `left`: the basket went on without it. The others are ends. */
  state: z.enum(['starting', 'waiting', 'unknown', 'left', 'declined', 'notCharged']),
  reason: z.string().optional(),
  /** It was told that nobody wants it any more. */
  aborting: z.boolean().optional(),
});
export type TerminalView = z.infer<typeof terminalViewSchema>;

export const cardCaseSchema = z.object({
  paymentId: z.string(),
  act: z.enum(CARD_ACTS),
  state: z.enum(CARD_CASE_STATES),
  amountMinor: z.int(),
  atMs: z.int(),
  receiptNumber: z.string().optional(),
  /** By which a person finds it in the terminal's own journal, as far as the terminal has told. */
  brand: z.string().optional(),
  lastFour: z.string().optional(),
  transactionId: z.string().optional(),
  /** What somebody with the right for it may say became of it. */
  clearings: z.array(z.enum(CARD_CLEARINGS)).min(1),
});
export type CardCase = z.infer<typeof cardCaseSchema>;

export const basketHeadSchema = z.object({
  basketId: id,
  currency: z.string(),
  /** The currency's decimals: 0, 2 or 3. */
  minorDigits: z.int(),
  totals: totalsSchema,
  ageCheckOpen: z.boolean(),
  refusedRows: z.int(),
  /** What was taken so far, while it does not cover what is due; absent where there is none. */
  tenders: z.array(tenderViewSchema.extend({ tenderId: id })).optional(),
  /** In the order in which they came; `isUsed` where one of them takes something off, or gives something, as the basket stands. */
  coupons: z.array(z.object({ code: z.string(), name: z.string(), isUsed: z.boolean() })).optional(),
  customer: z
    .object({
      customerId: z.string(),
      groups: z.array(z.string()),
      initials: z.string().optional(),
      tier: z.string().optional(),
      onAccount: z.boolean().optional(),
      /** The most that they may owe; absent: no limit. */
      accountLimitMinor: z.int().optional(),
      language: z.string().optional(),
    })
    .optional(),
  service: z.enum(SERVICES).optional(),
  receiptLanguage: z.string().optional(),
  /** The certificate by which nothing is taxed. */
  exemption: z.string().optional(),
  /** What people took off, each until it is taken back; absent where there is none. */
  manualDiscounts: z
    .array(
      z.object({
        discountId: id,
        /** Absent: the whole basket. */
        lineId: id.optional(),
        reason: z.string(),
        bps: z.int().optional(),
        amountMinor: z.int().optional(),
      }),
    )
    .optional(),
  /** Gifts that were earned and are not in the basket yet: the cashier scans them, and they are free. */
  gifts: z.array(z.object({ promotion: z.string(), sku: z.string(), name: z.string(), pieces: z.int() })).optional(),
  /** What is due where one tender pays for all, for each type that promotions make another amount. */
  tenderOffers: z
    .array(z.object({ tenderType: z.string(), name: z.string(), dueMinor: z.int(), cashDueMinor: z.int(), savedMinor: z.int() }))
    .optional(),
  /** Of goods that come back with their receipts: how what is owed goes back. Each amount is below 0, or a single 0. */
  refund: z.array(z.object({ name: z.string(), amountMinor: z.int() })).optional(),
  /** While the payment terminal is at work for this lane, and until the next act afterwards. */
  terminal: terminalViewSchema.optional(),
  /** The row that the last change touched: kept in view and highlighted. */
  currentLineId: id.optional(),
  /** The sale that was completed last; it stands until the next scan. */
  completed: completedSaleSchema.optional(),
});
export type BasketHead = z.infer<typeof basketHeadSchema>;

export const tileSchema = z.object({
  sku: z.string(),
  name: z.string(),
  brand: z.string().optional(),
  code: z.string().optional(),
  plu: z.string().optional(),
  symbol: z.string().optional(),
  /** Its name; it may not be here yet. */
  picture: z.string().optional(),
  unit: unitSchema,
  unitPrice: unitPriceSchema.optional(),
  /** Not goods, but a style: so many variants of it are there. `sku` is that of the first one, `name` the style's. */
  variants: z.int().optional(),
  /** What was asked for is a pack of so many, by its own code. */
  pack: z.object({ code: z.string(), units: z.int(), amountMinor: z.int() }).optional(),
  /** To who asks for its price: what is said of it, in the order in which it is read. A number has its decimals behind a point, in `unit`; of `yesNo` it is `yes` or `no`. */
  attributes: z
    .array(z.object({ name: z.string(), type: z.enum(ATTRIBUTE_TYPES), value: z.string(), unit: z.string().optional() }))
    .optional(),
});
export type Tile = z.infer<typeof tileSchema>;

export const keyPageViewSchema = z.object({
  name: z.string(),
  position: z.int(),
  /** Somebody arranged it; else its keys are its department's, as they come. */
  isArranged: z.boolean(),
  keys: z.array(tileSchema),
  /** All that it names, in its order, where some of it is in no catalogue (yet) and has no key. */
  skus: z.array(id).optional(),
});

/** A key of the screen that takes a tender. */
export const tenderTypeViewSchema = z.object({
  tenderType: id,
  name: z.string(),
  kind: z.enum(TENDER_KINDS),
  takesTips: z.boolean(),
  /** 0: no cash back. */
  cashBackMaximumMinor: z.int(),
  /** Of foreign cash and points: what its amounts are in. */
  foreign: z.object({ currency: z.string(), minorDigits: z.int() }).optional(),
  /** The lane's payment terminal takes it. */
  onTerminal: z.boolean().optional(),
  /** A `reference` is asked for: whose balance it is, or, of a terminal of its own, the slip's number. */
  asksReference: z.boolean(),
  /** Whoever pays so signs for it: on the shopper's screen, or on paper. */
  asksSignature: z.boolean().optional(),
  /** The balance that it is taken from. */
  account: z.enum(ACCOUNT_KINDS).optional(),
});
export type TenderTypeView = z.infer<typeof tenderTypeViewSchema>;

/** A sale, line by line, with what of it may still come back. */
export const returnableSchema = z.object({
  receiptNumber: z.string(),
  atMs: z.int(),
  totalMinor: z.int(),
  /** Nobody who could say what came back was asked: what comes back is marked so, and capped. */
  unverified: z.boolean().optional(),
  lines: z.array(
    z.object({
      line: z.int(),
      sku: z.string(),
      name: z.string(),
      sold: quantitySchema,
      left: quantitySchema,
      /** With taxes, less what was taken off: of all of it, and of what is left. */
      paidMinor: z.int(),
      leftMinor: z.int(),
      /** Of what is left, what the open basket brings back, above or equal to 0. */
      returning: z.int(),
      defective: z.boolean().optional(),
    }),
  ),
});
export type ReturnableView = z.infer<typeof returnableSchema>;

/** Why a line costs what it costs, from the catalogue's prices down to its tax. Windows put words to the reasons. */
export const explanationSchema = z.object({
  lineId: id,
  name: z.string(),
  quantity: quantitySchema,
  unitPrice: unitPriceSchema,
  pack: pricedPackSchema.optional(),
  priceType: z.string(),
  /** Where a person set the price: why, and who approved it. */
  setBecause: z.string().optional(),
  approvedBy: z.string().optional(),
  /** What holds now is another price than the line's, which keeps what it came with. */
  changedSince: z.boolean().optional(),
  /** All that the catalogue has for these goods: first the one that holds (no `reason`), then those that it goes before, then the others. */
  prices: z.array(
    z.object({
      type: z.string(),
      unitPrice: unitPriceSchema,
      currency: z.string(),
      scope: z.string(),
      priority: z.int(),
      fromMs: z.int().optional(),
      toMs: z.int().optional(),
      /** From which quantity it holds, in steps of the unit, and for which group of customers. */
      fromQuantity: z.int().optional(),
      customerGroup: z.string().optional(),
      reason: z.enum(PRICE_REASONS).optional(),
    }),
  ),
  /** Quantity × unit price. */
  amountMinor: z.int(),
  /** What was taken off, in the order of settling. */
  taken: z.array(
    z.object({
      kind: z.enum(DISCOUNT_KINDS),
      name: z.string(),
      amountMinor: z.int(),
      /** Of what a person took off, or a promotion's coupon. */
      because: z.string().optional(),
      coupon: z.string().optional(),
      approvedBy: z.string().optional(),
      thirdParty: z.boolean().optional(),
    }),
  ),
  /** Promotions that the line counted for (a set, a minimum, a reward) and that took nothing off it. */
  helped: z.array(z.object({ name: z.string() })).optional(),
  /** Promotions that mean these goods and took nothing; `by`: the name of the one that stood in the way. */
  notTaken: z.array(z.object({ name: z.string(), reason: z.enum(NOT_TAKEN_REASONS), by: z.string().optional() })),
  /** Of those of these promotions that are limited beyond one basket: what is gone, as far as this lane knows. Other lanes may use up what is left without it. */
  limits: z
    .array(
      z.object({
        name: z.string(),
        perCustomer: z.object({ limit: z.int(), used: z.int() }).optional(),
        budget: z.object({ limitMinor: z.int(), usedMinor: z.int() }).optional(),
        /** Lanes besides this one, as headquarters counted them, and what all of them could spend beyond the budget if they were cut off. */
        otherLanes: z.int().optional(),
        worstOverspendMinor: z.int().optional(),
      }),
    )
    .optional(),
  /** What is left of `amountMinor`: with tax where prices include it. */
  netMinor: z.int(),
  /** Of this line alone; the document's are rounded over all of its lines, by the store's policy. */
  taxes: z.array(z.object({ name: z.string(), rateBps: z.int(), netMinor: z.int(), taxMinor: z.int() })),
});
export type ExplanationView = z.infer<typeof explanationSchema>;

export const storePriceViewSchema = z.object({
  sku: z.string(),
  name: z.string(),
  unitPrice: unitPriceSchema,
  reason: z.string(),
  atMs: z.int(),
  /** As long as it waits, the store sells at it. */
  status: z.enum(['waiting', ...ANSWER_STATUSES]),
  /** Of what was not granted: the rule that decided. */
  rule: z.string().optional(),
});
export type StorePriceView = z.infer<typeof storePriceViewSchema>;

export const attendanceViewSchema = z.object({
  person: z.string(),
  name: z.string(),
  fromMs: z.int().optional(),
  toMs: z.int().optional(),
  /** An end is missing. */
  forgotten: z.boolean().optional(),
  /** One was stated afterwards. */
  stated: z.boolean().optional(),
});
export type AttendanceView = z.infer<typeof attendanceViewSchema>;

/** An X, or a Z. */
export const shiftViewSchema = z.object({
  shift: z.int(),
  drawer: z.string(),
  businessDate: z.string(),
  operator: z.string(),
  /** Somebody opened it, and nobody has closed it yet. */
  isOpen: z.boolean(),
  /** Practised on: there is no such drawer. */
  training: z.literal(true).optional(),
  sales: z.int(),
  refunds: z.int(),
  totalMinor: z.int(),
  refundedMinor: z.int(),
  discountMinor: z.int(),
  roundingMinor: z.int(),
  changeMinor: z.int(),
  taxes: z.array(z.object({ name: z.string(), ratePpm: z.int().optional(), netMinor: z.int(), taxMinor: z.int() })),
  tenders: z.array(z.object({ name: z.string(), amountMinor: z.int(), tipMinor: z.int(), count: z.int() })),
  /** As `TerminalSum` of the domain has them. */
  terminals: z.array(
    z.object({
      terminalId: z.string(),
      takenMinor: z.int(),
      takenCount: z.int(),
      settlements: z.int(),
      countedMinor: z.int(),
      countedCount: z.int(),
      settledMinor: z.int(),
      settledCount: z.int(),
    }),
  ),
  cash: z.object({ float: z.int(), paidIn: z.int(), paidOut: z.int(), drop: z.int(), loan: z.int() }),
  payoutMinor: z.int(),
  voidedLines: z.int(),
  voidedSales: z.int(),
  reprints: z.int(),
  approvals: z.int(),
  /** What must lie in the drawer; absent while a shift is open: it is counted blind. */
  drawerMinor: z.int().optional(),
  countedMinor: z.int().optional(),
  overShortMinor: z.int().optional(),
  reason: z.string().optional(),
  perpetualMinor: z.int(),
});
export type ShiftView = z.infer<typeof shiftViewSchema>;

export const otherShiftSchema = z.object({ drawer: z.string(), name: z.string().optional(), shift: z.int() });
export type OtherShift = z.infer<typeof otherShiftSchema>;

const sheetHead = {
  document: z.string(),
  name: z.string(),
  state: z.enum(['open', 'closed']),
  /** Counts that came too late for its closing. */
  lateChanges: z.int(),
};
/** One entry of the journal in a few words. */
export const journalEntrySchema = z.object({
  epoch: z.string(),
  seq: z.int(),
  atMs: z.int(),
  hash: z.string(),
  kind: z.string(),
  businessDate: z.string(),
  shift: z.int().optional(),
  drawer: z.string(),
  operator: z.string(),
  training: z.boolean(),
  reference: z.string().optional(),
  act: z.string().optional(),
  amountMinor: z.int().optional(),
  currency: z.string().optional(),
  reason: z.string().optional(),
  approvedBy: z.string().optional(),
});
export type JournalEntryView = z.infer<typeof journalEntrySchema>;

/** A device of the profile, and how it is. */
export const laneDeviceSchema = deviceEntrySchema.extend({
  power: z.enum(['unknown', 'online', 'offline']),
  reason: z.string().optional(),
  isWarning: z.boolean().optional(),
  /** Since it was opened. */
  statistics: z.record(z.string(), z.int()),
});
export type LaneDevice = z.infer<typeof laneDeviceSchema>;

/** What this machine or the network has and the profile does not: a serial line, a scanner on USB, a printer. */
export const foundDeviceSchema = z.object({
  address: z.string(),
  name: z.string(),
  /** What it surely is; absent where only its line is known. */
  kind: z.enum(LANE_DEVICE_KINDS).optional(),
  model: z.string().optional(),
});
export type FoundDevice = z.infer<typeof foundDeviceSchema>;

export const replyValueSchema = z.object({
  /** On `openSheet`. */
  document: z.string().optional(),
  /** On `sheets`; `lines`: how many goods are on it. */
  sheets: z.array(z.object({ ...sheetHead, lines: z.int() })).optional(),
  /** On `sheet`: what its counts come to, and each of them, the newest first. */
  sheet: z
    .object({
      ...sheetHead,
      lines: z.array(z.object({ sku: z.string(), name: z.string(), quantity: quantitySchema })),
      counts: z.array(
        z.object({ countId: id, sku: z.string(), quantity: quantitySchema, user: z.string(), atMs: z.int(), place: z.string().optional() }),
      ),
    })
    .optional(),
  /** On `open`. */
  state: z
    .object({
      version: z.literal(CONTRACT_VERSION),
      revision: z.int(),
      head: basketHeadSchema,
      lines: z.array(lineViewSchema),
      status: statusSchema,
    })
    .optional(),
  /** On whatever made or changed a row. */
  lineId: id.optional(),
  /** On a `scan` that was the pack before it, read again or by its second symbol: nothing was added. */
  repeated: z.enum(['doubleRead', 'secondSymbol']).optional(),
  /** On a `payCash` or `tender` that completed the sale. */
  completed: completedSaleSchema.optional(),
  /** On `clock`. `sinceMs`: they were here since then; `forgotten`: for so long that they had forgotten to go. */
  clocked: z
    .object({
      name: z.string(),
      act: z.enum(ATTENDANCE_ACTS),
      atMs: z.int(),
      sinceMs: z.int().optional(),
      forgotten: z.boolean().optional(),
    })
    .optional(),
  attendance: z.array(attendanceViewSchema).optional(),
  /** On `askLeave`. */
  asked: z.object({ wishId: z.string(), stations: z.int() }).optional(),
  /** On `cashOut`: what was on the card, and what coins make of it. */
  cashedOut: z.object({ amountMinor: z.int(), paidMinor: z.int() }).optional(),
  /** On `balance`: in minor units of the sale's currency; points are whole. */
  balance: z.object({ account: z.enum(ACCOUNT_KINDS), reference: z.string(), amountMinor: z.int() }).optional(),
  /** On a `tender`, `refund`, `voidTender` or `reverseTender` that the terminal was asked for: what comes of it stands in `head.terminal`. */
  payment: z.object({ paymentId: z.string() }).optional(),
  /** On `settleTerminal`: what the terminal counted, and what this lane had. */
  settlement: z
    .object({
      currency: z.string(),
      brands: z.array(z.object({ brand: z.string(), count: z.int(), amountMinor: z.int() })),
      countedMinor: z.int(),
      ownMinor: z.int(),
      ownCount: z.int(),
    })
    .optional(),
  cardCases: z.array(cardCaseSchema).optional(),
  receipt: receiptSchema.optional(),
  invoiceNumber: z.string().optional(),
  explanation: explanationSchema.optional(),
  /** On `returnable`, and on `setReturn`. */
  returnable: returnableSchema.optional(),
  tiles: z.array(tileSchema).optional(),
  /** On `tiles` of a department: in how long the price of one of them becomes another; absent where none is to. */
  pricesInMs: z.int().optional(),
  departments: z.array(z.string()).optional(),
  keyPages: z.array(keyPageViewSchema).optional(),
  /** WebP, base64. */
  pictures: z.array(z.object({ name: z.string(), data: z.string() })).optional(),
  /** Of these the ones that sell what the catalogue does not list; absent where none does. */
  unlistedDepartments: z.array(z.string()).optional(),
  /** On `tiles` without a department: the donation to which totals are rounded up; absent where there is none. */
  roundUp: z.object({ sku: z.string(), name: z.string() }).optional(),
  /** By name, as the hub found them: shown, and kept nowhere. */
  customers: z
    .object({
      found: z.array(z.object({ customerId: id, name: z.string(), store: z.string(), phoneEnd: z.string().optional() })),
      isMore: z.boolean(),
    })
    .optional(),
  tenderTypes: z.array(tenderTypeViewSchema).optional(),
  storePrices: z.array(storePriceViewSchema).optional(),
  receipts: z
    .array(
      z.object({
        receiptNumber: z.string(),
        atMs: z.int(),
        totalMinor: z.int(),
        /** A post-void stands behind it. */
        undone: z.boolean().optional(),
      }),
    )
    .optional(),
  /** On `journal`. */
  journal: z.object({ entries: z.array(journalEntrySchema), next: z.object({ epoch: z.string(), seq: z.int() }).nullable() }).optional(),
  /** On `journalEntry`: as JSON. */
  journalEntry: z.string().optional(),
  /** On `shift`, and on `closeShift`, which says what was counted too. */
  shift: shiftViewSchema.optional(),
  /** On `shift`: inserts of this lane that are not in place and not counted yet. `name`: whose; absent: nobody's in particular. What lies there is not told. */
  otherShifts: z.array(otherShiftSchema).optional(),
  /** On `devices` and `setDevices`. */
  devices: z
    .object({
      devices: z.array(laneDeviceSchema),
      models: z.record(z.string(), z.array(z.string())),
      found: z.array(foundDeviceSchema).optional(),
    })
    .optional(),
  /** On `testDevice`, where there is something to tell: what lies on the scale, what was scanned. */
  tested: z.object({ grams: z.int().optional(), code: z.string().optional() }).optional(),
  /** On `people`. */
  people: z.array(z.object({ user: id, name: z.string(), hasPin: z.boolean(), hasBadge: z.boolean() })).optional(),
  /** `elsewhere`: the device of another lane that set it aside. */
  suspended: z
    .array(z.object({ basketId: id, atMs: z.int(), itemCount: z.int(), totalMinor: z.int(), elsewhere: z.string().optional() }))
    .optional(),
});
export type ReplyValue = z.infer<typeof replyValueSchema>;

export const tillMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.string(), ok: z.literal(true), value: replyValueSchema }),
  z.object({ type: z.literal('refused'), id: z.string(), refusal: refusalSchema }),
  /** A delta: `revision` is the last one plus 1. `reset`: a new basket, forget the rows. */
  z.object({
    type: z.literal('basket'),
    revision: z.int(),
    reset: z.boolean(),
    head: basketHeadSchema,
    upserted: z.array(lineViewSchema),
    removedLineIds: z.array(id),
  }),
  z.object({ type: z.literal('status'), status: statusSchema }),
  /** A scanner of the till read something, for the window that is in use: it goes the way of a scan from the keyboard. Absent: it was torn. */
  z.object({ type: z.literal('scanned'), code: z.string().optional() }),
  /** Another window of this till says it: it changes nothing here. */
  shopperTalkSchema,
]);
export type TillMessage = z.infer<typeof tillMessageSchema>;
