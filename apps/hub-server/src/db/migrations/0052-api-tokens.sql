-- Tokens of programs: each made by a person for one program, who may never more by it than they may themselves. `sign-in/api-tokens.ts` has what each column means.
CREATE TABLE api_token (
  tenant_no integer NOT NULL,
  -- What a list calls it; it opens nothing.
  token text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL,
  -- Whose rights it has a part of: the key on the staff.
  maker text COLLATE "C" NOT NULL,
  name text NOT NULL,
  -- What it may beyond reading, and where.
  actions jsonb NOT NULL,
  places jsonb NOT NULL,
  made_at_ms bigint NOT NULL,
  until_ms bigint NOT NULL,
  used_at_ms bigint,
  used_address text,
  revoked_at_ms bigint,
  revoked_by text,
  PRIMARY KEY (tenant_no, token)
);
CREATE UNIQUE INDEX api_token_hash ON api_token (tenant_no, token_hash);
CREATE INDEX api_token_maker ON api_token (tenant_no, maker);

-- What programs asked to change, by which token, and what came of it: kept for a year.
CREATE TABLE api_token_act (
  tenant_no integer NOT NULL,
  act_no bigint GENERATED ALWAYS AS IDENTITY,
  token text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  status integer NOT NULL,
  -- Under which the hub's log has the rest.
  request_id text NOT NULL,
  address text NOT NULL,
  PRIMARY KEY (tenant_no, act_no)
);
CREATE INDEX api_token_act_of ON api_token_act (tenant_no, token, act_no);
