import { openMemoryDatabase } from '../testing/memory-database.ts';
import { attendanceContract } from './attendance-contract.ts';

attendanceContract('PGlite', async () => openMemoryDatabase());
