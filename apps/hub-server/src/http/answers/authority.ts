/** What a person looks at, as it is answered: exceptions, conflicts, movements that no count has surely in it. */
import { UNITS } from '@holdfast/domain';
import { z } from 'zod';

import { CONFLICT_ANSWERS } from '../../authority/conflicts.ts';
import { SIDES } from '../../stock/unclear.ts';
import { atMs, entryPlace, namedFields } from './parts.ts';

export const EXCEPTIONS = z.object({
  exceptions: z.array(
    entryPlace.extend({
      entryNo: z.int(),
      /** Of an entry's exceptions, from 1. */
      number: z.int(),
      store: z.string(),
      lane: z.int(),
      kind: z.int(),
      action: z.string(),
      because: z.enum(['operator', 'approver', 'unknown']),
      operator: z.string(),
      approver: z.string().nullable(),
      /** Of the action: an amount, a share or a count, as its limit is. */
      amount: z.number().nullable(),
      line: z.int().nullable(),
      wasAllowed: z.boolean(),
      isAllowedToday: z.boolean(),
      atMs,
      clearedBy: z.string().nullable(),
      clearedAtMs: atMs.nullable(),
      note: z.string().nullable(),
    }),
  ),
});

export const CONFLICTS = z.object({
  conflicts: z.array(
    z.object({
      conflictNo: z.int(),
      store: z.string(),
      entity: z.string(),
      key: z.string(),
      rule: z.string(),
      ours: z.object({ values: namedFields, by: z.string(), device: z.string(), atMs, reason: z.string() }),
      theirs: z.object({ values: namedFields, scope: z.string(), lsn: z.int(), source: z.string(), atMs }).nullable(),
      raisedAtMs: atMs,
      answer: z.enum(CONFLICT_ANSWERS).nullable(),
      answeredBy: z.string().nullable(),
      answeredAtMs: atMs.nullable(),
    }),
  ),
});

export const STOCK_QUESTIONS = z.object({
  questions: z.array(
    z.object({
      countNo: z.int(),
      entryNo: z.int(),
      store: z.string(),
      sku: z.string(),
      unit: z.enum(UNITS),
      moved: z.int(),
      counted: z.int(),
      countedAtMs: atMs,
      device: z.string(),
      lane: z.int(),
      epoch: z.string(),
      seq: z.int(),
      kind: z.int(),
      receiptNumber: z.string().nullable(),
      /** Null: its device's clock says nothing that can be relied on. */
      atMs: atMs.nullable(),
      receivedAtMs: atMs,
      decision: z.enum(SIDES).nullable(),
      decidedBy: z.string().nullable(),
      decidedAtMs: atMs.nullable(),
    }),
  ),
});
