/**
 * What the command line said once and the data folder remembers: where the hub is, an enrolment code that is still to be used, the network of the
 * store, and what stands on the lane.
 */
import type { Logger } from '@holdfast/base';
import type { DeviceEntry } from '@holdfast/hardware';

import type { Connection } from './database/connection.ts';

export interface LaneMemory {
  hubUrl(): string | undefined;
  enrolmentCode(): string | undefined;
  remember(said: { readonly hubUrl?: string; readonly enrolmentCode?: string }): void;
  forgetEnrolmentCode(): void;
  /** Where siblings ask; null: nowhere. `HOST:PORT` of those that are configured. */
  lan(): { readonly port: number | null; readonly neighbours: readonly string[] };
  rememberLan(said: { readonly port?: number; readonly neighbours?: readonly string[] }): void;
  devices(): readonly DeviceEntry[];
  rememberDevices(devices: readonly DeviceEntry[]): void;
}

/** A list that is no list any more is empty: the command line says it again, or a person. `logger` hears of it. */
export function createLaneMemory(db: Connection, logger?: Logger): LaneMemory {
  const read = db.prepare<[], { hub_url: string | null; enrolment_code: string | null }>(
    'SELECT hub_url, enrolment_code FROM lane WHERE id = 1',
  );
  const write = db.prepare('UPDATE lane SET hub_url = coalesce(?, hub_url), enrolment_code = coalesce(?, enrolment_code) WHERE id = 1');
  const forget = db.prepare('UPDATE lane SET enrolment_code = NULL WHERE id = 1 AND enrolment_code IS NOT NULL');
  const readLan = db.prepare<[], { lan_port: number | null; neighbours: string }>('SELECT lan_port, neighbours FROM lane WHERE id = 1');
  const writeLan = db.prepare('UPDATE lane SET lan_port = coalesce(?, lan_port), neighbours = coalesce(?, neighbours) WHERE id = 1');
  const readDevices = db.prepare<[], string>('SELECT devices FROM lane WHERE id = 1').pluck();
  const writeDevices = db.prepare('UPDATE lane SET devices = ? WHERE id = 1');
  const listOf = (of: 'neighbours' | 'devices', text: string): readonly unknown[] => {
    const list = parsed(text);
    if (Array.isArray(list)) return list;
    logger?.error(`what the database remembers of the lane's ${of} is other words than were written: it goes on without them`, { text });
    return [];
  };
  return {
    hubUrl: () => read.get()?.hub_url ?? undefined,
    enrolmentCode: () => read.get()?.enrolment_code ?? undefined,
    remember(said) {
      if (said.hubUrl !== undefined || said.enrolmentCode !== undefined) write.run(said.hubUrl ?? null, said.enrolmentCode ?? null);
    },
    forgetEnrolmentCode: () => void forget.run(),
    lan: () => {
      const row = readLan.get();
      return { port: row?.lan_port ?? null, neighbours: listOf('neighbours', row?.neighbours ?? '[]') as readonly string[] };
    },
    rememberLan({ port, neighbours }) {
      if (port === undefined && neighbours === undefined) return;
      writeLan.run(port ?? null, neighbours === undefined ? null : JSON.stringify(neighbours));
    },
    devices: () => listOf('devices', readDevices.get() ?? '[]') as readonly DeviceEntry[],
    rememberDevices: (devices) => void writeDevices.run(JSON.stringify(devices)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
