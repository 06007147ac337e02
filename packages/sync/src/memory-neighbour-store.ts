/** `NeighbourStore` in memory: the peer that tests and the simulator run beside SQLite, under the same contract suite. */
import { assert } from '@holdfast/base';

import { bytesToHex } from './bytes.ts';
import type { ChainedEntry, SignedHead } from './ledger.ts';
import { placeBatch, type Line, type Membership, type NeighbourStore, type OnSiblingEntry } from './neighbour-store.ts';
import type { EpochParent } from './store.ts';
import type { RevocationList } from './trust.ts';

interface MemoryHead extends SignedHead {
  readonly countersignature: Uint8Array | null;
}

interface MemoryLine {
  readonly line: number;
  readonly parent: EpochParent | null;
  readonly entries: ChainedEntry[];
  readonly heads: MemoryHead[];
  confirmedSeq: number;
}

export function createMemoryNeighbourStore(onEntry: OnSiblingEntry = () => {}): NeighbourStore {
  let membership: Membership | null = null;
  let revocations: RevocationList | null = null;
  const certificates = new Map<string, string>();
  const lines: MemoryLine[] = [];

  const lineOf = (line: number): MemoryLine => {
    const held = lines[line - 1];
    assert(held !== undefined, `line ${line} is held`);
    return held;
  };
  const headOf = ({ heads }: MemoryLine): MemoryHead => {
    const head = heads.at(-1);
    assert(head !== undefined, 'a line has a signed head');
    return head;
  };
  const hashAt = (line: number, seq: number): Uint8Array | null => lineOf(line).entries[seq - 1]?.hash ?? null;
  const toLine = (held: MemoryLine): Line => {
    const { countersignature: _own, ...head } = headOf(held);
    return { line: held.line, head, parent: held.parent, confirmedSeq: held.confirmedSeq };
  };

  return {
    membership: () => membership,
    setMembership: (next) => void (membership = next),
    revocations: () => revocations,
    setRevocations: (next) => void (revocations = next),
    certificates: () => new Map(certificates),
    keepCertificate: (device, certificate) => void certificates.set(device, certificate),
    lines: () => lines.map(toLine),
    hashAt,
    take: (batch, countersignature) => {
      const candidates = lines
        .filter((held) => headOf(held).device === batch.device && headOf(held).epoch === batch.epoch)
        .map(({ line, entries }) => ({ line, headSeq: entries.length, hashAt: (seq: number) => hashAt(line, seq) }));
      const placed = placeBatch(candidates, batch);
      if (placed.type === 'gap') return placed;
      if (placed.type === 'append' && placed.entries.length === 0) return { type: 'taken', line: placed.line, entries: [] };
      const into = placed.type === 'append' ? lineOf(placed.line) : openLine(placed, batch.parent);
      into.entries.push(...placed.entries);
      into.heads.push({ ...batch.head, countersignature });
      for (const entry of placed.entries) onEntry(entry, into.line);
      return { type: 'taken', line: into.line, entries: placed.entries };
    },
    run: (line, afterSeq, maxEntries, maxBytes) => {
      const { entries, heads, parent } = lineOf(line);
      const later = heads.filter(({ seq }) => seq > afterSeq);
      const bytesTo = (seq: number): number => entries.slice(afterSeq, seq).reduce((sum, { canonical }) => sum + canonical.length, 0);
      const end = later.findLast(({ seq }) => seq <= afterSeq + maxEntries && bytesTo(seq) <= maxBytes) ?? later[0];
      if (end === undefined) return null;
      const first = entries[afterSeq];
      assert(first !== undefined, 'a line is whole');
      const { countersignature: _own, ...head } = end;
      return {
        device: head.device,
        epoch: head.epoch,
        parent: afterSeq === 0 ? parent : null,
        firstSeq: afterSeq + 1,
        previousHash: first.previousHash,
        entries: entries.slice(afterSeq, end.seq),
        head,
      };
    },
    confirm: (line, seq) => {
      const held = lineOf(line);
      held.confirmedSeq = Math.min(Math.max(held.confirmedSeq, seq), held.entries.length);
    },
    doubt: () => {
      for (const held of lines) held.confirmedSeq = 0;
    },
    countersignatures: (device, witness) =>
      lines.flatMap(({ heads }) =>
        heads.flatMap(({ countersignature, ...head }) =>
          head.device === device && countersignature !== null
            ? [{ device, epoch: head.epoch, seq: head.seq, hash: bytesToHex(head.hash), witness, signature: bytesToHex(countersignature) }]
            : [],
        ),
      ),
  };

  function openLine({ line, keep }: { readonly line: number | null; readonly keep: number }, parent: EpochParent | null): MemoryLine {
    const from = line === null ? null : lineOf(line);
    const opened: MemoryLine = {
      line: lines.length + 1,
      parent: from?.parent ?? parent,
      entries: from?.entries.slice(0, keep) ?? [],
      heads: from?.heads.filter(({ seq }) => seq <= keep) ?? [],
      confirmedSeq: Math.min(from?.confirmedSeq ?? 0, keep),
    };
    lines.push(opened);
    return opened;
  }
}
