/** A first catalogue that is carried by hand (SPEC: D-17): a folder as lanes keep what came down, checked whole before any of it is taken. */
import { existsSync } from 'node:fs';

import { assert, err, ok, type Hash, type Result } from '@holdfast/base';

import type { Manifest } from '../wire/protocol.ts';
import { createDownCache, manifestsIn } from './down-cache.ts';

export { createDownCache };

export interface CopiedSnapshot {
  /** The publication to which it leads. */
  readonly lsn: number;
  readonly segments: number;
  readonly bytes: number;
}

export type StickError =
  | { readonly type: 'nothingThere' }
  /** A segment that a manifest names is not there, or is damaged. */
  | { readonly type: 'incomplete'; readonly hash: string };

/** Of all that is named and does not ride along. */
export const segmentsOf = ({ segments }: Manifest): readonly string[] =>
  segments.flatMap(({ hash, frame }) => (frame === undefined ? [hash] : []));

export function copySnapshot(from: string, to: string, { hash }: { readonly hash: Hash }): Result<CopiedSnapshot, StickError> {
  const manifests = existsSync(from) ? manifestsIn(from).filter((manifest) => manifest.from.lsn === 0) : [];
  const newest = manifests.toSorted((left, right) => right.to.lsn - left.to.lsn)[0];
  if (newest === undefined) return err({ type: 'nothingThere' });
  const stick = createDownCache({ folder: from, hash });
  const names = segmentsOf(newest);
  const missing = names.find((name) => stick.frame(name) === null);
  if (missing !== undefined) return err({ type: 'incomplete', hash: missing });
  const lane = createDownCache({ folder: to, hash });
  let bytes = 0;
  for (const name of names) {
    const frame = stick.frame(name);
    assert(frame !== null, 'what was there a moment ago');
    lane.keepFrame(name, frame);
    bytes += frame.length;
  }
  lane.keepManifest(newest);
  return ok({ lsn: newest.to.lsn, segments: names.length, bytes });
}
