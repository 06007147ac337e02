/**
 * nexo Retailer messages as JSON, in the shape of Adyen's Terminal API: what a lane sends, and what it reads of the answers. Nothing is read that is not
 * listed here; card numbers, tracks and printed receipts are not.
 */
import { z } from 'zod';

import { lastFourOf, toCardFacts } from '../card-facts.ts';
import { decimalToMinor, minorToDecimal } from '../decimal-amount.ts';
import {
  notStarted,
  type CardEntry,
  type DeclineReason,
  type TerminalAnswer,
  type TerminalOrder,
  type TerminalOutcome,
  type TerminalTotals,
} from '../terminal.ts';

export interface NexoPlace {
  /** Of the lane. */
  readonly saleId: string;
  /** Of the terminal: model and serial number. */
  readonly poiId: string;
}

export type NexoCategory = 'Payment' | 'Reversal' | 'TransactionStatus' | 'Abort' | 'Reconciliation' | 'Diagnosis';

const headerOf = (category: NexoCategory, serviceId: string, { saleId, poiId }: NexoPlace) => ({
  ProtocolVersion: '3.0',
  MessageClass: 'Service',
  MessageCategory: category,
  MessageType: 'Request',
  ServiceID: serviceId,
  SaleID: saleId,
  POIID: poiId,
});
export type NexoHeader = ReturnType<typeof headerOf>;

export interface NexoRequest {
  readonly MessageHeader: NexoHeader;
  readonly [body: string]: unknown;
}

const stampOf = (atMs: number): string => new Date(atMs).toISOString();

export const categoryOf = ({ act }: Pick<TerminalOrder, 'act'>): 'Payment' | 'Reversal' => (act === 'reversal' ? 'Reversal' : 'Payment');

export function orderRequest(order: TerminalOrder, place: NexoPlace): NexoRequest {
  const { serviceId, act, amountMinor, tipMinor = 0, cashBackMinor = 0, currency, minorDigits, original, atMs } = order;
  const decimal = (minor: number): number => minorToDecimal(minor, minorDigits);
  const saleTransaction = { TransactionID: serviceId, TimeStamp: stampOf(atMs) };
  const originalTransaction = original && { TransactionID: original.transactionId, TimeStamp: stampOf(original.atMs) };
  // A refund that names its payment is a reversal of a part of it; one that does not, a payment the other way.
  if (act === 'reversal' || (act === 'refund' && originalTransaction !== undefined)) {
    return {
      MessageHeader: headerOf('Reversal', serviceId, place),
      ReversalRequest: {
        SaleData: { SaleTransactionID: saleTransaction, SaleToAcquirerData: `currency=${currency}` },
        OriginalPOITransaction: { POITransactionID: originalTransaction },
        ReversalReason: 'MerchantCancel',
        ...(act === 'refund' && { ReversedAmount: decimal(amountMinor) }),
      },
    };
  }
  return {
    MessageHeader: headerOf('Payment', serviceId, place),
    PaymentRequest: {
      SaleData: { SaleTransactionID: saleTransaction },
      PaymentTransaction: {
        AmountsReq: {
          Currency: currency,
          RequestedAmount: decimal(amountMinor + tipMinor),
          ...(cashBackMinor > 0 && { CashBackAmount: decimal(cashBackMinor) }),
          ...(tipMinor > 0 && { TipAmount: decimal(tipMinor) }),
        },
        TransactionConditions: { ForceOnlineFlag: !order.mayBeOffline },
      },
      ...(act === 'refund' && { PaymentData: { PaymentType: 'Refund' } }),
    },
  };
}

/** The category under which the terminal keeps an order. */
export const sentAs = (order: TerminalOrder): 'Payment' | 'Reversal' =>
  order.act === 'refund' && order.original !== undefined ? 'Reversal' : categoryOf(order);

const referenceOf = (order: TerminalOrder, { saleId, poiId }: NexoPlace) => ({
  MessageCategory: sentAs(order),
  SaleID: saleId,
  POIID: poiId,
  ServiceID: order.serviceId,
});

export const statusRequest = (order: TerminalOrder, serviceId: string, place: NexoPlace): NexoRequest => ({
  MessageHeader: headerOf('TransactionStatus', serviceId, place),
  TransactionStatusRequest: { ReceiptReprintFlag: false, MessageReference: referenceOf(order, place) },
});

export const abortRequest = (order: TerminalOrder, serviceId: string, place: NexoPlace): NexoRequest => ({
  MessageHeader: headerOf('Abort', serviceId, place),
  AbortRequest: { AbortReason: 'MerchantAbort', MessageReference: referenceOf(order, place) },
});

export const reconciliationRequest = (serviceId: string, place: NexoPlace): NexoRequest => ({
  MessageHeader: headerOf('Reconciliation', serviceId, place),
  ReconciliationRequest: { ReconciliationType: 'SaleReconciliation' },
});

export const diagnosisRequest = (serviceId: string, place: NexoPlace): NexoRequest => ({
  MessageHeader: headerOf('Diagnosis', serviceId, place),
  DiagnosisRequest: { HostDiagnosisFlag: false },
});

const responseSchema = z.object({
  Result: z.enum(['Success', 'Partial', 'Failure']),
  ErrorCondition: z.string().optional(),
});

const poiDataSchema = z.object({ POITransactionID: z.object({ TransactionID: z.string() }).optional() });

const paymentResponseSchema = z.object({
  Response: responseSchema,
  POIData: poiDataSchema.optional(),
  PaymentResult: z
    .object({
      OnlineFlag: z.boolean().optional(),
      AmountsResp: z.object({ AuthorizedAmount: z.number().optional(), TipAmount: z.number().optional() }).optional(),
      PaymentAcquirerData: z.object({ ApprovalCode: z.string().optional() }).optional(),
      PaymentInstrumentData: z
        .object({
          CardData: z
            .object({
              PaymentBrand: z.string().optional(),
              MaskedPan: z.string().optional(),
              EntryMode: z.array(z.string()).optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

const reversalResponseSchema = z.object({
  Response: responseSchema,
  POIData: poiDataSchema.optional(),
  ReversedAmount: z.number().optional(),
});

const totalsSchema = z.object({
  Response: responseSchema,
  TransactionTotals: z
    .array(
      z.object({
        CardBrand: z.string().optional(),
        PaymentInstrumentType: z.string(),
        PaymentTotals: z.array(z.object({ TransactionType: z.string(), TransactionCount: z.int(), TransactionAmount: z.number() })),
      }),
    )
    .optional(),
});

const statusSchema = z.object({
  Response: responseSchema,
  RepeatedMessageResponse: z
    .object({
      MessageHeader: z.object({ ServiceID: z.string() }),
      RepeatedResponseMessageBody: z.object({
        PaymentResponse: paymentResponseSchema.optional(),
        ReversalResponse: reversalResponseSchema.optional(),
      }),
    })
    .optional(),
});

export const answerSchema = z.object({
  MessageHeader: z.object({ MessageCategory: z.string(), ServiceID: z.string() }),
  PaymentResponse: paymentResponseSchema.optional(),
  ReversalResponse: reversalResponseSchema.optional(),
  TransactionStatusResponse: statusSchema.optional(),
  ReconciliationResponse: totalsSchema.optional(),
  DiagnosisResponse: z.object({ Response: responseSchema }).optional(),
});
export type NexoAnswer = z.infer<typeof answerSchema>;

const DECLINED: Readonly<Record<string, DeclineReason>> = {
  Aborted: 'aborted',
  Cancel: 'cancelled',
  InvalidCard: 'invalidCard',
  NotAllowed: 'notAllowed',
  NotFound: 'originalUnknown',
  PaymentRestriction: 'notAllowed',
  Refusal: 'refused',
  UnreachableHost: 'hostUnreachable',
  UnavailableService: 'hostUnreachable',
  WrongPIN: 'refused',
};
/** Said before anything began. */
const NOT_STARTED: ReadonlySet<string> = new Set(['Busy', 'DeviceOut', 'LoggedOut', 'MessageFormat', 'UnavailableDevice']);

const ENTRIES: Readonly<Record<string, CardEntry>> = {
  ICC: 'chip',
  SynchronousICC: 'chip',
  Tapped: 'contactless',
  Contactless: 'contactless',
  MagStripe: 'swipe',
  Keyed: 'keyed',
  Manual: 'keyed',
  Mobile: 'mobile',
};

/** A failure: of one that has no meaning here nobody can say what was charged. */
function failureOf({ ErrorCondition: condition = '' }: z.infer<typeof responseSchema>): TerminalOutcome {
  if (NOT_STARTED.has(condition)) return notStarted(condition === 'Busy' ? 'busy' : 'notReady', condition);
  const reason = DECLINED[condition];
  return reason === undefined ? { type: 'unknown', reason: 'garbled' } : { type: 'declined', reason };
}

function paymentOutcome(said: z.infer<typeof paymentResponseSchema>, order: TerminalOrder, poiId: string): TerminalOutcome {
  if (said.Response.Result === 'Failure') return failureOf(said.Response);
  const {
    OnlineFlag: isOnline,
    AmountsResp: amounts,
    PaymentAcquirerData: acquirer,
    PaymentInstrumentData: instrument,
  } = said.PaymentResult ?? {};
  const tipMinor = amounts?.TipAmount === undefined ? (order.tipMinor ?? 0) : decimalToMinor(amounts.TipAmount, order.minorDigits);
  const asked = order.amountMinor + (order.tipMinor ?? 0);
  const allMinor = amounts?.AuthorizedAmount === undefined ? asked : decimalToMinor(amounts.AuthorizedAmount, order.minorDigits);
  // More than was asked for, or not an amount at all, is no answer to this order.
  if (allMinor === undefined || tipMinor === undefined || allMinor - tipMinor <= 0 || allMinor - tipMinor > order.amountMinor) {
    return { type: 'unknown', reason: 'garbled' };
  }
  const card = instrument?.CardData;
  return {
    type: 'approved',
    amountMinor: allMinor - tipMinor,
    ...(tipMinor > 0 && { tipMinor }),
    isOffline: isOnline === false,
    card: toCardFacts({
      // An acquirer's name for it is another one with each acquirer: its payments and its settlement bear the terminal's own.
      terminalId: poiId,
      transactionId: said.POIData?.POITransactionID?.TransactionID,
      authorisation: acquirer?.ApprovalCode,
      brand: card?.PaymentBrand,
      lastFour: card?.MaskedPan === undefined ? undefined : lastFourOf(card.MaskedPan),
      applicationId: undefined,
      entry: card?.EntryMode?.map((mode) => ENTRIES[mode]).find((entry) => entry !== undefined),
    }),
  };
}

function reversalOutcome(said: z.infer<typeof reversalResponseSchema>, order: TerminalOrder, poiId: string): TerminalOutcome {
  if (said.Response.Result !== 'Success') return failureOf(said.Response);
  const backMinor = said.ReversedAmount === undefined ? order.amountMinor : decimalToMinor(said.ReversedAmount, order.minorDigits);
  if (backMinor !== order.amountMinor) return { type: 'unknown', reason: 'garbled' };
  const transactionId = said.POIData?.POITransactionID?.TransactionID;
  const card = toCardFacts({ ...NOTHING, terminalId: poiId, transactionId });
  return { type: 'approved', amountMinor: order.amountMinor, isOffline: false, card };
}

const NOTHING = {
  terminalId: undefined,
  transactionId: undefined,
  authorisation: undefined,
  brand: undefined,
  lastFour: undefined,
  applicationId: undefined,
  entry: undefined,
} as const;

type Bodies = Pick<NexoAnswer, 'PaymentResponse' | 'ReversalResponse'>;

/** What an answer says of the order that it answers. */
export function orderOutcome(said: Bodies, order: TerminalOrder, { poiId }: NexoPlace): TerminalOutcome {
  const isReversal = sentAs(order) === 'Reversal';
  if (isReversal && said.ReversalResponse !== undefined) return reversalOutcome(said.ReversalResponse, order, poiId);
  if (!isReversal && said.PaymentResponse !== undefined) return paymentOutcome(said.PaymentResponse, order, poiId);
  return { type: 'unknown', reason: 'garbled' };
}

/** What a status answer says of an order that was sent before. */
export function statusAnswer({ TransactionStatusResponse: said }: NexoAnswer, order: TerminalOrder, place: NexoPlace): TerminalAnswer {
  const condition = said?.Response.ErrorCondition;
  if (said === undefined) return { type: 'unreachable', detail: 'the answer says nothing' };
  if (said.Response.Result === 'Failure') {
    if (condition === 'NotFound') return { type: 'notFound' };
    return condition === 'InProgress' || condition === 'Busy'
      ? { type: 'inProgress' }
      : { type: 'unreachable', detail: condition ?? 'no reason' };
  }
  const repeated = said.RepeatedMessageResponse;
  if (repeated?.MessageHeader.ServiceID !== order.serviceId) return { type: 'unclear' };
  const outcome = orderOutcome(repeated.RepeatedResponseMessageBody, order, place);
  if (outcome.type === 'notStarted') return { type: 'notFound' };
  return outcome.type === 'unknown' ? { type: 'unclear' } : outcome;
}

/** Debits less what went back. */
const SIGNS: Readonly<Record<string, 1 | -1>> = { Debit: 1, Credit: -1, ReverseDebit: -1, ReverseCredit: 1 };

/** Undefined where the terminal counted something that cannot be read. */
export function totalsOf(
  { ReconciliationResponse: said }: NexoAnswer,
  minorDigits: number,
  { poiId }: NexoPlace,
): TerminalTotals | undefined {
  if (said?.Response.Result !== 'Success') return undefined;
  const brands = [];
  for (const { CardBrand: brand, PaymentInstrumentType: type, PaymentTotals: rows } of said.TransactionTotals ?? []) {
    let [count, amountMinor] = [0, 0];
    for (const row of rows) {
      const minor = decimalToMinor(row.TransactionAmount, minorDigits);
      const sign = SIGNS[row.TransactionType];
      if (minor === undefined || sign === undefined) return undefined;
      count += row.TransactionCount;
      amountMinor += sign * minor;
    }
    brands.push({ brand: toCardFacts({ ...NOTHING, brand: brand ?? type }).brand ?? 'card', count, amountMinor });
  }
  return { terminalId: poiId, brands };
}
