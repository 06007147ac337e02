import { openMemoryDatabase } from '../testing/memory-database.ts';
import { downContract } from './down-contract.ts';

downContract('PGlite', async () => openMemoryDatabase());
