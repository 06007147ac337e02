import { openMemoryDatabase } from '../testing/memory-database.ts';
import { documentsContract } from './documents-contract.ts';

documentsContract('PGlite', async () => openMemoryDatabase());
