import { openMemoryDatabase } from '../testing/memory-database.ts';
import { goodsContract } from './goods-contract.ts';

goodsContract('PGlite', async () => openMemoryDatabase());
