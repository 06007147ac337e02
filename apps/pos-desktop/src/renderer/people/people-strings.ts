/** What the screens about people say, in the words of a catalogue. */
import { ACTIONS } from '@holdfast/domain';
import type { Format } from '@holdfast/ui';

import type { LeaveWishView } from '../../shared/till-contract.ts';
import type { Catalogue } from '../strings/catalogue.ts';
import { fill } from '../strings/fill.ts';
import type { Asking } from './people-controller.ts';

export interface ActionMessage {
  readonly title: string;
  readonly detail: string;
}

const UNITS = { none: undefined, percent: 'Bps', amount: 'Minor', count: 'Count' } as const;

/** In the terms of the refusal that it was asked for. */
function wishDetail({ action, maximum, limit }: LeaveWishView): Readonly<Record<string, string | number>> {
  const unit = UNITS[ACTIONS[action]];
  return { action, ...(unit !== undefined && maximum !== null && { [`wanted${unit}`]: maximum, [`limit${unit}`]: limit ?? 0 }) };
}

/** What somebody is asked to allow, and why: how much it is, and how much the operator may. */
const leaveMessage = (
  { actions, leaveAmount }: Catalogue['people'],
  asking: Asking & { readonly type: 'leave' | 'wish' },
  format: Format,
  minorDigits: number,
): ActionMessage => {
  const detail = asking.type === 'leave' ? asking.refusal.detail : wishDetail(asking.wish);
  const text = (value: string | number | boolean | undefined, say: (amount: number) => string): string | undefined =>
    typeof value === 'number' ? say(value) : undefined;
  const percent = (bps: number): string => format.rate(bps);
  const money = (minor: number): string => format.money(minor, minorDigits);
  const wanted = text(detail['wantedBps'], percent) ?? text(detail['wantedMinor'], money) ?? text(detail['wantedCount'], format.count);
  const limit = text(detail['limitBps'], percent) ?? text(detail['limitMinor'], money) ?? text(detail['limitCount'], format.count);
  const action = String(detail['action']);
  return {
    title: actions[action as keyof typeof actions] ?? action,
    detail: wanted === undefined || limit === undefined ? '' : fill(leaveAmount, { wanted, limit }),
  };
};

export const peopleStringsOf = (words: Catalogue['people']) => ({
  ...words,
  lockedTitle: (name: string) => fill(words.lockedTitle, { name }),
  pinChanged: (name: string) => fill(words.pinChanged, { name }),
  wishTitle: (lane: string, name: string) => fill(words.wishTitle, { lane, name }),
  wishWaits: (lane: string) => fill(words.wishWaits, { lane }),
  stationsRefused: (name: string) => fill(words.stationsRefused, { name }),
  leave: (asking: Asking & { readonly type: 'leave' | 'wish' }, format: Format, minorDigits: number) =>
    leaveMessage(words, asking, format, minorDigits),
  clockedIn: (name: string, time: string) => fill(words.clockedIn, { name, time }),
  clockedOut: (name: string, time: string) => fill(words.clockedOut, { name, time }),
  clockSince: (time: string) => fill(words.clockSince, { time }),
  clockForgotten: (time: string) => fill(words.clockForgotten, { time }),
  leaveBy: (roles: string) => fill(words.leaveBy, { roles }),
  pinHint: (name: string) => fill(words.pinHint, { name }),
  badgeHint: (name: string) => fill(words.badgeHint, { name }),
  typedCount: (count: number) => fill(words.typedCount, { count: String(count) }),
});
