import { openMemoryDatabase } from '../testing/memory-database.ts';
import { storeDayContract } from './store-day-contract.ts';

storeDayContract('PGlite', async () => openMemoryDatabase());
