/** The identity provider of tests as a process of its own, for whoever starts a hub as one: it says where it is, and does what each line tells it, as JSON, and says so. */
import { createInterface } from 'node:readline';

import { z } from 'zod';

import { startTestProvider } from './test-provider.ts';

const wishSchema = z.union([
  z.object({ accept: z.string() }),
  z.object({ add: z.object({ subject: z.string(), email: z.string(), amr: z.array(z.string()).default(['pwd', 'otp', 'mfa']) }) }),
  z.object({ away: z.boolean() }),
]);

const provider = await startTestProvider();
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
say(provider.settings);
for await (const line of createInterface({ input: process.stdin })) {
  const wish = wishSchema.parse(JSON.parse(line));
  if ('accept' in wish) provider.accept(wish.accept);
  else if ('add' in wish) provider.add(wish.add);
  else provider.setAway(wish.away);
  say({});
}
await provider.close();
