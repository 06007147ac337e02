/** A hub that lies, or somebody between a lane and its hub who does, over real HTTP: what is exposed stays as it was, the lane asks on at its own pace, and goes on when it hears the truth. */
import { createServer, type Server, type ServerResponse } from 'node:http';

import { assert } from '@holdfast/base';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createMemoryStore } from '../memory-store.ts';
import { createReplica, type ReplicaStatus } from '../replica/replica.ts';
import type { ReplicaStore } from '../store.ts';
import { OTHER_SIGNER, PORTS, SCHEMAS, seeded, seededRandom, SIGNER } from '../testing/fixtures.ts';
import { createModelHub, type ModelHub } from '../testing/model-hub.ts';
import { PATHS, signManifest, type Manifest, type ManifestRequest } from '../wire/protocol.ts';
import { createHttpTransport } from './http.ts';
import { createLineFetch } from './line-fetch.ts';

interface World {
  readonly hub: ModelHub;
  readonly store: ReplicaStore;
  last(): ReplicaStatus | undefined;
  requests: number;
  /** What stands between: changes what the hub says, or answers itself. */
  manifest: (honest: Manifest) => Manifest;
  segment: (honest: Uint8Array, response: ServerResponse) => Uint8Array | null;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

let server: Server;
let stop: () => Promise<void>;
let world: World;

async function bodyOf(request: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

beforeEach(async () => {
  const hub = createModelHub(6);
  const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  const answer = async (path: string, body: Buffer, response: ServerResponse): Promise<void> => {
    world.requests += 1;
    if (path === PATHS.enrol) return void response.end(JSON.stringify(hub.enrol('device-1', OTHER_SIGNER.publicKey)));
    if (path === PATHS.manifest) {
      const said = hub.postManifest(world.store.identity()?.token ?? '', { ...(JSON.parse(body.toString()) as ManifestRequest), reads: 1 });
      assert(said.ok, 'the model answers');
      return void response.end(JSON.stringify(world.manifest(said.value)));
    }
    const held = hub.getSegment(path.slice(PATHS.segments.length + 1));
    const bytes = held.ok ? world.segment(held.value, response) : null;
    if (bytes !== null) response.end(bytes);
    return undefined;
  };
  server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => answer(request.url ?? '', body, response));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'it listens');
  let [nowMs, status] = [0, undefined as ReplicaStatus | undefined];
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const replica = createReplica(
    {
      ...PORTS,
      store,
      transport: createHttpTransport({ fetch: createLineFetch(), hubUrl: () => `http://localhost:${address.port}`, timeoutMs: 2_000 }),
      signer: OTHER_SIGNER,
      clock: { nowMs: () => 1_700_000_000_000 + nowMs, monotonicMs: () => nowMs },
      random: seededRandom(seeded(1)),
      timers: {
        after: (delayMs, run) => {
          const timer = { atMs: nowMs + delayMs, run };
          timers.push(timer);
          return () => void (timers = timers.filter((other) => other !== timer));
        },
      },
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      withTurn: (write) => write(),
      oldestPinnedAt: () => null,
      onStatus: (next) => void (status = next),
      onCut: () => {},
    },
    { enrol: { code: 'CODE', publicKey: Buffer.from(OTHER_SIGNER.publicKey).toString('hex') } },
  );
  world = {
    hub,
    store,
    last: () => status,
    requests: 0,
    manifest: (honest) => honest,
    segment: (honest) => honest,
    pass: async (ms) => {
      const endMs = nowMs + ms;
      while (nowMs < endMs) {
        // Real answers come in real time; the lane's own pauses do not.
        await new Promise((resolve) => setTimeout(resolve, 5));
        const due = timers.filter(({ atMs }) => atMs <= nowMs);
        timers = timers.filter(({ atMs }) => atMs > nowMs);
        for (const { run } of due) run();
        nowMs += 250;
      }
    },
  };
  replica.start();
  stop = () => replica.stop();
  await world.pass(2_000);
});

afterEach(async () => {
  await stop();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const lsn = (): number => world.store.cut().position.lsn;
const nameOf = (key: string): unknown => world.store.readEntity(1, key, world.store.cut().at)[0]?.fields.get(1);

/** What a lane makes of a minute of lies about what is published, and of a minute of the truth. */
interface Heard {
  readonly moved: number;
  readonly nameMeanwhile: unknown;
  readonly requests: number;
  readonly nameAtLast: unknown;
  readonly problemAtLast: string | null | undefined;
}

async function hear(publish: () => void): Promise<Heard> {
  const [before, asked] = [lsn(), world.requests];
  publish();
  await world.pass(60_000);
  const meanwhile = { moved: lsn() - before, nameMeanwhile: nameOf('A'), requests: world.requests - asked };
  world.manifest = (honest) => honest;
  world.segment = (honest) => honest;
  await world.pass(60_000);
  return { ...meanwhile, nameAtLast: nameOf('A'), problemAtLast: world.last()?.problem };
}

/** As seldom as after any failure: no lie makes a lane ask in a loop. */
const UNMOVED = {
  moved: 0,
  nameMeanwhile: 'Apple',
  requests: expect.toSatisfy((requests: number) => requests > 1 && requests < 60),
  nameAtLast: 'Avocado',
  problemAtLast: null,
};

const publishFirst = async (): Promise<void> => {
  world.hub.publish([{ key: 'A', name: 'Apple' }]);
  await world.pass(60_000);
  expect(nameOf('A')).toBe('Apple');
};
const publishNext = (): void => world.hub.publish([{ key: 'A', name: 'Avocado' }]);

test('D-7: a segment whose hash lies is not opened', async () => {
  await publishFirst();
  const heard = await hear(() => {
    world.segment = (honest) => {
      const lying = honest.slice();
      lying[lying.length - 1] = (lying[lying.length - 1] ?? 0) ^ 1;
      return lying;
    };
    publishNext();
  });
  expect(heard).toEqual(UNMOVED);
});

test('D-7, D-11: a segment that never ends is not read beyond what its manifest says', async () => {
  await publishFirst();
  const heard = await hear(() => {
    world.segment = (honest, response) => {
      response.write(honest);
      for (let more = 0; more < 64; more += 1) response.write(Buffer.alloc(65_536));
      response.end();
      return null;
    };
    publishNext();
  });
  expect(heard).toEqual(UNMOVED);
});

test('D-3: a forged manifest is not looked at: another’s signature, another end, other segments', async () => {
  await publishFirst();
  const forgeries: readonly ((honest: Manifest) => Manifest)[] = [
    (honest) => signManifest(OTHER_SIGNER, 'default', honest),
    (honest) => ({ ...honest, to: { ...honest.to, lsn: honest.to.lsn + 1 } }),
    (honest) => ({ ...honest, segments: honest.segments.map((segment) => ({ ...segment, hash: 'ab'.repeat(32) })) }),
  ];
  let told = 0;
  const heard = await hear(() => {
    world.manifest = (honest) => (forgeries[told++ % forgeries.length] ?? ((same) => same))(honest);
    publishNext();
  });
  expect(heard).toEqual(UNMOVED);
});

test('D-4: a manifest that loops, signed or not, moves nothing and makes nobody ask in a loop', async () => {
  await publishFirst();
  const sign = (manifest: Manifest): Manifest => signManifest(SIGNER, 'default', manifest);
  const loops: readonly ((honest: Manifest) => Manifest)[] = [
    // Back to where it stood before, from here; and from somewhere else to here.
    (honest) => sign({ ...honest, to: { ...honest.from, lsn: honest.from.lsn - 1 } }),
    (honest) => sign({ ...honest, from: honest.to, to: honest.from }),
    // To another history at the same place.
    (honest) => sign({ ...honest, to: { ...honest.from, historyHash: 'ab'.repeat(32) } }),
  ];
  for (const loop of loops) {
    const [before, asked] = [lsn(), world.requests];
    world.manifest = loop;
    await world.pass(30_000);
    expect(lsn()).toBe(before);
    expect(world.requests - asked).toBeLessThan(40);
    expect(nameOf('A')).toBe('Apple');
  }
  world.manifest = (honest) => honest;
  publishNext();
  await world.pass(60_000);
  expect(nameOf('A')).toBe('Avocado');
});
