import { openMemoryDatabase } from '../testing/memory-database.ts';
import { webhooksContract } from './webhooks-contract.ts';

webhooksContract('PGlite', async () => openMemoryDatabase());
