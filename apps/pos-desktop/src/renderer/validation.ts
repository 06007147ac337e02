/** Zod compiles its checks with `new Function` where it may. The page's policy forbids that: say so before any schema is made. */
import { z } from 'zod';

z.config({ jitless: true });
