/** A page that only this machine sees, and whose keys only the page itself presses: other sites' pages cannot name this host. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Panel {
  readonly url: string;
  close(): Promise<void>;
}

export interface PageRequest {
  readonly method: string;
  /** Without its first slash. */
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** `port` 0 takes any. Rejects where the port is taken. What `answer` rejects with ends the connection. */
export async function serveLoopbackPage(port: number, answer: (asked: PageRequest) => void | Promise<void>): Promise<Panel> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET' } = request;
    const path = new URL(request.url ?? '/', 'http://panel').pathname.slice(1);
    const { host = '', origin } = request.headers;
    const isElsewhere = method === 'POST' && origin !== undefined && origin !== `http://${host}`;
    if (!/^(?:127\.0\.0\.1|localhost):\d+$/.test(host) || isElsewhere) response.writeHead(403).end();
    else await answer({ method, path, request, response });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
