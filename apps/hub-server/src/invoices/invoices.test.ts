import { openPglite } from '../db/pglite.ts';
import { invoicesContract } from './invoices-contract.ts';

invoicesContract('PGlite', async () => openPglite());
