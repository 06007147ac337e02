/**
 * What a window knows of its till: a pure fold over the till's messages. Rows keep their identity as objects while they do not change,
 * so that what shows them can skip them.
 *
 * Invariant: `lines` is ordered by `position`, and `revision` is that of the last delta applied; a delta that does not follow it
 * leaves the view as it is and asks for all of it.
 */
import { unreachable } from '@holdfast/base';

import type { BasketHead, LineView, ReplyValue, Status, TillMessage } from '../shared/till-contract.ts';

export interface TillView {
  /** `lost`: the till does not answer for now; what is shown is what it last said. */
  readonly link: 'connecting' | 'open' | 'lost';
  readonly revision: number;
  readonly head: BasketHead | undefined;
  readonly lines: readonly LineView[];
  readonly status: Status | undefined;
}

export const EMPTY_VIEW: TillView = { link: 'connecting', revision: -1, head: undefined, lines: [], status: undefined };

export type Applied = { readonly view: TillView; readonly outOfStep: boolean };

/** What is due where one tender of this type pays for all: a promotion may take something off for it. */
export const dueWith = ({ totals, tenderOffers = [] }: BasketHead, tenderType: string): number =>
  tenderOffers.find((offer) => offer.tenderType === tenderType)?.dueMinor ?? totals.dueMinor;

/** What is due in cash; 0 before the first message. */
export const cashDueOf = (head: BasketHead | undefined): number => {
  const promoted = head?.tenderOffers?.find((offer) => offer.tenderType === 'cash');
  return promoted?.cashDueMinor ?? head?.totals.cashDueMinor ?? head?.totals.dueMinor ?? 0;
};

const upsert = (lines: LineView[], line: LineView): void => {
  const last = lines.at(-1);
  if (last === undefined || line.position > last.position) {
    lines.push(line);
    return;
  }
  const at = lines.findIndex((other) => other.position >= line.position);
  const found = lines[at];
  lines.splice(at, found !== undefined && found.lineId === line.lineId ? 1 : 0, line);
};

const applyDelta = (lines: readonly LineView[], upserted: readonly LineView[], removedLineIds: readonly string[]): readonly LineView[] => {
  if (upserted.length === 0 && removedLineIds.length === 0) return lines;
  const removed = new Set(removedLineIds);
  const next = removed.size === 0 ? [...lines] : lines.filter((line) => !removed.has(line.lineId));
  for (const line of upserted) upsert(next, line);
  return next;
};

const applyState = (view: TillView, state: NonNullable<ReplyValue['state']>): TillView => ({
  link: view.link,
  revision: state.revision,
  head: state.head,
  lines: [...state.lines].sort((a, b) => a.position - b.position),
  status: state.status,
});

export const applyMessage = (view: TillView, message: TillMessage): Applied => {
  switch (message.type) {
    case 'basket': {
      if (message.revision <= view.revision) return { view, outOfStep: false };
      if (view.head === undefined || message.revision !== view.revision + 1) return { view, outOfStep: true };
      const lines = applyDelta(message.reset ? [] : view.lines, message.upserted, message.removedLineIds);
      return { view: { ...view, revision: message.revision, head: message.head, lines }, outOfStep: false };
    }
    case 'status':
      return { view: { ...view, status: message.status }, outOfStep: false };
    case 'reply':
      return { view: message.value.state === undefined ? view : applyState(view, message.value.state), outOfStep: false };
    case 'refused':
    case 'scanned':
    case 'shopper':
      return { view, outOfStep: false };
    default:
      return unreachable(message, 'applyMessage');
  }
};
