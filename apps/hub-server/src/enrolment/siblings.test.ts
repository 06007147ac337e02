import { openPglite } from '../db/pglite.ts';
import { siblingsContract } from './siblings-contract.ts';

siblingsContract('PGlite', async () => openPglite());
