import { openMemoryDatabase } from '../testing/memory-database.ts';
import { weekContract } from './week-contract.ts';

weekContract('PGlite', async () => openMemoryDatabase());
