import { openMemoryDatabase } from '../testing/memory-database.ts';
import { ingestContract } from './ingest-contract.ts';

ingestContract('PGlite', async () => openMemoryDatabase());
