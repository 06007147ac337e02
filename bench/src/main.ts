/**
 * `pnpm bench [NAME…] [--quick] [--json]`: figures, each beside the floor measured in the same run, and whether the targets
 * hold. Exit code 0 when it measured (targets that do not hold are said, not punished: machines differ), 1 when it could not, 2 for wrong use.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

import { closeLanes } from './lane.ts';
import { lessOf, QUICK_LIMIT_S, tookOf, type BenchName } from './plan.ts';
import { renderReport, type Bench } from './report.ts';

const BENCHES: Readonly<Record<BenchName, () => Promise<Bench>>> = {
  'scan-to-line': async () => (await import('./scan-to-line.ts')).scanToLine,
  'till-scan': async () => (await import('./till-scan.ts')).tillScan,
  'scan-event': async () => (await import('./scan-event.ts')).scanEvent,
  decode: async () => (await import('./decode.ts')).decode,
  receipt: async () => (await import('./receipt.ts')).receipt,
  'sale-commit': async () => (await import('./sale-commit.ts')).saleCommit,
  'cold-start': async () => (await import('./cold-start.ts')).coldStart,
  import: async () => (await import('./import.ts')).importCatalog,
  'price-basket': async () => (await import('./price-basket.ts')).priceBasket,
  'promotions-worst-case': async () => (await import('./promotions-worst-case.ts')).promotionsWorstCase,
  'sync-ingest': async () => (await import('./sync/sync-ingest.ts')).syncIngest,
  'sync-herd': async () => (await import('./sync/sync-herd.ts')).syncHerd,
  'sync-bytes': async () => (await import('./sync/sync-bytes.ts')).syncBytes,
  'sync-apply': async () => (await import('./sync/sync-apply.ts')).syncApply,
  'sync-lan': async () => (await import('./sync/sync-lan.ts')).syncLan,
  'sync-peers': async () => (await import('./sync/sync-peers.ts')).syncPeers,
  'sync-snapshot': async () => (await import('./sync/sync-snapshot.ts')).syncSnapshot,
  'hub-api': async () => (await import('./hub/hub-api.ts')).hubApi,
  'hub-search': async () => (await import('./hub/hub-search.ts')).hubSearch,
  'hub-overview': async () => (await import('./hub/hub-overview.ts')).hubOverview,
  'price-to-lane': async () => (await import('./price-to-lane.ts')).priceToLane,
  memory: async () => (await import('./memory.ts')).memory,
};

const isKnown = (name: string): name is BenchName => Object.hasOwn(BENCHES, name);

const HELP = `pnpm bench [NAME…] [--quick] [--json]

  NAME     one or more of: ${Object.keys(BENCHES).join(', ')} (all, if none is given)
  --quick  smaller counts, told beside the full ones: each ends within a minute, or says that it did not (withinAMinute)
  --json   one line of JSON per benchmark on stdout
`;

function wrongUse(message: string): number {
  process.stderr.write(`${message}\n\n${HELP}`);
  return 2;
}

async function main(): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return wrongUse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !isKnown(name));
  if (unknown.length > 0) return wrongUse(`There is no benchmark ${unknown.join(', ')}.`);
  const names = (positionals.length > 0 ? positionals : Object.keys(BENCHES)).filter(isKnown);
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  if (!values.json)
    process.stdout.write(
      `${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, Node ${machine.node}, ${new Date().toISOString()}\n\n`,
    );
  let failed = false;
  for (const name of names) {
    const startMs = performance.now();
    const elapsedS = (): number => (performance.now() - startMs) / 1_000;
    try {
      const bench = await BENCHES[name]();
      const report = await bench({
        quick: values.quick,
        say: (text) => process.stderr.write(`${name}, ${elapsedS().toFixed(0)} s: ${text}\n`),
      });
      const [less, took] = [lessOf(name, values.quick), tookOf(elapsedS(), values.quick)];
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ ...report, quick: values.quick, less, ...took, machine, at: new Date().toISOString() })}\n`
          : `${renderReport(report, less)}\n`,
      );
      if (took.withinAMinute === false)
        process.stderr.write(
          `${name}: took ${took.tookS} s; --quick is to end within ${QUICK_LIMIT_S} s on a machine that does nothing else\n`,
        );
    } catch (error) {
      failed = true;
      process.stderr.write(`${name}: could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }
  await closeLanes();
  return failed ? 1 : 0;
}

process.exitCode = await main();
