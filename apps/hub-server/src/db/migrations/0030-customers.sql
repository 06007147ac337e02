-- Who customers are. What a person said of themselves is sealed, with a key of its own that is sealed to the company's; ledgers and cells hold the opaque id. To erase somebody is to delete what was sealed with its key.
CREATE TABLE personal_key (
  tenant_no integer NOT NULL,
  number integer NOT NULL CHECK (number > 0),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  private_key bytea NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, number)
);
CREATE TABLE customer (
  tenant_no integer NOT NULL,
  customer text COLLATE "C" NOT NULL,
  store text NOT NULL,
  key_number integer NOT NULL,
  sealed bytea,
  created_at_ms bigint NOT NULL,
  changed_at_ms bigint NOT NULL,
  erased_at_ms bigint,
  PRIMARY KEY (tenant_no, customer),
  CHECK ((sealed IS NULL) = (erased_at_ms IS NOT NULL))
);
-- A card or a phone, hashed: one customer has it.
CREATE TABLE customer_code (
  tenant_no integer NOT NULL,
  code text COLLATE "C" NOT NULL,
  customer text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_no, code)
);
CREATE INDEX customer_code_customer ON customer_code (tenant_no, customer);
-- Beginnings of the words of names, each as a keyed hash.
CREATE TABLE customer_token (
  tenant_no integer NOT NULL,
  token text COLLATE "C" NOT NULL,
  customer text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_no, token, customer)
);
CREATE INDEX customer_token_customer ON customer_token (tenant_no, customer);
-- Another id of the same person: of a second time that they were taken up, or of a card that a lane did not know.
CREATE TABLE customer_alias (
  tenant_no integer NOT NULL,
  alias text COLLATE "C" NOT NULL,
  customer text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_no, alias)
);
CREATE INDEX customer_alias_customer ON customer_alias (tenant_no, customer);
-- Who looked at whom, and what they did.
CREATE TABLE customer_access (
  tenant_no integer NOT NULL,
  customer text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  act text NOT NULL,
  by_whom text NOT NULL,
  PRIMARY KEY (tenant_no, customer, at_ms, act, by_whom)
);
