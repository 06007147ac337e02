import { openPglite } from '../db/pglite.ts';
import { sealingContract } from './sealing-contract.ts';

sealingContract('PGlite', async () => openPglite());
