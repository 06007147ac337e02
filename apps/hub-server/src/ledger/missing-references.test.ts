import { openMemoryDatabase } from '../testing/memory-database.ts';
import { missingReferencesContract } from './missing-references-contract.ts';

missingReferencesContract('PGlite', async () => openMemoryDatabase());
