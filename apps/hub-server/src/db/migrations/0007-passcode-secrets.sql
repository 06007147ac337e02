-- What PINs and badges are sealed with; published cells hold only what was sealed.
CREATE TABLE passcode_secret (
  tenant_no integer NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  secret bytea NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_no, number)
);
