import { openMemoryDatabase } from '../testing/memory-database.ts';
import { countsContract } from './counts-contract.ts';

countsContract('PGlite', async () => openMemoryDatabase());
