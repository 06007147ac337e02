/** Goods that are called back: all of a GTIN, one of its batches, or one serial number. A recall goes to lanes before whatever else is on its way to them. */
import { ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES, gtinKey, isGtin, recallKeys } from '@holdfast/domain';
import { z } from 'zod';

import { isScope, type EntityRow } from '../catalog/changes.ts';
import { cellsOf, findColumns, type Cells, type FieldWords } from './columns.ts';
import { createEntityCollection, type Importer } from './importer.ts';
import { columnsQuestion, QUESTION } from './question.ts';
import { findUnfitText, refuse, type Refusal } from './refusal.ts';

const RECALL_WORDS = {
  gtin: ['gtin', 'ean', 'ean13', 'upc', 'barcode', 'gtin13', 'gtin14'],
  batch: ['batch', 'lot', 'batchno', 'lotno', 'batchnumber', 'lotnumber', 'charge'],
  serial: ['serial', 'serialno', 'serialnumber'],
  reason: ['reason', 'why', 'text'],
  withdrawn: ['withdrawn', 'lifted'],
  scope: ['scope'],
} as const satisfies FieldWords<string>;
type RecallField = keyof typeof RECALL_WORDS;

const recallsQuestion = z.object({ scope: QUESTION.scope, source: QUESTION.source, columns: columnsQuestion(RECALL_WORDS) });

export const recallsImporter: Importer<z.output<typeof recallsQuestion>> = {
  question: recallsQuestion,
  prepare: async (_ports, { scope, columns }) =>
    ok((header) => {
      const found = findColumns(header, RECALL_WORDS, columns, [['gtin']]);
      if (!found.ok) return found;
      return ok(createEntityCollection((row) => readRecallRow(cellsOf(found.value, row), row, scope), { isUrgent: true }));
    }),
};

/** GS1 General Specifications, figure 7.11-1: what batches (10) and serial numbers (21) are written in. */
const BATCH_OR_SERIAL = /^[!-"%-?A-Z_a-z]{1,20}$/;
const MAX_REASON_CHARS = 80;

function readRecallRow(cell: Cells<RecallField>, row: readonly string[], fileScope: string): Result<EntityRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return { ok: false, error: unfit };
  const gtin = cell('gtin').replaceAll(/[\s-]/g, '');
  const [batch, serial, reason, withdrawn] = [cell('batch'), cell('serial'), cell('reason'), cell('withdrawn')];
  const scope = cell('scope') || fileScope;
  if (!/^(?:\d{8}|\d{12,14})$/.test(gtin)) return refuse('badGtin', cell('gtin'));
  if (!isGtin(gtin)) return refuse('badCheckDigit', gtin);
  if (batch !== '' && serial !== '') return refuse('batchOrSerial', `${batch} ${serial}`);
  if (batch !== '' && !BATCH_OR_SERIAL.test(batch)) return refuse('badBatch', batch);
  if (serial !== '' && !BATCH_OR_SERIAL.test(serial)) return refuse('badSerial', serial);
  if (reason.length > MAX_REASON_CHARS) return refuse('tooLong', reason);
  if (!['', 'yes', 'no'].includes(withdrawn)) return refuse('badYesOrNo', withdrawn);
  if (!isScope(scope)) return refuse('badScope', scope);
  const keys = recallKeys(gtinKey(gtin), { ...(batch !== '' && { batch }), ...(serial !== '' && { serial }) });
  const entity = { t: ENTITY_TYPES.recall.type, k: keys.at(-1) ?? '', s: scope };
  if (withdrawn === 'yes') return ok({ ...entity, f: {}, r: true });
  const [{ number }] = ENTITY_TYPES.recall.columns;
  return ok({ ...entity, f: { [number]: reason } });
}
