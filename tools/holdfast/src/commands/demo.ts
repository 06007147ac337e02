import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { stopSpawned } from '../app-process.ts';
import { CommandFailed, EXIT, UsageError, userPath, type Command, type CommandInput } from '../command.ts';
import { ACTIONS, orderDemo, serveControl, type Action, type DemoStatus } from '../demo-control.ts';
import { readState, type DemoReady } from '../demo-folder.ts';
import { demoStaff } from '../demo-seed.ts';
import { showDemo, type Shown } from '../demo-windows.ts';
import { startDemo, type Demo } from '../demo.ts';
import { isAlive, watchLaunchers } from '../launchers.ts';
import { textTable } from '../text-table.ts';
import { buildStale } from './build.ts';
import { verifyLedgers } from './verify.ts';

const DEFAULT_DATA = fileURLToPath(new URL('../../../../.holdfast/demo', import.meta.url));

export const command: Command = {
  name: 'demo',
  usage: '[cut|freeze|join|kill|start|link|status|verify|stop [hub|LANE|all]] [--data DIR] [--fresh] [--json] [--no-build]',
  about: [
    'Starts a hub, one store with two lanes and the console, with a catalogue to sell from, and opens the first lane’s window.',
    'Everything that it starts ends with it: at Ctrl-C, at SIGTERM, and when whoever started it ends. The data stays for the next time.',
    '',
    'From another terminal, while it runs:',
    '  demo cut 1      pull lane 1’s network cable (2, or all): it sells on by itself',
    '  demo freeze 1   let lane 1’s packets vanish without a word, as a broken router does',
    '  demo join 1     plug it in again',
    '  demo kill 1     pull lane 1’s power plug (or 2, or hub)',
    '  demo start 1    switch it on again (or 2, or hub)',
    '  demo link 1     a fresh link to lane 1’s window (or 2); of the console: hub',
    '  demo status     what runs, and where',
    '  demo verify     prove that the hub has every sale of both lanes exactly once',
    '  demo stop       end it',
  ].join('\n'),
  flags: {
    data: { type: 'string', value: 'DIR', about: 'The demo’s data folder. Default: .holdfast/demo in the repository.' },
    fresh: { type: 'boolean', about: 'Start anew: forget what was sold and set up.' },
    'no-build': { type: 'boolean', about: 'Do not look whether windows and console must be built first.' },
  },
  positionals: { min: 0, max: 2 },
  examples: ['pnpm demo', 'pnpm demo --fresh', 'pnpm holdfast demo cut 1', 'pnpm holdfast demo --data /tmp/demo --json'],
  run: async (input) => {
    const data = userPath(input.text('data') ?? DEFAULT_DATA);
    const [word, part] = input.positionals;
    if (word === undefined) return runDemo(input, data);
    if (word === 'verify') return verifyDemo(input, data);
    const action = ACTIONS.find((candidate) => candidate === word);
    if (action === undefined) throw new UsageError(`The demo knows no "${word}": ${ACTIONS.join(', ')}, verify.`);
    if (part === undefined && !['status', 'stop'].includes(action))
      throw new UsageError(`demo ${action} needs a part: hub, or a lane’s number.`);
    return giveOrder(input, data, action, part);
  },
};

/** `accompany` works beside the demo while it runs; its answer ends that. */
export async function runDemo(input: CommandInput, data: string, accompany?: (demo: Demo) => () => void): Promise<number> {
  const say = (text: string): void => {
    if (!input.json) input.err(text);
  };
  if (!input.isSet('no-build')) await buildStale(input.err);
  let shown: Shown | undefined;
  let demo: Demo | undefined;
  const stop = createStop();
  // Before the demo stands there is nothing to stop in order: ending the parts makes its start fail, which cleans up.
  void stop.asked.then(() => (demo === undefined ? stopSpawned() : undefined));
  try {
    demo = await startDemo({
      data,
      fresh: input.isSet('fresh'),
      onStep: (step) => say(`${step} …\n`),
      onDeath: (part, how) => {
        if (stop.isAsked()) return;
        const name = part === 'hub' ? 'The hub' : `Lane ${part}`;
        input.err(`${name} has ended (${how}). Switch it on again: pnpm holdfast demo start ${part}\n`);
      },
    });
  } catch (error) {
    if (stop.isAsked()) return EXIT.done;
    throw error;
  }
  const control = await serveControl(demo, stop.ask);
  if (input.json) input.out(`${JSON.stringify(demo.ready())}\n`);
  else {
    if (!stop.isAsked()) shown = showDemo(demo.ready());
    input.out(welcome(demo.ready(), shown?.how ?? '', await demoStaff()));
  }
  const leave = accompany?.(demo);
  await stop.asked;
  leave?.();
  say('stopping …\n');
  shown?.close();
  control.close();
  await demo.stop();
  stop.end();
  return EXIT.done;
}

/** Ctrl-C, SIGTERM, a closed terminal, the end of a launcher, or an order: whichever comes first. */
function createStop() {
  let asked = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const ask = (): void => {
    asked = true;
    resolve();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, ask);
  const unwatch = watchLaunchers(ask);
  return {
    asked: promise,
    ask,
    isAsked: () => asked,
    end: () => {
      unwatch();
      for (const signal of signals) process.off(signal, ask);
    },
  };
}

function welcome(ready: DemoReady, how: string, staff: Awaited<ReturnType<typeof demoStaff>>): string {
  const order = (words: string): string => `pnpm holdfast demo ${words}${ready.data === DEFAULT_DATA ? '' : ` --data ${ready.data}`}`;
  return [
    '',
    `Holdfast is open. ${how} Each link works once; a fresh one: ${order('link 1')}`,
    '',
    textTable(
      ['Part', 'Link'],
      [
        ...ready.lanes.map(({ lane, url }) => [`Lane ${lane}`, url]),
        ...ready.lanes.flatMap(({ lane, paperUrl, scaleUrl, scannerUrl, displayUrl, terminalUrl }) => [
          [`Paper ${lane}`, paperUrl],
          [`Scale ${lane}`, scaleUrl],
          [`Scanner ${lane}`, scannerUrl],
          [`Display ${lane}`, displayUrl],
          [`Terminal ${lane}`, terminalUrl],
        ]),
        ['Console', ready.hub.consoleUrl],
      ],
    ),
    'Lanes of the demo begin with Robin signed on. Sign off, lock, or hand over to somebody else with F11:',
    '',
    textTable(
      ['Number', 'Who', 'May', 'PIN', 'Badge'],
      staff.map(({ id, name, roles, pin, badge }) => [id, name, roles, pin, badge]),
    ),
    'Try this:',
    '1. Sell on lane 1: scan 9522406000114 (or type it fast, then Enter), key in 0.842 × 4011 PLU for bananas, and take the exact cash.',
    `2. Cut its network cable: ${order('cut 1')}. It sells on, and its status line counts the sales that wait.`,
    `3. Pull its plug in mid-basket: ${order('kill 1')}, then ${order('start 1')}. The basket is there again.`,
    `4. Join the cable again: ${order('join 1')}. The console fills up with what was sold meanwhile.`,
    `5. Have it proven that the hub holds every sale exactly once: ${order('verify')}`,
    '',
    'Ctrl-C ends the demo and everything that it started; the data stays.',
    '',
  ].join('\n');
}

async function giveOrder(input: CommandInput, data: string, action: Action, part: string | undefined): Promise<number> {
  const answer = await orderDemo(data, { action, ...(part === undefined ? {} : { part }) });
  if (input.json) input.out(`${JSON.stringify(answer)}\n`);
  else if (action === 'link') input.out(`${(answer as { url: string }).url}\n`);
  else if (action === 'stop') input.out('The demo stops.\n');
  else input.out(statusText(answer as DemoStatus));
  if (action === 'stop') await awaitEnd(data);
  return EXIT.done;
}

function statusText({ ready, running, cables }: DemoStatus): string {
  const state = (part: string): string => (running[part] === true ? 'runs' : 'off');
  return textTable(
    ['Part', 'State', 'Cable', 'Data'],
    [
      ['Hub', state('hub'), '', ready.hub.data],
      ...ready.lanes.map(({ lane, data }) => [
        `Lane ${lane}`,
        state(String(lane)),
        cables.find((cable) => cable.lane === lane)?.state ?? '',
        data,
      ]),
    ],
  );
}

async function verifyDemo(input: CommandInput, data: string): Promise<number> {
  const { ready } = (await orderDemo(data, { action: 'status' })) as DemoStatus;
  const { url, consoleToken: token } = ready.hub;
  return verifyLedgers(input, { url, token, tills: ready.lanes.map((lane) => lane.data), checkpoints: [] });
}

/** How long a demo may take to stop all of its parts. */
const STOP_MS = 40_000;

async function awaitEnd(data: string): Promise<void> {
  const pid = (await readState(data))?.control?.pid;
  if (pid === undefined) return;
  const deadlineMs = performance.now() + STOP_MS;
  do {
    if (performance.now() > deadlineMs) throw new CommandFailed(`The demo (process ${pid}) still stops.`);
    await delay(50);
  } while (isAlive(pid));
}
