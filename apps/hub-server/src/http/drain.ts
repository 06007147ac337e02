/**
 * How a hub stops: from the first moment it takes nothing new and says so to whoever asks whether it is ready, what is under way is answered. The port stays open until then, so that
 * what stands before several hubs hears of it by an answer, and not by a silence.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Timers } from '@holdfast/base';

import { sendProblem } from './problems.ts';

export interface Drain {
  /** True: it is answered, and nobody else's to answer. */
  turnsAway(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when nothing is under way, or patience has run out. */
  begin(patienceMs: number): Promise<void>;
}

/** Does it live, and how is it: answered to the end. */
const ALWAYS = /^\/(?:healthz|heartbeat|metrics)(?:\?|$)/;
const READY = /^\/readyz(?:\?|$)/;
/** Another hub answers at once, this one after it was started anew. */
const COME_BACK_S = 1;

export function createDrain(timers: Timers): Drain {
  let isStopping = false;
  const underWay = new Set<ServerResponse>();
  let onIdle = (): void => undefined;

  const watch = (response: ServerResponse): void => {
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (underWay.size === 0) onIdle();
    });
  };
  const turnAway = (response: ServerResponse): void => {
    response.setHeader('Retry-After', String(COME_BACK_S));
    // Its connection ends with the answer: the next one finds another hub.
    response.setHeader('Connection', 'close');
    sendProblem(response, { type: 'stopping', status: 503, title: 'This hub stops, and begins nothing new. Asking again is safe.' });
  };

  return {
    turnsAway: (request, response) => {
      const path = request.url ?? '';
      if (ALWAYS.test(path)) return false;
      if (!isStopping) {
        if (!READY.test(path)) watch(response);
        return false;
      }
      turnAway(response);
      return true;
    },
    begin: async (patienceMs) => {
      const idle = new Promise<void>((resolve) => {
        onIdle = resolve;
      });
      isStopping = true;
      if (underWay.size === 0) return;
      let cancel = (): void => undefined;
      const impatient = new Promise<void>((resolve) => {
        cancel = timers.after(patienceMs, resolve);
      });
      await Promise.race([idle, impatient]);
      cancel();
    },
  };
}
