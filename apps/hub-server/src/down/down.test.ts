import { openPglite } from '../db/pglite.ts';
import { downContract } from './down-contract.ts';

downContract('PGlite', async () => openPglite());
