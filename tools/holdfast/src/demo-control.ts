/**
 * How another terminal reaches a running demo: one HTTP route on the loopback, behind a secret that stands in `demo.json`, which
 * only the folder's owner can read.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

import { z } from 'zod';

import { CommandFailed } from './command.ts';
import { readState } from './demo-folder.ts';
import type { Demo } from './demo.ts';
import { listenOn } from './forwarder.ts';
import { accessTill } from './till-access.ts';

export const ACTIONS = ['status', 'cut', 'freeze', 'join', 'kill', 'start', 'link', 'stop'] as const;
export type Action = (typeof ACTIONS)[number];

const orderSchema = z.object({ action: z.enum(ACTIONS), part: z.string().max(16).optional() });
type Order = z.infer<typeof orderSchema>;

/** Serves orders until `close`. `onStop` is called after an order to stop has been answered. */
export async function serveControl(demo: Demo, onStop: () => void): Promise<{ close(): void }> {
  const secret = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body));
    };
    if (!mayOrder(request, secret)) {
      send(401, { problem: 'The secret of demo.json is missing.' });
      return;
    }
    void answerOrder(demo, request, send, onStop);
  });
  const port = await listenOn(server, 0);
  demo.publishControl({ url: `http://localhost:${port}`, secret, pid: process.pid });
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerOrder(
  demo: Demo,
  request: IncomingMessage,
  send: (status: number, body: unknown) => void,
  onStop: () => void,
): Promise<void> {
  try {
    const order = await readOrder(request);
    send(200, await obey(demo, order));
    if (order.action === 'stop') onStop();
  } catch (error) {
    send(400, { problem: error instanceof Error ? error.message : String(error) });
  }
}

function mayOrder(request: IncomingMessage, secret: string): boolean {
  const [given, expected] = [Buffer.from(request.headers.authorization ?? ''), Buffer.from(`Bearer ${secret}`)];
  return (
    request.method === 'POST' &&
    request.headers.origin === undefined &&
    given.length === expected.length &&
    timingSafeEqual(given, expected)
  );
}

async function readOrder(request: IncomingMessage): Promise<Order> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > 1_000) throw new CommandFailed('That is no order.');
  }
  return orderSchema.parse(JSON.parse(text));
}

async function obey(demo: Demo, { action, part }: Order): Promise<unknown> {
  const lanes = (): readonly number[] => {
    const all = demo.cables().map(({ lane }) => lane);
    if (part === 'all') return all;
    const chosen = all.filter((lane) => String(lane) === part);
    if (chosen.length === 0) throw new CommandFailed(`Which lane? ${all.join(', ')} or all.`);
    return chosen;
  };
  switch (action) {
    case 'cut':
    case 'freeze':
    case 'join':
      for (const lane of lanes()) demo.setCable(lane, action === 'join' ? 'joined' : action === 'cut' ? 'cut' : 'frozen');
      break;
    case 'kill':
      await demo.kill(part ?? '');
      break;
    case 'start':
      await demo.start(part ?? '');
      break;
    case 'link':
      return { url: await linkOf(demo, part ?? '') };
    case 'status':
    case 'stop':
      break;
  }
  return statusOf(demo);
}

/** A fresh link for a lane's window; the console has one link for each start of the hub. */
async function linkOf(demo: Demo, part: string): Promise<string> {
  const ready = demo.ready();
  if (part === 'hub') return ready.hub.consoleUrl;
  const lane = ready.lanes.find((candidate) => String(candidate.lane) === part);
  if (lane === undefined) throw new CommandFailed(`Whose link? hub, ${ready.lanes.map((each) => each.lane).join(', ')}.`);
  return (await accessTill(lane.data)).windowUrl();
}

export interface DemoStatus {
  readonly ready: ReturnType<Demo['ready']>;
  readonly running: Readonly<Record<string, boolean>>;
  readonly cables: ReturnType<Demo['cables']>;
}

function statusOf(demo: Demo): DemoStatus {
  const ready = demo.ready();
  const parts = ['hub', ...ready.lanes.map(({ lane }) => String(lane))];
  return { ready, running: Object.fromEntries(parts.map((part) => [part, demo.isRunning(part)])), cables: demo.cables() };
}

/** Gives an order to the demo that runs on a folder. Throws CommandFailed where none does, and where it cannot obey. */
export async function orderDemo(data: string, order: Order): Promise<unknown> {
  const control = (await readState(data))?.control;
  const response =
    control === undefined
      ? undefined
      : await fetch(control.url, {
          method: 'POST',
          headers: { authorization: `Bearer ${control.secret}` },
          body: JSON.stringify(order),
        }).catch(() => undefined);
  if (response === undefined) throw new CommandFailed(`No demo runs on ${data}. Start one: pnpm holdfast demo`);
  const answer: unknown = await response.json();
  if (!response.ok) throw new CommandFailed((answer as { problem?: string }).problem ?? `The demo refused (${response.status}).`);
  return answer;
}
