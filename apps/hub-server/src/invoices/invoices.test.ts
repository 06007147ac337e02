import { openMemoryDatabase } from '../testing/memory-database.ts';
import { invoicesContract } from './invoices-contract.ts';

invoicesContract('PGlite', async () => openMemoryDatabase());
