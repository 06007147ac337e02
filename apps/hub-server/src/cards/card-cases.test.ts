import { openPglite } from '../db/pglite.ts';
import { cardCasesContract } from './card-cases-contract.ts';

cardCasesContract('PGlite', async () => openPglite());
