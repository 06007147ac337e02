/** A lane in training: it sells as ever, in a series of its own, and none of it counts. */
import { headerFields } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';

export const TRAINING_ACTS = ['begin', 'end'] as const;
export type TrainingAct = (typeof TRAINING_ACTS)[number];

export const trainingEntry = (
  header: LedgerHeader,
  { act, approvedBy }: { readonly act: TrainingAct; readonly approvedBy?: string },
): LedgerEntry => ({
  kind: LEDGER_KINDS.training.kind,
  fields: { ...headerFields(header), act, ...(approvedBy !== undefined && { approvedBy }) },
});
