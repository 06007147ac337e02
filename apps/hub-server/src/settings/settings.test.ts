import { openMemoryDatabase } from '../testing/memory-database.ts';
import { settingsContract } from './settings-contract.ts';

settingsContract('PGlite', async () => openMemoryDatabase());
