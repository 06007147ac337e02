import { openMemoryDatabase } from '../testing/memory-database.ts';
import { archiveContract } from './archive-contract.ts';

archiveContract('PGlite', async () => openMemoryDatabase());
