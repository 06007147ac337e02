/**
 * The hub's live events. They say that something changed, not what to show: the console asks again, at most once a second (see
 * `queries.ts`), however many sales arrive. Without the stream it still asks every few seconds, so losing it costs freshness, never truth.
 */
export type LiveState = 'connecting' | 'live' | 'down';

const EVENTS = ['sale', 'device', 'publication'] as const;
export type LiveEvent = (typeof EVENTS)[number];

const AGAIN_AFTER_MS = 3_000;

/** Calls back until the answer is called. The browser reconnects by itself after a broken line, not after a refusal: that is done here. */
export function openLive(path: string, onEvent: (event: LiveEvent) => void, onState: (state: LiveState) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource(path);
    source.addEventListener('open', () => onState('live'));
    source.addEventListener('error', () => {
      onState('down');
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, AGAIN_AFTER_MS);
    });
    for (const event of EVENTS) source.addEventListener(event, () => onEvent(event));
  };
  onState('connecting');
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** Runs at once, then at most once per `everyMs`, and a last time after the last call. */
export function throttle(run: () => void, everyMs: number): { readonly call: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const tick = (): void => {
    timer = undefined;
    if (!again) return;
    again = false;
    call();
  };
  const call = (): void => {
    if (timer !== undefined) {
      again = true;
      return;
    }
    timer = setTimeout(tick, everyMs);
    run();
  };
  return { call, stop: () => clearTimeout(timer) };
}
