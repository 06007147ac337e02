/** Goods: items, their codes and their prices. */
import { err, ok } from '@holdfast/base';
import { type Attribute, ENTITY_TYPES } from '@holdfast/domain';
import { z } from 'zod';

import { readAttributes } from '../goods/attributes.ts';
import { readParents } from '../goods/filing.ts';
import { findAttributeColumns } from './attribute-columns.ts';
import { createCatalogCollection } from './catalog-collection.ts';
import { CATALOG_WORDS } from './catalog-row.ts';
import { findColumns } from './columns.ts';
import { COST_NOT_SEEN } from './cost.ts';
import type { Importer, ImportPorts } from './importer.ts';
import { columnsQuestion, importCurrencyOf, QUESTION } from './question.ts';

const flag = z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1' || text === '');

const question = z.object({
  ...QUESTION,
  columns: columnsQuestion(CATALOG_WORDS),
  taxClass: z.string().trim().min(1).max(64).default('standard'),
  syntheticPrices: flag.default(false),
});

/** One of them says which goods a row means. */
const CODES = ['gtin', 'sku', 'plu'] as const;

export const catalogImporter: Importer<z.output<typeof question>> = {
  question,
  prepare: async (ports, asked) => {
    const knownTaxClasses = await taxClassesOf(ports);
    if (!knownTaxClasses.has(asked.taxClass)) {
      const reason = `there is no tax class "${asked.taxClass}"; there are ${[...knownTaxClasses].join(', ')}`;
      return err({ type: 'unknownTaxClass', reason });
    }
    const currency = await importCurrencyOf(ports, asked.currency);
    const at = { database: ports.database, tenantNo: ports.identity.tenantNo };
    const attributes = new Map((await readAttributes(at)).map((attribute): [string, Attribute] => [attribute.code, attribute]));
    const parents = await readParents(at);
    return ok((header) => {
      const attributeColumns = findAttributeColumns(header, attributes);
      if (!attributeColumns.ok) return attributeColumns;
      const columns = findColumns(header, CATALOG_WORDS, asked.columns, [CODES]);
      if (columns.ok && columns.value.has('cost') && !ports.maySeeCost(asked.scope)) return COST_NOT_SEEN;
      return columns.ok
        ? ok(
            createCatalogCollection(columns.value, {
              ...asked,
              currency,
              knownTaxClasses,
              attributeColumns: attributeColumns.value,
              parents,
            }),
          )
        : columns;
    });
  },
};

async function taxClassesOf({ database, identity }: ImportPorts): Promise<ReadonlySet<string>> {
  const rows = await database.rows<{ key: string }>('SELECT DISTINCT key FROM entity WHERE tenant_no = $1 AND type = $2 AND alive', [
    identity.tenantNo,
    ENTITY_TYPES.tax.type,
  ]);
  return new Set(rows.map((row) => row.key));
}
