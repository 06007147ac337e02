-- Working documents (SPEC: W): pieces as their authors signed them.
CREATE TABLE document_piece (
  tenant_no integer NOT NULL REFERENCES tenant (tenant_no),
  store text COLLATE "C" NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  document text COLLATE "C" NOT NULL,
  author text COLLATE "C" NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  previous bytea NOT NULL CHECK (length(previous) = 32),
  type integer NOT NULL,
  user_id text NOT NULL,
  wall_ms bigint NOT NULL,
  hub_offset_ms bigint,
  payload bytea NOT NULL,
  -- Hashes, one behind the other.
  covers bytea NOT NULL,
  signature bytea NOT NULL CHECK (length(signature) = 64),
  received_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, store, hash),
  FOREIGN KEY (tenant_no, store) REFERENCES store (tenant_no, store)
);
CREATE INDEX document_piece_document ON document_piece (tenant_no, store, document);

-- Documents that were put away, each in one frame.
CREATE TABLE document_archive (
  tenant_no integer NOT NULL REFERENCES tenant (tenant_no),
  store text COLLATE "C" NOT NULL,
  document text COLLATE "C" NOT NULL,
  -- [document, author, number, hash] of its last pieces, as JSON.
  heads text NOT NULL,
  frame bytea,
  archived_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, store, document)
);

-- What a store's documents come to, in one name; its row is held by whoever adds to them or puts them away.
CREATE TABLE document_shelf (
  tenant_no integer NOT NULL REFERENCES tenant (tenant_no),
  store text COLLATE "C" NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (tenant_no, store)
);
