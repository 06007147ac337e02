import { openPglite } from '../db/pglite.ts';
import { ingestContract } from './ingest-contract.ts';

ingestContract('PGlite', async () => openPglite());
