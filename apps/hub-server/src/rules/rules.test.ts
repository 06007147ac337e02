import { openMemoryDatabase } from '../testing/memory-database.ts';
import { rulesContract } from './rules-contract.ts';

rulesContract('PGlite', async () => openMemoryDatabase());
