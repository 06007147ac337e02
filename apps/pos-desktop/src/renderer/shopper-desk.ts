/**
 * What a lane asks its shopper, and the shopper's screen answers: a tip, a card or phone, whether they agree, their signature. The till only carries it from window to window
 * (`shared/shopper-talk.ts`), so nothing of it is ever written.
 *
 * Invariants:
 * - One question at a time; another one, or whoever goes on without it, ends it.
 * - A question is answered once, or never: after `answerWithinMs` nobody answered. Nothing that the cashier does waits for it.
 * - Where the last screen has gone, none is there; one that comes back meanwhile is asked what still stands, and forgets what does not.
 * - An answer is only taken where it is one to what was asked: a tip is one of those that were offered.
 */
import { answerWithinMs, type ShopperAnswer, type ShopperQuestion, type ShopperSay } from '../shared/shopper-talk.ts';

/** The way from one window to the lane's others, and back. */
export interface ShopperLine {
  readonly say: (say: ShopperSay) => void;
  /** Returns what stops it. */
  readonly onSay: (listener: (say: ShopperSay) => void) => () => void;
}

export interface ShopperDesk {
  /** A shopper's screen has said that it is there, and has not gone since. */
  readonly isThere: () => boolean;
  readonly asking: () => ShopperQuestion | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  readonly ask: (question: ShopperQuestion, onAnswer: (answer: ShopperAnswer) => void) => void;
  readonly drop: () => void;
}

export interface ShopperPorts {
  readonly line: ShopperLine;
  readonly newId: () => string;
  readonly delay: (task: () => void, delayMs: number) => () => void;
}

const isAnswerTo = (question: ShopperQuestion, answer: ShopperAnswer): boolean => {
  if (answer.type === 'none') return true;
  if (answer.type === 'tip') return question.about === 'tip' && question.offersMinor.includes(answer.amountMinor);
  if (answer.type === 'signed') return question.about === 'signature';
  // Who cannot or will not draw confirms by a key.
  if (answer.type === 'agreed') return question.about === 'consent' || question.about === 'signature';
  return question.about === 'loyalty';
};

export const createShopperDesk = ({ line, newId, delay }: ShopperPorts): ShopperDesk => {
  interface Open {
    readonly questionId: string;
    readonly question: ShopperQuestion;
    readonly onAnswer: (answer: ShopperAnswer) => void;
    readonly cancel: () => void;
  }
  let isThere = false;
  let open: Open | undefined;
  let lastId: string | undefined;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const end = (): Open | undefined => {
    const ended = open;
    ended?.cancel();
    open = undefined;
    return ended;
  };
  const drop = (): void => {
    const ended = end();
    if (ended === undefined) return;
    line.say({ type: 'over', questionId: ended.questionId });
    changed();
  };
  line.onSay((say) => {
    if (say.type === 'here' || say.type === 'gone') {
      isThere = say.type === 'here';
      if (isThere && open !== undefined) line.say({ type: 'ask', questionId: open.questionId, question: open.question });
      else if (isThere && lastId !== undefined) line.say({ type: 'over', questionId: lastId });
      changed();
    }
    if (say.type !== 'answer' || say.questionId !== open?.questionId || !isAnswerTo(open.question, say.answer)) return;
    const answered = end();
    // A lane may have several screens of its shopper's.
    line.say({ type: 'over', questionId: say.questionId });
    changed();
    answered?.onAnswer(say.answer);
  });
  line.say({ type: 'who' });
  return {
    isThere: () => isThere,
    asking: () => open?.question,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ask: (question, onAnswer) => {
      drop();
      const questionId = newId();
      lastId = questionId;
      open = { questionId, question, onAnswer, cancel: delay(drop, answerWithinMs(question)) };
      line.say({ type: 'ask', questionId, question });
      changed();
    },
    drop,
  };
};

const PERCENTS = [5, 10, 15] as const;

/** Each once, in whole minor units, ascending. */
export const tipOffers = (dueMinor: number): readonly number[] => [
  ...new Set(PERCENTS.map((percent) => Math.round((dueMinor * percent) / 100)).filter((tipMinor) => tipMinor > 0)),
];

/** The shopper's end: what stands there to be answered. */
export interface ShopperScreen {
  readonly question: () => ShopperQuestion | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  readonly answer: (answer: ShopperAnswer) => void;
}

export const createShopperScreen = ({ line, delay }: Omit<ShopperPorts, 'newId'>): ShopperScreen => {
  let shown: { readonly questionId: string; readonly question: ShopperQuestion; readonly cancel: () => void } | undefined;
  const listeners = new Set<() => void>();
  const show = (next: typeof shown): void => {
    shown?.cancel();
    shown = next;
    for (const listener of listeners) listener();
  };
  line.onSay((say) => {
    if (say.type === 'who') line.say({ type: 'here' });
    // What stands there is not begun anew: somebody may be writing.
    if (say.type === 'ask' && say.questionId !== shown?.questionId) {
      const { questionId, question } = say;
      show({ questionId, question, cancel: delay(() => show(undefined), answerWithinMs(question)) });
    }
    if (say.type === 'over' && say.questionId === shown?.questionId) show(undefined);
  });
  line.say({ type: 'here' });
  return {
    question: () => shown?.question,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answer: (answer) => {
      if (shown === undefined) return;
      line.say({ type: 'answer', questionId: shown.questionId, answer });
      show(undefined);
    },
  };
};
