import { databaseContract } from './database-contract.ts';
import { openPglite } from './pglite.ts';

databaseContract('PGlite', async () => openPglite());
