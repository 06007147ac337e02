/**
 * A terminal that speaks ZVT over TCP (port 20007), as those of the German-speaking countries do.
 *
 * The protocol gives a payment no name of the lane's, so it is known again by the terminal's own count: before each order the lane asks for the last receipt (`mark`). After a
 * lost answer it asks again: the same receipt means that nothing was charged; the next one, with the order's amount, is the order; anything else is for a person to look at.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { Link } from '../../link/link.ts';
import {
  createTurns,
  notStarted,
  type NotStarted,
  type PaymentTerminal,
  type TerminalAnswer,
  type TerminalOrder,
  type TerminalOutcome,
} from '../terminal.ts';
import {
  currencyNumberOf,
  declineReasonOf,
  endOfDay,
  isNotReady,
  orderMessage,
  readStatusInformation,
  readTotals,
  repeatReceipt,
  type StatusInformation,
} from './zvt-messages.ts';
import { openZvtSession, type Ended, type ZvtSession } from './zvt-session.ts';

export interface ZvtOptions {
  readonly link: Link;
  /** Six digits, of the terminal's configuration. */
  readonly password: string;
  readonly shopperMs?: number;
  readonly answerMs?: number;
}

const SHOPPER_MS = 150_000;
const ANSWER_MS = 15_000;
/** Of a terminal that has no receipt yet. */
const NO_RECEIPT = '0000';
const EURO = '0978';

export function createZvtTerminal({ link, password, shopperMs = SHOPPER_MS, answerMs = ANSWER_MS }: ZvtOptions): PaymentTerminal {
  const inTurn = createTurns();
  let running: { readonly serviceId: string; readonly session: ZvtSession } | undefined;

  const within = async <T, E>(
    currency: string,
    work: (session: ZvtSession) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | NotStarted>> => {
    const session = await openZvtSession(link, password, currencyNumberOf(currency) ?? EURO);
    if (!session.ok) return session;
    try {
      return await work(session.value);
    } finally {
      session.value.close();
    }
  };

  /** The terminal's last transaction; undefined where it has none yet. */
  const lastOf = async (session: ZvtSession): Promise<Result<StatusInformation | undefined, NotStarted>> => {
    const ended = await session.command(repeatReceipt(password), answerMs);
    if (!ended.ok) return err(ended.error.type === 'notStarted' ? ended.error : notStarted('noAnswer', 'no answer to the last receipt'));
    const last = ended.value.statuses.map(readStatusInformation).findLast(({ receiptNumber }) => receiptNumber !== undefined);
    if (last !== undefined || ended.value.abortedWith === undefined) return ok(last);
    const code = ended.value.abortedWith;
    return isNotReady(code) && code !== 0x83 ? err(notStarted('notReady', `the last receipt: ${code.toString(16)}`)) : ok(undefined);
  };

  const charge = async (order: TerminalOrder): Promise<TerminalOutcome> => {
    const message = orderMessage(order, password);
    if (message === undefined) return notStarted('notReady', `no ${order.act} in ${order.currency}`);
    const ended = await within(order.currency, async (session) => {
      running = { serviceId: order.serviceId, session };
      return await session.command(message, shopperMs);
    });
    running = undefined;
    return ended.ok ? outcomeOf(ended.value, order) : ended.error;
  };

  const ask = async (order: TerminalOrder): Promise<TerminalAnswer> => {
    const last = await within(order.currency, lastOf);
    if (last.ok) return answerOf(last.value, order);
    return last.error.reason === 'busy' ? { type: 'inProgress' } : { type: 'unreachable', detail: last.error.detail };
  };

  return {
    protocol: 'zvt',
    address: `zvt@${link.address}`,
    prepare: async ({ currency }) =>
      await inTurn(async () => {
        const last = await within(currency, lastOf);
        return last.ok ? ok({ mark: last.value?.receiptNumber ?? NO_RECEIPT }) : last;
      }),
    run: async (order) => await inTurn(async () => await charge(order)),
    ask: async (order) => await inTurn(async () => await ask(order)),
    abort: async ({ serviceId }) => {
      if (running?.serviceId === serviceId) running.session.abort();
    },
    settle: async ({ currency }) =>
      await inTurn(async () => {
        const ended = await within(currency, async (session) => await session.command(endOfDay(password), answerMs));
        if (!ended.ok) return ended;
        const { statuses, abortedWith } = ended.value;
        if (abortedWith !== undefined) return err(notStarted('notReady', `the end of day: ${abortedWith.toString(16)}`));
        const totals = statuses.map(readTotals).findLast((read) => read !== undefined);
        return totals === undefined ? err({ type: 'unknown', reason: 'garbled' } as const) : ok(totals);
      }),
    check: async () =>
      await inTurn(async () => {
        const session = await openZvtSession(link, password, EURO);
        if (session.ok) session.value.close();
        return session.ok ? ok(undefined) : session;
      }),
  };
}

function outcomeOf({ statuses, abortedWith }: Ended, order: TerminalOrder): TerminalOutcome {
  const status = statuses.map(readStatusInformation).at(-1);
  // Ended badly after it was approved: what stands is asked.
  if (abortedWith !== undefined && status?.resultCode === 0) return { type: 'unknown', reason: 'garbled' };
  if (abortedWith !== undefined) {
    const isBefore = status === undefined && isNotReady(abortedWith);
    return isBefore
      ? notStarted(abortedWith === 0x9c ? 'busy' : 'notReady', abortedWith.toString(16))
      : { type: 'declined', reason: declineReasonOf(abortedWith) };
  }
  // Completed, and not a word of what: whether anything was charged is asked.
  if (status === undefined) return { type: 'unknown', reason: 'garbled' };
  return settledAs(status, order);
}

function settledAs({ resultCode, amountMinor, isOnline, card }: StatusInformation, order: TerminalOrder): TerminalOutcome {
  if (resultCode === undefined) return { type: 'unknown', reason: 'garbled' };
  if (resultCode !== 0) return { type: 'declined', reason: declineReasonOf(resultCode) };
  const { tipMinor = 0 } = order;
  const paidMinor = (amountMinor ?? order.amountMinor + tipMinor) - tipMinor;
  if (paidMinor <= 0 || paidMinor > order.amountMinor) return { type: 'unknown', reason: 'garbled' };
  return { type: 'approved', amountMinor: paidMinor, ...(tipMinor > 0 && { tipMinor }), isOffline: isOnline === false, card };
}

function answerOf(last: StatusInformation | undefined, order: TerminalOrder): TerminalAnswer {
  const receiptNumber = last?.receiptNumber ?? NO_RECEIPT;
  if (order.mark === undefined) return { type: 'unclear' };
  if (receiptNumber === order.mark) return { type: 'notFound' };
  // Receipt numbers go round after 9999.
  const isNext = Number(receiptNumber) === (Number(order.mark) % 9_999) + 1;
  const isAmount = last?.amountMinor === order.amountMinor + (order.tipMinor ?? 0);
  if (last === undefined || !isNext || !isAmount) return { type: 'unclear' };
  const outcome = settledAs(last, order);
  return outcome.type === 'approved' || outcome.type === 'declined' ? outcome : { type: 'unclear' };
}
