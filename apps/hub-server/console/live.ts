/**
 * The hub's live view. It says that something changed, not what to show: the console asks again, at most once a second (see `queries.ts`), however many sales arrive. Without it the console still asks every few seconds, so losing it costs
 * freshness, never truth.
 */
import { z } from 'zod';

export type LiveState = 'connecting' | 'live' | 'down';

const messageSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('listening'), id: z.string(), hasMissed: z.boolean() }),
  z.object({ event: z.enum(['sale', 'device', 'publication']), id: z.string() }),
]);
/** `missed`: something happened of which nothing was told. */
export type LiveEvent = 'sale' | 'device' | 'publication' | 'missed';

const AGAIN_AFTER_MS = 3_000;
const AGAIN_SPREAD_MS = 2_000;

/** Of the message of a hub; what another build says besides is nobody's here. */
export function readMessage(text: unknown): { readonly id: string; readonly event: LiveEvent | undefined } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(String(text));
  } catch {
    return undefined;
  }
  const message = messageSchema.safeParse(json).data;
  if (message === undefined) return undefined;
  if (message.event !== 'listening') return message;
  return { id: message.id, event: message.hasMissed ? 'missed' : undefined };
}

/** Calls back until the answer is called. A line that breaks, or is refused, is tried again, and told from where it broke on. */
export function openLive(path: string, onEvent: (event: LiveEvent) => void, onState: (state: LiveState) => void): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: string | undefined;
  let isOver = false;
  const open = (): void => {
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    if (last !== undefined) url.searchParams.set('after', last);
    socket = new WebSocket(url);
    socket.addEventListener('open', () => onState('live'));
    socket.addEventListener('message', ({ data }) => {
      const message = readMessage(data);
      last = message?.id ?? last;
      if (message?.event !== undefined) onEvent(message.event);
    });
    // Whatever ended it. Not all at once: many pages watch the hub that stopped.
    socket.addEventListener('close', () => {
      if (isOver) return;
      onState('down');
      timer = setTimeout(open, AGAIN_AFTER_MS + Math.random() * AGAIN_SPREAD_MS);
    });
  };
  onState('connecting');
  open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
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
