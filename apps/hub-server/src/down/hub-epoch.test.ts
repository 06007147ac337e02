import { openMemoryDatabase } from '../testing/memory-database.ts';
import { hubEpochContract } from './hub-epoch-contract.ts';

hubEpochContract('PGlite', async () => openMemoryDatabase());
