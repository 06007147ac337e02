import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

import { TILL_PORT_MESSAGE } from '../../shared/till-port.ts';
import { acceptMessagePorts, type ParentPort, type Port } from './message-port.ts';
import { createInbox, windowContract } from './window-contract.ts';

/** Electron wraps what comes in an event; Node hands it over bare. */
function toElectronPort(port: MessagePort): Port {
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      return port.on(event, (data: unknown) => listener({ data }));
    },
  };
}

windowContract(async (windows) => {
  const { port1, port2 } = new MessageChannel();
  const parent: ParentPort = {
    on: (_event, listener) => listener({ data: { type: TILL_PORT_MESSAGE }, ports: [toElectronPort(port2)] }),
    postMessage: () => {},
  };
  acceptMessagePorts(parent, windows);
  const inbox = createInbox();
  port1.on('message', (text: string) => inbox.push(text));
  return {
    send: (text) => port1.postMessage(text),
    next: () => inbox.next(),
    async close() {
      const closed = once(port2, 'close');
      port1.close();
      await closed;
    },
  };
});
