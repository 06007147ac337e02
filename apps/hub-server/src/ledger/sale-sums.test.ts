import { openMemoryDatabase } from '../testing/memory-database.ts';
import { saleSumsContract } from './sale-sums-contract.ts';

saleSumsContract('PGlite', async () => openMemoryDatabase());
