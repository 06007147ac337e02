import { openPglite } from '../db/pglite.ts';
import { documentsContract } from './documents-contract.ts';

documentsContract('PGlite', async () => openPglite());
