-- People of headquarters who sign in to the console. Who somebody is, and what they may where, stays what the staff says (`entity`): here is how they prove it. `sign-in/` has what each column means.
CREATE TABLE sign_in (
  tenant_no integer NOT NULL,
  -- The key on the staff.
  person text COLLATE "C" NOT NULL,
  -- What they type; lower case.
  name text COLLATE "C" NOT NULL,
  -- Of argon2id. Null: invited, and not here yet.
  password text,
  -- Of the authenticator; sealed.
  seed bytea,
  -- Of the newest code that was taken: none is taken twice.
  code_step bigint NOT NULL,
  is_locked boolean NOT NULL,
  -- The link by which somebody comes in, once.
  invite_hash bytea,
  invite_until_ms bigint,
  -- Of an authenticator that was shown and gave no code yet; sealed.
  next_seed bytea,
  created_at_ms bigint NOT NULL,
  created_by text NOT NULL,
  signed_in_at_ms bigint,
  PRIMARY KEY (tenant_no, person)
);
CREATE UNIQUE INDEX sign_in_name ON sign_in (tenant_no, name);
CREATE UNIQUE INDEX sign_in_invite ON sign_in (tenant_no, invite_hash) WHERE invite_hash IS NOT NULL;

-- In place of an authenticator that is lost: each once.
CREATE TABLE sign_in_recovery (
  tenant_no integer NOT NULL,
  person text COLLATE "C" NOT NULL,
  code_hash bytea NOT NULL,
  PRIMARY KEY (tenant_no, person, code_hash)
);

-- Attempts of one name, or from one address, and until when none is listened to. What is right takes its own out of the count.
CREATE TABLE sign_in_wait (
  tenant_no integer NOT NULL,
  who text COLLATE "C" NOT NULL,
  attempts bigint NOT NULL,
  last_at_ms bigint NOT NULL,
  until_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, who)
);

CREATE TABLE console_session (
  tenant_no integer NOT NULL,
  -- What a list calls it; it opens nothing.
  session text NOT NULL,
  token_hash bytea NOT NULL,
  -- The one before, for what was on its way when it was changed.
  former_hash bytea,
  former_until_ms bigint,
  person text COLLATE "C" NOT NULL,
  -- A hash of what its person might where: where that changes, the token does.
  rights bytea NOT NULL,
  began_at_ms bigint NOT NULL,
  seen_at_ms bigint NOT NULL,
  agent text NOT NULL,
  address text NOT NULL,
  PRIMARY KEY (tenant_no, session)
);
CREATE UNIQUE INDEX console_session_token ON console_session (tenant_no, token_hash);
CREATE INDEX console_session_former ON console_session (tenant_no, former_hash) WHERE former_hash IS NOT NULL;
CREATE INDEX console_session_person ON console_session (tenant_no, person);

-- Who came in, who was refused, and what was done to a sign-in: kept for a year.
CREATE TABLE sign_in_event (
  tenant_no integer NOT NULL,
  event_no bigint GENERATED ALWAYS AS IDENTITY,
  at_ms bigint NOT NULL,
  what text NOT NULL,
  -- Empty: of a name that nobody has.
  person text NOT NULL,
  by_whom text NOT NULL,
  address text NOT NULL,
  PRIMARY KEY (tenant_no, event_no)
);
