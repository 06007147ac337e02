import { openPglite } from '../db/pglite.ts';
import { goodsContract } from './goods-contract.ts';

goodsContract('PGlite', async () => openPglite());
