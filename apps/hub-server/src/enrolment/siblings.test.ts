import { openMemoryDatabase } from '../testing/memory-database.ts';
import { siblingsContract } from './siblings-contract.ts';

siblingsContract('PGlite', async () => openMemoryDatabase());
