/** A window's client joined to the peer till, for tests that ask the till whatever a person may bring. */
import { type Request, requestBodySchema } from '../../shared/till-contract.ts';
import { createTillClient, type TransportHandlers } from '../till-client.ts';
import type { createPeerTill } from './peer-till.ts';

export interface PeerClient {
  readonly client: ReturnType<typeof createTillClient>;
  readonly newId: () => string;
  /** What was asked that is no request of the contract. */
  readonly malformed: string[];
  /** The line opens, and the till answers from now on. */
  open(): void;
}

export function createPeerClient(till: ReturnType<typeof createPeerTill>): PeerClient {
  const malformed: string[] = [];
  let ids = 0;
  const newId = (): string => `n${++ids}`;
  let handlers: TransportHandlers | undefined;
  const client = createTillClient({
    transport: (given) => {
      handlers = given;
      return () => undefined;
    },
    nowMs: () => 0,
    newId,
    delay: () => () => undefined,
    notify: (runListeners) => runListeners(),
  });
  const open = (): void =>
    handlers?.onOpen((text) => {
      const request = JSON.parse(text) as Request | { readonly type: 'shopper' };
      if (!('body' in request)) return;
      const parsed = requestBodySchema.safeParse(request.body);
      if (!parsed.success) malformed.push(`${text.slice(0, 200)}: ${parsed.error.issues.map(({ message }) => message).join()}`);
      for (const message of till.handle(request)) handlers?.onMessage(JSON.stringify(message));
    });
  return { client, newId, malformed, open };
}
