import { openMemoryDatabase } from '../testing/memory-database.ts';
import { successorsContract } from './successors-contract.ts';

successorsContract('PGlite', async () => openMemoryDatabase());
