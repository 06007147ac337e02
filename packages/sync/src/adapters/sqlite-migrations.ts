/** The tables of `sqlite.ts`, as numbered SQL for the owner of the database to run among its own migrations. */
export interface SyncMigration {
  /** From 1, gap-free, for ever; an issued migration never changes. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const SYNC_MIGRATIONS: readonly SyncMigration[] = [
  {
    number: 1,
    name: 'sync',
    sql: `
CREATE TABLE sync_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  answer TEXT NOT NULL -- EnrolAnswer as JSON
) STRICT;

CREATE TABLE sync_hub_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hub_offset_ms INTEGER NOT NULL,
  uncertainty_ms INTEGER NOT NULL CHECK (uncertainty_ms >= 0)
) STRICT;

CREATE TABLE sync_epoch (
  number INTEGER PRIMARY KEY, -- from 1; the last one grows
  device TEXT NOT NULL,
  epoch TEXT NOT NULL UNIQUE CHECK (length(epoch) = 16),
  parent_epoch TEXT,
  parent_seq INTEGER,
  parent_hash BLOB,
  head_seq INTEGER NOT NULL DEFAULT 0,
  head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
  confirmed_seq INTEGER NOT NULL DEFAULT 0 CHECK (confirmed_seq BETWEEN 0 AND head_seq),
  safe_seq INTEGER NOT NULL DEFAULT 0 CHECK (safe_seq BETWEEN 0 AND confirmed_seq),
  diverged INTEGER NOT NULL DEFAULT 0 CHECK (diverged IN (0, 1)),
  CHECK ((parent_epoch IS NULL) = (parent_seq IS NULL) AND (parent_epoch IS NULL) = (parent_hash IS NULL))
) STRICT;

CREATE TABLE sync_entry (
  id INTEGER PRIMARY KEY, -- number of its epoch × 2^40 + seq
  kind INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  canonical BLOB NOT NULL
) STRICT;

CREATE TABLE sync_entry_count ( -- so that a status line costs no scan
  epoch INTEGER NOT NULL REFERENCES sync_epoch (number),
  kind INTEGER NOT NULL,
  appended INTEGER NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (epoch, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_entity (
  type INTEGER NOT NULL,
  key TEXT NOT NULL,
  scope TEXT NOT NULL,
  cells BLOB NOT NULL,
  PRIMARY KEY (type, key, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_superseded ( -- rows with a version that may go once no cut below "at" is pinned
  at INTEGER NOT NULL,
  type INTEGER NOT NULL,
  key TEXT NOT NULL,
  scope TEXT NOT NULL,
  PRIMARY KEY (at, type, key, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_era (
  era INTEGER PRIMARY KEY,
  hub_epoch TEXT NOT NULL,
  fork_lsn INTEGER NOT NULL
) STRICT;

CREATE TABLE sync_cut (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  hub_epoch TEXT NOT NULL,
  lsn INTEGER NOT NULL,
  history_hash TEXT NOT NULL
) STRICT;

CREATE TABLE sync_sweep ( -- after a new start: every row up to here has been looked at
  id INTEGER PRIMARY KEY CHECK (id = 1),
  from_at INTEGER NOT NULL,
  type INTEGER NOT NULL,
  key TEXT NOT NULL,
  scope TEXT NOT NULL
) STRICT;

CREATE TABLE sync_staged (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  manifest TEXT NOT NULL, -- Manifest as JSON
  era INTEGER NOT NULL REFERENCES sync_era (era)
) STRICT;

CREATE TABLE sync_staged_segment (
  hash TEXT PRIMARY KEY,
  chunks_applied INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  },
  {
    number: 2,
    name: 'neighbours',
    sql: `
CREATE TABLE sync_membership (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  certificate TEXT NOT NULL, -- DER, base64
  authority TEXT NOT NULL
) STRICT;

CREATE TABLE sync_revocations (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  list TEXT NOT NULL -- RevocationList as JSON
) STRICT;

CREATE TABLE sync_certificate ( -- of siblings
  device TEXT PRIMARY KEY,
  certificate TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_line ( -- one history of one epoch of a sibling
  line INTEGER PRIMARY KEY, -- from 1
  device TEXT NOT NULL,
  epoch TEXT NOT NULL CHECK (length(epoch) = 16),
  parent_epoch TEXT,
  parent_seq INTEGER,
  parent_hash BLOB,
  head_seq INTEGER NOT NULL CHECK (head_seq >= 1),
  head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  confirmed_seq INTEGER NOT NULL DEFAULT 0 CHECK (confirmed_seq BETWEEN 0 AND head_seq),
  CHECK ((parent_epoch IS NULL) = (parent_seq IS NULL) AND (parent_epoch IS NULL) = (parent_hash IS NULL))
) STRICT;
CREATE INDEX sync_line_epoch ON sync_line (device, epoch);

CREATE TABLE sync_line_entry (
  id INTEGER PRIMARY KEY, -- line × 2^40 + seq
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  canonical BLOB NOT NULL
) STRICT;

CREATE TABLE sync_line_head ( -- where its device signed
  id INTEGER PRIMARY KEY, -- line × 2^40 + seq
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  countersignature BLOB -- this device's own
) STRICT;
`,
  },
  {
    number: 3,
    name: 'urgent',
    sql: `
ALTER TABLE sync_era ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)); -- nothing forks off such an era
ALTER TABLE sync_staged ADD COLUMN urgent_era INTEGER; -- that the manifest's urgent cells belong to
`,
  },
  {
    number: 4,
    name: 'documents',
    sql: `
CREATE TABLE sync_document_piece (
  arrival INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  document TEXT NOT NULL CHECK (length(document) = 32),
  author TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  previous BLOB NOT NULL CHECK (length(previous) = 32),
  type INTEGER NOT NULL,
  user TEXT NOT NULL,
  wall_ms INTEGER NOT NULL,
  hub_offset_ms INTEGER,
  payload BLOB NOT NULL,
  covers BLOB NOT NULL, -- hashes, one behind the other
  signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
CREATE INDEX sync_document_piece_document ON sync_document_piece (document);

CREATE TABLE sync_document_archive ( -- documents that were put away
  document TEXT PRIMARY KEY,
  heads TEXT NOT NULL, -- [document, author, number, hash] as JSON
  frame BLOB -- null: its pieces lie at the hub
) STRICT, WITHOUT ROWID;
`,
  },
  {
    number: 5,
    name: 'proof',
    sql: `
ALTER TABLE sync_cut ADD COLUMN proof TEXT; -- the manifest that led there, as JSON, without frames
`,
  },
  {
    number: 6,
    name: 'forgotten',
    sql: `
ALTER TABLE sync_epoch ADD COLUMN begin_seq INTEGER NOT NULL DEFAULT 0; -- what is held follows it
ALTER TABLE sync_epoch ADD COLUMN begin_hash BLOB; -- null: all is held
ALTER TABLE sync_epoch ADD COLUMN begin_signature BLOB; -- this device's own, that it forgot up to there
`,
  },
  {
    number: 7,
    name: 'forgotten-lines',
    sql: `
ALTER TABLE sync_line ADD COLUMN begin_seq INTEGER NOT NULL DEFAULT 0; -- what is held follows it
ALTER TABLE sync_line ADD COLUMN begin_hash BLOB; -- null: all is held
ALTER TABLE sync_line ADD COLUMN forgotten_seq INTEGER NOT NULL DEFAULT 0; -- its own device has forgotten it up to here
`,
  },
  {
    number: 8,
    name: 'held-cuts',
    sql: `
CREATE TABLE sync_held_cut ( -- before the exposed one, whole: where a hub lost what came after
  at INTEGER PRIMARY KEY,
  lsn INTEGER NOT NULL,
  history_hash TEXT NOT NULL,
  entities INTEGER NOT NULL -- that came since, until the next one
) STRICT;

ALTER TABLE sync_era ADD COLUMN parent INTEGER; -- that it forked off; null: the last one before it that was not urgent

ALTER TABLE sync_superseded ADD COLUMN hot INTEGER NOT NULL DEFAULT 0 CHECK (hot IN (0, 1)); -- has many versions
CREATE INDEX sync_superseded_hot ON sync_superseded (hot) WHERE hot = 1;
`,
  },
  {
    number: 9,
    name: 'begins',
    sql: `
CREATE TABLE sync_begin ( -- up to where a device has forgotten an epoch of its own, as it signed it
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (device, epoch)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    number: 10,
    name: 'fold-checkpoints',
    sql: `
CREATE TABLE sync_fold_checkpoint ( -- of an epoch nobody new needs what lies before it, as its device signed it
  device TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  PRIMARY KEY (device, epoch)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    number: 11,
    name: 'shared',
    sql: `
CREATE TABLE sync_shared ( -- up to where a ledger of this device may stand in another database as well
  device TEXT PRIMARY KEY,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT, WITHOUT ROWID;
INSERT OR REPLACE INTO sync_shared (device, epoch, seq) SELECT device, epoch, head_seq FROM sync_epoch WHERE diverged = 1 ORDER BY number;
`,
  },
  {
    number: 12,
    name: 'lost-revocations',
    sql: `
CREATE TABLE sync_lost_revocations ( -- lists that name what the newest one (sync_revocations) does not: the hub has lost it
  place INTEGER PRIMARY KEY, -- from 1, the newest first
  list TEXT NOT NULL -- RevocationList as JSON
) STRICT;
`,
  },
];
