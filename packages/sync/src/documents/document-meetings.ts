/**
 * When a device meets other replicas of its store's working documents: with a sibling whose greeting, and with the hub whose answer, says that it holds something else; and with all of them soon after something was written here. One meeting is under way at a time. A
 * meeting that left the two apart (a piece that one of them does not believe) is tried again only once either has changed, or after a while.
 */
import { InvariantError, type Clock, type Logger, type Timers } from '@holdfast/base';

import type { AskDocuments, DocumentExchange } from './document-exchange.ts';

export interface DocumentMeetingPorts {
  readonly exchange: DocumentExchange;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Pieces of others were taken, and committed. */
  readonly onTaken: () => void;
}

/** Whom to meet; `hubKey`: the hub, whose signature vouches for what it gives. */
export interface DocumentPeer {
  readonly name: string;
  readonly ask: AskDocuments;
  readonly hubKey?: Uint8Array;
}

export interface DocumentMeetings {
  /** The peer is there, and its documents' digest is `digest`. */
  heard(peer: DocumentPeer, digest: string): void;
  /** Something was written here (and committed). */
  wrote(): void;
  stop(): Promise<void>;
}

/** What is typed goes together. */
const SOON_MS = 300;
const APART_MS = 60_000;

interface Known {
  readonly peer: DocumentPeer;
  /** What it last said, and what was held here when a meeting left the two apart. */
  readonly digest: string;
  readonly apart: { readonly theirs: string; readonly own: string; readonly atMs: number } | null;
}

export function createDocumentMeetings({ exchange, clock, timers, logger, onTaken }: DocumentMeetingPorts): DocumentMeetings {
  const known = new Map<string, Known>();
  const wanted = new Set<string>();
  let running: Promise<void> | null = null;
  let isStopped = false;
  let cancelSoon = (): void => {};

  const isSettled = ({ digest, apart }: Known, own: string): boolean =>
    digest === own || (apart !== null && apart.theirs === digest && apart.own === own && clock.monotonicMs() - apart.atMs < APART_MS);

  async function meet(name: string): Promise<void> {
    const before = known.get(name);
    if (before === undefined || isSettled(before, await exchange.digest())) return;
    const { peer, digest } = before;
    const met = await exchange.meet(peer.ask, peer.hubKey);
    const own = await exchange.digest();
    const told = known.get(name)?.digest ?? digest;
    if (!met.ok) {
      // Who cannot be reached is heard of again; who refuses is asked again after a while.
      known.set(name, { peer, digest: told, apart: { theirs: told, own, atMs: clock.monotonicMs() } });
      return;
    }
    const { taken, isLevel } = met.value;
    known.set(
      name,
      isLevel ? { peer, digest: own, apart: null } : { peer, digest: told, apart: { theirs: told, own, atMs: clock.monotonicMs() } },
    );
    if (taken > 0) onTaken();
    // What one peer gave, the others may lack.
    if (taken > 0) for (const other of known.keys()) if (other !== name) wanted.add(other);
  }

  /** One after the other, until nobody is left. */
  async function work(): Promise<void> {
    const [name] = wanted;
    if (name === undefined || isStopped) return;
    wanted.delete(name);
    try {
      await meet(name);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      logger.error('working documents were not exchanged', { peer: name, error });
    }
    await work();
  }

  function run(): void {
    if (running !== null || isStopped) return;
    running = work()
      .catch((error: unknown) => logger.error('working documents are not exchanged any more', { error }))
      .finally(() => {
        running = null;
        if (wanted.size > 0) run();
      });
  }

  return {
    heard: (peer, digest) => {
      known.set(peer.name, { peer, digest, apart: known.get(peer.name)?.apart ?? null });
      wanted.add(peer.name);
      run();
    },
    wrote: () => {
      cancelSoon();
      cancelSoon = timers.after(SOON_MS, () => {
        for (const name of known.keys()) wanted.add(name);
        run();
      });
    },
    stop: async () => {
      isStopped = true;
      cancelSoon();
      await running;
    },
  };
}
