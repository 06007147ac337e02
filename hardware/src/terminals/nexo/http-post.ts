/** One POST to a terminal: what came back, or whether anything can have arrived. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { err, ok, type Result } from '@holdfast/base';

import { linkFault, type LinkFault } from '../../link/link.ts';

export interface PostOptions {
  readonly deadlineMs: number;
  /** How long may pass before the terminal has taken the connection. */
  readonly connectMs: number;
  /** PEM of who signed the terminal's certificate; its name is not checked, since it is none of the lane's network. */
  readonly ca?: string;
}

/** More than any answer has. */
const MAX_ANSWER_BYTES = 1_000_000;

export async function postJson(
  url: URL,
  body: string,
  { deadlineMs, connectMs, ca }: PostOptions,
): Promise<Result<{ readonly status: number; readonly text: string }, LinkFault>> {
  return await new Promise((resolve) => {
    // Whatever fails before the connection stands has sent nothing.
    let isConnected = false;
    const fail = (reason: LinkFault['reason'], detail: string): void => {
      clearTimeout(connecting);
      clearTimeout(timer);
      resolve(err(linkFault(reason, detail, isConnected ? 'mayDuplicate' : 'safe')));
      request.destroy();
    };
    const isSecure = url.protocol === 'https:';
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { method: 'POST', headers, agent: false } as const;
    const request = isSecure
      ? httpsRequest(url, { ...options, ...(ca !== undefined && { ca, checkServerIdentity: () => undefined }) })
      : httpRequest(url, options);
    const timer = setTimeout(() => fail('timeout', `no answer from ${url.host} within ${deadlineMs} ms`), deadlineMs);
    const connecting = setTimeout(() => {
      if (!isConnected) fail('timeout', `${url.host} does not take a connection`);
    }, connectMs);
    request.once('socket', (socket) => {
      socket.setNoDelay(true);
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        isConnected = true;
      });
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      const reason = isConnected ? 'closed' : error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
      fail(reason, error.message);
    });
    request.once('response', (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) fail('closed', 'the answer has no end');
      });
      response.once('error', (error) => fail('closed', error.message));
      response.once('end', () => {
        clearTimeout(connecting);
        clearTimeout(timer);
        resolve(ok({ status: response.statusCode ?? 0, text }));
      });
    });
    request.end(body);
  });
}
