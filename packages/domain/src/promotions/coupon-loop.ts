/**
 * Coupons that hand out each other: a promotion asks for one coupon and gives another, whose promotion gives the first one again. Such a loop
 * never ends, so that nobody can say what it costs; it is refused where it would be published.
 */

/** What a promotion asks for, and gives. */
export interface CouponStep {
  readonly promotionId: string;
  readonly asksFor?: string;
  readonly gives?: string;
}

/** The promotions of one loop, each giving what the next one asks for; undefined where there is none. In whatever order the steps stand. */
export function findCouponLoop(steps: readonly CouponStep[]): readonly string[] | undefined {
  const next = new Map<string, CouponStep[]>();
  for (const step of steps) {
    if (step.asksFor === undefined || step.gives === undefined) continue;
    next.set(step.asksFor, [...(next.get(step.asksFor) ?? []), step]);
  }
  // Coupons from which no loop is reached.
  const safe = new Set<string>();
  const path: CouponStep[] = [];
  const visit = (code: string): readonly string[] | undefined => {
    const from = path.findIndex(({ asksFor }) => asksFor === code);
    if (from !== -1) return path.slice(from).map(({ promotionId }) => promotionId);
    if (safe.has(code)) return undefined;
    for (const step of next.get(code) ?? []) {
      path.push(step);
      const loop = visit(step.gives ?? '');
      if (loop !== undefined) return loop;
      path.pop();
    }
    safe.add(code);
    return undefined;
  };
  for (const code of [...next.keys()].sort()) {
    const loop = visit(code);
    if (loop !== undefined) return loop;
  }
  return undefined;
}
