/**
 * Leave between stations (SPEC: N-15). A lane asks the others of its store; whoever shows the question may answer it there; what comes back is of that one question. Questions are
 * in memory alone: a lane that starts anew has asked nobody. What was given is in both ledgers.
 */
import { ACTION_NAMES, SIGN_ON_HOWS, type Action } from '@holdfast/domain';
import { bytesToHex, hexToBytes, leaveMessage, type LeaveBond } from '@holdfast/sync';
import { z } from 'zod';

/** What a lane asks all others, and tells them once it is over. */
export const WISH_QUESTION = 'leaveWish';
/** What a station tells the one that asked. */
export const LEAVE_QUESTION = 'leave';

const id = z.string().min(1).max(64);
const minor = z.int().min(-1_000_000_000_000).max(1_000_000_000_000);

export const wishSchema = z.object({
  wishId: id,
  /** Of the lane that asks, for people. */
  lane: z.string().max(16),
  askedBy: id,
  askedByName: z.string().min(1).max(80),
  basketId: z.string().max(64),
  reference: z.string().max(64),
  action: z.enum(ACTION_NAMES as [Action, ...Action[]]),
  lineId: z.string().max(64),
  maximum: z.int().min(0).nullable(),
  /** How much the one who asks may alone. */
  limit: z.int().min(0).nullable(),
  approvers: z.string().max(400),
  /** Of the basket, so that it can be told from others. */
  itemCount: z.int().min(0).max(1_000_000),
  totalMinor: minor,
  lineName: z.string().max(200),
  isTraining: z.boolean(),
  expiresAtMs: z.int().min(0),
  /** It was answered, or is not wanted any more. */
  isOver: z.boolean().optional(),
});
export type LeaveWish = z.infer<typeof wishSchema>;

export const wishAnswerSchema = z.object({ isShown: z.boolean() });

export const leaveSchema = z.discriminatedUnion('isGiven', [
  z.object({ isGiven: z.literal(false), wishId: id, by: z.string().min(1).max(80) }),
  z.object({
    isGiven: z.literal(true),
    wishId: id,
    by: z.string().min(1).max(80),
    approver: id,
    how: z.enum(SIGN_ON_HOWS),
    expiresAtMs: z.int().min(0),
    signature: z.string().regex(/^[0-9a-f]{128}$/),
  }),
]);
export type LeaveAnswer = z.infer<typeof leaveSchema>;
export type GivenAnswer = Extract<LeaveAnswer, { isGiven: true }>;

export interface HeardWish extends LeaveWish {
  /** That asked. */
  readonly device: string;
}

/** More than a store ever asks at once; older ones give way. */
const MOST_WISHES = 16;

export const bondOf = (
  wish: LeaveWish,
  place: { readonly tenant: string; readonly device: string },
  given: Pick<GivenAnswer, 'approver' | 'expiresAtMs'>,
): Uint8Array => {
  const { wishId, askedBy, basketId, reference, action, lineId, maximum } = wish;
  const { approver, expiresAtMs } = given;
  const bond: LeaveBond = { ...place, wishId, askedBy, basketId, reference, action, lineId, maximum, approver, expiresAtMs };
  return leaveMessage(bond);
};

export const signatureText = bytesToHex;
export const signatureOf = hexToBytes;

export interface LeaveWishes {
  /** Asked here, and not answered. */
  own(wishId: string, nowMs: number): LeaveWish | undefined;
  ask(wish: LeaveWish): void;
  endOwn(wishId: string): void;
  /** Of other lanes, oldest first. */
  heard(nowMs: number): readonly HeardWish[];
  find(device: string, wishId: string, nowMs: number): HeardWish | undefined;
  hear(wish: HeardWish): void;
  end(device: string, wishId: string): void;
}

export function createLeaveWishes(): LeaveWishes {
  let asked: readonly LeaveWish[] = [];
  let others: readonly HeardWish[] = [];
  const holds =
    (nowMs: number) =>
    ({ expiresAtMs }: LeaveWish): boolean =>
      nowMs < expiresAtMs;
  const isOther = (device: string, wishId: string) => (wish: HeardWish) => wish.device !== device || wish.wishId !== wishId;
  return {
    own: (wishId, nowMs) => asked.filter(holds(nowMs)).find((wish) => wish.wishId === wishId),
    ask: (wish) => {
      asked = [...asked.filter(({ wishId }) => wishId !== wish.wishId), wish].slice(-MOST_WISHES);
    },
    endOwn: (wishId) => {
      asked = asked.filter((wish) => wish.wishId !== wishId);
    },
    heard: (nowMs) => (others = others.filter(holds(nowMs))),
    find: (device, wishId, nowMs) => others.filter(holds(nowMs)).find((wish) => !isOther(device, wishId)(wish)),
    hear: (wish) => {
      others = [...others.filter(isOther(wish.device, wish.wishId)), wish].slice(-MOST_WISHES);
    },
    end: (device, wishId) => {
      others = others.filter(isOther(device, wishId));
    },
  };
}
