import { openMemoryDatabase } from '../testing/memory-database.ts';
import { auditContract } from './audit-contract.ts';

auditContract('PGlite', async () => openMemoryDatabase());
