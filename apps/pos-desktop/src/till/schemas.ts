/** What this lane writes and reads, as data for sync. */
import { LEDGER_KINDS } from '@holdfast/domain';
import { createSchemas } from '@holdfast/sync';

export const LEDGER_SCHEMAS = createSchemas(Object.values(LEDGER_KINDS));
