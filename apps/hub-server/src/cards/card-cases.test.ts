import { openMemoryDatabase } from '../testing/memory-database.ts';
import { cardCasesContract } from './card-cases-contract.ts';

cardCasesContract('PGlite', async () => openMemoryDatabase());
