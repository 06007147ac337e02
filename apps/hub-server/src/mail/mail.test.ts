import { openPglite } from '../db/pglite.ts';
import { mailContract } from './mail-contract.ts';

mailContract('PGlite', async () => openPglite());
