import { openPglite } from '../db/pglite.ts';
import { auditContract } from './audit-contract.ts';

auditContract('PGlite', async () => openPglite());
