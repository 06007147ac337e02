import { openMemoryDatabase } from '../testing/memory-database.ts';
import { databaseContract } from './database-contract.ts';

databaseContract('PGlite', async () => openMemoryDatabase('empty'));
