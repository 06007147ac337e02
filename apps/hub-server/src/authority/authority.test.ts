import { openMemoryDatabase } from '../testing/memory-database.ts';
import { authorityContract } from './authority-contract.ts';

authorityContract('PGlite', async () => openMemoryDatabase());
