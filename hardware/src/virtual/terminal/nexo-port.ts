/**
 * A virtual terminal that speaks nexo Retailer over HTTP. It says more than a lane should keep, as real ones do: whole card numbers in fields of its own
 * and on printed receipts, so that a lane which kept them would be found out.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { z } from 'zod';

import { decimalToMinor, minorToDecimal } from '../../terminals/decimal-amount.ts';
import { openNexo, sealNexo, type NexoKey, type SealedMessage } from '../../terminals/nexo/nexo-crypto.ts';
import type { DeclineReason } from '../../terminals/terminal.ts';
import type { DevicePort } from '../tcp-server.ts';
import type { VirtualOrder, VirtualTerminal, VirtualTransaction } from './virtual-terminal.ts';

const headerSchema = z.looseObject({ MessageCategory: z.string(), ServiceID: z.string(), SaleID: z.string(), POIID: z.string() });
type Header = z.infer<typeof headerSchema>;

const referenceSchema = z.object({ ServiceID: z.string(), MessageCategory: z.string() });
const poiTransactionSchema = z.object({ POITransactionID: z.object({ TransactionID: z.string() }) });

const requestSchema = z.object({
  MessageHeader: headerSchema,
  PaymentRequest: z
    .object({
      PaymentTransaction: z.object({
        AmountsReq: z.object({ Currency: z.string(), RequestedAmount: z.number(), TipAmount: z.number().optional() }),
        TransactionConditions: z.object({ ForceOnlineFlag: z.boolean().optional() }).optional(),
      }),
      PaymentData: z.object({ PaymentType: z.string() }).optional(),
    })
    .optional(),
  ReversalRequest: z.object({ OriginalPOITransaction: poiTransactionSchema, ReversedAmount: z.number().optional() }).optional(),
  TransactionStatusRequest: z.object({ MessageReference: referenceSchema }).optional(),
  AbortRequest: z.object({ MessageReference: referenceSchema }).optional(),
  ReconciliationRequest: z.object({ ReconciliationType: z.string() }).optional(),
  DiagnosisRequest: z.looseObject({}).optional(),
});
type NexoRequest = z.infer<typeof requestSchema>;

const CONDITIONS: Readonly<Record<DeclineReason, string>> = {
  refused: 'Refusal',
  invalidCard: 'InvalidCard',
  notAllowed: 'NotAllowed',
  cancelled: 'Cancel',
  aborted: 'Aborted',
  timeout: 'Aborted',
  hostUnreachable: 'UnreachableHost',
  originalUnknown: 'NotFound',
};

/** Decimals of the currencies that have not two. */
const MINOR_DIGITS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, CLP: 0, ISK: 0, HUF: 2, KWD: 3, BHD: 3, OMR: 3, TND: 3, JOD: 3 };

const failure = (condition: string): object => ({ Response: { Result: 'Failure', ErrorCondition: condition } });

const GARBAGE = '<html>502 Bad Gateway 4111111111111111';
const MAX_REQUEST_BYTES = 100_000;

export async function serveNexo(terminal: VirtualTerminal, port: number, key?: NexoKey, host = '127.0.0.1'): Promise<DevicePort> {
  const server = createServer((request, response) => {
    if (terminal.state().isPlugged) void bodyOf(request).then((text) => answer(terminal, text, response, key));
    else request.socket.destroy();
  });
  server.on('connection', (socket) => {
    if (!terminal.state().isPlugged) socket.destroy();
  });
  terminal.onUnplug(() => server.closeAllConnections());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text = `${text}${String(chunk)}`.slice(0, MAX_REQUEST_BYTES);
  return text;
}

function readRequest(text: string, key: NexoKey | undefined): NexoRequest | undefined {
  try {
    const { SaleToPOIRequest: said } = JSON.parse(text) as { SaleToPOIRequest?: unknown };
    if (key === undefined) return requestSchema.safeParse(said).data;
    const plain = openNexo(said as SealedMessage, key);
    if (plain === undefined) return undefined;
    const { SaleToPOIRequest: inner } = JSON.parse(plain) as { SaleToPOIRequest?: unknown };
    return requestSchema.safeParse(inner).data;
  } catch {
    return undefined;
  }
}

function answer(terminal: VirtualTerminal, text: string, response: ServerResponse, key: NexoKey | undefined): void {
  const request = readRequest(text, key);
  if (request === undefined) return void response.writeHead(400).end();
  const { MessageHeader: header } = request;
  const send = (body: object): void => {
    const message = { MessageHeader: { ...header, MessageType: 'Response' }, ...body };
    const sealed =
      key === undefined
        ? message
        : { MessageHeader: message.MessageHeader, ...sealNexo(JSON.stringify({ SaleToPOIResponse: message }), key) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ SaleToPOIResponse: sealed }));
  };
  if (request.DiagnosisRequest !== undefined) {
    const isBusy = terminal.current() !== undefined;
    return send({ DiagnosisResponse: isBusy ? failure('Busy') : { Response: { Result: 'Success' } } });
  }
  if (request.TransactionStatusRequest !== undefined)
    return send(statusOf(terminal, request.TransactionStatusRequest.MessageReference.ServiceID, header));
  if (request.AbortRequest !== undefined) {
    const { ServiceID: serviceId } = request.AbortRequest.MessageReference;
    if (terminal.current()?.serviceId === serviceId) terminal.abort('aborted');
    return void response.writeHead(200).end('ok');
  }
  if (request.ReconciliationRequest !== undefined) {
    const isBusy = terminal.current() !== undefined;
    return send(isBusy ? { ReconciliationResponse: failure('Busy') } : reconciled(terminal));
  }
  return order(terminal, request, response, send);
}

function order(terminal: VirtualTerminal, request: NexoRequest, response: ServerResponse, send: (body: object) => void): void {
  const asked = orderOf(terminal, request);
  const { ServiceID: serviceId } = request.MessageHeader;
  const name = request.ReversalRequest === undefined ? 'PaymentResponse' : 'ReversalResponse';
  const faults = terminal.faults();
  if (asked === undefined) return void response.writeHead(400).end();
  if (faults.losesRequests === true) return void response.socket?.destroy();
  // A name that was used is not used again: what it did then, it says now.
  const known = terminal.find(serviceId);
  if (known !== undefined) return send({ [name]: known.state === 'waiting' ? failure('InProgress') : bodyOfTransaction(known) });
  const begun = terminal.begin({ ...asked, serviceId }, (transaction) => {
    const say = (): void => {
      if (faults.losesAnswers === true) response.socket?.destroy();
      else if (faults.talksGarbage === true) response.writeHead(200).end(GARBAGE);
      else send({ [name]: bodyOfTransaction(transaction) });
    };
    if (faults.slowMs === undefined) say();
    else setTimeout(say, faults.slowMs);
  });
  if (begun === undefined) send({ [name]: failure('Busy') });
}

function orderOf(terminal: VirtualTerminal, { PaymentRequest: payment, ReversalRequest: reversal }: NexoRequest): VirtualOrder | undefined {
  if (reversal !== undefined) {
    const originalId = reversal.OriginalPOITransaction.POITransactionID.TransactionID;
    const original = terminal.journal().find(({ transactionId }) => transactionId === originalId);
    const { currency = 'EUR', minorDigits = 2, authorisedMinor = 0 } = original ?? {};
    const { ReversedAmount: part } = reversal;
    const amountMinor = part === undefined ? authorisedMinor : decimalToMinor(part, minorDigits);
    if (amountMinor === undefined) return undefined;
    return { act: part === undefined ? 'reversal' : 'refund', amountMinor, currency, minorDigits, originalId, mayBeOffline: false };
  }
  if (payment === undefined) return undefined;
  const { Currency: currency, RequestedAmount: requested } = payment.PaymentTransaction.AmountsReq;
  const minorDigits = MINOR_DIGITS[currency] ?? 2;
  const amountMinor = decimalToMinor(requested, minorDigits);
  if (amountMinor === undefined || amountMinor <= 0) return undefined;
  const isRefund = payment.PaymentData?.PaymentType === 'Refund';
  const mayBeOffline = payment.PaymentTransaction.TransactionConditions?.ForceOnlineFlag !== true;
  return { act: isRefund ? 'refund' : 'payment', amountMinor, currency, minorDigits, mayBeOffline };
}

function bodyOfTransaction(transaction: VirtualTransaction): object {
  const {
    state,
    reason = 'refused',
    card,
    currency,
    minorDigits,
    authorisedMinor,
    amountMinor,
    isOffline,
    transactionId,
    authorisation,
    originalId,
  } = transaction;
  const poiData = { POIData: { POITransactionID: { TransactionID: transactionId, TimeStamp: '2026-01-01T00:00:00.000Z' } } };
  if (state === 'declined') return { ...failure(CONDITIONS[reason]), ...poiData };
  const amount = minorToDecimal(authorisedMinor, minorDigits);
  const success = {
    Response: {
      Result: authorisedMinor < amountMinor ? 'Partial' : 'Success',
      AdditionalResponse: `cardBin=${card?.pan.slice(0, 6)}&pan=${card?.pan}`,
    },
  };
  if (originalId !== undefined) return { ...success, ...poiData, ReversedAmount: amount };
  const pan = card?.pan ?? '';
  return {
    ...success,
    ...poiData,
    PaymentResult: {
      OnlineFlag: !isOffline,
      AmountsResp: { Currency: currency, AuthorizedAmount: amount },
      PaymentAcquirerData: { ApprovalCode: authorisation, AcquirerPOIID: 'P400Plus-VIRTUAL' },
      PaymentInstrumentData: {
        PaymentInstrumentType: 'Card',
        CardData: {
          PaymentBrand: card?.brand,
          MaskedPan: `${pan.slice(0, 6)} **** ${pan.slice(-4)}`,
          EntryMode: [card?.entry === 'chip' ? 'ICC' : 'Tapped'],
          SensitiveCardData: { PAN: pan, ExpiryDate: '0330', TrackData: [{ TrackValue: `${pan}=30032010000000000000` }] },
        },
      },
    },
    PaymentReceipt: [{ DocumentQualifier: 'CustomerReceipt', OutputContent: { OutputText: [{ Text: `key=pan&value=${pan}` }] } }],
  };
}

function statusOf(terminal: VirtualTerminal, serviceId: string, header: Header): object {
  const transaction = terminal.find(serviceId);
  if (transaction === undefined) return { TransactionStatusResponse: failure('NotFound') };
  if (transaction.state === 'waiting') return { TransactionStatusResponse: failure('InProgress') };
  const isReversal = transaction.originalId !== undefined;
  const name = isReversal ? 'ReversalResponse' : 'PaymentResponse';
  return {
    TransactionStatusResponse: {
      Response: { Result: 'Success' },
      RepeatedMessageResponse: {
        MessageHeader: { ...header, MessageCategory: isReversal ? 'Reversal' : 'Payment', ServiceID: serviceId },
        RepeatedResponseMessageBody: { [name]: bodyOfTransaction(transaction) },
      },
    },
  };
}

function reconciled(terminal: VirtualTerminal): object {
  const digits = terminal.journal()[0]?.minorDigits ?? 2;
  const totals = terminal.settle().map(({ brand, count, debitMinor, creditMinor }) => ({
    PaymentInstrumentType: 'Card',
    CardBrand: brand,
    PaymentTotals: [
      { TransactionType: 'Debit', TransactionCount: count, TransactionAmount: minorToDecimal(debitMinor, digits) },
      { TransactionType: 'Credit', TransactionCount: 0, TransactionAmount: minorToDecimal(creditMinor, digits) },
    ],
  }));
  return {
    ReconciliationResponse: { Response: { Result: 'Success' }, ReconciliationType: 'SaleReconciliation', TransactionTotals: totals },
  };
}
