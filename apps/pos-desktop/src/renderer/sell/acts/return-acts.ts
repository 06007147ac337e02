/** Goods that come back with their receipt. */
import type { ReplyValue } from '../../../shared/till-contract.ts';
import { toggleReturning } from '../../entry.ts';
import type { SellCore } from '../sell-core.ts';

type ReturnableLine = NonNullable<ReplyValue['returnable']>['lines'][number];

/** As receipts are numbered: `1-a1b2-000001`. */
const RECEIPT_NUMBER = /^\d{1,4}-[0-9a-f]{4}-\d{6,}$/iu;
/** As the till names a receipt; undefined where `text` is none. */
export const receiptNumberOf = (text: string): string | undefined => {
  const trimmed = text.trim();
  return RECEIPT_NUMBER.test(trimmed) ? trimmed.toLowerCase() : undefined;
};

export interface ReturnActs {
  readonly openReturn: (receiptNumber: string) => void;
  /** One more piece of a receipt's line, or all that is left of what is weighed. */
  readonly returnLine: (line: number) => void;
  readonly returnAll: () => void;
}

export const createReturnActs = ({ state, set, ask, tone, refuse }: SellCore): ReturnActs => {
  /** Sets the whole return again, with what `quantityOf` says of each line. */
  const setReturn = (quantityOf: (line: ReturnableLine) => number): void => {
    const { returnable } = state();
    if (returnable === undefined) return;
    const lines = returnable.lines.flatMap((line) => {
      const quantity = quantityOf(line);
      return quantity > 0 ? [{ line: line.line, quantity, ...(line.defective === true && { defective: true }) }] : [];
    });
    void ask({ type: 'setReturn', receiptNumber: returnable.receiptNumber, lines }, (reply) => {
      if (!reply.ok) refuse({ type: 'refusal', refusal: reply.refusal, subject: returnable.receiptNumber });
      else {
        tone('ok');
        set({ returnable: reply.value.returnable });
      }
    });
  };

  return {
    openReturn: (receiptNumber) => {
      set({ entry: '', weighing: undefined, lettersShown: false });
      void ask({ type: 'returnable', receiptNumber }, (reply) => {
        if (reply.ok) {
          set({ panel: 'returns', returnable: reply.value.returnable, unverifiedReceipt: undefined });
          return;
        }
        refuse({ type: 'refusal', refusal: reply.refusal, subject: receiptNumber });
        if (reply.refusal.type === 'noSuchReceipt') set({ panel: 'items', unverifiedReceipt: receiptNumber, entry: toggleReturning('') });
      });
    },
    returnLine: (number) =>
      setReturn(({ line, left, returning }) => {
        if (line !== number) return returning;
        return left.unit === 'piece' ? Math.min(returning + 1, left.value) : left.value;
      }),
    returnAll: () => setReturn(({ left }) => left.value),
  };
};
