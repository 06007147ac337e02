import { openMemoryDatabase } from '../testing/memory-database.ts';
import { sealingContract } from './sealing-contract.ts';

sealingContract('PGlite', async () => openMemoryDatabase());
