/**
 * A terminal that speaks nexo Retailer over HTTP(S), as Adyen's do on a lane's network: one POST for each message, held open until the shopper is done. With a key,
 * messages are sealed (`nexo-crypto.ts`).
 */
import { randomInt } from 'node:crypto';

import { err, ok, type Result } from '@holdfast/base';

import type { LinkFault } from '../../link/link.ts';
import { createTurns, notStarted, type NotStarted, type PaymentTerminal, type TerminalOrder, type Unknown } from '../terminal.ts';
import { postJson } from './http-post.ts';
import { openNexo, sealNexo, type NexoKey, type SealedMessage } from './nexo-crypto.ts';
import {
  abortRequest,
  answerSchema,
  diagnosisRequest,
  orderOutcome,
  orderRequest,
  reconciliationRequest,
  statusAnswer,
  statusRequest,
  totalsOf,
  type NexoAnswer,
  type NexoPlace,
  type NexoRequest,
} from './nexo-messages.ts';

export interface NexoOptions extends NexoPlace {
  /** `http://…` or `https://…`, with the terminal's path. */
  readonly url: URL;
  readonly key?: NexoKey;
  readonly ca?: string;
  /** How long a shopper may take: longer than the terminal itself waits. */
  readonly shopperMs?: number;
  /** For everything else. */
  readonly answerMs?: number;
}

/** Adyen's terminals give up after 120 s. */
const SHOPPER_MS = 150_000;
const ANSWER_MS = 8_000;
const CONNECT_MS = 3_000;

const LETTERS = '0123456789ABCDEFGHJKLMNPQRSTVWXYZ';
/** Of messages that charge nothing. */
const newServiceId = (): string => Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('');

type Sent = Result<NexoAnswer | undefined, { readonly fault: LinkFault } | { readonly fault: 'rejected' | 'garbled' }>;

export function createNexoTerminal(options: NexoOptions): PaymentTerminal {
  const { url, key, ca, shopperMs = SHOPPER_MS, answerMs = ANSWER_MS } = options;
  const place: NexoPlace = { saleId: options.saleId, poiId: options.poiId };
  const inTurn = createTurns();

  /** The answer to a message; undefined where the terminal took it without a word, as it does an abort. */
  const send = async (request: NexoRequest, deadlineMs: number): Promise<Sent> => {
    const message =
      key === undefined
        ? request
        : { MessageHeader: request.MessageHeader, ...sealNexo(JSON.stringify({ SaleToPOIRequest: request }), key) };
    const posted = await postJson(url, JSON.stringify({ SaleToPOIRequest: message }), {
      deadlineMs,
      connectMs: CONNECT_MS,
      ...(ca !== undefined && { ca }),
    });
    if (!posted.ok) return err({ fault: posted.error });
    const { status, text } = posted.value;
    // It did not understand the message, or not who sends it: it did nothing.
    if (status >= 400 && status < 500) return err({ fault: 'rejected' });
    if (text.trim() === '' || text.trim() === 'ok') return ok(undefined);
    const answer = readAnswer(text, key);
    if (answer === undefined || answer.MessageHeader.ServiceID !== request.MessageHeader.ServiceID) return err({ fault: 'garbled' });
    return ok(answer);
  };

  const charge = async (order: TerminalOrder) => {
    const sent = await send(orderRequest(order, place), shopperMs);
    if (sent.ok) return sent.value === undefined ? lost('garbled') : orderOutcome(sent.value, order, place);
    const { fault } = sent.error;
    if (fault === 'rejected') return notStarted('notReady', 'the terminal did not take the message');
    if (fault === 'garbled') return lost('garbled');
    if (fault.retry === 'safe') return notStarted('unreachable', fault.detail);
    return lost(fault.reason === 'timeout' ? 'noAnswer' : 'lost');
  };

  /** Of what charges nothing: failed, it may be tried again. */
  const asked = async (request: NexoRequest): Promise<Result<NexoAnswer, NotStarted>> => {
    const sent = await send(request, answerMs);
    if (sent.ok && sent.value !== undefined) return ok(sent.value);
    const fault = sent.ok ? 'garbled' : sent.error.fault;
    if (typeof fault === 'string') return err(notStarted('notReady', fault));
    return err(notStarted(fault.retry === 'safe' ? 'unreachable' : 'noAnswer', fault.detail));
  };

  const check = async (): Promise<Result<void, NotStarted>> => {
    const there = await inTurn(async () => await asked(diagnosisRequest(newServiceId(), place)));
    return there.ok ? readiness(there.value) : there;
  };

  return {
    protocol: 'nexo',
    address: `nexo@${url.href}`,
    // The service id alone names an order: nothing has to be known before.
    prepare: async () => {
      const there = await check();
      return there.ok ? ok({}) : there;
    },
    run: async (order) => await inTurn(async () => await charge(order)),
    ask: async (order) =>
      await inTurn(async () => {
        const said = await asked(statusRequest(order, newServiceId(), place));
        return said.ok ? statusAnswer(said.value, order, place) : { type: 'unreachable', detail: said.error.detail };
      }),
    abort: async (order) => void (await send(abortRequest(order, newServiceId(), place), answerMs)),
    settle: async ({ serviceId, minorDigits }) =>
      await inTurn(async () => {
        const sent = await send(reconciliationRequest(serviceId, place), answerMs);
        if (!sent.ok)
          return err(
            typeof sent.error.fault === 'object' && sent.error.fault.retry === 'safe'
              ? notStarted('unreachable', sent.error.fault.detail)
              : lost('lost'),
          );
        const refused = sent.value?.ReconciliationResponse?.Response;
        if (refused?.Result === 'Failure') return err(notReady(refused.ErrorCondition));
        const totals = sent.value === undefined ? undefined : totalsOf(sent.value, minorDigits, place);
        return totals === undefined ? err(lost('garbled')) : ok(totals);
      }),
    check,
  };
}

const lost = (reason: Unknown['reason']): Unknown => ({ type: 'unknown', reason });

function readiness({ DiagnosisResponse: said }: NexoAnswer): Result<void, NotStarted> {
  if (said?.Response.Result === 'Success') return ok(undefined);
  return err(notReady(said?.Response.ErrorCondition));
}

const notReady = (condition = 'no answer to it'): NotStarted => notStarted(condition === 'Busy' ? 'busy' : 'notReady', condition);

function readAnswer(text: string, key: NexoKey | undefined): NexoAnswer | undefined {
  const said = parse(text)?.['SaleToPOIResponse'];
  if (typeof said !== 'object' || said === null) return undefined;
  if (key === undefined) return answerSchema.safeParse(said).data;
  // A terminal that has a key answers sealed; what is not is from somebody else.
  if (!('NexoBlob' in said) || !('SecurityTrailer' in said)) return undefined;
  const plain = openNexo(said as SealedMessage, key);
  return plain === undefined ? undefined : answerSchema.safeParse(parse(plain)?.['SaleToPOIResponse']).data;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
