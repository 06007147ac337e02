import { openPglite } from '../db/pglite.ts';
import { hubEpochContract } from './hub-epoch-contract.ts';

hubEpochContract('PGlite', async () => openPglite());
