/**
 * Scans that are one pack: a scanner that reads a symbol twice as the hand passes, and a pack with a linear and a 2D symbol that are both
 * read. What a person does on purpose counts: the same symbol again after the guard time, another pack with its own serial number or its
 * own weight.
 */
export interface ScanSighting {
  /** As the scanner sent it. */
  readonly text: string;
  /** The first key of the code. */
  readonly key: string;
  /** It came with more than the number: an element string or a Digital Link. */
  readonly isLabelled: boolean;
  /** By a clock that does not jump. */
  readonly atMs: number;
}

export interface ScanGuardPolicy {
  /** The same symbol so soon is one reading. */
  readonly guardMs: number;
  /** A plain and a labelled symbol of one GTIN so soon are one pack. */
  readonly onePackMs: number;
}

/** A hand needs 300 ms and more to pass a second pack; GS1's "two symbols on one pack" asks for a second. */
const SCAN_GUARD_DEFAULTS: ScanGuardPolicy = { guardMs: 250, onePackMs: 1_000 };

export type Repeated = 'doubleRead' | 'secondSymbol';

export interface GuardedScan {
  /** Undefined: it counts. */
  readonly repeat?: Repeated;
  /** What the next scan is compared with. */
  readonly last: ScanSighting;
}

/** Whether `scan` is the pack that was `last`. */
export function guardScan(last: ScanSighting | undefined, scan: ScanSighting, policy = SCAN_GUARD_DEFAULTS): GuardedScan {
  if (last === undefined || scan.atMs < last.atMs) return { last: scan };
  const sinceMs = scan.atMs - last.atMs;
  // A symbol that stays under the beam is read again and again: each reading begins the guard time anew.
  if (scan.text === last.text) return sinceMs < policy.guardMs ? { repeat: 'doubleRead', last: scan } : { last: scan };
  const isOnePack = scan.key !== '' && scan.key === last.key && scan.isLabelled !== last.isLabelled;
  return isOnePack && sinceMs < policy.onePackMs ? { repeat: 'secondSymbol', last } : { last: scan };
}
