import { openMemoryDatabase } from '../testing/memory-database.ts';
import { companyKeysContract } from './company-keys-contract.ts';

companyKeysContract('PGlite', async () => openMemoryDatabase(), { hasLogins: false });
