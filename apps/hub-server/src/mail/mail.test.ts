import { openMemoryDatabase } from '../testing/memory-database.ts';
import { mailContract } from './mail-contract.ts';

mailContract('PGlite', async () => openMemoryDatabase());
