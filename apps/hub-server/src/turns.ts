/**
 * Whoever wants the same kind of thing shares a turn: what came while one was under way is done together by the next. One transaction, or one statement, then serves as many
 * as there are, and whoever is alone waits for nobody.
 *
 * - Each wish is answered by itself. A turn that surely did nothing is tried wish by wish: what cannot be done fails by itself.
 * - Two wishes with a claim in common are never in one turn, and keep their order.
 */
export interface Turns<Wish, Answer> {
  ask(wish: Wish): Promise<Answer>;
}

export interface TurnRules<Wish, Answer> {
  readonly most: number;
  readonly turnsAtOnce: number;
  /** Answers in the order of the wishes. */
  readonly take: (wishes: readonly Wish[]) => Promise<readonly Answer[]>;
  /** That a turn failed so says that nothing of it was done, and that one of its wishes may be why. */
  readonly isOfOne: (cause: unknown) => boolean;
  readonly claimsOf?: (wish: Wish) => readonly string[];
}

interface Waiting<Wish, Answer> {
  readonly wish: Wish;
  readonly answered: (answer: Answer) => void;
  readonly failed: (cause: unknown) => void;
}

export function createTurns<Wish, Answer>({
  most,
  turnsAtOnce,
  take,
  isOfOne,
  claimsOf = () => [],
}: TurnRules<Wish, Answer>): Turns<Wish, Answer> {
  let queue: readonly Waiting<Wish, Answer>[] = [];
  const underWay = new Set<string>();
  let turns = 0;

  const nextTurn = (): readonly Waiting<Wish, Answer>[] => {
    const [taken, left]: [Waiting<Wish, Answer>[], Waiting<Wish, Answer>[]] = [[], []];
    // Who waits behind one of his claims keeps all of his from those behind him.
    const claimed = new Set(underWay);
    for (const waiting of queue) {
      const claims = claimsOf(waiting.wish);
      const isFree = taken.length < most && !claims.some((claim) => claimed.has(claim));
      (isFree ? taken : left).push(waiting);
      for (const claim of claims) claimed.add(claim);
    }
    queue = left;
    return taken;
  };

  const answerAll = async (turn: readonly Waiting<Wish, Answer>[]): Promise<void> => {
    try {
      const answers = await take(turn.map(({ wish }) => wish));
      turn.forEach(({ answered }, index) => answered(answers[index]!));
    } catch (cause) {
      if (turn.length === 1 || !isOfOne(cause)) for (const { failed } of turn) failed(cause);
      else for (const waiting of turn) await answerAll([waiting]);
    }
  };

  const pump = (): void => {
    while (turns < turnsAtOnce) {
      const turn = nextTurn();
      if (turn.length === 0) return;
      const claims = turn.flatMap(({ wish }) => claimsOf(wish));
      for (const claim of claims) underWay.add(claim);
      turns += 1;
      void answerAll(turn).finally(() => {
        turns -= 1;
        for (const claim of claims) underWay.delete(claim);
        pump();
      });
    }
  };

  return {
    ask: async (wish) =>
      new Promise((answered, failed) => {
        queue = [...queue, { wish, answered, failed }];
        // Whoever arrives in the same tick shares the turn.
        setImmediate(pump);
      }),
  };
}
