import { openMemoryDatabase } from '../testing/memory-database.ts';
import { findSalesContract } from './find-sales-contract.ts';

findSalesContract('PGlite', async () => openMemoryDatabase());
