/**
 * The till's windows, whatever carries their messages. A window's request is checked, handled, and answered: every window
 * hears what changed, and the one that asked gets its reply right behind it. Nothing that a window sends can throw in here.
 */
import type { Logger } from '@holdfast/base';

import { type ShopperSay, shopperTalkSchema } from '../shared/shopper-talk.ts';
import { requestSchema, type Request, type TillMessage } from '../shared/till-contract.ts';

export interface Outcome {
  /** For every window, in order, before the reply. */
  readonly broadcast: readonly TillMessage[];
  readonly reply: TillMessage;
  /** For every window, after the reply: what nobody waits for. It is put together then. */
  readonly afterwards?: () => readonly TillMessage[];
}

/** What a transport hands over for each window. */
export interface WindowPort {
  /** Messages, each of them one JSON text, in this order and all at once. Must not throw, whatever the state of the connection. */
  send(...texts: readonly string[]): void;
}

export interface AttachedWindow {
  /** One message, as it came. */
  receive(text: unknown): void;
  detach(): void;
}

export interface Windows {
  attach(port: WindowPort): AttachedWindow;
  /** To every window, outside of any request: the status, above all, which is said again only when it has changed. */
  broadcast(message: TillMessage): void;
  /** To the window that a person used last: what one of them is to take, and no other. */
  tellActive(message: TillMessage): void;
  count(): number;
}

/**
 * What a request waits for before it is handled, or undefined where it waits for nothing, as nearly all do. It must not throw, and ends within
 * its own deadline; requests that come meanwhile are handled before it.
 */
export type Preparation = (request: Request) => Promise<() => Outcome> | undefined;

/** `onTold`: what all windows are told, also while there is none. */
export function createWindows(
  handle: (request: Request) => Outcome,
  logger: Logger,
  prepare: Preparation = () => undefined,
  onTold: (message: TillMessage) => void = () => undefined,
): Windows {
  const ports = new Set<WindowPort>();
  /** Those of the shopper. */
  const displays = new Set<WindowPort>();
  let lastStatus = '';
  let active: WindowPort | undefined;
  /** What windows must hear: a status only where it says something new. */
  const newsOf = (messages: readonly TillMessage[]): readonly string[] =>
    messages.flatMap((message) => {
      const text = JSON.stringify(message);
      if (message.type === 'status' && text === lastStatus) return [];
      if (message.type === 'status') lastStatus = text;
      return [text];
    });
  const broadcast = (messages: readonly TillMessage[]): void => {
    const news = newsOf(messages);
    if (news.length > 0) for (const port of ports) port.send(...news);
    for (const message of messages) onTold(message);
  };
  const NOBODY_THERE = JSON.stringify({ type: 'shopper', say: { type: 'gone' } });
  /** A screen that crashed says no more that it is gone: whoever would ask it is told by the till. */
  const hand = (port: WindowPort, say: ShopperSay): void => {
    if (say.type === 'here') displays.add(port);
    if (say.type === 'who' && displays.size === 0) port.send(NOBODY_THERE);
    for (const other of ports) if (other !== port) other.send(JSON.stringify({ type: 'shopper', say }));
  };
  /** Change and reply go together: each message by itself would be a call of the kernel, and wake whoever carries it to the window. */
  const reply = (port: WindowPort, outcome: Outcome): void => {
    const news = newsOf(outcome.broadcast);
    port.send(...(ports.has(port) ? news : []), JSON.stringify(outcome.reply));
    if (news.length > 0) for (const other of ports) if (other !== port) other.send(...news);
    // Nobody at a window waits for what else listens.
    for (const message of outcome.broadcast) onTold(message);
  };
  return {
    attach(port) {
      ports.add(port);
      return {
        receive(text) {
          const message = parseJson(text);
          if (hasHalfCharacter(text, message)) {
            port.send(JSON.stringify(badRequest(idOf(message), { path: ['body'], message: 'half a character' })));
            return;
          }
          // Nearly all that comes is a request, and finding that something is none costs more than reading one.
          const request = requestSchema.safeParse(message);
          if (!request.success) {
            const talk = shopperTalkSchema.safeParse(message);
            if (talk.success) hand(port, talk.data.say);
            else port.send(JSON.stringify(badRequest(idOf(message), request.error.issues[0])));
            return;
          }
          // Whoever only looks asks for everything and nothing more.
          if (request.data.body.type !== 'open' || active === undefined) active = port;
          // It is told the status of this very moment, which the others may not have heard yet.
          if (request.data.body.type === 'open') lastStatus = '';
          const answer = (work: () => Outcome): void => {
            const outcome = attempt(work, request.data, logger);
            reply(port, outcome);
            broadcast(outcome.afterwards?.() ?? []);
          };
          const prepared = prepare(request.data);
          if (prepared === undefined) answer(() => handle(request.data));
          else void prepared.then(answer);
        },
        detach() {
          ports.delete(port);
          if (active === port) active = undefined;
          if (displays.delete(port) && displays.size === 0) for (const other of ports) other.send(NOBODY_THERE);
        },
      };
    },
    broadcast: (message) => broadcast([message]),
    tellActive: (message) => active?.send(JSON.stringify(message)),
    count: () => ports.size,
  };
}

/** A broken invariant inside one request was rolled back with its transaction: it is logged and answered, and selling goes on. */
function attempt(work: () => Outcome, request: Request, logger: Logger): Outcome {
  try {
    return work();
  } catch (error) {
    logger.error('a request failed', { request: request.body.type, error });
    return { broadcast: [], reply: { type: 'refused', id: request.id, refusal: { type: 'internal', detail: {} } } };
  }
}

function badRequest(id: string, issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): TillMessage {
  const detail: Record<string, string> = issue === undefined ? {} : { path: issue.path.map(String).join('.'), message: issue.message };
  return { type: 'refused', id, refusal: { type: 'badRequest', detail } };
}

/** The id that a broken message claims, so that its window can tell which request it was. */
function idOf(message: unknown): string {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'string' ? id.slice(0, 64) : '';
}

/** How JSON writes half of a pair of surrogates; only a writer of plain ASCII writes whole ones so. */
const SURROGATE = /\\u[dD][89a-fA-F]/u;

/** Half a character is in no alphabet, and no ledger can hold it: a basket that had it could be neither paid nor voided. */
function hasHalfCharacter(text: unknown, value: unknown): boolean {
  if (typeof text !== 'string' || !SURROGATE.test(text)) return false;
  const isHalf = (part: unknown): boolean =>
    typeof part === 'string' ? !part.isWellFormed() : typeof part === 'object' && part !== null && Object.values(part).some(isHalf);
  return isHalf(value);
}

/** Undefined where `text` is no JSON text: no request, and refused as such. */
function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
