/**
 * Brings what pictures the cells name, behind everything else (SPEC: D-18): one at a time, each only while nothing else is on its way or waits and nobody sells. A picture is so small that
 * whatever becomes urgent meanwhile waits for no more than two chunks. Nothing depends on a picture: what names one stands without it.
 */
import type { Hash, Logger, Timers } from '@holdfast/base';

import { bytesToHex } from '../wire/bytes.ts';
import { MAX_PICTURE_BYTES } from '../wire/protocol.ts';

/** Where pictures are kept, by their names. Throws what a disk throws. */
export interface PictureShelf {
  held(): ReadonlySet<string>;
  keep(name: string, bytes: Uint8Array): void;
  drop(name: string): void;
}

/** `later`: whoever could give it cannot yet. `gone`: nobody has it. */
export type AskedPicture = Uint8Array | 'later' | 'gone';

export interface PictureCarrierPorts {
  /** Names, the most wanted first; at most `mostPictures` of them are brought. */
  readonly wanted: () => readonly string[];
  readonly shelf: PictureShelf;
  /** `tries`: how often it was asked for before, and came later. */
  readonly ask: (name: string, tries: number) => Promise<AskedPicture>;
  readonly isIdle: () => boolean;
  readonly hash: Hash;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Default `MOST_PICTURES`. */
  readonly mostPictures?: number;
}

export interface PictureCarrier {
  /** Other pictures may be wanted now. */
  changed(): void;
  stop(): Promise<void>;
}

/** 64 MiB of the largest ones. */
const MOST_PICTURES = 8_000;
/** So often whoever is asked in the hub's place may say `later`. */
export const SIBLING_TRIES = 5;
const LOOK_MS = 500;
const LATER_MS = 1_000;
/** After a disk that takes nothing. */
const FAILED_MS = 60_000;
/** What nobody had, or what a disk has lost, is looked for again. */
const LOOK_THROUGH_MS = 10 * 60_000;

export function createPictureCarrier(ports: PictureCarrierPorts): PictureCarrier {
  const { shelf, timers, logger } = ports;
  const most = ports.mostPictures ?? MOST_PICTURES;
  let wanted: ReadonlySet<string> = new Set();
  let queue: { readonly name: string; readonly tries: number }[] = [];
  let isStale = true;
  let isStopped = false;
  let isUnderWay = false;
  let lastStep = Promise.resolve();
  let cancel = (): void => {};
  let cancelLookThrough = (): void => {};

  const lookIn = (ms: number): void => {
    cancel();
    if (!isStopped) cancel = timers.after(ms, look);
  };

  function lookThrough(): void {
    isStale = false;
    wanted = new Set(ports.wanted().slice(0, most));
    const held = shelf.held();
    queue = [...wanted].filter((name) => !held.has(name)).map((name) => ({ name, tries: 0 }));
    const surplus = held.size + queue.length - most;
    for (const name of [...held].filter((each) => !wanted.has(each)).slice(0, Math.max(0, surplus))) shelf.drop(name);
    cancelLookThrough();
    cancelLookThrough = timers.after(LOOK_THROUGH_MS, changed);
  }

  async function bring(): Promise<number | null> {
    const next = queue.shift();
    if (next === undefined) return null;
    const { name, tries } = next;
    const asked = await ports.ask(name, tries);
    if (isStopped) return null;
    if (asked === 'later') {
      queue.push({ name, tries: tries + 1 });
      return LATER_MS;
    }
    if (asked === 'gone') return 0;
    if (asked.length <= MAX_PICTURE_BYTES && bytesToHex(ports.hash.sha256(asked)) === name) shelf.keep(name, asked);
    else {
      logger.warn('a picture is not what its name says: it is not kept', { picture: name });
      // A sibling may be wrong where the hub is not.
      if (tries < SIBLING_TRIES) queue.push({ name, tries: SIBLING_TRIES });
    }
    return 0;
  }

  async function step(): Promise<void> {
    let restMs: number | null;
    try {
      if (isStale) lookThrough();
      restMs = await bring();
    } catch (error) {
      logger.warn('a picture could not be kept', { error });
      isStale = true;
      restMs = FAILED_MS;
    }
    isUnderWay = false;
    if (restMs !== null || isStale) lookIn(restMs ?? 0);
  }

  function look(): void {
    if (isStopped || isUnderWay) return;
    if (!ports.isIdle()) return lookIn(LOOK_MS);
    isUnderWay = true;
    lastStep = step();
    return undefined;
  }

  function changed(): void {
    isStale = true;
    if (!isUnderWay) lookIn(LOOK_MS);
  }
  changed();
  return {
    changed,
    stop: async () => {
      isStopped = true;
      cancel();
      cancelLookThrough();
      await lastStep;
    },
  };
}
