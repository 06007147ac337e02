/** `NeighbourStore` in memory: the peer that tests and the simulator run beside SQLite, under the same contract suite. */
import { assert } from '@holdfast/base';

import type { ChainedEntry, SignedHead } from '../replica/ledger.ts';
import type { EpochParent } from '../store.ts';
import { bytesToHex, sameBytes } from '../wire/bytes.ts';
import {
  NO_FOLDS,
  placeBatch,
  type ForgottenTo,
  type Line,
  type LineFolds,
  type Membership,
  type NeighbourStore,
  type Placement,
} from './neighbour-store.ts';
import type { KnownRevocations } from './trust.ts';

interface MemoryHead extends SignedHead {
  readonly countersignature: Uint8Array | null;
}

interface MemoryLine {
  readonly line: number;
  readonly parent: EpochParent | null;
  /** Those behind `beginSeq`. */
  readonly entries: ChainedEntry[];
  readonly heads: MemoryHead[];
  confirmedSeq: number;
  beginSeq: number;
  /** Up to here they may go. */
  forgottenSeq: number;
}

export function createMemoryNeighbourStore({ onEntry, onForgotten }: LineFolds = NO_FOLDS): NeighbourStore {
  let membership: Membership | null = null;
  let revocations: KnownRevocations = [];
  const certificates = new Map<string, string>();
  const lines: MemoryLine[] = [];
  const begins = new Map<string, SignedHead>();
  const epochName = ({ device, epoch }: Pick<SignedHead, 'device' | 'epoch'>): string => `${device} ${epoch}`;
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
  const hashAt = (line: number, seq: number): Uint8Array | null => {
    const { entries, beginSeq } = lineOf(line);
    return entries[seq - beginSeq - 1]?.hash ?? (seq > 0 && seq === beginSeq ? (entries[0]?.previousHash ?? null) : null);
  };
  const allow = (held: MemoryLine, seq: number): void => {
    held.forgottenSeq = Math.max(held.forgottenSeq, seq);
    held.confirmedSeq = Math.max(held.confirmedSeq, seq);
  };
  const forget = (device: string, { epoch, seq, hash }: ForgottenTo): void => {
    for (const held of lines) {
      const { head } = toLine(held);
      const at = hashAt(held.line, seq);
      if (head.device !== device || head.epoch !== epoch || head.seq <= seq || at === null || !sameBytes(at, hash)) continue;
      allow(held, seq);
    }
  };
  const toLine = (held: MemoryLine): Line => {
    const { countersignature: _own, ...head } = headOf(held);
    return {
      line: held.line,
      head,
      parent: held.parent,
      confirmedSeq: held.confirmedSeq,
      beginSeq: held.beginSeq,
      forgottenSeq: held.forgottenSeq,
    };
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
    take: (batch, countersignature, begin) => {
      const candidates = lines
        .filter((held) => headOf(held).device === batch.device && headOf(held).epoch === batch.epoch)
        .map((held) => ({
          line: held.line,
          headSeq: headOf(held).seq,
          beginSeq: held.beginSeq,
          hashAt: (seq: number) => hashAt(held.line, seq),
        }));
      const placed = placeBatch(candidates, batch, begin ?? null);
      if (placed.type === 'gap') return placed;
      if (placed.type === 'append' && placed.entries.length === 0) return { type: 'taken', line: placed.line, entries: [] };
      const into = placed.type === 'append' ? lineOf(placed.line) : openLine(placed, batch.parent);
      into.entries.push(...placed.entries);
      into.heads.push({ ...batch.head, countersignature });
      for (const entry of placed.entries) {
        const forgotten = onEntry(entry, into.line);
        if (forgotten !== undefined) forget(batch.device, forgotten);
      }
      return { type: 'taken', line: into.line, entries: placed.entries };
    },
    run: (line, afterSeq, maxEntries, maxBytes) => {
      const { entries, heads, parent, beginSeq } = lineOf(line);
      if (afterSeq < beginSeq) return null;
      const later = heads.filter(({ seq }) => seq > afterSeq);
      const bytesTo = (seq: number): number =>
        entries.slice(afterSeq - beginSeq, seq - beginSeq).reduce((sum, { canonical }) => sum + canonical.length, 0);
      const end = later.findLast(({ seq }) => seq <= afterSeq + maxEntries && bytesTo(seq) <= maxBytes) ?? later[0];
      if (end === undefined) return null;
      const first = entries[afterSeq - beginSeq];
      assert(first !== undefined, 'a line is whole');
      const { countersignature: _own, ...head } = end;
      return {
        device: head.device,
        epoch: head.epoch,
        parent: afterSeq === 0 ? parent : null,
        firstSeq: afterSeq + 1,
        previousHash: first.previousHash,
        entries: entries.slice(afterSeq - beginSeq, end.seq - beginSeq),
        head,
      };
    },
    confirm: (line, seq) => {
      const held = lineOf(line);
      held.confirmedSeq = Math.min(Math.max(held.confirmedSeq, seq), headOf(held).seq);
    },
    letGo: (line, seq) => {
      const held = lineOf(line);
      allow(held, Math.min(seq, headOf(held).seq) - 1);
    },
    begins: () => [...begins.values()],
    keepBegin: (begin) => {
      if (begin.seq > (begins.get(epochName(begin))?.seq ?? 0)) begins.set(epochName(begin), begin);
    },
    doubt: () => {
      for (const held of lines) held.confirmedSeq = held.forgottenSeq;
    },
    forgetNext: (maxEntries) => {
      const held = lines.find(({ beginSeq, forgottenSeq }) => beginSeq < forgottenSeq);
      if (held === undefined) return false;
      const to = Math.min(held.forgottenSeq, held.beginSeq + maxEntries);
      for (const entry of held.entries.splice(0, to - held.beginSeq)) onForgotten(entry, held.line);
      held.heads.splice(0, held.heads.filter(({ seq }) => seq <= to).length);
      held.beginSeq = to;
      return true;
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

  function openLine({ line, keep, begin }: Extract<Placement, { type: 'fork' }>, parent: EpochParent | null): MemoryLine {
    const from = line === null ? null : lineOf(line);
    const opened: MemoryLine = {
      line: lines.length + 1,
      parent: from?.parent ?? parent,
      entries: from?.entries.slice(0, keep - from.beginSeq) ?? [],
      heads: from?.heads.filter(({ seq }) => seq <= keep) ?? [],
      confirmedSeq: begin?.seq ?? Math.min(from?.confirmedSeq ?? 0, keep),
      beginSeq: begin?.seq ?? from?.beginSeq ?? 0,
      forgottenSeq: begin?.seq ?? Math.min(from?.forgottenSeq ?? 0, keep),
    };
    lines.push(opened);
    return opened;
  }
}
