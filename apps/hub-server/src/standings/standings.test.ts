import { openPglite } from '../db/pglite.ts';
import { standingsContract } from './standings-contract.ts';

standingsContract('PGlite', async () => openPglite());
