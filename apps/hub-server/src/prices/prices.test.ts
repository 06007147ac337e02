import { openMemoryDatabase } from '../testing/memory-database.ts';
import { pricesContract } from './prices-contract.ts';

pricesContract('PGlite', async () => openMemoryDatabase());
