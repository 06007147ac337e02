/** What a lane asks the others of its store, while a shopper waits: for a basket that one of them set aside, for the right to give back what one of them sold, and for somebody's leave. */
import { WISH_QUESTION, wishAnswerSchema, type LeaveWish } from '../people/leave-wishes.ts';
import type { HubReturn, ReturnQuestion } from '../returns/ask-return.ts';
import type { SyncThread } from '../sync/sync-thread.ts';
import type { HubAnswer } from '../till-ports.ts';
import type { Till } from '../till.ts';
import { HANDOVER_QUESTION, handoverAnswerSchema, type SiblingBasket } from './sibling-baskets.ts';
import { RETURN_QUESTION, returnGrantSchema } from './sibling-returns.ts';

/** Undefined where the lane that set it aside did not answer in time. */
export async function askHandover(
  lanes: Pick<SyncThread, 'ask'>,
  { basketId, epoch, seq, device }: SiblingBasket,
): Promise<HubAnswer['handover']> {
  const [answer] = await lanes.ask(HANDOVER_QUESTION, { basketId, epoch, seq }, device);
  const told = handoverAnswerSchema.safeParse(answer?.value);
  if (!told.success) return undefined;
  return told.data.isGiven ? 'given' : 'gone';
}

/** At how many other stations of the store a wish for leave is shown. */
export async function askStations(lanes: Pick<SyncThread, 'ask'>, wish: LeaveWish): Promise<number> {
  const answers = await lanes.ask(WISH_QUESTION, wish);
  return answers.filter(({ value }) => {
    const told = wishAnswerSchema.safeParse(value);
    return told.success && told.data.isShown;
  }).length;
}

/**
 * What the ledgers of the other lanes say of a receipt, and whether the lane that sold gives the right to return of it. Where that one is not there either, nobody gives it: what comes back by the copies
 * alone is unverified. Undefined where no lane of the store sold it.
 */
export async function askSeller(
  lanes: Pick<SyncThread, 'ask'>,
  till: Pick<Till, 'sellerOf' | 'siblingReturn'>,
  { receiptNumber, take, isAtRest }: ReturnQuestion,
): Promise<HubReturn | undefined> {
  const seller = till.sellerOf(receiptNumber);
  if (seller === undefined) return undefined;
  const [answer] = isAtRest === true ? [] : await lanes.ask(RETURN_QUESTION, { receiptNumber, take }, seller);
  const told = returnGrantSchema.safeParse(answer?.value);
  return till.siblingReturn(receiptNumber, told.success ? told.data.isGranted : undefined);
}
