import { openMemoryDatabase } from '../testing/memory-database.ts';
import { toldSalesContract } from './told-sales-contract.ts';

toldSalesContract('PGlite', async () => openMemoryDatabase());
