/**
 * Whether a person is here: the console asks the hub by itself, every few seconds and whenever something happens, and that must keep nobody signed in. A request that no key, pointer or wheel stands behind says so (`Holdfast-Background`), and
 * the hub does not count it as use of the session.
 */

/** Of the hub, too: `src/http/console-session.ts`. */
const BACKGROUND_HEADER = 'Holdfast-Background';
const ACTS = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove'] as const;

export interface Presence {
  /** What somebody did is told with one request. */
  readonly headersOf: () => Readonly<Record<string, string>>;
}

/** Whoever opened the page is here. */
export function createPresence(page: Pick<EventTarget, 'addEventListener'>): Presence {
  let hasActed = true;
  for (const act of ACTS)
    page.addEventListener(
      act,
      // What a script makes up is nobody's act.
      ({ isTrusted }) => (hasActed ||= isTrusted),
      { capture: true, passive: true },
    );
  return {
    headersOf: () => {
      const isBackground = !hasActed;
      hasActed = false;
      return isBackground ? { [BACKGROUND_HEADER]: '1' } : {};
    },
  };
}
