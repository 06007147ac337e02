import type { ShopperSay } from '../shared/shopper-talk.ts';
/**
 * A window's end of the till's contract, over either transport. It validates what comes, answers each request with one promise, folds
 * deltas into a view, asks for everything where a delta is missing, and comes back by itself when the till does.
 *
 * Invariants:
 * - A request keeps its id for ever: after a reconnect, what the till has not answered is sent again under the same id, and replaying
 *   it changes nothing.
 * - The view changes, and its listeners have run, before the reply that follows the change is delivered.
 */
import {
  CONTRACT_VERSION,
  type Refusal,
  type ReplyValue,
  type Request,
  type RequestBody,
  type TillMessage,
  tillMessageSchema,
} from '../shared/till-contract.ts';
import { TILL_PORT_MESSAGE } from '../shared/till-port.ts';
import type { ShopperLine } from './shopper-desk.ts';
import { applyMessage, EMPTY_VIEW, type TillView } from './till-view.ts';

/** `noAnswer`: the till said nothing in time; whether it was done is not known here, the view will show it. */
export type TillReply =
  | { readonly ok: true; readonly value: ReplyValue }
  | { readonly ok: false; readonly refusal: Refusal }
  | { readonly ok: false; readonly refusal: { readonly type: 'noAnswer'; readonly detail: Refusal['detail'] } };

export interface TransportHandlers {
  /** A connection stands; what is sent goes to it until `onClose`. */
  readonly onOpen: (send: (text: string) => void) => void;
  /** One message as it came: JSON text. */
  readonly onMessage: (data: unknown) => void;
  readonly onClose: () => void;
}

/** Keeps a connection to the till up by itself. Returns what ends it. */
export type Transport = (handlers: TransportHandlers) => () => void;

export interface TillClient {
  readonly view: () => TillView;
  /** Called after each change of the view. Returns what stops it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `withinMs`: of what takes longer by its nature. */
  readonly request: (body: RequestBody, withinMs?: number) => Promise<TillReply>;
  /** What a scanner of the till reads while this window is the one in use; undefined: it was torn. Returns what stops it. */
  readonly onScan: (listener: (code: string | undefined) => void) => () => void;
  readonly close: () => void;
}

export interface TillClientPorts {
  readonly transport: Transport;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Runs `task` after `delayMs`; returns what cancels it. */
  readonly delay: (task: () => void, delayMs: number) => () => void;
  /** Runs the listeners after a change; a page draws what they change before it returns. */
  readonly notify: (runListeners: () => void) => void;
  /** What a till that speaks another dialect sent; it is dropped. */
  readonly onInvalid?: (problem: string) => void;
}

/** What was asked so long ago is not asked again: whoever scanned has looked at the screen since. */
const REPLAY_WITHIN_MS = 5_000;

type Pending = { readonly request: Request; readonly resolve: (reply: TillReply) => void; readonly cancel: () => void; isSent: boolean };

export const createTillClient = (ports: TillClientPorts): TillClient & ShopperLine => {
  let view = EMPTY_VIEW;
  let send: ((text: string) => void) | undefined;
  let opening: string | undefined;
  const pending = new Map<string, Pending>();
  const listeners = new Set<() => void>();
  const scanListeners = new Set<(code: string | undefined) => void>();
  const sayListeners = new Set<(say: ShopperSay) => void>();
  /** Who is at this window: a till that comes back has forgotten all windows. */
  let presence: ShopperSay | undefined;

  const setView = (next: TillView): void => {
    if (next === view) return;
    view = next;
    ports.notify(() => {
      for (const listener of listeners) listener();
    });
  };

  const settle = (id: string, reply: TillReply): void => {
    const waiting = pending.get(id);
    if (waiting === undefined) return;
    pending.delete(id);
    waiting.cancel();
    waiting.resolve(reply);
  };

  const open = (): void => {
    if (send === undefined || opening !== undefined) return;
    opening = ports.newId();
    const request: Request = { id: opening, atMs: ports.nowMs(), body: { type: 'open', version: CONTRACT_VERSION } };
    send(JSON.stringify(request));
  };

  const sendRequest = (waiting: Pending): void => {
    if (send === undefined) return;
    waiting.isSent = true;
    send(JSON.stringify(waiting.request));
  };

  const onOpened = (message: TillMessage & { type: 'reply' | 'refused' }): void => {
    opening = undefined;
    if (message.type === 'refused') {
      ports.onInvalid?.(`the till refused to open: ${message.refusal.type}`);
      return;
    }
    setView({ ...applyMessage(view, message).view, link: 'open' });
    for (const waiting of pending.values()) if (!waiting.isSent) sendRequest(waiting);
    if (presence !== undefined) talk(presence);
  };
  const talk = (say: ShopperSay): void => send?.(JSON.stringify({ type: 'shopper', say }));

  const onMessage = (data: unknown): void => {
    const parsed = tillMessageSchema.safeParse(typeof data === 'string' ? parseJson(data) : data);
    if (!parsed.success) {
      ports.onInvalid?.(parsed.error.message);
      return;
    }
    const message = parsed.data;
    if (message.type === 'reply' || message.type === 'refused') {
      if (message.id === opening) onOpened(message);
      else settle(message.id, message.type === 'reply' ? { ok: true, value: message.value } : { ok: false, refusal: message.refusal });
      return;
    }
    if (message.type === 'scanned') for (const listener of scanListeners) listener(message.code);
    if (message.type === 'shopper') for (const listener of sayListeners) listener(message.say);
    const applied = applyMessage(view, message);
    setView(applied.view);
    if (applied.outOfStep) open();
  };

  const closeTransport = ports.transport({
    onOpen: (sendText) => {
      send = sendText;
      opening = undefined;
      open();
    },
    onMessage,
    onClose: () => {
      send = undefined;
      opening = undefined;
      for (const waiting of pending.values()) waiting.isSent = false;
      setView({ ...view, link: view.head === undefined ? 'connecting' : 'lost' });
    },
  });

  return {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: (body, withinMs = REPLAY_WITHIN_MS) =>
      new Promise((resolve) => {
        const request: Request = { id: ports.newId(), atMs: ports.nowMs(), body };
        const cancel = ports.delay(() => settle(request.id, { ok: false, refusal: { type: 'noAnswer', detail: {} } }), withinMs);
        const waiting: Pending = { request, resolve, cancel, isSent: false };
        pending.set(request.id, waiting);
        // Before `open` is answered a request waits: its reply must find the view that it changes.
        if (view.link === 'open') sendRequest(waiting);
      }),
    onScan: (listener) => {
      scanListeners.add(listener);
      return () => scanListeners.delete(listener);
    },
    say: (say) => {
      if (say.type === 'who' || say.type === 'here') presence = say;
      // Of a question that was not heard, a moment later nobody wants to know.
      if (view.link === 'open') talk(say);
    },
    onSay: (listener) => {
      sayListeners.add(listener);
      return () => sayListeners.delete(listener);
    },
    close: closeTransport,
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const FIRST_RETRY_MS = 150;
const LAST_RETRY_MS = 2_000;

/** The page's own origin serves the till at `/till`; the session's cookie goes along. */
export const webSocketTransport =
  (url: string): Transport =>
  (handlers) => {
    let socket: WebSocket | undefined;
    let timer: number | undefined;
    let retryMs = FIRST_RETRY_MS;
    let ended = false;
    const connect = (): void => {
      const current = new WebSocket(url);
      socket = current;
      current.addEventListener('open', () => {
        retryMs = FIRST_RETRY_MS;
        handlers.onOpen((text) => current.send(text));
      });
      current.addEventListener('message', (event) => handlers.onMessage(event.data));
      current.addEventListener('close', () => {
        handlers.onClose();
        if (ended) return;
        timer = window.setTimeout(connect, retryMs);
        retryMs = Math.min(retryMs + retryMs, LAST_RETRY_MS);
      });
    };
    connect();
    return () => {
      ended = true;
      window.clearTimeout(timer);
      socket?.close();
    };
  };

/** Electron's preload hands over a port, and a new one whenever the till was started anew: the newest is the till. */
export const messagePortTransport =
  (page: Window): Transport =>
  (handlers) => {
    let port: MessagePort | undefined;
    const onMessage = (event: MessageEvent<unknown>): void => {
      const [handed] = event.ports;
      const data = event.data;
      const isTillPort = typeof data === 'object' && data !== null && 'type' in data && data.type === TILL_PORT_MESSAGE;
      if (event.source !== page || !isTillPort || handed === undefined) return;
      if (port !== undefined) {
        port.close();
        handlers.onClose();
      }
      port = handed;
      handed.addEventListener('message', (message) => handlers.onMessage(message.data));
      handed.addEventListener('close', () => {
        if (port === handed) handlers.onClose();
      });
      handed.start();
      handlers.onOpen((text) => handed.postMessage(text, []));
    };
    page.addEventListener('message', onMessage);
    return () => {
      page.removeEventListener('message', onMessage);
      port?.close();
    };
  };
