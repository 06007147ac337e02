import { openPglite } from '../db/pglite.ts';
import { attendanceContract } from './attendance-contract.ts';

attendanceContract('PGlite', async () => openPglite());
