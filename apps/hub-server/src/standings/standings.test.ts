import { openMemoryDatabase } from '../testing/memory-database.ts';
import { standingsContract } from './standings-contract.ts';

standingsContract('PGlite', async () => openMemoryDatabase());
