/**
 * Drizzle, by its CommonJS files. Of each ES module of a package Node reads the package's `exports` anew, and drizzle's are 170 KB: a process that imported its
 * many modules spent a second of its start on that. Of files that end in `.cjs` it asks nothing.
 */
import { createRequire } from 'node:module';

import type * as common from 'drizzle-orm';
import type * as pgCore from 'drizzle-orm/pg-core';
import type * as pgProxy from 'drizzle-orm/pg-proxy';

const require = createRequire(import.meta.url);

export const { eq, sql } = require('drizzle-orm') as typeof common;
export const { bigint, boolean, customType, getTableConfig, integer, jsonb, numeric, PgTable, pgTable, primaryKey, text } =
  require('drizzle-orm/pg-core') as typeof pgCore;
export const { drizzle } = require('drizzle-orm/pg-proxy') as typeof pgProxy;
