/**
 * What a lane's last words say about it. Ages are measured on the hub's clock alone: neither the lane's nor the reader's
 * decides whether a lane is in step.
 */
import type { Device, Store } from '../api.ts';
import { durationText } from '../duration.ts';
import { plural } from '../format.ts';

/** A lane in contact speaks to the hub at least this often, with room for one lost word. */
const IN_STEP_WITHIN_MS = 90_000;

const LANE_STATES = ['in-step', 'sending', 'cut-off', 'never'] as const;
export type LaneStateName = (typeof LANE_STATES)[number];

export interface LaneState {
  readonly state: LaneStateName;
  readonly text: string;
  /** Colour: nothing to do, look when you can, look now. */
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  /** Since the last contact; null before the first. */
  readonly ageMs: number | null;
}

const DAY_MS = 86_400_000;

export function laneState(device: Device, hubNowMs: number): LaneState {
  if (device.lastSeenMs === null) return { state: 'never', text: 'never seen', tone: 'quiet', ageMs: null };
  const ageMs = Math.max(0, hubNowMs - device.lastSeenMs);
  if (ageMs > IN_STEP_WITHIN_MS) {
    return { state: 'cut-off', text: `cut off ${durationText(ageMs)}`, tone: ageMs > DAY_MS ? 'bad' : 'warn', ageMs };
  }
  if (device.waitingEntries > 0) return { state: 'sending', text: 'sending', tone: 'good', ageMs };
  return { state: 'in-step', text: 'in step', tone: 'good', ageMs };
}

/** Why a lane's ledger is not proven complete, in words; empty where it is. Entries that only wait are no gap. */
export function laneDoubts(device: Device): readonly string[] {
  return [
    ...(device.chainWhole ? [] : ['gap in the chain']),
    ...(device.branches > 0 ? [plural(device.branches, 'branch', 'branches')] : []),
    ...(device.setAside > 0 ? [`${plural(device.setAside, 'entry', 'entries')} set aside`] : []),
  ];
}

export interface StoreSummary {
  readonly lanes: number;
  readonly inStep: number;
  readonly cutOff: number;
  readonly complete: number;
  readonly waitingSales: number;
  /** Of the lanes that are in contact. */
  readonly sendingEntries: number;
  /** Of the lane that has been silent for longest; null without any lane that was ever seen. */
  readonly longestAgeMs: number | null;
}

/** Of one store, or of several together. */
export function summarise(stores: readonly Store[], hubNowMs: number): StoreSummary {
  const devices = stores.flatMap((store) => store.devices);
  const states = devices.map((device) => laneState(device, hubNowMs));
  const ages = states.map((state) => state.ageMs).filter((age) => age !== null);
  return {
    lanes: devices.length,
    inStep: states.filter((state) => state.state === 'in-step' || state.state === 'sending').length,
    cutOff: states.filter((state) => state.state === 'cut-off').length,
    complete: devices.filter((device) => laneDoubts(device).length === 0).length,
    waitingSales: devices.reduce((sum, device) => sum + device.waitingSales, 0),
    sendingEntries: devices.reduce((sum, device, index) => sum + (states[index]?.state === 'sending' ? device.waitingEntries : 0), 0),
    longestAgeMs: ages.length === 0 ? null : Math.max(...ages),
  };
}

/** The filters `in-step`, `cut-off`, `never` and `explain` (a lane whose ledger is not proven complete). */
export function matchesState(device: Device, filter: string | undefined, hubNowMs: number): boolean {
  if (filter === undefined) return true;
  if (filter === 'explain') return laneDoubts(device).length > 0;
  const { state } = laneState(device, hubNowMs);
  return filter === 'in-step' ? state === 'in-step' || state === 'sending' : state === filter;
}
