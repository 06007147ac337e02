/**
 * What Prometheus asks the hub for. Each replica answers for itself: requests, connections and batches are its own; what the database says (stores, ledgers, what waits for a person) is the
 * same from all of them, so rules and dashboards take the greatest, or of a silence the least.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Logger } from 'pino';
import { Gauge, Histogram, Registry } from 'prom-client';

import { takeReadings, type ReadingPorts, type Readings } from './readings.ts';

export interface Metrics {
  /** Measures a request until its answer is out. */
  observe(request: IncomingMessage, response: ServerResponse): void;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsPorts extends ReadingPorts {
  readonly logger: Logger;
  /** Batches that wait or are under way. */
  readonly batchesWaiting: () => number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const MS = 1_000;
/** What was not found or not let in has no part: whoever guesses paths makes no series. */
const APART: ReadonlySet<number> = new Set([401, 404, 429]);
/** It lasts as long as its reader. */
const ENDLESS = 'api/live';

export function partOf(path: string, status: number): string {
  const [, first, second] = /^\/(api|sync)\/v1\/([a-z-]{1,40})/.exec(path) ?? [];
  return first === undefined || APART.has(status) ? 'other' : `${first}/${second ?? ''}`;
}

export function createMetrics(ports: MetricsPorts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <Label extends string = never>(name: string, help: string, ...labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `holdfast_${name}`, help, labelNames: [...labelNames], registers });
  const requests = new Histogram({
    name: 'holdfast_http_request_seconds',
    help: 'How long requests took, by the part of the hub that they asked and the status of its answer',
    labelNames: ['part', 'status'] as const,
    buckets: [...SECONDS],
    registers,
  });
  const showReadings = readingGauges(gauge);
  const isUp = gauge('database_up', '1 where the database answered what these figures ask it');
  const connections = gauge('database_connections', 'Connections to the database: in use, idle, and requests that wait for one', 'state');
  const batches = gauge('ingest_batches_waiting', 'Batches of ledgers that wait or are under way');
  const memory = gauge('process_resident_bytes', 'Memory of the process');

  return {
    contentType: registry.contentType,
    observe: (request, response) => {
      const startedAt = performance.now();
      response.once('close', () => {
        const part = partOf(request.url ?? '', response.statusCode);
        if (part !== ENDLESS) requests.observe({ part, status: String(response.statusCode) }, (performance.now() - startedAt) / MS);
      });
    },
    text: async () => {
      batches.set(ports.batchesWaiting());
      memory.set(process.memoryUsage.rss());
      for (const [state, count] of Object.entries(ports.database.connections?.() ?? {})) connections.set({ state }, count);
      const readings = await takeReadings(ports).catch((error: unknown) => {
        ports.logger.error({ err: error }, 'the database did not answer what the figures ask it');
        return undefined;
      });
      isUp.set(readings === undefined ? 0 : 1);
      showReadings(readings);
      return registry.metrics();
    },
  };
}

type MakeGauge = <Label extends string = never>(name: string, help: string, ...labelNames: readonly Label[]) => Gauge<Label>;

/** Where nothing was read, nothing is said: what was true before may not be now. */
function readingGauges(gauge: MakeGauge): (readings: Readings | undefined) => void {
  const devices = gauge('store_devices', 'Devices of a store that were not revoked', 'store');
  const silence = gauge('store_silent_seconds', 'Since the device of a store that was silent longest was heard of', 'store');
  const waiting = gauge('store_waiting_entries', 'Entries that the devices of a store said they still have to send', 'store');
  const behind = gauge('store_publications_behind', 'Publications that the device of a store that is furthest behind has not got', 'store');
  const folded = gauge('ledger_entries_folded', 'The number of the last entry that counts');
  const runs = gauge('ledger_runs_unfolded', 'Runs of entries that were received and do not count yet');
  const oldest = gauge('ledger_oldest_unfolded_seconds', 'Since the oldest of them was received');
  const failed = gauge('ledger_runs_failed', 'Of them, those that failed when it was tried');
  const setAside = gauge('set_aside_entries', 'Entries that could not be applied, and wait for a person');
  const exceptions = gauge('open_exceptions', 'What went beyond an authority, and wait for a person');
  const conflicts = gauge('open_conflicts', 'Two values for one thing that wait for a person');
  const branches = gauge('ledger_branches', 'Second histories of devices');
  const mails = gauge('receipt_mails', 'Receipts by mail, by what became of them', 'state');
  const all = [devices, silence, waiting, behind, folded, runs, oldest, failed, setAside, exceptions, conflicts, branches, mails];
  return (readings) => {
    for (const each of all) each.reset();
    if (readings === undefined) {
      // A gauge without labels that was reset says 0.
      for (const each of [folded, runs, oldest, failed, setAside, exceptions, conflicts, branches]) each.set(Number.NaN);
      return;
    }
    for (const { store, ...of } of readings.stores) {
      devices.set({ store }, of.devices);
      silence.set({ store }, of.silentMs / MS);
      waiting.set({ store }, of.waitingEntries);
      behind.set({ store }, of.publicationsBehind);
    }
    folded.set(readings.foldedEntries);
    runs.set(readings.unfolded.runs);
    oldest.set(readings.unfolded.oldestMs / MS);
    failed.set(readings.unfolded.failed);
    setAside.set(readings.setAside);
    exceptions.set(readings.openExceptions);
    conflicts.set(readings.openConflicts);
    branches.set(readings.branches);
    for (const { state, count } of readings.mails) mails.set({ state }, count);
  };
}
