import { openMemoryDatabase } from '../testing/memory-database.ts';
import { customersContract } from './customers-contract.ts';

customersContract('PGlite', async () => openMemoryDatabase());
