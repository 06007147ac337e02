import { openPglite } from '../db/pglite.ts';
import { storeDayContract } from './store-day-contract.ts';

storeDayContract('PGlite', async () => openPglite());
