import { openMemoryDatabase } from '../testing/memory-database.ts';
import { devicePageContract } from './device-page-contract.ts';

devicePageContract('PGlite', async () => openMemoryDatabase());
