import { openPglite } from '../db/pglite.ts';
import { authorityContract } from './authority-contract.ts';

authorityContract('PGlite', async () => openPglite());
