/** The identity provider of the hub's tests (the real `oidc-provider`), as a process beside the hub's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../apps/hub-server/src/testing/run-test-provider.ts', import.meta.url));

export interface ProviderProcess {
  readonly issuer: string;
  /** By which a hub is told of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** `accept`: the hub; `add`: somebody with a verified address, and how they prove who they are there (a password and a code); `away`: it answers nobody. */
  tell(
    wish:
      | { readonly accept: string }
      | { readonly add: { readonly subject: string; readonly email: string; readonly amr?: readonly string[] } }
      | { readonly away: boolean },
  ): Promise<void>;
  stop(): Promise<void>;
}

export async function startProvider(): Promise<ProviderProcess> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'ignore'] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the provider has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    for (;;) {
      const line = await lines.next();
      if (line.done === true) throw new Error('the provider ended');
      // Its library has notices of its own.
      if (line.value.startsWith('{')) return line.value;
    }
  };
  const { issuer, clientId, clientSecret } = JSON.parse(await next()) as Readonly<Record<'issuer' | 'clientId' | 'clientSecret', string>>;
  return {
    issuer,
    environment: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_REQUIRED_AMR: 'mfa',
      OIDC_MAX_AGE: '900',
    },
    tell: async (wish) => {
      stdin.write(`${JSON.stringify(wish)}\n`);
      await next();
    },
    stop: async () => {
      const ended = once(child, 'exit');
      stdin.end();
      await ended;
    },
  };
}
