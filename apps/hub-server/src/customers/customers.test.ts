import { openPglite } from '../db/pglite.ts';
import { customersContract } from './customers-contract.ts';

customersContract('PGlite', async () => openPglite());
