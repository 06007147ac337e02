/** Everything that can be imported, by the name that the command and the path say. */
import { catalogImporter } from './catalog.ts';
import type { Importer } from './importer.ts';
import { customersImporter, staffImporter } from './people.ts';
import { pricesImporter } from './prices.ts';
import { couponsImporter, promotionsImporter } from './promotions.ts';
import { recallsImporter } from './recalls.ts';
import { taxImporter } from './tax.ts';

/** An importer takes what its own question was judged to be, and nothing else is ever handed to it. */
export const IMPORTERS: ReadonlyMap<string, Importer<unknown>> = new Map<string, Importer<unknown>>([
  ['catalog', catalogImporter],
  ['prices', pricesImporter],
  ['staff', staffImporter],
  ['customers', customersImporter],
  ['promotions', promotionsImporter],
  ['coupons', couponsImporter],
  ['tax', taxImporter],
  ['recalls', recallsImporter],
]);
