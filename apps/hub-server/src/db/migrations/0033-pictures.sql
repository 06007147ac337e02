-- Pictures of goods, named by the SHA-256 of what they are.
CREATE TABLE picture (
  tenant_no integer NOT NULL,
  hash text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  -- A WebP file as `picture-form.ts` has it.
  bytes bytea NOT NULL CHECK (length(bytes) <= 8192),
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, hash)
);
